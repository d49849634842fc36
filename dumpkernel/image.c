// SPDX-License-Identifier: GPL-2.0
#include "image.h"

#include "capture/crc32.h"

int image_check(void)
{
	const u8 *crc_at = (const u8 *)image_crc;
	const u32 zero = 0;
	u32 crc = crc32_update(0, _image, (size_t)(crc_at - _image));

	crc = crc32_update(crc, &zero, sizeof(zero));
	crc = crc32_update(crc, crc_at + sizeof(zero), (size_t)(_edata - crc_at) - sizeof(zero));
	return crc == image_crc[0] && image_crc[1] == (u32)(_edata - _image) ? 0 : -EBADMSG;
}
