// SPDX-License-Identifier: GPL-2.0
/*
 * Driver test kernel: runs the dump kernel's drivers without a dump.
 *
 * The command line after "script" is one: a word a step, done in order; each step
 * prints one line.  tests/vm/cases/drivers.py compares the lines, and the disks on the host.
 *
 *	dev=nvme[:N] dev=virtio[:N] dev=ahci[:N] dev=scsi[:N]	the Nth controller of the kind, by bus number
 *	unit=N block=BYTES blocks=N serial=S nguid=HEX eui64=HEX	what was armed
 *	quiesce  open  flush  close
 *	write=OFFSET:BYTES:SEED  read=OFFSET:BYTES:SEED	pattern, all queue slots busy
 *	buffer=ADDRESS:BYTES:OP	one request from or to any address (OP: r or w)
 *	abandon=OFFSET:SEED	32 writes that nobody waits for
 *	limits			requests that submit must refuse
 *	stop			bus mastering off everywhere below bus 0
 *	vtd			turns translation on with an empty table, stops it again
 *	watchdog  kick=SECONDS  wait=SECONDS	an i6300esb of two seconds
 *	screen=WIDTH:HEIGHT:DEPTH  vga  lines=N	text on the screen
 *	acpi=SPACE:ADDRESS:VALUE	the reset register
 *	reset  poweroff  halt
 */
#include "clock.h"
#include "console.h"
#include "disk_driver.h"
#include "framebuffer.h"
#include "io.h"
#include "libk.h"
#include "mem.h"
#include "paging.h"
#include "pci.h"
#include "reset.h"
#include "serial.h"
#include "smp.h"
#include "vtd.h"
#include "watchdog.h"

#include <linux/screen_info.h>

/* QEMU's PC with SeaBIOS, both machines: ACPI registers at 0x600. */
#define PM1_CONTROL_PORT 0x604
#define PM_TIMER_PORT 0x608

/* Beyond the kernel, within the smallest guest's memory. */
#define POOL_START (8ull << 20)
#define POOL_END (16ull << 20)
#define BUFFER_START (32ull << 20)
#define BUFFER_BYTES (32ull << 20)

#define MAX_REQUESTS 64

/* Xen public/arch-x86/hvm/start_info.h, version 1. */
struct hvm_start_info {
	u32 magic, version, flags, module_count;
	u64 module_list_pa, cmdline_pa;
};

void test_main(const struct hvm_start_info *info);

static u64 pool_next = POOL_START;
static struct config_target config;
static struct dump_target *target;
static struct config_reset reset = { .pm1a_cnt = PM1_CONTROL_PORT };
static u64 vtd_table[512] __attribute__((aligned(4096)));

void *mem_alloc_pages(u32 pages)
{
	u64 start = pool_next;

	if (start + pages * PAGE_BYTES > POOL_END)
		return NULL;
	pool_next += pages * PAGE_BYTES;
	return memset((void *)start, 0, pages * PAGE_BYTES);
}

volatile void *paging_map_mmio(u64 pa, u64 bytes)
{
	return pa && bytes && pa + bytes <= 1ull << 40 ? (volatile void *)pa : NULL;
}

/* There is one CPU here. */
void smp_stop_all(void)
{
}

void console_printf(const char *fmt, ...)
{
	char line[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	serial_write(line, strlen(line));
}

static u64 parse_number(const char **text)
{
	u64 value = 0, base = 10;

	if ((*text)[0] == '0' && (*text)[1] == 'x') {
		base = 16;
		*text += 2;
	}
	for (; **text; (*text)++) {
		char c = **text;
		u64 digit = c >= '0' && c <= '9' ? (u64)(c - '0') : c >= 'a' && c <= 'f' ? (u64)(c - 'a' + 10) : 16;

		if (digit >= base)
			break;
		value = value * base + digit;
	}
	if (**text == ':')
		(*text)++;
	return value;
}

static void parse_bytes(const char *text, u8 *out, u32 bytes)
{
	for (u32 i = 0; i < bytes; i++) {
		char pair[5] = { '0', 'x', text[2 * i], text[2 * i + 1], '\0' };
		const char *at = pair;

		out[i] = (u8)parse_number(&at);
	}
}

/* Class codes: PCI Code and ID Assignment 1.11, 1.2. */
static bool is_wanted_device(struct config_pci_address at, u8 driver)
{
	switch (driver) {
	case DRIVER_NVME:
		return pci_read32(at, 8) >> 8 == 0x010802;
	case DRIVER_AHCI:
		return pci_read32(at, 8) >> 8 == 0x010601;
	case DRIVER_VIRTIO_SCSI:
		return pci_read32(at, 0) == 0x10041af4 || pci_read32(at, 0) == 0x10481af4;
	default:
		return pci_read32(at, 0) == 0x10011af4 || pci_read32(at, 0) == 0x10421af4;
	}
}

static u8 driver_of(char letter)
{
	return letter == 'n' ? DRIVER_NVME : letter == 'a' ? DRIVER_AHCI :
	       letter == 's' ? DRIVER_VIRTIO_SCSI : DRIVER_VIRTIO_BLK;
}

static void do_dev(const char *value)
{
	u8 driver = driver_of(value[0]);
	bool found = false;
	u64 index;

	while (*value && *value != ':')
		value++;
	if (*value)
		value++;
	index = parse_number(&value);
	memset(&config, 0, sizeof(config));
	for (u32 bdf = 0; bdf < 0x10000 && !found; bdf++) {
		struct config_pci_address at = { (u8)(bdf >> 8), (u8)bdf };

		if (pci_read16(at, 0) == 0xffff)
			continue;
		if ((pci_read8(at, 0xe) & 0x7f) == 1)
			pci_enable_bridge(at);
		else if (is_wanted_device(at, driver) && !index--) {
			config.pci = at;
			found = true;
		}
	}
	config.driver = driver;
	if (!found)
		config.pci.devfn = 0xf0;	/* nothing there */
	config.vendor_id = found ? pci_read16(config.pci, 0) : 0x1b36;
	config.device_id = found ? pci_read16(config.pci, 2) : 0x0010;
	console_printf("dev %s bus %s\n", found ? "found" : "missing", config.pci.bus ? "behind" : "root");
}

static void do_open(void)
{
	int err = disk_driver_open(&config, &target);

	if (err)
		console_printf("open %d\n", err);
	else
		console_printf("open size %lu block %u max %u\n", target->size_bytes, target->block_bytes,
			       target->max_transfer_bytes);
}

static void do_quiesce(void)
{
	console_printf("quiesce %d\n", disk_driver_quiesce(&config));
}

static u64 pattern(u64 offset, u64 seed)
{
	return seed << 48 ^ offset;
}

static void fill(u64 *words, u64 offset, u64 bytes, u64 seed)
{
	for (u64 i = 0; i < bytes / 8; i++)
		words[i] = pattern(offset + 8 * i, seed);
}

static u64 count_wrong(const u64 *words, u64 offset, u64 bytes, u64 seed)
{
	u64 wrong = 0;

	for (u64 i = 0; i < bytes / 8; i++)
		wrong += words[i] != pattern(offset + 8 * i, seed);
	return wrong;
}

/* Fills the queue and walks away, as a kernel that dies. */
static void do_abandon(const char *value)
{
	static struct dump_io io[MAX_REQUESTS];
	u64 offset = parse_number(&value), seed = parse_number(&value);
	u32 count = 0, bytes = target->max_transfer_bytes;
	u8 *buf = (u8 *)BUFFER_START;

	fill((u64 *)buf, offset, MAX_REQUESTS / 2 * bytes, seed);
	for (u32 i = 0; i < MAX_REQUESTS / 2; i++) {
		io[i] = (struct dump_io){ .op = DUMP_WRITE, .offset = offset + i * bytes,
					  .buf = buf + i * bytes, .bytes = bytes };
		count += !target->submit(target, &io[i]);
	}
	console_printf("abandoned %u\n", count);
}

/* Keeps the queue full until all is done.  The first error, or 0. */
static int transfer(u8 op, u8 *buf, u64 offset, u64 bytes, u32 *ret_deepest)
{
	static struct dump_io io[MAX_REQUESTS];
	u32 busy, deepest = 0;
	u64 done = 0;
	int err = 0;

	memset(io, 0, sizeof(io));
	do {
		busy = 0;
		for (u32 i = 0; i < MAX_REQUESTS; i++) {
			if (!io[i].busy && !err)
				err = io[i].status;
			if (!io[i].busy && !err && done < bytes) {
				u32 part = (u32)min_u64(bytes - done, target->max_transfer_bytes);
				int refused;

				io[i] = (struct dump_io){ .op = op, .offset = offset + done,
							  .buf = buf + done, .bytes = part };
				refused = target->submit(target, &io[i]);
				if (!refused)
					done += part;
				else if (refused != -EAGAIN)
					err = refused;
			}
			busy += io[i].busy;
		}
		if (busy > deepest)
			deepest = busy;
		target->poll(target);
	} while (busy || (done < bytes && !err));
	*ret_deepest = deepest;
	return err;
}

static void do_transfer(const char *name, u8 op, const char *value)
{
	u64 offset = parse_number(&value), bytes = parse_number(&value), seed = parse_number(&value);
	/* Not on a page border, where the driver takes it: the first PRP has an offset. */
	u8 *buf = (u8 *)BUFFER_START + (seed & 1 ? 1028 : 0);
	u32 deepest;
	int err;

	if (bytes > BUFFER_BYTES) {
		console_printf("%s too long\n", name);
		return;
	}
	if (op == DUMP_WRITE)
		fill((u64 *)buf, offset, bytes, seed);
	else
		memset(buf, 0xee, bytes);
	err = transfer(op, buf, offset, bytes, &deepest);
	console_printf("%s %d wrong %lu deep %s\n", name, err,
		       op == DUMP_READ ? count_wrong((u64 *)buf, offset, bytes, seed) : 0,
		       deepest >= min_u64(target->queue_depth, bytes / target->max_transfer_bytes) ? "full" : "idle");
}

static int run_one(u8 op, void *buf, u64 offset, u32 bytes)
{
	struct dump_io io = { .op = op, .buf = buf, .offset = offset, .bytes = bytes };
	int err = target->submit(target, &io);

	while (!err && io.busy)
		target->poll(target);
	return err ? err : io.status;
}

static void do_buffer(const char *value)
{
	u64 address = parse_number(&value);
	u32 bytes = (u32)parse_number(&value);

	/* 1: the device's own registers, which it refuses to read as data. */
	if (address == 1)
		address = pci_bar_address(config.pci, 0);
	console_printf("buffer %d\n", run_one(*value == 'w' ? DUMP_WRITE : DUMP_READ, (void *)address, 0, bytes));
}

static void do_limits(void)
{
	u8 *buf = (u8 *)BUFFER_START;
	u32 block = target->block_bytes;

	console_printf("limits %d %d %d %d %d %d\n",
		       run_one(DUMP_READ, buf, target->size_bytes, block),
		       run_one(DUMP_READ, buf, 0, target->max_transfer_bytes + block),
		       run_one(DUMP_READ, buf, block / 2, block),
		       run_one(DUMP_READ, buf + 2, 0, block),
		       run_one(DUMP_READ, buf, 0, 0),
		       run_one(DUMP_READ, buf, target->size_bytes - block, block));
}

static void do_vtd(void)
{
	const u64 base = 0xfed90000;
	volatile void *registers = (volatile void *)base;
	bool before = vtd_is_translating(base), during;
	int err;

	mmio_write64(registers, 0x20, (u64)vtd_table);	/* RTADDR: nothing is present */
	mmio_write32(registers, 0x18, 1u << 30);	/* GCMD.SRTP */
	mmio_write32(registers, 0x18, 1u << 31);	/* GCMD.TE */
	during = vtd_is_translating(base);
	console_printf("vtd before %d during %d absent %d\n", before, during, vtd_is_translating(0xfed80000));
	if (target)
		console_printf("vtd read %d\n", run_one(DUMP_READ, (void *)BUFFER_START, 0, 4096));
	err = vtd_stop_translation(base);
	console_printf("vtd stop %d after %d root %s absent %d\n", err, vtd_is_translating(base),
		       mmio_read64(registers, 0x20) == (u64)vtd_table ? "kept" : "lost",
		       vtd_stop_translation(0xfed80000));
}

/* i6300esb: Intel 6300ESB datasheet (300641-003), 16.4 and 16.5. */
static void esb_set_timer(u64 bar, u32 reg, u32 ticks)
{
	mmio_write16((volatile void *)bar, 0xc, 0x80);	/* unlocks one write */
	mmio_write16((volatile void *)bar, 0xc, 0x86);
	mmio_write32((volatile void *)bar, reg, ticks);
}

static void do_watchdog(void)
{
	static struct config_kick steps[3];
	const u32 values[3] = { 0x80, 0x86, 0x100 };
	u64 bar = 0;

	for (u32 devfn = 0; devfn < 256 && !bar; devfn++) {
		struct config_pci_address at = { 0, (u8)devfn };

		if (pci_read32(at, 0) != 0x25ab8086 || pci_enable_decoding(at, 0x8086, 0x25ab))
			continue;
		bar = pci_bar_address(at, 0);
		esb_set_timer(bar, 0, 1000);	/* both timers about a second */
		esb_set_timer(bar, 4, 1000);
		pci_write8(at, 0x68, 0x02);		/* runs */
	}
	for (u32 i = 0; i < 3; i++)
		steps[i] = (struct config_kick){ .space = SPACE_MEMORY, .op = KICK_WRITE, .width_bytes = 2,
						 .address = bar + 0xc, .value = values[i] };
	console_printf("watchdog %d\n", watchdog_init(steps, bar ? 3 : 0));
	watchdog_kick();
	steps[1].width_bytes = 3;
	console_printf("watchdog bad %d\n", watchdog_init(steps, 3));
	steps[1].width_bytes = 2;
}

static void do_wait(const char *value)
{
	clock_delay_us(parse_number(&value) * 1000000);
	console_printf("waited\n");
}

static void do_kick(const char *value)
{
	u64 end_us = env_clock_us() + parse_number(&value) * 1000000;

	while (env_clock_us() < end_us)
		watchdog_kick();
	console_printf("kicked\n");
}

/* The mode that firmware would have set: QEMU's VGA, docs/specs/standard-vga.txt. */
static void set_mode(u16 width, u16 height, u16 depth)
{
	const u16 values[] = { 0, width, height, depth, 0x41 };
	const u16 registers[] = { 4, 1, 2, 3, 4 };

	for (u32 i = 0; i < ARRAY_SIZE(values); i++) {
		outw(0x1ce, registers[i]);
		outw(0x1cf, values[i]);
	}
}

static u64 find_display(void)
{
	for (u32 devfn = 0; devfn < 256; devfn++) {
		struct config_pci_address at = { 0, (u8)devfn };

		if (pci_read16(at, 0) != 0xffff && pci_read16(at, 10) == 0x0300)
			return pci_bar_address(at, 0);
	}
	return 0;
}

static void do_screen(const char *value, bool vga)
{
	struct screen_info info = { .orig_video_isVGA = vga ? 1 : VIDEO_TYPE_VLFB, .orig_video_mode = 3 };
	int err;

	if (!vga) {
		info.lfb_base = (u32)find_display();
		info.lfb_width = (u16)parse_number(&value);
		info.lfb_height = (u16)parse_number(&value);
		info.lfb_depth = (u16)parse_number(&value);
		info.lfb_linelength = (u16)(info.lfb_width * info.lfb_depth / 8);
		set_mode(info.lfb_width, info.lfb_height, info.lfb_depth);
	}
	err = framebuffer_init(&info);
	for (char c = 32; !err && c < 127; c++)
		framebuffer_write(&c, 1);
	framebuffer_write("\n", 1);
	console_printf("screen %d\n", err);
}

static void do_lines(const char *value)
{
	u64 count = parse_number(&value);

	for (u64 i = 1; i <= count; i++) {
		char line[32];

		framebuffer_write(line, (size_t)snprintf(line, sizeof(line), "line %lu\n", i));
	}
	console_printf("lines\n");
}

static void do_acpi(const char *value)
{
	reset.present = 1;
	reset.space = (u8)parse_number(&value);
	reset.address = parse_number(&value);
	reset.value = (u8)parse_number(&value);
}

static void do_reset(enum config_action action)
{
	console_printf("bye\n");
	reset_init(&reset);
	reset_machine(action);
}

static void do_stop(void)
{
	u8 root = 0;
	u32 count = pci_stop_bus_masters(&root, 1);

	console_printf("stop %u again %u\n", count, pci_stop_bus_masters(&root, 1));
}

/* The value when word is "name=value", else NULL. */
static const char *value_of(const char *word, const char *name)
{
	size_t len = strlen(name);

	return !strncmp(word, name, len) && word[len] == '=' ? word + len + 1 : NULL;
}

static bool set_config(const char *word)
{
	const char *value;

	if ((value = value_of(word, "unit")))
		config.unit = (u32)parse_number(&value);
	else if ((value = value_of(word, "block")))
		config.block_bytes = (u32)parse_number(&value);
	else if ((value = value_of(word, "blocks")))
		config.device_blocks = parse_number(&value);
	else if ((value = value_of(word, "serial")))
		memcpy(config.serial, value, min_u64(strlen(value), sizeof(config.serial)));
	else if ((value = value_of(word, "nguid")))
		parse_bytes(value, config.nguid, sizeof(config.nguid));
	else if ((value = value_of(word, "eui64")))
		parse_bytes(value, config.eui64, sizeof(config.eui64));
	else
		return false;
	return true;
}

static bool run_disk_step(const char *word)
{
	const char *value;

	if (!target)
		return false;
	if ((value = value_of(word, "write")))
		do_transfer("write", DUMP_WRITE, value);
	else if ((value = value_of(word, "read")))
		do_transfer("read", DUMP_READ, value);
	else if ((value = value_of(word, "abandon")))
		do_abandon(value);
	else if ((value = value_of(word, "buffer")))
		do_buffer(value);
	else if (!strcmp(word, "limits"))
		do_limits();
	else if (!strcmp(word, "flush"))
		console_printf("flush %d\n", run_one(DUMP_FLUSH, NULL, 0, 0));
	else if (!strcmp(word, "close"))
		target->close(target);
	else
		return false;
	return true;
}

static void run_step(const char *word)
{
	const char *value;

	if (set_config(word) || run_disk_step(word))
		return;
	if ((value = value_of(word, "dev")))
		do_dev(value);
	else if ((value = value_of(word, "kick")))
		do_kick(value);
	else if ((value = value_of(word, "wait")))
		do_wait(value);
	else if ((value = value_of(word, "acpi")))
		do_acpi(value);
	else if ((value = value_of(word, "lines")))
		do_lines(value);
	else if ((value = value_of(word, "screen")))
		do_screen(value, false);
	else if (!strcmp(word, "vga"))
		do_screen("", true);
	else if (!strcmp(word, "open"))
		do_open();
	else if (!strcmp(word, "quiesce"))
		do_quiesce();
	else if (!strcmp(word, "stop"))
		do_stop();
	else if (!strcmp(word, "vtd"))
		do_vtd();
	else if (!strcmp(word, "watchdog"))
		do_watchdog();
	else if (!strcmp(word, "reset"))
		do_reset(ACTION_REBOOT);
	else if (!strcmp(word, "poweroff"))
		do_reset(ACTION_POWEROFF);
	else if (!strcmp(word, "halt"))
		do_reset(ACTION_HALT);
	else
		console_printf("unknown step %s\n", word);
}

/* Cuts the next word off *text; NULL at its end. */
static char *next_word(char **text)
{
	char *word = *text, *end;

	while (*word == ' ')
		word++;
	if (!*word)
		return NULL;
	for (end = word; *end && *end != ' '; end++)
		;
	*text = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

void test_main(const struct hvm_start_info *info)
{
	struct config_clock clock = { .pm_timer_port = PM_TIMER_PORT, .pm_timer_bits = 24 };
	char *text = (char *)info->cmdline_pa, *word;

	clock_init(&clock);
	serial_open(0, 0);
	console_printf("driver test kernel\n");
	while ((word = next_word(&text)) && strcmp(word, "script"))
		;
	while ((word = next_word(&text)))
		run_step(word);
	console_printf("end of script\n");
	do_reset(ACTION_HALT);
}
