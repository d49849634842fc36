// SPDX-License-Identifier: GPL-2.0
#include "initramfs/hash_index.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/file.h"

#define INDEX_MAX_BYTES (4u << 20)
#define READ_BYTES 65536u
#define SETTLE_NS 2000000000ull		/* more than any file system's grain of time */

static u64 time_ns(const struct timespec *time)
{
	return time->tv_sec * 1000000000ull + time->tv_nsec;
}

static void fill_from_stat(struct hash_index_entry *entry, const struct stat *st)
{
	entry->device = st->st_dev;
	entry->inode = st->st_ino;
	entry->bytes = st->st_size;
	entry->mtime_ns = time_ns(&st->st_mtim);
	entry->ctime_ns = time_ns(&st->st_ctim);
}

static bool is_same_file(const struct hash_index_entry *a, const struct hash_index_entry *b)
{
	return a->device == b->device && a->inode == b->inode && a->bytes == b->bytes &&
	       a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns;
}

static int append(struct hash_index *index, const struct hash_index_entry *entry)
{
	struct hash_index_entry *larger = realloc(index->entry, (index->count + 1) * sizeof(*larger));

	if (!larger)
		return -ENOMEM;
	index->entry = larger;
	larger[index->count] = *entry;
	larger[index->count].path = strdup(entry->path);
	if (!larger[index->count].path)
		return -ENOMEM;
	index->count++;
	return 0;
}

/* "<digest> <device> <inode> <bytes> <mtime> <ctime> <path>" */
static int parse_line(struct hash_index *index, char *line)
{
	struct hash_index_entry entry = { 0 };
	unsigned long long device, inode, bytes, mtime, ctime;
	int used = 0;

	if (sha256_parse(line, entry.digest) ||
	    sscanf(line + 2 * SHA256_BYTES, " %llu %llu %llu %llu %llu %n", &device, &inode, &bytes, &mtime, &ctime, &used) != 5 ||
	    !used || line[2 * SHA256_BYTES + used] != '/')
		return -EINVAL;
	entry.device = device;
	entry.inode = inode;
	entry.bytes = bytes;
	entry.mtime_ns = mtime;
	entry.ctime_ns = ctime;
	entry.path = line + 2 * SHA256_BYTES + used;
	return append(index, &entry);
}

void hash_index_open(struct hash_index *index, const char *file)
{
	char *text, *rest;
	size_t bytes;

	*index = (struct hash_index){ 0 };
	if (file_read(file, INDEX_MAX_BYTES, &text, &bytes))
		return;
	rest = text;
	for (char *line; (line = strsep(&rest, "\n")) && *line; ) {
		if (parse_line(index, line)) {
			hash_index_deinit(index);
			break;
		}
	}
	free(text);
}

static struct hash_index_entry *find(const struct hash_index *index, const char *path)
{
	for (size_t i = 0; i < index->count; i++)
		if (!strcmp(index->entry[i].path, path))
			return &index->entry[i];
	return NULL;
}

static int hash_file(struct hash_index *index, int fd, u8 *ret_digest)
{
	char *buf = malloc(READ_BYTES);
	struct sha256 hash;
	ssize_t got = 0;
	int err = buf ? 0 : -ENOMEM;

	sha256_init(&hash);
	while (!err && (got = read(fd, buf, READ_BYTES))) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			err = -errno;
		} else {
			sha256_update(&hash, buf, got);
			index->hashed_bytes += got;
		}
	}
	free(buf);
	if (!err)
		sha256_final(&hash, ret_digest);
	return err;
}

/* Whether the file's times tell every change after this moment. */
static bool is_settled(const struct hash_index_entry *entry)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return time_ns(&now) >= entry->ctime_ns + SETTLE_NS && time_ns(&now) >= entry->mtime_ns + SETTLE_NS;
}

static int get_open(struct hash_index *index, const char *path, int fd, u8 *ret_digest)
{
	struct hash_index_entry found = { .path = (char *)path, .used = true }, after = { 0 }, *known;
	struct stat st;
	bool settled;
	int err;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	fill_from_stat(&found, &st);
	known = find(index, path);
	if (known && is_same_file(known, &found)) {
		known->used = true;
		memcpy(ret_digest, known->digest, SHA256_BYTES);
		return 0;
	}
	settled = is_settled(&found);
	err = hash_file(index, fd, found.digest);
	if (err)
		return err;
	memcpy(ret_digest, found.digest, SHA256_BYTES);
	if (fstat(fd, &st))
		return -errno;
	fill_from_stat(&after, &st);
	if (!settled || !is_same_file(&after, &found))
		return 0;
	index->changed = true;
	if (!known)
		return append(index, &found);
	found.path = known->path;
	*known = found;
	return 0;
}

int hash_index_get(struct hash_index *index, const char *path, u8 *ret_digest)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), err;

	if (fd < 0)
		return -errno;
	err = get_open(index, path, fd, ret_digest);
	close(fd);
	return err;
}

static void print_entry(FILE *out, const struct hash_index_entry *entry)
{
	char digest[SHA256_TEXT_BYTES];

	sha256_print(entry->digest, digest);
	fprintf(out, "%s %llu %llu %llu %llu %llu %s\n", digest, (unsigned long long)entry->device,
		(unsigned long long)entry->inode, (unsigned long long)entry->bytes, (unsigned long long)entry->mtime_ns,
		(unsigned long long)entry->ctime_ns, entry->path);
}

int hash_index_save(const struct hash_index *index, const char *file)
{
	bool changed = index->changed;
	char *text = NULL;
	size_t bytes;
	FILE *out;
	int err;

	for (size_t i = 0; i < index->count; i++)
		changed |= !index->entry[i].used;
	if (!changed)
		return 0;
	out = open_memstream(&text, &bytes);
	if (!out)
		return -ENOMEM;
	for (size_t i = 0; i < index->count; i++)
		if (index->entry[i].used && !strchr(index->entry[i].path, '\n'))
			print_entry(out, &index->entry[i]);
	err = ferror(out) | fclose(out) ? -ENOMEM : file_replace(file, text, bytes, 0600);
	free(text);
	return err;
}

void hash_index_deinit(struct hash_index *index)
{
	for (size_t i = 0; i < index->count; i++)
		free(index->entry[i].path);
	free(index->entry);
	*index = (struct hash_index){ 0 };
}
