/* SPDX-License-Identifier: GPL-2.0 */
/* /proc/vmcore: the dead kernel as an ELF core, and capture/'s view of its memory. */
#ifndef KDUMP_INIT_VMCORE_H
#define KDUMP_INIT_VMCORE_H

#include "capture/elfcore.h"
#include "capture/vmcoreinfo.h"

#define VMCORE_FILE "/proc/vmcore"

struct vmcore {
	struct oldmem mem;		/* reads through the file; direct is NULL */
	int fd;
	u64 bytes;			/* of the file */
	u8 *headers;			/* its first header_bytes: ELF header, program headers, notes */
	u64 header_bytes;
	struct elfcore core;		/* in headers; count 0: not ELF64 x86-64, memory can't be read */
	struct vmcoreinfo info;		/* in headers; bytes 0: none */
};

/*
 * Opens the file at path.  A file whose headers are not understood is opened, too: it can be
 * copied.  What open(2) and read(2) say, -ENOMEM, -ENODATA for an empty one.
 */
int vmcore_open(struct vmcore *vmcore, const char *path);
void vmcore_close(struct vmcore *vmcore);

/* When it crashed, unix seconds; 0: unknown. */
u64 vmcore_crash_time(const struct vmcore *vmcore);

/*
 * Writes the dead kernel's log to fd, as dmesg prints it.  -ENOENT and so on as
 * printk_ring_open(), or what write(2) says.
 */
int vmcore_write_dmesg(const struct vmcore *vmcore, int fd);

#endif
