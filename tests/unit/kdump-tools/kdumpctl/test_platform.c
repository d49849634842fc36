// SPDX-License-Identifier: GPL-2.0
#include "fake_root.h"
#include "unit.h"

#include <errno.h>

#include "kdumpctl/platform.h"
#include "kdumpctl/watchdog_probe.h"

static const char two_cpus[] =
	"processor\t: 0\nvendor_id\t: X\napicid\t\t: 4\ninitial apicid\t: 4\nflags\t\t: fpu\n\n"
	"processor\t: 1\napicid\t\t: 6\ninitial apicid\t: 6\n\n";

static struct platform platform;
static char reason[512];

static int probe(void)
{
	return platform_probe(fake_root, &platform, reason, sizeof(reason));
}

static void test_platform_parse_cpuinfo_good(void **state)
{
	u32 ids[4], count = 0;

	assert_int_equal(platform_parse_cpuinfo(two_cpus, ids, 4, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(ids[0], 4);
	assert_int_equal(ids[1], 6);
	assert_int_equal(platform_parse_cpuinfo(two_cpus, ids, 1, &count), -ENOSPC);
}

static void test_platform_parse_cpuinfo_bad(void **state)
{
	u32 ids[4], count;

	assert_int_equal(platform_parse_cpuinfo("", ids, 4, &count), -EINVAL);
	assert_int_equal(platform_parse_cpuinfo("processor\t: 0\nmodel name : x\n", ids, 4, &count), -EINVAL);
	assert_int_equal(platform_parse_cpuinfo("processor\t: 0\n\nprocessor\t: 1\napicid : 1\n", ids, 4, &count), -EINVAL);
	assert_int_equal(platform_parse_cpuinfo("processor\t: 1\napicid : 2\n", ids, 4, &count), -ENODEV);
}

static void test_platform_probe_all(void **state)
{
	fake_file("/proc/cpuinfo", two_cpus);
	fake_file("/sys/devices/system/cpu/present", "0-3\n");
	fake_file("/sys/devices/pci0000:00/x", "");
	fake_file("/sys/devices/pci0000:80/x", "");
	fake_file("/sys/devices/pci10000:e0/x", "");
	assert_int_equal(probe(), 0);
	assert_int_equal(platform.cpu_count, 2);
	assert_int_equal(platform.boot_apic_id, 4);
	assert_int_equal(platform.offline_cpus, 2);
	assert_int_equal(platform.pci_root_count, 2);
	assert_int_equal(platform.pci_roots[1], 0x80);
	assert_int_equal(platform.clock.pm_timer_port, 0);
	assert_true(platform.clock.tsc_khz > 100000);
	assert_int_equal(platform.kick_count, 0);
	assert_string_equal(platform.watchdog, "");
}

static void test_platform_probe_damaged_table(void **state)
{
	fake_file("/proc/cpuinfo", two_cpus);
	fake_file("/sys/firmware/acpi/tables/FACP", "FACPnonsense");
	assert_int_equal(probe(), -EINVAL);
	assert_non_null(strstr(reason, "FACP"));
	remove(fake_path("/sys/firmware/acpi/tables/FACP"));
	fake_file("/sys/firmware/acpi/tables/DMAR", "DMAR");
	assert_int_equal(probe(), -EINVAL);
	assert_non_null(strstr(reason, "DMAR"));
}

/* The msr driver tells that another CPU came out of reset first. */
static void test_platform_probe_other_boot_cpu(void **state)
{
	char msrs[64] = { 0 };
	u64 base = 0xfee00800;

	fake_file("/proc/cpuinfo", two_cpus);
	memcpy(msrs + 0x1b, &base, sizeof(base));
	fake_data("/dev/cpu/0/msr", msrs, sizeof(msrs));
	assert_int_equal(probe(), -ENODEV);
	base |= 0x100;
	memcpy(msrs + 0x1b, &base, sizeof(base));
	fake_data("/dev/cpu/0/msr", msrs, sizeof(msrs));
	assert_int_equal(probe(), 0);
}

static void fake_watchdog(const char *identity, const char *active)
{
	fake_file("/sys/class/watchdog/watchdog0/state", active);
	fake_file("/sys/class/watchdog/watchdog0/identity", identity);
	fake_file("/sys/class/watchdog/watchdog0/timeout", "30\n");
	memset(&platform, 0, sizeof(platform));
	watchdog_probe(fake_root, &platform);
}

static void test_watchdog_probe_i6300esb(void **state)
{
	fake_file("/sys/bus/pci/drivers/i6300ESB timer/0000:00:01.0/resource",
		  "0x00000000febd5000 0x00000000febd500f 0x0000000000040200\n0x0 0x0 0x0\n");
	fake_watchdog("i6300ESB timer\n", "active\n");
	assert_int_equal(platform.kick_count, 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(platform.kicks[i].space, SPACE_MEMORY);
		assert_int_equal(platform.kicks[i].address, 0xfebd500c);
		assert_int_equal(platform.kicks[i].width_bytes, 2);
	}
	assert_int_equal(platform.kicks[0].value, 0x80);
	assert_int_equal(platform.kicks[1].value, 0x86);
	assert_int_equal(platform.kicks[2].value, 0x100);
	assert_string_equal(platform.watchdog_problem, "");
	assert_string_equal(platform.watchdog, "i6300ESB timer (30 s)");
	fake_watchdog("i6300ESB timer\n", "inactive\n");
	assert_int_equal(platform.kick_count, 0);
	assert_string_equal(platform.watchdog, "");
}

static void test_watchdog_probe_tco(void **state)
{
	fake_file("/proc/ioports", "0600-067f : 0000:00:1f.0\n  0630-0633 : iTCO_wdt\n  0660-067f : iTCO_wdt\n    0660-067f : iTCO_wdt\n");
	fake_watchdog("iTCO_wdt\n", "active\n");
	assert_int_equal(platform.kick_count, 1);
	assert_int_equal(platform.kicks[0].space, SPACE_IO);
	assert_int_equal(platform.kicks[0].address, 0x660);
	assert_string_equal(platform.watchdog_problem, "");
	fake_file("/proc/ioports", "0000-0000 : iTCO_wdt\n");	/* what one who is not root sees */
	fake_watchdog("iTCO_wdt\n", "active\n");
	assert_int_equal(platform.kick_count, 0);
	assert_string_not_equal(platform.watchdog_problem, "");
}

static void test_watchdog_probe_others(void **state)
{
	fake_watchdog("Software Watchdog\n", "active\n");
	assert_string_equal(platform.watchdog_problem, "");
	fake_watchdog("SBC timer\n", "active\n");
	assert_non_null(strstr(platform.watchdog_problem, "SBC timer"));
	assert_int_equal(platform.kick_count, 0);
	fake_watchdog("wdat_wdt\n", "active\n");	/* but no WDAT */
	assert_string_not_equal(platform.watchdog_problem, "");
}

#define with_root(test) cmocka_unit_test_setup_teardown(test, fake_root_setup, fake_root_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_platform_parse_cpuinfo_good),
		cmocka_unit_test(test_platform_parse_cpuinfo_bad),
		with_root(test_platform_probe_all),
		with_root(test_platform_probe_damaged_table),
		with_root(test_platform_probe_other_boot_cpu),
		with_root(test_watchdog_probe_i6300esb),
		with_root(test_watchdog_probe_tco),
		with_root(test_watchdog_probe_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
