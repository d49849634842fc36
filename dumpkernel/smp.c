// SPDX-License-Identifier: GPL-2.0
/*
 * Runs on the coordinator, the CPU that panicked, but for smp_main() and smp_die().  The others
 * are held by INIT until they are started; one that did not come in time is given INIT again, so
 * that it can't come later.
 */
#include "smp.h"

#include "apic.h"
#include "clock.h"
#include "console.h"
#include "io.h"
#include "layout.h"
#include "mem.h"
#include "paging.h"
#include "smp_entry.h"

#include <asm/bootparam.h>

/* Intel SDM volume 3A (2023-06), 9.4.4.1: INIT, 10 ms, start-up, 200 us, start-up. */
#define INIT_US 10000
#define STARTUP_US 200
#define COME_US 500000

/* The CPU that INIT stops does so at once; this is for an emulator that must take it from its thread. */
#define STOP_US 10000

/* Firmware is known to write below; above lie its data, the screen and its ROMs. */
#define LOW_START 0x10000ull
#define LOW_END 0xa0000ull

#define MSR_PAT 0x277
#define MSR_EFER 0xc0000080
#define EFER_LME (1u << 8)
#define EFER_NXE (1u << 11)

static struct apic apic;
static const struct config_cpus *present;	/* NULL: none was stopped */
static u64 stopped_us;
static u8 *low;			/* LAYOUT_CPU_START_BYTES; NULL: none can be started */
static u8 *started;		/* started_count blocks of LAYOUT_CPU_BYTES */
static u32 started_count;

/* --- stopping ----------------------------------------------------------------------------- */

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

/* Neither we nor the boot CPU, whose INIT restarts firmware. */
static bool may_stop(const struct config_cpus *cpus, u32 cpu)
{
	u32 id = cpus->apic_ids[cpu];

	return id != apic.own_id && id != cpus->boot_apic_id && apic_reaches(&apic, id);
}

void smp_stop_others(const struct config_cpus *cpus, const struct elfcore *core, const struct oldmem *mem)
{
	u32 stopped = 0;

	if (!cpus)
		return;
	if (apic_open(&apic)) {
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

		if (id == apic.own_id)
			continue;
		if (is_silent(core, mem, cpu))
			console_printf("CPU %u (APIC %u) did not answer the crash NMI%s\n", cpu, id,
				       id == cpus->boot_apic_id ? "; it is the boot CPU, may still run, and can't be stopped" : "");
		if (!may_stop(cpus, cpu))
			continue;
		apic_send_init(&apic, id);
		stopped++;
	}
	present = cpus;
	stopped_us = env_clock_us();
	console_printf("running on APIC %u%s, %u other CPUs stopped\n", apic.own_id,
		       apic.is_boot_cpu ? " (boot CPU)" : "", stopped);
}

void smp_stop(struct smp_cpu *cpu)
{
	apic_send_init(&apic, cpu->apic_id);
	clock_delay_us(STOP_US);
	cpu->state = SMP_STOPPED;
}

void smp_stop_all(void)
{
	static bool done;	/* a fault in here must not lead back to it */

	if (!started || done)
		return;
	done = true;
	for (u32 i = 0; i < started_count; i++)
		if (smp_cpu(i)->state != SMP_STOPPED)
			apic_send_init(&apic, smp_cpu(i)->apic_id);
	clock_delay_us(STOP_US);
}

/* --- memory to start in ------------------------------------------------------------------- */

static u64 find_low(const struct boot_params *params)
{
	for (u32 i = 0; i < params->e820_entries && i < E820_MAX_ENTRIES_ZEROPAGE; i++) {
		struct boot_e820_entry entry = params->e820_table[i];
		u64 start = align_up(entry.addr, PAGE_BYTES), end = entry.addr + entry.size;

		if (start < LOW_START)
			start = LOW_START;
		if (entry.type == 1 && start < end && end <= LOW_END && end - start >= LAYOUT_CPU_START_BYTES)
			return start;
	}
	return 0;
}

void smp_init(const struct boot_params *params)
{
	u64 pa = find_low(params);

	if (pa && !paging_map(pa, pa + LAYOUT_CPU_START_BYTES, PAGING_FLAT))
		low = (u8 *)pa;
}

/* --- starting ----------------------------------------------------------------------------- */

struct smp_cpu *smp_cpu(u32 number)
{
	return (struct smp_cpu *)(started + number * LAYOUT_CPU_BYTES);
}

u32 smp_startable(void)
{
	u32 count = 0;

	for (u32 cpu = 0; present && low && cpu < present->count; cpu++)
		count += may_stop(present, cpu);
	return count;
}

/* Where another CPU arrives in C; it is as the coordinator is, but for what is set here. */
static void __attribute__((noreturn)) smp_main(struct smp_cpu *cpu)
{
	u32 expected = SMP_CALLED;

	trap_load(&cpu->tables, cpu->trap_stacks[0], sizeof(cpu->trap_stacks[0]));
	wrmsr(MSR_PAT, cpu->pat);
	cpu->apic_id = apic_id(&apic);
	if (__atomic_compare_exchange_n(&cpu->state, &expected, SMP_RUNS, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		cpu->run(cpu->number);
	for (;;)
		asm volatile("cli; hlt");
}

static void write_entry(u32 count)
{
	struct smp_entry_data *data = (void *)(low + SMP_ENTRY_BYTES);
	u64 cr0, cr3, cr4;

	asm volatile("mov %%cr0, %0" : "=r"(cr0));
	asm volatile("mov %%cr3, %0" : "=r"(cr3));
	asm volatile("mov %%cr4, %0" : "=r"(cr4));
	memcpy(low, smp_entry, SMP_ENTRY_BYTES);
	memcpy(low + PAGE_BYTES, (const void *)cr3, PAGE_BYTES);
	*data = (struct smp_entry_data){
		.low_root = (u32)(u64)low + PAGE_BYTES, .cr3 = cr3, .cr0 = (u32)cr0, .cr4 = (u32)cr4,
		.efer = (u32)rdmsr(MSR_EFER) & (EFER_LME | EFER_NXE), .cpus = (u64)started, .main = (u64)smp_main, .count = count,
	};
}

static u32 count_running(void)
{
	u32 running = 0;

	for (u32 i = 0; i < started_count; i++)
		running += __atomic_load_n(&smp_cpu(i)->state, __ATOMIC_ACQUIRE) == SMP_RUNS;
	return running;
}

static bool wait_running(u64 us)
{
	u64 start = env_clock_us();

	while (count_running() < started_count)
		if (env_clock_us() - start >= us)
			return false;
	return true;
}

static void call_cpus(void)
{
	for (u32 cpu = 0, called = 0; called < started_count; cpu++) {
		if (!may_stop(present, cpu))
			continue;
		apic_send_startup(&apic, present->apic_ids[cpu], (u64)low);
		called++;
	}
}

static bool has_come(u32 id)
{
	for (u32 i = 0; i < started_count; i++)
		if (smp_cpu(i)->state == SMP_RUNS && smp_cpu(i)->apic_id == id)
			return true;
	return false;
}

/* Those that did not come in time are not to come later. */
static void hold_missing(void)
{
	for (u32 i = 0; i < started_count; i++) {
		u32 expected = SMP_CALLED;

		__atomic_compare_exchange_n(&smp_cpu(i)->state, &expected, SMP_STOPPED, false, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE);
	}
	for (u32 cpu = 0, called = 0; called < started_count; cpu++) {
		u32 id = present->apic_ids[cpu];

		if (!may_stop(present, cpu))
			continue;
		called++;
		if (has_come(id))
			continue;
		apic_send_init(&apic, id);
		console_printf("CPU %u (APIC %u) does not start\n", cpu, id);
	}
	clock_delay_us(STOP_US);
}

static bool make_cpus(u32 count, void (*run)(u32 number))
{
	u8 *cpus = mem_alloc_pages(count * (LAYOUT_CPU_BYTES / PAGE_BYTES));

	if (!cpus)
		return false;
	started = cpus;
	started_count = count;
	for (u32 i = 0; i < count; i++) {
		struct smp_cpu *cpu = smp_cpu(i);

		cpu->number = i;
		cpu->run = run;
		cpu->pat = rdmsr(MSR_PAT);
	}
	return true;
}

u32 smp_start(u32 count, void (*run)(u32 number))
{
	u8 *was = mem_alloc_pages(LAYOUT_CPU_START_BYTES / PAGE_BYTES);
	u64 since = env_clock_us() - stopped_us;

	if (started || !count || count > smp_startable() || !was || !make_cpus(count, run))
		return 0;
	memcpy(was, low, LAYOUT_CPU_START_BYTES);
	write_entry(count);
	if (since < INIT_US)
		clock_delay_us(INIT_US - since);
	call_cpus();
	if (!wait_running(STARTUP_US))
		call_cpus();
	if (!wait_running(COME_US))
		hold_missing();
	memcpy(low, was, LAYOUT_CPU_START_BYTES);
	return count_running();
}

/* --- what may happen to them -------------------------------------------------------------- */

struct smp_cpu *smp_cpu_on(const void *stack)
{
	u64 offset = (u64)stack - (u64)started;

	return started && offset < (u64)started_count * LAYOUT_CPU_BYTES ? smp_cpu((u32)(offset / LAYOUT_CPU_BYTES)) : NULL;
}

void smp_die(struct smp_cpu *cpu, u64 vector, u64 rip)
{
	cpu->vector = vector;
	cpu->rip = rip;
	__atomic_store_n(&cpu->state, SMP_DEAD, __ATOMIC_RELEASE);
	for (;;)
		asm volatile("cli; hlt");
}
