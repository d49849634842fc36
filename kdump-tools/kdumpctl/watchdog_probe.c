// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/watchdog_probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kdumpctl/acpi.h"
#include "kdumpctl/sysfs.h"

struct watchdog_probe {
	const char *root;
	struct platform *platform;
};

static int add_kick(struct platform *platform, const struct config_kick *kick)
{
	if (platform->kick_count == PLATFORM_MAX_KICKS)
		return -ENOSPC;
	platform->kicks[platform->kick_count++] = *kick;
	return 0;
}

/* --- Intel TCO: writing anything to TCO_RLD (offset 0, 16 bits) reloads the timer ---------- */

#define TCO_PORTS 32u

u32 watchdog_find_tco(const char *ioports)
{
	for (const char *line = ioports; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		unsigned first, last;
		int used = 0;

		if (sscanf(line, " %x-%x : iTCO_wdt%n", &first, &last, &used) == 2 && used &&
		    last - first + 1 == TCO_PORTS)
			return first;
	}
	return 0;
}

static int add_tco(const struct watchdog_probe *probe)
{
	struct config_kick kick = { .space = SPACE_IO, .op = KICK_WRITE, .width_bytes = 2, .value = 1 };
	char *text;
	size_t bytes;
	int err = sysfs_read_all(probe->root, &text, &bytes, "/proc/ioports");

	if (err)
		return err;
	kick.address = watchdog_find_tco(text);
	free(text);
	return kick.address ? add_kick(probe->platform, &kick) : -ENODEV;
}

/*
 * --- i6300ESB: the reload register at BAR 0 + 0x0c; each write needs the unlock sequence
 * 0x80, 0x86 before it; bit 8 reloads (Intel 6300ESB datasheet 300641-003, chapter 16) ---------------------------
 */
#define ESB_RELOAD 0x0cu
#define ESB_DRIVER "/sys/bus/pci/drivers/i6300ESB timer"

struct esb_search {
	const char *root;
	unsigned long long start;
};

/* The first PCI function that the driver holds; sysfs lists it below the driver by its address. */
static int find_esb(const char *name, void *context)
{
	struct esb_search *search = context;
	char line[128];

	return !strchr(name, ':') ||
	       sysfs_read_line(search->root, line, sizeof(line), ESB_DRIVER "/%s/resource", name) ||
	       sscanf(line, "%llx", &search->start) != 1 ? 0 : 1;
}

static int add_i6300esb(const struct watchdog_probe *probe)
{
	static const u16 writes[] = { 0x80, 0x86, 0x100 };
	struct esb_search search = { .root = probe->root };
	int err = sysfs_for_each(probe->root, ESB_DRIVER, find_esb, &search);

	if (err < 0)
		return err;
	if (!search.start)
		return -ENODEV;
	err = 0;
	for (size_t i = 0; !err && i < ARRAY_SIZE(writes); i++) {
		struct config_kick kick = {
			.space = SPACE_MEMORY, .op = KICK_WRITE, .width_bytes = 2,
			.address = search.start + ESB_RELOAD, .value = writes[i],
		};

		err = add_kick(probe->platform, &kick);
	}
	return err;
}

static int add_wdat(const struct watchdog_probe *probe)
{
	struct platform *platform = probe->platform;
	char *table;
	size_t bytes;
	u32 count;
	int err = sysfs_read_all(probe->root, &table, &bytes, "/sys/firmware/acpi/tables/WDAT");

	if (err)
		return err;
	err = acpi_parse_wdat((const u8 *)table, bytes, platform->kicks + platform->kick_count,
			      PLATFORM_MAX_KICKS - platform->kick_count, &count);
	free(table);
	if (!err)
		platform->kick_count += count;
	return err;
}

/* Dies with the kernel, so that it can't reset the machine while dumping. */
static int add_nothing(const struct watchdog_probe *probe)
{
	return 0;
}

static const struct {
	const char *identity;	/* begins with this, as its Linux driver says */
	int (*add)(const struct watchdog_probe *probe);
} drivers[] = {
	{ "iTCO_wdt", add_tco },
	{ "i6300ESB", add_i6300esb },
	{ "wdat_wdt", add_wdat },
	{ "Software Watchdog", add_nothing },
};

static int probe_one(const char *name, void *context)
{
	struct watchdog_probe *probe = context;
	struct platform *platform = probe->platform;
	char state[32], identity[64] = "unknown", timeout[16] = "?";
	size_t used = strlen(platform->watchdog);
	int err = -EOPNOTSUPP;

	if (!sysfs_read_line(probe->root, state, sizeof(state), "/sys/class/watchdog/%s/state", name) &&
	    strcmp(state, "active"))
		return 0;
	sysfs_read_line(probe->root, identity, sizeof(identity), "/sys/class/watchdog/%s/identity", name);
	sysfs_read_line(probe->root, timeout, sizeof(timeout), "/sys/class/watchdog/%s/timeout", name);
	snprintf(platform->watchdog + used, sizeof(platform->watchdog) - used, "%s%s (%s s)", used ? ", " : "",
		 identity, timeout);
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++)
		if (!strncmp(identity, drivers[i].identity, strlen(drivers[i].identity)))
			err = drivers[i].add(probe);
	if (err == -EOPNOTSUPP)
		snprintf(platform->watchdog_problem, sizeof(platform->watchdog_problem),
			 "the dump kernel can't kick %s; it knows iTCO, i6300ESB and ACPI WDAT", identity);
	else if (err)
		snprintf(platform->watchdog_problem, sizeof(platform->watchdog_problem),
			 "where the registers of %s are is not known: %s", identity, strerror(-err));
	return 0;
}

void watchdog_probe(const char *root, struct platform *platform)
{
	struct watchdog_probe probe = { .root = root, .platform = platform };

	sysfs_for_each(root, "/sys/class/watchdog", probe_one, &probe);
}
