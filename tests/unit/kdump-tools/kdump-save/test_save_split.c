// SPDX-License-Identifier: GPL-2.0
/* Dumps in several files, and one file of them again. */
#include "save_world.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/file.h"
#include "kdump-save/kdump_file.h"

#define FILES_MAX 8u

static char path[FILES_MAX][80];
static const char *files[FILES_MAX];

static int setup(void **state)
{
	int err = save_world_setup(state);

	for (u32 i = 0; i < FILES_MAX; i++) {
		snprintf(path[i], sizeof(path[i]), "%.*s-%u", (int)sizeof(path[i]) - 8, dump_path, i);
		files[i] = path[i];
	}
	return err;
}

static int teardown(void **state)
{
	for (u32 i = 0; i < FILES_MAX; i++)
		unlink(files[i]);
	return save_world_teardown(state);
}

static int split(u32 count, unsigned level, char codec)
{
	struct save_options options = make_options(level, codec);

	options.action = SAVE_OPTIONS_SPLIT;
	options.output = NULL;
	options.files = files;
	options.file_count = count;
	options.force = true;
	return save_run(&options);
}

static int reassemble(u32 count)
{
	struct save_options options = make_options(0, 0);

	options.action = SAVE_OPTIONS_REASSEMBLE;
	options.output = second_path;
	options.files = files;
	options.file_count = count;
	options.force = true;
	return save_reassemble(&options);
}

static void assert_same_file(const char *a, const char *b)
{
	size_t bytes[2];
	char *data[2];

	assert_int_equal(file_read(a, 64 << 20, &data[0], &bytes[0]), 0);
	assert_int_equal(file_read(b, 64 << 20, &data[1], &bytes[1]), 0);
	assert_int_equal(bytes[0], bytes[1]);
	assert_memory_equal(data[0], data[1], bytes[0]);
	free(data[0]);
	free(data[1]);
}

/* Each has its share, the next one goes on where it ends, and together they are the dump. */
static void test_split_and_reassembled(void **state)
{
	static const unsigned levels[] = { 0, LEVEL_ALL };

	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		struct save_options options = make_options(levels[i], 'l');
		u64 at = 0, pages = 0;

		options.force = true;
		assert_int_equal(save_run(&options), 0);
		assert_int_equal(split(3, levels[i], 'l'), 0);
		for (u32 n = 0; n < 3; n++) {
			struct kdump_file file;
			int fd = open(files[n], O_RDONLY);

			assert_int_equal(kdump_file_open(&file, fd), 0);
			assert_int_equal(file.sub.split, 1);
			assert_int_equal(file.start_pfn, at);
			assert_true(file.pages > (levels[i] ? KEPT_PAGES : FAKE_KERNEL_PAGES) / 3 * 3 / 4 || levels[i]);
			at = file.stop_pfn;
			pages += check_dump(files[n]);
			assert_int_equal(verify(files[n]), VERIFY_COMPLETE);
			kdump_file_close(&file);
			close(fd);
		}
		assert_int_equal(at, FAKE_KERNEL_PAGES);
		assert_int_equal(pages, levels[i] ? KEPT_PAGES : FAKE_KERNEL_PAGES);
		assert_int_equal(reassemble(3), 0);
		assert_same_file(dump_path, second_path);
	}
}

/* There is nothing left for some of them. */
static void test_more_files_than_pages_to_part(void **state)
{
	assert_int_equal(split(FILES_MAX, LEVEL_ALL, 'c'), 0);
	for (u32 n = 0; n < FILES_MAX; n++)
		assert_int_equal(verify(files[n]), VERIFY_COMPLETE);
	assert_int_equal(reassemble(FILES_MAX), 0);
	assert_int_equal(check_dump(second_path), KEPT_PAGES);
	assert_int_equal(verify(second_path), VERIFY_COMPLETE);
}

static void test_in_any_order(void **state)
{
	assert_int_equal(split(3, LEVEL_ALL, 'z'), 0);
	files[0] = path[2];
	files[2] = path[0];
	assert_int_equal(reassemble(3), 0);
	assert_int_equal(check_dump(second_path), KEPT_PAGES);
}

static void test_a_file_is_missing(void **state)
{
	u64 first;

	assert_int_equal(split(3, LEVEL_ZERO, 'c'), 0);
	first = check_dump(files[0]);
	assert_int_equal(reassemble(2), 0);
	assert_int_equal(verify(second_path), VERIFY_TRUNCATED);
	assert_int_equal(check_dump(second_path), first + check_dump(files[1]));
}

static void test_files_of_different_dumps(void **state)
{
	struct save_options options = make_options(LEVEL_ALL, 'c');

	assert_int_equal(split(2, LEVEL_ALL, 'c'), 0);
	assert_int_equal(save_run(&options), 0);
	files[1] = dump_path;
	assert_int_equal(reassemble(2), -EBADMSG);
	assert_int_equal(access(second_path, F_OK), -1);
}

static void test_a_file_can_not_be_written(void **state)
{
	files[1] = "/proc/no/such/folder";
	assert_int_equal(split(3, LEVEL_ALL, 'c'), -EIO);
	assert_int_equal(verify(files[0]), VERIFY_COMPLETE);
	assert_int_equal(verify(files[2]), VERIFY_COMPLETE);
}

int main(void)
{
#define WITH_CORE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		WITH_CORE(test_split_and_reassembled), WITH_CORE(test_more_files_than_pages_to_part), WITH_CORE(test_in_any_order),
		WITH_CORE(test_a_file_is_missing), WITH_CORE(test_files_of_different_dumps), WITH_CORE(test_a_file_can_not_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
