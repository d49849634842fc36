// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/image.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "kexec/bzimage.h"
#include "kexec/dumpkernel_seal.h"

#define IMAGE_MAX_BYTES (16u << 20)

static u32 get32(const u8 *at)
{
	return at[0] | at[1] << 8 | at[2] << 16 | (u32)at[3] << 24;
}

/* PE/COFF specification, 4.4: the certificate table is data directory 4 of a PE32+ image. */
bool image_has_certificate(const void *data, size_t bytes)
{
	const u8 *file = data;
	u64 pe, optional;

	if (bytes < 0x40)
		return false;
	pe = get32(file + 0x3c);
	optional = pe + 24;
	if (optional + 112 + 5 * 8 > bytes || memcmp(file + pe, "PE\0\0", 4) ||
	    file[optional] != 0x0b || file[optional + 1] != 0x02)
		return false;
	return get32(file + optional + 112 + 4 * 8 + 4) != 0;
}

int image_check(const void *file, size_t bytes, struct image_facts *ret_facts, char *reason, size_t size)
{
	struct bzimage image;
	const char *why;

	if (bzimage_parse(&image, file, bytes, &why)) {
		snprintf(reason, size, "%s", why);
		return -ENOEXEC;
	}
	if (!bzimage_is_dumpkernel(&image)) {
		snprintf(reason, size, "it is a Linux kernel or the like, not a Lifeboat dump kernel (version '%s')",
			 image.version);
		return -ENOEXEC;
	}
	if (!dumpkernel_seal_matches(image.code, image.code_bytes)) {
		snprintf(reason, size, "it is damaged: its checksum is wrong; install it again");
		return -ENOEXEC;
	}
	snprintf(ret_facts->version, sizeof(ret_facts->version), "%s", image.version);
	ret_facts->file_bytes = bytes;
	ret_facts->is_signed = image_has_certificate(file, bytes);
	return 0;
}

int image_check_file(const char *path, struct image_facts *ret_facts, char *reason, size_t size)
{
	char *file;
	size_t bytes;
	int err = file_read(path, IMAGE_MAX_BYTES, &file, &bytes);

	if (err) {
		snprintf(reason, size, "%s; is Lifeboat installed (make install)?", strerror(-err));
		return err;
	}
	err = image_check(file, bytes, ret_facts, reason, size);
	free(file);
	return err;
}
