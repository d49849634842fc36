// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/run_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "common/log.h"

int run_dir_lock(void)
{
	int fd = -1, err = 0;

	if (mkdir(RUN_DIR, 0755) && errno != EEXIST)
		err = -errno;
	if (!err) {
		fd = open(RUN_DIR "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0 || flock(fd, LOCK_EX))
			err = -errno;
	}
	if (!err)
		return fd;
	if (fd >= 0)
		close(fd);
	log_error("cannot lock " RUN_DIR ": %s", strerror(-err));
	return err;
}

int run_dir_write(const char *path, const void *data, size_t bytes)
{
	return file_replace(path, data, bytes, 0600);
}
