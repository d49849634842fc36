// SPDX-License-Identifier: GPL-2.0
#include "dump_world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#define TEXT_BYTES (2 * PAGE_BYTES)
#define RING_PA (WORLD_RAM_BASE + 0x10000)

static const u8 uuid[16] = "a target's uuid";

static void observe_bad_page(void *context, u64 pa)
{
	struct dump_world *world = context;

	assert_true(world->observed_bad_count < ARRAY_SIZE(world->observed_bad));
	world->observed_bad[world->observed_bad_count++] = pa;
}

static void observe_progress(void *context, u64 done, u64 total)
{
	struct dump_world *world = context;

	assert_true(done >= world->observed_done && done <= total);
	world->observed_done = done;
}

/* What a header claims must be durable before the header is. */
static void watch_order(void *context, const struct dump_io *io)
{
	struct dump_world *world = context;

	if (io->op == DUMP_FLUSH)
		world->unflushed = world->header_unflushed = false;
	else if (io->op == DUMP_WRITE && io->tag >= TARGET_STAGE1_OFFSET)
		world->unflushed = true;
	if (io->op == DUMP_WRITE && io->offset == WORLD_TARGET_BASE) {
		world->header_unflushed = true;
		if (dump_world_header(world)->state == TARGET_WRITING ||
		    dump_world_header(world)->state == TARGET_COMPLETE)
			assert_false(world->unflushed);
	}
}

void dump_world_init(struct dump_world *world, u64 ram_bytes, u64 target_bytes, u32 count_bits, u32 size_bits)
{
	char info[2048];
	u32 bytes;

	memset(world, 0, sizeof(*world));
	fake_memory_init(&world->memory, WORLD_RAM_BASE, ram_bytes, 11);
	fake_ring_init(&world->ring, &world->memory, RING_PA, count_bits, size_bits, 1);
	bytes = (u32)snprintf(info, sizeof(info), "OSRELEASE=6.1.0\nCRASHTIME=%llu\n", WORLD_CRASH_TIME);
	bytes += fake_ring_vmcoreinfo(&world->ring, info + bytes, sizeof(info) - bytes);
	fake_memory_add_note(&world->memory, "CORE", NT_PRSTATUS, "registers of CPU 0", 18);
	fake_memory_add_note(&world->memory, "CORE", NT_PRSTATUS, "registers of CPU 1", 18);
	fake_memory_add_note(&world->memory, "VMCOREINFO", 0, info, bytes);
	fake_disk_init(&world->disk, WORLD_TARGET_BASE + target_bytes + (1u << 20), 512);
	fake_disk_make_target(&world->disk, WORLD_TARGET_BASE, target_bytes, uuid, 9);
	world->disk.memory = &world->memory;
	world->disk.done = watch_order;
	world->disk.context = world;
	world->target_bytes = target_bytes;
	world->dump = (struct dump){
		.mem = &world->memory.mem,
		.target = {
			.disk = &world->disk.target,
			.header = calloc(1, TARGET_BLOCK),
			.stamp = calloc(1, TARGET_BLOCK),
			.chunk_matched = calloc(1, target_map_bytes(target_bytes)),
		},
		.observer = { observe_progress, observe_bad_page, world },
		.request = world->request,
		.request_count = FAKE_DISK_DEPTH,
		.bounce = malloc(PAGE_BYTES),
		.text = malloc(TEXT_BYTES),
		.text_bytes = TEXT_BYTES,
		.entry_us = env_clock_us(),
	};
}

void dump_world_scatter(struct dump_world *world, u64 seed)
{
	struct target *target = &world->dump.target;

	world->extents = fake_disk_scatter(world->extent, ARRAY_SIZE(world->extent), WORLD_TARGET_BASE,
					   WORLD_TARGET_BASE + world->target_bytes, &seed);
	fake_disk_make_file(&world->disk, world->extent, world->extents, uuid, 9);
	target->extent = world->extent;
	target->extents = world->extents;
	target->seals_bytes = 3 * TARGET_BLOCK;
	target->seals = malloc(target->seals_bytes);
	target->piece_matched = calloc(1, target_piece_map_bytes(world->target_bytes));
}

void dump_world_gather(struct dump_world *world)
{
	u8 *bytes = malloc(world->target_bytes), *written = malloc(world->target_bytes / TARGET_BLOCK);
	u64 at = 0;

	for (u32 i = 0; i < world->extents; at += world->extent[i++].bytes) {
		const struct extent *extent = &world->extent[i];

		memcpy(bytes + at, world->disk.bytes + extent->disk_bytes, extent->bytes);
		memcpy(written + at / TARGET_BLOCK, world->disk.written + extent->disk_bytes / TARGET_BLOCK,
		       extent->bytes / TARGET_BLOCK);
	}
	assert_int_equal(at, world->target_bytes);
	memcpy(world->disk.bytes + WORLD_TARGET_BASE, bytes, at);
	memcpy(world->disk.written + WORLD_TARGET_BASE / TARGET_BLOCK, written, at / TARGET_BLOCK);
	free(bytes);
	free(written);
}

void dump_world_deinit(struct dump_world *world)
{
	free(world->dump.target.header);
	free(world->dump.target.stamp);
	free(world->dump.target.chunk_matched);
	free(world->dump.target.piece_matched);
	free(world->dump.target.seals);
	free(world->dump.bounce);
	free(world->dump.text);
	free(world->dump.layout.header);
	fake_memory_deinit(&world->memory);
	fake_disk_deinit(&world->disk);
}

static int write_dump(struct dump *dump, const void *log)
{
	int err;

	if ((err = dump_stage1(dump)) || (err = dump_memory(dump)))
		return err;
	return dump_finish(dump, DUMP_OK, "", log, sizeof(WORLD_LOG) - 1);
}

int dump_world_run(struct dump_world *world)
{
	static _Alignas(4) const u8 log[PAGE_BYTES] = WORLD_LOG;
	struct dump *dump = &world->dump;
	u64 bytes;
	int err;

	dump->core = fake_memory_core(&world->memory);
	bytes = elf_layout_buffer_bytes(&dump->core);
	err = elf_layout_init(&dump->layout, &dump->core, dump->mem, calloc(1, bytes), bytes);
	assert_int_equal(err, 0);
	err = target_open(&dump->target, world->extents ? 0 : WORLD_TARGET_BASE, world->target_bytes, uuid, 9);
	if (err)
		return err;
	err = write_dump(dump, log);
	if (!err) {
		assert_false(world->header_unflushed);
	} else {
		assert_int_not_equal(dump->target.error, DUMP_OK);
		dump_finish(dump, dump->target.error, "what went wrong", log, sizeof(WORLD_LOG) - 1);
	}
	return err;
}

const struct target_header *dump_world_header(const struct dump_world *world)
{
	return (const struct target_header *)(world->disk.bytes + WORLD_TARGET_BASE);
}

const char *dump_world_record(const struct dump_world *world, enum stage1_type type, u32 nth, u32 *ret_bytes)
{
	const u8 *area = world->disk.bytes + WORLD_TARGET_BASE + TARGET_STAGE1_OFFSET;
	u32 used = dump_world_header(world)->stage1_used;
	const struct stage1_record *record;

	assert_true(used <= TARGET_STAGE1_BYTES);
	for (u32 at = 0; at < used; at += (u32)(sizeof(*record) + align_up(record->bytes, 8))) {
		record = (const struct stage1_record *)(area + at);
		assert_true(used - at >= sizeof(*record));
		assert_true(record->type >= STAGE1_DMESG && record->type <= STAGE1_PHASE_LOG);
		assert_true(align_up(record->bytes, 8) <= used - at - sizeof(*record));
		if (record->type == type && !nth--) {
			*ret_bytes = record->bytes;
			return (const char *)(record + 1);
		}
	}
	return NULL;
}

static void check_stage1(const struct dump_world *world)
{
	u32 used = dump_world_header(world)->stage1_used, bytes;
	const char *record;

	for (u32 at = used; at % PAGE_BYTES; at++)
		assert_int_equal(world->disk.bytes[WORLD_TARGET_BASE + TARGET_STAGE1_OFFSET + at], 0);
	record = dump_world_record(world, STAGE1_VMCOREINFO, 0, &bytes);
	assert_non_null(record);
	assert_memory_equal(record, "OSRELEASE=6.1.0\n", 16);
	for (u32 cpu = 0; cpu < 2; cpu++) {
		record = dump_world_record(world, STAGE1_CPU_NOTE, cpu, &bytes);
		assert_non_null(record);
		assert_int_equal(bytes, 12 + 8 + 20);
		assert_int_equal(record[20 + 17], '0' + (int)cpu);
	}
	assert_null(dump_world_record(world, STAGE1_CPU_NOTE, 2, &bytes));
	assert_int_equal(dump_world_header(world)->crash_time, WORLD_CRASH_TIME);
}

/* One PT_LOAD of the file against memory, page by page. */
static void check_load(const struct dump_world *world, const Elf64_Phdr *load, const u8 *payload)
{
	for (u64 pa = load->p_paddr, end = pa + load->p_memsz, next; pa < end; pa = next) {
		const u8 *found = payload + load->p_offset + (pa - load->p_paddr);
		u8 pattern[PAGE_BYTES];

		next = min_u64(align_down(pa, PAGE_BYTES) + PAGE_BYTES, end);
		oldmem_fill_pattern(pattern, next - pa);
		assert_memory_equal(found, fake_memory_is_bad(&world->memory, pa) ? pattern :
				    fake_memory_at(&world->memory, pa), next - pa);
	}
}

static void check_payload(const struct dump_world *world)
{
	const u8 *payload = world->disk.bytes + WORLD_TARGET_BASE + TARGET_PAYLOAD_OFFSET;
	const Elf64_Ehdr *ehdr = (const Elf64_Ehdr *)payload;
	const Elf64_Phdr *phdr = (const Elf64_Phdr *)(payload + sizeof(*ehdr));
	u32 loads = 0;

	assert_memory_equal(ehdr->e_ident, ELFMAG, SELFMAG);
	assert_int_equal(phdr[0].p_type, PT_NOTE);
	for (u32 i = 1; i < ehdr->e_phnum; i++) {
		assert_true(phdr[i].p_offset + phdr[i].p_filesz <= dump_world_header(world)->dump_bytes);
		check_load(world, &phdr[i], payload);
	}
	for (u32 i = 0; i < world->dump.core.count; i++)
		loads += world->dump.core.phdr[i].p_type == PT_LOAD;
	assert_int_equal(ehdr->e_phnum, loads + 1);
}

enum target_state dump_world_check(const struct dump_world *world)
{
	const struct target_header *header = dump_world_header(world);
	u64 end = WORLD_TARGET_BASE + header->payload_limit;

	assert_int_equal(target_header_check(header, world->target_bytes), 0);
	assert_true(fake_disk_untouched(&world->disk, 0, WORLD_TARGET_BASE));
	assert_true(fake_disk_untouched(&world->disk, WORLD_TARGET_BASE + TARGET_STAMP0_OFFSET,
					WORLD_TARGET_BASE + TARGET_LOG_OFFSET));
	assert_true(fake_disk_untouched(&world->disk, end, world->disk.target.size_bytes));
	switch (header->state) {
	case TARGET_ARMED:	/* at most the log was written, by the attempt to tell of a failure */
		assert_true(fake_disk_untouched(&world->disk, WORLD_TARGET_BASE + TARGET_STAGE1_OFFSET, end));
		break;
	case TARGET_COMPLETE:
		assert_int_equal(header->first_error, DUMP_OK);
		assert_int_equal(header->first_error_offset, -1);
		check_stage1(world);
		check_payload(world);
		break;
	case TARGET_FAILED:
		assert_int_not_equal(header->first_error, DUMP_OK);
		assert_string_equal(header->first_error_text, "what went wrong");
		if (header->stage1_used)
			check_stage1(world);
		break;
	case TARGET_WRITING:
		check_stage1(world);
		break;
	default:
		assert_int_equal(header->state, TARGET_STAGE1);
		assert_int_equal(header->stage1_used, 0);
	}
	return header->state;
}
