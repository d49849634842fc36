// SPDX-License-Identifier: GPL-2.0
#include "kexec/crash_load.h"

#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "kexec/crash_image.h"
#include "kexec/file_load.h"
#include "kexec/kexec_call.h"
#include "kexec/old_kernel.h"
#include "kexec/slot.h"

/* Where Linux puts a region when it is free to choose: 16 MiB alignment (x86 CRASH_ALIGN). */
#define CRASH_REGION_ALIGN (16ull << 20)

struct crash_load_state {
	struct load_files files, chain_files;
	struct machine machine;
};

static int crash_load_init(struct crash_load_state *state, const struct crash_load *request)
{
	int err = load_files_init(&state->files, request);

	if (err)
		return err;
	state->chain_files = (struct load_files){ 0 };
	if (request->chain)
		err = load_files_init(&state->chain_files, request->chain);
	if (!err)
		err = machine_init(&state->machine);
	if (err) {
		load_files_deinit(&state->files);
		load_files_deinit(&state->chain_files);
	}
	return err;
}

static void crash_load_deinit(struct crash_load_state *state)
{
	machine_deinit(&state->machine);
	load_files_deinit(&state->files);
	load_files_deinit(&state->chain_files);
}

static u64 crash_load_region_start(const struct machine *machine)
{
	return machine->crash.end ? machine->crash.start : CRASH_REGION_ALIGN;
}

static int crash_load_by_kexec_load(const struct crash_load *request, const struct crash_load_state *state)
{
	struct elfcorehdr_facts facts;
	struct crash_image image;
	int err;

	if (kexec_call_locked_down()) {
		log_error("this kernel is locked down (Secure Boot): kexec_load is forbidden, only a signed image can be loaded with kexec_file_load (-s)");
		return -EPERM;
	}
	err = old_kernel_init(&facts, &state->machine);
	if (err)
		return err;
	err = crash_image_init(&image, request, &state->files, &state->chain_files, &state->machine, &facts);
	if (!err) {
		err = crash_image_load(&image);
		crash_image_deinit(&image);
	}
	old_kernel_deinit(&facts);
	return err;
}

static bool crash_load_is_no_space(int err)
{
	return err == -ENOMEM || err == -EADDRNOTAVAIL;
}

static int crash_load_by_file_load(const struct crash_load *request, const struct crash_load_state *state)
{
	const struct machine *machine = &state->machine;
	u64 have = machine->crash.end - machine->crash.start, need;
	int err = file_load_check(request, &state->files);

	if (err)
		return err;
	log_debug("kexec_file_load: the kernel itself places the segments");
	err = file_load_run(KEXEC_SLOT_CRASH, &state->files, request->kernel, request->initrd, request->cmdline);
	if (!err)
		return 0;
	if (request->syscall == LOAD_SYSCALL_AUTO && !kexec_call_locked_down()) {
		log_debug("kexec_file_load failed, now trying kexec_load: %s", kexec_call_explain(err));
		return crash_load_by_kexec_load(request, state);
	}
	if (crash_load_is_no_space(err) &&
	    !file_load_need(request, &state->files, machine, machine->crash.start, &need) && need > have)
		log_error("the crash region is too small: it has %llu KiB, kexec_file_load of this image needs %llu KiB; boot with a larger crashkernel=",
			  (unsigned long long)have >> 10, (unsigned long long)need >> 10);
	else if (err == -EPERM && kexec_call_locked_down())
		log_error("kexec_file_load of %s failed: this kernel is locked down (Secure Boot) and the image is not signed by a key that it trusts",
			  request->kernel);
	else
		log_error("kexec_file_load of %s failed: %s", request->kernel, kexec_call_explain(err));
	return err;
}

static int crash_load_need_kexec_load(const struct crash_load *request, const struct crash_load_state *state,
				      u64 *ret_bytes)
{
	struct elfcorehdr_facts facts;
	struct crash_image image;
	int err = old_kernel_init(&facts, &state->machine);

	if (err)
		return err;
	err = crash_image_init(&image, request, &state->files, &state->chain_files, &state->machine, &facts);
	if (!err) {
		*ret_bytes = placement_need(&image.placement, crash_load_region_start(&state->machine));
		crash_image_deinit(&image);
	}
	old_kernel_deinit(&facts);
	return err;
}

static int crash_load_need_of(const struct crash_load *request, const struct crash_load_state *state,
			      u64 *ret_bytes)
{
	/* With both to choose from, kexec_load is the one that needs less. */
	if (request->syscall == LOAD_SYSCALL_FILE_LOAD ||
	    (request->syscall == LOAD_SYSCALL_AUTO && kexec_call_locked_down()))
		return file_load_need(request, &state->files, &state->machine,
				      crash_load_region_start(&state->machine), ret_bytes);
	return crash_load_need_kexec_load(request, state, ret_bytes);
}

static int crash_load_into_region(const struct crash_load *request, const struct crash_load_state *state)
{
	u64 need;

	if (!state->machine.crash.end) {
		int err = crash_load_need_of(request, state, &need);

		if (!err)
			log_error("no memory is set aside for a crash image: add crashkernel=<size> to the kernel command line and reboot; this image needs %llu KiB",
				  (unsigned long long)need >> 10);
		return err ? err : -ENOSPC;
	}
	if (request->fallback || request->chain || request->syscall == LOAD_SYSCALL_KEXEC_LOAD)
		return crash_load_by_kexec_load(request, state);
	return crash_load_by_file_load(request, state);
}

int crash_load(const struct crash_load *request)
{
	struct crash_load_state state;
	int err = kexec_call_check_permission();

	if (err)
		return err;
	err = crash_load_init(&state, request);
	if (err)
		return err;
	if (!request->no_checks)
		err = load_files_check_dumpkernel(&state.files, request);
	if (!err)
		err = crash_load_into_region(request, &state);
	crash_load_deinit(&state);
	return err;
}

int crash_load_need(const struct crash_load *request, uint64_t *ret_bytes)
{
	struct crash_load_state state;
	int err = crash_load_init(&state, request);

	if (err)
		return err;
	err = crash_load_need_of(request, &state, ret_bytes);
	crash_load_deinit(&state);
	return err;
}

int crash_unload(enum load_syscall call)
{
	return slot_unload(KEXEC_SLOT_CRASH, call);
}

int crash_loaded(void)
{
	return slot_loaded(KEXEC_SLOT_CRASH);
}
