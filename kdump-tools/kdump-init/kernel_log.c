// SPDX-License-Identifier: GPL-2.0
#include "kdump-init/kernel_log.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/klog.h>

/* Of syslog(2). */
#define KLOG_READ_ALL 3
#define KLOG_SIZE_BUFFER 10

size_t kernel_log_strip(char *text, size_t bytes)
{
	bool line_start = true;
	size_t to = 0;

	for (size_t at = 0; at < bytes; at++) {
		if (line_start && text[at] == '<') {
			size_t end = at + 1;

			while (end < bytes && isdigit((unsigned char)text[end]))
				end++;
			if (end > at + 1 && end < bytes && text[end] == '>') {
				at = end;
				line_start = false;
				continue;
			}
		}
		line_start = text[at] == '\n';
		text[to++] = text[at];
	}
	return to;
}

char *kernel_log_read(size_t *ret_bytes)
{
	int size = klogctl(KLOG_SIZE_BUFFER, NULL, 0), got;
	char *text = size > 0 ? malloc((size_t)size) : NULL;

	if (!text)
		return NULL;
	got = klogctl(KLOG_READ_ALL, text, size);
	*ret_bytes = got > 0 ? kernel_log_strip(text, (size_t)got) : 0;
	return text;
}
