// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/state_dir.h"

#include <errno.h>
#include <sys/stat.h>

int state_dir_make(void)
{
	/* /var/lib is there on every system but a test's. */
	if ((mkdir("/var/lib", 0755) && errno != EEXIST) || (mkdir(STATE_DIR, 0700) && errno != EEXIST))
		return -errno;
	return 0;
}
