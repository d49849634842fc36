// SPDX-License-Identifier: GPL-2.0
#include "kexec/load_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/config.h"
#include "common/file.h"
#include "common/log.h"
#include "kexec/decompress.h"
#include "kexec/dumpkernel_seal.h"

#define LOAD_FILES_MAX_BYTES (1ull << 31)

static int load_files_read_one(const char *what, const char *path, char **ret_data, size_t *ret_bytes)
{
	int err = file_read(path, LOAD_FILES_MAX_BYTES, ret_data, ret_bytes);

	if (err)
		log_error("cannot read the %s %s: %s", what, path, strerror(-err));
	return err;
}

static int load_files_unpack(struct load_files *files, const char *path)
{
	char *data;
	size_t bytes;
	int err;

	if (!decompress_is_packed(files->kernel, files->kernel_bytes))
		return 0;
	err = decompress(files->kernel, files->kernel_bytes, LOAD_FILES_MAX_BYTES, &data, &bytes);
	if (err) {
		log_error("cannot unpack the kernel image %s: %s", path,
			  err == -EBADMSG ? "it is damaged or cut off" : strerror(-err));
		return err;
	}
	free(files->kernel);
	files->kernel = data;
	files->kernel_bytes = bytes;
	files->kernel_was_packed = true;
	return 0;
}

int load_files_read(struct load_files *files, const char *kernel, const char *initrd)
{
	struct load_files read = { 0 };
	int err = load_files_read_one("kernel image", kernel, &read.kernel, &read.kernel_bytes);

	if (!err)
		err = load_files_unpack(&read, kernel);
	if (!err && initrd) {
		err = load_files_read_one("initrd", initrd, &read.initrd, &read.initrd_bytes);
		if (!err && !read.initrd_bytes) {
			log_error("cannot load the initrd %s: the file is empty", initrd);
			err = -EINVAL;
		}
	}
	if (err) {
		load_files_deinit(&read);
		return err;
	}
	*files = read;
	return 0;
}

int load_files_init(struct load_files *files, const struct crash_load *request)
{
	struct load_files read;
	const char *why;
	int err = load_files_read(&read, request->kernel, request->initrd);

	if (err)
		return err;
	err = bzimage_parse(&read.image, read.kernel, read.kernel_bytes, &why);
	if (!err && !read.image.entry_64) {
		why = "it has no 64-bit entry point";
		err = -ENOEXEC;
	}
	if (err) {
		log_error("cannot load %s: %s", request->kernel, why);
		load_files_deinit(&read);
		return err;
	}
	*files = read;
	return 0;
}

int load_files_open_kernel(const struct load_files *files, const char *path, int *ret_fd)
{
	int err = 0, fd = files->kernel_was_packed ? memfd_create("kernel", MFD_CLOEXEC) :
						     open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (files->kernel_was_packed)
		err = file_pwrite_all(fd, files->kernel, files->kernel_bytes, 0);
	if (err) {
		close(fd);
		return err;
	}
	*ret_fd = fd;
	return 0;
}

static const char *load_files_config_reason(int err)
{
	switch (-err) {
	case ENOMEDIUM: return "it is no config block";
	case EBADMSG: return "it is damaged: cut off, or its checksum is wrong";
	case EPROTONOSUPPORT: return "it is of another version than this kexec";
	case EFBIG: return "it is larger than a config block may be";
	default: return "it is damaged: an entry can't be right";
	}
}

int load_files_check_dumpkernel(const struct load_files *files, const struct crash_load *request)
{
	struct config config;
	int err;

	if (!bzimage_is_dumpkernel(&files->image))
		return 0;
	if (!dumpkernel_seal_matches(files->image.code, files->image.code_bytes)) {
		log_error("cannot load %s: it is damaged, its checksum is wrong; install it again", request->kernel);
		return -ENOEXEC;
	}
	if (!files->initrd) {
		log_error("the dump kernel %s would not know where to dump: give it the config block that kdumpctl makes with --initrd",
			  request->kernel);
		return -EINVAL;
	}
	err = files->initrd_bytes > CONFIG_MAX_BYTES ? -EFBIG :
		config_open(files->initrd, files->initrd_bytes, &config);
	if (err) {
		log_error("cannot load %s for the dump kernel: %s; let kdumpctl make it", request->initrd,
			  load_files_config_reason(err));
		return -EINVAL;
	}
	return 0;
}

void load_files_deinit(struct load_files *files)
{
	free(files->kernel);
	free(files->initrd);
	*files = (struct load_files){ 0 };
}
