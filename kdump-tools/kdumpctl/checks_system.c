// SPDX-License-Identifier: GPL-2.0
/* Checks of the running kernel and of the image that it is to load. */
#include "kdumpctl/checks.h"

#include <stdio.h>
#include <unistd.h>

#include "kdumpctl/armed.h"
#include "kdumpctl/bootopts.h"
#include "kdumpctl/protection.h"
#include "kdumpctl/sysfs.h"

#define say(...) snprintf(detail, size, __VA_ARGS__)

enum preflight_result check_root(struct preflight *preflight, char *detail, size_t size)
{
	if (geteuid()) {
		say("must be run as root");
		return PREFLIGHT_FAIL;
	}
	say("yes");
	return PREFLIGHT_OK;
}

enum preflight_result check_kernel(struct preflight *preflight, char *detail, size_t size)
{
	char release[128] = "unknown";
	u64 value;

	sysfs_read_line("", release, sizeof(release), "/proc/sys/kernel/osrelease");
	if (sysfs_read_u64("", 10, &value, "/sys/kernel/kexec_crash_loaded")) {
		say("this kernel (%s) can't load crash images: it was built without CONFIG_KEXEC, or /sys is not mounted", release);
		return PREFLIGHT_FAIL;
	}
	if (!sysfs_read_u64("", 10, &value, "/proc/sys/kernel/kexec_load_disabled") && value) {
		say("loading crash images was switched off until the next boot (sysctl kernel.kexec_load_disabled=1); find who sets it, and reboot");
		return PREFLIGHT_FAIL;
	}
	say("%s", release);
	return PREFLIGHT_OK;
}

enum preflight_result check_mode(struct preflight *preflight, char *detail, size_t size)
{
	const struct conf *conf = preflight->conf;

	say("%s: %s", mode_name(preflight->mode), preflight->why);
	if (preflight->mode == MODE_STANDALONE && conf->core_collector[0]) {
		say("%s: %s; core_collector is not used in it: the dump is a full ELF file, which kdump-save then filters", mode_name(preflight->mode),
		    preflight->why);
		return PREFLIGHT_WARN;
	}
	return PREFLIGHT_OK;
}

enum preflight_result check_image(struct preflight *preflight, char *detail, size_t size)
{
	char reason[256];

	if (image_check_file(preflight->image_path, &preflight->image, reason, sizeof(reason))) {
		say("%s can't be used: %s", preflight->image_path, reason);
		return PREFLIGHT_FAIL;
	}
	preflight->image_ok = true;
	say("%s, %s, %llu bytes%s", preflight->image_path, preflight->image.version,
	    (unsigned long long)preflight->image.file_bytes, preflight->image.is_signed ? ", signed" : "");
	return PREFLIGHT_OK;
}

/* Also settles which system call will be used. */
enum preflight_result check_lockdown(struct preflight *preflight, char *detail, size_t size)
{
	const struct linux_mode *linux_mode = preflight->capture;
	bool is_signed = preflight->mode == MODE_LINUX ? linux_mode && linux_mode->kernel_ok && linux_mode->kernel.is_signed :
							 preflight->image_ok && preflight->image.is_signed;
	int err = protection_check_lockdown("", is_signed, &preflight->locked_down, detail, size);

	if (preflight->locked_down && preflight->syscall == LOAD_SYSCALL_KEXEC_LOAD) {
		say("the kernel is locked down and refuses kexec_load; use -s (kexec_file_load) with a signed image");
		return PREFLIGHT_FAIL;
	}
	/* kexec_load passes sums on and needs less memory; lockdown allows only the other. */
	if (preflight->syscall == LOAD_SYSCALL_AUTO)
		preflight->syscall = preflight->locked_down ? LOAD_SYSCALL_FILE_LOAD : LOAD_SYSCALL_KEXEC_LOAD;
	return err ? PREFLIGHT_FAIL : PREFLIGHT_OK;
}

enum preflight_result check_other_image(struct preflight *preflight, char *detail, size_t size)
{
	struct armed armed;
	u64 loaded = 0;

	sysfs_read_u64("", 10, &loaded, "/sys/kernel/kexec_crash_loaded");
	if (!loaded) {
		say("no crash image is loaded yet");
		return PREFLIGHT_OK;
	}
	if (!armed_read(&armed)) {
		say("our crash image is loaded; start keeps it, reload replaces it");
		return PREFLIGHT_OK;
	}
	if (preflight->force) {
		say("another tool's crash image is loaded and will be replaced, as forced");
		return PREFLIGHT_WARN;
	}
	say("another tool (kdump-tools, kexec -p?) has loaded a crash image; stop it first, or replace its image: kdumpctl start --force");
	return PREFLIGHT_FAIL;
}

enum preflight_result check_oops(struct preflight *preflight, char *detail, size_t size)
{
	u64 value = 0;

	if (preflight->conf->panic_on_oops) {
		say("start sets kernel.panic_on_oops=1, so that an oops is dumped, too");
		return PREFLIGHT_OK;
	}
	if (!sysfs_read_u64("", 10, &value, "/proc/sys/kernel/panic_on_oops") && value) {
		say("kernel.panic_on_oops=1: an oops is dumped, too");
		return PREFLIGHT_OK;
	}
	say("kernel.panic_on_oops=0 and the configuration says 'panic_on_oops no': an oops will not be dumped, only a panic");
	return PREFLIGHT_WARN;
}

enum preflight_result check_notifiers(struct preflight *preflight, char *detail, size_t size)
{
	char cmdline[4096] = "", value[8] = "N";

	sysfs_read_line("", cmdline, sizeof(cmdline), "/proc/cmdline");
	sysfs_read_line("", value, sizeof(value), "/sys/module/kernel/parameters/crash_kexec_post_notifiers");
	if (value[0] == 'Y' || bootopts_has(cmdline, "crash_kexec_post_notifiers", NULL)) {
		say("crash_kexec_post_notifiers is set: other code runs between the panic and the dump and may hang there; remove it unless it is needed");
		return PREFLIGHT_WARN;
	}
	say("none run before the dump");
	return PREFLIGHT_OK;
}
