// SPDX-License-Identifier: GPL-2.0
#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <unistd.h>

static char path[] = "/tmp/lifeboat-test-file-XXXXXX";

static int make_file(void **state)
{
	int fd = mkstemp(path);

	return fd < 0 ? -1 : close(fd);
}

static int drop_file(void **state)
{
	return unlink(path);
}

static void fill(const char *text)
{
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(file_write_text(path, text), 0);
}

static void test_file_read_sizes(void **state)
{
	static const size_t sizes[] = { 0, 1, 4095, 4096, 4097, 20000 };
	char text[20001], *data;
	size_t bytes;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		memset(text, 'a' + i, sizes[i]);
		text[sizes[i]] = 0;
		fill(text);
		assert_int_equal(file_read(path, 1u << 20, &data, &bytes), 0);
		assert_int_equal(bytes, sizes[i]);
		assert_string_equal(data, text);
		free(data);
	}
}

static void test_file_read_errors(void **state)
{
	char *data = NULL;
	size_t bytes = 9;

	fill("12345");
	assert_int_equal(file_read(path, 4, &data, &bytes), -EFBIG);
	assert_int_equal(file_read("/nonexistent", 4, &data, &bytes), -ENOENT);
	assert_int_equal(file_read("/tmp", 4, &data, &bytes), -EISDIR);
	assert_null(data);
	assert_int_equal(bytes, 9);
}

static void test_file_read_line_trims(void **state)
{
	char line[8] = "before";

	fill("  ab c \t\nsecond\n");
	assert_int_equal(file_read_line(path, line, sizeof(line)), 0);
	assert_string_equal(line, "ab c");
	assert_int_equal(file_read_line(path, line, 4), -EFBIG);
	assert_string_equal(line, "ab c");
	fill("");
	assert_int_equal(file_read_line(path, line, sizeof(line)), 0);
	assert_string_equal(line, "");
}

static void test_file_read_u64_forms(void **state)
{
	u64 value = 5;

	fill("0x10\n");
	assert_int_equal(file_read_u64(path, 0, &value), 0);
	assert_int_equal(value, 16);
	fill("ff\n");
	assert_int_equal(file_read_u64(path, 16, &value), 0);
	assert_int_equal(value, 255);
	assert_int_equal(file_read_u64(path, 10, &value), -EINVAL);
	fill("-1");
	assert_int_equal(file_read_u64(path, 10, &value), -EINVAL);
	fill("12 13");
	assert_int_equal(file_read_u64(path, 10, &value), -EINVAL);
	fill("99999999999999999999999");
	assert_int_equal(file_read_u64(path, 10, &value), -EINVAL);
	fill("");
	assert_int_equal(file_read_u64(path, 10, &value), -EINVAL);
	assert_int_equal(value, 255);
}

static void test_file_pread_pwrite_all(void **state)
{
	char buf[5];
	int fd = open(path, O_RDWR);

	assert_int_equal(file_pwrite_all(fd, "hello", 5, 1000), 0);
	assert_int_equal(file_pread_all(fd, buf, 5, 1000), 0);
	assert_memory_equal(buf, "hello", 5);
	assert_int_equal(file_pread_all(fd, buf, 5, 1001), -EIO);
	close(fd);
	assert_int_equal(file_pwrite_all(fd, "x", 1, 0), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file_read_sizes),
		cmocka_unit_test(test_file_read_errors),
		cmocka_unit_test(test_file_read_line_trims),
		cmocka_unit_test(test_file_read_u64_forms),
		cmocka_unit_test(test_file_pread_pwrite_all),
	};

	return cmocka_run_group_tests(tests, make_file, drop_file);
}
