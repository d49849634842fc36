// SPDX-License-Identifier: GPL-2.0
/* What a loader left, or a dying kernel made of it: the fallback kernel is used when it is whole, and never harms the dump. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../../../dumpkernel/chain.c"

#include <stdio.h>
#include <string.h>

#define P PAGE_BYTES

const u8 _image[1], _end[1];
static char said[1024];
static u32 stops;

void console_printf(const char *format, ...)
{
	size_t used = strlen(said);
	va_list args;

	va_start(args, format);
	vsnprintf(said + used, sizeof(said) - used, format, args);
	va_end(args);
}

void smp_stop_all(void)
{
}

enum dump_error disks_stop(const struct config *unused)
{
	stops++;
	return DUMP_OK;
}

void watchdog_kick(void)
{
}

static int map_error;

int paging_map(u64 start, u64 end, enum paging_kind kind)
{
	return map_error;
}

int paging_build_flat(const struct memrange *ranges, u32 count, u64 *ret_root)
{
	assert_int_equal(count, 2 + 2);
	assert_int_equal(ranges[3].start, chain.piece[1].pa);
	*ret_root = P;
	return 0;
}

static void seal(struct handover_chain *left)
{
	left->crc32 = 0;
	left->crc32 = crc32_update(0, left, sizeof(*left));
}

/* Two pieces in memory[4 pages]: the first with more memory than it has bytes, the second with the entry. */
static struct handover_chain leave(u8 *memory)
{
	u64 pa = (u64)memory;
	struct handover_chain left = {
		.magic = HANDOVER_CHAIN_MAGIC, .count = 2, .entry_pa = pa + 3 * P + 0x40,
		.piece = { { pa, 3 * P, P, crc32_update(0, memory, P) }, { pa + 3 * P, P, 512, crc32_update(0, memory + 3 * P, 512) } },
	};

	memset(said, 0, sizeof(said));
	stops = 0;
	map_error = 0;
	state = CHAIN_NONE;
	seal(&left);
	return left;
}

static u8 *new_memory(void)
{
	u8 *memory = aligned_alloc(P, 4 * P);

	memset(memory, 0x5a, 4 * P);
	return memory;
}

static void test_chain_is_sane(void **unused)
{
	struct handover_chain good = {
		.magic = HANDOVER_CHAIN_MAGIC, .count = 2, .entry_pa = 0x30003040,
		.piece = { { 0x30000000, 3 * P, P, 1 }, { 0x30003000, P, 512, 2 } },
	}, bad;
	const u64 image = 0x38000000, image_end = 0x38020000;

	seal(&good);
	assert_true(chain_is_sane(&good, image, image_end));
	for (size_t i = 0; i < sizeof(bad); i++) {
		bad = good;
		((u8 *)&bad)[i] ^= 0x10;
		assert_false(chain_is_sane(&bad, image, image_end));
	}
#define refused(...) do { bad = good; __VA_ARGS__; seal(&bad); assert_false(chain_is_sane(&bad, image, image_end)); } while (0)
	refused(bad.magic++);
	refused(bad.count = 0);
	refused(bad.count = HANDOVER_MAX_CHAIN + 1);
	refused(bad.count = 1);				/* without the piece that has the entry */
	refused(bad.entry_pa += 512);			/* behind its constant bytes */
	refused(bad.piece[0].pa = 0x1000);		/* the first MiB */
	refused(bad.piece[0].bytes = 3 * P + 1);
	refused(bad.piece[0].memory_bytes = 0);
	refused(bad.piece[0].memory_bytes = MAX_MEMORY + 1);
	refused(bad.piece[0].pa = -(u64)P);			/* beyond the end of all addresses */
	refused(bad.piece[0].pa = image_end - P);
	refused(bad.piece[0].pa = image - 2 * P);
#undef refused
}

static void test_chain_reserve_all_its_memory(void **unused)
{
	u8 *memory = new_memory();
	struct handover_chain left = leave(memory);
	struct memrange range[4];
	struct memrange_set free_set = { .range = range, .capacity = 4 };

	memrange_add(&free_set, (u64)memory - 8 * P, (u64)memory + 8 * P);
	chain_open((u64)&left);
	assert_int_equal(chain_reserve(&free_set), 0);
	assert_int_equal(free_set.count, 2);
	assert_int_equal(range[0].end, (u64)memory);
	assert_int_equal(range[1].start, (u64)memory + 4 * P);
	free(memory);
}

static void test_chain_start_without_one(void **unused)
{
	state = CHAIN_NONE;
	said[0] = 0;
	chain_prepare(NULL);
	chain_start();
	assert_string_equal(said, "");
}

static void test_chain_start_damaged_description(void **unused)
{
	u8 *memory = new_memory();
	struct handover_chain left = leave(memory);
	struct memrange range[2];
	struct memrange_set free_set = { .range = range, .capacity = 2 };

	left.piece[1].crc32++;
	memrange_add(&free_set, (u64)memory, (u64)memory + P);
	chain_open((u64)&left);
	assert_int_equal(chain_reserve(&free_set), 0);
	assert_int_equal(range[0].end - range[0].start, P);	/* what it says is not believed */
	chain_prepare(NULL);
	chain_start();
	assert_non_null(strstr(said, "description is damaged"));
	free(memory);
}

/* The last constant byte of a piece counts, the one after it does not; and it is tried once. */
static void test_chain_start_damaged_piece(void **unused)
{
	u8 *memory = new_memory();
	struct handover_chain left = leave(memory);

	chain_open((u64)&left);
	chain_prepare(NULL);
	assert_int_equal(state, CHAIN_READY);
	memory[P]++;
	memory[3 * P + 512]++;
	assert_true(is_intact());
	memory[3 * P + 511]++;
	chain_start();
	assert_non_null(strstr(said, "is damaged"));
	assert_int_equal(stops, 0);
	memory[3 * P + 511]--;
	said[0] = 0;
	chain_start();
	assert_string_equal(said, "");
	free(memory);
}

static void test_chain_prepare_without_memory(void **unused)
{
	u8 *memory = new_memory();
	struct handover_chain left = leave(memory);

	map_error = -ENOMEM;
	chain_open((u64)&left);
	chain_prepare(NULL);
	assert_non_null(strstr(said, "no memory"));
	said[0] = 0;
	chain_start();
	assert_string_equal(said, "");
	free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chain_is_sane),
		cmocka_unit_test(test_chain_reserve_all_its_memory),
		cmocka_unit_test(test_chain_start_without_one),
		cmocka_unit_test(test_chain_start_damaged_description),
		cmocka_unit_test(test_chain_start_damaged_piece),
		cmocka_unit_test(test_chain_prepare_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
