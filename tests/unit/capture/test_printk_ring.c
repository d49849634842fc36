// SPDX-License-Identifier: GPL-2.0
#include "capture/printk_ring.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fake_memory.h"
#include "fake_ring.h"

#define BASE 0x100000ull
#define RAM_BYTES 0x40000ull
#define RING_PA (BASE + 0x1000)
#define MS 1000000ull
#define LAST_ID ((1ull << 62) - 1)

static struct fake_memory memory;
static struct fake_ring ring;
static struct elfcore core;
static char info_text[2048];
static struct vmcoreinfo info;

static struct output {
	char text[65536];
	u32 bytes, calls;
	int err;		/* returned by the call number fail_at */
	u32 fail_at;
} output;

static int emit(void *context, const char *text, u32 bytes)
{
	struct output *to = context;

	if (to->err && to->calls++ == to->fail_at)
		return to->err;
	assert_true(to->bytes + bytes < sizeof(to->text));
	memcpy(to->text + to->bytes, text, bytes);
	to->bytes += bytes;
	to->text[to->bytes] = 0;
	return 0;
}

/* 8 descriptors, 256 bytes of text: small enough to wrap around soon. */
static void make_ring(u32 count_bits, u32 size_bits, u64 next_id)
{
	fake_ring_init(&ring, &memory, RING_PA, count_bits, size_bits, next_id);
	info = (struct vmcoreinfo){ info_text, fake_ring_vmcoreinfo(&ring, info_text, sizeof(info_text)) };
}

static int make_memory(void **state)
{
	fake_memory_init(&memory, BASE, RAM_BYTES, 1);
	fake_memory_add_phdr(&memory, PT_NOTE, BASE, 0);
	fake_memory_add_load(&memory, BASE, RAM_BYTES);
	core = fake_memory_core(&memory);
	memset(&output, 0, sizeof(output));
	make_ring(3, 8, 1);
	return 0;
}

static int free_memory(void **state)
{
	fake_memory_deinit(&memory);
	return 0;
}

static int open_ring(struct printk_ring *ret_ring)
{
	return printk_ring_open(ret_ring, &core, &memory.mem, &info);
}

static const char *print_ring(void)
{
	struct printk_ring opened;

	output.bytes = 0;
	output.text[0] = 0;
	assert_int_equal(open_ring(&opened), 0);
	assert_int_equal(printk_ring_print(&opened, emit, &output), 0);
	return output.text;
}

static void test_printk_ring_print_empty(void **state)
{
	assert_string_equal(print_ring(), "");
}

static void test_printk_ring_print_records(void **state)
{
	fake_ring_add(&ring, 0, "Linux version 6.1", FAKE_FINALIZED);
	fake_ring_add(&ring, 1234 * MS + 567891, "second", FAKE_COMMITTED);
	fake_ring_add(&ring, 123456789 * MS, "Kernel panic", FAKE_FINALIZED);
	assert_string_equal(print_ring(),
			    "[    0.000000] Linux version 6.1\n"
			    "[    1.234567] second\n"
			    "[123456.789000] Kernel panic\n");
}

static void test_printk_ring_print_multi_line(void **state)
{
	fake_ring_add(&ring, MS, "one\ntwo\n\nthree", FAKE_FINALIZED);
	fake_ring_add(&ring, 100000 * 1000 * MS, "four\nfive\n", FAKE_FINALIZED);
	assert_string_equal(print_ring(),
			    "[    0.001000] one\n"
			    "               two\n"
			    "               \n"
			    "               three\n"
			    "[100000.000000] four\n"
			    "                five\n");
}

static void test_printk_ring_print_no_text(void **state)
{
	fake_ring_add(&ring, MS, NULL, FAKE_FINALIZED);
	fake_ring_add(&ring, 2 * MS, "", FAKE_FINALIZED);
	fake_ring_add(&ring, 3 * MS, "x", FAKE_FINALIZED);
	assert_string_equal(print_ring(), "[    0.001000] \n[    0.002000] \n[    0.003000] x\n");
}

/* Text longer than the buffer that the printer reads into, with lines across its borders. */
static void test_printk_ring_print_long_text(void **state)
{
	char text[1024], expected[2048];
	u32 at = 0;

	make_ring(3, 12, 1);
	for (u32 i = 0; i < sizeof(text) - 1; i++)
		text[i] = i % 100 == 55 ? '\n' : (char)('a' + i % 26);
	text[sizeof(text) - 1] = 0;
	fake_ring_add(&ring, MS, text, FAKE_FINALIZED);
	at += (u32)sprintf(expected, "[    0.001000] ");
	for (u32 i = 0; text[i]; i++) {
		expected[at++] = text[i];
		if (text[i] == '\n')
			at += (u32)sprintf(expected + at, "%15s", "");
	}
	strcpy(expected + at, "\n");
	assert_string_equal(print_ring(), expected);
}

static void test_printk_ring_print_states(void **state)
{
	fake_ring_add(&ring, 1 * MS, "kept", FAKE_COMMITTED);
	fake_ring_add(&ring, 2 * MS, "being written", FAKE_RESERVED);
	fake_ring_add(&ring, 3 * MS, "gone", FAKE_REUSABLE);
	fake_ring_add(&ring, 4 * MS, "kept, too", FAKE_FINALIZED);
	assert_string_equal(print_ring(), "[    0.001000] kept\n[    0.004000] kept, too\n");
}

static void change(u64 pa, u64 by)
{
	u64 number;

	memcpy(&number, fake_memory_at(&memory, pa), sizeof(number));
	number += by;
	memcpy(fake_memory_at(&memory, pa), &number, sizeof(number));
}

/* Records that are not what their place says: left out, and no other is. */
static void test_printk_ring_print_damaged_records(void **state)
{
	fake_ring_add(&ring, MS, "first", FAKE_FINALIZED);
	fake_ring_add(&ring, MS, "of another time around", FAKE_FINALIZED);
	change(fake_ring_last(&ring).state, -8ull);
	fake_ring_add(&ring, MS, "ends before it begins", FAKE_FINALIZED);
	change(fake_ring_last(&ring).begin, 40);
	fake_ring_add(&ring, MS, "longer than the ring", FAKE_FINALIZED);
	change(fake_ring_last(&ring).next, 512 - 112);
	fake_ring_add(&ring, MS, "shorter than its id", FAKE_FINALIZED);
	change(fake_ring_last(&ring).begin, 25);
	fake_ring_add(&ring, MS, "last", FAKE_FINALIZED);
	assert_string_equal(print_ring(), "[    0.001000] first\n[    0.001000] last\n");
}

/* text_len says more than the block holds: no byte of the next block is shown. */
static void test_printk_ring_print_length_beyond_block(void **state)
{
	fake_ring_add(&ring, MS, "1234567890123456", FAKE_FINALIZED);
	change(fake_ring_last(&ring).next, -8ull);
	fake_ring_add(&ring, 2 * MS, "last", FAKE_FINALIZED);
	assert_string_equal(print_ring(), "[    0.001000] 12345678\n[    0.002000] last\n");
}

/*
 * Many times around, descriptors and text, record ids over 2^62: after each record the
 * printed log is the end of all that was written, and has the newest record.
 */
static void check_wraps(u32 count_bits, u32 size_bits, u64 first_id)
{
	static char all[65536], line[64], text[128];
	u32 bytes = 0;
	u64 seed = 7;

	make_ring(count_bits, size_bits, first_id);
	for (u32 i = 0; i < 300; i++) {
		u32 length = (u32)(fake_random(&seed) >> 32) % 60;
		const char *printed;

		snprintf(text, sizeof(text), "%u:%.*s", i, (int)length,
			 "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
		fake_ring_add(&ring, i * MS, text, FAKE_FINALIZED);
		snprintf(line, sizeof(line), "[    %u.%03u000] ", i / 1000, i % 1000);
		bytes += (u32)sprintf(all + bytes, "%s%s\n", line, text);
		printed = print_ring();
		assert_true(output.bytes >= strlen(line) + strlen(text) + 1);
		assert_string_equal(printed, all + bytes - output.bytes);
	}
}

static void test_printk_ring_print_wraps(void **state)
{
	check_wraps(3, 8, 1);		/* either may run out first */
	check_wraps(2, 10, 1);		/* descriptors run out first */
	check_wraps(8, 8, 1);		/* text runs out first */
	check_wraps(3, 8, LAST_ID - 20);	/* ids wrap */
}

static void test_printk_ring_print_unreadable_text(void **state)
{
	make_ring(3, 14, 1);
	for (u32 i = 0; i < 7; i++) {
		char text[1500];

		memset(text, 'a' + (int)i, sizeof(text));
		text[sizeof(text) - 1] = 0;
		fake_ring_add(&ring, i * MS, text, FAKE_FINALIZED);
		if (i == 2)
			memory.bad[memory.bad_count++] = align_down(fake_ring_last(&ring).text + 1400, PAGE_BYTES);
	}
	print_ring();
	assert_int_equal(output.bytes, 7 * (15 + 1499 + 1));	/* no line is lost, though some are question marks */
	assert_non_null(strstr(output.text, "????"));
	assert_non_null(strstr(output.text, "aaaa"));
	assert_non_null(strstr(output.text, "gggg"));
}

static void test_printk_ring_print_emit_fails(void **state)
{
	struct printk_ring opened;

	fake_ring_add(&ring, MS, "one\ntwo", FAKE_FINALIZED);
	fake_ring_add(&ring, 2 * MS, "three", FAKE_FINALIZED);
	assert_int_equal(open_ring(&opened), 0);
	for (u32 at = 0; at < 8; at++) {
		memset(&output, 0, sizeof(output));
		output.err = -ETIMEDOUT;
		output.fail_at = at;
		assert_int_equal(printk_ring_print(&opened, emit, &output), -ETIMEDOUT);
		assert_int_equal(output.calls, at + 1);
	}
}

/* --- open --------------------------------------------------------------------------- */

static void test_printk_ring_open_missing_keys(void **state)
{
	struct printk_ring opened;
	char whole[sizeof(info_text)];
	u32 keys = 0;

	memcpy(whole, info_text, sizeof(whole));
	for (char *line = whole; *line; line = strchr(line, '\n') + 1, keys++) {
		u32 before = (u32)(line - whole);
		u32 length = (u32)(strchr(line, '\n') + 1 - line);

		memcpy(info_text, whole, before);
		strcpy(info_text + before, line + length);
		info.bytes = (u32)strlen(info_text);
		assert_int_equal(open_ring(&opened), -ENOENT);
	}
	assert_int_equal(keys, 19);
	info.bytes = 0;
	assert_int_equal(open_ring(&opened), -ENOENT);
}

/* Sets the number behind a key. */
static void set_key(const char *key, const char *value)
{
	char copy[sizeof(info_text)];
	char *at = strstr(info_text, key) + strlen(key) + 1;

	strcpy(copy, strchr(at, '\n'));
	strcpy(at, value);
	strcat(at, copy);
	info.bytes = (u32)strlen(info_text);
}

static void test_printk_ring_open_senseless_numbers(void **state)
{
	static const char *const keys[] = {
		"SIZE(prb_desc)", "SIZE(printk_info)", "OFFSET(prb_desc.state_var)", "OFFSET(prb_desc.text_blk_lpos)",
		"OFFSET(prb_data_blk_lpos.begin)", "OFFSET(prb_data_blk_lpos.next)", "OFFSET(printk_info.ts_nsec)",
		"OFFSET(printk_info.text_len)", "OFFSET(atomic_long_t.counter)",
	};
	static const char *const numbers[] = { "4097", "-8", "-1", "4294967296", "9223372036854775808", "abc", "" };
	struct printk_ring opened;

	for (u32 i = 0; i < ARRAY_SIZE(keys); i++) {
		for (u32 j = 0; j < ARRAY_SIZE(numbers); j++) {
			make_ring(3, 8, 1);
			set_key(keys[i], numbers[j]);
			assert_int_equal(open_ring(&opened), -EINVAL);
		}
	}
}

static void test_printk_ring_open_damaged_ring(void **state)
{
	struct printk_ring opened;
	u64 old;

#define REFUSED(field, value) do { \
		u64 pa = fake_ring_field_pa(&ring, field); \
		memcpy(&old, fake_memory_at(&memory, pa), sizeof(old)); \
		memcpy(fake_memory_at(&memory, pa), &(u64){ value }, sizeof(old)); \
		assert_int_equal(open_ring(&opened), -EINVAL); \
		memcpy(fake_memory_at(&memory, pa), &old, sizeof(old)); \
	} while (0)
	REFUSED(FAKE_RING_COUNT_BITS, 25);
	REFUSED(FAKE_RING_COUNT_BITS, 0xffffffff);
	REFUSED(FAKE_RING_SIZE_BITS, 32);
	REFUSED(FAKE_RING_HEAD_ID, 1000);
	REFUSED(FAKE_RING_TAIL_ID, 1000);
#undef REFUSED
	assert_int_equal(open_ring(&opened), 0);
}

static void test_printk_ring_open_unreadable(void **state)
{
	struct printk_ring opened;

	memory.bad[memory.bad_count++] = RING_PA;
	assert_int_equal(open_ring(&opened), -EIO);
	set_key("SYMBOL(prb)", "1000");
	assert_int_equal(open_ring(&opened), -EFAULT);
}

/* Whatever a byte of the ring becomes, printing ends and stays inside. */
static void test_printk_ring_print_every_damaged_byte(void **state)
{
	u64 bytes = fake_ring_bytes(3, 8);

	for (u32 i = 0; i < 12; i++)
		fake_ring_add(&ring, i * MS, "some text of a line", FAKE_FINALIZED);
	for (u64 at = 0; at < bytes; at++) {
		static const u8 values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
		u8 *byte = fake_memory_at(&memory, RING_PA + at), right = *byte;

		for (u32 i = 0; i < ARRAY_SIZE(values); i++) {
			struct printk_ring opened;

			*byte = values[i];
			output.bytes = 0;
			if (!open_ring(&opened))
				assert_int_equal(printk_ring_print(&opened, emit, &output), 0);
		}
		*byte = right;
	}
	print_ring();
	assert_non_null(strstr(output.text, "some text of a line\n"));
}

#define WITH_MEMORY(test) cmocka_unit_test_setup_teardown(test, make_memory, free_memory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_MEMORY(test_printk_ring_print_empty),
		WITH_MEMORY(test_printk_ring_print_records),
		WITH_MEMORY(test_printk_ring_print_multi_line),
		WITH_MEMORY(test_printk_ring_print_no_text),
		WITH_MEMORY(test_printk_ring_print_long_text),
		WITH_MEMORY(test_printk_ring_print_states),
		WITH_MEMORY(test_printk_ring_print_damaged_records),
		WITH_MEMORY(test_printk_ring_print_length_beyond_block),
		WITH_MEMORY(test_printk_ring_print_wraps),
		WITH_MEMORY(test_printk_ring_print_unreadable_text),
		WITH_MEMORY(test_printk_ring_print_emit_fails),
		WITH_MEMORY(test_printk_ring_open_missing_keys),
		WITH_MEMORY(test_printk_ring_open_senseless_numbers),
		WITH_MEMORY(test_printk_ring_open_damaged_ring),
		WITH_MEMORY(test_printk_ring_open_unreadable),
		WITH_MEMORY(test_printk_ring_print_every_damaged_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
