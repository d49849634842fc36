// SPDX-License-Identifier: GPL-2.0
#include "kdump-save/codecs.h"

const struct page_codec *codecs_by_option(char option)
{
	for (const struct page_codec *const *codec = codecs; *codec; codec++)
		if ((*codec)->option == option)
			return *codec;
	return NULL;
}

const struct page_codec *codecs_by_flag(u32 kdump_flag)
{
	for (const struct page_codec *const *codec = codecs; *codec; codec++)
		if ((*codec)->codec->kdump_flag == kdump_flag)
			return *codec;
	return NULL;
}

void codecs_end_thread(void)
{
	for (const struct page_codec *const *codec = codecs; *codec; codec++)
		if ((*codec)->end_thread)
			(*codec)->end_thread();
}
