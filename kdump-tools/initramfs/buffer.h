/* SPDX-License-Identifier: GPL-2.0 */
/* Bytes that grow. */
#ifndef INITRAMFS_BUFFER_H
#define INITRAMFS_BUFFER_H

#include "capture/env.h"

struct buffer {
	char *data;	/* NULL: empty */
	size_t bytes;
	size_t room;
};

/* Appends; data NULL: zeros.  -ENOMEM, the buffer is then as it was. */
int buffer_add(struct buffer *buffer, const void *data, size_t bytes);

void buffer_deinit(struct buffer *buffer);

#endif
