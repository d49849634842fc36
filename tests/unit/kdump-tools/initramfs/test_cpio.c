// SPDX-License-Identifier: GPL-2.0
#include "../kdumpctl/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "initramfs/cpio.h"

/* A field of the head, by its place: 13 of eight digits after the magic. */
static unsigned long field(const char *head, int number)
{
	char digits[9] = "";

	memcpy(digits, head + 6 + 8 * number, 8);
	return strtoul(digits, NULL, 16);
}

enum { INODE, MODE, UID, GID, LINKS, MTIME, SIZE, NAME_SIZE = 11, CHECK };

static void test_cpio_layout(void **state)
{
	struct buffer archive = { 0 };
	const char *at;

	assert_int_equal(cpio_add(&archive, 1, "a", S_IFDIR | 0755, NULL, 0), 0);
	assert_int_equal(cpio_add(&archive, 2, "a/file", S_IFREG | 0644, "hello", 5), 0);
	assert_int_equal(cpio_add(&archive, 3, "a/l", S_IFLNK | 0777, "file", 4), 0);
	assert_int_equal(cpio_end(&archive), 0);
	assert_int_equal(archive.bytes % 4, 0);

	at = archive.data;
	assert_memory_equal(at, "070701", 6);
	assert_int_equal(field(at, INODE), 1);
	assert_int_equal(field(at, MODE), S_IFDIR | 0755);
	assert_int_equal(field(at, SIZE), 0);
	assert_int_equal(field(at, NAME_SIZE), 2);
	assert_string_equal(at + 110, "a");
	at += 112;		/* 110 + 2, whole words */
	assert_memory_equal(at, "070701", 6);
	assert_int_equal(field(at, MODE), S_IFREG | 0644);
	assert_int_equal(field(at, SIZE), 5);
	assert_int_equal(field(at, MTIME), 0);
	assert_int_equal(field(at, UID) + field(at, GID) + field(at, CHECK), 0);
	assert_int_equal(field(at, LINKS), 1);
	assert_string_equal(at + 110, "a/file");
	assert_memory_equal(at + 120, "hello\0\0\0", 8);	/* 110 + 7 = 117, up to 120 */
	at += 128;
	assert_int_equal(field(at, MODE), S_IFLNK | 0777);
	assert_memory_equal(at + 116, "file", 4);
	at += 120;
	assert_string_equal(at + 110, "TRAILER!!!");
	assert_int_equal(at + 124 - archive.data, archive.bytes);
	buffer_deinit(&archive);
}

/* Another's reader sees the same. */
static void test_cpio_read_back(void **state)
{
	struct buffer archive = { 0 };
	char line[128], data[100000];
	FILE *tool;

	memset(data, 'z', sizeof(data));
	assert_int_equal(cpio_add(&archive, 1, "dir", S_IFDIR | 0755, NULL, 0), 0);
	assert_int_equal(cpio_add(&archive, 2, "dir/large", S_IFREG | 0600, data, sizeof(data)), 0);
	assert_int_equal(cpio_add(&archive, 3, "link", S_IFLNK | 0777, "dir/large", 9), 0);
	assert_int_equal(cpio_end(&archive), 0);
	tool = popen("cpio -t -v --quiet >/tmp/lifeboat-unit-cpio 2>&1", "w");
	assert_non_null(tool);
	assert_int_equal(fwrite(archive.data, 1, archive.bytes, tool), archive.bytes);
	assert_int_equal(pclose(tool), 0);
	tool = fopen("/tmp/lifeboat-unit-cpio", "r");
	assert_non_null(fgets(line, sizeof(line), tool));
	assert_non_null(strstr(line, "drwxr-xr-x"));
	assert_non_null(fgets(line, sizeof(line), tool));
	assert_non_null(strstr(line, "-rw-------"));
	assert_non_null(strstr(line, "100000"));
	assert_non_null(fgets(line, sizeof(line), tool));
	assert_non_null(strstr(line, "link -> dir/large"));
	assert_null(fgets(line, sizeof(line), tool));
	fclose(tool);
	remove("/tmp/lifeboat-unit-cpio");
	buffer_deinit(&archive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cpio_layout),
		cmocka_unit_test(test_cpio_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
