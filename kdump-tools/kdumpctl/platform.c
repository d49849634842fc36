// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/platform.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "capture/crc32.h"
#include "common/cpulist.h"
#include "common/iomem.h"
#include "kdumpctl/acpi.h"
#include "kdumpctl/sysfs.h"
#include "kdumpctl/watchdog_probe.h"

#define ACPI_TABLES "/sys/firmware/acpi/tables"

struct platform_probe {
	const char *root;
	struct platform *platform;
	char *reason;
	size_t reason_size;
};

#define platform_fail(probe, err, fmt, ...) \
	(snprintf((probe)->reason, (probe)->reason_size, fmt, ##__VA_ARGS__), (err))

/* --- clock and reset ------------------------------------------------------------------- */

/* DSDT first, then every SSDT; the type of the name tells. */
static int try_s5(const char *name, void *context)
{
	struct platform_probe *probe = context;
	struct config_reset *reset = &probe->platform->reset;
	char *table;
	size_t bytes;
	int found;

	if ((strncmp(name, "DSDT", 4) && strncmp(name, "SSDT", 4)) ||
	    sysfs_read_all(probe->root, &table, &bytes, ACPI_TABLES "/%s", name))
		return 0;
	found = !acpi_find_s5((const u8 *)table, bytes, &reset->slp_typa, &reset->slp_typb);
	free(table);
	return found;
}

/* The TSC against CLOCK_MONOTONIC_RAW for 20 ms: of use only where there is no PM timer. */
static u32 measure_tsc_khz(void)
{
	struct timespec start, now;
	u64 tsc = __rdtsc(), ns;

	clock_gettime(CLOCK_MONOTONIC_RAW, &start);
	do {
		clock_gettime(CLOCK_MONOTONIC_RAW, &now);
		ns = (now.tv_sec - start.tv_sec) * 1000000000ull + now.tv_nsec - start.tv_nsec;
	} while (ns < 20000000);
	return (__rdtsc() - tsc) * 1000000 / ns;
}

static int probe_clock_and_reset(struct platform_probe *probe)
{
	struct platform *platform = probe->platform;
	char *table;
	size_t bytes;
	int err = sysfs_read_all(probe->root, &table, &bytes, ACPI_TABLES "/FACP");

	if (!err) {
		err = acpi_parse_fadt((const u8 *)table, bytes, &platform->clock, &platform->reset);
		free(table);
		if (err)
			return platform_fail(probe, -EINVAL, "the ACPI table FACP is damaged");
	}
	platform->clock.tsc_khz = measure_tsc_khz();
	if (platform->reset.pm1a_cnt && sysfs_for_each(probe->root, ACPI_TABLES, try_s5, probe) != 1)
		platform->reset.pm1a_cnt = platform->reset.pm1b_cnt = 0;	/* no sleep type, no poweroff */
	return 0;
}

/* --- CPUs -------------------------------------------------------------------------------- */

/* "key<tab>: value" -> value, NULL when the line has another key. */
static const char *cpuinfo_value(const char *line, const char *key)
{
	size_t length = strlen(key);

	if (strncmp(line, key, length))
		return NULL;
	line += length;
	line += strspn(line, " \t");
	return *line == ':' ? line + 1 : NULL;
}

int platform_parse_cpuinfo(const char *text, u32 *apic_ids, u32 capacity, u32 *ret_count)
{
	u32 processors = 0, count = 0;

	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *value = cpuinfo_value(line, "processor");

		if (value && !processors && strtoul(value, NULL, 10))
			return -ENODEV;
		if (value && processors++ != count)
			return -EINVAL;
		value = cpuinfo_value(line, "apicid");
		if (value && count == capacity)
			return -ENOSPC;
		if (value && processors == count + 1)
			apic_ids[count++] = strtoul(value, NULL, 10);
	}
	if (!count || processors != count)
		return -EINVAL;
	*ret_count = count;
	return 0;
}

#define MSR_APIC_BASE 0x1b		/* Intel SDM volume 4, IA32_APIC_BASE */
#define MSR_APIC_BASE_BSP (1u << 8)	/* this CPU came out of reset as the boot CPU */

/* False only when the msr driver is there and tells that CPU 0 is not the one. */
static bool cpu0_is_boot_cpu(const char *root)
{
	char path[PATH_MAX];
	u64 value = MSR_APIC_BASE_BSP;
	int fd;

	snprintf(path, sizeof(path), "%s/dev/cpu/0/msr", root);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	if (pread(fd, &value, sizeof(value), MSR_APIC_BASE) != sizeof(value))
		value = MSR_APIC_BASE_BSP;
	close(fd);
	return value & MSR_APIC_BASE_BSP;
}

static int probe_cpus(struct platform_probe *probe)
{
	struct platform *platform = probe->platform;
	char *text, present[4096];
	size_t bytes;
	u32 *cpus;
	size_t count;
	int err = sysfs_read_all(probe->root, &text, &bytes, "/proc/cpuinfo");

	if (err)
		return platform_fail(probe, err, "cannot read /proc/cpuinfo: %s", strerror(-err));
	err = platform_parse_cpuinfo(text, platform->apic_ids, PLATFORM_MAX_CPUS, &platform->cpu_count);
	free(text);
	if (err == -ENOSPC)
		return platform_fail(probe, err, "the machine has more than %u CPUs, the most that this version knows",
				     PLATFORM_MAX_CPUS);
	if (err == -ENODEV)
		return platform_fail(probe, err, "CPU 0 is offline, so it is unknown which CPU must not be reset; set it online (echo 1 >/sys/devices/system/cpu/cpu0/online)");
	if (err)
		return platform_fail(probe, -ENODEV, "/proc/cpuinfo does not tell an APIC id for every CPU");
	if (!sysfs_read_line(probe->root, present, sizeof(present), "/sys/devices/system/cpu/present") &&
	    !cpulist_parse(present, &cpus, &count)) {
		if (count > platform->cpu_count)
			platform->offline_cpus = count - platform->cpu_count;
		free(cpus);
	}
	/*
	 * Linux numbers the CPU that it booted on 0.  That is the firmware's boot CPU
	 * unless this kernel was itself started by a crash on another one.
	 */
	if (!cpu0_is_boot_cpu(probe->root))
		return platform_fail(probe, -ENODEV, "CPU 0 is not the one that the machine booted on (was this kernel started by a crash?); reboot");
	platform->boot_apic_id = platform->apic_ids[0];
	return 0;
}

/* --- PCI and VT-d ------------------------------------------------------------------------- */

static int add_pci_root(const char *name, void *context)
{
	struct platform *platform = ((struct platform_probe *)context)->platform;
	unsigned segment, bus;
	int used = 0;

	if (sscanf(name, "pci%4x:%2x%n", &segment, &bus, &used) != 2 || name[used] || segment)
		return 0;
	if (platform->pci_root_count == PLATFORM_MAX_PCI_ROOTS)
		return -ENOSPC;
	platform->pci_roots[platform->pci_root_count++] = bus;
	return 0;
}

static int probe_pci_and_vtd(struct platform_probe *probe)
{
	struct platform *platform = probe->platform;
	char *table;
	size_t bytes;
	int err = sysfs_for_each(probe->root, "/sys/devices", add_pci_root, probe);

	if (err == -ENOSPC)
		return platform_fail(probe, err, "the machine has more than %u PCI root buses", PLATFORM_MAX_PCI_ROOTS);
	if (sysfs_read_all(probe->root, &table, &bytes, ACPI_TABLES "/DMAR"))
		return 0;
	err = acpi_parse_dmar((const u8 *)table, bytes, platform->vtd_units, PLATFORM_MAX_VTD_UNITS,
			      &platform->vtd_unit_count);
	free(table);
	if (err == -ENOSPC)
		return platform_fail(probe, err, "the machine has more than %u VT-d units", PLATFORM_MAX_VTD_UNITS);
	if (err)
		return platform_fail(probe, -EINVAL, "the ACPI table DMAR is damaged");
	return 0;
}

int platform_probe(const char *root, struct platform *platform, char *reason, size_t reason_size)
{
	struct platform_probe probe = {
		.root = root, .platform = platform, .reason = reason, .reason_size = reason_size,
	};
	int err;

	memset(platform, 0, sizeof(*platform));
	err = probe_clock_and_reset(&probe);
	if (!err)
		err = probe_cpus(&probe);
	if (!err)
		err = probe_pci_and_vtd(&probe);
	if (!err)
		watchdog_probe(root, platform);
	return err;
}

int platform_fingerprint(struct platform_fingerprint *ret_fingerprint)
{
	struct iomem map;
	u32 crc = 0;
	char online[4096];
	int err = sysfs_read_line("", online, sizeof(online), "/sys/devices/system/cpu/online");

	if (!err)
		err = iomem_init(&map);
	if (err)
		return err;
	for (const struct iomem_entry *ram = NULL; (ram = iomem_next(&map, IOMEM_RAM, ram)); ) {
		crc = crc32_update(crc, &ram->start, sizeof(ram->start));
		crc = crc32_update(crc, &ram->end, sizeof(ram->end));
	}
	iomem_deinit(&map);
	*ret_fingerprint = (struct platform_fingerprint){ .cpus = crc32_update(0, online, strlen(online)), .memory = crc };
	return 0;
}
