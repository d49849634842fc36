/* SPDX-License-Identifier: GPL-2.0 */
/* UUIDs of dump targets (RFC 4122, version 4), in the order of their text. */
#ifndef KDUMPCTL_UUID_H
#define KDUMPCTL_UUID_H

#include "capture/env.h"

#define UUID_TEXT_BYTES 37	/* with its NUL */

/* A random UUID; what getrandom(2) says. */
int uuid_make(u8 *ret_uuid);

void uuid_print(const u8 *uuid, char *ret_text);

/* False when text is not 32 hex digits in groups of 8-4-4-4-12. */
bool uuid_parse_text(const char *text, u8 *ret_uuid);

#endif
