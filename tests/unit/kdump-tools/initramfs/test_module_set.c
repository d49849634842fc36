// SPDX-License-Identifier: GPL-2.0
#include "../kdumpctl/unit.h"

#include <errno.h>

#include "../kdumpctl/fake_root.h"
#include "initramfs/buffer.h"
#include "initramfs/module_set.h"

/*
 * kmod's binary index (libkmod, libkmod-index.h), as simple as it gets: a root whose
 * children are told apart by the first letter of the key, each with the rest as prefix.
 */
#define INDEX_PREFIX 0x80000000u
#define INDEX_VALUES 0x40000000u
#define INDEX_CHILDS 0x20000000u

struct index_line {
	const char *key, *value;
};

static void add_u32(struct buffer *index, u32 value)
{
	u8 bytes[4] = { value >> 24, value >> 16, value >> 8, value };

	assert_int_equal(buffer_add(index, bytes, 4), 0);
}

static void put_u32(struct buffer *index, size_t at, u32 value)
{
	u8 bytes[4] = { value >> 24, value >> 16, value >> 8, value };

	memcpy(index->data + at, bytes, 4);
}

static void write_index(const char *name, const struct index_line *lines, size_t count)
{
	const char first = 'a', last = 'z';
	struct buffer index = { 0 };
	size_t children;

	add_u32(&index, 0xb007f457);
	add_u32(&index, 0x00020001);
	add_u32(&index, 12 | INDEX_CHILDS);
	assert_int_equal(buffer_add(&index, &first, 1), 0);
	assert_int_equal(buffer_add(&index, &last, 1), 0);
	children = index.bytes;
	for (char c = first; c <= last; c++)
		add_u32(&index, 0);
	for (size_t i = 0; i < count; i++) {
		put_u32(&index, children + 4 * (lines[i].key[0] - first), index.bytes | INDEX_PREFIX | INDEX_VALUES);
		assert_int_equal(buffer_add(&index, lines[i].key + 1, strlen(lines[i].key)), 0);
		add_u32(&index, 1);
		add_u32(&index, 0);	/* priority */
		assert_int_equal(buffer_add(&index, lines[i].value, strlen(lines[i].value) + 1), 0);
	}
	fake_data(name, index.data, index.bytes);
	buffer_deinit(&index);
}

static char folder[PATH_MAX], config[PATH_MAX];

/* delta needs beta, beta needs gamma; delta likes alpha before and omega after, which likes delta again */
static int setup(void **state)
{
	static const struct index_line dep[] = {
		{ "alpha", "kernel/alpha.ko:" },
		{ "beta", "kernel/sub/beta.ko: kernel/gamma.ko" },
		{ "delta", "kernel/delta.ko: kernel/sub/beta.ko kernel/gamma.ko" },
		{ "gamma", "kernel/gamma.ko:" },
		{ "omega", "kernel/omega.ko:" },
		{ "updated", "updates/updated.ko:" },
	};
	static const struct index_line builtin[] = { { "inside", "" } };
	static const struct index_line alias[] = { { "fs_delta", "delta" } };	/* depmod writes - as _ */
	static const char signed_module[] = "code~Module signature appended~\n";

	if (fake_root_setup(state))
		return -1;
	write_index("/m/modules.dep.bin", dep, ARRAY_SIZE(dep));
	write_index("/m/modules.builtin.bin", builtin, ARRAY_SIZE(builtin));
	write_index("/m/modules.builtin.alias.bin", NULL, 0);
	write_index("/m/modules.alias.bin", alias, ARRAY_SIZE(alias));
	write_index("/m/modules.symbols.bin", NULL, 0);
	fake_file("/m/modules.softdep", "softdep delta pre: alpha inside post: omega\nsoftdep omega pre: delta\n");
	fake_file("/etc/x.conf", "options beta speed=9 name=\"x\"\n");
	fake_file("/m/kernel/delta.ko", signed_module);
	fake_file("/m/kernel/gamma.ko", signed_module);
	fake_file("/m/kernel/sub/beta.ko", signed_module);
	fake_file("/m/kernel/alpha.ko", signed_module);
	fake_file("/m/kernel/omega.ko", "code");
	fake_file("/m/updates/updated.ko", signed_module);
	snprintf(folder, sizeof(folder), "%s/m", fake_root);
	snprintf(config, sizeof(config), "%s/etc", fake_root);
	return 0;
}

static void open_set(struct module_set *set)
{
	assert_int_equal(module_set_init(set, folder, (const char *const[]){ config, NULL }), 0);
}

static size_t place_of(const struct module_set *set, const char *name)
{
	for (size_t i = 0; i < set->count; i++)
		if (!strcmp(set->module[i].name, name))
			return i;
	fail_msg("%s is not among %zu modules", name, set->count);
	return 0;
}

static void test_module_set_order(void **state)
{
	struct module_set set;

	open_set(&set);
	assert_int_equal(module_set_add(&set, "delta"), 0);
	assert_int_equal(set.count, 5);
	assert_true(place_of(&set, "gamma") < place_of(&set, "beta"));
	assert_true(place_of(&set, "beta") < place_of(&set, "delta"));
	assert_true(place_of(&set, "alpha") < place_of(&set, "delta"));
	assert_true(place_of(&set, "delta") < place_of(&set, "omega"));
	assert_int_equal(module_set_add(&set, "gamma"), 0);	/* there already */
	assert_int_equal(set.count, 5);
	module_set_deinit(&set);
}

static void test_module_set_paths_and_options(void **state)
{
	struct module_set set;
	char path[PATH_MAX + 32];

	open_set(&set);
	assert_int_equal(module_set_add(&set, "beta"), 0);
	assert_int_equal(set.count, 2);
	snprintf(path, sizeof(path), "%s/kernel/sub/beta.ko", folder);
	assert_string_equal(set.module[1].path, path);
	assert_string_equal(set.module[1].options, "speed=9 name=\"x\"");
	assert_string_equal(set.module[0].options, "");
	module_set_deinit(&set);
}

static void test_module_set_alias_and_builtin(void **state)
{
	struct module_set set;

	open_set(&set);
	assert_int_equal(module_set_add(&set, "inside"), 0);
	assert_int_equal(set.count, 0);
	assert_int_equal(module_set_add(&set, "fs-delta"), 0);
	assert_int_equal(set.count, 5);
	assert_int_equal(module_set_add(&set, "missing"), -ENOENT);
	assert_int_equal(set.count, 5);
	module_set_deinit(&set);
}

static void test_module_set_no_index(void **state)
{
	struct module_set set;

	assert_int_equal(remove(fake_path("/m/modules.dep.bin")), 0);
	assert_true(module_set_init(&set, folder, (const char *const[]){ config, NULL }) < 0);
}

static void test_module_set_is_trusted(void **state)
{
	struct module_set set;

	open_set(&set);
	assert_true(module_set_is_trusted(&set, folder));
	assert_int_equal(module_set_add(&set, "beta"), 0);
	assert_true(module_set_is_trusted(&set, folder));
	assert_int_equal(module_set_add(&set, "omega"), 0);	/* not signed */
	assert_false(module_set_is_trusted(&set, folder));
	module_set_deinit(&set);
	open_set(&set);
	assert_int_equal(module_set_add(&set, "updated"), 0);	/* signed, but by whom? */
	assert_false(module_set_is_trusted(&set, folder));
	module_set_deinit(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_module_set_order, setup, fake_root_teardown),
		cmocka_unit_test_setup_teardown(test_module_set_paths_and_options, setup, fake_root_teardown),
		cmocka_unit_test_setup_teardown(test_module_set_alias_and_builtin, setup, fake_root_teardown),
		cmocka_unit_test_setup_teardown(test_module_set_no_index, setup, fake_root_teardown),
		cmocka_unit_test_setup_teardown(test_module_set_is_trusted, setup, fake_root_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
