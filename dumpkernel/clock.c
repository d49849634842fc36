// SPDX-License-Identifier: GPL-2.0
/*
 * ACPI 6.5, 4.8.3.3: the PM timer counts at 3.579545 MHz, 24 or 32 bits wide, and is
 * right whatever the dead kernel or an emulator did to the TSC.  It wraps after 4.7 s
 * (24 bits), so something must look at it more often: every wait here does.
 */
#include "clock.h"

#include "io.h"

#define PM_TIMER_HZ 3579545ull
#define POST_PORT 0x80		/* an access takes about a microsecond on any PC */

static u16 pm_port;
static u32 pm_mask, pm_last;
static u64 pm_ticks;
static u64 tsc_khz, tsc_start;
static u64 port_us;

static u64 rdtsc(void)
{
	u32 low, high;

	asm volatile("rdtsc" : "=a"(low), "=d"(high));
	return low | (u64)high << 32;
}

static bool pm_timer_runs(void)
{
	u32 first = inl(pm_port) & pm_mask;

	for (int i = 0; i < 1000; i++)
		if ((inl(pm_port) & pm_mask) != first)
			return true;
	return false;
}

void clock_init(const struct config_clock *config)
{
	if (!config)
		return;
	if (config->pm_timer_port && config->pm_timer_port <= 0xffff) {
		pm_port = (u16)config->pm_timer_port;
		pm_mask = config->pm_timer_bits == 32 ? ~0u : 0xffffff;
		if (pm_timer_runs()) {
			pm_last = inl(pm_port) & pm_mask;
			return;
		}
		pm_port = 0;
	}
	if (config->tsc_khz) {
		tsc_start = rdtsc();
		tsc_khz = config->tsc_khz;
	}
}

u64 env_clock_us(void)
{
	if (pm_port) {
		u32 now = inl(pm_port) & pm_mask;

		pm_ticks += (now - pm_last) & pm_mask;
		pm_last = now;
		/* In two parts: ticks * 1000000 would overflow after 59 days, this never. */
		return port_us + pm_ticks / PM_TIMER_HZ * 1000000 + pm_ticks % PM_TIMER_HZ * 1000000 / PM_TIMER_HZ;
	}
	if (tsc_khz) {
		u64 ticks = rdtsc() - tsc_start;

		return port_us + ticks / tsc_khz * 1000 + ticks % tsc_khz * 1000 / tsc_khz;
	}
	outb(POST_PORT, 0);
	return ++port_us;
}

void clock_delay_us(u64 us)
{
	u64 start = env_clock_us();

	while (env_clock_us() - start < us)
		cpu_relax();
}
