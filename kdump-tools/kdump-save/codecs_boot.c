// SPDX-License-Identifier: GPL-2.0
/* In the capture initramfs there is no C++, which snappy is written in. */
#include "kdump-save/codecs.h"

const struct page_codec *const codecs[] = { &page_codec_zlib, &page_codec_lzo, &page_codec_zstd, NULL };
