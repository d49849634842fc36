// SPDX-License-Identifier: GPL-2.0
#include "capture/append.h"

void append_init(struct append *append, struct dump_out *out, u64 offset, u8 *buf, u32 half_bytes)
{
	*append = (struct append){ .out = out, .half = { buf, buf + half_bytes }, .half_bytes = half_bytes, .offset = offset };
}

u64 append_offset(const struct append *append)
{
	return append->offset + append->used;
}

static int write_half(struct append *append, u32 bytes)
{
	int err = append->err ? append->err : append->out->write(append->out, append->offset, append->half[append->now], bytes);

	append->offset += bytes;
	append->used = 0;
	append->now = !append->now;
	if (!err)
		err = append->out->wait(append->out, append->half[append->now]);
	append->err = err;
	return err;
}

/* data NULL: bytes of this value. */
static int append_any(struct append *append, const u8 *data, u8 byte, u64 bytes)
{
	while (bytes) {
		u32 here = (u32)min_u64(bytes, append->half_bytes - append->used);
		u8 *to = append->half[append->now] + append->used;
		int err;

		if (data) {
			memcpy(to, data, here);
			data += here;
		} else {
			memset(to, byte, here);
		}
		append->used += here;
		bytes -= here;
		if (append->used == append->half_bytes && (err = write_half(append, append->half_bytes)))
			return err;
	}
	return 0;
}

int append_bytes(struct append *append, const void *data, u64 bytes)
{
	return append_any(append, data, 0, bytes);
}

int append_fill(struct append *append, u8 byte, u64 bytes)
{
	return append_any(append, NULL, byte, bytes);
}

/* The rest, filled up to a whole block. */
static int write_rest(struct append *append)
{
	u32 whole = (u32)align_up(append->used, append->out->align_bytes);

	memset(append->half[append->now] + append->used, 0, whole - append->used);
	return append->err || !whole ? append->err : write_half(append, whole);
}

int append_gap(struct append *append, u64 bytes, u64 *ret_offset)
{
	int err = write_rest(append);

	*ret_offset = append->offset;
	append->offset += bytes;
	return err;
}

int append_end(struct append *append)
{
	int err = write_rest(append);

	if (!err)
		err = append->out->wait(append->out, append->half[!append->now]);
	append->err = err;
	return err;
}
