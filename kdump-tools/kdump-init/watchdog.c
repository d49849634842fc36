// SPDX-License-Identifier: GPL-2.0
#include "kdump-init/watchdog.h"

#include <fcntl.h>
#include <linux/watchdog.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kdump-init/say.h"

#define RETRY_US 1000000ull
#define KICKS_A_PERIOD 4
#define PERIOD_MAX_S 20

void watchdog_init(struct watchdog *watchdog, bool wanted)
{
	*watchdog = (struct watchdog){ .wanted = wanted, .fd = -1 };
}

/* The device may come with a module that is loaded later, so a failure means: try again. */
static void open_device(struct watchdog *watchdog)
{
	int timeout_s = 0;

	watchdog->period_us = RETRY_US;
	watchdog->fd = open("/dev/watchdog0", O_WRONLY | O_CLOEXEC);
	if (watchdog->fd < 0)
		watchdog->fd = open("/dev/watchdog", O_WRONLY | O_CLOEXEC);
	if (watchdog->fd < 0)
		return;
	if (!ioctl(watchdog->fd, WDIOC_GETTIMEOUT, &timeout_s) && timeout_s > 0) {
		u64 s = min_u64((u64)timeout_s, PERIOD_MAX_S * KICKS_A_PERIOD);

		watchdog->period_us = s * 1000000 / KICKS_A_PERIOD;
	}
	say("the hardware watchdog resets this machine when it is not kicked for %d s", timeout_s);
}

void watchdog_kick(struct watchdog *watchdog)
{
	u64 now = env_clock_us();

	if (!watchdog->wanted || now < watchdog->next_us)
		return;
	if (watchdog->fd < 0)
		open_device(watchdog);
	else
		ioctl(watchdog->fd, WDIOC_KEEPALIVE, 0);
	watchdog->next_us = now + watchdog->period_us;
}
