// SPDX-License-Identifier: GPL-2.0
/* Checks of the machine around the dump kernel, and of the memory set aside for it. */
#include "kdumpctl/checks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/file.h"
#include "kdumpctl/bootopts.h"
#include "kdumpctl/config_block.h"
#include "kdumpctl/protection.h"
#include "kdumpctl/sysfs.h"

#define say(...) snprintf(detail, size, __VA_ARGS__)
#define KIB(bytes) ((unsigned long long)(bytes) >> 10)

enum preflight_result check_platform(struct preflight *preflight, char *detail, size_t size)
{
	struct platform *platform = &preflight->platform;
	char reason[512];
	int length;

	if (platform_probe("", platform, reason, sizeof(reason))) {
		say("%s", reason);
		return PREFLIGHT_FAIL;
	}
	preflight->platform_ok = true;
	length = say("%u online, boot CPU has APIC id %u", platform->cpu_count, platform->boot_apic_id);
	if (platform->offline_cpus)
		snprintf(detail + length, size - length,
			 "; %u more offline, which stay parked: run 'kdumpctl reload' when one is set online",
			 platform->offline_cpus);
	return PREFLIGHT_OK;
}

enum preflight_result check_clock(struct preflight *preflight, char *detail, size_t size)
{
	const struct platform *platform = &preflight->platform;
	const struct config_reset *reset = &platform->reset;
	char reset_text[64];

	if (!preflight->platform_ok) {
		say("not checked");
		return PREFLIGHT_SKIP;
	}
	if (reset->present)
		snprintf(reset_text, sizeof(reset_text), "ACPI register 0x%llx", (unsigned long long)reset->address);
	else
		snprintf(reset_text, sizeof(reset_text), "port 0xcf9, keyboard controller, triple fault");
	if (preflight->conf->final_action == CAPTURE_POWEROFF && !reset->pm1a_cnt) {
		say("final_action poweroff: how to power off this machine is not told by ACPI, so that it would reboot instead");
		return PREFLIGHT_WARN;
	}
	if (platform->clock.pm_timer_port)
		say("ACPI PM timer at port 0x%x; reset by %s", platform->clock.pm_timer_port, reset_text);
	else
		say("no ACPI PM timer, TSC at %u kHz; reset by %s", platform->clock.tsc_khz, reset_text);
	return PREFLIGHT_OK;
}

enum preflight_result check_iommu(struct preflight *preflight, char *detail, size_t size)
{
	bool checked = false;

	for (u32 i = 0; i < preflight->targets; i++) {
		const struct preflight_target *target = &preflight->target[i];

		if (!target->probe_ok)
			continue;
		checked = true;
		if (protection_check_iommu("", target->probe.pci, detail, size))
			return PREFLIGHT_FAIL;
	}
	return !checked && protection_check_iommu("", "none", detail, size) ? PREFLIGHT_FAIL : PREFLIGHT_OK;
}

enum preflight_result check_encryption(struct preflight *preflight, char *detail, size_t size)
{
	return protection_check_encryption("", detail, size) ? PREFLIGHT_FAIL : PREFLIGHT_OK;
}

enum preflight_result check_watchdog(struct preflight *preflight, char *detail, size_t size)
{
	const struct platform *platform = &preflight->platform;

	if (!preflight->platform_ok) {
		say("not checked");
		return PREFLIGHT_SKIP;
	}
	if (!platform->watchdog[0]) {
		say("none runs");
		return PREFLIGHT_OK;
	}
	if (platform->watchdog_problem[0]) {
		say("%s runs and may reset the machine in the middle of a dump: %s; stop it, or give it a longer timeout than a dump takes",
		    platform->watchdog, platform->watchdog_problem);
		return PREFLIGHT_WARN;
	}
	say("%s runs; the dump kernel kicks it (%u step%s)", platform->watchdog, platform->kick_count,
	    platform->kick_count == 1 ? "" : "s");
	return PREFLIGHT_OK;
}

/* --- the region ----------------------------------------------------------------------------- */

static int build_config(struct preflight *preflight)
{
	/* Without a target the block only serves to know its size. */
	static const struct config_target any = { .driver = DRIVER_NVME, .block_bytes = 512 };
	struct config_block_target targets[CONF_MAX_TARGETS] = { { .target = &any } };
	u32 count = 0;
	struct config_policy policy = {
		.final_action = (u8)preflight->conf->final_action,
		.failure_action = conf_standalone_failure_action(preflight->conf),
	};

	for (u32 i = 0; i < preflight->targets; i++) {
		const struct preflight_target *target = &preflight->target[i];

		if (target->usable)
			targets[count++] = (struct config_block_target){
				&target->probe.config, target->extents.list, target->extents.count,
			};
	}
	return config_block_build(&preflight->platform, targets, count ? count : 1, &policy, &preflight->conf->dump, preflight->config,
				  &preflight->config_bytes);
}

/* What loading takes is computed from the very files, the config block among them. */
static int compute_need(struct preflight *preflight)
{
	struct need_targets targets = { 0 };
	struct crash_load request;
	char path[64];
	int fd = memfd_create("lifeboat-config", MFD_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (u32 i = 0; i < preflight->targets; i++)
		if (preflight->target[i].usable)
			need_add_target(&targets, preflight->target[i].probe.size_bytes,
					preflight->target[i].extents.count);
	request = preflight_request(preflight, path);
	err = file_pwrite_all(fd, preflight->config, preflight->config_bytes, 0);
	if (!err)
		err = need_compute(&request, &targets, &preflight->conf->dump, &preflight->need);
	if (!err && preflight->fallback)
		need_add_fallback(&preflight->need, preflight->fallback->need.total_bytes);
	close(fd);
	return err;
}

int region_compute_need(struct preflight *preflight)
{
	char cmdline[4096] = "";
	int err;

	sysfs_read_line("", cmdline, sizeof(cmdline), "/proc/cmdline");
	err = bootopts_for_dump(cmdline, preflight->cmdline, sizeof(preflight->cmdline));
	if (!err)
		err = build_config(preflight);
	return err ? err : compute_need(preflight);
}

enum preflight_result check_region(struct preflight *preflight, char *detail, size_t size)
{
	int err;

	if (sysfs_read_u64("", 10, &preflight->region_bytes, "/sys/kernel/kexec_crash_size") || !preflight->region_bytes) {
		say("no memory is set aside: add crashkernel=1M to the kernel's command line and reboot ('kdumpctl estimate' tells the least size)");
		return PREFLIGHT_FAIL;
	}
	if (!preflight->image_ok || !preflight->platform_ok) {
		say("%llu KiB, the need was not computed", KIB(preflight->region_bytes));
		return PREFLIGHT_SKIP;
	}
	err = region_compute_need(preflight);
	if (err) {
		say("how much is needed can't be computed: %s", strerror(-err));
		return PREFLIGHT_FAIL;
	}
	if (preflight->region_bytes < preflight->need.total_bytes) {
		say("the crash region has %llu KiB, %llu KiB are needed; add crashkernel=%lluK to the kernel's command line and reboot",
		    KIB(preflight->region_bytes), KIB(preflight->need.total_bytes), KIB(preflight->need.total_bytes));
		return PREFLIGHT_FAIL;
	}
	say("%llu KiB, %llu KiB needed", KIB(preflight->region_bytes), KIB(preflight->need.total_bytes));
	return PREFLIGHT_OK;
}
