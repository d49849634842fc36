// SPDX-License-Identifier: GPL-2.0
/* virtio-scsi against a host with one disk that answers what the test wants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../../../dumpkernel/disk.c"
#include "../../../dumpkernel/scsi.c"
#include "../../../dumpkernel/virtio_scsi.c"

#define TARGET 3
#define LUN 0x102

static struct {
	/* Answers */
	const char *serial;
	u8 eui64[8];
	u8 naa[16];
	u8 device_type;
	bool read_only;
	u64 blocks;
	u32 block_bytes, max_sectors, max_blocks;
	/* What goes wrong: the next `count` commands with this opcode (or all: count ~0) */
	u8 opcode;
	u32 count;
	struct command_answer answer;
	/* Seen */
	u32 tries;
	u8 cdb[SCSI_CDB_BYTES];
	u8 order[3];		/* of the last chain: 'r' and 'w' as the host sees them */
	bool hold;
} host;

static u64 now_us;
static _Alignas(4096) u8 pool[8 * PAGE_BYTES];
static u32 pool_pages;
static struct virtq_desc desc[VIRTQUEUE_MAX_ENTRIES];
static u16 waiting[VIRTQUEUE_MAX_ENTRIES], finished[VIRTQUEUE_MAX_ENTRIES];
static u32 waiting_count, finished_count;
static bool is_working, is_master;
static u16 queue_entries;

u64 env_clock_us(void)
{
	return now_us += 10;
}

void *mem_alloc_pages(u32 pages)
{
	u8 *start = pool + pool_pages * PAGE_BYTES;

	pool_pages += pages;
	return pool_pages * PAGE_BYTES > sizeof(pool) ? NULL : memset(start, 0, pages * PAGE_BYTES);
}

void console_printf(const char *fmt, ...)
{
}

int pci_enable_device(struct config_pci_address at, u16 vendor_id, u16 device_id)
{
	is_master = true;
	return 0;
}

void pci_stop_bus_master(struct config_pci_address at)
{
	is_master = false;
}

int virtio_pci_take_over(const struct config_target *config, const char *name, struct virtio_pci *device)
{
	return 0;
}

int virtio_pci_reset(const struct virtio_pci *device)
{
	waiting_count = finished_count = 0;
	return 0;
}

int virtio_pci_negotiate(const struct virtio_pci *device, u64 wanted, u64 *ret_features)
{
	*ret_features = 0;
	return 0;
}

int virtio_pci_setup_queue(const struct virtio_pci *device, u16 index, struct virtqueue *queue)
{
	assert_int_equal(index, 2);
	*queue = (struct virtqueue){ .desc = desc, .index = index, .entries = queue_entries };
	return 0;
}

void virtio_pci_start(const struct virtio_pci *device)
{
}

bool virtio_pci_is_working(const struct virtio_pci *device)
{
	return is_working;
}

int virtio_pci_read_config(const struct virtio_pci *device, u32 offset, void *buf, u32 bytes)
{
	assert_int_equal(offset, 8);
	memcpy(buf, &host.max_sectors, bytes);
	return 0;
}

void virtqueue_submit(struct virtqueue *queue, u16 head)
{
	assert_true(waiting_count < ARRAY_SIZE(waiting));
	waiting[waiting_count++] = head;
}

bool virtqueue_pop(struct virtqueue *queue, u32 *ret_head)
{
	if (!finished_count)
		return false;
	*ret_head = finished[--finished_count];
	return true;
}

/* --- the disk --------------------------------------------------------------------------- */

static void answer_inquiry(const u8 *cdb, u8 *data)
{
	data[1] = cdb[2];
	if (!(cdb[1] & 1)) {
		data[0] = host.device_type;
	} else if (cdb[2] == 0x80) {
		data[3] = (u8)strlen(host.serial);
		memcpy(data + 4, host.serial, strlen(host.serial));
	} else if (cdb[2] == 0x83) {
		data[3] = 32;
		memcpy(data + 4, "\1\2\0\10", 4);
		memcpy(data + 8, host.eui64, 8);
		memcpy(data + 16, "\1\3\0\20", 4);
		memcpy(data + 20, host.naa, 16);
	} else {
		put_be32(data + 8, host.max_blocks);
	}
}

static void answer_command(const u8 *cdb, u8 *data)
{
	switch (cdb[0]) {
	case INQUIRY:
		answer_inquiry(cdb, data);
		break;
	case MODE_SENSE_6:
		data[2] = host.read_only ? 0x80 : 0;
		break;
	case SERVICE_ACTION_IN_16:
		put_be32(data, (u32)((host.blocks - 1) >> 32));
		put_be32(data + 4, (u32)(host.blocks - 1));
		put_be32(data + 8, host.block_bytes);
	}
}

static void run_command(u16 head)
{
	static const u8 lun[8] = { 1, TARGET, 0x40 | LUN >> 8, LUN & 0xff };
	const struct command_head *command = (void *)desc[head].addr;
	struct command_answer *answer = NULL;
	u8 *data = NULL, write_only[4096];

	assert_int_equal(desc[head].len, 51);
	assert_memory_equal(command->lun, lun, sizeof(lun));
	memcpy(host.cdb, command->cdb, sizeof(host.cdb));
	memset(host.order, 0, sizeof(host.order));
	for (u32 i = 0, at = head;; at = desc[at].next, i++) {
		assert_true(i < 3 && at < VIRTQUEUE_MAX_ENTRIES);
		host.order[i] = desc[at].flags & VIRTQ_DESC_WRITE ? 'w' : 'r';
		if (desc[at].len == sizeof(*answer) && host.order[i] == 'w')
			answer = (void *)desc[at].addr;
		else if (i)
			data = (void *)desc[at].addr;
		if (!(desc[at].flags & VIRTQ_DESC_NEXT))
			break;
	}
	assert_non_null(answer);
	if (command->cdb[0] == host.opcode && host.count) {
		host.count -= host.count != ~0u;
		host.tries++;
		*answer = host.answer;
		return;
	}
	if (command->cdb[0] != READ_16 && command->cdb[0] != WRITE_16)
		answer_command(command->cdb, data ? data : write_only);
	*answer = (struct command_answer){ .residual_bytes = command->cdb[0] == INQUIRY ? 100 : 0 };
}

void watchdog_kick(void)
{
	u32 count = waiting_count;

	if (host.hold)
		return;
	waiting_count = 0;
	for (u32 i = 0; i < count; i++) {
		run_command(waiting[i]);
		finished[finished_count++] = waiting[i];
	}
}

static int setup(void **state)
{
	memset(&host, 0, sizeof(host));
	host.serial = "LB-1";
	host.blocks = 1000;
	host.block_bytes = 512;
	memset(host.eui64, 0x11, sizeof(host.eui64));
	memset(host.naa, 0x22, sizeof(host.naa));
	pool_pages = waiting_count = finished_count = 0;
	is_working = true;
	is_master = false;
	queue_entries = 64;
	return 0;
}

static void go_wrong(u8 opcode, u32 count, u8 response, u8 status, u8 key)
{
	host.opcode = opcode;
	host.count = count;
	host.tries = 0;
	host.answer = (struct command_answer){
		.sense_bytes = 18, .response = response, .status = status, .sense = { 0x70, 0, key },
	};
}

static struct config_target armed(void)
{
	return (struct config_target){
		.driver = DRIVER_VIRTIO_SCSI, .unit = TARGET << 16 | LUN, .block_bytes = 512, .device_blocks = 1000,
		.serial = "LB-1",
	};
}

static int open_as(const struct config_target *config, struct virtio_scsi **ret_scsi)
{
	struct dump_target *target = NULL;
	int err = virtio_scsi_open(config, &target);

	assert_int_equal(is_master, !err);
	*ret_scsi = (struct virtio_scsi *)target;
	return err;
}

static int open_disk(void)
{
	struct config_target config = armed();
	struct virtio_scsi *scsi;

	return open_as(&config, &scsi);
}

static struct virtio_scsi *open_good(void)
{
	struct config_target config = armed();
	struct virtio_scsi *scsi;

	assert_int_equal(open_as(&config, &scsi), 0);
	return scsi;
}

static int run(struct virtio_scsi *scsi, u8 op)
{
	static _Alignas(4) u8 data[1024];
	struct dump_io io = { .op = op, .buf = data, .bytes = sizeof(data), .offset = 4096 };
	int err = scsi->target.submit(&scsi->target, &io);

	while (!err && io.busy)
		scsi->target.poll(&scsi->target);
	return err ? err : io.status;
}

/* --- tests -------------------------------------------------------------------------------- */

static void test_virtio_scsi_open_fills_target(void **state)
{
	struct virtio_scsi *scsi = open_good();

	assert_int_equal(scsi->target.size_bytes, 512000);
	assert_int_equal(scsi->target.block_bytes, 512);
	assert_int_equal(scsi->target.queue_depth, 64 / 3);
	assert_int_equal(scsi->target.max_transfer_bytes, DISK_MAX_TRANSFER_BYTES);
}

static void test_virtio_scsi_open_limits(void **state)
{
	host.max_sectors = 71;
	assert_int_equal(open_good()->target.max_transfer_bytes, 32768);
	setup(NULL);
	host.max_blocks = 16;
	assert_int_equal(open_good()->target.max_transfer_bytes, 8192);
	setup(NULL);
	host.max_blocks = 7;
	assert_int_equal(open_disk(), -EOPNOTSUPP);
	setup(NULL);
	queue_entries = 2;
	assert_int_equal(open_disk(), -EOPNOTSUPP);
}

static void test_virtio_scsi_open_another_disk(void **state)
{
	struct config_target config = armed();
	struct virtio_scsi *scsi;

	memset(config.eui64, 0x11, sizeof(config.eui64));
	memset(config.nguid, 0x22, sizeof(config.nguid));
	assert_int_equal(open_as(&config, &scsi), 0);
	config.eui64[0]++;
	setup(NULL);
	assert_int_equal(open_as(&config, &scsi), -ENXIO);
	config.eui64[0]--;
	config.nguid[15]++;
	setup(NULL);
	assert_int_equal(open_as(&config, &scsi), -ENXIO);
	setup(NULL);
	host.serial = "LB-2";
	assert_int_equal(open_disk(), -ENXIO);
	setup(NULL);
	host.serial = "";
	assert_int_equal(open_disk(), -ENXIO);
	setup(NULL);
	host.blocks = 1001;
	assert_int_equal(open_disk(), -ENXIO);
}

/* kdumpctl keeps the first 23 characters. */
static void test_virtio_scsi_open_long_serial(void **state)
{
	struct config_target config = armed();
	struct virtio_scsi *scsi;

	host.serial = "  0123456789abcdefghijklmnopqrstuvwxyz";
	memcpy(config.serial, "0123456789abcdefghijklm", 23);
	assert_int_equal(open_as(&config, &scsi), 0);
}

static void test_virtio_scsi_open_bad_disk(void **state)
{
	go_wrong(INQUIRY, ~0u, RESPONSE_BAD_TARGET, 0, 0);
	assert_int_equal(open_disk(), -ENODEV);
	setup(NULL);
	host.device_type = 0x7f;
	assert_int_equal(open_disk(), -ENODEV);
	setup(NULL);
	host.device_type = 5;
	assert_int_equal(open_disk(), -ENODEV);
	setup(NULL);
	host.read_only = true;
	assert_int_equal(open_disk(), -EROFS);
	setup(NULL);
	host.block_bytes = 520;
	assert_int_equal(open_disk(), -EOPNOTSUPP);
	setup(NULL);
	host.blocks = 0;
	assert_int_equal(open_disk(), -EOPNOTSUPP);
	setup(NULL);
	go_wrong(SERVICE_ACTION_IN_16, 1, 0, 2, KEY_ILLEGAL_REQUEST);
	assert_int_equal(open_disk(), -EIO);
	setup(NULL);
	go_wrong(MODE_SENSE_6, 1, 0, 2, KEY_ILLEGAL_REQUEST);	/* it can't tell: to be tried */
	assert_int_equal(open_disk(), 0);
}

static void test_virtio_scsi_open_waits(void **state)
{
	u64 before = now_us;

	go_wrong(TEST_UNIT_READY, 5, 0, 2, KEY_UNIT_ATTENTION);
	assert_int_equal(open_disk(), 0);
	assert_int_equal(host.tries, 5);
	setup(NULL);
	go_wrong(TEST_UNIT_READY, ~0u, 0, STATUS_BUSY, 0);
	assert_int_equal(open_disk(), -ETIMEDOUT);
	assert_in_range(now_us - before, DISK_TIMEOUT_US, 2 * DISK_TIMEOUT_US);
}

static void test_virtio_scsi_submit_chain(void **state)
{
	struct virtio_scsi *scsi = open_good();

	assert_int_equal(run(scsi, DUMP_WRITE), 0);
	assert_int_equal(host.cdb[0], WRITE_16);
	assert_int_equal(host.cdb[9], 8);
	assert_int_equal(host.cdb[13], 2);
	assert_memory_equal(host.order, "rrw", 3);
	assert_int_equal(run(scsi, DUMP_READ), 0);
	assert_int_equal(host.cdb[0], READ_16);
	assert_memory_equal(host.order, "rww", 3);
	assert_int_equal(run(scsi, DUMP_FLUSH), 0);
	assert_int_equal(host.cdb[0], SYNCHRONIZE_CACHE_10);
	assert_memory_equal(host.order, "rw\0", 3);
}

static void test_virtio_scsi_poll_errors(void **state)
{
	struct virtio_scsi *scsi = open_good();

	go_wrong(WRITE_16, 2, 0, 2, KEY_ABORTED);
	assert_int_equal(run(scsi, DUMP_WRITE), 0);
	go_wrong(WRITE_16, ~0u, 0, 2, KEY_ABORTED);
	assert_int_equal(run(scsi, DUMP_WRITE), -EIO);
	assert_int_equal(host.tries, 3);
	go_wrong(WRITE_16, 7, 0, 2, KEY_UNIT_ATTENTION);
	assert_int_equal(run(scsi, DUMP_WRITE), 0);
	go_wrong(WRITE_16, 7, RESPONSE_BUSY, 0, 0);
	assert_int_equal(run(scsi, DUMP_WRITE), 0);
	go_wrong(WRITE_16, 1, 0, 2, 3);			/* medium error */
	assert_int_equal(run(scsi, DUMP_WRITE), -EIO);
	go_wrong(WRITE_16, 1, 9, 0, 0);			/* the host's own failure */
	assert_int_equal(run(scsi, DUMP_WRITE), -EIO);
	go_wrong(WRITE_16, 1, RESPONSE_BAD_TARGET, 0, 0);
	assert_int_equal(run(scsi, DUMP_WRITE), -ENODEV);
	go_wrong(WRITE_16, 1, 0, 2, KEY_ILLEGAL_REQUEST);
	assert_int_equal(run(scsi, DUMP_WRITE), -EIO);
	go_wrong(SYNCHRONIZE_CACHE_10, 1, 0, 2, KEY_ILLEGAL_REQUEST);
	assert_int_equal(run(scsi, DUMP_FLUSH), 0);
	go_wrong(READ_16, 1, 0, 0, 0);
	host.answer.residual_bytes = 512;		/* half of it */
	assert_int_equal(run(scsi, DUMP_READ), -EIO);
	go_wrong(READ_16, 1, RESPONSE_NONE, 0, 0);	/* the host wrote nothing */
	assert_int_equal(run(scsi, DUMP_READ), -EIO);
	go_wrong(READ_16, 1, 0, 2, 0);
	host.answer.sense_bytes = 0xffffffff;		/* read no further than it can be */
	host.answer.sense[0] = 0x7f;
	assert_int_equal(run(scsi, DUMP_READ), -EIO);
	assert_int_equal(run(scsi, DUMP_READ), 0);
}

static void test_virtio_scsi_poll_dead(void **state)
{
	struct virtio_scsi *scsi = open_good();
	u64 before = now_us;

	host.hold = true;
	assert_int_equal(run(scsi, DUMP_READ), -ETIMEDOUT);
	assert_in_range(now_us - before, DISK_TIMEOUT_US, DISK_TIMEOUT_US + 1000);
	assert_false(is_master);
	assert_int_equal(run(scsi, DUMP_READ), -ENODEV);
	setup(NULL);
	scsi = open_good();
	host.hold = true;
	is_working = false;
	assert_int_equal(run(scsi, DUMP_READ), -EIO);
	assert_int_equal(run(scsi, DUMP_READ), -ENODEV);
}

static void test_virtio_scsi_poll_nonsense(void **state)
{
	static const u16 heads[] = { 1, 6, 3 * 21, 0xffff };

	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		struct virtio_scsi *scsi;

		setup(NULL);
		scsi = open_good();
		host.hold = true;
		finished[finished_count++] = heads[i];
		assert_int_equal(run(scsi, DUMP_READ), -EIO);
		assert_int_equal(run(scsi, DUMP_READ), -ENODEV);
	}
}

#define fresh(test) cmocka_unit_test_setup(test, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		fresh(test_virtio_scsi_open_fills_target),
		fresh(test_virtio_scsi_open_limits),
		fresh(test_virtio_scsi_open_another_disk),
		fresh(test_virtio_scsi_open_long_serial),
		fresh(test_virtio_scsi_open_bad_disk),
		fresh(test_virtio_scsi_open_waits),
		fresh(test_virtio_scsi_submit_chain),
		fresh(test_virtio_scsi_poll_errors),
		fresh(test_virtio_scsi_poll_dead),
		fresh(test_virtio_scsi_poll_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
