// SPDX-License-Identifier: GPL-2.0
#include "kdump-init/block.h"

#include <blkid/blkid.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kdump-init/dm.h"
#include "kdump-init/say.h"

#define BLOCK_FOLDER "/sys/class/block"
#define POLL_US 100000

/* What blkid calls the tags of fstab. */
static const struct {
	const char *tag;
	const char *name;
	bool fold;	/* hexadecimal digits may be written large or small */
} block_tags[] = {
	{ "UUID=", "UUID", true }, { "LABEL=", "LABEL", false },
	{ "PARTUUID=", "PART_ENTRY_UUID", true }, { "PARTLABEL=", "PART_ENTRY_NAME", false },
};

static int tag_index(const char *identity)
{
	for (size_t i = 0; i < ARRAY_SIZE(block_tags); i++)
		if (!strncmp(identity, block_tags[i].tag, strlen(block_tags[i].tag)))
			return (int)i;
	return -EINVAL;
}

static bool has_value(const char *path, int tag, const char *wanted)
{
	blkid_probe probe = blkid_new_probe_from_filename(path);
	const char *value;
	bool match = false;

	if (!probe)
		return false;
	blkid_probe_enable_superblocks(probe, 1);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_UUID | BLKID_SUBLKS_LABEL | BLKID_SUBLKS_TYPE);
	blkid_probe_enable_partitions(probe, 1);
	blkid_probe_set_partitions_flags(probe, BLKID_PARTS_ENTRY_DETAILS);
	/* Finding nothing in a partition leaves what the table says of it; two signatures at once (-2) do not count. */
	if (blkid_do_safeprobe(probe) >= 0 && !blkid_probe_lookup_value(probe, block_tags[tag].name, &value, NULL))
		match = block_tags[tag].fold ? !strcasecmp(value, wanted) : !strcmp(value, wanted);
	blkid_free_probe(probe);
	return match;
}

/* Floppies and optical drives may take long to say that they are empty; nobody dumps to the others. */
static bool is_candidate(const char *name)
{
	static const char *const never[] = { ".", "fd", "sr", "loop", "ram", "zram" };

	for (size_t i = 0; i < ARRAY_SIZE(never); i++)
		if (!strncmp(name, never[i], strlen(never[i])))
			return false;
	return true;
}

static int find_by_tag(const char *identity, char *ret_path, size_t size)
{
	int tag = tag_index(identity), err = -ENOENT;
	struct dirent *entry;
	char path[64];
	DIR *folder;

	if (tag < 0)
		return tag;
	folder = opendir(BLOCK_FOLDER);
	if (!folder)
		return -errno;
	while (err && (entry = readdir(folder))) {
		if (!is_candidate(entry->d_name) ||
		    snprintf(path, sizeof(path), "/dev/%s", entry->d_name) >= (int)sizeof(path))
			continue;
		for (char *at = path + 5; *at; at++)	/* cciss!c0d0 is /dev/cciss/c0d0 */
			*at = *at == '!' ? '/' : *at;
		if (has_value(path, tag, identity + strlen(block_tags[tag].tag)))
			err = snprintf(ret_path, size, "%s", path) < (int)size ? 0 : -ENAMETOOLONG;
	}
	closedir(folder);
	return err;
}

int block_find(const char *identity, char *ret_path, size_t size)
{
	struct stat st;

	if (identity[0] != '/')
		return find_by_tag(identity, ret_path, size);
	if (stat(identity, &st))
		return -errno;
	if (!S_ISBLK(st.st_mode))
		return -ENOTBLK;
	return snprintf(ret_path, size, "%s", identity) < (int)size ? 0 : -ENAMETOOLONG;
}

int block_wait(const struct capture_plan *plan, struct run *run, const char *identity, char *ret_path, size_t size)
{
	u64 began = env_clock_us();
	bool last_try;
	int err;

	do {
		last_try = env_clock_us() >= run->devices_until_us;
		dm_build(plan, last_try);
		err = block_find(identity, ret_path, size);
		run->progress++;
	} while (err == -ENOENT && !last_try && !usleep(POLL_US));
	if (err)
		say_error("%s: no such device%s%s, waited %llu s; is its disk there, and its driver among the modules?", identity,
			  err == -ENOENT ? "" : ": ", err == -ENOENT ? "" : strerror(-err),
			  (unsigned long long)(env_clock_us() - began) / 1000000);
	return err;
}
