// SPDX-License-Identifier: GPL-2.0
#include "kexec/load_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
	if (!err && bzimage_is_dumpkernel(&read.image) &&
	    !dumpkernel_seal_matches(read.image.code, read.image.code_bytes)) {
		log_error("cannot load %s: it is damaged, its checksum is wrong; install it again", request->kernel);
		err = -ENOEXEC;
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

void load_files_deinit(struct load_files *files)
{
	free(files->kernel);
	free(files->initrd);
	*files = (struct load_files){ 0 };
}
