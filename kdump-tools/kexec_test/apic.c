// SPDX-License-Identifier: GPL-2.0
/* Local APIC (Intel SDM 3A, 11) and IO-APIC (Intel 82093AA data sheet). */
#include "io.h"
#include "paging.h"
#include "parts.h"
#include "report.h"

#define MSR_APIC_BASE 0x1b
#define APIC_BASE_BSP (1u << 8)
#define APIC_BASE_EXTD (1u << 10)
#define APIC_BASE_EN (1u << 11)
#define APIC_BASE_ADDRESS 0x000ffffffffff000ull
#define MSR_X2APIC 0x800		/* + offset / 16 */

#define APIC_ID 0x20
#define APIC_VERSION 0x30
#define APIC_TPR 0x80
#define APIC_EOI 0xb0
#define APIC_SPIV 0xf0
#define APIC_SPIV_ENABLED (1u << 8)
#define APIC_LVT_TIMER 0x320
#define APIC_LVT_LINT0 0x350
#define APIC_LVT_LINT1 0x360
#define APIC_TIMER_INITIAL 0x380
#define APIC_TIMER_CURRENT 0x390
#define APIC_TIMER_DIVIDE 0x3e0
#define APIC_DIVIDE_BY_16 3
#define LVT_MASKED (1u << 16)

#define IOAPIC_PA ((u64)0xfec00000)		/* the first one of every PC; the MADT would say */
#define IOAPIC_INDEX 0x00
#define IOAPIC_WINDOW 0x10
#define IOAPIC_VERSION 1
#define IOAPIC_ENTRIES 16		/* two registers each */
#define IOAPIC_MASKED (1u << 16)
#define IOAPIC_REMOTE_IRR (1u << 14)

#define TEST_TICKS 5

static volatile void *apic_open(u64 base)
{
	return base & APIC_BASE_EXTD ? NULL : paging_map_mmio(base & APIC_BASE_ADDRESS, PAGE_BYTES);
}

static u32 apic_read(volatile void *apic, u32 offset)
{
	return apic ? mmio_read32(apic, offset) : (u32)rdmsr(MSR_X2APIC + offset / 16);
}

static void apic_write(volatile void *apic, u32 offset, u32 value)
{
	if (apic)
		mmio_write32(apic, offset, value);
	else
		wrmsr(MSR_X2APIC + offset / 16, value);
}

static u32 ioapic_read(volatile void *ioapic, u32 index)
{
	mmio_write32(ioapic, IOAPIC_INDEX, index);
	return mmio_read32(ioapic, IOAPIC_WINDOW);
}

static void ioapic_report(void)
{
	volatile void *ioapic = paging_map_mmio(IOAPIC_PA, PAGE_BYTES);
	u32 version = ioapic ? ioapic_read(ioapic, IOAPIC_VERSION) : UINT32_MAX, count = (version >> 16 & 0xff) + 1;

	if (version == UINT32_MAX) {
		report("IO-APIC: none at 0x%lx\n", IOAPIC_PA);
		return;
	}
	report("IO-APIC: id %x, version %x, %u inputs; not quiet:", ioapic_read(ioapic, 0) >> 24, version & 0xff, count);
	for (u32 i = 0; i < count; i++) {
		u32 low = ioapic_read(ioapic, IOAPIC_ENTRIES + 2 * i);

		if (!(low & IOAPIC_MASKED) || low & IOAPIC_REMOTE_IRR)
			report(" %u=%08x", i, low);
	}
	report("\n");
}

void apic_report(void)
{
	u64 base = rdmsr(MSR_APIC_BASE);
	volatile void *apic;

	report("local APIC: base %lx (%s%s)", base,
	       !(base & APIC_BASE_EN) ? "off" : base & APIC_BASE_EXTD ? "x2APIC" : "xAPIC",
	       base & APIC_BASE_BSP ? ", boot CPU" : ", not the boot CPU");
	if (base & APIC_BASE_EN) {
		apic = apic_open(base);
		report(", id %x, version %x, tpr %x, spiv %x (%s), timer %x, lint0 %x, lint1 %x", apic_read(apic, APIC_ID),
		       apic_read(apic, APIC_VERSION), apic_read(apic, APIC_TPR), apic_read(apic, APIC_SPIV),
		       apic_read(apic, APIC_SPIV) & APIC_SPIV_ENABLED ? "on" : "soft off", apic_read(apic, APIC_LVT_TIMER),
		       apic_read(apic, APIC_LVT_LINT0), apic_read(apic, APIC_LVT_LINT1));
	}
	report("\n");
	ioapic_report();
}

void apic_end_interrupt(void)
{
	u64 base = rdmsr(MSR_APIC_BASE);

	if (base & APIC_BASE_EN)
		apic_write(apic_open(base), APIC_EOI, 0);
}

void apic_test(void)
{
	u64 base = rdmsr(MSR_APIC_BASE);
	volatile void *apic;
	u32 count;

	if (!(base & APIC_BASE_EN)) {
		report("local APIC timer: the APIC is off\n");
		return;
	}
	apic = apic_open(base);
	apic_write(apic, APIC_LVT_TIMER, LVT_MASKED);
	apic_write(apic, APIC_TIMER_DIVIDE, APIC_DIVIDE_BY_16);
	apic_write(apic, APIC_TIMER_INITIAL, UINT32_MAX);
	pit_wait(TEST_TICKS);
	count = UINT32_MAX - apic_read(apic, APIC_TIMER_CURRENT);
	apic_write(apic, APIC_TIMER_INITIAL, 0);
	report("local APIC timer: %u counts in %u ticks: %s\n", count, TEST_TICKS, count ? "ok" : "STANDS STILL");
}
