// SPDX-License-Identifier: GPL-2.0
/*
 * kexec_test: started in a kernel's place, it says what it was given and what of the
 * machine works, on the first serial port, and resets.  For the report of a kexec that
 * hangs: where this works, the machine is alive after the jump.
 *
 * One CPU, interrupts off but for pic_test().
 */
#include <stdarg.h>

#include "entry.h"
#include "io.h"
#include "libk.h"
#include "mem.h"
#include "paging.h"
#include "parts.h"
#include "report.h"
#include "serial.h"

#define SPARE_TABLES 32

/* National Semiconductor PC16550D data sheet, 8: transmitter, line status (holding register empty). */
#define COM1 0x3f8
#define COM1_LSR (COM1 + 5)
#define LSR_THRE 0x20
#define WAIT_READS 20000000u	/* seconds: a reader that stalls for long must not cost a report its end */

/* More page tables than paging.c has itself; it asks for one page at a time. */
void *mem_alloc_pages(u32 pages)
{
	static u8 spare[SPARE_TABLES][PAGE_BYTES] __attribute__((aligned(4096)));
	static u32 used;

	return pages == 1 && used < SPARE_TABLES ? spare[used++] : NULL;
}

static void put(char letter)
{
	for (u32 i = 0; i < WAIT_READS && !(inb(COM1_LSR) & LSR_THRE); i++)
		;
	outb(COM1, (u8)letter);
}

void report(const char *fmt, ...)
{
	char line[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	for (const char *at = line; *at; at++) {
		if (*at == '\n')
			put('\r');
		put(*at);
	}
}

/* Our own tables: the loader's hold no device, and lie in memory that we know nothing of. */
static bool map_memory(const struct boot_params *params)
{
	paging_init();
	if (paging_map((u64)image_start, (u64)image_text_end, PAGING_TEXT) ||
	    paging_map((u64)image_text_end, (u64)image_end, PAGING_OWN) ||
	    (params && paging_map((u64)params, (u64)(params + 1), PAGING_OLD)))
		return false;
	paging_switch();
	return true;
}

void test_main(void)
{
	const struct boot_params *params = (const void *)entry_state.gpr[4];

	serial_open(0, 0);
	report("\n==== kexec_test " VERSION " begin ====\n");
	cpu_report_entry();
	interrupt_init();
	if (!map_memory(params)) {
		report("own page tables: FAILED, out of tables\n");
		reset_now();
	}
	report("own page tables: ok\n");
	cpu_report_identity();
	if (params)
		params_report(params);
	else
		report("boot_params: none (RSI is 0)\n");
	pic_report();
	apic_report();
	hpet_report();
	pit_test();
	rtc_test();
	apic_test();
	pic_test();
	pci_report();
	report("==== kexec_test end ====\n");
	reset_now();
}
