// SPDX-License-Identifier: GPL-2.0
/*
 * The order matters (docs/architecture.md): bus mastering off everywhere, the targets'
 * queues dead, then DMA translation off (nothing in flight may meet physical memory),
 * then the target and its bridges may master again.
 */
#include "disks.h"

#include "console.h"
#include "nvme.h"
#include "pci.h"
#include "virtio_blk.h"
#include "vtd.h"

static int quiesce(const struct config_target *target)
{
	return target->driver == DRIVER_NVME ? nvme_quiesce(target) : virtio_blk_quiesce(target);
}

static int open_disk(const struct config_target *target, struct dump_target **ret_disk)
{
	for (u32 i = 0; i < target->bridge_count; i++) {
		int err = pci_enable_bridge(target->bridges[i]);

		if (err)
			return err;
	}
	return target->driver == DRIVER_NVME ? nvme_open(target, ret_disk) : virtio_blk_open(target, ret_disk);
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

enum dump_error disks_open(const struct config *config, const struct config_target **ret_target,
			   struct dump_target **ret_disk)
{
	enum dump_error first = DUMP_NO_CONFIG, error;

	pci_stop_bus_masters(config->pci_roots, config->pci_root_count);
	for (u32 i = 0; i < config->targets; i++)
		quiesce(config->target[i]);	/* one that is gone says so again when it is opened */
	error = stop_translation(config);
	if (error)
		return error;
	for (u32 i = 0; i < config->targets; i++) {
		int err = open_disk(config->target[i], ret_disk);

		if (!err) {
			*ret_target = config->target[i];
			return DUMP_OK;
		}
		error = error_of(err);
		console_printf("target %s: LB-%u\n", config->target[i]->name, error);
		if (first == DUMP_NO_CONFIG)
			first = error;
	}
	return first;
}
