// SPDX-License-Identifier: GPL-2.0
#include "kdump-save/out.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/file.h"
#include "common/log.h"
#include "kdump-save/flattened.h"

static int write_stream(int fd, struct iovec *part, int parts)
{
	while (parts) {
		ssize_t done = writev(fd, part, parts);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		for (; parts && (size_t)done >= part->iov_len; part++, parts--)
			done -= (ssize_t)part->iov_len;
		if (parts) {
			part->iov_base = (u8 *)part->iov_base + done;
			part->iov_len -= (size_t)done;
		}
	}
	return 0;
}

static int write_record(int fd, u64 offset, const void *data, u64 bytes)
{
	struct flattened_record record = { htobe64(offset), htobe64(bytes) };
	struct iovec part[2] = { { &record, sizeof(record) }, { (void *)(uintptr_t)data, data ? bytes : 0 } };

	return write_stream(fd, part, data ? 2 : 1);
}

static int write_stream_header(int fd)
{
	struct flattened_header header = { .signature = FLATTENED_SIGNATURE, .type = htobe64(FLATTENED_TYPE),
					   .version = htobe64(FLATTENED_VERSION) };
	struct iovec part = { &header, sizeof(header) };

	return write_stream(fd, &part, 1);
}

int out_write(struct out *out, u64 offset, const void *data, u32 bytes)
{
	int err = 0;

	if (out->limit_bytes && offset + bytes > out->limit_bytes)
		return -EFBIG;
	if (out->kind == OUT_FILE)
		err = file_pwrite_all(out->fd, data, bytes, offset);
	else if (out->kind == OUT_FLATTENED)
		err = write_record(out->fd, offset, data, bytes);
	if (!err && offset + bytes > out->end_bytes)
		out->end_bytes = offset + bytes;
	return err;
}

static int seam_write(struct dump_out *seam, u64 offset, const void *data, u32 bytes)
{
	return out_write((struct out *)seam, offset, data, bytes);
}

static int seam_wait(struct dump_out *seam, const void *data)
{
	return 0;
}

static int seam_flush(struct dump_out *seam)
{
	const struct out *out = (const struct out *)seam;

	/* A pipe or a device has nothing to make durable. */
	return out->kind == OUT_FILE && fsync(out->fd) && errno != EINVAL && errno != EROFS ? -errno : 0;
}

static int open_file(const char *path, bool force)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | (force ? 0 : O_EXCL), 0600);
	struct stat st;

	if (fd < 0)
		return -errno;
	/* An earlier dump's bytes would show through. */
	if (fstat(fd, &st) || (S_ISREG(st.st_mode) && (ftruncate(fd, 0) || fchmod(fd, 0600)))) {
		int err = -errno;

		close(fd);
		return err;
	}
	if (!S_ISREG(st.st_mode)) {
		close(fd);
		return -EINVAL;
	}
	return fd;
}

int out_open(struct out *out, enum out_kind kind, const char *path, bool force, u64 limit_bytes)
{
	int err = 0;

	*out = (struct out){ .seam = { .align_bytes = 1, .zeroed = true, .write = seam_write, .wait = seam_wait, .flush = seam_flush },
			     .kind = kind, .fd = STDOUT_FILENO, .limit_bytes = limit_bytes };
	if (kind == OUT_FLATTENED && isatty(STDOUT_FILENO)) {
		log_error("-F writes the dump to standard output, which is a terminal: redirect it to a file or a pipe");
		return -EINVAL;
	}
	if (kind == OUT_FLATTENED && (err = write_stream_header(out->fd)))
		log_error("cannot write to standard output: %s", strerror(-err));
	if (kind == OUT_FILE && (err = out->fd = open_file(path, force)) < 0)
		log_error("cannot create %s: %s%s", path, err == -EINVAL ? "it is not a regular file" : strerror(-err),
			  err == -EEXIST ? "; -f writes over it" : "");
	return err < 0 ? err : 0;
}

int out_extend(struct out *out, u64 bytes)
{
	static const u8 zero;

	if (bytes <= out->end_bytes)
		return 0;
	return out_write(out, bytes - 1, &zero, 1);
}

int out_close(struct out *out)
{
	int err = 0;

	if (out->kind == OUT_FLATTENED)
		return write_record(out->fd, FLATTENED_END, NULL, FLATTENED_END);
	if (out->kind == OUT_FILE) {
		err = out->seam.flush(&out->seam);
		if (close(out->fd) && !err)
			err = -errno;
	}
	return err;
}

void out_abandon(struct out *out)
{
	if (out->kind == OUT_FILE)
		close(out->fd);
}
