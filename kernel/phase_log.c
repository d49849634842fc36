// SPDX-License-Identifier: GPL-2.0
/*
 * The phase log: how far a panic came and when, which CPUs did not stop and what they ran.  Text,
 * one line per event, "key=value" or "phase=NAME tsc=COUNT"; it reaches the dump as an ELF note
 * behind VMCOREINFO, and a debugger as phase_log_text.
 *
 * Written at the panic by one CPU, interrupts off, any lock may be held.  Nothing here waits,
 * allocates or trusts a pointer that a crash may have spoilt.
 */
#include <linux/crash_core.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/kexec.h>
#include <linux/kmsg_dump.h>
#include <linux/panic.h>
#include <linux/string.h>
#include <linux/timex.h>

#include "internal.h"

static char phase_log_text[PHASE_LOG_BYTES];
static size_t phase_log_bytes;

void phase_log_add(const char *fmt, ...)
{
	size_t room = sizeof(phase_log_text) - phase_log_bytes;
	va_list args;

	va_start(args, fmt);
	phase_log_bytes += vscnprintf(phase_log_text + phase_log_bytes, room, fmt, args);
	va_end(args);
}

void phase_log_phase(const char *name)
{
	phase_log_add("phase=%s tsc=%llu\n", name, (unsigned long long)get_cycles());
}

Elf_Word *phase_log_append_note(Elf_Word *buf)
{
	return append_elf_note(buf, PHASE_LOG_NOTE_NAME, PHASE_LOG_NOTE_TYPE, phase_log_text, sizeof(phase_log_text));
}

/* What says why, in the kernel log; the earlier in the list, the better. */
static const char *const reasons[] = { "Kernel panic - not syncing: ", "BUG at ", "BUG: ", "Oops: ", "general protection" };

static void add_reason(void)
{
	static char tail[2048];
	struct kmsg_dump_iter iter;
	unsigned int i;
	size_t bytes = 0;
	char *found = NULL;

	kmsg_dump_rewind(&iter);
	if (!kmsg_dump_get_buffer(&iter, false, tail, sizeof(tail) - 1, &bytes))
		return;
	tail[bytes] = '\0';
	for (i = 0; i < ARRAY_SIZE(reasons) && !found; i++)
		found = strstr(tail, reasons[i]);
	if (found)
		phase_log_add("reason=%.*s\n", (int)strcspn(found, "\n"), found);
}

void phase_log_append_circumstances(void)
{
	add_reason();
	phase_log_add("taint=%s\n", print_tainted());
	phase_log_add("cmdline=%.*s\n", 2048, saved_command_line);
}
