/* SPDX-License-Identifier: GPL-2.0 */
/* The parts of the report, in its order; each prints its own lines and changes what it says. */
#ifndef KEXEC_TEST_PARTS_H
#define KEXEC_TEST_PARTS_H

#include <asm/bootparam.h>

#include "capture/env.h"

/* cpu.c: the registers that the loader handed over, and what CPU this is. */
void cpu_report_entry(void);
void cpu_report_identity(void);

/* params.c: boot_params, command line, initrd, setup_data, e820; maps what it reads. */
void params_report(const struct boot_params *params);

/* interrupt.c: catches exceptions from now on: they are reported, and the machine resets. */
void interrupt_init(void);

/* How the interrupt hardware was left (8259A, local APIC, IO-APIC). */
void pic_report(void);
void apic_report(void);

/* Does a timer interrupt come through the 8259A?  Leaves it masked. */
void pic_test(void);

/* Ends the interrupt that the local APIC has in service. */
void apic_end_interrupt(void);

/* Does the local APIC's timer count?  After pit_test(). */
void apic_test(void);

/* timers.c: 8254, real-time clock, HPET. */
void hpet_report(void);
void pit_test(void);
void rtc_test(void);

/* Waits for 10 ms ticks of the 8254, counted by polling; false: it does not tick. */
bool pit_wait(u32 ticks);

/* pci.c: every function that answers on bus 0 to 255. */
void pci_report(void);

/* reset.c: does not return; says each way before it is tried. */
void reset_now(void) __attribute__((noreturn));

#endif
