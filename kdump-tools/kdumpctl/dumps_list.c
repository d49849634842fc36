// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/dumps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "kdumpctl/sysfs.h"

/* Why the kernel died, out of its log; "" when that does not tell. */
static void read_reason(const char *folder, const char *name, char *buf, size_t size)
{
	static const char mark[] = "Kernel panic - not syncing: ";
	const char *found;
	size_t bytes;
	char *text;

	buf[0] = 0;
	if (sysfs_read_all(folder, &text, &bytes, "/%s/vmcore-dmesg.txt", name))
		return;
	found = strstr(text, mark);
	if (found)
		snprintf(buf, size, "%.*s", (int)strcspn(found + strlen(mark), "\n"), found + strlen(mark));
	free(text);
}

static void print_dump(const char *folder, const char *name)
{
	char path[2 * PATH_MAX], reason[128];
	struct stat st;

	read_reason(folder, name, reason, sizeof(reason));
	snprintf(path, sizeof(path), "%s/%s/vmcore", folder, name);
	if (!stat(path, &st)) {
		printf("%s  %llu MiB%s%s\n", path, (unsigned long long)st.st_blocks >> 11, reason[0] ? "  " : "", reason);
		return;
	}
	printf("%s/%s  no whole vmcore, see kdump.log%s%s\n", folder, name, reason[0] ? "  " : "", reason);
}

static int list_folder(const char *folder, void *context)
{
	size_t *count = context;
	struct dumps dumps;
	int err = dumps_find(folder, NULL, &dumps);

	if (err)
		return err == -ENOENT ? 0 : err;
	for (size_t i = 0; i < dumps.count; i++)
		print_dump(folder, dumps.name[i]);
	*count += dumps.count;
	dumps_deinit(&dumps);
	return 0;
}

int dumps_list_command(const struct conf *conf)
{
	size_t count = 0;
	int err = dumps_for_each_folder(conf, list_folder, &count);

	if (!err && !count)
		puts("no dumps");
	return err;
}
