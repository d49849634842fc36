// SPDX-License-Identifier: GPL-2.0
#include "kexec/e820.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "common/log.h"

#define E820_FOLDER "/sys/firmware/memmap"

/* The words of Linux's e820_type_to_string(), in sysfs and in /proc/iomem. */
static const struct e820_word {
	const char *word;
	u32 type;
} e820_words[] = {
	{ IOMEM_RAM, E820_RAM },
	{ IOMEM_ACPI_TABLES, E820_ACPI },
	{ IOMEM_ACPI_NVS, E820_NVS },
	{ "Unusable memory", E820_UNUSABLE },
	{ "Persistent Memory", E820_PMEM },
	{ "Persistent Memory (legacy)", E820_PRAM },
	{ "Soft Reserved", E820_SOFT_RESERVED },
	{ IOMEM_RESERVED, E820_RESERVED },
};

static u32 e820_type_of(const char *word, u32 otherwise)
{
	for (size_t i = 0; i < ARRAY_SIZE(e820_words); i++)
		if (!strcmp(word, e820_words[i].word))
			return e820_words[i].type;
	return otherwise;
}

static int e820_compare(const void *a, const void *b)
{
	const struct boot_e820_entry *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static int e820_add(struct e820_map *map, u64 start, u64 end, u32 type)
{
	struct boot_e820_entry *entries = realloc(map->entries, (map->count + 1) * sizeof(*entries));

	if (!entries)
		return -ENOMEM;
	entries[map->count++] = (struct boot_e820_entry){ .addr = start, .size = end - start, .type = type };
	map->entries = entries;
	return 0;
}

/* One folder N with the files start, end (inclusive) and type. */
static int e820_read_entry(struct e820_map *map, const char *folder, const char *name)
{
	char entry[PATH_MAX], path[PATH_MAX], word[64];
	u64 start, last;
	int err = file_join_path(entry, sizeof(entry), folder, name);

	if (!err)
		err = file_read_u64_in(entry, "start", 0, &start);
	if (!err)
		err = file_read_u64_in(entry, "end", 0, &last);
	if (!err)
		err = file_join_path(path, sizeof(path), entry, "type");
	if (!err)
		err = file_read_line(path, word, sizeof(word));
	if (!err && (last < start || last == UINT64_MAX))
		err = -EINVAL;
	/* A type that we don't know is nothing to put a kernel into. */
	return err ? err : e820_add(map, start, last + 1, e820_type_of(word, E820_RESERVED));
}

static int e820_finish(struct e820_map *ret_map, struct e820_map *map, int err)
{
	if (!err && !map->count)
		err = -ENOENT;
	if (err) {
		free(map->entries);
		return err;
	}
	qsort(map->entries, map->count, sizeof(*map->entries), e820_compare);
	*ret_map = *map;
	return 0;
}

int e820_read_folder(struct e820_map *ret_map, const char *folder)
{
	struct e820_map map = { 0 };
	struct dirent *entry;
	DIR *dir = opendir(folder);
	int err = 0;

	if (!dir)
		return -errno;
	while (!err && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			err = e820_read_entry(&map, folder, entry->d_name);
	closedir(dir);
	return e820_finish(ret_map, &map, err);
}

/* What lies inside RAM (kernel, crash region) is RAM; reserved ranges may lie below bus windows. */
int e820_from_iomem(struct e820_map *ret_map, const struct iomem *iomem)
{
	struct e820_map map = { 0 };
	int err = 0;

	for (size_t i = 0; i < iomem->count && !err; i++) {
		const struct iomem_entry *entry = &iomem->entries[i];
		u32 type = e820_type_of(entry->name, 0);

		if (type)
			err = e820_add(&map, entry->start, entry->end, type);
	}
	return e820_finish(ret_map, &map, err);
}

int e820_init(struct e820_map *map, const struct iomem *iomem)
{
	int err = e820_read_folder(map, E820_FOLDER);

	if (err == -ENOENT) {
		log_debug(E820_FOLDER " is not there, taking the memory map from /proc/iomem");
		err = e820_from_iomem(map, iomem);
	}
	if (err)
		log_error("cannot read the memory map in " E820_FOLDER ": %s", strerror(-err));
	return err;
}

void e820_deinit(struct e820_map *map)
{
	free(map->entries);
	*map = (struct e820_map){ 0 };
}
