/* SPDX-License-Identifier: GPL-2.0 */
/* The other CPUs: stopped before a disk is touched; some of them may work then. */
#ifndef DUMPKERNEL_SMP_H
#define DUMPKERNEL_SMP_H

#include "capture/elfcore.h"
#include "capture/handover.h"
#include "trap.h"

struct boot_params;

enum smp_state {
	SMP_CALLED,	/* it may come yet */
	SMP_RUNS,
	SMP_DEAD,	/* it took an exception, and halted */
	SMP_STOPPED,	/* it was given INIT, or never came */
};

/* Of a CPU that was called. */
struct smp_cpu {
	u32 state;		/* enum smp_state, atomic; what is below was written before it */
	u32 number, apic_id;
	u64 vector, rip;	/* when dead: the exception, and where in the image */
	void (*run)(u32 number);
	u64 pat;		/* as on the coordinator */
	struct trap_tables tables;
	u8 trap_stacks[TRAP_STACKS][896] __attribute__((aligned(16)));
};
_Static_assert(sizeof(struct smp_cpu) <= PAGE_BYTES, "it has one page");

/*
 * Finds the memory below 640 KiB where another CPU can start, and maps it, before the old
 * memory is mapped read-only.  Without it, and without this call, one CPU does all.
 */
void smp_init(const struct boot_params *params);

/*
 * Sends INIT to every CPU but this one and the boot CPU (whose INIT restarts firmware),
 * so that one that never answered the crash NMI can't ring a doorbell.  Tells of the
 * CPUs that left no registers.  cpus: NULL stops none; must stay.
 */
void smp_stop_others(const struct config_cpus *cpus, const struct elfcore *core, const struct oldmem *mem);

/* How many of those that were stopped can be started. */
u32 smp_startable(void);

/*
 * Starts count CPUs, once, at most smp_startable().  Each runs run(number) for ever, with interrupts
 * off, on a stack of LAYOUT_STACK_BYTES, and may do nothing but compute: no console, no clock, no
 * disk.  Numbers count from 0; one that does not come is told of, and its number is nobody's.
 * Takes LAYOUT_CPU_BYTES for each and LAYOUT_CPU_START_BYTES.  Returns how many came.
 */
u32 smp_start(u32 count, void (*run)(u32 number));

/* Of those that were called. */
struct smp_cpu *smp_cpu(u32 number);

/* Ends it, whatever it does; when this returns, it writes nothing any more. */
void smp_stop(struct smp_cpu *cpu);

/* Ends all that were started, before the machine is another kernel's, or reset.  In any state of things. */
void smp_stop_all(void);

/* For trap.c: the CPU, other than the coordinator, on whose stack this address is, or NULL. */
struct smp_cpu *smp_cpu_on(const void *stack);

/* For trap.c: keeps what happened for the coordinator, who may see to the rest; the CPU halts. */
void smp_die(struct smp_cpu *cpu, u64 vector, u64 rip) __attribute__((noreturn));

#endif
