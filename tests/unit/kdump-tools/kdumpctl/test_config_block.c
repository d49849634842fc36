// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "capture/config.h"
#include "kdumpctl/config_block.h"

static u64 block[CONFIG_MAX_BYTES / 8];

static struct platform *make_platform(void)
{
	struct platform *platform = calloc(1, sizeof(*platform));

	platform->clock.pm_timer_port = 0x608;
	platform->clock.pm_timer_bits = 24;
	platform->boot_apic_id = 7;
	platform->cpu_count = 3;
	for (u32 i = 0; i < 3; i++)
		platform->apic_ids[i] = 7 + i;
	platform->pci_root_count = 2;
	platform->pci_roots[1] = 0x80;
	platform->vtd_unit_count = 1;
	platform->vtd_units[0] = 0xfed90000;
	platform->kick_count = 1;
	platform->kicks[0] = (struct config_kick){ .space = SPACE_IO, .op = KICK_WRITE, .width_bytes = 2, .address = 0x660 };
	return platform;
}

static const struct config_target target = {
	.driver = DRIVER_NVME, .block_bytes = 512, .device_blocks = 1000, .start_block = 100, .block_count = 900,
	.name = "/dev/nvme0n1p2", .serial = "SERIAL",
};
static const struct config_block_target one = { .target = &target };
static const struct config_policy policy = { ACTION_HALT, ACTION_POWEROFF, { 0 } };
static const struct config_dump dump_wanted = { .level = 31, .codec = CODEC_LZO, .cpus = 3 };

static void test_config_block_build_read_back(void **state)
{
	struct platform *platform = make_platform();
	struct config config;
	u32 bytes = 0;

	assert_int_equal(config_block_build(platform, &one, 1, &policy, &dump_wanted, block, &bytes), 0);
	assert_int_equal(bytes % 8, 0);
	assert_int_equal(config_open(block, bytes, &config), 0);
	assert_int_equal(config.targets, 1);
	assert_memory_equal(config.target[0], &target, sizeof(target));
	assert_int_equal(config.cpus->boot_apic_id, 7);
	assert_int_equal(config.cpus->count, 3);
	assert_int_equal(config.cpus->apic_ids[2], 9);
	assert_int_equal(config.clock->pm_timer_port, 0x608);
	assert_int_equal(config.policy->failure_action, ACTION_POWEROFF);
	assert_int_equal(config.dump->level, 31);
	assert_int_equal(config.dump->codec, CODEC_LZO);
	assert_int_equal(config.dump->cpus, 3);
	assert_int_equal(config.pci_root_count, 2);
	assert_int_equal(config.pci_roots[1], 0x80);
	assert_int_equal(config.vtd_unit_count, 1);
	assert_int_equal(config.vtd_units[0], 0xfed90000);
	assert_int_equal(config.kick_count, 1);
	assert_int_equal(config.kicks[0].address, 0x660);
	free(platform);
}

static void test_config_block_build_targets(void **state)
{
	static const struct extent extents[] = { { 8192, 4096 }, { 100 * 512, 2 * 4096 } };
	static const struct config_target file = {
		.driver = DRIVER_VIRTIO_BLK, .block_bytes = 512, .device_blocks = 1000, .block_count = 24, .name = "/f",
	};
	const struct config_block_target targets[] = { one, { &file, extents, 2 }, one };
	struct platform *platform = make_platform();
	struct config config;
	u32 bytes;

	assert_int_equal(config_block_build(platform, targets, 3, &policy, &dump_wanted, block, &bytes), 0);
	assert_int_equal(config_open(block, bytes, &config), 0);
	assert_int_equal(config.targets, 3);
	assert_memory_equal(config.target[1], &file, sizeof(file));
	assert_int_equal(config.extents[0], 0);
	assert_int_equal(config.extents[1], 2);
	assert_memory_equal(config.extent[1], extents, sizeof(extents));
	assert_int_equal(config.extents[2], 0);
	free(platform);
}

/* Two files in as many pieces as one may have fill the block. */
static void test_config_block_build_most_extents(void **state)
{
	static struct extent extents[EXTENT_MAX];
	struct config_target file = target;
	const struct config_block_target targets[] = { { &file, extents, EXTENT_MAX }, { &file, extents, EXTENT_MAX } };
	struct platform *platform = make_platform();
	struct config config;
	u32 bytes;

	for (u32 i = 0; i < EXTENT_MAX; i++)
		extents[i] = (struct extent){ i * 8192ull, 4096 };
	file.start_block = 0;
	file.device_blocks = 1 << 20;
	file.block_count = EXTENT_MAX * 8;
	assert_int_equal(config_block_build(platform, targets, 1, &policy, &dump_wanted, block, &bytes), 0);
	assert_int_equal(config_open(block, bytes, &config), 0);
	assert_int_equal(config.extents[0], EXTENT_MAX);
	assert_int_equal(config_block_build(platform, targets, 2, &policy, &dump_wanted, block, &bytes), -ENOSPC);
	free(platform);
}

static void test_config_block_build_without_lists(void **state)
{
	struct platform *platform = make_platform();
	struct config config;
	u32 bytes;

	platform->vtd_unit_count = platform->kick_count = platform->pci_root_count = 0;
	assert_int_equal(config_block_build(platform, &one, 1, &policy, &dump_wanted, block, &bytes), 0);
	assert_int_equal(config_open(block, bytes, &config), 0);
	assert_null(config.vtd_units);
	assert_null(config.kicks);
	free(platform);
}

static void test_config_block_build_most_cpus(void **state)
{
	struct platform *platform = make_platform();
	struct config config;
	u32 bytes;

	platform->cpu_count = PLATFORM_MAX_CPUS;
	platform->apic_ids[PLATFORM_MAX_CPUS - 1] = 12345;
	assert_int_equal(config_block_build(platform, &one, 1, &policy, &dump_wanted, block, &bytes), 0);
	assert_true(bytes <= CONFIG_MAX_BYTES);
	assert_int_equal(config_open(block, bytes, &config), 0);
	assert_int_equal(config.cpus->apic_ids[PLATFORM_MAX_CPUS - 1], 12345);
	free(platform);
}

static void test_config_block_damage_is_seen(void **state)
{
	struct platform *platform = make_platform();
	struct config config;
	u32 bytes;

	config_block_build(platform, &one, 1, &policy, &dump_wanted, block, &bytes);
	free(platform);
	for (u32 i = 0; i < bytes; i++) {
		((u8 *)block)[i] ^= 0x10;
		assert_int_not_equal(config_open(block, bytes, &config), 0);
		((u8 *)block)[i] ^= 0x10;
	}
	for (u32 cut = 0; cut < bytes; cut++)
		assert_int_not_equal(config_open(block, cut, &config), 0);
	assert_int_equal(config_open(block, bytes, &config), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_config_block_build_read_back),
		cmocka_unit_test(test_config_block_build_targets),
		cmocka_unit_test(test_config_block_build_most_extents),
		cmocka_unit_test(test_config_block_build_without_lists),
		cmocka_unit_test(test_config_block_build_most_cpus),
		cmocka_unit_test(test_config_block_damage_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
