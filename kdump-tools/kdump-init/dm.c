// SPDX-License-Identifier: GPL-2.0
/* The ioctls of <linux/dm-ioctl.h>, version 4: create, load a table, resume. */
#include "kdump-init/dm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "kdump-init/block.h"
#include "kdump-init/say.h"

#define DM_CONTROL "/dev/mapper/control"
#define MAX_PIECES 256
#define SPEC_BYTES 64u		/* of a piece: target_spec is followed by "8:1 2048" */

static void fill_head(struct dm_ioctl *head, const char *name, size_t bytes)
{
	head->version[0] = DM_VERSION_MAJOR;
	head->data_size = (uint32_t)bytes;
	head->data_start = sizeof(*head);
	snprintf(head->name, sizeof(head->name), "%s", name);
}

void *dm_table(const struct capture_plan_dm *dm, unsigned int count, char (*major_minor)[32], size_t *ret_bytes)
{
	const size_t piece = sizeof(struct dm_target_spec) + SPEC_BYTES, bytes = sizeof(struct dm_ioctl) + count * piece;
	struct dm_ioctl *head = calloc(1, bytes);

	if (!head)
		return NULL;
	fill_head(head, dm->name, bytes);
	head->target_count = count;
	for (unsigned int i = 0; i < count; i++) {
		struct dm_target_spec *spec = (void *)((char *)(head + 1) + i * piece);

		spec->sector_start = dm[i].start;
		spec->length = dm[i].sectors;
		spec->next = (uint32_t)piece;	/* from this spec to the next one */
		strcpy(spec->target_type, "linear");
		snprintf((char *)(spec + 1), SPEC_BYTES, "%s %llu", major_minor[i], (unsigned long long)dm[i].offset);
	}
	*ret_bytes = bytes;
	return head;
}

static int call(int control, unsigned long request, const char *name, struct dm_ioctl *ret_head)
{
	struct dm_ioctl head = { 0 };

	fill_head(&head, name, sizeof(head));
	if (ioctl(control, request, &head))
		return -errno;
	if (ret_head)
		*ret_head = head;
	return 0;
}

static int load_and_resume(int control, const struct capture_plan_dm *dm, unsigned int count, char (*major_minor)[32])
{
	size_t bytes;
	void *table = dm_table(dm, count, major_minor, &bytes);
	int err = table ? 0 : -ENOMEM;

	if (!err && ioctl(control, DM_TABLE_LOAD, table))
		err = -errno;
	free(table);
	return err ? err : call(control, DM_DEV_SUSPEND, dm->name, NULL);	/* without DM_SUSPEND_FLAG: resume */
}

/* devtmpfs names it /dev/dm-N; the name that people know is udev's work. */
static int make_link(const struct dm_ioctl *head, const char *path)
{
	char node[32];

	snprintf(node, sizeof(node), "../dm-%u", minor(head->dev));
	return symlink(node, path) && errno != EEXIST ? -errno : 0;
}

static int create(const struct capture_plan_dm *dm, unsigned int count, char (*major_minor)[32], const char *path)
{
	int control = open(DM_CONTROL, O_RDWR | O_CLOEXEC);
	struct dm_ioctl head;
	int err;

	if (control < 0)
		return -errno;
	err = call(control, DM_DEV_CREATE, dm->name, &head);
	if (!err) {
		err = load_and_resume(control, dm, count, major_minor);
		if (!err)
			err = make_link(&head, path);
		if (err)
			call(control, DM_DEV_REMOVE, dm->name, NULL);
	}
	close(control);
	return err;
}

/* The numbers of the devices below; -ENOENT when one is not there yet. */
static int find_devices(const struct capture_plan_dm *dm, unsigned int count, char (*major_minor)[32])
{
	char path[64];
	struct stat st;
	int err;

	for (unsigned int i = 0; i < count; i++) {
		err = block_find(dm[i].device, path, sizeof(path));
		if (err)
			return err;
		if (stat(path, &st))
			return -errno;
		snprintf(major_minor[i], sizeof(major_minor[i]), "%u:%u", major(st.st_rdev), minor(st.st_rdev));
	}
	return 0;
}

static int build(const struct capture_plan_dm *dm, unsigned int count)
{
	char major_minor[MAX_PIECES][32], path[DM_NAME_LEN + 16];
	int err;

	snprintf(path, sizeof(path), "/dev/mapper/%s", dm->name);
	if (!access(path, F_OK))
		return 0;
	if (count > MAX_PIECES || strlen(dm->name) >= DM_NAME_LEN)
		return -EINVAL;
	err = find_devices(dm, count, major_minor);
	return err ? err : create(dm, count, major_minor, path);
}

void dm_build(const struct capture_plan *plan, bool last_try)
{
	unsigned int count;

	for (unsigned int i = 0; i < plan->dms; i += count) {
		const struct capture_plan_dm *dm = &plan->dm[i];
		int err;

		for (count = 1; i + count < plan->dms && !strcmp(dm[count].name, dm->name); count++)
			;
		err = build(dm, count);
		if (err && last_try)
			say_error("/dev/mapper/%s can't be made: %s", dm->name, strerror(-err));
	}
}
