// SPDX-License-Identifier: GPL-2.0
/*
 * Kicks the hardware watchdog that the dead kernel left running, by steps that
 * kdumpctl found (docs/handover.md).  Panic path: one CPU, nothing waits.
 */
#include "io.h"
#include "paging.h"
#include "watchdog.h"

#define KICK_INTERVAL_US (500 * 1000)
#define IO_PORTS 0x10000u

static struct {
	const struct config_kick *steps;
	u32 count;
	u64 next_us;
} watchdog;

static int watchdog_map_step(const struct config_kick *step)
{
	u32 width = step->width_bytes;

	if (width != 1 && width != 2 && width != 4)
		return -EINVAL;
	if (step->op != KICK_WRITE && step->op != KICK_SET_BITS)
		return -EINVAL;
	if (step->address % width)
		return -EINVAL;
	if (step->space == SPACE_IO)
		return step->address > IO_PORTS - width ? -EINVAL : 0;
	if (step->space != SPACE_MEMORY)
		return -EINVAL;
	return paging_map_mmio(step->address, width) ? 0 : -ENOMEM;
}

int watchdog_init(const struct config_kick *steps, u32 count)
{
	for (u32 i = 0; i < count; i++) {
		int err = watchdog_map_step(&steps[i]);

		if (err)
			return err;
	}
	watchdog.steps = steps;
	watchdog.count = count;
	watchdog.next_us = 0;
	return 0;
}

static u32 watchdog_read(const struct config_kick *step)
{
	volatile void *mem = (volatile void *)(uintptr_t)step->address;
	bool io = step->space == SPACE_IO;
	u16 port = (u16)step->address;

	switch (step->width_bytes) {
	case 1:
		return io ? inb(port) : mmio_read8(mem, 0);
	case 2:
		return io ? inw(port) : mmio_read16(mem, 0);
	default:
		return io ? inl(port) : mmio_read32(mem, 0);
	}
}

static void watchdog_write_port(u16 port, u8 width_bytes, u32 value)
{
	switch (width_bytes) {
	case 1:
		outb(port, (u8)value);
		break;
	case 2:
		outw(port, (u16)value);
		break;
	default:
		outl(port, value);
	}
}

static void watchdog_write_memory(volatile void *mem, u8 width_bytes, u32 value)
{
	switch (width_bytes) {
	case 1:
		mmio_write8(mem, 0, (u8)value);
		break;
	case 2:
		mmio_write16(mem, 0, (u16)value);
		break;
	default:
		mmio_write32(mem, 0, value);
	}
}

static void watchdog_run_step(const struct config_kick *step)
{
	u32 value = step->value;

	if (step->op == KICK_SET_BITS)
		value = (watchdog_read(step) & ~step->mask) | (value & step->mask);
	if (step->space == SPACE_IO)
		watchdog_write_port((u16)step->address, step->width_bytes, value);
	else
		watchdog_write_memory((volatile void *)(uintptr_t)step->address, step->width_bytes, value);
}

void watchdog_kick(void)
{
	u64 now_us;

	if (!watchdog.count)
		return;
	now_us = env_clock_us();
	if (now_us < watchdog.next_us)
		return;
	watchdog.next_us = now_us + KICK_INTERVAL_US;
	for (u32 i = 0; i < watchdog.count; i++)
		watchdog_run_step(&watchdog.steps[i]);
}
