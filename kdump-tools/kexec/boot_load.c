// SPDX-License-Identifier: GPL-2.0
#include "kexec/boot_load.h"

#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "kexec/boot_image.h"
#include "kexec/file_load.h"

static int boot_load_by_kexec_load(const struct boot_load *request, const struct load_files *files,
				   const struct boot_kernel *kernel)
{
	struct machine machine;
	int err;

	if (kexec_call_locked_down()) {
		log_error("this kernel is locked down (Secure Boot): kexec_load is forbidden, only a signed bzImage can be loaded with kexec_file_load (-s)");
		return -EPERM;
	}
	err = machine_init_for_boot(&machine);
	if (err)
		return err;
	err = boot_image_load(request, files, kernel, &machine);
	machine_deinit(&machine);
	return err;
}

/* Why kexec_file_load can't do what is asked for; NULL when it can. */
static const char *boot_load_reject_file_load(const struct boot_load *request, const struct boot_kernel *kernel)
{
	if (kernel->type != BOOT_KERNEL_BZIMAGE64)
		return "it starts a bzImage at its 64-bit entry and nothing else";
	if (request->min_pa || request->end_pa != UINT64_MAX)
		return "it takes no --mem-min and --mem-max";
	if (strlen(request->cmdline) > file_load_cmdline_max(kernel->cmdline_max_bytes))
		return "the command line is too long for it";
	return NULL;
}

static int boot_load_files(const struct boot_load *request, const struct load_files *files,
			   const struct boot_kernel *kernel)
{
	const char *why = boot_load_reject_file_load(request, kernel);
	int err = -ENOEXEC;

	if (request->syscall == LOAD_SYSCALL_KEXEC_LOAD)
		return boot_load_by_kexec_load(request, files, kernel);
	if (!why) {
		log_debug("kexec_file_load: the kernel itself places the segments");
		err = file_load_run(KEXEC_SLOT_BOOT, files, request->kernel, request->initrd, request->cmdline);
		if (!err)
			return 0;
		why = err == -ENOMEM || err == -EADDRNOTAVAIL ? "not enough free memory" : kexec_call_explain(err);
	}
	if (request->syscall == LOAD_SYSCALL_AUTO && !kexec_call_locked_down()) {
		log_debug("not by kexec_file_load (%s), now by kexec_load", why);
		return boot_load_by_kexec_load(request, files, kernel);
	}
	log_error("kexec_file_load of %s failed: %s", request->kernel, why);
	return err;
}

int boot_load(const struct boot_load *request)
{
	struct boot_kernel kernel;
	struct load_files files;
	const char *why;
	int err = kexec_call_check_permission();

	if (!err)
		err = load_files_read(&files, request->kernel, request->initrd);
	if (err)
		return err;
	err = boot_kernel_init(&kernel, files.kernel, files.kernel_bytes, request->type, request->entry_32bit, &why);
	if (err) {
		log_error("cannot load %s: %s", request->kernel, err == -ENOMEM ? "out of memory" : why);
	} else {
		log_debug("%s is of type %s", request->kernel, boot_kernel_type_name(kernel.type));
		err = boot_load_files(request, &files, &kernel);
		boot_kernel_deinit(&kernel);
	}
	load_files_deinit(&files);
	return err;
}
