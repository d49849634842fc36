// SPDX-License-Identifier: GPL-2.0
/* From a vmcore file of a made-up kernel to dump files and back. */
#include "save_world.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/file.h"
#include "kdump-save/flattened.h"
#include "kdump-save/kdump_file.h"

static void test_each_codec(void **state)
{
	static const char letters[] = { 0, 'c', 'l', 'z', 'p' };

	for (size_t i = 0; i < sizeof(letters); i++) {
		struct save_options options = make_options(LEVEL_ALL, letters[i]);
		struct stat st;

		options.force = true;
		assert_int_equal(save_run(&options), 0);
		assert_int_equal(check_dump(dump_path), KEPT_PAGES);
		assert_int_equal(verify(dump_path), VERIFY_COMPLETE);
		assert_int_equal(stat(dump_path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
}

static void test_any_threads_and_ways_to_read(void **state)
{
	for (u32 threads = 1; threads < 9; threads++) {
		struct save_options options = make_options(LEVEL_ZERO, 'l');

		options.threads = threads;
		options.force = true;
		options.windows = threads % 2;
		assert_int_equal(save_run(&options), 0);
		assert_int_equal(check_dump(dump_path), FAKE_KERNEL_PAGES);
	}
}

/* So much that the filter does not remember which pages are kept; the page at the end has no struct page, and is. */
static void test_a_great_deal_of_memory(void **state)
{
	struct save_options options = make_options(LEVEL_ALL, 'l');
	struct verify_result result;

	far_page_pa = 1ull << 40;
	write_core(0);
	assert_int_equal(save_run(&options), 0);
	assert_int_equal(verify_file(dump_path, &result), 0);
	assert_int_equal(result.state, VERIFY_COMPLETE);
	assert_int_equal(result.pages, KEPT_PAGES + 1);
}

static void test_existing_file_is_left_alone(void **state)
{
	struct save_options options = make_options(0, 0);
	struct stat st;
	int fd = open(dump_path, O_RDWR | O_CREAT, 0644);

	assert_int_equal(write(fd, "mine", 4), 4);
	close(fd);
	assert_int_equal(save_run(&options), -EEXIST);
	assert_int_equal(stat(dump_path, &st), 0);
	assert_int_equal(st.st_size, 4);
	options.force = true;
	assert_int_equal(save_run(&options), 0);
	assert_int_equal(stat(dump_path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(check_dump(dump_path), FAKE_KERNEL_PAGES);
}

static void test_dry_run_writes_nothing(void **state)
{
	struct save_options options = make_options(LEVEL_ALL, 'l');

	options.dry_run = true;
	assert_int_equal(save_run(&options), 0);
	assert_int_equal(access(dump_path, F_OK), -1);
}

static void test_elf_with_holes(void **state)
{
	struct save_options options = make_options(LEVEL_ALL, 0);
	static u8 zeroes[PAGE_BYTES], page[PAGE_BYTES];
	struct source source;
	struct stat st;

	options.elf = true;
	assert_int_equal(save_run(&options), 0);
	assert_int_equal(verify(dump_path), VERIFY_COMPLETE);
	assert_int_equal(stat(dump_path, &st), 0);
	assert_true(st.st_size > FAKE_KERNEL_BYTES && st.st_blocks * 512 < FAKE_KERNEL_BYTES / 4);
	assert_int_equal(source_open(&source, dump_path, false), 0);
	assert_int_equal(source.cpus, 1);
	assert_int_equal(source.info.bytes, kernel.info.bytes);
	for (u64 pfn = 0; pfn < FAKE_KERNEL_PAGES; pfn++) {
		bool kept = pfn < FREE_PFN || is_struct_page(pfn);

		assert_int_equal(source.mem.read(&source.mem, pfn * PAGE_BYTES, page, PAGE_BYTES), 0);
		assert_memory_equal(page, kept ? memory_at(pfn * PAGE_BYTES) : zeroes, PAGE_BYTES);
	}
	source_close(&source);
}

/* The ELF core that was made is a source again, at the same level and any other. */
static void test_dump_of_a_dump(void **state)
{
	struct save_options options = make_options(0, 0);

	options.elf = true;
	assert_int_equal(save_run(&options), 0);
	options = make_options(LEVEL_ALL, 'z');
	options.input = dump_path;
	options.output = second_path;
	assert_int_equal(save_run(&options), 0);
	assert_int_equal(check_dump(second_path), KEPT_PAGES);
}

static void test_flattened_and_rebuilt(void **state)
{
	struct save_options options = make_options(LEVEL_ALL, 'l');
	int saved = dup(STDOUT_FILENO), fd = open(second_path, O_RDWR | O_CREAT, 0600), to;
	struct stat st;

	options.flattened = true;
	dup2(fd, STDOUT_FILENO);
	assert_int_equal(save_run(&options), 0);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	to = open(dump_path, O_RDWR | O_CREAT, 0600);
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(flattened_rebuild(fd, to), 0);
	assert_int_equal(check_dump(dump_path), KEPT_PAGES);

	/* Cut off: what there was is rebuilt, and it says that it is not all. */
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(ftruncate(fd, st.st_size / 2), 0);
	assert_int_equal(ftruncate(to, 0), 0);
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(flattened_rebuild(fd, to), -ENODATA);
	assert_int_equal(verify(dump_path), VERIFY_TRUNCATED);
	lseek(fd, 1, SEEK_SET);
	assert_int_equal(flattened_rebuild(fd, to), -EBADMSG);
	close(fd);
	close(to);
}

static void test_verify_cut_off(void **state)
{
	struct save_options options = make_options(LEVEL_ALL, 'l');
	struct verify_result result;
	struct stat st;

	assert_int_equal(save_run(&options), 0);
	assert_int_equal(stat(dump_path, &st), 0);
	for (off_t size = st.st_size - 1; size > 4096; size -= 9973) {
		assert_int_equal(truncate(dump_path, size), 0);
		assert_int_equal(verify_file(dump_path, &result), 0);
		assert_int_equal(result.state, VERIFY_TRUNCATED);
		assert_int_equal(result.at, size);
	}
	assert_int_equal(truncate(dump_path, 100), 0);
	assert_int_equal(verify_file(dump_path, &result), -EBADMSG);
}

static void test_verify_damaged(void **state)
{
	struct save_options options = make_options(LEVEL_ALL, 'c');
	struct verify_result result;
	struct kdump_page page;
	struct kdump_file file;
	u8 byte;
	int fd;

	assert_int_equal(save_run(&options), 0);
	fd = open(dump_path, O_RDWR);
	assert_int_equal(kdump_file_open(&file, fd), 0);
	for (u64 rank = file.pages - 1; !kdump_file_find(&file, rank, &page) && !page.flags; rank--)
		;
	assert_int_equal(file_pread_all(fd, &byte, 1, page.offset + page.bytes / 2), 0);
	byte ^= 0x10;
	assert_int_equal(file_pwrite_all(fd, &byte, 1, page.offset + page.bytes / 2), 0);
	assert_int_equal(verify_file(dump_path, &result), 0);
	assert_int_equal(result.state, VERIFY_DAMAGED);
	assert_int_equal(result.at, page.offset);
	assert_true(result.pages_damaged >= 1);
	kdump_file_close(&file);
	close(fd);
}

static void test_limit(void **state)
{
	struct save_options options = make_options(0, 0);
	struct verify_result result;
	struct stat st;

	options.limit_bytes = 8 << 20;
	assert_int_equal(save_run(&options), -EFBIG);
	assert_int_equal(stat(dump_path, &st), 0);
	assert_true(st.st_size <= 8 << 20);
	assert_int_equal(verify_file(dump_path, &result), 0);
	assert_int_equal(result.state, VERIFY_TRUNCATED);
	assert_true(result.marked);
}

/* A vmcore that was cut off: what is gone gets the pattern, by either way to read. */
static void test_source_cut_off(void **state)
{
	for (int windows = 0; windows < 2; windows++) {
		struct save_options options = make_options(0, 'l');

		write_core(LOAD_OFFSET + FAKE_KERNEL_BYTES - 5 * PAGE_BYTES);
		for (u64 at = FAKE_KERNEL_BYTES - 5 * PAGE_BYTES; at < FAKE_KERNEL_BYTES; at += 4)
			memcpy(memory_at(at), &(u32){ 0xdeadbad0 }, 4);
		options.windows = windows;
		options.force = true;
		assert_int_equal(save_run(&options), 0);
		assert_int_equal(check_dump(dump_path), FAKE_KERNEL_PAGES);
	}
}

static void test_no_vmcoreinfo_keeps_all(void **state)
{
	struct save_options options = make_options(LEVEL_ALL, 'l');

	kernel.info.bytes = 1;
	write_core(0);
	assert_int_equal(save_run(&options), 0);
	assert_int_equal(check_dump(dump_path), FAKE_KERNEL_PAGES);
}

static void test_not_a_core(void **state)
{
	struct save_options options = make_options(0, 0);
	int fd = open(core_path, O_RDWR | O_TRUNC);

	assert_int_equal(save_run(&options), -EBADMSG);
	for (int i = 0; i < 64; i++)
		assert_int_equal(write(fd, "no core.", 8), 8);
	assert_int_equal(save_run(&options), -EBADMSG);
	assert_int_equal(access(dump_path, F_OK), -1);
	close(fd);
}

int main(void)
{
#define WITH_CORE(test) cmocka_unit_test_setup_teardown(test, save_world_setup, save_world_teardown)
	const struct CMUnitTest tests[] = {
		WITH_CORE(test_each_codec), WITH_CORE(test_any_threads_and_ways_to_read), WITH_CORE(test_existing_file_is_left_alone),
		WITH_CORE(test_a_great_deal_of_memory), WITH_CORE(test_dry_run_writes_nothing), WITH_CORE(test_elf_with_holes), WITH_CORE(test_dump_of_a_dump),
		WITH_CORE(test_flattened_and_rebuilt), WITH_CORE(test_verify_cut_off), WITH_CORE(test_verify_damaged), WITH_CORE(test_limit),
		WITH_CORE(test_source_cut_off), WITH_CORE(test_no_vmcoreinfo_keeps_all), WITH_CORE(test_not_a_core),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
