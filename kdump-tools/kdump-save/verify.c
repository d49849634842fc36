// SPDX-License-Identifier: GPL-2.0
#include "kdump-save/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/elfcore.h"
#include "common/file.h"
#include "kdump-save/kdump_file.h"

static void note_truncated(struct verify_result *result, u64 at)
{
	if (result->state == VERIFY_COMPLETE) {
		result->state = VERIFY_TRUNCATED;
		result->at = at;
	}
}

static void note_damaged(struct verify_result *result, u64 at)
{
	if (result->state != VERIFY_DAMAGED)
		result->at = at;
	result->state = VERIFY_DAMAGED;
}

static int check_page(const struct kdump_file *file, u64 rank, struct verify_result *result)
{
	u64 descriptor_at = file->pages_offset + rank * sizeof(struct kdump_page);
	struct kdump_page page = { 0 };
	u8 buf[PAGE_BYTES];
	int err = kdump_file_find(file, rank, &page);

	if (!err)
		err = kdump_file_read(file, &page, buf);
	switch (err) {
	case -ENODATA:		/* behind the end of the file */
	case -ENOENT:		/* never written */
		result->pages_missing++;
		note_truncated(result, file->file_bytes);
		return 0;
	case -EBADMSG:
		result->pages_damaged++;
		note_damaged(result, page.bytes && page.bytes <= PAGE_BYTES ? page.offset : descriptor_at);
		return 0;
	default:
		return err;
	}
}

static int verify_kdump(int fd, struct verify_result *result)
{
	struct kdump_file file;
	int err = kdump_file_open(&file, fd);

	if (err == -ENODATA) {
		note_truncated(result, file.file_bytes);
		return 0;
	}
	if (err)
		return err;
	result->pages = file.pages;
	result->marked = file.header.status & KDUMP_INCOMPLETE;
	if (result->marked || file.bitmap_missing)
		note_truncated(result, file.file_bytes);
	for (u64 rank = 0; rank < file.pages && !err; rank++)
		err = check_page(&file, rank, result);
	kdump_file_close(&file);
	return err;
}

static int verify_elf(int fd, u64 file_bytes, struct verify_result *result)
{
	struct elfcore core;
	Elf64_Ehdr ehdr;
	u64 bytes;
	u8 *headers;
	int err;

	if (file_bytes < sizeof(ehdr) || file_pread_all(fd, &ehdr, sizeof(ehdr), 0) || !(bytes = elfcore_header_bytes(&ehdr)))
		return -EBADMSG;
	if (bytes > file_bytes) {
		note_truncated(result, file_bytes);
		return 0;
	}
	headers = malloc(bytes);
	if (!headers)
		return -ENOMEM;
	err = file_pread_all(fd, headers, bytes, 0);
	if (!err && elfcore_open(headers, bytes, &core))
		note_damaged(result, ehdr.e_phoff);
	else if (!err)
		for (u32 i = 0; i < core.count; i++)
			if (core.phdr[i].p_offset + core.phdr[i].p_filesz > file_bytes)
				note_truncated(result, file_bytes);
	free(headers);
	return err;
}

int verify_file(const char *path, struct verify_result *ret)
{
	struct verify_result result = { 0 };
	struct stat st;
	int err, fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	err = fstat(fd, &st) ? -errno : verify_kdump(fd, &result);
	if (err == -EBADMSG)
		err = verify_elf(fd, (u64)st.st_size, &result);
	close(fd);
	if (!err)
		*ret = result;
	return err;
}
