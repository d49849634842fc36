/* SPDX-License-Identifier: GPL-2.0 */
/* What a kdump_dump needs besides memory and a place: nobody to help, nobody who looks. */
#ifndef FAKE_DUMP_H
#define FAKE_DUMP_H

#include "capture/kdump_dump.h"

/* Jobs are done as they are started; pages are not compressed. */
struct page_workers fake_dump_workers(void);

struct dump_observer fake_dump_observer(void);

/* Of a dump_out whose writes are done when write() returns. */
int fake_dump_wait(struct dump_out *out, const void *buf);
int fake_dump_flush(struct dump_out *out);

#endif
