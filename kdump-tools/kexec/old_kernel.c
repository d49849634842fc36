// SPDX-License-Identifier: GPL-2.0
#include "kexec/old_kernel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cpulist.h"
#include "common/file.h"
#include "common/log.h"
#include "kexec/kcore.h"

#define CPU_FOLDER "/sys/devices/system/cpu"
#define VMCOREINFO_PATH "/sys/kernel/vmcoreinfo"

int old_kernel_parse_vmcoreinfo(const char *line, struct elfcorehdr_note *ret_note)
{
	unsigned long long pa, bytes;
	char after;

	/* ksysfs.c prints "%pa %x": the first with 0x, the second without. */
	if (sscanf(line, "%llx %llx%c", &pa, &bytes, &after) != 2 || !pa || !bytes)
		return -EINVAL;
	*ret_note = (struct elfcorehdr_note){ .pa = pa, .bytes = bytes };
	return 0;
}

/* Documentation/ABI/testing/sysfs-devices-system-cpu: crash_notes is hex, its size decimal. */
static int old_kernel_read_cpu_note(u32 cpu, struct elfcorehdr_note *ret_note)
{
	char path[128];
	struct elfcorehdr_note note;
	int err;

	snprintf(path, sizeof(path), CPU_FOLDER "/cpu%u/crash_notes", cpu);
	err = file_read_u64(path, 16, &note.pa);
	if (!err) {
		snprintf(path, sizeof(path), CPU_FOLDER "/cpu%u/crash_notes_size", cpu);
		err = file_read_u64(path, 10, &note.bytes);
	}
	if (err) {
		log_error("cannot read %s: %s", path, strerror(-err));
		return err;
	}
	*ret_note = note;
	return 0;
}

static int old_kernel_read_cpu_notes(struct elfcorehdr_facts *facts)
{
	u32 *cpus;
	size_t count;
	int err = cpulist_read(CPU_FOLDER "/present", &cpus, &count);

	if (err) {
		log_error("cannot read " CPU_FOLDER "/present: %s", strerror(-err));
		return err;
	}
	facts->cpu_notes = calloc(count, sizeof(*facts->cpu_notes));
	if (!facts->cpu_notes)
		err = -ENOMEM;
	for (size_t i = 0; i < count && !err; i++)
		err = old_kernel_read_cpu_note(cpus[i], &facts->cpu_notes[i]);
	facts->cpu_count = count;
	free(cpus);
	return err;
}

static int old_kernel_read_vmcoreinfo(struct elfcorehdr_facts *facts)
{
	char line[64];
	int err = file_read_line(VMCOREINFO_PATH, line, sizeof(line));

	if (!err)
		err = old_kernel_parse_vmcoreinfo(line, &facts->vmcoreinfo);
	if (err)
		log_error("cannot read " VMCOREINFO_PATH ": %s", strerror(-err));
	return err;
}

static int old_kernel_read_maps(struct elfcorehdr_facts *facts, const struct machine *machine)
{
	const struct iomem_entry *code = iomem_next(&machine->iomem, IOMEM_KERNEL_CODE, NULL);
	struct kcore_map map;
	int err;

	if (!code) {
		log_error("/proc/iomem has no \"" IOMEM_KERNEL_CODE "\" entry");
		return -ENOENT;
	}
	err = kcore_read(&map, code->start);
	if (err)
		return err;
	facts->text_va = map.text_va;
	facts->text_pa = map.text_pa;
	facts->text_bytes = map.text_bytes;
	facts->direct_map_va = map.direct_map_va;
	return 0;
}

int old_kernel_init(struct elfcorehdr_facts *facts, const struct machine *machine)
{
	struct elfcorehdr_facts found = { .possible_cpus = machine->possible_cpus };
	int err = old_kernel_read_cpu_notes(&found);

	if (!err)
		err = old_kernel_read_vmcoreinfo(&found);
	if (!err)
		err = old_kernel_read_maps(&found, machine);
	if (!err)
		err = machine_old_ram(machine, &found.ram);
	if (err) {
		free(found.cpu_notes);
		return err;
	}
	*facts = found;
	return 0;
}

void old_kernel_deinit(struct elfcorehdr_facts *facts)
{
	free(facts->cpu_notes);
	free(facts->ram.range);
	*facts = (struct elfcorehdr_facts){ 0 };
}
