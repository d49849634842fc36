// SPDX-License-Identifier: GPL-2.0
/*
 * Runs into a BUG() where the panic path has it hardest; for tests:
 * insmod crash_in.ko where=softirq    in a tasklet
 * insmod crash_in.ko where=hardirq    in an interrupt that this CPU has sent itself
 * insmod crash_in.ko where=nmi        in an NMI on CPU 1
 * insmod crash_in.ko where=console    in a process that holds the console's lock
 * insmod crash_in.ko where=jump       by a call of what a null pointer points to, no BUG()
 */
#include <linux/console.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/module.h>
#include <linux/string.h>
#include <asm/apic.h>
#include <asm/nmi.h>

static char *where = "";
module_param(where, charp, 0);

static void crash_in_softirq(struct tasklet_struct *unused)
{
	BUG();
}
static DECLARE_TASKLET(tasklet, crash_in_softirq);

static void crash_in_hardirq(struct irq_work *unused)
{
	BUG();
}
static DEFINE_IRQ_WORK(work, crash_in_hardirq);

static int crash_in_nmi(unsigned int type, struct pt_regs *regs)
{
	BUG();
	return NMI_DONE;
}

static noinline void crash_in_console(void)
{
	console_lock();
	BUG();
}

static noinline void crash_in_jump(void)
{
	void (*volatile nowhere)(void) = NULL;

	nowhere();
	/* No tail call: this function is to be on the stack. */
	barrier();
}

static int __init crash_in_init(void)
{
	int ret = 0;

	if (!strcmp(where, "softirq"))
		tasklet_schedule(&tasklet);
	else if (!strcmp(where, "hardirq"))
		irq_work_queue(&work);
	else if (!strcmp(where, "console"))
		crash_in_console();
	else if (!strcmp(where, "jump"))
		crash_in_jump();
	else if (!strcmp(where, "nmi"))
		ret = register_nmi_handler(NMI_LOCAL, crash_in_nmi, 0, "crash_in");
	else
		ret = -EINVAL;
	if (ret)
		return ret;
	if (!strcmp(where, "nmi"))
		apic->send_IPI(1, NMI_VECTOR);
	/* The caller is not to see the module's end. */
	mdelay(10000);
	return -EIO;
}

module_init(crash_in_init);
MODULE_DESCRIPTION("crashes in a chosen context, for tests");
MODULE_LICENSE("GPL");
