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
	u64 start_pfn, stop_pfn;	/* pages that this file of a split dump may have; else all */
	u8 *bitmap;		/* which pages are in this file; end_pfn bits, rounded up to 8 */
	u64 *rank;		/* of the first page of each block of bits */
	u64 pages_offset;
	u64 pages;		/* bits that are set */
	u64 bitmap_missing;	/* bytes of it behind the end of the file, taken as zeroes */
};

/* -EBADMSG: not a KDUMP file of this version for pages of 4096 bytes; -ENODATA: its headers are cut off; -ENOMEM, what read(2) says. */
int kdump_file_open(struct kdump_file *file, int fd);
void kdump_file_close(struct kdump_file *file);

/* Bits of bitmap 1, which pages are RAM, from page frame pfn on, a multiple of 8.  Zeroes where it is cut off. */
int kdump_file_read_ram(const struct kdump_file *file, u64 pfn, u8 *bits, u64 bytes);

bool kdump_file_has(const struct kdump_file *file, u64 pfn);

/* The number of a page that the file has, among those that it has. */
u64 kdump_file_rank(const struct kdump_file *file, u64 pfn);

/* The descriptor of the page that is number `rank` in the dump.  -ENODATA: cut off. */
int kdump_file_find(const struct kdump_file *file, u64 rank, struct kdump_page *ret_page);

/* count of them; zeroes for those that are cut off. */
int kdump_file_find_many(const struct kdump_file *file, u64 rank, struct kdump_page *pages, u32 count);

/*
 * The page that the descriptor tells of.  -ENOENT: never written; -ENODATA: cut off; -EBADMSG:
 * damaged; -EOPNOTSUPP: compressed in a way that this program was built without.
 */
int kdump_file_read(const struct kdump_file *file, const struct kdump_page *page, u8 buf[PAGE_BYTES]);

#endif
