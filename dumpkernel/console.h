/* SPDX-License-Identifier: GPL-2.0 */
/* Text to every console there is (serial, framebuffer) and to the memory log. */
#ifndef DUMPKERNEL_CONSOLE_H
#define DUMPKERNEL_CONSOLE_H

#include "capture/env.h"

#define CONSOLE_LOG_BYTES (16u << 10)

struct screen_info;

/*
 * Opens every console=ttyS<n>[,<baud>] of a command line; ttyS0 when it names none.
 * cmdline: NUL terminated.  screen: boot_params' description, NULL: none; must stay.
 */
void console_init(const char *cmdline, const struct screen_info *screen);

/*
 * Turns the screen on and shows what was said so far.  Drawing is slow: not before
 * stage 1 is on disk, or something failed.
 */
void console_open_screen(void);

/* One message, "\n" at its end; each line of output is prefixed "dump[  0.123] ". */
void console_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* As console_printf(), but not kept in the log: for progress. */
void console_print_transient(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The memory log: page aligned, zero padded; CONSOLE_LOG_BYTES at most, the first ones kept. */
const char *console_log(u32 *ret_bytes);

#endif
