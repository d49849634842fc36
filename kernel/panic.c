// SPDX-License-Identifier: GPL-2.0
/*
 * The panic path: stop the other CPUs, see whether the crash image is whole, jump.
 *
 * One CPU runs this, the one that holds panic_cpu; in any context, NMI included; interrupts
 * are off or of no matter; the stack is the crashed task's, an exception's, or what is left of
 * it.  Any lock may be held by a CPU that will never run again, so none is taken.  Nothing is
 * allocated.  What may fault has its turn after the registers are saved, and a fault comes back
 * here: then the step that faulted is left out.  machine_shutdown() is not part of it.
 */
#include <linux/export.h>
#include <linux/kexec.h>
#include <linux/kernel.h>
#include <linux/panic.h>
#include <linux/preempt.h>
#include <linux/reboot.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/smp.h>

#include "internal.h"

struct kimage *kexec_crash_image;
struct kimage *kexec_crash_fallback;

int kexec_crash_loaded(void)
{
	return READ_ONCE(kexec_crash_image) || READ_ONCE(kexec_crash_fallback);
}
EXPORT_SYMBOL_GPL(kexec_crash_loaded);

int kexec_should_crash(struct task_struct *task)
{
	/* Every reason for which an oops becomes a panic (make_task_dead); then this comes first. */
	bool fatal = panic_on_oops || is_global_init(task) || !task->pid || in_interrupt();

	/* Unless the notifiers shall run before, from panic() itself. */
	return fatal && !crash_kexec_post_notifiers;
}

/* Returns if the image is not what was loaded. */
static void start_if_sound(struct kimage *image, const char *name)
{
	if (!image)
		return;
	if (!crash_image_is_sound(image)) {
		phase_log_add("damaged=%s\n", name);
		pr_emerg("kexec: the %s crash image has been overwritten, it is not started\n", name);
		return;
	}
	phase_log_add("image=%s\n", name);
	phase_log_phase("image_checked");
	if (image->elfcorehdr)
		phase_log_add("elfcorehdr=%s\n", elfcorehdr_update(image) ? "updated" : "as loaded, no room");
	phase_log_append_circumstances();
	phase_log_phase("jump");
	vmcoreinfo_use_copy(image->vmcoreinfo_copy);
	crash_save_vmcoreinfo();
	machine_kexec(image);
}

noinline __noclone void __crash_kexec(struct pt_regs *regs)
{
	static atomic_t entered = ATOMIC_INIT(0);
	struct pt_regs saved;

	if (!kexec_crash_loaded())
		return;
	switch (atomic_inc_return(&entered)) {
	case 1:
		crash_setup_regs(&saved, regs);
		phase_log_add("cpu=%d\n", raw_smp_processor_id());
		phase_log_phase("panic");
		machine_crash_shutdown(&saved);
		phase_log_phase("machine_quiet");
		break;
	case 2:
		/* A fault in there, or no image was sound.  No second shutdown. */
		phase_log_phase("panic_again");
		break;
	default:
		return;
	}
	/* Read only now: a CPU that was replacing an image is stopped, and has published it or not. */
	start_if_sound(READ_ONCE(kexec_crash_image), "first");
	start_if_sound(READ_ONCE(kexec_crash_fallback), "fallback");
	/* The caller does what panic= says. */
}

void crash_kexec(struct pt_regs *regs)
{
	int nobody = PANIC_CPU_INVALID;

	if (!atomic_try_cmpxchg(&panic_cpu, &nobody, raw_smp_processor_id()))
		return;
	__crash_kexec(regs);
	/* Nothing was started; this oops may still become a panic, of this CPU or another. */
	atomic_set(&panic_cpu, PANIC_CPU_INVALID);
}
