// SPDX-License-Identifier: GPL-2.0
#include "kexec/kexec_call.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/file.h"
#include "common/log.h"

#define LOCKDOWN_PATH "/sys/kernel/security/lockdown"
#define DISABLED_PATH "/proc/sys/kernel/kexec_load_disabled"

/* Private to Lifeboat's kernel/ until a number is assigned. */
#define KEXEC_CRASH_FALLBACK 0x8000ul

int kexec_call_load(enum kexec_slot slot, u64 entry_pa, const struct kexec_segment *segments, size_t count,
		    unsigned long flags)
{
	flags |= KEXEC_ARCH_X86_64 | (slot == KEXEC_SLOT_BOOT ? 0 : KEXEC_ON_CRASH) |
		 (slot == KEXEC_SLOT_FALLBACK ? KEXEC_CRASH_FALLBACK : 0);
	return syscall(SYS_kexec_load, entry_pa, count, segments, flags) ? -errno : 0;
}

int kexec_call_file_load(enum kexec_slot slot, int kernel_fd, int initrd_fd, const char *cmdline)
{
	unsigned long flags = (slot == KEXEC_SLOT_CRASH ? KEXEC_FILE_ON_CRASH : 0) |
			      (initrd_fd < 0 ? KEXEC_FILE_NO_INITRAMFS : 0);

	return syscall(SYS_kexec_file_load, kernel_fd, initrd_fd, strlen(cmdline) + 1, cmdline, flags) ? -errno : 0;
}

int kexec_call_unload(enum kexec_slot slot)
{
	return kexec_call_load(slot, 0, NULL, 0, 0);
}

int kexec_call_file_unload(enum kexec_slot slot)
{
	unsigned long flags = KEXEC_FILE_UNLOAD | (slot == KEXEC_SLOT_CRASH ? KEXEC_FILE_ON_CRASH : 0);

	return syscall(SYS_kexec_file_load, -1, -1, 0, NULL, flags) ? -errno : 0;
}

const char *kexec_call_explain(int err)
{
	switch (-err) {
	case EPERM:
	case EACCES:
		return "not permitted: lockdown or a security module allows only signed images by kexec_file_load (-s), "
		       "or the kernel.kexec_load_limit_panic sysctl is used up";
	case ENOSYS:
		return "this kernel is built without this system call: try the other one (-c or -s)";
	case EBUSY:
		return "another kexec call is in progress: try again";
	case ENOEXEC:
		return "the kernel does not accept this image: dmesg may say why";
	case EKEYREJECTED:
	case ENOKEY:
	case ENODATA:
	case EBADMSG:
	case ENOPKG:
		return "the image's signature is missing or not trusted by this kernel: sign it with a key that it trusts";
	case ENOMEM:
	case EADDRNOTAVAIL:
		return "the crash region is too small: boot with a larger crashkernel=";
	case EINVAL:
		return "the kernel rejects the request: the command line is too long, or the image is larger than "
		       "half of memory";
	default:
		return strerror(-err);
	}
}

/* "none [integrity] confidentiality": the active level is in brackets. */
bool kexec_call_locked_down(void)
{
	char line[128];

	return !file_read_line(LOCKDOWN_PATH, line, sizeof(line)) && strchr(line, '[') && !strstr(line, "[none]");
}

static bool kexec_call_has_capability(u32 capability)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return !syscall(SYS_capget, &head, data) && data[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability);
}

int kexec_call_check_permission(void)
{
	u64 disabled;

	if (!kexec_call_has_capability(CAP_SYS_BOOT)) {
		log_error("loading, unloading or starting an image needs CAP_SYS_BOOT: run this as root");
		return -EPERM;
	}
	if (!file_read_u64(DISABLED_PATH, 10, &disabled) && disabled) {
		log_error("this kernel loads and unloads no images until it is rebooted: the kernel.kexec_load_disabled sysctl is 1");
		return -EPERM;
	}
	return 0;
}
