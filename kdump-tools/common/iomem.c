// SPDX-License-Identifier: GPL-2.0
#include "common/iomem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "common/log.h"

#define IOMEM_PATH "/proc/iomem"
#define IOMEM_MAX_BYTES (16u << 20)

/* One line: two spaces per level, "start-last : name" in hex, last inclusive. */
static int iomem_parse_line(struct iomem_entry *entry, const char *line, size_t bytes)
{
	unsigned long long start, last;
	size_t indent = strspn(line, " "), name_bytes;
	int name_at = 0;

	if (sscanf(line, "%llx-%llx : %n", &start, &last, &name_at) < 2 || !name_at || last < start ||
	    last == UINT64_MAX || (size_t)name_at > bytes)
		return -EINVAL;
	name_bytes = min_u64(bytes - name_at, sizeof(entry->name) - 1);
	*entry = (struct iomem_entry){ .start = start, .end = last + 1, .depth = indent / 2 };
	memcpy(entry->name, line + name_at, name_bytes);
	return 0;
}

int iomem_parse(struct iomem *map, const char *text)
{
	struct iomem parsed = { 0 };
	size_t lines = 1;
	bool shown = false;
	int err = 0;

	for (const char *at = text; (at = strchr(at, '\n')); at++)
		lines++;
	parsed.entries = calloc(lines, sizeof(*parsed.entries));
	if (!parsed.entries)
		return -ENOMEM;
	while (*text && !err) {
		size_t bytes = strcspn(text, "\n");
		struct iomem_entry *entry = &parsed.entries[parsed.count];

		err = iomem_parse_line(entry, text, bytes);
		if (!err) {
			shown |= entry->end > 1;
			parsed.count++;
		}
		text += bytes + (text[bytes] == '\n');
	}
	/* Without CAP_SYS_ADMIN Linux prints every address as zero: one byte at 0. */
	if (!err && !shown)
		err = -EACCES;
	if (err) {
		iomem_deinit(&parsed);
		return err;
	}
	*map = parsed;
	return 0;
}

int iomem_init(struct iomem *map)
{
	char *text;
	size_t bytes;
	int err = file_read(IOMEM_PATH, IOMEM_MAX_BYTES, &text, &bytes);

	if (err) {
		log_error("cannot read " IOMEM_PATH ": %s", strerror(-err));
		return err;
	}
	err = iomem_parse(map, text);
	free(text);
	if (err == -EACCES)
		log_error(IOMEM_PATH " hides the addresses from this user: run this as root");
	else if (err)
		log_error("cannot make sense of " IOMEM_PATH ": %s", strerror(-err));
	return err;
}

void iomem_deinit(struct iomem *map)
{
	free(map->entries);
	*map = (struct iomem){ 0 };
}

const struct iomem_entry *iomem_next(const struct iomem *map, const char *name,
				     const struct iomem_entry *after)
{
	for (size_t i = after ? after - map->entries + 1 : 0; i < map->count; i++)
		if (!strcmp(map->entries[i].name, name))
			return &map->entries[i];
	return NULL;
}

u64 iomem_total_bytes(const struct iomem *map, const char *name)
{
	const struct iomem_entry *entry = NULL;
	u64 bytes = 0;

	while ((entry = iomem_next(map, name, entry)))
		bytes += entry->end - entry->start;
	return bytes;
}
