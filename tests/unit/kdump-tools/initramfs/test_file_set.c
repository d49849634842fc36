// SPDX-License-Identifier: GPL-2.0
#include "../kdumpctl/unit.h"

#include <errno.h>

#include "../kdumpctl/fake_root.h"
#include "initramfs/file_set.h"

static char *source(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", fake_path(name));
	return path;
}

static void test_file_set_order_and_parents(void **state)
{
	static const char *const names[] = { "a", "a/b", "a/b/link", "a/b.txt", "init" };
	struct file_set set = { 0 };

	assert_int_equal(file_set_add_data(&set, "/init", "x", 1, 0755), 0);
	assert_int_equal(file_set_add_link(&set, "a/b/link", "/init"), 0);
	assert_int_equal(file_set_add_data(&set, "a/b.txt", "", 0, 0644), 0);
	assert_int_equal(file_set_add_data(&set, "init", "another", 7, 0644), 0);	/* the first stays */
	assert_int_equal(set.count, ARRAY_SIZE(names));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_true(file_set_has(&set, names[i]));
	for (size_t i = 1; i < set.count; i++)
		assert_true(strcmp(set.entry[i - 1].name, set.entry[i].name) < 0);
	assert_int_equal(set.entry[set.count - 1].bytes, 1);
	assert_int_equal(set.entry[0].mode, S_IFDIR | 0755);
	assert_false(file_set_has(&set, "b"));
	file_set_deinit(&set);
}

static void test_file_set_bad_names(void **state)
{
	static const char *const bad[] = { "", "/", "a//b", "../x", "a/../b", "a/.", "a/" };
	struct file_set set = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(file_set_add_data(&set, bad[i], "", 0, 0644), -EINVAL);
	assert_int_equal(set.count, 0);
	assert_int_equal(file_set_add_data(&set, "..a/b..", "", 0, 0644), 0);
	file_set_deinit(&set);
}

/* What goes in, and nothing else, makes the hash. */
static void hash_of(const struct file_set *set, char *ret_text)
{
	struct hash_index index = { 0 };
	const char *failed;
	struct sha256 hash;
	u8 digest[SHA256_BYTES];

	sha256_init(&hash);
	assert_int_equal(file_set_hash(set, &index, &hash, &failed), 0);
	sha256_final(&hash, digest);
	sha256_print(digest, ret_text);
	hash_index_deinit(&index);
}

static void test_file_set_hash_depends_on_content(void **state)
{
	char first[SHA256_TEXT_BYTES], second[SHA256_TEXT_BYTES];
	struct file_set set = { 0 };

	fake_file("/program", "one");
	assert_int_equal(file_set_add_file(&set, "bin/program", source("/program"), 0755), 0);
	hash_of(&set, first);
	hash_of(&set, second);
	assert_string_equal(first, second);
	fake_file("/program", "two");
	hash_of(&set, second);
	assert_string_not_equal(first, second);
	fake_file("/program", "one");
	hash_of(&set, second);
	assert_string_equal(first, second);
	set.entry[1].mode ^= 0111;
	hash_of(&set, second);
	assert_string_not_equal(first, second);
	file_set_deinit(&set);
}

static void test_file_set_missing_source(void **state)
{
	struct file_set set = { 0 };
	struct hash_index index = { 0 };
	struct buffer archive = { 0 };
	const char *failed = NULL;
	struct sha256 hash;

	assert_int_equal(file_set_add_file(&set, "x", source("/gone"), 0755), 0);
	sha256_init(&hash);
	assert_int_equal(file_set_hash(&set, &index, &hash, &failed), -ENOENT);
	assert_string_equal(failed, source("/gone"));
	assert_int_equal(file_set_write(&set, &archive, &failed), -ENOENT);
	hash_index_deinit(&index);
	buffer_deinit(&archive);
	file_set_deinit(&set);
}

/* gzip -n of "module\n" */
static const u8 packed[] = { 0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xcb, 0xcd, 0x4f, 0x29, 0xcd, 0x49, 0xe5, 0x02, 0x00,
			     0x4f, 0x8a, 0x6e, 0x07, 0x07, 0x00, 0x00, 0x00 };

static void test_file_set_unpacks_modules_only(void **state)
{
	size_t bytes;
	char *data;

	fake_data("/m.ko.gz", packed, sizeof(packed));
	fake_data("/m.gz", packed, sizeof(packed));
	assert_int_equal(file_set_read_source(source("/m.ko.gz"), &data, &bytes), 0);
	assert_int_equal(bytes, 7);
	assert_memory_equal(data, "module\n", 7);
	free(data);
	assert_int_equal(file_set_read_source(source("/m.gz"), &data, &bytes), 0);
	assert_int_equal(bytes, sizeof(packed));
	free(data);
	fake_data("/m.ko.gz", packed, sizeof(packed) - 4);
	assert_int_equal(file_set_read_source(source("/m.ko.gz"), &data, &bytes), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file_set_order_and_parents),
		cmocka_unit_test(test_file_set_bad_names),
		cmocka_unit_test_setup_teardown(test_file_set_hash_depends_on_content, fake_root_setup, fake_root_teardown),
		cmocka_unit_test_setup_teardown(test_file_set_missing_source, fake_root_setup, fake_root_teardown),
		cmocka_unit_test_setup_teardown(test_file_set_unpacks_modules_only, fake_root_setup, fake_root_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
