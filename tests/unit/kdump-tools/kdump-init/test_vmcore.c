// SPDX-License-Identifier: GPL-2.0
#include "../kdumpctl/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake_vmcore.h"
#include "kdump-init/vmcore.h"

static struct fake_vmcore fake;
static struct vmcore vmcore;

static int make(void **state)
{
	fake_vmcore_init(&fake);
	return 0;
}

static int drop(void **state)
{
	fake_vmcore_deinit(&fake);
	return 0;
}

static void test_vmcore_reads_memory(void **state)
{
	u8 page[PAGE_BYTES];

	fake_vmcore_write(&fake);
	assert_int_equal(vmcore_open(&vmcore, fake.path), 0);
	assert_int_equal(vmcore.bytes, fake.bytes);
	assert_int_equal(vmcore_crash_time(&vmcore), FAKE_VMCORE_TIME);
	assert_int_equal(vmcore.mem.read(&vmcore.mem, FAKE_VMCORE_BASE + 123, page, 77), 0);
	assert_memory_equal(page, fake_memory_at(&fake.memory, FAKE_VMCORE_BASE + 123), 77);
	assert_int_equal(vmcore.mem.read(&vmcore.mem, FAKE_VMCORE_BASE + (900u << 10), page, 10), 0);
	assert_int_equal(vmcore.mem.read(&vmcore.mem, FAKE_VMCORE_BASE + (900u << 10), page, 11), -EFAULT);
	assert_int_equal(vmcore.mem.read(&vmcore.mem, FAKE_VMCORE_BASE + (960u << 10) + 99, page, 1), -EFAULT);
	assert_int_equal(vmcore.mem.read(&vmcore.mem, FAKE_VMCORE_BASE + (960u << 10) + 100, page, 1), 0);
	assert_int_equal(vmcore.mem.read(&vmcore.mem, ~0ull - 5, page, 100), -EFAULT);
	vmcore_close(&vmcore);
}

static void test_vmcore_dmesg(void **state)
{
	char text[256] = "";
	FILE *out = tmpfile();

	fake_ring_add(&fake.ring, 1500000000, "first", FAKE_FINALIZED);
	fake_ring_add(&fake.ring, 2000000001, "second\nand more", FAKE_FINALIZED);
	fake_vmcore_write(&fake);
	assert_int_equal(vmcore_open(&vmcore, fake.path), 0);
	assert_int_equal(vmcore_write_dmesg(&vmcore, fileno(out)), 0);
	assert_true(pread(fileno(out), text, sizeof(text) - 1, 0) > 0);
	assert_string_equal(text, "[    1.500000] first\n[    2.000000] second\n               and more\n");
	fclose(out);
	out = fopen("/dev/full", "w");
	assert_int_equal(vmcore_write_dmesg(&vmcore, fileno(out)), -ENOSPC);
	fclose(out);
	vmcore_close(&vmcore);
}

/* It can still be copied, which is worth more than an error. */
static void assert_only_a_file(u64 bytes)
{
	assert_int_equal(vmcore_open(&vmcore, fake.path), 0);
	assert_int_equal(vmcore.bytes, bytes);
	assert_int_equal(vmcore.core.count, 0);
	assert_int_equal(vmcore_crash_time(&vmcore), 0);
	assert_int_equal(vmcore_write_dmesg(&vmcore, 2), -ENOENT);
	vmcore_close(&vmcore);
}

static void damage(u64 at, u8 byte)
{
	FILE *file = fopen(fake.path, "r+");

	assert_int_equal(pwrite(fileno(file), &byte, 1, (off_t)at), 1);
	fclose(file);
}

static void test_vmcore_of_other_kinds(void **state)
{
	fake_vmcore_write(&fake);
	damage(EI_CLASS, ELFCLASS32);
	assert_only_a_file(fake.bytes);
	fake_vmcore_write(&fake);
	assert_int_equal(truncate(fake.path, 65), 0);
	assert_only_a_file(65);
	assert_int_equal(truncate(fake.path, 3), 0);
	assert_only_a_file(3);
	assert_int_equal(truncate(fake.path, 0), 0);
	assert_int_equal(vmcore_open(&vmcore, fake.path), -ENODATA);
	assert_int_equal(vmcore_open(&vmcore, "/no/such/vmcore"), -ENOENT);
}

/* A PT_NOTE that claims more than there is: no notes, but memory is read. */
static void test_vmcore_note_outside(void **state)
{
	u8 byte;

	fake_vmcore_write(&fake);
	damage(sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, p_filesz) + 3, 1);
	damage(sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, p_memsz) + 3, 1);
	assert_int_equal(vmcore_open(&vmcore, fake.path), 0);
	assert_int_equal(vmcore_crash_time(&vmcore), 0);
	assert_int_equal(vmcore.mem.read(&vmcore.mem, FAKE_VMCORE_BASE, &byte, 1), 0);
	vmcore_close(&vmcore);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_vmcore_reads_memory, make, drop),
		cmocka_unit_test_setup_teardown(test_vmcore_dmesg, make, drop),
		cmocka_unit_test_setup_teardown(test_vmcore_of_other_kinds, make, drop),
		cmocka_unit_test_setup_teardown(test_vmcore_note_outside, make, drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
