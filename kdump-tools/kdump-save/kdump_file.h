/* SPDX-License-Identifier: GPL-2.0 */
/* A dump in the KDUMP format, to be read.  Nothing in it is trusted. */
#ifndef KDUMP_SAVE_KDUMP_FILE_H
#define KDUMP_SAVE_KDUMP_FILE_H

#include "capture/kdump_format.h"

struct kdump_file {
	int fd;
	u64 file_bytes;
	struct kdump_header header;
	struct kdump_sub_header sub;
	u64 end_pfn;		/* behind the last page that the bitmaps can tell of */
	u8 *bitmap;		/* which pages are in the dump; end_pfn bits, rounded up to 8 */
	u64 pages_offset;
	u64 pages;		/* bits that are set */
	u64 bitmap_missing;	/* bytes of it behind the end of the file, taken as zeroes */
};

/* -EBADMSG: not a KDUMP file of this version for pages of 4096 bytes; -ENODATA: its headers are cut off; -ENOMEM, what read(2) says. */
int kdump_file_open(struct kdump_file *file, int fd);
void kdump_file_close(struct kdump_file *file);

bool kdump_file_has(const struct kdump_file *file, u64 pfn);

/* The descriptor of the page that is number `rank` in the dump.  -ENODATA: cut off. */
int kdump_file_find(const struct kdump_file *file, u64 rank, struct kdump_page *ret_page);

/*
 * The page that the descriptor tells of.  -ENOENT: never written; -ENODATA: cut off; -EBADMSG:
 * damaged; -EOPNOTSUPP: compressed in a way that this program was built without.
 */
int kdump_file_read(const struct kdump_file *file, const struct kdump_page *page, u8 buf[PAGE_BYTES]);

#endif
