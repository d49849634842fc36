/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a tool says.  Errors and warnings go to stderr as "kdumpctl: ...", info to
 * stdout, debug to stderr when asked for.  An error says what failed, on what, why,
 * and what to do; it is said once, where the reason is known, and the callers above
 * only pass the negative errno on.
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdbool.h>

/* program: prefix of every message, a string that stays. */
void log_init(const char *program, bool debug);

void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
