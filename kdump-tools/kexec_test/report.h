/* SPDX-License-Identifier: GPL-2.0 */
/* Text to the first serial port. */
#ifndef KEXEC_TEST_REPORT_H
#define KEXEC_TEST_REPORT_H

#include "capture/env.h"

/* One line or part of one; the formats of libk.c. */
void report(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
