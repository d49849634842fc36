// SPDX-License-Identifier: GPL-2.0
/* The capture kernel learns from elfcorehdr=[SIZE@]ADDRESS where the old kernel's ELF header is. */
#include <linux/crash_dump.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/kernel.h>

unsigned long long elfcorehdr_addr = ELFCORE_ADDR_MAX;
EXPORT_SYMBOL_GPL(elfcorehdr_addr);
unsigned long long elfcorehdr_size;

static int __init elfcorehdr_param(char *text)
{
	unsigned long long address;
	char *end;

	if (!text)
		return -EINVAL;
	address = memparse(text, &end);
	if (*end == '@') {
		elfcorehdr_size = address;
		text = end + 1;
		address = memparse(text, &end);
	}
	elfcorehdr_addr = address;
	return end == text ? -EINVAL : 0;
}
early_param("elfcorehdr", elfcorehdr_param);
