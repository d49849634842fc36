// SPDX-License-Identifier: GPL-2.0
/* Config blocks that are damaged, but whose CRC is right. */
#include "capture/config.h"
#include "capture/crc32.h"
#include "fuzz.h"

static union {
	struct config_header header;
	u8 bytes[8192];
} block;

static void add(u16 type, u16 flags, const void *payload, u32 bytes)
{
	struct config_entry *entry = (struct config_entry *)(block.bytes + block.header.total_bytes);

	*entry = (struct config_entry){ .type = type, .flags = flags, .bytes = bytes };
	memcpy(entry + 1, payload, bytes);
	block.header.total_bytes += (u32)(sizeof(*entry) + align_up(bytes, 8));
	block.header.entries++;
}

static void make_valid(void)
{
	static const struct config_target target = {
		.driver = DRIVER_VIRTIO_BLK, .bridge_count = 1, .block_bytes = 4096, .device_blocks = 1 << 20,
		.block_count = 1 << 19, .name = "/dev/vda3",
	};
	static const u32 cpus[] = { 0, 4, 0, 1, 2, 3 };
	static const struct config_clock clock = { .pm_timer_port = 0x608, .pm_timer_bits = 24 };
	static const struct config_reset reset = { .address = 0xcf9, .space = SPACE_IO, .present = 1 };
	static const struct config_policy policy = { 0 };
	static const u64 units[] = { 0xfed90000 };
	static const struct config_kick kicks[2] = {
		{ .space = SPACE_IO, .op = KICK_WRITE, .width_bytes = 2 },
		{ .space = SPACE_MEMORY, .op = KICK_SET_BITS, .width_bytes = 4 },
	};

	static const struct config_target file = {
		.driver = DRIVER_NVME, .block_bytes = 512, .device_blocks = 1 << 20, .block_count = (5 << 20) / 512,
	};
	static const struct extent extents[] = { { 4 << 20, 1 << 20 }, { 1 << 20, 3 << 20 }, { 64 << 20, 1 << 20 } };

	memset(&block, 0, sizeof(block));
	block.header = (struct config_header){
		.magic = CONFIG_MAGIC, .version = CONFIG_VERSION, .total_bytes = sizeof(block.header),
	};
	add(CONFIG_TARGET, CONFIG_CRITICAL, &target, sizeof(target));
	add(CONFIG_TARGET, CONFIG_CRITICAL, &file, sizeof(file));
	add(CONFIG_EXTENTS, CONFIG_CRITICAL, extents, sizeof(extents));
	add(CONFIG_CPUS, 0, cpus, sizeof(cpus));
	add(CONFIG_WATCHDOG, 0, kicks, sizeof(kicks));
	add(CONFIG_PCI_ROOTS, 0, "\0\x80", 2);
	add(CONFIG_VTD_UNITS, 0, units, sizeof(units));
	add(CONFIG_CLOCK, 0, &clock, sizeof(clock));
	add(CONFIG_RESET, 0, &reset, sizeof(reset));
	add(CONFIG_POLICY, 0, &policy, sizeof(policy));
}

/* What was let through maps every offset of the file to a place of its own on the disk. */
static void check_extents(const struct config *config, u32 i)
{
	const struct config_target *target = config->target[i];
	u64 bytes = target->block_count * target->block_bytes, disk_bytes = target->device_blocks * target->block_bytes;
	u64 at, run, offset = 0;

	if (!config->extents[i])
		return;
	for (; offset < bytes; offset += run) {
		FUZZ_REQUIRE(!extent_find(config->extent[i], config->extents[i], offset, &at, &run));
		FUZZ_REQUIRE(run && at <= disk_bytes && run <= disk_bytes - at);
		for (u32 j = 0; j < config->extents[i]; j++) {
			const struct extent *other = &config->extent[i][j];

			FUZZ_REQUIRE(at == other->disk_bytes || at + run <= other->disk_bytes ||
				     other->disk_bytes + other->bytes <= at);
		}
	}
	FUZZ_REQUIRE(offset == bytes && extent_find(config->extent[i], config->extents[i], offset, &at, &run));
}

/* Everything that the block's user reads, read. */
static void read_all(const struct config *config)
{
	volatile u64 sum = 0;

#define SUM(pointer, count) do { \
		const u8 *at_ = (const void *)(pointer); \
		for (size_t i_ = 0; at_ && i_ < (count) * sizeof(*(pointer)); i_++) \
			sum = sum + at_[i_]; \
	} while (0)
	for (u32 i = 0; i < config->targets; i++) {
		SUM(config->target[i], 1);
		SUM(config->extent[i], config->extents[i]);
		check_extents(config, i);
		FUZZ_REQUIRE(strlen(config->target[i]->name) < sizeof(config->target[i]->name));
	}
	if (config->cpus)
		SUM(config->cpus->apic_ids, config->cpus->count);
	SUM(config->clock, 1);
	SUM(config->reset, 1);
	SUM(config->policy, 1);
	SUM(config->pci_roots, config->pci_root_count);
	SUM(config->vtd_units, config->vtd_unit_count);
	SUM(config->kicks, config->kick_count);
#undef SUM
	(void)sum;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes)
{
	struct config config;
	u32 total;
	void *copy;

	make_valid();
	total = block.header.total_bytes;
	/* Not the magic and the version; the rest, then the CRC. */
	fuzz_damage(&block.header.total_bytes, total - offsetof(struct config_header, total_bytes), data, bytes);
	block.header.crc32 = 0;
	if (block.header.total_bytes <= sizeof(block))
		block.header.crc32 = crc32_update(0, &block, block.header.total_bytes);
	copy = fuzz_copy(&block, total);
	if (!config_open(copy, total, &config))
		read_all(&config);
	free(copy);
	return 0;
}
