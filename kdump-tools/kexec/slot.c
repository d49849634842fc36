// SPDX-License-Identifier: GPL-2.0
#include "kexec/slot.h"

#include <string.h>

#include "common/file.h"
#include "common/log.h"
#include "kexec/fallback.h"

static const char *slot_name(enum kexec_slot slot)
{
	return slot == KEXEC_SLOT_BOOT ? "next kernel" : slot == KEXEC_SLOT_CRASH ? "crash image" : "fallback";
}

int slot_unload(enum kexec_slot slot, enum load_syscall call)
{
	int err = kexec_call_check_permission();

	if (!err && slot == KEXEC_SLOT_FALLBACK) {
		call = LOAD_SYSCALL_KEXEC_LOAD;
		err = fallback_check_support();
	}
	if (err)
		return err;
	if (call != LOAD_SYSCALL_KEXEC_LOAD)
		err = kexec_call_file_unload(slot);
	if (call == LOAD_SYSCALL_KEXEC_LOAD || (err && call == LOAD_SYSCALL_AUTO))
		err = kexec_call_unload(slot);
	if (err)
		log_error("cannot unload the %s: %s", slot_name(slot),
			  kexec_call_explain(err));
	return err;
}

int slot_loaded(enum kexec_slot slot)
{
	const char *path = slot == KEXEC_SLOT_CRASH ? "/sys/kernel/kexec_crash_loaded" : "/sys/kernel/kexec_loaded";
	u64 loaded;
	int err = file_read_u64(path, 10, &loaded);

	if (err) {
		log_error("cannot read %s: %s", path, strerror(-err));
		return err;
	}
	return loaded != 0;
}
