// SPDX-License-Identifier: GPL-2.0
/* Intel SDM volume 3A (2023-06), 11.4 (local APIC), 11.6.1 (ICR), 11.12 (x2APIC). */
#include "apic.h"

#include "io.h"
#include "paging.h"

#define MSR_APIC_BASE 0x1b
#define APIC_BASE_BSP (1u << 8)
#define APIC_BASE_X2APIC (1u << 10)
#define APIC_BASE_ENABLED (1u << 11)
#define APIC_BASE_ADDRESS 0x000ffffffffff000ull

#define APIC_ID 0x20
#define APIC_ICR_LOW 0x300
#define APIC_ICR_HIGH 0x310
#define MSR_X2APIC_ID 0x802
#define MSR_X2APIC_ICR 0x830

#define ICR_INIT (5u << 8)
#define ICR_STARTUP (6u << 8)	/* bits 7:0: the page number to start at */
#define ICR_ASSERT (1u << 14)
#define ICR_PENDING (1u << 12)
#define ICR_WAIT_US 10000

#define XAPIC_BROADCAST 0xffu
#define X2APIC_BROADCAST 0xffffffffu

u32 apic_id(const struct apic *apic)
{
	return apic->base ? mmio_read32(apic->base, APIC_ID) >> 24 : (u32)rdmsr(MSR_X2APIC_ID);
}

int apic_open(struct apic *apic)
{
	u64 msr = rdmsr(MSR_APIC_BASE);

	if (!(msr & APIC_BASE_ENABLED))
		return -ENODEV;
	apic->is_boot_cpu = msr & APIC_BASE_BSP;
	apic->base = NULL;
	if (!(msr & APIC_BASE_X2APIC)) {
		apic->base = paging_map_mmio(msr & APIC_BASE_ADDRESS, PAGE_BYTES);
		if (!apic->base)
			return -ENOMEM;
	}
	apic->own_id = apic_id(apic);
	return 0;
}

bool apic_reaches(const struct apic *apic, u32 id)
{
	return id < (apic->base ? XAPIC_BROADCAST : X2APIC_BROADCAST);
}

/* Returns when it was sent.  What was stored before is seen by who receives it. */
static void send(const struct apic *apic, u32 id, u32 command)
{
	u64 start;

	if (!apic->base) {
		/* 11.12.3: this WRMSR does not wait for the stores before it. */
		memory_barrier();
		wrmsr(MSR_X2APIC_ICR, (u64)id << 32 | command);
		return;
	}
	mmio_write32(apic->base, APIC_ICR_HIGH, id << 24);
	mmio_write32(apic->base, APIC_ICR_LOW, command);
	start = env_clock_us();
	while (mmio_read32(apic->base, APIC_ICR_LOW) & ICR_PENDING && env_clock_us() - start < ICR_WAIT_US)
		cpu_relax();
}

void apic_send_init(const struct apic *apic, u32 id)
{
	send(apic, id, ICR_INIT | ICR_ASSERT);
}

void apic_send_startup(const struct apic *apic, u32 id, u64 start_pa)
{
	send(apic, id, ICR_STARTUP | ICR_ASSERT | (u32)(start_pa / PAGE_BYTES));
}
