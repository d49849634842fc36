/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the dump kernel needs of the ACPI tables, as pure functions over their bytes
 * (ACPI 6.5; DMAR: VT-d 4.1 chapter 8; WDAT: Microsoft's "Hardware Watchdog Timers
 * Design Specification").  Tables come from firmware: every length is checked.
 */
#ifndef KDUMPCTL_ACPI_H
#define KDUMPCTL_ACPI_H

#include "capture/handover.h"

/*
 * Checks signature, length and checksum of a table.  bytes: what was read, may be more.
 * Returns the table's own length, or -EBADMSG.
 */
s64 acpi_check_table(const u8 *table, size_t bytes, const char *signature);

/*
 * FADT: PM timer, reset register, PM1 control ports.  Fields that the table is too old
 * for, or that are not I/O where they must be, stay zero (not present).  -EBADMSG.
 */
int acpi_parse_fadt(const u8 *table, size_t bytes, struct config_clock *ret_clock,
		    struct config_reset *ret_reset);

/*
 * Finds Name(\_S5, Package{a, b, ...}) in a DSDT's or SSDT's AML.  -ENOENT: not there,
 * or not made of plain integers.
 */
int acpi_find_s5(const u8 *table, size_t bytes, u8 *ret_typa, u8 *ret_typb);

/* DMAR: register bases of the remapping units of segment 0.  -EBADMSG, -ENOSPC. */
int acpi_parse_dmar(const u8 *table, size_t bytes, u64 *bases, u32 capacity, u32 *ret_count);

/*
 * WDAT: the instructions of the action that resets the watchdog's count, as one kick.
 * -EBADMSG, -ENOSPC, -ENOENT: no such action, -EOPNOTSUPP: an instruction or register
 * that the dump kernel can't do.
 */
int acpi_parse_wdat(const u8 *table, size_t bytes, struct config_kick *steps, u32 capacity, u32 *ret_count);

#endif
