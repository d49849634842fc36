// SPDX-License-Identifier: GPL-2.0
/*
 * Build tool: writes the CRC of the loaded part into a freshly linked dump kernel.
 *	seal IMAGE
 */
#include "capture/crc32.h"
#include "layout.h"

#include <stdio.h>

static u8 image[LAYOUT_ZSTD_IMAGE_BYTES + 1];

int main(int argc, char **argv)
{
	FILE *file = argc == 2 ? fopen(argv[1], "r+b") : NULL;
	size_t bytes = file ? fread(image, 1, sizeof(image), file) : 0;
	size_t at;
	u32 seal[2] = { 0 };	/* CRC, bytes */

	if (bytes <= LAYOUT_SETUP_BYTES || bytes > LAYOUT_ZSTD_IMAGE_BYTES) {
		fprintf(stderr, "seal: %s: not a linked dump kernel, or too large\n", argc == 2 ? argv[1] : "(no file)");
		return 1;
	}
	for (at = LAYOUT_SETUP_BYTES; at + 16 <= bytes && memcmp(image + at, "LBIMGCRC", 8); at++)
		;
	at += 8;
	if (at + 8 > bytes) {
		fprintf(stderr, "seal: %s: no place for the CRC\n", argv[1]);
		return 1;
	}
	seal[1] = (u32)bytes - LAYOUT_SETUP_BYTES;
	memcpy(image + at, seal, sizeof(seal));
	seal[0] = crc32_update(0, image + LAYOUT_SETUP_BYTES, seal[1]);
	memcpy(image + at, seal, sizeof(seal));
	rewind(file);
	if (fwrite(image, 1, bytes, file) != bytes || fclose(file)) {
		perror("seal");
		return 1;
	}
	return 0;
}
