// SPDX-License-Identifier: GPL-2.0
#include "../kdumpctl/unit.h"

#include <linux/dm-ioctl.h>
#include <stdlib.h>
#include <string.h>

#include "kdump-init/dm.h"

/* Read as the kernel does: from spec to spec by `next`, the parameters behind each. */
static void test_table_of_two_pieces(void **state)
{
	char name[] = "vg-root", device[] = "x", numbers[2][32] = { "8:1", "259:3" };
	const struct capture_plan_dm dm[] = {
		{ .name = name, .start = 0, .sectors = 2048, .device = device, .offset = 384 },
		{ .name = name, .start = 2048, .sectors = 8, .device = device, .offset = 1ull << 40 },
	};
	size_t bytes;
	struct dm_ioctl *head = dm_table(dm, 2, numbers, &bytes);
	struct dm_target_spec *spec;

	assert_non_null(head);
	assert_int_equal(head->version[0], 4);
	assert_int_equal(head->data_size, bytes);
	assert_int_equal(head->target_count, 2);
	assert_string_equal(head->name, "vg-root");
	spec = (void *)((char *)head + head->data_start);
	assert_int_equal(spec->sector_start, 0);
	assert_int_equal(spec->length, 2048);
	assert_string_equal(spec->target_type, "linear");
	assert_string_equal((char *)(spec + 1), "8:1 384");
	assert_int_equal(spec->next % 8, 0);
	spec = (void *)((char *)spec + spec->next);
	assert_int_equal(spec->sector_start, 2048);
	assert_int_equal(spec->length, 8);
	assert_string_equal((char *)(spec + 1), "259:3 1099511627776");
	assert_true((char *)spec + spec->next <= (char *)head + bytes);
	free(head);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_of_two_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
