// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kdumpctl/acpi.h"

static void put(u8 *at, u64 value, unsigned bytes)
{
	while (bytes--) {
		*at++ = (u8)value;
		value >>= 8;
	}
}

static void seal(u8 *table, const char *signature, u32 length)
{
	u8 sum = 0;

	memcpy(table, signature, 4);
	put(table + 4, length, 4);
	table[9] = 0;
	for (u32 i = 0; i < length; i++)
		sum += table[i];
	table[9] = (u8)-sum;
}

static void gas(u8 *at, u8 space, u8 width, u8 offset, u8 access, u64 address)
{
	at[0] = space;
	at[1] = width;
	at[2] = offset;
	at[3] = access;
	put(at + 4, address, 8);
}

/* A table of exactly this many heap bytes, so that the sanitizer sees one byte too far. */
static u8 *exact(const u8 *table, size_t bytes)
{
	u8 *copy = malloc(bytes ? bytes : 1);

	memcpy(copy, table, bytes);
	return copy;
}

#define FADT_BYTES 244

static void make_fadt(u8 *fadt)
{
	memset(fadt, 0, FADT_BYTES);
	put(fadt + 64, 0x604, 4);		/* PM1a_CNT */
	put(fadt + 76, 0x608, 4);		/* PM_TMR */
	fadt[91] = 4;
	put(fadt + 112, 1u << 8 | 1u << 10, 4);	/* 32 bits; reset register works */
	gas(fadt + 116, SPACE_IO, 8, 0, 1, 0xcf9);
	fadt[128] = 0x0f;
	seal(fadt, "FACP", FADT_BYTES);
}

static void test_acpi_parse_fadt_q35(void **state)
{
	u8 fadt[FADT_BYTES];
	struct config_clock clock;
	struct config_reset reset;

	make_fadt(fadt);
	assert_int_equal(acpi_parse_fadt(fadt, sizeof(fadt), &clock, &reset), 0);
	assert_int_equal(clock.pm_timer_port, 0x608);
	assert_int_equal(clock.pm_timer_bits, 32);
	assert_int_equal(reset.present, 1);
	assert_int_equal(reset.space, SPACE_IO);
	assert_int_equal(reset.address, 0xcf9);
	assert_int_equal(reset.value, 0x0f);
	assert_int_equal(reset.pm1a_cnt, 0x604);
	assert_int_equal(reset.pm1b_cnt, 0);
}

static void test_acpi_parse_fadt_extended_wins(void **state)
{
	u8 fadt[FADT_BYTES];
	struct config_clock clock;
	struct config_reset reset;

	make_fadt(fadt);
	gas(fadt + 208, SPACE_IO, 32, 0, 3, 0x1808);
	gas(fadt + 172, SPACE_MEMORY, 16, 0, 2, 0xfed00000);	/* not I/O: the legacy one counts */
	put(fadt + 112, 0, 4);
	seal(fadt, "FACP", FADT_BYTES);
	assert_int_equal(acpi_parse_fadt(fadt, sizeof(fadt), &clock, &reset), 0);
	assert_int_equal(clock.pm_timer_port, 0x1808);
	assert_int_equal(clock.pm_timer_bits, 24);
	assert_int_equal(reset.present, 0);
	assert_int_equal(reset.pm1a_cnt, 0x604);
}

static void test_acpi_parse_fadt_version_1(void **state)
{
	u8 fadt[FADT_BYTES];
	struct config_clock clock;
	struct config_reset reset;

	make_fadt(fadt);
	seal(fadt, "FACP", 116);
	assert_int_equal(acpi_parse_fadt(fadt, sizeof(fadt), &clock, &reset), 0);
	assert_int_equal(clock.pm_timer_port, 0x608);
	assert_int_equal(reset.present, 0);
}

static void test_acpi_parse_fadt_truncated(void **state)
{
	u8 fadt[FADT_BYTES];
	struct config_clock clock;
	struct config_reset reset;

	make_fadt(fadt);
	for (size_t bytes = 0; bytes < FADT_BYTES; bytes++) {
		u8 *cut = exact(fadt, bytes);

		assert_int_equal(acpi_parse_fadt(cut, bytes, &clock, &reset), -EBADMSG);
		free(cut);
	}
	/* Shorter tables whose own length says so */
	for (u32 length = 36; length < FADT_BYTES; length++) {
		u8 *cut = exact(fadt, length);

		seal(cut, "FACP", length);
		assert_int_equal(acpi_parse_fadt(cut, length, &clock, &reset), length < 116 ? -EBADMSG : 0);
		free(cut);
	}
	fadt[77] ^= 1;
	assert_int_equal(acpi_parse_fadt(fadt, sizeof(fadt), &clock, &reset), -EBADMSG);
}

/* Header, three bytes of other AML, then Name(\_S5, Package(4){5, 0x0a 3, 0, 0}). */
static const u8 s5_aml[] = { 0x10, 0x20, 0x30, 0x08, '_', 'S', '5', '_', 0x12, 0x07, 0x04, 0x0a, 0x05, 0x0a, 0x03,
			     0x00, 0x00 };

static u32 make_dsdt(u8 *dsdt, const u8 *aml, size_t bytes, const char *signature)
{
	memset(dsdt, 0, 36);
	memcpy(dsdt + 36, aml, bytes);
	seal(dsdt, signature, 36 + bytes);
	return 36 + bytes;
}

static void test_acpi_find_s5_package(void **state)
{
	static const u8 root[] = { 0x08, '\\', '_', 'S', '5', '_', 0x12, 0x06, 0x02, 0x01, 0x00 };
	static const u8 words[] = { 0x08, '_', 'S', '5', '_', 0x12, 0x47, 0x00, 0x02, 0x0b, 7, 0, 0x0c, 2, 0, 0, 0 };
	u8 dsdt[128], a = 0xee, b = 0xee;

	assert_int_equal(acpi_find_s5(dsdt, make_dsdt(dsdt, s5_aml, sizeof(s5_aml), "DSDT"), &a, &b), 0);
	assert_int_equal(a, 5);
	assert_int_equal(b, 3);
	assert_int_equal(acpi_find_s5(dsdt, make_dsdt(dsdt, root, sizeof(root), "SSDT"), &a, &b), 0);
	assert_int_equal(a, 1);
	assert_int_equal(b, 0);
	assert_int_equal(acpi_find_s5(dsdt, make_dsdt(dsdt, words, sizeof(words), "DSDT"), &a, &b), 0);
	assert_int_equal(a, 7);
	assert_int_equal(b, 2);
}

static void test_acpi_find_s5_truncated(void **state)
{
	u8 dsdt[128], a = 0xee, b = 0xee;

	for (size_t bytes = 0; bytes < sizeof(s5_aml) - 2; bytes++) {
		u32 length = make_dsdt(dsdt, s5_aml, bytes, "DSDT");
		u8 *cut = exact(dsdt, length);

		assert_int_equal(acpi_find_s5(cut, length, &a, &b), -ENOENT);
		free(cut);
	}
	assert_int_equal(a, 0xee);
	assert_int_equal(b, 0xee);
}

static void test_acpi_find_s5_not_integers(void **state)
{
	static const u8 method[] = { 0x08, '_', 'S', '5', '_', 0x12, 0x07, 0x02, '\\', 'A', 'B', 'C', 'D' };
	static const u8 not_named[] = { '_', 'S', '5', '_', 0x12, 0x06, 0x02, 0x01, 0x00, 0, 0 };
	u8 dsdt[128], a, b;

	assert_int_equal(acpi_find_s5(dsdt, make_dsdt(dsdt, method, sizeof(method), "DSDT"), &a, &b), -ENOENT);
	assert_int_equal(acpi_find_s5(dsdt, make_dsdt(dsdt, not_named, sizeof(not_named), "DSDT"), &a, &b), -ENOENT);
}

static u32 make_dmar(u8 *dmar)
{
	u8 *at = dmar + 48;

	memset(dmar, 0, 160);
	put(at + 2, 24, 2);			/* DRHD of segment 0, with a device scope */
	put(at + 8, 0xfed90000, 8);
	at += 24;
	put(at, 1, 2);				/* RMRR */
	put(at + 2, 24, 2);
	at += 24;
	put(at + 2, 16, 2);			/* DRHD of segment 1 */
	put(at + 6, 1, 2);
	put(at + 8, 0xfed91000, 8);
	at += 16;
	put(at + 2, 16, 2);
	put(at + 8, 0xfed92000, 8);
	at += 16;
	seal(dmar, "DMAR", at - dmar);
	return at - dmar;
}

static void test_acpi_parse_dmar_units(void **state)
{
	u8 dmar[160];
	u32 length = make_dmar(dmar), count = 99;
	u64 bases[4];

	assert_int_equal(acpi_parse_dmar(dmar, length, bases, 4, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(bases[0], 0xfed90000);
	assert_int_equal(bases[1], 0xfed92000);
	assert_int_equal(acpi_parse_dmar(dmar, length, bases, 1, &count), -ENOSPC);
}

static void test_acpi_parse_dmar_damaged(void **state)
{
	u8 dmar[160];
	u32 length = make_dmar(dmar), count;
	u64 bases[4];

	dmar[50] = 0;				/* a structure of length 0 would loop for ever */
	seal(dmar, "DMAR", length);
	assert_int_equal(acpi_parse_dmar(dmar, length, bases, 4, &count), -EBADMSG);
	make_dmar(dmar);
	for (u32 cut_at = 0; cut_at < length; cut_at++) {
		u8 *cut = exact(dmar, cut_at);
		int err;

		if (cut_at >= 36)
			seal(cut, "DMAR", cut_at);
		err = acpi_parse_dmar(cut, cut_at, bases, 4, &count);
		assert_true(err == -EBADMSG || (!err && count <= 2));
		free(cut);
	}
}

static u32 make_wdat(u8 *wdat, u8 instruction)
{
	memset(wdat, 0, 68 + 3 * 24);
	put(wdat + 64, 3, 4);
	for (unsigned i = 0; i < 3; i++) {
		u8 *entry = wdat + 68 + i * 24;

		entry[0] = i ? 0x01 : 0x08;	/* SET_RUNNING..., then RESET twice */
		entry[1] = instruction;
		gas(entry + 4, SPACE_IO, 16, i == 2 ? 4 : 0, 2, 0x460 + i);
		put(entry + 16, i, 4);
		put(entry + 20, 0xff, 4);
	}
	seal(wdat, "WDAT", 68 + 3 * 24);
	return 68 + 3 * 24;
}

static void test_acpi_parse_wdat_reset(void **state)
{
	u8 wdat[68 + 3 * 24];
	u32 length = make_wdat(wdat, 0x82), count;
	struct config_kick steps[4];

	assert_int_equal(acpi_parse_wdat(wdat, length, steps, 4, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(steps[0].op, KICK_SET_BITS);
	assert_int_equal(steps[0].width_bytes, 2);
	assert_int_equal(steps[0].address, 0x461);
	assert_int_equal(steps[0].value, 1);
	assert_int_equal(steps[0].mask, 0xff);
	assert_int_equal(steps[1].value, 0x20);
	assert_int_equal(steps[1].mask, 0xff0);
	make_wdat(wdat, 0x02);
	assert_int_equal(acpi_parse_wdat(wdat, length, steps, 4, &count), 0);
	assert_int_equal(steps[0].op, KICK_WRITE);
	assert_int_equal(acpi_parse_wdat(wdat, length, steps, 1, &count), -ENOSPC);
}

static void test_acpi_parse_wdat_errors(void **state)
{
	u8 wdat[68 + 3 * 24];
	u32 length = make_wdat(wdat, 0x00), count;
	struct config_kick steps[4];

	assert_int_equal(acpi_parse_wdat(wdat, length, steps, 4, &count), -EOPNOTSUPP);
	make_wdat(wdat, 0x02);
	wdat[68 + 24 + 4 + 2] = 255;		/* a bit offset beyond any register */
	seal(wdat, "WDAT", length);
	assert_int_equal(acpi_parse_wdat(wdat, length, steps, 4, &count), -EOPNOTSUPP);
	make_wdat(wdat, 0x02);
	put(wdat + 64, 0x10000000, 4);		/* more entries than fit */
	seal(wdat, "WDAT", length);
	assert_int_equal(acpi_parse_wdat(wdat, length, steps, 4, &count), -EBADMSG);
	put(wdat + 64, 1, 4);
	seal(wdat, "WDAT", length);
	assert_int_equal(acpi_parse_wdat(wdat, length, steps, 4, &count), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_acpi_parse_fadt_q35),
		cmocka_unit_test(test_acpi_parse_fadt_extended_wins),
		cmocka_unit_test(test_acpi_parse_fadt_version_1),
		cmocka_unit_test(test_acpi_parse_fadt_truncated),
		cmocka_unit_test(test_acpi_find_s5_package),
		cmocka_unit_test(test_acpi_find_s5_truncated),
		cmocka_unit_test(test_acpi_find_s5_not_integers),
		cmocka_unit_test(test_acpi_parse_dmar_units),
		cmocka_unit_test(test_acpi_parse_dmar_damaged),
		cmocka_unit_test(test_acpi_parse_wdat_reset),
		cmocka_unit_test(test_acpi_parse_wdat_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
