/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What kdump-init says.  It goes through the kernel's log: so it stands on every console,
 * a console that takes no more text can't block us, and kexec-dmesg.log has it.
 */
#ifndef KDUMP_INIT_SAY_H
#define KDUMP_INIT_SAY_H

#include <stddef.h>

/* Opens /dev/kmsg and lets our lines reach the console; until then, stderr serves. */
void say_open(void);

/* The first error that is said from now on is kept in buf[size], which is emptied. */
void say_keep_reason(char *buf, size_t size);

void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void say_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
