// SPDX-License-Identifier: GPL-2.0
#include "kexec/load_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "capture/config.h"
#include "common/file.h"
#include "common/log.h"
#include "kexec/dumpkernel_seal.h"

#define LOAD_FILES_MAX_BYTES (1ull << 31)

static int load_files_read(const char *what, const char *path, char **ret_data, size_t *ret_bytes)
{
	int err = file_read(path, LOAD_FILES_MAX_BYTES, ret_data, ret_bytes);

	if (err)
		log_error("cannot read the %s %s: %s", what, path, strerror(-err));
	return err;
}

int load_files_init(struct load_files *files, const struct crash_load *request)
{
	struct load_files read = { 0 };
	const char *why;
	int err = load_files_read("kernel image", request->kernel, &read.kernel, &read.kernel_bytes);

	if (!err) {
		err = bzimage_parse(&read.image, read.kernel, read.kernel_bytes, &why);
		if (err)
			log_error("cannot load %s: %s", request->kernel, why);
	}
	if (!err && request->initrd) {
		err = load_files_read("initrd", request->initrd, &read.initrd, &read.initrd_bytes);
		if (!err && !read.initrd_bytes) {
			log_error("cannot load the initrd %s: the file is empty", request->initrd);
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
