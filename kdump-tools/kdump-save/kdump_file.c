// SPDX-License-Identifier: GPL-2.0
#include "kdump-save/kdump_file.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "kdump-save/codecs.h"

#define RANK_PAGES 4096u		/* a block of bits */
#define CODEC_FLAGS (KDUMP_ZLIB | KDUMP_LZO | KDUMP_SNAPPY | KDUMP_ZSTD)

/* What of [offset, offset + bytes) is in the file; the rest of buf is zeroed. */
static int read_what_is(const struct kdump_file *file, void *buf, u64 bytes, u64 offset, u64 *ret_missing)
{
	u64 there = offset < file->file_bytes ? min_u64(bytes, file->file_bytes - offset) : 0;

	memset((u8 *)buf + there, 0, bytes - there);
	*ret_missing = bytes - there;
	return file_pread_all(file->fd, buf, there, offset);
}

static bool is_sane(const struct kdump_file *file)
{
	const struct kdump_header *header = &file->header;

	return !memcmp(header->signature, KDUMP_SIGNATURE, sizeof(header->signature)) && header->version == KDUMP_VERSION &&
	       header->block_bytes == KDUMP_BLOCK_BYTES && header->sub_header_blocks && header->sub_header_blocks < 1u << 20 &&
	       header->bitmap_blocks && header->bitmap_blocks % 2 == 0 && header->bitmap_blocks <= 0x7fffffff;
}

/* The pages of other files of a split dump have their bits in each of them, but no descriptors. */
static void clear_others(struct kdump_file *file)
{
	u64 bytes = (file->end_pfn + 7) / 8;

	file->start_pfn = file->sub.split ? min_u64(file->sub.start_pfn_64, file->end_pfn) : 0;
	file->stop_pfn = file->sub.split ? min_u64(file->sub.end_pfn_64, file->end_pfn) : file->end_pfn;
	if (file->start_pfn > file->stop_pfn)
		file->start_pfn = file->stop_pfn;
	memset(file->bitmap, 0, file->start_pfn / 8);
	if (file->start_pfn % 8)
		file->bitmap[file->start_pfn / 8] &= (u8)(0xff << (file->start_pfn % 8));
	if (file->stop_pfn % 8)
		file->bitmap[file->stop_pfn / 8] &= (u8)((1u << (file->stop_pfn % 8)) - 1);
	memset(file->bitmap + (file->stop_pfn + 7) / 8, 0, bytes - (file->stop_pfn + 7) / 8);
}

static int count_pages(struct kdump_file *file)
{
	u64 bytes = (file->end_pfn + 7) / 8;

	clear_others(file);
	file->rank = malloc((bytes / (RANK_PAGES / 8) + 1) * sizeof(*file->rank));
	if (!file->rank)
		return -ENOMEM;
	for (u64 i = 0; i < bytes; i++) {
		if (i % (RANK_PAGES / 8) == 0)
			file->rank[i / (RANK_PAGES / 8)] = file->pages;
		file->pages += (u64)__builtin_popcount(file->bitmap[i]);
	}
	return 0;
}

static int read_bitmap(struct kdump_file *file)
{
	u64 room = (u64)file->header.bitmap_blocks / 2 * KDUMP_BLOCK_BYTES;
	u64 offset = (1 + (u64)file->header.sub_header_blocks) * KDUMP_BLOCK_BYTES + room;
	u64 bytes;
	int err;

	file->end_pfn = min_u64(file->sub.max_mapnr_64, room * 8);
	bytes = (file->end_pfn + 7) / 8;
	file->pages_offset = offset + room;
	if (bytes > 64 && offset > file->file_bytes)
		return -ENODATA;	/* before so much memory is asked for */
	file->bitmap = malloc(bytes + 1);
	if (!file->bitmap)
		return -ENOMEM;
	err = read_what_is(file, file->bitmap, bytes, offset, &file->bitmap_missing);
	return err ? err : count_pages(file);
}

int kdump_file_open(struct kdump_file *file, int fd)
{
	struct stat st;
	u64 missing = 0;
	int err;

	*file = (struct kdump_file){ .fd = fd };
	if (fstat(fd, &st))
		return -errno;
	file->file_bytes = (u64)st.st_size;
	err = read_what_is(file, &file->header, sizeof(file->header), 0, &missing);
	if (err)
		return err;
	if (missing || !is_sane(file))
		return -EBADMSG;
	err = read_what_is(file, &file->sub, sizeof(file->sub), KDUMP_BLOCK_BYTES, &missing);
	if (!err)
		err = missing ? -ENODATA : read_bitmap(file);
	if (err)
		kdump_file_close(file);
	return err;
}

void kdump_file_close(struct kdump_file *file)
{
	free(file->bitmap);
	free(file->rank);
	file->bitmap = NULL;
	file->rank = NULL;
}

bool kdump_file_has(const struct kdump_file *file, u64 pfn)
{
	return pfn < file->end_pfn && (file->bitmap[pfn / 8] >> (pfn % 8) & 1);
}

u64 kdump_file_rank(const struct kdump_file *file, u64 pfn)
{
	u64 rank = file->rank[pfn / RANK_PAGES];

	for (u64 i = pfn / RANK_PAGES * (RANK_PAGES / 8); i < pfn / 8; i++)
		rank += (u64)__builtin_popcount(file->bitmap[i]);
	return rank + (u64)__builtin_popcount(file->bitmap[pfn / 8] & ((1u << (pfn % 8)) - 1));
}

int kdump_file_read_ram(const struct kdump_file *file, u64 pfn, u8 *bits, u64 bytes)
{
	u64 offset = (1 + (u64)file->header.sub_header_blocks) * KDUMP_BLOCK_BYTES, missing;

	return read_what_is(file, bits, bytes, offset + pfn / 8, &missing);
}

int kdump_file_find_many(const struct kdump_file *file, u64 rank, struct kdump_page *pages, u32 count)
{
	u64 missing, torn;
	int err = read_what_is(file, pages, count * sizeof(*pages), file->pages_offset + rank * sizeof(*pages), &missing);

	torn = missing % sizeof(*pages);
	if (!err && torn)
		memset(&pages[count - 1 - missing / sizeof(*pages)], 0, sizeof(*pages));
	return err;
}

int kdump_file_find(const struct kdump_file *file, u64 rank, struct kdump_page *ret_page)
{
	struct kdump_page page;
	u64 missing;
	int err = read_what_is(file, &page, sizeof(page), file->pages_offset + rank * sizeof(page), &missing);

	if (err)
		return err;
	if (missing)
		return -ENODATA;
	*ret_page = page;
	return 0;
}

int kdump_file_read(const struct kdump_file *file, const struct kdump_page *page, u8 buf[PAGE_BYTES])
{
	const struct page_codec *codec;
	u8 data[PAGE_BYTES];
	u64 missing;
	int err;

	if (!page->offset || !page->bytes)
		return -ENOENT;
	if (page->bytes > PAGE_BYTES || page->flags & ~CODEC_FLAGS || page->offset + page->bytes < page->offset)
		return -EBADMSG;
	err = read_what_is(file, data, page->bytes, page->offset, &missing);
	if (err || missing)
		return err ? err : -ENODATA;
	if (!page->flags) {
		if (page->bytes == PAGE_BYTES)
			memcpy(buf, data, PAGE_BYTES);
		return page->bytes == PAGE_BYTES ? 0 : -EBADMSG;
	}
	codec = codecs_by_flag(page->flags);
	if (!codec)
		return page->flags & (page->flags - 1) ? -EBADMSG : -EOPNOTSUPP;
	return codec->expand(data, page->bytes, buf);
}
