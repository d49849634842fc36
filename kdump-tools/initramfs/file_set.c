// SPDX-License-Identifier: GPL-2.0
#include "initramfs/file_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "initramfs/cpio.h"
#include "kexec/decompress.h"

#define SOURCE_MAX_BYTES (1u << 30)

/* --- the set --------------------------------------------------------------------------------- */

/* Where name stands, or is to stand. */
static size_t find_place(const struct file_set *set, const char *name, bool *ret_found)
{
	size_t low = 0, high = set->count;

	*ret_found = false;
	while (low < high && !*ret_found) {
		size_t middle = (low + high) / 2;
		int order = strcmp(set->entry[middle].name, name);

		if (!order) {
			*ret_found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool file_set_has(const struct file_set *set, const char *name)
{
	bool found;

	find_place(set, name + strspn(name, "/"), &found);
	return found;
}

static void free_entry(struct file_entry *entry)
{
	free(entry->name);
	free(entry->source);
	free(entry->data);
}

/* Takes the entry's strings over, or frees them. */
static int insert(struct file_set *set, struct file_entry entry)
{
	struct file_entry *larger;
	bool found;
	size_t at;

	if (!entry.name || (!entry.source && !entry.data && !S_ISDIR(entry.mode))) {
		free_entry(&entry);
		return -ENOMEM;
	}
	at = find_place(set, entry.name, &found);
	larger = found ? NULL : realloc(set->entry, (set->count + 1) * sizeof(*larger));
	if (!larger) {
		free_entry(&entry);
		return found ? 0 : -ENOMEM;
	}
	memmove(larger + at + 1, larger + at, (set->count - at) * sizeof(*larger));
	larger[at] = entry;
	set->entry = larger;
	set->count++;
	return 0;
}

static int add_parents(struct file_set *set, const char *name)
{
	for (const char *slash = name; (slash = strchr(slash, '/')); slash++) {
		struct file_entry folder = { .name = strndup(name, slash - name), .mode = S_IFDIR | 0755 };
		int err = insert(set, folder);

		if (err)
			return err;
	}
	return 0;
}

static bool is_good_name(const char *name)
{
	for (const char *part = name; ; ) {
		size_t length = strcspn(part, "/");

		if (!length || (length <= 2 && !strncmp(part, "..", length)))
			return false;
		if (!part[length])
			return true;
		part += length + 1;
	}
}

static int add(struct file_set *set, const char *name, struct file_entry entry)
{
	int err;

	name += strspn(name, "/");
	err = is_good_name(name) ? add_parents(set, name) : -EINVAL;
	if (err) {
		free_entry(&entry);
		return err;
	}
	entry.name = strdup(name);
	return insert(set, entry);
}

int file_set_add_file(struct file_set *set, const char *name, const char *source, mode_t permissions)
{
	return add(set, name, (struct file_entry){ .mode = S_IFREG | permissions, .source = strdup(source) });
}

int file_set_add_data(struct file_set *set, const char *name, const void *data, size_t bytes, mode_t permissions)
{
	char *copy = malloc(bytes + 1);

	if (copy)
		memcpy(copy, data, bytes);
	return add(set, name, (struct file_entry){ .mode = S_IFREG | permissions, .data = copy, .bytes = bytes });
}

int file_set_add_link(struct file_set *set, const char *name, const char *to)
{
	return add(set, name, (struct file_entry){ .mode = S_IFLNK | 0777, .data = strdup(to), .bytes = strlen(to) });
}

void file_set_deinit(struct file_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		free_entry(&set->entry[i]);
	free(set->entry);
	*set = (struct file_set){ 0 };
}

/* --- its hash and its archive -------------------------------------------------------------------- */

static void hash_data(const void *data, size_t bytes, u8 *ret_digest)
{
	struct sha256 hash;

	sha256_init(&hash);
	sha256_update(&hash, data, bytes);
	sha256_final(&hash, ret_digest);
}

int file_set_hash(const struct file_set *set, struct hash_index *index, struct sha256 *hash, const char **ret_failed)
{
	u8 digest[SHA256_BYTES];

	for (size_t i = 0; i < set->count; i++) {
		const struct file_entry *entry = &set->entry[i];
		u32 mode = entry->mode;
		int err = 0;

		if (entry->source)
			err = hash_index_get(index, entry->source, digest);
		else
			hash_data(entry->data, entry->bytes, digest);
		if (err) {
			*ret_failed = entry->source;
			return err;
		}
		sha256_update(hash, entry->name, strlen(entry->name) + 1);
		sha256_update(hash, &mode, sizeof(mode));
		sha256_update(hash, digest, sizeof(digest));
	}
	return 0;
}

static bool is_packed_module(const char *source)
{
	const char *end = strstr(source, ".ko.");

	return end && (!strcmp(end, ".ko.gz") || !strcmp(end, ".ko.xz") || !strcmp(end, ".ko.zst"));
}

int file_set_read_source(const char *source, char **ret_data, size_t *ret_bytes)
{
	char *packed;
	size_t bytes;
	int err;

	if (!is_packed_module(source))
		return file_read(source, SOURCE_MAX_BYTES, ret_data, ret_bytes);
	err = file_read(source, SOURCE_MAX_BYTES, &packed, &bytes);
	if (err)
		return err;
	err = decompress(packed, bytes, SOURCE_MAX_BYTES, ret_data, ret_bytes);
	free(packed);
	return err;
}

static int write_entry(const struct file_entry *entry, u32 number, struct buffer *archive)
{
	char *data;
	size_t bytes;
	int err;

	if (!entry->source)
		return cpio_add(archive, number, entry->name, entry->mode, entry->data, entry->bytes);
	err = file_set_read_source(entry->source, &data, &bytes);
	if (err)
		return err;
	err = cpio_add(archive, number, entry->name, entry->mode, data, bytes);
	free(data);
	return err;
}

int file_set_write(const struct file_set *set, struct buffer *archive, const char **ret_failed)
{
	for (size_t i = 0; i < set->count; i++) {
		int err = write_entry(&set->entry[i], i + 1, archive);

		if (err) {
			*ret_failed = set->entry[i].source ?: set->entry[i].name;
			return err;
		}
	}
	return cpio_end(archive);
}
