// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <stdlib.h>

#include "capture/codec.h"
#include "capture/page_job.h"
#include "capture/memrange.h"
#include "kdumpctl/need.h"
#include "layout.h"

/* Of AddressSanitizer, whose header gcc does not bring. */
size_t __sanitizer_get_current_allocated_bytes(void);

static void test_need_work_bytes_grows_with_memory(void **state)
{
	struct memrange ranges[] = { { 1 << 20, 3ull << 30 }, { 4ull << 30, 4ull << 40 } };
	struct memrange_set one = { .range = ranges, .count = 1 }, two = { .range = ranges, .count = 2 };
	struct need_targets targets = { .count = 1, .largest_bytes = 4ull << 30 };
	u64 small = need_work_bytes(&one, true, 2, &targets), large = need_work_bytes(&two, true, 2, &targets);

	assert_true(small > LAYOUT_WORK_BYTES);
	assert_true(small < LAYOUT_WORK_BYTES + (64 << 10));
	assert_true(large > small && large < small + (128 << 10));
	/* Without 1 GiB pages, a table per GiB. */
	assert_true(need_work_bytes(&two, false, 2, &targets) > large + (4000ull << 12));
	assert_true(need_work_bytes(&one, true, 4096, &targets) >= small + (2 << 20) - 4096);
	targets.largest_bytes = 8ull << 40;
	assert_true(need_work_bytes(&one, true, 2, &targets) > small);
}

/* A dump file needs room to be read into, and a bit per MiB; each further target may be another disk. */
static void test_need_work_bytes_of_targets(void **state)
{
	struct memrange range = { 1 << 20, 1ull << 30 };
	struct memrange_set ram = { .range = &range, .count = 1 };
	struct need_targets targets = { 0 };
	u64 none = need_work_bytes(&ram, true, 2, &targets), raw, file;

	need_add_target(&targets, 4ull << 30, false);
	raw = need_work_bytes(&ram, true, 2, &targets);
	assert_true(raw >= none && raw <= none + PAGE_BYTES);
	need_add_target(&targets, 1ull << 30, true);
	file = need_work_bytes(&ram, true, 2, &targets);
	assert_int_equal(file, raw + LAYOUT_DISK_BYTES + LAYOUT_SEALS_BYTES + PAGE_BYTES);
	need_add_target(&targets, 1ull << 40, true);
	assert_true(need_work_bytes(&ram, true, 2, &targets) >= file + LAYOUT_DISK_BYTES + (1 << 20) / 8);
}

/* More than what the libraries ask for, and room for two CPUs and lzo in the smallest region. */
static void test_need_filter_bytes(void **state)
{
	static const struct config_dump nothing = { .codec = CODEC_NONE }, raw = { .level = 1, .codec = CODEC_NONE },
		lzo = { .codec = CODEC_LZO }, zlib = { .level = 31, .codec = CODEC_ZLIB };

	assert_int_equal(need_filter_bytes(&nothing), 0);
	assert_true(need_filter_bytes(&raw) > 100 << 10);
	assert_int_equal(need_filter_bytes(&lzo), need_filter_bytes(&raw) + LAYOUT_LZO_BYTES);
	assert_int_equal(need_filter_bytes(&zlib), need_filter_bytes(&raw) + LAYOUT_ZLIB_BYTES);
	assert_true(need_filter_bytes(&lzo) < 400 << 10);
	assert_true(codec_lzo.work_bytes <= LAYOUT_LZO_BYTES);
}

/* A second CPU fits beside the first into what crashkernel=1M leaves. */
static void test_need_cpu_bytes(void **state)
{
	static const struct config_dump raw = { .level = 1, .codec = CODEC_NONE }, lzo = { .codec = CODEC_LZO };

	assert_int_equal(need_cpu_bytes(&lzo), need_cpu_bytes(&raw) + LAYOUT_LZO_BYTES);
	assert_in_range(need_cpu_bytes(&lzo), LAYOUT_CPU_BYTES + 2 * PAGE_JOB_OUT_BYTES, 200 << 10);
}

/* A codec's memory is what its library takes, rounded up to pages each. */
static void test_codecs_take_what_is_planned(void **state)
{
	const struct { const struct codec *codec; u64 bytes; } codecs[] = {
		{ &codec_zlib, LAYOUT_ZLIB_BYTES }, { &codec_zstd, LAYOUT_ZSTD_BYTES },
	};

	for (u32 i = 0; i < ARRAY_SIZE(codecs); i++) {
		void *work = aligned_alloc(64, align_up(codecs[i].codec->work_bytes, 64));
		size_t before = __sanitizer_get_current_allocated_bytes(), taken;

		assert_int_equal(codecs[i].codec->init(work), 0);
		taken = __sanitizer_get_current_allocated_bytes() - before;
		assert_true(taken > 30 << 10);
		/* A page for the work, a second piece that is rounded up. */
		assert_true(align_up(taken, PAGE_BYTES) + 2 * PAGE_BYTES <= codecs[i].bytes);
		codecs[i].codec->release(work);
		free(work);
	}
}

/* Both are loaded at once, but Linux runs alone. */
static void test_need_add_fallback(void **state)
{
	struct need need = { .load_bytes = 50 << 20, .work_bytes = 1 << 20, .total_bytes = 51 << 20 };

	need_add_fallback(&need, 40 << 20);
	assert_int_equal(need.total_bytes, (51 << 20) + LAYOUT_CHAIN_BYTES);
	assert_int_equal(need.load_bytes + need.work_bytes, need.total_bytes);
	need_add_fallback(&need, 80 << 20);
	assert_int_equal(need.total_bytes, 80 << 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_need_filter_bytes),
		cmocka_unit_test(test_need_cpu_bytes),
		cmocka_unit_test(test_codecs_take_what_is_planned),
		cmocka_unit_test(test_need_add_fallback),
		cmocka_unit_test(test_need_work_bytes_grows_with_memory),
		cmocka_unit_test(test_need_work_bytes_of_targets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
