// SPDX-License-Identifier: GPL-2.0
#include "kdump-init/system.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/file.h"
#include "kdump-init/say.h"

#define FORCE_AFTER_S 30

static void mount_kernel_files(const char *type, const char *folder)
{
	mkdir(folder, 0755);
	/* EBUSY: devtmpfs may have been mounted by the kernel. */
	if (mount(type, folder, type, MS_NOSUID, "") && errno != EBUSY)
		say_error("%s can't be mounted on %s: %s", type, folder, strerror(errno));
}

static void open_console(void)
{
	int fd = open("/dev/console", O_RDWR | O_NOCTTY | O_NONBLOCK);	/* a serial line may wait for a carrier */

	if (fd < 0)
		return;
	fcntl(fd, F_SETFL, 0);
	for (int i = 0; i < 3; i++)
		if (fd != i)
			dup2(fd, i);
	if (fd > 2)
		close(fd);
}

void system_begin(void)
{
	mount_kernel_files("proc", "/proc");
	mount_kernel_files("sysfs", "/sys");
	mount_kernel_files("devtmpfs", "/dev");
	mount_kernel_files("tmpfs", "/run");
	mount_kernel_files("tmpfs", "/tmp");
	open_console();
}

int system_sync(void *context)
{
	sync();
	return 0;
}

/* sysrq's reboot asks no driver; whatever /proc/sys/kernel/sysrq says, this file takes it. */
static void force_reboot_later(void)
{
	if (fork())
		return;
	sleep(FORCE_AFTER_S);
	say_error("the reboot has not happened for %d s: it is forced", FORCE_AFTER_S);
	file_write_text("/proc/sysrq-trigger", "b");
	_exit(0);
}

void system_end(enum capture_action action)
{
	int how = action == CAPTURE_HALT ? RB_HALT_SYSTEM : action == CAPTURE_POWEROFF ? RB_POWER_OFF : RB_AUTOBOOT;

	if (how == RB_AUTOBOOT)
		force_reboot_later();
	if (reboot(how))
		say_error("reboot(2) failed: %s", strerror(errno));
	for (;;)
		pause();
}

/* A session of its own, so that the console's Ctrl-C ends a command. */
static void exec_shell(void)
{
	char *const argv[] = { "sh", NULL };

	setsid();
	ioctl(0, TIOCSCTTY, 0);
	execv("/bin/sh", argv);
	say_error("there is no shell in the capture initramfs: /bin/sh: %s; 'extra_bins /bin/busybox' brings one", strerror(errno));
	_exit(1);
}

int system_shell(void *context)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		exec_shell();
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -errno;
	return 0;
}
