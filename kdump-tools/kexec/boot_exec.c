// SPDX-License-Identifier: GPL-2.0
#include "kexec/boot_exec.h"

#include <errno.h>
#include <linux/reboot.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/log.h"
#include "kexec/slot.h"

static void boot_exec_down_one(int fd, const char *name)
{
	struct ifreq request = { 0 };

	strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
	if (ioctl(fd, SIOCGIFFLAGS, &request) || !(request.ifr_flags & IFF_UP) || request.ifr_flags & IFF_LOOPBACK)
		return;
	request.ifr_flags &= ~IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &request))
		log_warning("cannot take network interface %s down: %s", name, strerror(errno));
	else
		log_debug("network interface %s is down", name);
}

/* A card that still receives would write into the next kernel's memory until that resets it. */
static void boot_exec_down_interfaces(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct if_nameindex *names = fd < 0 ? NULL : if_nameindex();

	for (struct if_nameindex *at = names; at && at->if_index; at++)
		boot_exec_down_one(fd, at->if_name);
	if (names)
		if_freenameindex(names);
	if (fd >= 0)
		close(fd);
}

int boot_exec_now(const struct boot_exec *request)
{
	int err = kexec_call_check_permission(), loaded;

	if (err)
		return err;
	loaded = slot_loaded(KEXEC_SLOT_BOOT);
	if (loaded < 0)
		return loaded;
	if (!loaded) {
		log_error("no kernel is loaded to be started: load one with kexec -l");
		return -ENOENT;
	}
	if (!request->no_ifdown)
		boot_exec_down_interfaces();
	if (!request->no_sync)
		sync();
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC, NULL);
	err = -errno;
	log_error("cannot start the loaded kernel: %s", err == -EINVAL ? "it is no longer loaded" : strerror(-err));
	return err;
}

int boot_exec_shutdown(void)
{
	int err;

	execlp("shutdown", "shutdown", "-r", "now", NULL);
	err = -errno;
	log_error("the kernel is loaded, but shutdown can't be run: %s; 'kexec -e' starts the kernel without it",
		  strerror(-err));
	return err;
}
