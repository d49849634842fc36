// SPDX-License-Identifier: GPL-2.0
/* In the capture initramfs there is no C++, which snappy is written in. */
#include "kdump-save/codecs.h"

const struct page_codec *const codecs[] = { &codec_zlib, &codec_lzo, &codec_zstd, NULL };
