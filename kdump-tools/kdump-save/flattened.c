// SPDX-License-Identifier: GPL-2.0
#include "kdump-save/flattened.h"

#include <endian.h>
#include <errno.h>
#include <unistd.h>

#include "common/file.h"

/* -ENODATA: there are no so many. */
static int read_all(int fd, void *data, size_t bytes)
{
	u8 *to = data;

	while (bytes) {
		ssize_t got = read(fd, to, bytes);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			return -ENODATA;
		to += got;
		bytes -= (size_t)got;
	}
	return 0;
}

static int copy(int from, int to, u64 offset, u64 bytes)
{
	static u8 buffer[1u << 16];

	while (bytes) {
		size_t here = min_u64(bytes, sizeof(buffer));
		int err = read_all(from, buffer, here);

		if (!err)
			err = file_pwrite_all(to, buffer, here, offset);
		if (err)
			return err;
		offset += here;
		bytes -= here;
	}
	return 0;
}

int flattened_rebuild(int from, int to)
{
	struct flattened_header header;
	struct flattened_record record;
	int err = read_all(from, &header, sizeof(header));

	if (err == -ENODATA || (!err && (memcmp(header.signature, FLATTENED_SIGNATURE, sizeof(FLATTENED_SIGNATURE)) ||
					 be64toh(header.type) != FLATTENED_TYPE || be64toh(header.version) != FLATTENED_VERSION)))
		return -EBADMSG;
	while (!err && !(err = read_all(from, &record, sizeof(record)))) {
		u64 offset = be64toh(record.offset), bytes = be64toh(record.bytes);

		if (offset == FLATTENED_END && bytes == FLATTENED_END)
			return 0;
		if (offset >> 62 || bytes >> 62)
			return -EBADMSG;
		err = copy(from, to, offset, bytes);
	}
	return err;
}
