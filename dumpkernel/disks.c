// SPDX-License-Identifier: GPL-2.0
/*
 * The order matters (docs/architecture.md): bus mastering off everywhere, the targets'
 * queues dead, then DMA translation off (nothing in flight may meet physical memory),
 * then the target and its bridges may master again.
 */
#include "disks.h"

#include "console.h"
#include "disk_driver.h"
#include "pci.h"
#include "vtd.h"

static int open_disk(const struct config_target *target, struct dump_target **ret_disk)
{
	for (u32 i = 0; i < target->bridge_count; i++) {
		int err = pci_enable_bridge(target->bridges[i]);

		if (err)
			return err;
	}
	return disk_driver_open(target, ret_disk);
}

/* Units that do not translate, too: protected memory regions would block us all the same. */
static enum dump_error stop_translation(const struct config *config)
{
	for (u32 i = 0; i < config->vtd_unit_count; i++) {
		u64 base = config->vtd_units[i];
		bool translating = vtd_is_translating(base);

		if (vtd_stop_translation(base))
			return DUMP_IOMMU;
		if (translating)
			console_printf("VT-d unit at %llx: translation off\n", (unsigned long long)base);
	}
	return DUMP_OK;
}

static enum dump_error error_of(int err)
{
	switch (err) {
	case -ENODEV:
		return DUMP_TARGET_GONE;
	case -ETIMEDOUT:
		return DUMP_TARGET_TIMEOUT;
	case -ENXIO:
		return DUMP_TARGET_OTHER_DISK;
	case -EOPNOTSUPP:
	case -EROFS:
		return DUMP_TARGET_UNSUPPORTED;
	case -ENOMEM:
		return DUMP_NO_MEMORY;
	default:
		return DUMP_TARGET_IO;
	}
}

enum dump_error disks_stop(const struct config *config)
{
	pci_stop_bus_masters(config->pci_roots, config->pci_root_count);
	for (u32 i = 0; i < config->targets; i++)
		disk_driver_quiesce(config->target[i]);	/* one that is gone says so again when it is opened */
	return stop_translation(config);
}

/* What was checked when it was opened as a would be checked for b, too. */
static bool is_same_disk(const struct config_target *a, const struct config_target *b)
{
	const size_t identity = offsetof(struct config_target, serial), end = offsetof(struct config_target, name);

	return a->driver == b->driver && a->pci.bus == b->pci.bus && a->pci.devfn == b->pci.devfn && a->unit == b->unit &&
	       a->block_bytes == b->block_bytes && a->device_blocks == b->device_blocks &&
	       !memcmp((const u8 *)a + identity, (const u8 *)b + identity, end - identity);
}

enum dump_error disks_open(const struct config_target *target, struct dump_target **ret_disk)
{
	static const struct config_target *opened;
	static struct dump_target *disk;
	int err;

	if (opened && is_same_disk(opened, target)) {
		*ret_disk = disk;
		return DUMP_OK;
	}
	if (opened)
		disk->close(disk);
	opened = NULL;
	err = open_disk(target, &disk);
	if (err)
		return error_of(err);
	opened = target;
	*ret_disk = disk;
	return DUMP_OK;
}
