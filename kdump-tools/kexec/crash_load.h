/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Loading, unloading and asking about a crash image; used by kexec and kdumpctl.
 * Every function says its errors through log_error() and returns 0 or a negative errno.
 */
#ifndef KEXEC_CRASH_LOAD_H
#define KEXEC_CRASH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum load_syscall {
	LOAD_SYSCALL_AUTO,	/* kexec_file_load, then kexec_load if the kernel lacks or refuses it */
	LOAD_SYSCALL_KEXEC_LOAD,
	LOAD_SYSCALL_FILE_LOAD,
};

struct crash_load {
	const char *kernel;	/* path of a bzImage */
	const char *initrd;	/* path, or NULL */
	const char *cmdline;	/* without elfcorehdr=, which loading adds; "" allowed */
	enum load_syscall syscall;
	bool fallback;		/* load it beside the first, by kexec_load (kexec --fallback) */
	bool no_checks;		/* hand no sums over, look into no dump kernel's files (kexec -i) */
	/*
	 * What the dump kernel starts when it can't dump: kernel, initrd and cmdline of it.
	 * NULL: nothing.  By kexec_load only, and only with the dump kernel.
	 */
	const struct crash_load *chain;
};

/* Replaces the crash image, or the fallback.  On failure the old image may be unloaded: ask crash_loaded(). */
int crash_load(const struct crash_load *request);

int crash_unload(enum load_syscall syscall);

/* 1 loaded, 0 not, negative errno when sysfs can't tell. */
int crash_loaded(void);

/*
 * Bytes of crash region that crash_load() of this request would need on this machine
 * (image, stub, boot_params, command line, initrd, elfcorehdr, the kernel's own control
 * pages and identity page tables), before the working memory that the image then uses.
 */
int crash_load_need(const struct crash_load *request, uint64_t *ret_bytes);

#endif
