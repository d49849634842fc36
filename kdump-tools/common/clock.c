// SPDX-License-Identifier: GPL-2.0
/* capture/env.h's clock for userspace. */
#include "capture/env.h"

#include <time.h>

u64 env_clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (u64)now.tv_sec * 1000000 + (u64)now.tv_nsec / 1000;
}
