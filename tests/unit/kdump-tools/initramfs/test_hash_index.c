// SPDX-License-Identifier: GPL-2.0
#include "../kdumpctl/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>

#include "../kdumpctl/fake_root.h"
#include "initramfs/hash_index.h"

static char file[PATH_MAX], saved[PATH_MAX];

static int setup(void **state)
{
	int err = fake_root_setup(state);

	snprintf(file, sizeof(file), "%s/file", fake_root);
	snprintf(saved, sizeof(saved), "%s/index", fake_root);
	return err;
}

/* As if written a while ago.  The change time can't be set, so that a test has to wait until it is old. */
static void write_settled(const char *text)
{
	fake_file("/file", text);
	nanosleep(&(struct timespec){ .tv_sec = 2, .tv_nsec = 100000000 }, NULL);
}

static void expect_digest(struct hash_index *index, const char *content)
{
	struct sha256 hash;
	u8 want[SHA256_BYTES], got[SHA256_BYTES];

	sha256_init(&hash);
	sha256_update(&hash, content, strlen(content));
	sha256_final(&hash, want);
	assert_int_equal(hash_index_get(index, file, got), 0);
	assert_memory_equal(got, want, sizeof(want));
}

static void test_hash_index_remembers(void **state)
{
	struct hash_index index;

	write_settled("content");
	hash_index_open(&index, saved);
	expect_digest(&index, "content");
	assert_int_equal(index.hashed_bytes, 7);
	expect_digest(&index, "content");
	assert_int_equal(index.hashed_bytes, 7);
	assert_int_equal(hash_index_save(&index, saved), 0);
	hash_index_deinit(&index);

	hash_index_open(&index, saved);
	expect_digest(&index, "content");
	assert_int_equal(index.hashed_bytes, 0);
	hash_index_deinit(&index);
}

/* The same size and the modification time put back: only the change time tells. */
static void test_hash_index_sees_hidden_change(void **state)
{
	struct hash_index index;
	struct stat before;

	write_settled("content");
	hash_index_open(&index, saved);
	expect_digest(&index, "content");
	assert_int_equal(stat(file, &before), 0);
	fake_file("/file", "CONTENT");
	assert_int_equal(utimensat(AT_FDCWD, file, (struct timespec[]){ before.st_atim, before.st_mtim }, 0), 0);
	expect_digest(&index, "CONTENT");
	hash_index_deinit(&index);
}

/* What was written a moment ago may be written again with the same times. */
static void test_hash_index_trusts_no_fresh_file(void **state)
{
	struct hash_index index;

	hash_index_open(&index, saved);
	fake_file("/file", "fresh");
	expect_digest(&index, "fresh");
	expect_digest(&index, "fresh");
	assert_int_equal(index.hashed_bytes, 10);
	assert_int_equal(index.count, 0);
	hash_index_deinit(&index);
}

/* Only what was asked for is kept, so that the index does not grow for ever. */
static void test_hash_index_forgets_unused(void **state)
{
	struct hash_index index;

	write_settled("x");
	hash_index_open(&index, saved);
	expect_digest(&index, "x");
	assert_int_equal(hash_index_save(&index, saved), 0);
	hash_index_deinit(&index);
	hash_index_open(&index, saved);
	assert_int_equal(index.count, 1);
	assert_int_equal(hash_index_save(&index, saved), 0);
	hash_index_deinit(&index);
	hash_index_open(&index, saved);
	assert_int_equal(index.count, 0);
	hash_index_deinit(&index);
}

static void test_hash_index_damaged(void **state)
{
	static const char *const bad[] = {
		"", "x", "0123\n", "\n\n",
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 1 2 3 4\n",
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 1 2 3 4 5 relative\n",
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85 1 2 3 4 5 /x\n",
	};
	struct hash_index index;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		fake_file("/index", bad[i]);
		hash_index_open(&index, saved);
		assert_int_equal(index.count, 0);
		hash_index_deinit(&index);
	}
}

static void test_hash_index_errors(void **state)
{
	struct hash_index index = { 0 };
	u8 digest[SHA256_BYTES] = { 9 };

	assert_int_equal(hash_index_get(&index, file, digest), -ENOENT);
	assert_int_equal(hash_index_get(&index, fake_root, digest), -EINVAL);
	assert_int_equal(digest[0], 9);
	hash_index_deinit(&index);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_hash_index_remembers, setup, fake_root_teardown),
		cmocka_unit_test_setup_teardown(test_hash_index_sees_hidden_change, setup, fake_root_teardown),
		cmocka_unit_test_setup_teardown(test_hash_index_trusts_no_fresh_file, setup, fake_root_teardown),
		cmocka_unit_test_setup_teardown(test_hash_index_forgets_unused, setup, fake_root_teardown),
		cmocka_unit_test_setup_teardown(test_hash_index_damaged, setup, fake_root_teardown),
		cmocka_unit_test_setup_teardown(test_hash_index_errors, setup, fake_root_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
