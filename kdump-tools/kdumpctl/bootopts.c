// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/bootopts.h"

#define BOOTOPTS_SPACE " \t\n"

static size_t word_length(const char *text, const char *ends)
{
	size_t length = 0;

	while (text[length]) {
		for (const char *end = ends; *end; end++)
			if (text[length] == *end)
				return length;
		length++;
	}
	return length;
}

/* Moves *at past white space; the next word's length, 0 at the end. */
static size_t next_word(const char **at)
{
	while (**at == ' ' || **at == '\t' || **at == '\n')
		(*at)++;
	return word_length(*at, BOOTOPTS_SPACE);
}

static bool list_has(const char *list, size_t list_length, const char *value)
{
	size_t wanted = strlen(value);

	for (size_t at = 0; at <= list_length; ) {
		size_t length = word_length(list + at, ", \t\n");

		if (length == wanted && !memcmp(list + at, value, wanted))
			return true;
		at += length + 1;
	}
	return false;
}

bool bootopts_has(const char *cmdline, const char *option, const char *value)
{
	size_t prefix = strlen(option), length;

	for (const char *word = cmdline; (length = next_word(&word)); word += length) {
		if (length < prefix || memcmp(word, option, prefix))
			continue;
		if (!value || list_has(word + prefix, length - prefix, value))
			return true;
	}
	return false;
}

int bootopts_for_dump(const char *cmdline, char *buf, size_t size)
{
	static const char serial[] = "console=ttyS";
	size_t used = 0, length;

	if (!size)
		return -E2BIG;
	for (const char *word = cmdline; (length = next_word(&word)); word += length) {
		if (length < sizeof(serial) || memcmp(word, serial, sizeof(serial) - 1))
			continue;
		if (used + !!used + length + 1 > size)
			return -E2BIG;
		if (used)
			buf[used++] = ' ';
		memcpy(buf + used, word, length);
		used += length;
	}
	buf[used] = 0;
	return 0;
}
