// SPDX-License-Identifier: GPL-2.0
/* Checks of the machine around the dump kernel. */
#include "kdumpctl/checks.h"

#include <stdio.h>

#include "kdumpctl/protection.h"

#define say(...) snprintf(detail, size, __VA_ARGS__)

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
