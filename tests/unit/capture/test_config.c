// SPDX-License-Identifier: GPL-2.0
#include "capture/config.h"

#include <stdarg.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#include "capture/crc32.h"

static union {
	struct config_header header;
	u8 bytes[8192];
} block;

static void seal(void)
{
	block.header.crc32 = 0;
	block.header.crc32 = crc32_update(0, &block, block.header.total_bytes);
}

/* Adds an entry and returns its payload, for changes; seal() afterwards. */
static void *add(u16 type, u16 flags, const void *payload, u32 bytes)
{
	struct config_entry *entry = (struct config_entry *)(block.bytes + block.header.total_bytes);

	*entry = (struct config_entry){ .type = type, .flags = flags, .bytes = bytes };
	memset(entry + 1, 0, align_up(bytes, 8));
	memcpy(entry + 1, payload, bytes);
	block.header.total_bytes += (u32)(sizeof(*entry) + align_up(bytes, 8));
	block.header.entries++;
	seal();
	return entry + 1;
}

static int make_empty(void **state)
{
	memset(&block, 0, sizeof(block));
	block.header = (struct config_header){
		.magic = CONFIG_MAGIC, .version = CONFIG_VERSION, .total_bytes = sizeof(block.header),
	};
	seal();
	return 0;
}

static const struct config_target target = {
	.driver = DRIVER_NVME, .bridge_count = 2, .block_bytes = 512, .device_blocks = 1 << 20,
	.start_block = 2048, .block_count = 1 << 19, .serial = "SERIAL", .name = "/dev/nvme0n1p2",
};
static const struct config_clock clock = { .pm_timer_port = 0x608, .pm_timer_bits = 24 };
static const struct config_reset reset = { .address = 0xcf9, .space = SPACE_IO, .present = 1, .value = 6 };
static const struct config_policy policy = { .final_action = ACTION_HALT };
static const u32 cpus[] = { 0, 3, 0, 1, 2 };		/* boot APIC id, count, ids */
static const u8 roots[] = { 0, 0x40, 0x80 };
static const u64 units[] = { 0xfed90000, 0xfed91000 };
static const struct config_kick kick = { .space = SPACE_IO, .op = KICK_WRITE, .width_bytes = 2, .address = 0x460 };

static int make_full(void **state)
{
	make_empty(state);
	add(CONFIG_TARGET, CONFIG_CRITICAL, &target, sizeof(target));
	add(CONFIG_CPUS, CONFIG_CRITICAL, cpus, sizeof(cpus));
	add(CONFIG_CLOCK, 0, &clock, sizeof(clock));
	add(CONFIG_RESET, 0, &reset, sizeof(reset));
	add(CONFIG_POLICY, 0, &policy, sizeof(policy));
	add(CONFIG_PCI_ROOTS, 0, roots, sizeof(roots));
	add(CONFIG_VTD_UNITS, CONFIG_CRITICAL, units, sizeof(units));
	add(CONFIG_WATCHDOG, 0, &kick, sizeof(kick));
	return 0;
}

/* Opens a copy with nothing behind it; an error must leave the result alone. */
static int open_block(u64 bytes)
{
	struct config config = { .targets = 77 };
	void *copy = malloc(bytes);
	int err;

	memcpy(copy, &block, bytes);
	err = config_open(copy, bytes, &config);
	free(copy);
	if (err)
		assert_int_equal(config.targets, 77);
	return err;
}

static int open_whole(void)
{
	return open_block(block.header.total_bytes);
}

static void test_config_open_full(void **state)
{
	struct config config;

	assert_int_equal(config_open(&block, sizeof(block), &config), 0);	/* the file may be longer */
	assert_int_equal(config.targets, 1);
	assert_memory_equal(config.target[0], &target, sizeof(target));
	assert_int_equal(config.cpus->count, 3);
	assert_int_equal(config.cpus->apic_ids[2], 2);
	assert_memory_equal(config.clock, &clock, sizeof(clock));
	assert_memory_equal(config.reset, &reset, sizeof(reset));
	assert_memory_equal(config.policy, &policy, sizeof(policy));
	assert_int_equal(config.pci_root_count, 3);
	assert_memory_equal(config.pci_roots, roots, sizeof(roots));
	assert_int_equal(config.vtd_unit_count, 2);
	assert_memory_equal(config.vtd_units, units, sizeof(units));
	assert_int_equal(config.kick_count, 1);
	assert_memory_equal(config.kicks, &kick, sizeof(kick));
}

static void test_config_open_empty(void **state)
{
	struct config config;

	assert_int_equal(config_open(&block, sizeof(block), &config), 0);
	assert_int_equal(config.targets, 0);
	assert_null(config.cpus);
	assert_null(config.policy);
	assert_int_equal(config.kick_count, 0);
}

static void test_config_open_not_a_block(void **state)
{
	block.header.magic++;
	seal();
	assert_int_equal(open_whole(), -ENOMEDIUM);
}

static void test_config_open_cut_off_anywhere(void **state)
{
	u32 total = block.header.total_bytes;

	for (u32 bytes = 0; bytes < total; bytes++)
		assert_int_equal(open_block(bytes), bytes < sizeof(block.header) ? -ENOMEDIUM : -EBADMSG);
	assert_int_equal(open_block(total), 0);
}

/* The CRC covers all of it: no changed bit is ever accepted. */
static void test_config_open_every_damaged_bit(void **state)
{
	u32 total = block.header.total_bytes;

	for (u32 bit = 0; bit < total * 8; bit++) {
		block.bytes[bit / 8] ^= (u8)(1u << bit % 8);
		assert_int_not_equal(open_block(total), 0);
		block.bytes[bit / 8] ^= (u8)(1u << bit % 8);
	}
	assert_int_equal(open_block(total), 0);
}

/* As before, but with a CRC that fits: whatever is accepted must lie inside, sanitizers watch. */
static void test_config_open_every_damaged_byte_sealed(void **state)
{
	u32 total = block.header.total_bytes;

	for (u32 at = 0x0c; at < total; at++) {
		for (u32 value = 0; value < 256; value += 17) {
			u8 right = block.bytes[at];

			block.bytes[at] = (u8)value;
			if (block.header.total_bytes <= sizeof(block))
				seal();
			open_block(total);
			block.bytes[at] = right;
		}
	}
	seal();
	assert_int_equal(open_block(total), 0);
}

static void test_config_open_other_version(void **state)
{
	block.header.version = CONFIG_VERSION + 1;
	seal();
	assert_int_equal(open_whole(), -EPROTONOSUPPORT);
}

static void test_config_open_bad_total(void **state)
{
	u32 total = block.header.total_bytes;

	block.header.total_bytes = sizeof(block.header) - 1;
	assert_int_equal(open_block(total), -EBADMSG);
	block.header.total_bytes = total + 1;
	assert_int_equal(open_block(total), -EBADMSG);
	block.header.total_bytes = ~0u;
	assert_int_equal(open_block(total), -EBADMSG);
}

static void test_config_open_too_large(void **state)
{
	u64 bytes = CONFIG_MAX_BYTES + 8;
	struct config_header *large = calloc(1, bytes);
	struct config config;

	*large = (struct config_header){ .magic = CONFIG_MAGIC, .version = CONFIG_VERSION, .total_bytes = (u32)bytes };
	large->crc32 = crc32_update(0, large, bytes);
	assert_int_equal(config_open(large, bytes, &config), -EBADMSG);
	large->total_bytes = CONFIG_MAX_BYTES;
	large->crc32 = 0;
	large->crc32 = crc32_update(0, large, CONFIG_MAX_BYTES);
	assert_int_equal(config_open(large, bytes, &config), 0);
	free(large);
}

static void test_config_open_more_entries_than_bytes(void **state)
{
	block.header.entries++;
	seal();
	assert_int_equal(open_whole(), -EINVAL);
	block.header.entries = ~0u;
	seal();
	assert_int_equal(open_whole(), -EINVAL);
}

static void test_config_open_entry_past_end(void **state)
{
	static const u32 sizes[] = { 25, 0x7fffffff, 0xfffffff0, 0xfffffff8, 0xffffffff };
	struct config_entry *entry = (struct config_entry *)add(CONFIG_RESET, 0, &reset, sizeof(reset)) - 1;

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		entry->bytes = sizes[i];
		seal();
		assert_int_equal(open_whole(), -EINVAL);
	}
}

static void test_config_open_unknown_entry(void **state)
{
	struct config_entry *entry = (struct config_entry *)add(999, 0, "abc", 3) - 1;

	assert_int_equal(open_whole(), 0);
	entry->flags = CONFIG_CRITICAL;
	seal();
	assert_int_equal(open_whole(), -EPROTONOSUPPORT);
}

static void test_config_open_wrong_sizes(void **state)
{
	static const struct { u16 type; u32 bytes; } wrong[] = {
		{ CONFIG_TARGET, 0 }, { CONFIG_TARGET, sizeof(target) - 8 }, { CONFIG_TARGET, sizeof(target) + 8 },
		{ CONFIG_CPUS, 0 }, { CONFIG_CPUS, 4 }, { CONFIG_CLOCK, 0 }, { CONFIG_CLOCK, 8 }, { CONFIG_CLOCK, 24 },
		{ CONFIG_RESET, 23 }, { CONFIG_RESET, 32 }, { CONFIG_POLICY, 0 }, { CONFIG_POLICY, 7 },
		{ CONFIG_VTD_UNITS, 7 }, { CONFIG_VTD_UNITS, 12 }, { CONFIG_WATCHDOG, 23 }, { CONFIG_WATCHDOG, 1 },
	};
	static const u8 zeros[256];

	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++) {
		make_empty(state);
		add(wrong[i].type, 0, zeros, wrong[i].bytes);
		assert_int_equal(open_whole(), -EINVAL);
	}
}

static void test_config_open_bad_target(void **state)
{
	struct config_target *bad = add(CONFIG_TARGET, 0, &target, sizeof(target));

	assert_int_equal(open_whole(), 0);
#define REFUSED(change) do { change; seal(); assert_int_equal(open_whole(), -EINVAL); *bad = target; } while (0)
	REFUSED(bad->driver = 0);
	REFUSED(bad->driver = DRIVER_VIRTIO_SCSI + 1);
	REFUSED(bad->bridge_count = CONFIG_MAX_BRIDGES + 1);
	REFUSED(bad->block_bytes = 0);
	REFUSED(bad->block_bytes = 520);
	REFUSED(bad->device_blocks = ~0ull / 512 + 1);
	REFUSED(bad->start_block = target.device_blocks + 1);
	REFUSED(bad->block_count = target.device_blocks - target.start_block + 1);
	REFUSED(bad->block_count = ~0ull);
	REFUSED(memset(bad->name, 'x', sizeof(bad->name)));
	REFUSED(memset(bad->serial, 'x', sizeof(bad->serial)));
#undef REFUSED
}

static void test_config_open_cpu_count(void **state)
{
	u32 *bad = add(CONFIG_CPUS, 0, cpus, sizeof(cpus));

	bad[1] = 4;
	seal();
	assert_int_equal(open_whole(), -EINVAL);
	bad[1] = 0x40000003;	/* * 4 = 12 in 32 bits */
	seal();
	assert_int_equal(open_whole(), -EINVAL);
	bad[1] = 0;
	seal();
	assert_int_equal(open_whole(), 0);
}

static void test_config_open_bad_kick(void **state)
{
	struct config_kick *bad = add(CONFIG_WATCHDOG, 0, &kick, sizeof(kick));

	assert_int_equal(open_whole(), 0);
#define REFUSED(change) do { change; seal(); assert_int_equal(open_whole(), -EINVAL); *bad = kick; } while (0)
	REFUSED(bad->space = SPACE_PCI_CONFIG);
	REFUSED(bad->op = 0);
	REFUSED(bad->op = 3);
	REFUSED(bad->width_bytes = 0);
	REFUSED(bad->width_bytes = 3);
	REFUSED(bad->width_bytes = 8);
#undef REFUSED
}

/* A number that is not an action must be refused here, not acted on after the crash. */
static void test_config_open_bad_policy(void **state)
{
	struct config_policy *bad = add(CONFIG_POLICY, 0, &policy, sizeof(policy));

	bad->final_action = ACTION_POWEROFF + 1;
	seal();
	assert_int_equal(open_whole(), -EINVAL);
	bad->final_action = ACTION_POWEROFF;
	bad->failure_action = 0xff;
	seal();
	assert_int_equal(open_whole(), -EINVAL);
	bad->failure_action = ACTION_POWEROFF;
	seal();
	assert_int_equal(open_whole(), 0);
}

static void test_config_open_bad_dump(void **state)
{
	static const struct config_dump dump = { .level = 31, .codec = CODEC_ZSTD };
	struct config_dump *bad = add(CONFIG_DUMP, 0, &dump, sizeof(dump));

	seal();
	assert_int_equal(open_whole(), 0);
	bad->level = 32;
	seal();
	assert_int_equal(open_whole(), -EINVAL);
	bad->level = 0;
	bad->codec = CODEC_ZSTD + 1;
	seal();
	assert_int_equal(open_whole(), -EINVAL);
}

static void test_config_open_bad_clock(void **state)
{
	struct config_clock *bad = add(CONFIG_CLOCK, 0, &clock, sizeof(clock));

#define REFUSED(change) do { change; seal(); assert_int_equal(open_whole(), -EINVAL); *bad = clock; } while (0)
	REFUSED(bad->pm_timer_port = 0x10000);
	REFUSED(bad->pm_timer_bits = 0);
	REFUSED(bad->pm_timer_bits = 31);
#undef REFUSED
	bad->pm_timer_port = bad->pm_timer_bits = 0;	/* no PM timer */
	seal();
	assert_int_equal(open_whole(), 0);
}

static void test_config_open_many_targets(void **state)
{
	struct config config;

	for (u32 i = 0; i < CONFIG_MAX_TARGETS; i++)
		add(CONFIG_TARGET, 0, &target, sizeof(target));
	assert_int_equal(config_open(&block, sizeof(block), &config), 0);
	assert_int_equal(config.targets, CONFIG_MAX_TARGETS);
	add(CONFIG_TARGET, 0, &target, sizeof(target));
	assert_int_equal(open_whole(), -EINVAL);
}

/* Extents belong to the target before them, once, and are a list that may be written to. */
static void test_config_open_extents(void **state)
{
	static const struct extent list[] = { { 1 << 20, 1 << 20 }, { 8 << 20, 3 << 20 } };
	struct config_target file = target;
	struct config config;
	struct extent *added;

	file.start_block = 0;
	file.block_count = (4 << 20) / 512;
	add(CONFIG_EXTENTS, CONFIG_CRITICAL, list, sizeof(list));
	assert_int_equal(open_whole(), -EINVAL);	/* of no target */
	make_empty(state);
	add(CONFIG_TARGET, 0, &target, sizeof(target));
	add(CONFIG_TARGET, 0, &file, sizeof(file));
	added = add(CONFIG_EXTENTS, CONFIG_CRITICAL, list, sizeof(list));
	add(CONFIG_TARGET, 0, &target, sizeof(target));
	assert_int_equal(config_open(&block, sizeof(block), &config), 0);
	assert_int_equal(config.targets, 3);
	assert_int_equal(config.extents[0], 0);
	assert_null(config.extent[0]);
	assert_int_equal(config.extents[1], 2);
	assert_memory_equal(config.extent[1], list, sizeof(list));
	assert_int_equal(config.extents[2], 0);
	added[1].disk_bytes = (2 << 20) - 4096;		/* overlap */
	seal();
	assert_int_equal(open_whole(), -EINVAL);
	added[1].disk_bytes = ((u64)target.device_blocks * 512) - (3 << 20) + 512;	/* behind the disk's end */
	seal();
	assert_int_equal(open_whole(), -EINVAL);
	added[1].disk_bytes = 8 << 20;
	added[1].bytes -= 4096;				/* a hole at the end */
	seal();
	assert_int_equal(open_whole(), -EINVAL);
}

static void test_config_open_extents_wrong(void **state)
{
	static const struct extent one = { 1 << 20, 4 << 20 };
	struct config_target file = target;

	file.start_block = 0;
	file.block_count = (4 << 20) / 512;
	for (u32 bytes = 0; bytes < 2 * sizeof(one); bytes++) {
		struct extent space[2] = { one };

		make_empty(state);
		add(CONFIG_TARGET, 0, &file, sizeof(file));
		add(CONFIG_EXTENTS, CONFIG_CRITICAL, space, bytes);
		assert_int_equal(open_whole(), bytes == sizeof(one) ? 0 : -EINVAL);
	}
	make_empty(state);
	add(CONFIG_TARGET, 0, &file, sizeof(file));
	add(CONFIG_EXTENTS, CONFIG_CRITICAL, &one, sizeof(one));
	assert_int_equal(open_whole(), 0);
	add(CONFIG_EXTENTS, CONFIG_CRITICAL, &one, sizeof(one));
	assert_int_equal(open_whole(), -EINVAL);	/* twice */
}

#define WITH_FULL(test) cmocka_unit_test_setup(test, make_full)
#define WITH_EMPTY(test) cmocka_unit_test_setup(test, make_empty)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FULL(test_config_open_full),
		WITH_EMPTY(test_config_open_empty),
		WITH_FULL(test_config_open_not_a_block),
		WITH_FULL(test_config_open_cut_off_anywhere),
		WITH_FULL(test_config_open_every_damaged_bit),
		WITH_FULL(test_config_open_every_damaged_byte_sealed),
		WITH_FULL(test_config_open_other_version),
		WITH_FULL(test_config_open_bad_total),
		WITH_EMPTY(test_config_open_too_large),
		WITH_FULL(test_config_open_more_entries_than_bytes),
		WITH_EMPTY(test_config_open_entry_past_end),
		WITH_EMPTY(test_config_open_unknown_entry),
		WITH_EMPTY(test_config_open_wrong_sizes),
		WITH_EMPTY(test_config_open_bad_target),
		WITH_EMPTY(test_config_open_cpu_count),
		WITH_EMPTY(test_config_open_bad_kick),
		WITH_EMPTY(test_config_open_bad_policy),
		WITH_EMPTY(test_config_open_bad_dump),
		WITH_EMPTY(test_config_open_bad_clock),
		WITH_EMPTY(test_config_open_many_targets),
		WITH_EMPTY(test_config_open_extents),
		WITH_EMPTY(test_config_open_extents_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
