// SPDX-License-Identifier: GPL-2.0
/* A dump from a vmcore file to a raw target in a file, through capture/'s own dump code. */
#include "../kdumpctl/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/dump.h"
#include "common/file.h"
#include "fake_vmcore.h"
#include "kdump-init/raw_disk.h"

#define TARGET_BYTES (8ull << 20)

static struct fake_vmcore fake;
static struct vmcore vmcore;
static struct raw_disk disk;
static char target_path[32];

static int make(void **state)
{
	int fd;

	fake_vmcore_init(&fake);
	fake_ring_add(&fake.ring, 1500000000, "its last words", FAKE_FINALIZED);
	fake_vmcore_write(&fake);
	strcpy(target_path, "/tmp/fake-target-XXXXXX");
	fd = mkstemp(target_path);
	if (fd < 0 || ftruncate(fd, TARGET_BYTES))
		return -1;
	close(fd);
	return vmcore_open(&vmcore, fake.path) || raw_disk_open(&disk, target_path, &vmcore);
}

static int drop(void **state)
{
	raw_disk_close(&disk);
	vmcore_close(&vmcore);
	unlink(target_path);
	fake_vmcore_deinit(&fake);
	return 0;
}

static void *page(void)
{
	void *data = aligned_alloc(PAGE_BYTES, PAGE_BYTES);

	memset(data, 0, PAGE_BYTES);
	return data;
}

static void put_block(void *data, u64 offset)
{
	struct dump_io io = { .op = DUMP_WRITE, .buf = data, .bytes = PAGE_BYTES, .offset = offset };

	assert_int_equal(dump_io_sync(&disk.target, &io), 0);
}

static void prepare_target(void)
{
	struct target_header *header = page();
	struct target_stamp *stamp = page();

	header->magic = TARGET_MAGIC;
	header->version = TARGET_VERSION;
	header->state = TARGET_ARMED;
	header->generation = 3;
	header->size_bytes = TARGET_BYTES;
	header->payload_limit = target_payload_limit(TARGET_BYTES);
	target_header_seal(header);
	put_block(header, 0);
	target_stamp_fill(stamp, header, 0);
	put_block(stamp, target_stamp_offset(header, 0));
	target_stamp_fill(stamp, header, TARGET_CHUNK_END);
	put_block(stamp, target_stamp_offset(header, TARGET_CHUNK_END));
	free(header);
	free(stamp);
}

static void ignore_progress(void *context, u64 done_bytes, u64 total_bytes)
{
}

static void ignore_page(void *context, u64 pa)
{
}

static int run_dump(struct dump *dump)
{
	static struct dump_request request;
	static const u8 uuid[16];
	u8 *log = page(), *header = aligned_alloc(PAGE_BYTES, vmcore.header_bytes);
	int err;

	memcpy(header, vmcore.headers, vmcore.header_bytes);
	*dump = (struct dump){ .mem = &vmcore.mem, .core = vmcore.core, .request = &request, .request_count = 1, .bounce = page(), .text = page(),
			       .text_bytes = PAGE_BYTES, .observer = { .progress = ignore_progress, .bad_page = ignore_page } };
	dump->target = (struct target){ .disk = &disk.target, .header = page(), .stamp = page(), .chunk_matched = page() };
	err = elf_layout_adopt(&dump->layout, header, vmcore.header_bytes);
	if (!err)
		err = target_open(&dump->target, 0, TARGET_BYTES, uuid, 3);
	if (!err)
		err = dump_stage1(dump);
	if (!err)
		err = dump_memory(dump);
	if (!err)
		err = dump_finish(dump, DUMP_OK, "", log, PAGE_BYTES);
	free(log);
	return err;
}

static void free_dump(struct dump *dump)
{
	free(dump->layout.header);
	free(dump->bounce);
	free(dump->text);
	free(dump->target.header);
	free(dump->target.stamp);
	free(dump->target.chunk_matched);
}

static void assert_payload(const struct dump *dump)
{
	u8 *payload = malloc(dump->layout.file_bytes);
	FILE *file = fopen(target_path, "r");
	struct elfcore core;

	assert_int_equal(file_pread_all(fileno(file), payload, dump->layout.file_bytes, TARGET_PAYLOAD_OFFSET), 0);
	assert_int_equal(elfcore_open(payload, dump->layout.file_bytes, &core), 0);
	assert_int_equal(core.count, 4);
	for (u32 i = 1; i < core.count; i++)
		assert_memory_equal(payload + core.phdr[i].p_offset, fake_memory_at(&fake.memory, core.phdr[i].p_paddr),
				    core.phdr[i].p_filesz);
	/* The load inside another one shares its bytes. */
	assert_int_equal(core.phdr[3].p_offset, core.phdr[1].p_offset + (64u << 10));
	fclose(file);
	free(payload);
}

static void test_raw_dump(void **state)
{
	struct dump dump;

	prepare_target();
	assert_int_equal(run_dump(&dump), 0);
	assert_int_equal(dump.target.header->state, TARGET_COMPLETE);
	assert_int_equal(dump.target.header->crash_time, FAKE_VMCORE_TIME);
	assert_int_equal(dump.target.header->pages_bad, 0);
	assert_int_equal(dump.target.header->pages_bounced, 0);
	assert_payload(&dump);
	free_dump(&dump);
}

/* A vmcore that ends early, as one with unreadable memory: patterns, counted, and the dump goes on. */
static void test_raw_dump_of_unreadable_memory(void **state)
{
	struct dump dump;

	prepare_target();
	assert_int_equal(truncate(fake.path, (off_t)fake.bytes - 3 * PAGE_BYTES), 0);
	assert_int_equal(run_dump(&dump), 0);
	assert_int_equal(dump.target.header->state, TARGET_COMPLETE);
	assert_int_equal(dump.target.header->pages_bad, 1);	/* the others belong to the load that shares bytes */
	free_dump(&dump);
}

static void test_raw_dump_needs_a_stamp(void **state)
{
	struct dump dump;
	u8 *zeros = page();

	prepare_target();
	put_block(zeros, TARGET_BYTES - TARGET_TAIL_BYTES);
	assert_int_equal(run_dump(&dump), -ESTALE);
	assert_int_equal(dump.target.error, DUMP_TARGET_BAD_STAMP);
	free(zeros);
	free_dump(&dump);
}

static void test_raw_disk_bounds(void **state)
{
	u8 *data = page();
	struct dump_io io = { .op = DUMP_WRITE, .buf = data, .bytes = PAGE_BYTES, .offset = TARGET_BYTES };

	assert_int_equal(dump_io_sync(&disk.target, &io), -EINVAL);
	io.offset = 512;
	assert_int_equal(dump_io_sync(&disk.target, &io), -EINVAL);
	io.offset = 0;
	io.bytes = disk.target.max_transfer_bytes + PAGE_BYTES;
	assert_int_equal(dump_io_sync(&disk.target, &io), -EINVAL);
	io.bytes = PAGE_BYTES;
	io.buf = vmcore.mem.direct;	/* physical address 0 is not RAM there */
	assert_int_equal(dump_io_sync(&disk.target, &io), -EFAULT);
	io.buf = vmcore.mem.direct + FAKE_VMCORE_BASE;
	assert_int_equal(dump_io_sync(&disk.target, &io), 0);
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_raw_dump, make, drop),
		cmocka_unit_test_setup_teardown(test_raw_dump_of_unreadable_memory, make, drop),
		cmocka_unit_test_setup_teardown(test_raw_dump_needs_a_stamp, make, drop),
		cmocka_unit_test_setup_teardown(test_raw_disk_bounds, make, drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
