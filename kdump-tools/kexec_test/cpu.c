// SPDX-License-Identifier: GPL-2.0
#include "entry.h"
#include "io.h"
#include "parts.h"
#include "report.h"

/* Intel SDM 3A, 2.5 and 2.2.1 */
#define CR0_PG (1ull << 31)
#define CR4_LA57 (1ull << 12)
#define EFER_LMA (1ull << 10)

static u64 base_of(const struct entry_table *table)
{
	u64 base = 0;

	for (u32 i = 0; i < (entry_state.bits == 64 ? 8 : 4); i++)
		base |= (u64)table->base[i] << (8 * i);
	return base;
}

static const char *mode(void)
{
	if (entry_state.bits == 32)
		return entry_state.cr0 & CR0_PG ? "32-bit protected mode, paging ON (wrong)" :
						  "32-bit protected mode, paging off";
	if (!(entry_state.efer & EFER_LMA))
		return "unknown (EFER.LMA is 0)";
	return entry_state.cr4 & CR4_LA57 ? "long mode, 5-level paging" : "long mode, 4-level paging";
}

void cpu_report_entry(void)
{
	static const char name[16][4] = { "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp",
					  "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15" };
	static const char segment[8][5] = { "cs", "ds", "es", "fs", "gs", "ss", "tr", "ldtr" };

	report("entry: %u-bit at 0x%lx\n", entry_state.bits, (u64)image_start + (entry_state.bits == 64 ? 0x200 : 0));
	report("mode: %s\n", mode());
	report("image: 0x%lx-0x%lx\n", (u64)image_start, (u64)image_end);
	report("cr0 %lx cr3 %lx cr4 %lx efer %lx flags %lx\n", entry_state.cr0, entry_state.cr3,
	       entry_state.cr4, entry_state.efer, entry_state.flags);
	for (u32 i = 0; i < (entry_state.bits == 64 ? 16 : 8); i++)
		report("%s%s %lx", i % 8 ? " " : i ? "\n" : "", name[i], entry_state.gpr[i]);
	report("\nsegments:");
	for (u32 i = 0; i < 8; i++)
		report(" %s %x", segment[i], entry_state.segment[i]);
	report("\ngdt 0x%lx limit %x, idt 0x%lx limit %x\n", base_of(&entry_state.gdtr), entry_state.gdtr.limit,
	       base_of(&entry_state.idtr), entry_state.idtr.limit);
}

void cpu_report_identity(void)
{
	u32 eax, words[12];
	u32 ebx, ecx, edx;
	char text[49];

	cpuid(0, &eax, &words[0], &words[2], &words[1]);
	memcpy(text, words, 12);
	text[12] = 0;
	report("cpu: %s", text);
	cpuid(1, &eax, &ebx, &ecx, &edx);
	report(" signature %x, initial APIC id %u", eax, ebx >> 24);
	cpuid(0x80000000, &eax, &ebx, &ecx, &edx);
	if (eax >= 0x80000004) {
		for (u32 i = 0; i < 3; i++)
			cpuid(0x80000002 + i, &words[4 * i], &words[4 * i + 1], &words[4 * i + 2], &words[4 * i + 3]);
		memcpy(text, words, 48);
		text[48] = 0;
		report(", %s", text);
	}
	report("\n");
}
