// SPDX-License-Identifier: GPL-2.0
#include "initramfs/buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BYTES 65536u

int buffer_add(struct buffer *buffer, const void *data, size_t bytes)
{
	size_t room = buffer->room ?: FIRST_BYTES;

	if (bytes > SIZE_MAX / 4 - buffer->bytes)
		return -ENOMEM;
	while (room < buffer->bytes + bytes)
		room *= 2;
	if (room != buffer->room) {
		char *larger = realloc(buffer->data, room);

		if (!larger)
			return -ENOMEM;
		buffer->data = larger;
		buffer->room = room;
	}
	if (data)
		memcpy(buffer->data + buffer->bytes, data, bytes);
	else
		memset(buffer->data + buffer->bytes, 0, bytes);
	buffer->bytes += bytes;
	return 0;
}

void buffer_deinit(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){ 0 };
}
