// SPDX-License-Identifier: GPL-2.0
#include "common/file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_FIRST_BYTES 4096u

/* The whole file at once where its size is told, so that large ones need no second buffer. */
static size_t first_room(int fd, size_t max_bytes)
{
	struct stat st;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size < FILE_FIRST_BYTES || (u64)st.st_size > max_bytes)
		return FILE_FIRST_BYTES;
	return st.st_size + 1;	/* one more, to see the end */
}

static int file_read_fd(int fd, size_t max_bytes, char **ret_data, size_t *ret_bytes)
{
	size_t room = first_room(fd, max_bytes), used = 0;
	char *data = malloc(room + 1);

	while (data) {
		ssize_t got = read(fd, data + used, room - used);
		char *larger;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			int err = -errno;

			free(data);
			return err;
		}
		used += got;
		if (used > max_bytes) {
			free(data);
			return -EFBIG;
		}
		if (!got) {
			data[used] = 0;
			*ret_data = data;
			*ret_bytes = used;
			return 0;
		}
		if (used < room)
			continue;
		room *= 2;
		larger = realloc(data, room + 1);
		if (!larger)
			free(data);
		data = larger;
	}
	return -ENOMEM;
}

int file_read(const char *path, size_t max_bytes, char **ret_data, size_t *ret_bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = file_read_fd(fd, max_bytes, ret_data, ret_bytes);
	close(fd);
	return err;
}

int file_read_line(const char *path, char *buf, size_t size)
{
	char *data, *start, *end;
	size_t bytes;
	int err = file_read(path, 1u << 20, &data, &bytes);

	if (err)
		return err;
	data[strcspn(data, "\n")] = 0;
	for (start = data; isspace((unsigned char)*start); start++)
		;
	for (end = start + strlen(start); end > start && isspace((unsigned char)end[-1]); end--)
		;
	*end = 0;
	if ((size_t)(end - start) >= size)
		err = -EFBIG;
	else
		memcpy(buf, start, end - start + 1);
	free(data);
	return err;
}

int file_read_u64(const char *path, int base, u64 *ret_value)
{
	char line[64], *end;
	u64 value;
	int err = file_read_line(path, line, sizeof(line));

	if (err)
		return err;
	if (!isxdigit((unsigned char)line[0]))
		return -EINVAL;
	errno = 0;
	value = strtoull(line, &end, base);
	if (errno || end == line || *end)
		return -EINVAL;
	*ret_value = value;
	return 0;
}

int file_join_path(char *path, size_t size, const char *folder, const char *name)
{
	int length = snprintf(path, size, "%s/%s", folder, name);

	return length < 0 || (size_t)length >= size ? -ENAMETOOLONG : 0;
}

int file_read_u64_in(const char *folder, const char *name, int base, u64 *ret_value)
{
	char path[PATH_MAX];
	int err = file_join_path(path, sizeof(path), folder, name);

	return err ? err : file_read_u64(path, base, ret_value);
}

int file_write_text(const char *path, const char *text)
{
	size_t bytes = strlen(text);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t done;
	int err = 0;

	if (fd < 0)
		return -errno;
	done = write(fd, text, bytes);
	if (done < 0)
		err = -errno;
	else if ((size_t)done != bytes)
		err = -EIO;
	if (close(fd) && !err)
		err = -errno;
	return err;
}

int file_replace(const char *path, const void *data, size_t bytes, unsigned int permissions)
{
	char temporary[PATH_MAX];
	int fd, err;

	if (snprintf(temporary, sizeof(temporary), "%s.new", path) >= (int)sizeof(temporary))
		return -ENAMETOOLONG;
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, permissions);
	if (fd < 0)
		return -errno;
	err = file_pwrite_all(fd, data, bytes, 0);
	if (!err && fsync(fd))
		err = -errno;
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(temporary, path))
		err = -errno;
	if (err)
		unlink(temporary);
	return err;
}

int file_pwrite_all(int fd, const void *data, size_t bytes, u64 offset)
{
	const char *at = data;

	while (bytes) {
		ssize_t done = pwrite(fd, at, bytes, offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		if (!done)
			return -EIO;
		at += done;
		bytes -= done;
		offset += done;
	}
	return 0;
}

int file_pread_all(int fd, void *data, size_t bytes, u64 offset)
{
	char *at = data;

	while (bytes) {
		ssize_t done = pread(fd, at, bytes, offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		if (!done)
			return -EIO;
		at += done;
		bytes -= done;
		offset += done;
	}
	return 0;
}
