// SPDX-License-Identifier: GPL-2.0
/* virtio-blk against a device that is only memory and answers what the test wants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../../../dumpkernel/disk.c"
#include "../../../dumpkernel/virtio_blk.c"
#include "../../../dumpkernel/virtio_pci.c"

/* The fake device's BAR: common, notification and device configuration. */
#define COMMON_AT 0x0000
#define NOTIFY_AT 0x1000
#define DEVICE_AT 0x2000

static u64 now_us;
static _Alignas(4096) u8 bar[0x3000];
static _Alignas(4096) u8 pool[4 * PAGE_BYTES];
static u32 pool_pages;
static u8 space[256];		/* config space */

u64 env_clock_us(void)
{
	return now_us;
}

void clock_delay_us(u64 us)
{
	now_us += us;
}

void *mem_alloc_pages(u32 pages)
{
	u8 *start = pool + pool_pages * PAGE_BYTES;

	pool_pages += pages;
	return pool_pages * PAGE_BYTES > sizeof(pool) ? NULL : memset(start, 0, pages * PAGE_BYTES);
}

volatile void *paging_map_mmio(u64 pa, u64 bytes)
{
	return (volatile void *)pa;
}

void watchdog_kick(void)
{
}

void console_printf(const char *fmt, ...)
{
}

int pci_enable_decoding(struct config_pci_address at, u16 vendor_id, u16 device_id)
{
	return 0;
}

int pci_enable_device(struct config_pci_address at, u16 vendor_id, u16 device_id)
{
	return 0;
}

void pci_stop_bus_master(struct config_pci_address at)
{
}

u64 pci_bar_address(struct config_pci_address at, unsigned index)
{
	return index == 4 ? (uintptr_t)bar : 0;
}

u8 pci_read8(struct config_pci_address at, u8 reg)
{
	return space[reg];
}

u32 pci_read32(struct config_pci_address at, u8 reg)
{
	return mmio_read32(space, reg);
}

/* Capabilities stand every 0x20 bytes from 0x40; a zero id ends them. */
u8 pci_find_capability(struct config_pci_address at, u8 id, u8 after)
{
	u8 next = after ? after + 0x20 : 0x40;

	return next < 0xe0 && space[next] == id ? next : 0;
}

static void set_capability(u8 at, u8 type, u32 offset, u32 bytes)
{
	space[at] = 9;
	space[at + 3] = type;
	space[at + 4] = 4;
	mmio_write32(space, at + 8, offset);
	mmio_write32(space, at + 12, bytes);
}

/* One word answers both halves of the features, so VERSION_1 comes with bit 0. */
static void make_device(u32 features, u16 queue_size, u64 sectors, u32 size_max, u32 block_bytes)
{
	memset(bar, 0, sizeof(bar));
	memset(space, 0, sizeof(space));
	pool_pages = 0;
	set_capability(0x40, CFG_COMMON, COMMON_AT, COMMON_BYTES);
	set_capability(0x60, CFG_NOTIFY, NOTIFY_AT, 4);
	set_capability(0x80, CFG_DEVICE, DEVICE_AT, 60);
	mmio_write32(bar, COMMON_AT + COMMON_DEVICE_FEATURE, features | 1);
	mmio_write16(bar, COMMON_AT + COMMON_QUEUE_SIZE, queue_size);
	mmio_write64(bar, DEVICE_AT, sectors);
	mmio_write32(bar, DEVICE_AT + 8, size_max);
	mmio_write32(bar, DEVICE_AT + 20, block_bytes);
}

static const struct config_target armed = { .driver = DRIVER_VIRTIO_BLK, .block_bytes = 512, .device_blocks = 1000 };

static int open_device(struct virtio_blk **ret_disk)
{
	struct dump_target *target = NULL;
	int err = virtio_blk_open(&armed, &target);

	*ret_disk = (struct virtio_blk *)target;
	return err;
}

static struct virtio_blk *open_good(void)
{
	struct virtio_blk *disk;

	make_device(0, 64, 1000, 0, 0);
	assert_int_equal(open_device(&disk), 0);
	return disk;
}

static void complete(struct virtio_blk *disk, u32 head)
{
	struct virtq_used *used = (struct virtq_used *)disk->queue.used;

	used->ring[used->idx++ % disk->queue.entries].id = head;
}

static void start_read(struct virtio_blk *disk, struct dump_io *io)
{
	static _Alignas(4) u8 buf[512];

	*io = (struct dump_io){ .op = DUMP_READ, .buf = buf, .bytes = sizeof(buf) };
	assert_int_equal(disk->target.submit(&disk->target, io), 0);
	assert_true(io->busy);
}

static void poll(struct virtio_blk *disk)
{
	for (u32 i = 0; i < POLLS_PER_CHECK; i++)
		disk->target.poll(&disk->target);
}

static void test_virtio_blk_open_fills_target(void **state)
{
	struct virtio_blk *disk = open_good();

	assert_int_equal(disk->target.size_bytes, 512000);
	assert_int_equal(disk->target.block_bytes, 512);
	assert_int_equal(disk->target.queue_depth, 64 / 3);
	assert_int_equal(disk->target.max_transfer_bytes, DISK_MAX_TRANSFER_BYTES);
}

static void test_virtio_blk_open_segment_limit(void **state)
{
	struct virtio_blk *disk;

	make_device(FEATURE_SIZE_MAX, 64, 1000, 65535, 0);
	assert_int_equal(open_device(&disk), 0);
	assert_int_equal(disk->target.max_transfer_bytes, 61440);
	make_device(FEATURE_SIZE_MAX, 64, 1000, 4095, 0);
	assert_int_equal(open_device(&disk), -EOPNOTSUPP);
	make_device(FEATURE_BLOCK_SIZE, 64, 1000, 0, 520);
	assert_int_equal(open_device(&disk), -EOPNOTSUPP);
}

static void test_virtio_blk_open_bad_device(void **state)
{
	struct virtio_blk *disk;

	make_device(0, 0, 1000, 0, 0);
	assert_int_equal(open_device(&disk), -ENODEV);		/* no queue */
	make_device(0, 2, 1000, 0, 0);
	assert_int_equal(open_device(&disk), -EOPNOTSUPP);	/* no room for one request */
	make_device(0, 64, ~0ull, 0, 0);
	assert_int_equal(open_device(&disk), -EIO);
	make_device(0, 64, 999, 0, 0);
	assert_int_equal(open_device(&disk), -ENXIO);
	make_device(FEATURE_READ_ONLY, 64, 1000, 0, 0);
	assert_int_equal(open_device(&disk), -EROFS);
}

static void test_virtio_blk_open_bad_capability(void **state)
{
	struct virtio_blk *disk;

	make_device(0, 64, 1000, 0, 0);
	space[0x40] = 0;
	assert_int_equal(open_device(&disk), -EOPNOTSUPP);	/* legacy: none at all */
	make_device(0, 64, 1000, 0, 0);
	space[0x44] = 3;					/* a BAR that is not there */
	assert_int_equal(open_device(&disk), -ENODEV);
	make_device(0, 64, 1000, 0, 0);
	mmio_write32(space, 0x4c, COMMON_BYTES - 1);		/* too short */
	assert_int_equal(open_device(&disk), -ENODEV);
	make_device(0, 64, 1000, 0, 0);
	mmio_write32(space, 0x70, 4);				/* doorbell beyond its window */
	mmio_write16(bar, COMMON_AT + COMMON_QUEUE_NOTIFY_OFF, 1);
	assert_int_equal(open_device(&disk), -ENODEV);
}

static void test_virtio_blk_poll_status(void **state)
{
	struct virtio_blk *disk = open_good();
	struct dump_io io[3];

	for (u32 i = 0; i < 3; i++)
		start_read(disk, &io[i]);
	disk->requests[0].status = 0;
	disk->requests[1].status = 1;
	for (u32 i = 0; i < 3; i++)
		complete(disk, 3 * (2 - i));
	poll(disk);
	assert_false(io[0].busy || io[1].busy || io[2].busy);
	assert_int_equal(io[0].status, 0);
	assert_int_equal(io[1].status, -EIO);
	assert_int_equal(io[2].status, -EIO);	/* the device said nothing */
}

/* A head that was not made available: all that is in flight fails, and the device is dead. */
static void check_nonsense(u32 head)
{
	struct virtio_blk *disk = open_good();
	struct dump_io io[2];

	start_read(disk, &io[0]);
	start_read(disk, &io[1]);
	complete(disk, head);
	poll(disk);
	assert_false(io[0].busy || io[1].busy);
	assert_int_equal(io[0].status, -EIO);
	assert_int_equal(io[1].status, -EIO);
	assert_int_equal(disk->target.submit(&disk->target, &io[0]), -ENODEV);
}

static void test_virtio_blk_poll_nonsense(void **state)
{
	check_nonsense(1);		/* the middle of a chain */
	check_nonsense(6);		/* a slot that is free */
	check_nonsense(3 * 21);		/* one behind the last */
	check_nonsense(0xffffffff);
}

static void test_virtio_blk_poll_index_jumps(void **state)
{
	struct virtio_blk *disk = open_good();
	struct dump_io io;

	start_read(disk, &io);
	disk->requests[0].status = 0;
	((struct virtq_used *)disk->queue.used)->idx = 5000;
	poll(disk);
	assert_false(io.busy);
}

static void test_virtio_blk_poll_needs_reset(void **state)
{
	struct virtio_blk *disk = open_good();
	struct dump_io io;

	start_read(disk, &io);
	mmio_write8(bar, COMMON_AT + COMMON_STATUS, 0x4f);
	poll(disk);
	assert_false(io.busy);
	assert_int_equal(io.status, -EIO);
}

static void test_virtio_blk_poll_timeout(void **state)
{
	struct virtio_blk *disk = open_good();
	struct dump_io io;

	start_read(disk, &io);
	now_us += DISK_TIMEOUT_US;
	poll(disk);
	assert_true(io.busy);
	now_us++;
	poll(disk);
	assert_int_equal(io.status, -ETIMEDOUT);
}

static void test_virtio_blk_submit_until_full(void **state)
{
	struct virtio_blk *disk = open_good();
	struct dump_io io[22];

	for (u32 i = 0; i < 21; i++)
		start_read(disk, &io[i]);
	io[21] = io[0];
	assert_int_equal(disk->target.submit(&disk->target, &io[21]), -EAGAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_virtio_blk_open_fills_target),
		cmocka_unit_test(test_virtio_blk_open_segment_limit),
		cmocka_unit_test(test_virtio_blk_open_bad_device),
		cmocka_unit_test(test_virtio_blk_open_bad_capability),
		cmocka_unit_test(test_virtio_blk_poll_status),
		cmocka_unit_test(test_virtio_blk_poll_nonsense),
		cmocka_unit_test(test_virtio_blk_poll_index_jumps),
		cmocka_unit_test(test_virtio_blk_poll_needs_reset),
		cmocka_unit_test(test_virtio_blk_poll_timeout),
		cmocka_unit_test(test_virtio_blk_submit_until_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
