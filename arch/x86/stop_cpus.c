// SPDX-License-Identifier: GPL-2.0
/*
 * A panic: stop the other CPUs by NMI, each saves its registers; then leave the interrupt
 * hardware as firmware would, so that the next kernel finds a virtual wire (MultiProcessor
 * specification 1.4, 3.6.2.2) and no interrupt on its way.
 *
 * machine_crash_shutdown() runs on the CPU that crashed, in any context, NMI included; all locks
 * may be held.  The wait for the others ends after a second.  The NMI is sent by nmi_shootdown_cpus
 * (reboot.c; crash's bt knows its handler by name).  What a CPU says in the NMI is only about itself.
 */
#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/timex.h>
#include <linux/uaccess.h>
#include <asm/apic.h>
#include <asm/cpu.h>
#include <asm/crash.h>
#include <asm/hpet.h>
#include <asm/intel_pt.h>
#include <asm/io_apic.h>
#include <asm/reboot.h>
#include <asm/smp.h>
#include <asm/tsc.h>

#if defined(CONFIG_SMP) && defined(CONFIG_X86_LOCAL_APIC)

#define ANSWER_MS	1000
#define ANSWER_SPINS	(1u << 28)	/* more than that takes, in case the TSC stands still */

static cpumask_t answered;
static cpumask_t late;		/* had not when the wait ended */

/* NMI, on each of the other CPUs; it halts for good afterwards. */
static void save_and_quiet(int cpu, struct pt_regs *regs)
{
	crash_save_cpu(regs, cpu);
	cpu_emergency_stop_pt();
	disable_local_APIC();
	cpumask_set_cpu(cpu, &answered);
}

/* A CPU without registers in the dump: at least what it ran, as far as memory still says. */
static void log_silent_cpu(int cpu)
{
	struct task_struct *task = per_cpu(current_task, cpu);
	char comm[TASK_COMM_LEN] = "?";
	unsigned long sp = 0;
	pid_t pid = -1;

	if (get_kernel_nofault(pid, &task->pid) || get_kernel_nofault(sp, &task->thread.sp) ||
	    copy_from_kernel_nofault(comm, task->comm, sizeof(comm)))
		pid = -1;
	comm[sizeof(comm) - 1] = '\0';
	phase_log_add("nmi_silent=%d task=%lx pid=%d comm=%s last_sp=%lx\n",
		      cpu, (unsigned long)task, pid, comm, sp);
}

/*
 * nmi_shootdown_cpus() waits a second by loops_per_jiffy, which a CPU of a virtual machine on a
 * busy host may have measured a thousand times too small.  The TSC knows better.
 */
static void wait_for_answers(cycles_t since)
{
	unsigned int spins = ANSWER_SPINS;

	while (cpumask_weight(&answered) < num_online_cpus() - 1 &&
	       get_cycles() - since < (cycles_t)tsc_khz * ANSWER_MS && --spins)
		cpu_relax();
}

void kdump_nmi_shootdown_cpus(void)
{
	int self = safe_smp_processor_id();
	cycles_t since = get_cycles();
	int cpu;

	nmi_shootdown_cpus(save_and_quiet);
	wait_for_answers(since);
	disable_local_APIC();

	phase_log_add("nmi_answered=%*pbl\n", cpumask_pr_args(&answered));
	for_each_online_cpu(cpu)
		if (cpu != self && !cpumask_test_cpu(cpu, &answered)) {
			cpumask_set_cpu(cpu, &late);
			log_silent_cpu(cpu);
		}
	phase_log_phase("cpus_stopped");
}

/* The registers of a CPU that was only slow are in the dump after all. */
static void log_late_cpus(void)
{
	int cpu;

	for_each_cpu_and(cpu, &late, &answered)
		phase_log_add("nmi_late=%d\n", cpu);
}

/* In place of panic.c's weak one: registers first, whoever asks.  A hypervisor may have its own way. */
void crash_smp_send_stop(void)
{
	static bool done;

	if (done)
		return;
	done = true;
	if (smp_ops.crash_stop_other_cpus)
		smp_ops.crash_stop_other_cpus();
	else
		smp_send_stop();
}

#else

void crash_smp_send_stop(void)
{
}

static void log_late_cpus(void)
{
}

#endif

/* What else could disturb the next kernel's CPUs: tracing to memory; VMX, under which a CPU ignores INIT. */
static void stop_own_features(void)
{
	cpu_emergency_stop_pt();
	cpu_emergency_disable_virtualization();
}

/* Masked from the devices towards the CPU, then wired as at boot. */
static void quiet_interrupts(void)
{
#ifdef CONFIG_HPET_TIMER
	hpet_disable();
#endif
#ifdef CONFIG_X86_IO_APIC
	/* A stopped CPU may hold its lock. */
	ioapic_zap_locks();
	clear_IO_APIC();
#endif
	lapic_shutdown();
	restore_boot_irq_mode();
}

void native_machine_crash_shutdown(struct pt_regs *regs)
{
	local_irq_disable();
	phase_log_add("tsc_khz=%u\n", tsc_khz);
	crash_save_cpu(regs, safe_smp_processor_id());
	crash_smp_send_stop();
	stop_own_features();
	quiet_interrupts();
	log_late_cpus();
}
