/* SPDX-License-Identifier: GPL-2.0 */
/* The dump into a raw target, as the dump kernel writes it (capture/target.h). */
#ifndef KDUMP_INIT_SAVE_RAW_H
#define KDUMP_INIT_SAVE_RAW_H

#include "kdump-init/save.h"

/*
 * Saves /proc/vmcore to a target that `kdumpctl mkdump` prepared and `kdumpctl start` armed;
 * sets run->saved.  context: a struct save.  Negative errno after it said why; the target's
 * header tells it, too, once it was found to be ours.
 */
int save_to_raw(void *context);

#endif
