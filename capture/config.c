// SPDX-License-Identifier: GPL-2.0
#include "capture/config.h"

#include "capture/crc32.h"

static int check_header(const struct config_header *header, u64 bytes)
{
	struct config_header copy;
	u32 crc;

	if (bytes < sizeof(*header) || header->magic != CONFIG_MAGIC)
		return -ENOMEDIUM;
	if (header->version != CONFIG_VERSION)
		return -EPROTONOSUPPORT;
	if (header->total_bytes < sizeof(*header) || header->total_bytes > bytes ||
	    header->total_bytes > CONFIG_MAX_BYTES)
		return -EBADMSG;
	copy = *header;
	copy.crc32 = 0;
	crc = crc32_update(0, &copy, sizeof(copy));
	crc = crc32_update(crc, header + 1, header->total_bytes - sizeof(*header));
	return crc == header->crc32 ? 0 : -EBADMSG;
}

static bool target_is_valid(const struct config_target *target, u32 bytes)
{
	return bytes == sizeof(*target) &&
	       target->driver >= DRIVER_NVME && target->driver <= DRIVER_VIRTIO_SCSI &&
	       target->bridge_count <= CONFIG_MAX_BRIDGES &&
	       (target->block_bytes == 512 || target->block_bytes == 4096) &&
	       target->device_blocks <= ~0ull / target->block_bytes &&
	       target->start_block <= target->device_blocks &&
	       target->block_count <= target->device_blocks - target->start_block &&
	       !target->name[sizeof(target->name) - 1] && !target->serial[sizeof(target->serial) - 1];
}

static int take_target(struct config *config, const void *payload, u32 bytes)
{
	if (!target_is_valid(payload, bytes) || config->targets == CONFIG_MAX_TARGETS)
		return -EINVAL;
	config->target[config->targets++] = payload;
	return 0;
}

/* They belong to the target before them. */
static int take_extents(struct config *config, const void *payload, u32 bytes)
{
	u32 i = config->targets - 1, count = bytes / sizeof(struct extent);
	const struct config_target *target;

	if (!config->targets || config->extents[i] || bytes % sizeof(struct extent))
		return -EINVAL;
	target = config->target[i];
	config->extent[i] = payload;
	config->extents[i] = count;
	return extent_list_check(payload, count, target->block_count * target->block_bytes,
				 target->device_blocks * target->block_bytes, target->block_bytes);
}

static int take_cpus(struct config *config, const void *payload, u32 bytes)
{
	const struct config_cpus *cpus = payload;

	if (bytes < sizeof(*cpus) || (bytes - sizeof(*cpus)) / sizeof(cpus->apic_ids[0]) < cpus->count)
		return -EINVAL;
	config->cpus = cpus;
	return 0;
}

static int take_clock(struct config *config, const void *payload, u32 bytes)
{
	const struct config_clock *clock = payload;

	if (bytes != sizeof(*clock) || clock->pm_timer_port > 0xffff ||
	    (clock->pm_timer_port && clock->pm_timer_bits != 24 && clock->pm_timer_bits != 32))
		return -EINVAL;
	config->clock = clock;
	return 0;
}

static int take_policy(struct config *config, const void *payload, u32 bytes)
{
	const struct config_policy *policy = payload;

	if (bytes != sizeof(*policy) || policy->final_action > ACTION_POWEROFF ||
	    policy->failure_action > ACTION_POWEROFF)
		return -EINVAL;
	config->policy = policy;
	return 0;
}

static int take_dump(struct config *config, const void *payload, u32 bytes)
{
	const struct config_dump *dump = payload;

	if (bytes != sizeof(*dump) || dump->level > 31 || dump->codec > CODEC_ZSTD || dump->cpus > CONFIG_MAX_CPUS)
		return -EINVAL;
	config->dump = dump;
	return 0;
}

static int take_kicks(struct config *config, const void *payload, u32 bytes)
{
	const struct config_kick *kick = payload;

	config->kicks = kick;
	config->kick_count = bytes / sizeof(*kick);
	for (u32 i = 0; i < config->kick_count; i++)
		if (kick[i].space > SPACE_IO || (kick[i].op != KICK_WRITE && kick[i].op != KICK_SET_BITS) ||
		    (kick[i].width_bytes != 1 && kick[i].width_bytes != 2 && kick[i].width_bytes != 4))
			return -EINVAL;
	return bytes % sizeof(*kick) ? -EINVAL : 0;
}

static int take_entry(struct config *config, const struct config_entry *entry)
{
	const void *payload = entry + 1;
	u32 bytes = entry->bytes;

	switch (entry->type) {
	case CONFIG_TARGET:
		return take_target(config, payload, bytes);
	case CONFIG_CPUS:
		return take_cpus(config, payload, bytes);
	case CONFIG_CLOCK:
		return take_clock(config, payload, bytes);
	case CONFIG_RESET:
		config->reset = payload;
		return bytes == sizeof(*config->reset) ? 0 : -EINVAL;
	case CONFIG_POLICY:
		return take_policy(config, payload, bytes);
	case CONFIG_DUMP:
		return take_dump(config, payload, bytes);
	case CONFIG_PCI_ROOTS:
		config->pci_roots = payload;
		config->pci_root_count = bytes;
		return 0;
	case CONFIG_VTD_UNITS:
		config->vtd_units = payload;
		config->vtd_unit_count = bytes / sizeof(u64);
		return bytes % sizeof(u64) ? -EINVAL : 0;
	case CONFIG_WATCHDOG:
		return take_kicks(config, payload, bytes);
	case CONFIG_EXTENTS:
		return take_extents(config, payload, bytes);
	default:
		return entry->flags & CONFIG_CRITICAL ? -EPROTONOSUPPORT : 0;
	}
}

int config_open(const void *block, u64 bytes, struct config *ret_config)
{
	const struct config_header *header = block;
	struct config config = { 0 };
	u32 at = sizeof(*header);
	int err = check_header(header, bytes);

	for (u32 i = 0; !err && i < header->entries; i++) {
		const struct config_entry *entry = (const void *)((const u8 *)block + at);
		u64 end = (u64)at + sizeof(*entry);

		if (end <= header->total_bytes)
			end += align_up(entry->bytes, 8);
		if (end > header->total_bytes)
			return -EINVAL;
		err = take_entry(&config, entry);
		at = (u32)end;
	}
	if (err)
		return err;
	*ret_config = config;
	return 0;
}
