// SPDX-License-Identifier: GPL-2.0
/* Which CPU is given INIT, which can be started and where; that they start is a matter for real ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../../../dumpkernel/smp.c"

#include <stdio.h>
#include <string.h>

#define KIB 1024ull
#define OWN 3u
#define BOOT 0u

const u8 smp_entry[SMP_ENTRY_BYTES];
static u32 inits[8], init_count;
static bool is_off, own_is_boot;
static u64 mapped;
static char said[1024];

int apic_open(struct apic *ret_apic)
{
	if (is_off)
		return -ENODEV;
	*ret_apic = (struct apic){ .own_id = own_is_boot ? BOOT : OWN, .is_boot_cpu = own_is_boot };
	return 0;
}

bool apic_reaches(const struct apic *unused, u32 id)
{
	return id != 0xff;
}

void apic_send_init(const struct apic *unused, u32 id)
{
	inits[init_count++] = id;
}

void apic_send_startup(const struct apic *unused, u32 id, u64 start_pa)
{
	fail_msg("nobody is to start");
}

u32 apic_id(const struct apic *unused)
{
	return OWN;
}

int paging_map(u64 start, u64 end, enum paging_kind kind)
{
	assert_int_equal(kind, PAGING_FLAT);
	assert_int_equal(end - start, LAYOUT_CPU_START_BYTES);
	mapped = start;
	return 0;
}

void *mem_alloc_pages(u32 pages)
{
	return NULL;
}

void trap_load(struct trap_tables *tables, u8 *stacks, u32 stack_bytes)
{
}

void clock_delay_us(u64 us)
{
}

u64 env_clock_us(void)
{
	return 0;
}

void console_printf(const char *format, ...)
{
	size_t used = strlen(said);
	va_list args;

	va_start(args, format);
	vsnprintf(said + used, sizeof(said) - used, format, args);
	va_end(args);
}

static int no_notes(const struct oldmem *mem, u64 pa, void *buf, size_t bytes)
{
	return -EFAULT;
}

static const struct oldmem no_memory = { .read = no_notes };
static const struct elfcore no_core;

static const struct config_cpus *four_cpus(void)
{
	static u32 block[] = { BOOT, 5, BOOT, 1, 0xff, OWN, 2 };

	return (const struct config_cpus *)block;
}

static int reset(void **state)
{
	init_count = 0;
	is_off = own_is_boot = false;
	present = NULL;
	low = NULL;
	mapped = 0;
	said[0] = 0;
	return 0;
}

static void test_smp_stop_others_on_another_cpu(void **state)
{
	smp_stop_others(four_cpus(), &no_core, &no_memory);
	assert_int_equal(init_count, 2);
	assert_int_equal(inits[0], 1);
	assert_int_equal(inits[1], 2);
	assert_non_null(strstr(said, "CPU 0 (APIC 0) did not answer the crash NMI; it is the boot CPU, may still run"));
	assert_non_null(strstr(said, "running on APIC 3, 2 other CPUs stopped"));
}

static void test_smp_stop_others_on_the_boot_cpu(void **state)
{
	own_is_boot = true;
	smp_stop_others(four_cpus(), &no_core, &no_memory);
	assert_int_equal(init_count, 3);
	assert_int_equal(inits[1], OWN);
}

/* Nobody is given INIT, and nobody is started, when it can't be known who the boot CPU is. */
static void test_smp_stop_others_when_unsure(void **state)
{
	struct boot_params params = { .e820_entries = 1, .e820_table = { { 0, 636 * KIB, 1 } } };
	struct { u32 boot, count, ids[2]; } wrong = { 1, 2, { 0, 1 } };

	smp_init(&params);
	own_is_boot = true;	/* by its APIC, but not by the config block */
	smp_stop_others((const struct config_cpus *)&wrong, &no_core, &no_memory);
	assert_int_equal(init_count, 0);
	assert_int_equal(smp_startable(), 0);
	is_off = true;
	smp_stop_others(four_cpus(), &no_core, &no_memory);
	smp_stop_others(NULL, &no_core, &no_memory);
	assert_int_equal(init_count, 0);
	assert_int_equal(smp_startable(), 0);
}

static void test_smp_startable_needs_a_place(void **state)
{
	struct boot_params params = { .e820_entries = 1, .e820_table = { { 0, 636 * KIB, 1 } } };

	smp_stop_others(four_cpus(), &no_core, &no_memory);
	assert_int_equal(smp_startable(), 0);
	smp_init(&params);
	assert_int_equal(smp_startable(), 2);
	assert_int_equal(mapped, 64 * KIB);
}

static void test_find_low(void **state)
{
	static const struct {
		struct boot_e820_entry entry;
		u64 pa;
	} cases[] = {
		{ { 4 * KIB, 635 * KIB, 1 }, 64 * KIB },
		{ { 0, 640 * KIB, 1 }, 64 * KIB },
		{ { 0, 636 * KIB, 2 }, 0 },		/* not RAM */
		{ { 0, 72 * KIB, 1 }, 64 * KIB },
		{ { 0, 71 * KIB, 1 }, 0 },		/* too short above 64 KiB */
		{ { 100 * KIB + 1, 12 * KIB, 1 }, 104 * KIB },
		{ { 100 * KIB + 1, 10 * KIB, 1 }, 0 },
		{ { 632 * KIB, 8 * KIB, 1 }, 632 * KIB },
		{ { 636 * KIB, 8 * KIB, 1 }, 0 },	/* beyond 640 KiB */
		{ { 1024 * KIB, 8 * KIB, 1 }, 0 },
		{ { ~0ull - 4 * KIB, 16 * KIB, 1 }, 0 },	/* wraps */
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		struct boot_params params = { .e820_entries = 2, .e820_table = { { 0, 4 * KIB, 1 }, cases[i].entry } };

		assert_int_equal(find_low(&params), cases[i].pa);
	}
}

static void test_smp_cpu_on(void **state)
{
	static u8 blocks[3 * LAYOUT_CPU_BYTES];

	assert_null(smp_cpu_on(blocks));
	started = blocks;
	started_count = 3;
	assert_ptr_equal(smp_cpu_on(blocks), blocks);
	assert_ptr_equal(smp_cpu_on(blocks + 2 * LAYOUT_CPU_BYTES - 1), blocks + LAYOUT_CPU_BYTES);
	assert_null(smp_cpu_on(blocks - 1));
	assert_null(smp_cpu_on(blocks + sizeof(blocks)));
	started = NULL;
	started_count = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_smp_stop_others_on_another_cpu, reset),
		cmocka_unit_test_setup(test_smp_stop_others_on_the_boot_cpu, reset),
		cmocka_unit_test_setup(test_smp_stop_others_when_unsure, reset),
		cmocka_unit_test_setup(test_smp_startable_needs_a_place, reset),
		cmocka_unit_test_setup(test_find_low, reset),
		cmocka_unit_test_setup(test_smp_cpu_on, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
