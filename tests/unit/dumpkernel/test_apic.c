// SPDX-License-Identifier: GPL-2.0
/* Both kinds of local APIC, faked: registers in memory, or MSRs; what is sent, to whom, and that no wait is without end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "capture/env.h"

#define BASE 0xfee00000u
#define MAX_SENT 8

static u64 apic_base_msr, now_us;
static u32 id_register, icr_high, pending_reads;
static u32 barriers;
static u64 sent[MAX_SENT];	/* destination << 32 | command */
static u32 sent_count;
static bool is_mapped;
static u8 registers[PAGE_BYTES];

/* In place of io.h. */
#define DUMPKERNEL_IO_H

static u64 rdmsr(u32 msr)
{
	switch (msr) {
	case 0x1b:
		return apic_base_msr;
	case 0x802:
		assert_true(apic_base_msr & 1u << 10);	/* else #GP */
		return id_register;
	}
	fail_msg("MSR %x", msr);
	return 0;
}

static void wrmsr(u32 msr, u64 value)
{
	assert_int_equal(msr, 0x830);
	assert_true(barriers > sent_count);
	sent[sent_count++] = value;
}

static void memory_barrier(void)
{
	barriers++;
}

static u32 mmio_read32(volatile void *base, u32 offset)
{
	assert_ptr_equal(base, registers);
	if (offset == 0x20)
		return id_register << 24;
	assert_int_equal(offset, 0x300);
	return pending_reads && pending_reads-- ? 1u << 12 : 0;
}

static void mmio_write32(volatile void *base, u32 offset, u32 value)
{
	if (offset == 0x310) {
		icr_high = value;
		return;
	}
	assert_int_equal(offset, 0x300);
	sent[sent_count++] = (u64)(icr_high >> 24) << 32 | value;
}

static void cpu_relax(void)
{
}

#include "../../../dumpkernel/apic.c"

volatile void *paging_map_mmio(u64 pa, u64 bytes)
{
	assert_int_equal(pa, BASE);
	is_mapped = true;
	return registers;
}

u64 env_clock_us(void)
{
	return now_us++;
}

static void reset(u64 mode, u32 id)
{
	apic_base_msr = BASE | mode;
	id_register = id;
	sent_count = barriers = pending_reads = 0;
	is_mapped = false;
}

static void test_apic_open_when_off(void **state)
{
	struct apic apic = { .own_id = 77 };

	reset(0, 1);
	assert_int_equal(apic_open(&apic), -ENODEV);
	assert_int_equal(apic.own_id, 77);
}

static void test_apic_xapic(void **state)
{
	struct apic apic;

	reset(1u << 11 | 1u << 8, 3);
	assert_int_equal(apic_open(&apic), 0);
	assert_true(is_mapped);
	assert_true(apic.is_boot_cpu);
	assert_int_equal(apic.own_id, 3);
	apic_send_init(&apic, 0x12);
	apic_send_startup(&apic, 0x12, 0x9f000);
	assert_int_equal(sent_count, 2);
	assert_int_equal(sent[0], 0x1200004500);
	assert_int_equal(sent[1], 0x120000469f);
	/* FFh is everybody, the boot CPU among them. */
	assert_true(apic_reaches(&apic, 0xfe));
	assert_false(apic_reaches(&apic, 0xff));
	assert_false(apic_reaches(&apic, 0x100));
}

static void test_apic_x2apic(void **state)
{
	struct apic apic;

	reset(1u << 11 | 1u << 10, 0x12345);
	assert_int_equal(apic_open(&apic), 0);
	assert_false(is_mapped);
	assert_false(apic.is_boot_cpu);
	assert_int_equal(apic.own_id, 0x12345);
	apic_send_init(&apic, 0x10203);
	apic_send_startup(&apic, 0x10203, 0x10000);
	assert_int_equal(sent_count, 2);
	assert_int_equal(sent[0], 0x0001020300004500);
	assert_int_equal(sent[1], 0x0001020300004610);
	assert_int_equal(apic_id(&apic), 0x12345);
	assert_true(apic_reaches(&apic, 0x100));
	assert_false(apic_reaches(&apic, 0xffffffff));
}

/* Delivery that never ends: the next one is tried all the same. */
static void test_apic_stuck_delivery(void **state)
{
	struct apic apic;
	u64 start;

	reset(1u << 11, 0);
	assert_int_equal(apic_open(&apic), 0);
	pending_reads = 1u << 30;
	start = now_us;
	apic_send_init(&apic, 1);
	assert_in_range(now_us - start, 10000, 10100);
	pending_reads = 3;
	apic_send_init(&apic, 2);
	assert_int_equal(pending_reads, 0);
	assert_int_equal(sent[1] >> 32, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_apic_open_when_off),
		cmocka_unit_test(test_apic_xapic),
		cmocka_unit_test(test_apic_x2apic),
		cmocka_unit_test(test_apic_stuck_delivery),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
