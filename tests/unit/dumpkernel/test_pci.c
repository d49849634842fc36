// SPDX-License-Identifier: GPL-2.0
/* PCI config space as a dead kernel, or broken hardware, may leave it: ports are faked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "capture/env.h"

#define FAKE_FUNCTIONS 16

/* A few functions with 256 bytes of config space; everything else reads as ones. */
static struct function {
	u16 bdf;
	_Alignas(4) u8 space[256];
} fake[FAKE_FUNCTIONS];
static u32 fake_count, selected, accesses;
static u64 delayed_us;

static u8 *config_at(u16 port)
{
	accesses++;
	for (u32 i = 0; i < fake_count; i++)
		if (fake[i].bdf == (selected >> 8 & 0xffff))
			return fake[i].space + (selected & 0xfc) + (port & 3);
	return NULL;
}

/* In place of io.h. */
#define DUMPKERNEL_IO_H

static void outl(u16 port, u32 value)
{
	if (port == 0xcf8)
		selected = value;
	else if (config_at(port))
		memcpy(config_at(port), &value, sizeof(value));
}

static void outw(u16 port, u16 value)
{
	if (config_at(port))
		memcpy(config_at(port), &value, sizeof(value));
}

static void outb(u16 port, u8 value)
{
	if (config_at(port))
		*config_at(port) = value;
}

static u32 inl(u16 port)
{
	u32 value = ~0u;

	if (config_at(port))
		memcpy(&value, config_at(port), sizeof(value));
	return value;
}

static u16 inw(u16 port)
{
	u16 value = 0xffff;

	if (config_at(port))
		memcpy(&value, config_at(port), sizeof(value));
	return value;
}

static u8 inb(u16 port)
{
	return config_at(port) ? *config_at(port) : 0xff;
}

#include "../../../dumpkernel/pci.c"

void clock_delay_us(u64 us)
{
	delayed_us += us;
}

static u8 *add(u8 bus, u8 device, u8 function, u8 header)
{
	struct function *f = &fake[fake_count++];

	memset(f, 0, sizeof(*f));
	f->bdf = (u16)(bus << 8 | device << 3 | function);
	f->space[0] = 0x86;
	f->space[1] = 0x80;
	f->space[2] = 0x34;
	f->space[3] = 0x12;
	f->space[REG_HEADER_TYPE] = header;
	f->space[REG_COMMAND] = 7;
	return f->space;
}

static void add_capability(u8 *space, u8 at, u8 id, u8 next)
{
	space[REG_STATUS] = 0x10;
	space[at] = id;
	space[at + 1] = next;
}

static int reset(void **state)
{
	fake_count = accesses = 0;
	delayed_us = 0;
	return 0;
}

static const struct config_pci_address first = { 0, 3 << 3 };

static void test_pci_find_capability_several(void **state)
{
	u8 *space = add(0, 3, 0, 0);

	assert_int_equal(pci_find_capability(first, 9, 0), 0);
	space[REG_CAPABILITIES] = 0x40;
	add_capability(space, 0x40, 9, 0x53);	/* the low two bits are not address */
	add_capability(space, 0x50, 5, 0x60);
	add_capability(space, 0x60, 9, 0);
	assert_int_equal(pci_find_capability(first, 9, 0), 0x40);
	assert_int_equal(pci_find_capability(first, 9, 0x40), 0x60);
	assert_int_equal(pci_find_capability(first, 9, 0x60), 0);
	assert_int_equal(pci_find_capability(first, 1, 0), 0);
}

static void test_pci_find_capability_loop_ends(void **state)
{
	u8 *space = add(0, 3, 0, 0);

	space[REG_CAPABILITIES] = 0x40;
	add_capability(space, 0x40, 9, 0x50);
	add_capability(space, 0x50, 5, 0x40);
	assert_int_equal(pci_find_capability(first, 1, 0), 0);
	space[REG_CAPABILITIES] = 0x3c;		/* in the header */
	assert_int_equal(pci_find_capability(first, 0, 0), 0);
}

static void test_pci_enable_device_wakes_and_silences(void **state)
{
	u8 *space = add(0, 3, 0, 0);

	space[REG_COMMAND] = 0;
	space[REG_CAPABILITIES] = 0x40;
	add_capability(space, 0x40, CAP_POWER, 0x50);
	space[0x44] = 3;			/* D3hot */
	add_capability(space, 0x50, CAP_MSI, 0x60);
	space[0x52] = 1;
	add_capability(space, 0x60, CAP_MSIX, 0);
	space[0x63] = 0x80;
	assert_int_equal(pci_enable_device(first, 0x8086, 0x1234), 0);
	assert_int_equal(space[0x44] & 3, 0);
	assert_int_equal(delayed_us, D3HOT_TO_D0_US);
	assert_int_equal(space[0x52] & 1, 0);
	assert_int_equal(space[0x63] & 0x80, 0);
	assert_int_equal(pci_read16(first, REG_COMMAND), COMMAND_MEMORY | COMMAND_MASTER | COMMAND_INTX_OFF);

	assert_int_equal(pci_enable_device(first, 0x8086, 0x1234), 0);
	assert_int_equal(delayed_us, D3HOT_TO_D0_US);	/* awake: no wait */
}

static void test_pci_enable_device_another_device(void **state)
{
	u8 *space = add(0, 3, 0, 0);

	space[REG_COMMAND] = 0;
	assert_int_equal(pci_enable_device(first, 0x8086, 0x1235), -ENODEV);
	assert_int_equal(pci_enable_device(first, 0x8087, 0x1234), -ENODEV);
	assert_int_equal(pci_enable_bridge(first), -ENODEV);
	assert_int_equal(space[REG_COMMAND], 0);
	assert_int_equal(pci_enable_device((struct config_pci_address){ 9, 0 }, 0xffff, 0xffff), -ENODEV);
}

static void test_pci_bar_address_kinds(void **state)
{
	add(0, 3, 0, 0);
	pci_write32(first, REG_BAR0, 0xfeb00004);	/* 64 bits, low half */
	pci_write32(first, REG_BAR0 + 4, 0xe0);
	pci_write32(first, REG_BAR0 + 8, 0xfea00008);	/* 32 bits, prefetchable */
	pci_write32(first, REG_BAR0 + 12, 0xc001);	/* I/O */
	pci_write32(first, REG_BAR0 + 20, 0xfe000004);	/* 64 bits, but the last */
	assert_int_equal(pci_bar_address(first, 0), 0xe0feb00000ull);
	assert_int_equal(pci_bar_address(first, 2), 0xfea00000);
	assert_int_equal(pci_bar_address(first, 3), 0);
	assert_int_equal(pci_bar_address(first, 4), 0);
	assert_int_equal(pci_bar_address(first, 5), 0);
	assert_int_equal(pci_bar_address(first, 6), 0);
	assert_int_equal(pci_bar_address((struct config_pci_address){ 9, 0 }, 0), 0);
}

static void test_pci_stop_bus_masters_by_kind(void **state)
{
	const u8 root = 0;
	u8 *endpoint = add(0, 3, 0, HEADER_MULTI_FUNCTION), *second = add(0, 3, 5, 0);
	u8 *single = add(0, 4, 0, 0), *hidden = add(0, 4, 1, 0);
	u8 *port = add(0, 5, 0, 1), *behind = add(7, 0, 0, 0), *isa = add(0, 31, 0, 0);

	port[REG_SECONDARY_BUS] = 7;
	isa[REG_BASE_CLASS] = BASE_CLASS_BRIDGE;
	assert_int_equal(pci_stop_bus_masters(&root, 1), 4);
	assert_int_equal(endpoint[REG_COMMAND], 3);
	assert_int_equal(second[REG_COMMAND], 3);
	assert_int_equal(single[REG_COMMAND], 3);
	assert_int_equal(behind[REG_COMMAND], 3);
	assert_int_equal(port[REG_COMMAND], 7);
	assert_int_equal(isa[REG_COMMAND], 7);
	assert_int_equal(hidden[REG_COMMAND], 7);	/* a ghost of function 0 */
	assert_int_equal(pci_stop_bus_masters(&root, 1), 0);
}

static void test_pci_stop_bus_masters_bridge_loop_ends(void **state)
{
	const u8 roots[] = { 0, 0, 0x80 };
	u8 *a = add(0, 1, 0, 1), *b = add(5, 0, 0, 1), *c = add(0, 2, 0, 1), *d = add(0x80, 0, 0, 1);

	a[REG_SECONDARY_BUS] = 5;
	b[REG_SECONDARY_BUS] = 0x80;
	c[REG_SECONDARY_BUS] = 0;		/* never configured */
	d[REG_SECONDARY_BUS] = 5;
	add(5, 1, 0, 0);
	assert_int_equal(pci_stop_bus_masters(roots, 3), 1);
	assert_in_range(accesses, 1, 3 * 32 * 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_pci_find_capability_several, reset),
		cmocka_unit_test_setup(test_pci_find_capability_loop_ends, reset),
		cmocka_unit_test_setup(test_pci_enable_device_wakes_and_silences, reset),
		cmocka_unit_test_setup(test_pci_enable_device_another_device, reset),
		cmocka_unit_test_setup(test_pci_bar_address_kinds, reset),
		cmocka_unit_test_setup(test_pci_stop_bus_masters_by_kind, reset),
		cmocka_unit_test_setup(test_pci_stop_bus_masters_bridge_loop_ends, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
