// SPDX-License-Identifier: GPL-2.0
#include "kdump-save/codecs.h"

const struct page_codec *const codecs[] = { &codec_zlib, &codec_lzo, &codec_zstd, &codec_snappy, NULL };
