// SPDX-License-Identifier: GPL-2.0
/* AHCI against a controller with two ports that is only memory, well-behaved and not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

/* The registers answer, so that their accesses go through the fake. */
#define mmio_read32 plain_read32
#define mmio_write32 plain_write32
#include "../../../dumpkernel/io.h"
#undef mmio_read32
#undef mmio_write32
static u32 mmio_read32(const volatile void *base, u32 offset);
static void mmio_write32(volatile void *base, u32 offset, u32 value);

#include "../../../dumpkernel/ahci.c"
#include "../../../dumpkernel/ahci_hba.c"
#include "../../../dumpkernel/ahci_port.c"
#include "../../../dumpkernel/disk.c"

#define PORTS 2u
#define SLOTS 8u

struct fake_port {
	bool present;		/* a device answers on the link */
	bool never_ready;	/* BSY stays */
	bool never_stops;	/* but for a reset of the controller */
	u32 signature;
	u16 identify[256];
	u32 resets;		/* COMRESETs seen */
};

static struct {
	bool dead, hold, never_resets;
	u32 resets;
	u32 fail_status;	/* PxIS of a command that fails */
	u64 fail_lba;		/* the command that fails ... */
	u32 fails;		/* ... so many times */
	bool clears_failed;	/* takes it off the list, too, and goes on with the others: QEMU 7.2 */
	struct fake_port port[PORTS];
} fake;

static u64 now_us;
static _Alignas(4096) u8 bar[PAGE_BYTES];
static _Alignas(4096) u8 pool[8 * PAGE_BYTES];
static u32 pool_pages;
static bool is_master;

u64 env_clock_us(void)
{
	return now_us += 10;
}

void clock_delay_us(u64 us)
{
	now_us += us;
}

void *mem_alloc_pages(u32 pages)
{
	u8 *start = pool + pool_pages * PAGE_BYTES;

	pool_pages += pages;
	return pool_pages * PAGE_BYTES > sizeof(pool) ? NULL : memset(start, 0, pages * PAGE_BYTES);
}

volatile void *paging_map_mmio(u64 pa, u64 bytes)
{
	return pa + bytes <= (uintptr_t)bar + sizeof(bar) ? (volatile void *)pa : NULL;
}

void watchdog_kick(void)
{
}

void console_printf(const char *fmt, ...)
{
}

int pci_enable_decoding(struct config_pci_address at, u16 vendor_id, u16 device_id)
{
	return 0;
}

int pci_enable_device(struct config_pci_address at, u16 vendor_id, u16 device_id)
{
	is_master = true;
	return 0;
}

void pci_stop_bus_master(struct config_pci_address at)
{
	is_master = false;
}

u64 pci_bar_address(struct config_pci_address at, unsigned index)
{
	return index == 5 ? (uintptr_t)bar : 0;
}

/* --- the controller ---------------------------------------------------------------- */

static u32 *reg(u32 port, u32 offset)
{
	return (u32 *)(bar + AHCI_PORT_REGISTERS(port) + offset);
}

static u64 fis_lba(const struct register_fis *fis)
{
	u64 lba = 0;

	for (int i = 2; i >= 0; i--)
		lba = lba << 8 | fis->lba_high[i];
	for (int i = 2; i >= 0; i--)
		lba = lba << 8 | fis->lba_low[i];
	return lba;
}

/* Runs what is on a port's list, until one fails. */
static void run_commands(u32 p)
{
	struct ahci_memory *memory = (void *)(*reg(p, PORT_CLB) | (u64)*reg(p, PORT_CLB + 4) << 32);

	for (u32 slot = 0; slot < SLOTS; slot++) {
		struct command_table *table;

		if (!(*reg(p, PORT_CI) & 1u << slot))
			continue;
		assert_true(is_master && *reg(p, PORT_CMD) & CMD_START);
		table = (void *)memory->list[slot].table;
		if (table->fis.command != ATA_IDENTIFY_DEVICE && fake.fails && fis_lba(&table->fis) == fake.fail_lba) {
			fake.fails--;
			*reg(p, PORT_IS) |= fake.fail_status;
			if (!fake.clears_failed)
				return;
		} else if (table->fis.command == ATA_IDENTIFY_DEVICE) {
			memcpy((void *)table->data, fake.port[p].identify, 512);
		}
		*reg(p, PORT_CI) &= ~(1u << slot);
		memory->received[RECEIVED_REGISTERS] = 0x34;
	}
}

static void reset_port(u32 p)
{
	memset(reg(p, 0), 0, 0x80);
	*reg(p, PORT_TFD) = 0x7f;
}

static u32 mmio_read32(const volatile void *base, u32 offset)
{
	u32 at = (u32)((const volatile u8 *)base - bar) + offset, p = (at - 0x100) / 0x80;

	if (fake.dead)
		return 0xffffffff;
	if (at >= 0x100 && (at - 0x100) % 0x80 == PORT_CI && !fake.hold && !*reg(p, PORT_IS))
		run_commands(p);
	return *(u32 *)(bar + at);
}

static void write_command(u32 p, u32 value)
{
	u32 running = (value & CMD_START ? CMD_LIST_RUNNING : 0) | (value & CMD_FIS_ENABLE ? CMD_FIS_RUNNING : 0);

	if (!(value & CMD_START))
		*reg(p, PORT_CI) = 0;
	if (fake.port[p].never_stops)
		running |= *reg(p, PORT_CMD) & (CMD_LIST_RUNNING | CMD_FIS_RUNNING);
	*reg(p, PORT_CMD) = (value & ~(CMD_LIST_RUNNING | CMD_FIS_RUNNING)) | running;
}

static void write_link(u32 p, u32 value)
{
	struct fake_port *port = &fake.port[p];

	if (*reg(p, PORT_SCTL) & SCTL_RESET && !(value & SCTL_RESET)) {
		port->resets++;
		assert_false(*reg(p, PORT_CMD) & CMD_START);
		*reg(p, PORT_SSTS) = port->present ? 0x113 : 0;
		*reg(p, PORT_TFD) = port->present && !port->never_ready ? 0x50 : 0x7f;
		*reg(p, PORT_SIG) = port->signature;
	}
	*reg(p, PORT_SCTL) = value;
}

static void mmio_write32(volatile void *base, u32 offset, u32 value)
{
	u32 at = (u32)((volatile u8 *)base - bar) + offset, p = (at - 0x100) / 0x80, port_reg = (at - 0x100) % 0x80;

	if (fake.dead)
		return;
	if (at == REG_GHC && value & GHC_RESET) {
		fake.resets++;
		for (u32 i = 0; i < PORTS; i++)
			reset_port(i);
		*(u32 *)(bar + at) = fake.never_resets ? value : 0;
	} else if (at < 0x100) {
		*(u32 *)(bar + at) = value;
	} else if (port_reg == PORT_IS || port_reg == PORT_SERR) {
		*(u32 *)(bar + at) &= ~value;
	} else if (port_reg == PORT_CI) {
		*(u32 *)(bar + at) |= value;
	} else if (port_reg == PORT_CMD) {
		write_command(p, value);
	} else if (port_reg == PORT_SCTL) {
		write_link(p, value);
	} else {
		*(u32 *)(bar + at) = value;
	}
}

/* --- disks -------------------------------------------------------------------------- */

static void set_text(u16 *words, const char *text, u32 bytes)
{
	for (u32 i = 0; i < bytes; i += 2)
		words[i / 2] = (u16)((i < strlen(text) ? text[i] : ' ') << 8 | (i + 1 < strlen(text) ? text[i + 1] : ' '));
}

static void make_disk(u32 p, const char *serial, u64 blocks, u32 block_bytes)
{
	struct fake_port *port = &fake.port[p];
	u16 *id = port->identify;

	*port = (struct fake_port){ .present = true, .signature = SIG_DISK };
	set_text(id + ID_SERIAL, serial, 20);
	id[ID_CAPABILITIES] = 0x300;
	id[ID_COMMANDS] = 0x4400;
	id[ID_COMMANDS_2] = 0x4100;
	set_text(id + ID_WWN, "\x50\1\2\3\4\5\6\7", 8);
	memcpy(id + ID_BLOCKS, &blocks, sizeof(blocks));
	if (block_bytes != 512) {
		id[ID_BLOCK_SIZE] = 0x5000;
		id[ID_BLOCK_WORDS] = (u16)(block_bytes / 2);
	}
}

static int setup(void **state)
{
	memset(&fake, 0, sizeof(fake));
	memset(bar, 0, sizeof(bar));
	pool_pages = 0;
	is_master = false;
	*(u32 *)(bar + REG_CAP) = CAP_64BIT | (SLOTS - 1) << 8;
	*(u32 *)(bar + REG_PI) = (1u << PORTS) - 1;
	/* As a kernel leaves it that dies with a command in flight. */
	*reg(0, PORT_CMD) = CMD_START | CMD_LIST_RUNNING | CMD_FIS_ENABLE | CMD_FIS_RUNNING;
	*reg(0, PORT_CI) = 1;
	make_disk(0, "  DISK-0", 1000, 512);
	make_disk(1, "DISK-1", 1000, 512);
	return 0;
}

static struct config_target armed_as(const char *serial)
{
	struct config_target armed = { .driver = DRIVER_AHCI, .block_bytes = 512, .device_blocks = 1000 };

	memcpy(armed.serial, serial, strlen(serial));
	return armed;
}

static int open_as(const struct config_target *armed, struct ahci **ret_ahci)
{
	struct dump_target *target = NULL;
	int err = ahci_open(armed, &target);

	*ret_ahci = (struct ahci *)target;
	return err;
}

static int open_disk(const char *serial)
{
	struct config_target armed = armed_as(serial);
	struct ahci *ahci;

	return open_as(&armed, &ahci);
}

static struct ahci *open_good(void)
{
	struct config_target armed = armed_as("DISK-0");
	struct ahci *ahci;

	assert_int_equal(open_as(&armed, &ahci), 0);
	return ahci;
}

static _Alignas(4) u8 data[4096];

static void start(struct ahci *ahci, struct dump_io *io, u8 op, u64 lba)
{
	*io = (struct dump_io){ .op = op, .buf = data, .bytes = 1024, .offset = lba * 512 };
	assert_int_equal(ahci->target.submit(&ahci->target, io), 0);
}

static void poll(struct ahci *ahci, u32 checks)
{
	for (u32 i = 0; i < checks * POLLS_PER_CHECK; i++)
		ahci->target.poll(&ahci->target);
}

/* --- tests ------------------------------------------------------------------------------ */

static void test_ahci_open_fills_target(void **state)
{
	struct ahci *ahci = open_good();

	assert_int_equal(ahci->target.size_bytes, 512000);
	assert_int_equal(ahci->target.block_bytes, 512);
	assert_int_equal(ahci->target.queue_depth, SLOTS);
	assert_int_equal(ahci->target.max_transfer_bytes, DISK_MAX_TRANSFER_BYTES);
	assert_int_equal(fake.resets, 1);
	assert_int_equal(fake.port[1].resets, 0);	/* the other disk is left alone */
}

static void test_ahci_open_4k_blocks(void **state)
{
	struct config_target armed = armed_as("DISK-0");
	struct ahci *ahci;

	make_disk(0, "DISK-0", 1000, 4096);
	armed.block_bytes = 4096;
	assert_int_equal(open_as(&armed, &ahci), 0);
	assert_int_equal(ahci->target.block_bytes, 4096);
	assert_int_equal(ahci->target.size_bytes, 4096000);
}

static void test_ahci_open_finds_the_disk(void **state)
{
	struct config_target armed = armed_as("DISK-1");
	struct ahci *ahci;

	assert_int_equal(open_as(&armed, &ahci), 0);	/* not where it was armed */
	assert_ptr_equal(ahci->port.registers, bar + AHCI_PORT_REGISTERS(1));
	assert_false(*reg(0, PORT_CMD) & (CMD_START | CMD_FIS_ENABLE));
	setup(NULL);
	armed.unit = 1;
	assert_int_equal(open_as(&armed, &ahci), 0);
	assert_int_equal(fake.port[0].resets, 0);
}

static void test_ahci_open_another_disk(void **state)
{
	static const u8 wwn[8] = { 0x50, 1, 2, 3, 4, 5, 6, 7 };
	struct config_target armed = armed_as("DISK-0");
	struct ahci *ahci;

	assert_int_equal(open_disk("DISK-2"), -ENXIO);
	assert_false(is_master);
	setup(NULL);
	memcpy(armed.eui64, wwn, sizeof(wwn));
	assert_int_equal(open_as(&armed, &ahci), 0);
	setup(NULL);
	armed.eui64[7] = 8;
	assert_int_equal(open_as(&armed, &ahci), -ENXIO);
	setup(NULL);
	armed.eui64[7] = 7;
	fake.port[0].identify[ID_COMMANDS_2] = 0x4000;	/* it has no WWN any more */
	assert_int_equal(open_as(&armed, &ahci), -ENXIO);
	setup(NULL);
	make_disk(0, "DISK-0", 999, 512);
	assert_int_equal(open_disk("DISK-0"), -ENXIO);
}

static void test_ahci_open_bad_disk(void **state)
{
	fake.port[0].identify[ID_COMMANDS] = 0x4000;
	assert_int_equal(open_disk("DISK-0"), -EOPNOTSUPP);
	setup(NULL);
	fake.port[0].identify[ID_COMMANDS] = 0xc400;	/* not valid */
	assert_int_equal(open_disk("DISK-0"), -EOPNOTSUPP);
	setup(NULL);
	fake.port[0].signature = 0xeb140101;		/* ATAPI */
	assert_int_equal(open_disk("DISK-0"), -EOPNOTSUPP);
	setup(NULL);
	fake.port[0].never_ready = true;
	assert_int_equal(open_disk("DISK-0"), -ETIMEDOUT);
	setup(NULL);
	fake.port[0].present = fake.port[1].present = false;
	assert_int_equal(open_disk("DISK-0"), -ENODEV);
}

static void test_ahci_open_bad_controller(void **state)
{
	fake.dead = true;
	assert_int_equal(open_disk("DISK-0"), -ENODEV);
	setup(NULL);
	*(u32 *)(bar + REG_PI) = 0;
	assert_int_equal(open_disk("DISK-0"), -ENODEV);
	setup(NULL);
	fake.never_resets = true;
	assert_int_equal(open_disk("DISK-0"), -ETIMEDOUT);
	setup(NULL);
	*(u32 *)(bar + REG_CAP) &= ~CAP_64BIT;		/* and our memory lies high */
	assert_int_equal(open_disk("DISK-0"), -EOPNOTSUPP);
}

static void test_ahci_quiesce_stops_all(void **state)
{
	struct config_target armed = armed_as("");

	fake.port[0].never_stops = true;
	assert_int_equal(ahci_quiesce(&armed), 0);
	assert_int_equal(fake.resets, 1);
	assert_int_equal(*reg(0, PORT_CI), 0);
	assert_int_equal(*reg(0, PORT_CMD), 0);
}

static void test_ahci_quiesce_takes_from_firmware(void **state)
{
	struct config_target armed = armed_as("");
	u64 before = now_us;

	*(u32 *)(bar + REG_CAP2) = CAP2_HANDOFF;
	*(u32 *)(bar + REG_BOHC) = BOHC_FIRMWARE_OWNS;
	assert_int_equal(ahci_quiesce(&armed), 0);	/* it never lets go */
	assert_true(*(u32 *)(bar + REG_BOHC) & BOHC_SYSTEM_OWNS);
	assert_in_range(now_us - before, HANDOFF_US, 2 * HANDOFF_US);
}

static void test_ahci_submit_describes_the_command(void **state)
{
	struct ahci *ahci = open_good();
	u32 slot = ahci->next;
	const struct command_table *table = &ahci->port.memory->table[slot];
	struct dump_io io;

	fake.hold = true;
	ahci->target.size_bytes = ~0ull;
	io = (struct dump_io){ .op = DUMP_WRITE, .buf = data, .bytes = 2048, .offset = 0x123456789abcull * 512 };
	assert_int_equal(ahci->target.submit(&ahci->target, &io), 0);
	assert_int_equal(table->fis.type, 0x27);
	assert_int_equal(table->fis.flags, 0x80);
	assert_int_equal(table->fis.command, 0x35);
	assert_int_equal(fis_lba(&table->fis), 0x123456789abc);
	assert_int_equal(table->fis.sectors[0] | table->fis.sectors[1] << 8, 4);
	assert_int_equal(table->data, (uintptr_t)data);
	assert_int_equal(table->data_bytes_minus_1, 2047);
	assert_int_equal(ahci->port.memory->list[slot].flags, 0x45);
	assert_int_equal(ahci->port.memory->list[slot].prd_count, 1);
	assert_int_equal(*reg(0, PORT_CI), 1u << slot);
}

static void test_ahci_submit_until_full(void **state)
{
	struct ahci *ahci = open_good();
	struct dump_io io[SLOTS + 1];

	fake.hold = true;
	for (u32 i = 0; i < SLOTS; i++)
		start(ahci, &io[i], DUMP_READ, i);
	io[SLOTS] = (struct dump_io){ .op = DUMP_FLUSH };
	assert_int_equal(ahci->target.submit(&ahci->target, &io[SLOTS]), -EAGAIN);
	fake.hold = false;
	poll(ahci, 1);
	for (u32 i = 0; i < SLOTS; i++)
		assert_true(!io[i].busy && !io[i].status);
	assert_int_equal(ahci->target.submit(&ahci->target, &io[SLOTS]), 0);
}

/* Six commands, the third of which fails so many times; what each of them comes to. */
static void check_error(u32 status, u32 fails, int wanted, bool clears_failed)
{
	struct ahci *ahci;
	struct dump_io io[6];

	setup(NULL);
	fake.clears_failed = clears_failed;
	fake.fail_status = status;
	fake.fail_lba = 12;
	fake.fails = fails;
	ahci = open_good();
	fake.hold = true;
	for (u32 i = 0; i < 6; i++)
		start(ahci, &io[i], DUMP_WRITE, 10 + i);
	fake.hold = false;
	poll(ahci, 20);
	for (u32 i = 0; i < 6; i++) {
		assert_false(io[i].busy);
		assert_int_equal(io[i].status, i == 2 ? wanted : 0);
	}
	assert_int_equal(fake.port[0].resets, 1 + fails);
	assert_int_equal(ahci->suspects | ahci->issued, 0);
	start(ahci, &io[0], DUMP_READ, 0);
	poll(ahci, 1);
	assert_int_equal(io[0].status, 0);
}

static void test_ahci_poll_error(void **state)
{
	check_error(IS_TASK_FILE, 1, 0, false);		/* not again */
	check_error(IS_TASK_FILE, 2, -EIO, false);
	check_error(IS_TASK_FILE, 2, -EIO, true);
	check_error(IS_INTERFACE_FATAL, 2, -EIO, false);
	check_error(IS_HOST_DATA, 2, -EFAULT, false);
	check_error(IS_HOST_FATAL, 2, -EFAULT, false);
}

static void test_ahci_poll_refuses_while_recovering(void **state)
{
	struct ahci *ahci = open_good();
	struct dump_io io[3];

	fake.fail_status = IS_TASK_FILE;
	fake.fail_lba = 10;
	fake.fails = 1;
	start(ahci, &io[0], DUMP_READ, 10);
	start(ahci, &io[1], DUMP_READ, 11);
	poll(ahci, 1);
	fake.hold = true;
	io[2] = io[0];
	assert_int_equal(ahci->target.submit(&ahci->target, &io[2]), -EAGAIN);
}

static void test_ahci_poll_disk_stays_away(void **state)
{
	struct ahci *ahci = open_good();
	struct dump_io io[2];

	fake.fail_status = IS_TASK_FILE;
	fake.fail_lba = 10;
	fake.fails = 1;
	fake.port[0].never_ready = true;
	start(ahci, &io[0], DUMP_READ, 10);
	start(ahci, &io[1], DUMP_READ, 11);
	poll(ahci, 1);
	assert_true(!io[0].busy && !io[1].busy);
	assert_int_equal(io[0].status, -EIO);
	assert_int_equal(io[1].status, -EIO);
	assert_false(is_master);
	assert_int_equal(ahci->target.submit(&ahci->target, &io[0]), -ENODEV);
}

static void test_ahci_poll_gone(void **state)
{
	struct ahci *ahci = open_good();
	struct dump_io io;

	fake.hold = true;
	start(ahci, &io, DUMP_READ, 10);
	*reg(0, PORT_SSTS) = 0;
	poll(ahci, 1);
	assert_int_equal(io.status, -EIO);
	assert_false(io.busy);

	setup(NULL);
	ahci = open_good();
	start(ahci, &io, DUMP_READ, 10);
	fake.dead = true;
	poll(ahci, 1);
	assert_int_equal(io.status, -EIO);
	assert_false(io.busy);
}

static void test_ahci_poll_timeout(void **state)
{
	struct ahci *ahci = open_good();
	struct dump_io io;

	fake.hold = true;
	start(ahci, &io, DUMP_READ, 10);
	poll(ahci, 1);
	assert_true(io.busy);
	now_us += DISK_TIMEOUT_US;
	poll(ahci, 1);
	assert_false(io.busy);
	assert_int_equal(io.status, -ETIMEDOUT);
	assert_false(is_master || *reg(0, PORT_CMD) & CMD_START);
}

static void test_ahci_submit_beyond_4gib(void **state)
{
	struct ahci *ahci = open_good();
	struct dump_io io = { .op = DUMP_WRITE, .buf = (void *)0xfffffc00, .bytes = 1024 };

	ahci->hba.has_64bit = false;
	fake.hold = true;
	assert_int_equal(ahci->target.submit(&ahci->target, &io), 0);
	assert_true(io.busy);				/* up to the last byte below */
	io = (struct dump_io){ .op = DUMP_WRITE, .buf = (void *)0xfffffe00, .bytes = 1024 };
	assert_int_equal(ahci->target.submit(&ahci->target, &io), 0);
	assert_false(io.busy);
	assert_int_equal(io.status, -EFAULT);		/* so the caller bounces it */
}

#define fresh(test) cmocka_unit_test_setup(test, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		fresh(test_ahci_open_fills_target),
		fresh(test_ahci_open_4k_blocks),
		fresh(test_ahci_open_finds_the_disk),
		fresh(test_ahci_open_another_disk),
		fresh(test_ahci_open_bad_disk),
		fresh(test_ahci_open_bad_controller),
		fresh(test_ahci_quiesce_stops_all),
		fresh(test_ahci_quiesce_takes_from_firmware),
		fresh(test_ahci_submit_describes_the_command),
		fresh(test_ahci_submit_until_full),
		fresh(test_ahci_submit_beyond_4gib),
		fresh(test_ahci_poll_error),
		fresh(test_ahci_poll_refuses_while_recovering),
		fresh(test_ahci_poll_disk_stays_away),
		fresh(test_ahci_poll_gone),
		fresh(test_ahci_poll_timeout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
