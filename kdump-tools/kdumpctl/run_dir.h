/* SPDX-License-Identifier: GPL-2.0 */
/* /run/lifeboat: the config block or the capture plan, what start has armed, and a lock. */
#ifndef KDUMPCTL_RUN_DIR_H
#define KDUMPCTL_RUN_DIR_H

#include "capture/env.h"

#define RUN_DIR "/run/lifeboat"
#define RUN_CONFIG RUN_DIR "/config"
#define RUN_PLAN RUN_DIR "/plan"
#define RUN_STATUS RUN_DIR "/status.json"
#define RUN_RETRY RUN_DIR "/retry"	/* check has disarmed, and arms again as soon as it can */

/*
 * Makes the folder and waits until no other kdumpctl works in it.  Returns a descriptor to
 * close at the end, or a negative errno (said).
 */
int run_dir_lock(void);

/* Replaces the file path at once with data, mode 0600.  What the system calls say. */
int run_dir_write(const char *path, const void *data, size_t bytes);

#endif
