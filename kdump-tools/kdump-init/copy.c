// SPDX-License-Identifier: GPL-2.0
#include "kdump-init/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/oldmem.h"
#include "common/file.h"

#define WINDOW_BYTES (4u << 20)		/* mapped at a time: two pages of page tables */
#define READ_BYTES (256u << 10)		/* read at a time, where mapping does not work */
#define BEHIND_BYTES (16u << 20)	/* at most so much is on its way to the disk */

static bool is_zero(const u8 *page, size_t bytes)
{
	return !page[0] && !memcmp(page, page + 1, bytes - 1);
}

static int write_all(struct copy *copy, const u8 *data, u64 bytes, u64 at)
{
	int err = file_pwrite_all(copy->to, data, bytes, at);

	if (!err)
		copy->written_bytes += bytes;
	return err;
}

/* Writes what of data[bytes] is not zero, in runs. */
static int write_runs(struct copy *copy, const u8 *data, u64 bytes, u64 at)
{
	u64 start = 0;
	int err = 0;

	for (u64 page = 0; page < bytes && !err; page += PAGE_BYTES) {
		if (!is_zero(data + page, min_u64(PAGE_BYTES, bytes - page)))
			continue;
		if (page > start)
			err = write_all(copy, data + start, page - start, at + start);
		start = page + PAGE_BYTES;
	}
	return err || start >= bytes ? err : write_all(copy, data + start, bytes - start, at + start);
}

/* One page at a time, for a stretch that can't be read as a whole. */
static int copy_pages(struct copy *copy, u64 at, u64 bytes)
{
	u8 page[PAGE_BYTES];
	int err = 0;

	for (u64 done = 0; done < bytes && !err; done += PAGE_BYTES) {
		u64 length = min_u64(PAGE_BYTES, bytes - done);

		if (file_pread_all(copy->from, page, length, at + done)) {
			oldmem_fill_pattern(page, sizeof(page));
			copy->unreadable_pages++;
		}
		err = write_runs(copy, page, length, at + done);
	}
	return err;
}

static int copy_mapped(struct copy *copy, u64 at, u64 bytes)
{
	u8 *data = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, copy->from, (off_t)at);
	int err;

	if (data == MAP_FAILED)
		return -EOPNOTSUPP;
	err = write_runs(copy, data, bytes, at);
	munmap(data, bytes);
	return err == -EFAULT ? copy_pages(copy, at, bytes) : err;
}

static int copy_read(struct copy *copy, u8 *buf, u64 at, u64 bytes)
{
	int err = 0;

	for (u64 done = 0; done < bytes && !err; done += READ_BYTES) {
		u64 length = min_u64(READ_BYTES, bytes - done);

		if (file_pread_all(copy->from, buf, length, at + done))
			err = copy_pages(copy, at + done, length);
		else
			err = write_runs(copy, buf, length, at + done);
	}
	return err;
}

/* fsync tells of errors; these two only keep the disk busy and memory free. */
static void write_behind(const struct copy *copy, u64 at, u64 bytes)
{
	const unsigned int wait = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;

	sync_file_range(copy->to, (off_t)at, (off_t)bytes, SYNC_FILE_RANGE_WRITE);
	if (at < BEHIND_BYTES)
		return;
	sync_file_range(copy->to, (off_t)(at - BEHIND_BYTES), WINDOW_BYTES, wait);
	posix_fadvise(copy->to, (off_t)(at - BEHIND_BYTES), WINDOW_BYTES, POSIX_FADV_DONTNEED);
}

int copy_run(struct copy *copy)
{
	bool mapped = true;
	u8 *buf = NULL;
	int err = 0;

	for (u64 at = 0, bytes; at < copy->bytes && !err; at += bytes) {
		bytes = min_u64(WINDOW_BYTES, copy->bytes - at);
		if (mapped) {
			err = copy_mapped(copy, at, bytes);
			mapped = err != -EOPNOTSUPP;
		}
		if (!mapped) {
			if (!buf)
				buf = malloc(READ_BYTES);
			err = buf ? copy_read(copy, buf, at, bytes) : -ENOMEM;
		}
		if (err)
			break;
		write_behind(copy, at, bytes);
		copy->progress(copy->context, at + bytes, copy->bytes);
	}
	free(buf);
	/* Holes at the end. */
	if (!err && ftruncate(copy->to, (off_t)copy->bytes))
		err = -errno;
	return err;
}
