// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/capture_image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "kdumpctl/state_dir.h"
#include "kdumpctl/sysfs.h"

/* Changes when the same inputs shall give another archive. */
#define RECIPE "lifeboat initramfs 1\n"

#define image_fail(reason, size, err, ...) (snprintf(reason, size, __VA_ARGS__), (err))

/* --- its content's name -------------------------------------------------------------------------- */

static int hash_inputs(const struct plan_build *build, const char *plan, struct hash_index *index, char *ret_content,
		       const char **ret_failed)
{
	const struct capture_kernel *kernel = build->request->kernel;
	u8 digest[SHA256_BYTES];
	struct sha256 hash;
	int err;

	sha256_init(&hash);
	sha256_update(&hash, RECIPE, sizeof(RECIPE));
	sha256_update(&hash, pack_name(kernel->pack), strlen(pack_name(kernel->pack)) + 1);
	sha256_update(&hash, plan, strlen(plan) + 1);
	*ret_failed = kernel->path;
	err = hash_index_get(index, kernel->path, digest);
	if (err)
		return err;
	sha256_update(&hash, digest, sizeof(digest));
	err = file_set_hash(&build->files, index, &hash, ret_failed);
	if (err)
		return err;
	sha256_final(&hash, digest);
	sha256_print(digest, ret_content);
	return 0;
}

/* --- the kept one --------------------------------------------------------------------------------- */

static void kept_path(const char *content, char *buf)
{
	snprintf(buf, PATH_MAX, STATE_INITRAMFS "%s", content);
}

/* Whether the kept image's bytes are those that were written. */
static bool is_whole(const char *path, struct hash_index *index)
{
	u8 digest[SHA256_BYTES], noted[SHA256_BYTES];
	char line[2 * SHA256_TEXT_BYTES + 8];

	return !file_read_line(STATE_INITRAMFS_SUM, line, sizeof(line)) && !sha256_parse(line, noted) &&
	       !hash_index_get(index, path, digest) && !memcmp(digest, noted, sizeof(digest));
}

static int open_kept(struct capture_image *image, const char *content, struct hash_index *index)
{
	char path[PATH_MAX];
	int fd;

	kept_path(content, path);
	if (!is_whole(path, index))
		return -ENOENT;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	image->fd = fd;
	image->kept = true;
	return 0;
}

/* The sum's file tells which one it is. */
static int open_newest(struct capture_image *image, struct hash_index *index)
{
	char line[2 * SHA256_TEXT_BYTES + 8], content[SHA256_TEXT_BYTES];
	u8 digest[SHA256_BYTES];

	if (file_read_line(STATE_INITRAMFS_SUM, line, sizeof(line)) || strlen(line) != 4 * SHA256_BYTES + 1 ||
	    sha256_parse(line + 2 * SHA256_BYTES + 1, digest))
		return -ENOENT;
	sha256_print(digest, content);
	image->differs = strcmp(content, image->content);
	memcpy(image->content, content, sizeof(content));
	return open_kept(image, content, index);
}

static int remove_other(const char *name, void *context)
{
	const char *content = context;
	static const char prefix[] = "initramfs-";
	char path[PATH_MAX];

	if (!strncmp(name, prefix, strlen(prefix)) && strcmp(name + strlen(prefix), content) &&
	    snprintf(path, sizeof(path), STATE_DIR "/%s", name) < (int)sizeof(path))
		unlink(path);
	return 0;
}

/* The image first, so that the sum never speaks of what is not there. */
static int keep(const struct capture_image *image, const struct buffer *packed)
{
	char path[PATH_MAX], line[2 * SHA256_TEXT_BYTES + 2], sum[SHA256_TEXT_BYTES];
	u8 digest[SHA256_BYTES];
	struct sha256 hash;
	int err = state_dir_make();

	kept_path(image->content, path);
	if (!err)
		err = file_replace(path, packed->data, packed->bytes, 0600);
	sha256_init(&hash);
	sha256_update(&hash, packed->data, packed->bytes);
	sha256_final(&hash, digest);
	sha256_print(digest, sum);
	snprintf(line, sizeof(line), "%s %s\n", sum, image->content);
	if (!err)
		err = file_replace(STATE_INITRAMFS_SUM, line, strlen(line), 0600);
	if (!err)
		sysfs_for_each("", STATE_DIR, remove_other, (void *)image->content);
	return err;
}

/* --- making it -------------------------------------------------------------------------------------- */

static int add_plan(struct plan_build *build, const char *content)
{
	char *text;
	int err;

	build->plan.content = strdup(content);
	text = build->plan.content ? capture_plan_print(&build->plan) : NULL;
	err = text ? file_set_add_data(&build->files, CAPTURE_PLAN_FILE, text, strlen(text), 0644) : -ENOMEM;
	free(text);
	return err;
}

static int put_into_memory(struct capture_image *image, const struct buffer *packed)
{
	int fd = memfd_create("initramfs", MFD_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = file_pwrite_all(fd, packed->data, packed->bytes, 0);
	if (err)
		close(fd);
	else
		image->fd = fd;
	return err;
}

static int make(struct capture_image *image, const struct plan_build *build, bool keep_it, const char **ret_failed)
{
	struct buffer archive = { 0 }, packed = { 0 };
	int err = file_set_write(&build->files, &archive, ret_failed);

	if (!err) {
		*ret_failed = "the initramfs";
		err = pack(build->request->kernel->pack, archive.data, archive.bytes, &packed);
	}
	if (!err)
		err = put_into_memory(image, &packed);
	image->rebuilt = !err;
	if (!err && keep_it)
		image->kept = !keep(image, &packed);
	buffer_deinit(&archive);
	buffer_deinit(&packed);
	return err;
}

static int find_or_make(struct capture_image *image, const struct plan_build *build, enum capture_image_use use,
			struct hash_index *index, char *reason, size_t size)
{
	const char *failed = "the initramfs";
	int err = -ENOENT;

	if (use == CAPTURE_IMAGE_NO_REBUILD) {
		err = open_newest(image, index);
		return err ? image_fail(reason, size, err, "no initramfs is kept in " STATE_DIR
					" and force_no_rebuild forbids to make one; run 'kdumpctl rebuild'") : 0;
	}
	if (use != CAPTURE_IMAGE_REBUILD)
		err = open_kept(image, image->content, index);
	if (err)
		err = make(image, build, use != CAPTURE_IMAGE_LOOK, &failed);
	return err ? image_fail(reason, size, err, "the initramfs can't be made: %s: %s", failed, strerror(-err)) : 0;
}

/* --- what it takes ------------------------------------------------------------------------------------ */

static void add_sizes(struct capture_image *image, const struct plan_build *build)
{
	struct stat st;

	for (size_t i = 0; i < build->files.count; i++) {
		const struct file_entry *entry = &build->files.entry[i];

		if (entry->source && !stat(entry->source, &st))
			image->unpacked_bytes += align_up(st.st_size, PAGE_BYTES);
		else if (!S_ISLNK(entry->mode))
			image->unpacked_bytes += align_up(entry->bytes, PAGE_BYTES);
	}
	for (size_t i = 0; i < build->modules.count; i++)
		if (!stat(build->modules.module[i].path, &st))
			image->module_bytes += align_up(st.st_size, PAGE_BYTES);
	if (!fstat(image->fd, &st))
		image->packed_bytes = st.st_size;
}

int capture_image_make(struct capture_image *image, struct plan_build *build, enum capture_image_use use, char *reason,
		       size_t size)
{
	char *plan = capture_plan_print(&build->plan);
	const char *failed = "plan";
	struct hash_index index;
	int err;

	*image = (struct capture_image){ .fd = -1 };
	hash_index_open(&index, STATE_HASHES);
	err = plan ? hash_inputs(build, plan, &index, image->content, &failed) : -ENOMEM;
	if (!err)
		err = add_plan(build, image->content);
	if (err)
		snprintf(reason, size, "%s can't be read: %s", failed, strerror(-err));
	else
		err = find_or_make(image, build, use, &index, reason, size);
	if (!err) {
		add_sizes(image, build);
		snprintf(image->path, sizeof(image->path), "/proc/self/fd/%d", image->fd);
		if ((use == CAPTURE_IMAGE_KEEP || use == CAPTURE_IMAGE_REBUILD) && !state_dir_make())
			hash_index_save(&index, STATE_HASHES);
	}
	hash_index_deinit(&index);
	free(plan);
	return err;
}

void capture_image_deinit(struct capture_image *image)
{
	if (image->fd >= 0)
		close(image->fd);
	image->fd = -1;
}
