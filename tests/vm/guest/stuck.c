// SPDX-License-Identifier: GPL-2.0
/*
 * Panics while another CPU is useless, as broken hardware or a broken driver makes it:
 * insmod stuck.ko cpu=1        it spins with interrupts off; an NMI still reaches it
 * insmod stuck.ko cpu=1 nmi=1  it spins inside an NMI: no crash NMI will reach it
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/smp.h>
#include <asm/apic.h>
#include <asm/nmi.h>

static int cpu = 1;
module_param(cpu, int, 0);
static bool nmi;
module_param(nmi, bool, 0);

static bool is_stuck;

static void spin_for_ever(void *unused)
{
	local_irq_disable();
	WRITE_ONCE(is_stuck, true);
	for (;;)
		cpu_relax();
}

static int spin_in_nmi(unsigned int type, struct pt_regs *regs)
{
	if (smp_processor_id() == cpu)
		spin_for_ever(NULL);
	return NMI_DONE;
}

static int __init stuck_init(void)
{
	int err = 0;

	if (nmi) {
		err = register_nmi_handler(NMI_LOCAL, spin_in_nmi, 0, "stuck");
		if (!err)
			apic->send_IPI(cpu, NMI_VECTOR);
	} else {
		err = smp_call_function_single(cpu, spin_for_ever, NULL, 0);
	}
	if (err)
		return err;
	mdelay(200);
	if (!READ_ONCE(is_stuck))
		return -EIO;
	panic("CPU %d is stuck%s", cpu, nmi ? " in an NMI" : "");
}

module_init(stuck_init);
MODULE_DESCRIPTION("panics while another CPU is useless, for tests");
MODULE_LICENSE("GPL");
