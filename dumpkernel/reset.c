// SPDX-License-Identifier: GPL-2.0
/*
 * The last thing: reboot, halt or poweroff.
 *
 * Panic path, also from a fault handler: interrupts off, any stack; the other CPUs are stopped
 * here.  Each way gets a bounded time, then the next is tried; the last one can't fail.
 */
#include "io.h"
#include "paging.h"
#include "pci.h"
#include "reset.h"
#include "smp.h"

/* Intel 500 Series PCH datasheet, vol. 2: RST_CNT (0xCF9); SYS_RST first, RST_CPU starts it. */
#define PORT_RESET_CONTROL 0xcf9
#define RESET_CONTROL_HARD 0x02
#define RESET_CONTROL_HARD_NOW 0x06

/* 8042: status bit 1 = input buffer full; 0xFE pulses output bit 0, wired to reset. */
#define PORT_8042_COMMAND 0x64
#define STATUS_8042_FULL 0x02
#define COMMAND_8042_RESET 0xfe

/* ACPI 6.5, 4.8.3.2.1: PM1 control. */
#define PM1_SLEEP_TYPE_SHIFT 10
#define PM1_SLEEP_TYPE_MASK (7u << PM1_SLEEP_TYPE_SHIFT)
#define PM1_SLEEP_ENABLE (1u << 13)

/* An access to the POST port takes about a microsecond on any PC, whatever else is broken. */
#define PORT_POST 0x80
#define RESET_TRY_US (500 * 1000)
#define POWEROFF_TRY_US (5 * 1000 * 1000)

static struct {
	struct config_reset config;
	volatile void *memory;		/* the reset register, when it is there */
} reset;

/* Not by the clock: this comes after all else, and whatever it is that failed. */
static void reset_wait(u32 us)
{
	for (u32 i = 0; i < us; i++)
		outb(PORT_POST, 0);
}

void reset_init(const struct config_reset *config)
{
	if (!config)
		return;
	reset.config = *config;
	/* Now, so that nothing must be mapped at the end. */
	if (config->present && config->space == SPACE_MEMORY)
		reset.memory = paging_map_mmio(config->address, 1);
}

/* ACPI 6.5, 4.8.3.6 and 5.2.3.2: the FADT's reset register. */
static void reset_by_acpi(void)
{
	u64 address = reset.config.address;
	u8 value = reset.config.value;
	struct config_pci_address at = { 0 };

	if (!reset.config.present)
		return;
	switch (reset.config.space) {
	case SPACE_MEMORY:
		if (reset.memory)
			mmio_write8(reset.memory, 0, value);
		break;
	case SPACE_IO:
		outb((u16)address, value);
		break;
	case SPACE_PCI_CONFIG:
		/* Bus 0: device in bits 47:32, function in 31:16, register in 15:0. */
		at.devfn = (u8)((address >> 32 & 0x1f) << 3 | (address >> 16 & 7));
		pci_write8(at, (u8)address, value);
		break;
	}
	reset_wait(RESET_TRY_US);
}

static void reset_by_control_port(void)
{
	outb(PORT_RESET_CONTROL, RESET_CONTROL_HARD);
	reset_wait(50);
	outb(PORT_RESET_CONTROL, RESET_CONTROL_HARD_NOW);
	reset_wait(RESET_TRY_US);
}

static void reset_by_keyboard_controller(void)
{
	for (int i = 0; i < 1000 && inb(PORT_8042_COMMAND) & STATUS_8042_FULL; i++)
		reset_wait(10);
	outb(PORT_8042_COMMAND, COMMAND_8042_RESET);
	reset_wait(RESET_TRY_US);
}

/* An exception without an interrupt table is a shutdown, which chipsets turn into a reset. */
static void reset_by_triple_fault(void)
{
	struct {
		u16 limit;
		u64 base;
	} __attribute__((packed)) no_table = { 0, 0 };

	asm volatile("lidt %0\n\tint3" : : "m"(no_table) : "memory");
}

static void poweroff_by_acpi(void)
{
	const struct config_reset *config = &reset.config;
	u16 a, b;

	if (!config->pm1a_cnt)
		return;
	a = inw(config->pm1a_cnt) & ~(PM1_SLEEP_TYPE_MASK | PM1_SLEEP_ENABLE);
	a |= (config->slp_typa & 7u) << PM1_SLEEP_TYPE_SHIFT;
	outw(config->pm1a_cnt, a);
	if (config->pm1b_cnt) {
		b = inw(config->pm1b_cnt) & ~(PM1_SLEEP_TYPE_MASK | PM1_SLEEP_ENABLE);
		b |= (config->slp_typb & 7u) << PM1_SLEEP_TYPE_SHIFT;
		outw(config->pm1b_cnt, b);
	}
	outw(config->pm1a_cnt, a | PM1_SLEEP_ENABLE);
	if (config->pm1b_cnt)
		outw(config->pm1b_cnt, b | PM1_SLEEP_ENABLE);
	reset_wait(POWEROFF_TRY_US);
}

static void __attribute__((noreturn)) reset_halt(void)
{
	for (;;)
		asm volatile("cli; hlt" : : : "memory");
}

void reset_machine(enum config_action action)
{
	smp_stop_all();
	if (action == ACTION_HALT)
		reset_halt();
	if (action == ACTION_POWEROFF)
		poweroff_by_acpi();

	reset_by_acpi();
	reset_by_control_port();
	reset_by_keyboard_controller();
	reset_by_triple_fault();
	reset_halt();
}
