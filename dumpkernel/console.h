/* SPDX-License-Identifier: GPL-2.0 */
/* Text to every console there is (serial, framebuffer) and to the memory log. */
#ifndef DUMPKERNEL_CONSOLE_H
#define DUMPKERNEL_CONSOLE_H

#include "capture/env.h"

/* One message, "\n" at its end; each line of output is prefixed "dump[  0.123] ". */
void console_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
