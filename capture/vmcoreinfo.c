// SPDX-License-Identifier: GPL-2.0
#include "capture/vmcoreinfo.h"

int vmcoreinfo_find(const struct vmcoreinfo *info, const char *key, const char **ret_value, u32 *ret_bytes)
{
	u32 key_bytes = (u32)strlen(key);

	for (u32 at = 0; at < info->bytes; ) {
		const char *line = info->text + at;
		u32 length = 0;

		while (at + length < info->bytes && line[length] != '\n')
			length++;
		if (length > key_bytes && line[key_bytes] == '=' && !memcmp(line, key, key_bytes)) {
			*ret_value = line + key_bytes + 1;
			*ret_bytes = length - key_bytes - 1;
			return 0;
		}
		at += length + 1;
	}
	return -ENOENT;
}

static unsigned digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A') + 10;
	return 99;
}

int vmcoreinfo_number(const struct vmcoreinfo *info, const char *key, unsigned base, u64 *ret_value)
{
	const char *text;
	u32 bytes, at = 0;
	u64 value = 0;
	bool minus;
	int err = vmcoreinfo_find(info, key, &text, &bytes);

	if (err)
		return err;
	minus = bytes && text[0] == '-';
	at += minus;
	if (base == 16 && bytes >= at + 2 && text[at] == '0' && text[at + 1] == 'x')
		at += 2;
	if (at == bytes)
		return -EINVAL;
	for (; at < bytes; at++) {
		unsigned digit = digit_value(text[at]);

		if (digit >= base || value > (~0ull - digit) / base)
			return -EINVAL;
		value = value * base + digit;
	}
	*ret_value = minus ? -value : value;
	return 0;
}
