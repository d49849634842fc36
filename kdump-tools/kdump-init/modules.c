// SPDX-License-Identifier: GPL-2.0
#include "kdump-init/modules.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kdump-init/say.h"

#define MODULE_COMPRESSED 4	/* finit_module(2), MODULE_INIT_COMPRESSED_FILE, Linux 5.17 */

static bool is_compressed(const char *path)
{
	size_t bytes = strlen(path);

	return bytes < 3 || strcmp(path + bytes - 3, ".ko");
}

static int module_load(const struct capture_plan_module *module)
{
	int fd = open(module->path, O_RDONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (syscall(SYS_finit_module, fd, module->parameters, is_compressed(module->path) ? MODULE_COMPRESSED : 0) &&
	    errno != EEXIST)
		err = -errno;
	close(fd);
	return err;
}

void modules_load(const struct capture_plan *plan, struct run *run)
{
	unsigned int failed = 0;

	for (unsigned int i = 0; i < plan->modules; i++) {
		int err = module_load(&plan->module[i]);

		run->progress++;
		if (!err)
			continue;
		failed++;
		say_error("module %s can't be loaded: %s%s", plan->module[i].path, strerror(-err),
			  err == -ENOENT ? "; 'kdumpctl rebuild' makes the capture initramfs again" : "");
	}
	say("%u modules loaded%s", plan->modules - failed, failed ? ", not all" : "");
}
