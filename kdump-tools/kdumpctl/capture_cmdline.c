// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/capture_cmdline.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Never the capture kernel's business.  With rootfstype=ramfs the initramfs may take more
 * than half of the memory, which is tmpfs's limit.
 */
static const char always_removed[] =
	"crashkernel BOOT_IMAGE initrd init rdinit root rootfstype rootflags rootwait rootdelay resume ro rw "
	"elfcorehdr panic_on_warn panic_on_taint panic_print crash_kexec_post_notifiers softlockup_panic hung_task_panic "
	"nmi_watchdog nr_cpus maxcpus isolcpus nohz_full rcu_nocbs";
static const char always_appended[] = "rootfstype=ramfs";

/* Up to the next space outside double quotes. */
static size_t option_length(const char *at)
{
	bool quoted = false;
	size_t length;

	for (length = 0; at[length] && (quoted || !isspace((unsigned char)at[length])); length++)
		if (at[length] == '"')
			quoted = !quoted;
	return length;
}

/* The kernel takes - and _ in a name for the same. */
static bool same_name(const char *a, const char *b, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (a[i] != b[i] && !(strchr("-_", a[i]) && strchr("-_", b[i])))
			return false;
	return true;
}

static bool has_name(const char *names, const char *option, size_t option_bytes)
{
	size_t length = 0;

	while (length < option_bytes && option[length] != '=')
		length++;
	for (const char *name = names; *name; ) {
		size_t bytes = strcspn(name, " \t");

		if (bytes == length && same_name(name, option, length))
			return true;
		name += bytes;
		name += strspn(name, " \t");
	}
	return false;
}

char *capture_cmdline_build(const char *running, const char *remove, const char *append, bool no_tracing)
{
	static const char lockdown[] = " " CAPTURE_CMDLINE_NO_TRACING;
	size_t room = strlen(running) + strlen(append) + sizeof(always_appended) + sizeof(lockdown) + 3;
	char *text = malloc(room), *end = text;

	if (!text)
		return NULL;
	while (*running) {
		size_t length = option_length(running);

		/* What follows "--" is for the old system's init. */
		if (length == 2 && !memcmp(running, "--", 2))
			break;
		if (length && !has_name(always_removed, running, length) && !has_name(remove, running, length)) {
			memcpy(end, running, length);
			end += length;
			*end++ = ' ';
		}
		running += length + (running[length] != 0);
	}
	snprintf(end, room - (end - text), "%s%s%s%s", append, append[0] ? " " : "", always_appended,
		 no_tracing && !has_name(remove, lockdown + 1, strlen(lockdown + 1)) ? lockdown : "");
	return text;
}
