// SPDX-License-Identifier: GPL-2.0
#include "io.h"
#include "parts.h"
#include "report.h"

#define PORT_RESET_CONTROL 0xcf9	/* Intel 500 Series PCH datasheet, vol. 2: RST_CNT */
#define RESET_HARD 0x02			/* SYS_RST; then with RST_CPU */
#define RESET_HARD_NOW 0x06
#define PORT_8042_COMMAND 0x64		/* IBM PC/AT Technical Reference: FEh pulses the reset line */
#define COMMAND_8042_RESET 0xfe
#define PORT_POST 0x80			/* an access takes about a microsecond */
#define TRY_US 500000

static void wait(void)
{
	for (u32 i = 0; i < TRY_US; i++)
		outb(PORT_POST, 0);
}

void reset_now(void)
{
	const struct __attribute__((packed)) {
		u16 limit;
		u64 base;
	} no_idt = { 0 };

	asm volatile("cli");
	report("reset: keyboard controller\n");
	outb(PORT_8042_COMMAND, COMMAND_8042_RESET);
	wait();
	report("reset: port 0xcf9\n");
	outb(PORT_RESET_CONTROL, RESET_HARD);
	outb(PORT_RESET_CONTROL, RESET_HARD_NOW);
	wait();
	report("reset: triple fault\n");
	asm volatile("lidt %0; ud2" : : "m"(no_idt));
	for (;;)
		asm volatile("cli; hlt");
}
