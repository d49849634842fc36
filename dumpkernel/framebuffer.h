/* SPDX-License-Identifier: GPL-2.0 */
/* Text on the screen that the dead kernel left: linear framebuffer or VGA text mode. */
#ifndef DUMPKERNEL_FRAMEBUFFER_H
#define DUMPKERNEL_FRAMEBUFFER_H

#include "capture/env.h"

struct screen_info;

/*
 * info: boot_params' first 64 bytes (Linux x86 boot protocol, "zero page"), copied.
 * Maps the top left of the screen.  -ENODEV: no screen that can be written to;
 * -EINVAL: its description makes no sense; -ENOMEM: can't be mapped.
 */
int framebuffer_init(const struct screen_info *info);

/* Text, with "\n" and "\r"; does nothing without framebuffer_init(). */
void framebuffer_write(const char *text, size_t len);

#endif
