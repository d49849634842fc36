/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a crashed kernel tells about itself: ELF notes with the CPUs' registers, and
 * vmcoreinfo, the text from which tools know this kernel's layout.
 */
#ifndef LINUX_CRASH_CORE_H
#define LINUX_CRASH_CORE_H

#include <linux/elf.h>
#include <linux/elfcore.h>
#include <linux/linkage.h>

/* A note is a header, its name and its contents, each padded to 4 bytes (ELF specification, "Note Section"). */
#define CRASH_NOTE_BYTES(name_bytes, desc_bytes) \
	(sizeof(struct elf_note) + ALIGN(name_bytes, 4) + ALIGN(desc_bytes, 4))
#define CRASH_NOTE_END_BYTES	sizeof(struct elf_note)

/* --- one CPU's registers: a note, then an empty header which ends the list --------- */

#define CRASH_CORE_NOTE_NAME	"CORE"
#define CRASH_CORE_NOTE_BYTES \
	(CRASH_NOTE_BYTES(sizeof(CRASH_CORE_NOTE_NAME), sizeof(struct elf_prstatus)) + CRASH_NOTE_END_BYTES)

typedef u32 note_buf_t[CRASH_CORE_NOTE_BYTES / sizeof(u32)];

/* Writes a note at buf and returns the place behind it. */
Elf_Word *append_elf_note(Elf_Word *buf, char *name, unsigned int type, void *data, size_t data_len);
/* Ends a list of notes. */
void final_note(Elf_Word *buf);

/* --- vmcoreinfo, and behind it the phase log (see kernel/phase_log.c) ------------------ */

#define VMCOREINFO_NOTE_NAME		"VMCOREINFO"
#define VMCOREINFO_NOTE_NAME_BYTES	ALIGN(sizeof(VMCOREINFO_NOTE_NAME), 4)
#define VMCOREINFO_BYTES		PAGE_SIZE

#define PHASE_LOG_NOTE_NAME	"LIFEBOAT"
#define PHASE_LOG_NOTE_TYPE	0x4c42504c	/* "LBPL": text, up to the first NUL */
#define PHASE_LOG_BYTES		3840

#define VMCOREINFO_NOTE_SIZE \
	(CRASH_NOTE_BYTES(sizeof(VMCOREINFO_NOTE_NAME), VMCOREINFO_BYTES) + \
	 CRASH_NOTE_BYTES(sizeof(PHASE_LOG_NOTE_NAME), PHASE_LOG_BYTES) + CRASH_NOTE_END_BYTES)

/*
 * The panic path's own record.  phase_log_add takes whole lines; phase_log_phase says that a
 * phase is reached.  One CPU at a time, any context.
 */
__printf(1, 2) void phase_log_add(const char *fmt, ...);
void phase_log_phase(const char *name);

extern u32 *vmcoreinfo_note;
extern unsigned char *vmcoreinfo_data;
extern size_t vmcoreinfo_size;

phys_addr_t paddr_vmcoreinfo_note(void);
void crash_save_vmcoreinfo(void);
void arch_crash_save_vmcoreinfo(void);
__printf(1, 2) void vmcoreinfo_append_str(const char *fmt, ...);

/* Lines of vmcoreinfo; the format is that of Documentation/admin-guide/kdump/vmcoreinfo.rst. */
#define VMCOREINFO_NUMBER(what) \
	vmcoreinfo_append_str("NUMBER(" #what ")=%ld\n", (long)(what))
#define VMCOREINFO_LENGTH(what, count) \
	vmcoreinfo_append_str("LENGTH(" #what ")=%lu\n", (unsigned long)(count))
#define VMCOREINFO_SYMBOL(what) \
	vmcoreinfo_append_str("SYMBOL(" #what ")=%lx\n", (unsigned long)&(what))
#define VMCOREINFO_SYMBOL_ARRAY(what) \
	vmcoreinfo_append_str("SYMBOL(" #what ")=%lx\n", (unsigned long)(what))
#define VMCOREINFO_SIZE(type) \
	vmcoreinfo_append_str("SIZE(" #type ")=%zu\n", sizeof(type))
#define VMCOREINFO_STRUCT_SIZE(tag) \
	vmcoreinfo_append_str("SIZE(" #tag ")=%zu\n", sizeof(struct tag))
#define VMCOREINFO_OFFSET(tag, member) \
	vmcoreinfo_append_str("OFFSET(" #tag "." #member ")=%zu\n", offsetof(struct tag, member))
#define VMCOREINFO_TYPE_OFFSET(type, member) \
	vmcoreinfo_append_str("OFFSET(" #type "." #member ")=%zu\n", offsetof(type, member))
#define VMCOREINFO_CONFIG(option) \
	vmcoreinfo_append_str("CONFIG_" #option "=y\n")
#define VMCOREINFO_OSRELEASE(text) \
	vmcoreinfo_append_str("OSRELEASE=%s\n", text)
#define VMCOREINFO_PAGESIZE(bytes) \
	vmcoreinfo_append_str("PAGESIZE=%ld\n", (long)(bytes))

/* --- crashkernel= -------------------------------------------------------------------------- */

/*
 * Each looks for the last crashkernel= of its form: size,low; size,high; size[@base] or a list of
 * ranges.  ram and what is put out are in bytes; *ret_base is 0 if none was given.
 * Return 0, -ENOENT if there is none of this form, or -EINVAL.
 */
int parse_crashkernel_low(char *cmdline, unsigned long long ram,
			  unsigned long long *ret_size, unsigned long long *ret_base);
int parse_crashkernel_high(char *cmdline, unsigned long long ram,
			   unsigned long long *ret_size, unsigned long long *ret_base);
int parse_crashkernel(char *cmdline, unsigned long long ram,
		      unsigned long long *ret_size, unsigned long long *ret_base);

/* Early boot: reserves what crashkernel= asks for. */
#ifdef CONFIG_KEXEC_CORE
void crashkernel_reserve(void);
#else
static inline void crashkernel_reserve(void)
{
}
#endif

#endif /* LINUX_CRASH_CORE_H */
