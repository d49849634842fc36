// SPDX-License-Identifier: GPL-2.0
/* Intel SDM volume 3A (2023-06), 11.4 (local APIC), 11.6.1 (ICR), 11.12 (x2APIC). */
#include "smp.h"

#include "clock.h"
#include "console.h"
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
#define ICR_ASSERT (1u << 14)
#define ICR_PENDING (1u << 12)
#define ICR_WAIT_US 10000

struct apic {
	volatile void *base;	/* NULL: x2APIC */
	u32 own_id;
	bool is_boot_cpu;
};

static int open_apic(struct apic *apic)
{
	u64 msr = rdmsr(MSR_APIC_BASE);

	if (!(msr & APIC_BASE_ENABLED))
		return -ENODEV;
	apic->is_boot_cpu = msr & APIC_BASE_BSP;
	if (msr & APIC_BASE_X2APIC) {
		apic->base = NULL;
		apic->own_id = (u32)rdmsr(MSR_X2APIC_ID);
		return 0;
	}
	apic->base = paging_map_mmio(msr & APIC_BASE_ADDRESS, PAGE_BYTES);
	if (!apic->base)
		return -ENOMEM;
	apic->own_id = mmio_read32(apic->base, APIC_ID) >> 24;
	return 0;
}

static void send_init(const struct apic *apic, u32 id)
{
	u64 start;

	if (!apic->base) {
		wrmsr(MSR_X2APIC_ICR, (u64)id << 32 | ICR_INIT | ICR_ASSERT);
		return;
	}
	mmio_write32(apic->base, APIC_ICR_HIGH, id << 24);
	mmio_write32(apic->base, APIC_ICR_LOW, ICR_INIT | ICR_ASSERT);
	start = env_clock_us();
	while (mmio_read32(apic->base, APIC_ICR_LOW) & ICR_PENDING && env_clock_us() - start < ICR_WAIT_US)
		cpu_relax();
}

/* True when the CPU's note holds no registers: it never answered the crash NMI. */
static bool is_silent(const struct elfcore *core, const struct oldmem *mem, u32 cpu)
{
	u8 head[64];

	for (u32 i = 0; i < core->count; i++) {
		const Elf64_Phdr *note = &core->phdr[i];
		Elf64_Nhdr nhdr;

		if (note->p_type != PT_NOTE || cpu--)
			continue;
		if (note->p_filesz < sizeof(head) || mem->read(mem, note->p_paddr, head, sizeof(head)))
			return true;
		memcpy(&nhdr, head, sizeof(nhdr));
		return nhdr.n_namesz == 0;
	}
	return true;
}

void smp_stop_others(const struct config_cpus *cpus, const struct elfcore *core, const struct oldmem *mem)
{
	struct apic apic;
	u32 stopped = 0;

	if (!cpus)
		return;
	if (open_apic(&apic)) {
		console_printf("local APIC is off: other CPUs can't be stopped, those that answered the NMI are halted\n");
		return;
	}
	if (apic.is_boot_cpu != (apic.own_id == cpus->boot_apic_id)) {
		console_printf("boot CPU is APIC %u by the config block, but this is APIC %u%s: no INIT is sent\n",
			       cpus->boot_apic_id, apic.own_id, apic.is_boot_cpu ? ", a boot CPU" : "");
		return;
	}
	for (u32 cpu = 0; cpu < cpus->count; cpu++) {
		u32 id = cpus->apic_ids[cpu];
		bool silent = is_silent(core, mem, cpu);

		if (id == apic.own_id)
			continue;
		if (silent)
			console_printf("CPU %u (APIC %u) did not answer the crash NMI%s\n", cpu, id,
				       id == cpus->boot_apic_id ? "; it is the boot CPU, may still run, and can't be stopped" : "");
		if (id == cpus->boot_apic_id || (apic.base && id > 0xff))
			continue;
		send_init(&apic, id);
		stopped++;
	}
	console_printf("running on APIC %u%s, %u other CPUs stopped\n", apic.own_id,
		       apic.is_boot_cpu ? " (boot CPU)" : "", stopped);
}
