// SPDX-License-Identifier: GPL-2.0
/*
 * Runs interrupts off, on an IST stack; may be entered at any instruction.  On the
 * coordinator it prints by polling and ends in the failure action; another CPU leaves
 * word and halts, its work is done by the coordinator.
 */
#include "trap.h"

#include "capture/dump_error.h"
#include "console.h"
#include "fail.h"
#include "image.h"
#include "io.h"
#include "layout.h"
#include "reset.h"
#include "smp.h"

/* Intel SDM volume 3A (2023-06): 6.14.5 (IST), 7.7 (TSS), 2.5 (control registers). */
#define CR0_WANTED 0x80010033ull	/* PG WP NE ET MP PE */
#define CR4_PAE (1ull << 5)
#define CR4_MCE (1ull << 6)
#define CR4_LA57 (1ull << 12)
#define CPUID_1_EDX_MCE (1u << 7)

#define VECTOR_NMI 2
#define VECTOR_DF 8
#define VECTOR_GP 13
#define VECTOR_PF 14
#define VECTOR_MC 18

/* 15.3.2 Error-reporting register banks. */
#define MSR_MCG_CAP 0x179
#define MSR_MCG_STATUS 0x17a
#define MCG_STATUS_RIPV (1u << 0)
#define MCG_STATUS_EIPV (1u << 1)
#define MSR_MC0_STATUS 0x401
#define MC_STATUS_VALID (1ull << 63)

#define TRAPS 32

struct idt_gate {
	u16 offset_low, selector;
	u8 ist, type;
	u16 offset_middle;
	u32 offset_high, reserved;
};
_Static_assert(sizeof(struct idt_gate) == 16, "SDM 3A figure 6-8");

struct table_register {
	u16 limit;
	u64 base;
} __attribute__((packed));

static struct idt_gate idt[TRAPS];
static struct trap_tables own_tables;
static u8 trap_stack[TRAP_STACKS][LAYOUT_TRAP_STACK_BYTES] __attribute__((aligned(16)));
static u32 nmi_count, depth;

extern const u8 trap_stubs[];
extern const u8 copy_from_old_words[], copy_from_old_bytes[], copy_from_old_fixup[];

static u8 stack_of(u32 vector)
{
	return vector == VECTOR_NMI ? 2 : vector == VECTOR_DF ? 3 : vector == VECTOR_MC ? 4 : 1;
}

static void load_tss(struct trap_tables *tables, u8 *stacks, u32 stack_bytes)
{
	struct tss *tss = &tables->tss;
	u64 *gdt = tables->gdt, base = (u64)tss;

	for (u32 i = 0; i < TRAP_STACKS; i++)
		tss->ist[i] = (u64)stacks + (i + 1) * stack_bytes;
	tss->io_map = sizeof(*tss);
	gdt[LAYOUT_SEL_CODE / 8] = 0x00af9b000000ffff;
	gdt[LAYOUT_SEL_DATA / 8] = 0x00cf93000000ffff;
	gdt[LAYOUT_SEL_TSS / 8] = (sizeof(*tss) - 1) | (base & 0xffffff) << 16 | 0x89ull << 40 |
				  (base >> 24 & 0xff) << 56;
	gdt[LAYOUT_SEL_TSS / 8 + 1] = base >> 32;
	asm volatile("lgdt %0" : : "m"((struct table_register){ sizeof(tables->gdt) - 1, (u64)gdt }));
	asm volatile("ltr %w0" : : "r"(LAYOUT_SEL_TSS));
}

static void make_idt(void)
{
	for (u32 vector = 0; vector < TRAPS; vector++) {
		u64 stub = (u64)trap_stubs + 16 * vector;

		idt[vector] = (struct idt_gate){
			.offset_low = (u16)stub,
			.selector = LAYOUT_SEL_CODE,
			.ist = stack_of(vector),
			.type = 0x8e,	/* present, 64-bit interrupt gate */
			.offset_middle = (u16)(stub >> 16),
			.offset_high = (u32)(stub >> 32),
		};
	}
}

void trap_load(struct trap_tables *tables, u8 *stacks, u32 stack_bytes)
{
	load_tss(tables, stacks, stack_bytes);
	asm volatile("lidt %0" : : "m"((struct table_register){ sizeof(idt) - 1, (u64)idt }));
}

void trap_init(void)
{
	u32 eax, ebx, ecx, edx;
	u64 cr4;

	make_idt();
	trap_load(&own_tables, trap_stack[0], sizeof(trap_stack[0]));
	cpuid(1, &eax, &ebx, &ecx, &edx);
	asm volatile("mov %%cr4, %0" : "=r"(cr4));
	cr4 = (cr4 & CR4_LA57) | CR4_PAE | (edx & CPUID_1_EDX_MCE ? CR4_MCE : 0);
	asm volatile("mov %0, %%cr0" : : "r"(CR0_WANTED));
	asm volatile("mov %0, %%cr4" : : "r"(cr4));
}

/* Forgets what the banks reported, so that the next machine check is not a shutdown. */
static void clear_machine_check(void)
{
	u32 banks = rdmsr(MSR_MCG_CAP) & 0xff;

	for (u32 i = 0; i < banks; i++)
		if (rdmsr(MSR_MC0_STATUS + 4 * i) & MC_STATUS_VALID)
			wrmsr(MSR_MC0_STATUS + 4 * i, 0);
	wrmsr(MSR_MCG_STATUS, 0);
}

static bool mend_old_memory_read(struct trap_frame *frame)
{
	if ((frame->rip != (u64)copy_from_old_words && frame->rip != (u64)copy_from_old_bytes) ||
	    (frame->vector != VECTOR_PF && frame->vector != VECTOR_GP && frame->vector != VECTOR_MC))
		return false;
	if (frame->vector == VECTOR_MC)
		clear_machine_check();
	frame->rip = (u64)copy_from_old_fixup;
	return true;
}

/* 15.3.1.2: every CPU is told of a memory error that one has met; what this one did is not affected. */
static bool is_of_another_cpu(const struct trap_frame *frame)
{
	u64 status;

	if (frame->vector != VECTOR_MC)
		return false;
	status = rdmsr(MSR_MCG_STATUS);
	if (!(status & MCG_STATUS_RIPV) || status & MCG_STATUS_EIPV)
		return false;
	clear_machine_check();
	return true;
}

void trap_handle(struct trap_frame *f)
{
	struct smp_cpu *cpu = smp_cpu_on(f);
	u64 cr2, cr3;
	const u8 *image = _image;

	if (mend_old_memory_read(f) || is_of_another_cpu(f))
		return;
	if (f->vector == VECTOR_NMI) {
		/* Somebody's button or the dead kernel's counters: no reason to lose the dump. */
		if (!cpu && !nmi_count++)
			console_printf("NMI ignored (rip image+%llx)\n",
				       (unsigned long long)(f->rip - (u64)image));
		return;
	}
	if (cpu)
		smp_die(cpu, f->vector, f->rip - (u64)image);
	if (depth++)
		reset_machine(ACTION_REBOOT);	/* a fault while telling of a fault */
	asm volatile("mov %%cr2, %0" : "=r"(cr2));
	asm volatile("mov %%cr3, %0" : "=r"(cr3));
	console_printf("exception %llu error %llx at image+%llx (image at %llx)\n",
		       (unsigned long long)f->vector, (unsigned long long)f->error,
		       (unsigned long long)(f->rip - (u64)image), (unsigned long long)(u64)image);
	console_printf("cr2 %llx cr3 %llx rflags %llx rsp %llx cs %llx\n", (unsigned long long)cr2,
		       (unsigned long long)cr3, (unsigned long long)f->rflags, (unsigned long long)f->rsp,
		       (unsigned long long)f->cs);
	console_printf("rax %llx rbx %llx rcx %llx rdx %llx\n", (unsigned long long)f->rax,
		       (unsigned long long)f->rbx, (unsigned long long)f->rcx, (unsigned long long)f->rdx);
	console_printf("rsi %llx rdi %llx rbp %llx r8 %llx\n", (unsigned long long)f->rsi,
		       (unsigned long long)f->rdi, (unsigned long long)f->rbp, (unsigned long long)f->r8);
	console_printf("r9 %llx r10 %llx r11 %llx r12 %llx\n", (unsigned long long)f->r9,
		       (unsigned long long)f->r10, (unsigned long long)f->r11, (unsigned long long)f->r12);
	console_printf("r13 %llx r14 %llx r15 %llx\n", (unsigned long long)f->r13,
		       (unsigned long long)f->r14, (unsigned long long)f->r15);
	fail_trap((unsigned)f->vector);
}
