// SPDX-License-Identifier: GPL-2.0
/*
 * Intel VT-d left translating by the dead kernel.
 *
 * Panic path: one CPU, interrupts off.  The caller has stopped every bus master and
 * reset the target before: what is still in flight with a translated address would
 * hit whatever lies at that number in physical memory.  Every wait is bounded.
 */
#include "clock.h"
#include "io.h"
#include "paging.h"
#include "vtd.h"

/* Registers: VT-d spec 4.1, 11.4. */
#define REG_VERSION 0x00
#define REG_CAPABILITY 0x08
#define REG_GLOBAL_COMMAND 0x18		/* 11.4.4.1, write only */
#define REG_GLOBAL_STATUS 0x1c		/* 11.4.4.2 */
#define REG_PROTECTED_MEMORY 0x64	/* 11.4.8.1 */
#define REG_BYTES PAGE_BYTES

#define CAPABILITY_PROTECTED_MEMORY 0x60ull	/* PLMR, PHMR */
#define GLOBAL_TRANSLATION (1u << 31)
/*
 * Status bits 30, 29, 27 and 24 answer one-shot commands (set root table, set fault
 * log, flush write buffer, set interrupt table); written back as commands they would
 * run again, so they are masked (11.4.4.1).
 */
#define GLOBAL_STATUS_TO_COMMAND 0x96ffffffu
#define PROTECTED_ENABLE (1u << 31)
#define PROTECTED_STATUS 1u

#define STOP_US (1000 * 1000)

/* NULL: can't be mapped, or nothing answers there. */
static volatile void *vtd_map(u64 base)
{
	volatile void *registers = base ? paging_map_mmio(base, REG_BYTES) : NULL;
	u32 version;

	if (!registers)
		return NULL;
	version = mmio_read32(registers, REG_VERSION);
	return version == 0 || version == 0xffffffff ? NULL : registers;
}

/* Waits until the bits of a register are clear. */
static int vtd_wait_clear(volatile void *registers, u32 reg, u32 bits)
{
	u64 end_us = env_clock_us() + STOP_US;

	while (mmio_read32(registers, reg) & bits) {
		if (env_clock_us() > end_us)
			return -ETIMEDOUT;
		clock_delay_us(10);
	}
	return 0;
}

bool vtd_is_translating(u64 base)
{
	volatile void *registers = vtd_map(base);

	return registers && mmio_read32(registers, REG_GLOBAL_STATUS) & GLOBAL_TRANSLATION;
}

/* Protected memory regions block DMA even with translation off (11.4.8). */
static int vtd_stop_protection(volatile void *registers)
{
	u32 control;

	if (!(mmio_read64(registers, REG_CAPABILITY) & CAPABILITY_PROTECTED_MEMORY))
		return 0;
	control = mmio_read32(registers, REG_PROTECTED_MEMORY);
	if (!(control & (PROTECTED_ENABLE | PROTECTED_STATUS)))
		return 0;
	mmio_write32(registers, REG_PROTECTED_MEMORY, control & ~PROTECTED_ENABLE);
	return vtd_wait_clear(registers, REG_PROTECTED_MEMORY, PROTECTED_STATUS);
}

int vtd_stop_translation(u64 base)
{
	volatile void *registers = vtd_map(base);
	u32 status;
	int err = 0;

	if (!registers)
		return -ENODEV;

	/*
	 * No invalidation: caches of translations are only looked into while
	 * translation is on, and the unit drains what is in flight before TES clears
	 * (11.4.4.1).  Queued invalidation and interrupt remapping stay as they are;
	 * nothing here uses either.
	 */
	status = mmio_read32(registers, REG_GLOBAL_STATUS);
	if (status & GLOBAL_TRANSLATION) {
		mmio_write32(registers, REG_GLOBAL_COMMAND,
			     status & GLOBAL_STATUS_TO_COMMAND & ~GLOBAL_TRANSLATION);
		err = vtd_wait_clear(registers, REG_GLOBAL_STATUS, GLOBAL_TRANSLATION);
	}
	return err ? err : vtd_stop_protection(registers);
}
