// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/config_block.h"

#include "capture/crc32.h"

/* Room for one entry of `bytes`, zeroed; NULL when the block is full or bytes is 0. */
static void *add_entry(struct config_header *header, u16 type, u16 flags, u32 bytes)
{
	u8 *at = (u8 *)header + header->total_bytes;
	struct config_entry *entry = (struct config_entry *)at;
	u64 whole = sizeof(*entry) + align_up(bytes, 8);

	if (!bytes || whole > CONFIG_MAX_BYTES - header->total_bytes)
		return NULL;
	memset(at, 0, whole);
	entry->type = type;
	entry->flags = flags;
	entry->bytes = bytes;
	header->total_bytes += whole;
	header->entries++;
	return entry + 1;
}

/* An empty list is left out. */
static int add_copy(struct config_header *header, u16 type, u16 flags, const void *data, u32 bytes)
{
	void *payload = add_entry(header, type, flags, bytes);

	if (!payload)
		return bytes ? -ENOSPC : 0;
	memcpy(payload, data, bytes);
	return 0;
}

static int add_cpus(struct config_header *header, const struct platform *platform)
{
	struct config_cpus *cpus;
	u32 ids_bytes = platform->cpu_count * sizeof(cpus->apic_ids[0]);

	cpus = add_entry(header, CONFIG_CPUS, CONFIG_CRITICAL, sizeof(*cpus) + ids_bytes);
	if (!cpus)
		return -ENOSPC;
	cpus->boot_apic_id = platform->boot_apic_id;
	cpus->count = platform->cpu_count;
	memcpy(cpus->apic_ids, platform->apic_ids, ids_bytes);
	return 0;
}

static int add_targets(struct config_header *header, const struct config_block_target *targets, u32 count)
{
	int err = 0;

	for (u32 i = 0; !err && i < count; i++) {
		err = add_copy(header, CONFIG_TARGET, CONFIG_CRITICAL, targets[i].target, sizeof(*targets[i].target));
		if (!err)
			err = add_copy(header, CONFIG_EXTENTS, CONFIG_CRITICAL, targets[i].extent,
				       targets[i].extents * sizeof(targets[i].extent[0]));
	}
	return err;
}

int config_block_build(const struct platform *platform, const struct config_block_target *targets, u32 count,
		       const struct config_policy *policy, const struct config_dump *dump, void *buf, u32 *ret_bytes)
{
	struct config_header *header = buf;
	int err;

	memset(header, 0, sizeof(*header));
	header->magic = CONFIG_MAGIC;
	header->version = CONFIG_VERSION;
	header->total_bytes = sizeof(*header);
	err = add_targets(header, targets, count);
	if (!err)
		err = add_cpus(header, platform);
	if (!err)
		err = add_copy(header, CONFIG_CLOCK, 0, &platform->clock, sizeof(platform->clock));
	if (!err)
		err = add_copy(header, CONFIG_RESET, 0, &platform->reset, sizeof(platform->reset));
	if (!err)
		err = add_copy(header, CONFIG_POLICY, 0, policy, sizeof(*policy));
	if (!err)
		err = add_copy(header, CONFIG_DUMP, 0, dump, sizeof(*dump));
	if (!err)
		err = add_copy(header, CONFIG_PCI_ROOTS, 0, platform->pci_roots, platform->pci_root_count);
	if (!err)
		err = add_copy(header, CONFIG_VTD_UNITS, CONFIG_CRITICAL, platform->vtd_units,
			       platform->vtd_unit_count * sizeof(platform->vtd_units[0]));
	if (!err)
		err = add_copy(header, CONFIG_WATCHDOG, 0, platform->kicks,
			       platform->kick_count * sizeof(platform->kicks[0]));
	if (err)
		return err;
	header->crc32 = crc32_update(0, header, header->total_bytes);
	*ret_bytes = header->total_bytes;
	return 0;
}
