// SPDX-License-Identifier: GPL-2.0
/* 8254 timer (Intel 8254 data sheet), real-time clock (Motorola MC146818A), HPET (IA-PC HPET 1.0a). */
#include "io.h"
#include "paging.h"
#include "parts.h"
#include "report.h"

#define PIT_COUNTER_0 0x40
#define PIT_CONTROL 0x43
#define PIT_RATE_GENERATOR 0x34		/* counter 0, low byte then high byte, mode 2 */
#define PIT_LATCH 0x00
#define PIT_TICK 11932u			/* 1.193182 MHz / 100 Hz */
#define PIT_MAX_READS 2000000u		/* between two ticks; far more than 10 ms can take */

#define RTC_INDEX 0x70
#define RTC_DATA 0x71
#define RTC_STATUS_A 0x0a
#define RTC_UPDATING 0x80
#define RTC_STATUS_B 0x0b
#define RTC_BINARY 0x04
#define RTC_MAX_TICKS 150		/* one and a half seconds */

#define HPET_PA ((u64)0xfed00000)		/* where every PC chipset has it; the ACPI table would say */
#define HPET_CAPABILITIES 0x00
#define HPET_CONFIG 0x10
#define HPET_COUNTER 0xf0

static void pit_start(void)
{
	outb(PIT_CONTROL, PIT_RATE_GENERATOR);
	outb(PIT_COUNTER_0, PIT_TICK & 0xff);
	outb(PIT_COUNTER_0, PIT_TICK >> 8);
}

static u32 pit_count(void)
{
	u8 low;

	outb(PIT_CONTROL, PIT_LATCH);
	low = inb(PIT_COUNTER_0);
	return low | inb(PIT_COUNTER_0) << 8;
}

bool pit_wait(u32 ticks)
{
	u32 last = pit_count(), reads = 0;

	while (ticks && reads++ < PIT_MAX_READS) {
		u32 now = pit_count();

		if (now > last) {	/* it counts down and starts anew */
			ticks--;
			reads = 0;
		}
		last = now;
	}
	return !ticks;
}

static u64 rdtsc(void)
{
	u32 low, high;

	asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high));
	return low | (u64)high << 32;
}

void pit_test(void)
{
	u64 begin;
	bool ticks;

	pit_start();
	ticks = pit_wait(1);
	begin = rdtsc();
	ticks = ticks && pit_wait(10);
	if (ticks)
		report("8254: ticks; TSC runs at %lu kHz by it\n", (rdtsc() - begin) / 100);
	else
		report("8254: DOES NOT TICK, counter stays at %u\n", pit_count());
}

static u8 rtc_read(u8 index)
{
	outb(RTC_INDEX, index);
	return inb(RTC_DATA);
}

static u32 rtc_number(u8 index)
{
	u8 value = rtc_read(index);

	return rtc_read(RTC_STATUS_B) & RTC_BINARY ? value : (value >> 4) * 10u + (value & 15);
}

/* Waits for the next second; 8254 ticks that it took, or RTC_MAX_TICKS. */
static u32 rtc_wait_second(void)
{
	u32 second = rtc_number(0), ticks = 0;

	while (ticks < RTC_MAX_TICKS && pit_wait(1)) {
		ticks++;
		if (!(rtc_read(RTC_STATUS_A) & RTC_UPDATING) && rtc_number(0) != second)
			return ticks;
	}
	return RTC_MAX_TICKS;
}

void rtc_test(void)
{
	bool runs = rtc_wait_second() < RTC_MAX_TICKS;
	u32 ticks = runs ? rtc_wait_second() : RTC_MAX_TICKS;

	report("RTC: %02u-%02u-%02u %02u:%02u:%02u, ", rtc_number(9), rtc_number(8), rtc_number(7), rtc_number(4),
	       rtc_number(2), rtc_number(0));
	if (ticks < RTC_MAX_TICKS)
		report("runs; a second has %u ticks of the 8254\n", ticks);
	else
		report("STANDS STILL, or the 8254 does\n");
}

void hpet_report(void)
{
	volatile void *hpet = paging_map_mmio(HPET_PA, PAGE_BYTES);
	u32 id = hpet ? mmio_read32(hpet, HPET_CAPABILITIES) : 0, config;
	u64 count;

	if (!id || id == UINT32_MAX) {
		report("HPET: none at 0x%lx\n", HPET_PA);
		return;
	}
	config = mmio_read32(hpet, HPET_CONFIG);
	count = mmio_read64(hpet, HPET_COUNTER);
	for (u32 i = 0; i < 1000; i++)
		cpu_relax();
	report("HPET: id %08x, period %u fs, %s, legacy replacement %s, counter %s\n", id,
	       mmio_read32(hpet, HPET_CAPABILITIES + 4), config & 1 ? "on" : "off", config & 2 ? "on" : "off",
	       mmio_read64(hpet, HPET_COUNTER) != count ? "runs" : "stands");
}
