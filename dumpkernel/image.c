// SPDX-License-Identifier: GPL-2.0
#include "image.h"

#include "capture/crc32.h"
#include "layout.h"

int image_check(void)
{
	const u8 *crc_at = (const u8 *)image_crc;
	const u32 zero = 0;
	u32 crc = crc32_update(0, _image, (size_t)(crc_at - _image));

	crc = crc32_update(crc, &zero, sizeof(zero));
	crc = crc32_update(crc, crc_at + sizeof(zero), (size_t)(_edata - crc_at) - sizeof(zero));
	return crc == image_crc[0] && image_crc[1] == (u32)(_edata - _image) ? 0 : -EBADMSG;
}

/* Linked for address 0, where the setup part is. */
void image_relocate(void)
{
	u64 base = (u64)_image - LAYOUT_SETUP_BYTES;

	for (const Elf64_Rela *rela = _relocations; rela < _relocations_end; rela++)
		*(u64 *)(base + rela->r_offset) = base + (u64)rela->r_addend;
}
