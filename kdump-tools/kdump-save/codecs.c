// SPDX-License-Identifier: GPL-2.0
#include "kdump-save/codecs.h"

const struct page_codec *const codecs[] = { &page_codec_zlib, &page_codec_lzo, &page_codec_zstd, &page_codec_snappy, NULL };
