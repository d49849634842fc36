// SPDX-License-Identifier: GPL-2.0
/* Exceptions (Intel SDM 3A, 6) and the 8259A pair (Intel 8259A data sheet; ports of the PC/AT). */
#include "entry.h"
#include "io.h"
#include "parts.h"
#include "report.h"

#define EXCEPTIONS 32
#define VECTOR_TIMER 0x20	/* IRQ 0, where pic_test() puts it */
#define VECTOR_SLAVE 0x28
#define VECTOR_LOCAL 0x30	/* from here on nothing comes but what the old kernel left in the APIC */
#define VECTORS 256
#define GATE_INTERRUPT 0x8e	/* present, 64-bit interrupt gate */

#define PIC_MASTER 0x20		/* command port; data port is the next one */
#define PIC_SLAVE 0xa0
#define PIC_ELCR 0x4d0		/* edge/level control, two bytes (82C596B and later) */
#define OCW2_EOI 0x20
#define OCW3_READ_IRR 0x0a
#define OCW3_READ_ISR 0x0b
#define ICW1_INIT 0x11		/* edge, cascade, ICW4 follows */
#define ICW4_8086 0x01

#define TEST_TICKS 20

struct gate {
	u16 offset_low, selector;
	u8 ist, type;
	u16 offset_middle;
	u32 offset_high, unused;
};

struct frame {
	u64 rip, cs, flags, rsp, ss;
};

static struct gate idt[VECTORS] __attribute__((aligned(16)));
static volatile u32 timer_interrupts, stale_interrupts;

static void die(u32 vector, const struct frame *frame, u64 error) __attribute__((noreturn));
static void die(u32 vector, const struct frame *frame, u64 error)
{
	u64 cr2;

	asm volatile("mov %%cr2, %0" : "=r"(cr2));
	report("\nexception %u: rip %lx (image + %lx) rsp %lx error %lx cr2 %lx\n==== kexec_test end (exception) ====\n",
	       vector, frame->rip, frame->rip - (u64)image_start, frame->rsp, error, cr2);
	reset_now();
}

#define PLAIN(n) \
	static __attribute__((interrupt)) void exception_##n(struct frame *frame) { die(n, frame, 0); }
#define WITH_ERROR(n) \
	static __attribute__((interrupt)) void exception_##n(struct frame *frame, unsigned long error) { die(n, frame, error); }

/* SDM 3A, table 6-1: which push an error code; those that are reserved come as 15. */
PLAIN(0) PLAIN(1) PLAIN(2) PLAIN(3) PLAIN(4) PLAIN(5) PLAIN(6) PLAIN(7)
WITH_ERROR(8) PLAIN(9) WITH_ERROR(10) WITH_ERROR(11) WITH_ERROR(12) WITH_ERROR(13) WITH_ERROR(14) PLAIN(15)
PLAIN(16) WITH_ERROR(17) PLAIN(18) PLAIN(19) PLAIN(20) WITH_ERROR(21)

static __attribute__((interrupt)) void timer_interrupt(struct frame *frame)
{
	timer_interrupts++;
	outb(PIC_MASTER, OCW2_EOI);
}

/* Spurious ones of the 8259A (IRQ 7 and 15) want no end of interrupt. */
static __attribute__((interrupt)) void spurious_interrupt(struct frame *frame)
{
}

static __attribute__((interrupt)) void stale_interrupt(struct frame *frame)
{
	stale_interrupts++;
	apic_end_interrupt();
}

static void set_gate(u32 vector, const void *handler)
{
	u64 address = (u64)handler;

	idt[vector] = (struct gate){
		.offset_low = (u16)address, .offset_middle = (u16)(address >> 16), .offset_high = (u32)(address >> 32),
		.selector = ENTRY_CS, .type = GATE_INTERRUPT,
	};
}

#define SET(n) set_gate(n, exception_##n)

void interrupt_init(void)
{
	const struct __attribute__((packed)) {
		u16 limit;
		u64 base;
	} idtr = { sizeof(idt) - 1, (u64)idt };

	for (u32 i = 0; i < EXCEPTIONS; i++)
		set_gate(i, exception_15);
	for (u32 i = EXCEPTIONS; i < VECTORS; i++)
		set_gate(i, i < VECTOR_LOCAL ? spurious_interrupt : stale_interrupt);
	SET(0); SET(1); SET(2); SET(3); SET(4); SET(5); SET(6); SET(7); SET(8); SET(9); SET(10); SET(11);
	SET(12); SET(13); SET(14); SET(16); SET(17); SET(18); SET(19); SET(20); SET(21);
	set_gate(VECTOR_TIMER, timer_interrupt);
	asm volatile("lidt %0" : : "m"(idtr));
}

static u16 pic_read(u8 command)
{
	outb(PIC_MASTER, command);
	outb(PIC_SLAVE, command);
	return (u16)(inb(PIC_MASTER) | inb(PIC_SLAVE) << 8);
}

void pic_report(void)
{
	u16 mask = (u16)(inb(PIC_MASTER + 1) | inb(PIC_SLAVE + 1) << 8);
	u16 irr = pic_read(OCW3_READ_IRR), isr = pic_read(OCW3_READ_ISR);

	report("8259A: mask %04x, requested %04x, in service %04x, level triggered %04x\n", mask, irr, isr,
	       inb(PIC_ELCR) | inb(PIC_ELCR + 1) << 8);
}

static void pic_setup(u16 base, u8 vector, u8 cascade)
{
	outb(base, ICW1_INIT);
	outb(base + 1, vector);
	outb(base + 1, cascade);
	outb(base + 1, ICW4_8086);
}

/* Through the local APIC's LINT0 or past it: whatever way the old kernel left open. */
void pic_test(void)
{
	u32 seen;
	bool ticks;

	pic_setup(PIC_MASTER, VECTOR_TIMER, 1 << 2);
	pic_setup(PIC_SLAVE, VECTOR_SLAVE, 2);
	outb(PIC_SLAVE + 1, 0xff);
	outb(PIC_MASTER + 1, 0xfe);
	asm volatile("sti" : : : "memory");
	ticks = pit_wait(TEST_TICKS);
	asm volatile("cli" : : : "memory");
	outb(PIC_MASTER + 1, 0xff);
	seen = timer_interrupts;
	report("timer interrupts through the 8259A: %u in %u ticks: %s; %u stale ones of the local APIC\n", seen,
	       TEST_TICKS, !ticks ? "no ticks" : seen ? "ok" : "NONE ARRIVE", stale_interrupts);
}
