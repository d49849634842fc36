// SPDX-License-Identifier: GPL-2.0
#include "kexec/machine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cpulist.h"
#include "common/file.h"
#include "common/log.h"
#include "kexec/firmware.h"
#include "kexec/identity_map.h"

#define LOW_MIB_BYTES (1ull << 20)

static bool machine_file_has(const char *path, const char *word)
{
	char *text;
	size_t bytes;
	bool has;

	if (file_read(path, 64u << 20, &text, &bytes))
		return false;
	has = strstr(text, word);
	free(text);
	return has;
}

/*
 * With crashkernel=,high there are two "Crash kernel" entries, and only the one of
 * kexec_crash_size bytes takes images; of two equal ones it is the higher.
 */
void machine_find_regions(struct machine *machine, u64 crash_size_bytes)
{
	const struct iomem_entry *entry = NULL, *image = NULL;

	while ((entry = iomem_next(&machine->iomem, IOMEM_CRASH, entry)))
		if (entry->end - entry->start == crash_size_bytes)
			image = entry;
	machine->crash = machine->crash_low = (struct memrange){ 0 };
	if (!image)
		return;
	machine->crash = (struct memrange){ image->start, image->end };
	while ((entry = iomem_next(&machine->iomem, IOMEM_CRASH, entry)))
		if (entry != image)
			machine->crash_low = (struct memrange){ entry->start, entry->end };
}

static int machine_read_cpus(struct machine *machine)
{
	u32 *cpus;
	size_t count;
	int err = cpulist_read("/sys/devices/system/cpu/possible", &cpus, &count);

	if (err) {
		log_error("cannot read /sys/devices/system/cpu/possible: %s", strerror(-err));
		return err;
	}
	free(cpus);
	machine->possible_cpus = count;
	return 0;
}

int machine_init_for_boot(struct machine *machine)
{
	struct machine found = { 0 };
	int err = iomem_init(&found.iomem);

	if (err)
		return err;
	/* Linux hides the flag when it does not use it, and prints DirectMap1G only if it does. */
	found.five_level = machine_file_has("/proc/cpuinfo", " la57");
	found.gb_pages = machine_file_has("/proc/meminfo", "DirectMap1G");
	*machine = found;
	return 0;
}

/* Linux 6.6, Documentation/ABI/testing/sysfs-kernel-kexec-kdump: there when CONFIG_CRASH_HOTPLUG is. */
u64 machine_elfcorehdr_room(void)
{
	u64 bytes;

	return file_read_u64("/sys/kernel/crash_elfcorehdr_size", 10, &bytes) ? 0 : bytes;
}

int machine_init(struct machine *machine)
{
	struct machine found = { 0 };
	u64 crash_bytes = 0;
	int err;

	err = file_read_u64("/sys/kernel/kexec_crash_size", 10, &crash_bytes);
	if (err) {
		log_error("cannot read /sys/kernel/kexec_crash_size: %s%s", strerror(-err),
			  err == -ENOENT ? "; this kernel is built without crash dump support" : "");
		return err;
	}
	err = machine_init_for_boot(&found);
	if (err)
		return err;
	machine_find_regions(&found, crash_bytes);
	found.elfcorehdr_room_bytes = machine_elfcorehdr_room();
	err = machine_read_cpus(&found);
	if (err) {
		machine_deinit(&found);
		return err;
	}
	*machine = found;
	return 0;
}

void machine_deinit(struct machine *machine)
{
	iomem_deinit(&machine->iomem);
}

/* Also "System RAM (kmem)" and the like: hotplugged by a driver, RAM all the same. */
static bool machine_is_ram(const struct iomem_entry *entry)
{
	return !strncmp(entry->name, IOMEM_RAM, strlen(IOMEM_RAM));
}

/* An empty set with room for every entry of the map and the holes cut into it. */
static int machine_alloc_set(const struct machine *machine, struct memrange_set *set)
{
	*set = (struct memrange_set){ .capacity = machine->iomem.count + 4 };
	set->range = calloc(set->capacity, sizeof(*set->range));
	return set->range ? 0 : -ENOMEM;
}

int machine_old_ram(const struct machine *machine, struct memrange_set *set)
{
	int err = machine_alloc_set(machine, set);

	if (err)
		return err;
	for (size_t i = 0; i < machine->iomem.count && !err; i++) {
		const struct iomem_entry *entry = &machine->iomem.entries[i];

		if (machine_is_ram(entry))
			err = memrange_add(set, entry->start, entry->end);
	}
	if (!err)
		err = memrange_subtract(set, 0, LOW_MIB_BYTES);
	if (!err)
		err = memrange_subtract(set, machine->crash.start, machine->crash.end);
	if (!err)
		err = memrange_subtract(set, machine->crash_low.start, machine->crash_low.end);
	if (err)
		free(set->range);
	return err;
}

/*
 * The kernel maps its RAM (the first MiB whole, neighbours joined), then the EFI
 * system and configuration tables, then the areas with ACPI tables.
 */
int machine_count_tables(const struct machine *machine, u64 *ret_pages)
{
	static const char *const acpi[] = { IOMEM_ACPI_TABLES, IOMEM_ACPI_NVS };
	struct identity_map map = { .gb_pages = machine->gb_pages, .five_level = machine->five_level };
	struct memrange_set set;
	size_t count;
	int err = machine_alloc_set(machine, &set);

	if (err)
		return err;
	err = memrange_add(&set, 0, LOW_MIB_BYTES);
	for (size_t i = 0; i < machine->iomem.count && !err; i++)
		if (machine_is_ram(&machine->iomem.entries[i]))
			err = memrange_add(&set, machine->iomem.entries[i].start, machine->iomem.entries[i].end);
	count = set.count;
	count += firmware_efi_tables(&set.range[count], set.capacity - count);
	for (size_t i = 0; i < ARRAY_SIZE(acpi) && !err; i++) {
		const struct iomem_entry *entry = NULL;

		while (count < set.capacity && (entry = iomem_next(&machine->iomem, acpi[i], entry)))
			set.range[count++] = (struct memrange){ entry->start, entry->end };
	}
	if (!err) {
		map.ranges = set.range;
		map.count = count;
		err = identity_map_count(&map, ret_pages);
	}
	free(set.range);
	return err;
}
