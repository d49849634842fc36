// SPDX-License-Identifier: GPL-2.0
/* Dumps in the KDUMP format, saved once more. */
#include "kdump-save/source_kdump.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/file.h"
#include "kdump-save/kdump_file.h"
#include "save_world.h"

static void save_first(unsigned level, char codec)
{
	struct save_options options = make_options(level, codec);

	options.force = true;
	assert_int_equal(save_run(&options), 0);
}

static int save_again(unsigned level, char codec)
{
	struct save_options options = make_options(level, codec);

	options.input = dump_path;
	options.output = second_path;
	options.force = true;
	return save_run(&options);
}

static struct kdump_sub_header sub_header(const char *path)
{
	struct kdump_file file;
	int fd = open(path, O_RDONLY);

	assert_int_equal(kdump_file_open(&file, fd), 0);
	kdump_file_close(&file);
	close(fd);
	return file.sub;
}

static void test_filtered_again(void **state)
{
	save_first(LEVEL_ZERO, 'l');
	assert_int_equal(save_again(LEVEL_FREE, 'z'), 0);
	assert_int_equal(check_dump(second_path), KEPT_PAGES);
	assert_int_equal(verify(second_path), VERIFY_COMPLETE);
	assert_int_equal(sub_header(second_path).dump_level, LEVEL_ZERO | LEVEL_FREE);
	assert_int_equal(sub_header(second_path).notes_bytes, sub_header(dump_path).notes_bytes);
}

/* What is left out already is not there to be kept. */
static void test_lower_level_brings_nothing_back(void **state)
{
	save_first(LEVEL_ALL, 'c');
	assert_int_equal(save_again(0, 0), 0);
	assert_int_equal(check_dump(second_path), KEPT_PAGES);
	assert_int_equal(verify(second_path), VERIFY_COMPLETE);
	assert_int_equal(sub_header(second_path).dump_level, LEVEL_ALL);
}

static void test_to_elf(void **state)
{
	struct save_options options = make_options(0, 0);
	static u8 zeroes[PAGE_BYTES], page[PAGE_BYTES];
	struct source source;

	fake_kernel_add_key(&kernel, "SYMBOL(_stext)=ffffffff81000000");
	write_core(0);
	save_first(LEVEL_ALL, 'l');
	options.elf = true;
	options.input = dump_path;
	options.output = second_path;
	assert_int_equal(save_run(&options), 0);
	assert_int_equal(source_open(&source, second_path, false), 0);
	assert_int_equal(source.info.bytes, kernel.info.bytes);
	assert_int_equal(source.core.count, 3);
	assert_int_equal(source.phdr[1].p_vaddr, FAKE_VA);	/* by the page tables */
	assert_int_equal(source.phdr[1].p_filesz, FAKE_KERNEL_BYTES);
	assert_int_equal(source.phdr[2].p_vaddr, 0xffffffff81000000);
	assert_int_equal(source.phdr[2].p_paddr, 0xf00000);	/* phys_base is -1 MiB */
	for (u64 pfn = 0; pfn < FAKE_KERNEL_PAGES; pfn++) {
		assert_int_equal(source.mem.read(&source.mem, pfn * PAGE_BYTES, page, PAGE_BYTES), 0);
		assert_memory_equal(page, pfn < FREE_PFN || is_struct_page(pfn) ? memory_at(pfn * PAGE_BYTES) : zeroes, PAGE_BYTES);
	}
	source_close(&source);
}

static void cut_to(u64 bytes)
{
	assert_int_equal(truncate(dump_path, (off_t)bytes), 0);
}

/* A dump that was cut off gives what it has, and what is made of it says that it is not all. */
static void test_cut_off(void **state)
{
	u64 had = KEPT_PAGES + 1, size;
	int fd;

	save_first(LEVEL_FREE, 'l');
	fd = open(dump_path, O_RDONLY);
	size = (u64)lseek(fd, 0, SEEK_END) - 1;
	close(fd);
	for (; size > 0x4000; size = size * 3 / 4 - 7) {
		struct verify_result result;
		u64 has;

		cut_to(size);
		assert_int_equal(save_again(0, 'c'), 0);
		has = check_dump(second_path);
		assert_true(has <= had);
		had = has;
		assert_int_equal(verify_file(dump_path, &result), 0);
		assert_int_equal(result.pages - result.pages_missing, has);
		assert_int_equal(verify_file(second_path, &result), 0);
		assert_int_equal(result.state, VERIFY_TRUNCATED);
		assert_true(result.marked);
		assert_int_equal(result.pages_missing, 0);
	}
	cut_to(4096);
	assert_int_equal(save_again(0, 'c'), -EBADMSG);
}

static void test_damaged_page_gets_the_pattern(void **state)
{
	u64 pfn = 0x2ff, pa = pfn * PAGE_BYTES;
	struct kdump_page page;
	struct kdump_file file;
	int fd;

	memory_at(pa)[0] = 1;
	write_core(0);
	save_first(LEVEL_ALL, 'c');
	fd = open(dump_path, O_RDWR);
	assert_int_equal(kdump_file_open(&file, fd), 0);
	assert_int_equal(kdump_file_find(&file, kdump_file_rank(&file, pfn), &page), 0);
	assert_int_equal(page.flags, KDUMP_ZLIB);
	assert_int_equal(file_pwrite_all(fd, "\0\0\0\0", 4, page.offset), 0);
	kdump_file_close(&file);
	close(fd);
	assert_int_equal(save_again(0, 'l'), 0);
	for (u32 i = 0; i < PAGE_BYTES; i += 4)
		memcpy(memory_at(pa) + i, &(u32){ OLDMEM_BAD_PATTERN }, 4);
	assert_int_equal(check_dump(second_path), KEPT_PAGES);
}

static void test_flattened_is_refused(void **state)
{
	int fd = open(dump_path, O_RDWR | O_CREAT, 0600);

	assert_int_equal(file_pwrite_all(fd, "makedumpfile\0\0\0\0", 16, 0), 0);
	assert_int_equal(ftruncate(fd, 8192), 0);
	close(fd);
	assert_int_equal(save_again(0, 0), -EBADMSG);
	assert_int_equal(access(second_path, F_OK), -1);
}

int main(void)
{
#define WITH_CORE(test) cmocka_unit_test_setup_teardown(test, save_world_setup, save_world_teardown)
	const struct CMUnitTest tests[] = {
		WITH_CORE(test_filtered_again), WITH_CORE(test_lower_level_brings_nothing_back), WITH_CORE(test_to_elf), WITH_CORE(test_cut_off),
		WITH_CORE(test_damaged_page_gets_the_pattern), WITH_CORE(test_flattened_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
