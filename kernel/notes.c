// SPDX-License-Identifier: GPL-2.0
/*
 * Each CPU's registers at the panic, as an ELF note at an address that loaders read from sysfs.
 *
 * crash_save_cpu() runs at the panic on each CPU by itself, in NMI context on all but one; it
 * touches its own CPU's note and nothing else.
 */
#include <linux/elfcore.h>
#include <linux/init.h>
#include <linux/kexec.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/string.h>

Elf_Word *append_elf_note(Elf_Word *buf, char *name, unsigned int type, void *data, size_t data_len)
{
	struct elf_note head = { .n_namesz = strlen(name) + 1, .n_descsz = data_len, .n_type = type };
	char *to = (char *)buf;

	memcpy(to, &head, sizeof(head));
	to += sizeof(head);
	memcpy(to, name, head.n_namesz);
	to += ALIGN(head.n_namesz, sizeof(Elf_Word));
	memcpy(to, data, data_len);
	return (Elf_Word *)(to + ALIGN(data_len, sizeof(Elf_Word)));
}

void final_note(Elf_Word *buf)
{
	const struct elf_note none = { 0 };

	memcpy(buf, &none, sizeof(none));
}

#ifdef CONFIG_KEXEC_CORE

note_buf_t __percpu *crash_notes;

void crash_save_cpu(struct pt_regs *regs, int cpu)
{
	struct elf_prstatus status = { .common.pr_pid = current->pid };
	Elf_Word *end;

	if (!crash_notes || cpu < 0 || cpu >= nr_cpu_ids)
		return;
	elf_core_copy_regs(&status.pr_reg, regs);
	end = append_elf_note(*per_cpu_ptr(crash_notes, cpu), CRASH_CORE_NOTE_NAME, NT_PRSTATUS,
			      &status, sizeof(status));
	final_note(end);
}

/*
 * A loader knows a note by one physical address, so it must not cross a page: per-CPU memory
 * may be mapped page by page.  A power of two that fits into a page can't cross one.
 */
static int __init notes_init(void)
{
	const size_t align = roundup_pow_of_two(sizeof(note_buf_t));

	static_assert(sizeof(note_buf_t) <= PAGE_SIZE);
	crash_notes = __alloc_percpu(sizeof(note_buf_t), min_t(size_t, align, PAGE_SIZE));
	if (crash_notes)
		return 0;
	pr_warn("kexec: no memory for crash notes: a dump will have no registers\n");
	return -ENOMEM;
}
subsys_initcall(notes_init);

#endif /* CONFIG_KEXEC_CORE */
