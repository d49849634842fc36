// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/uuid.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

int uuid_make(u8 *ret_uuid)
{
	u8 uuid[16];

	if (getrandom(uuid, sizeof(uuid), 0) != sizeof(uuid))
		return -errno;
	uuid[6] = (uuid[6] & 0x0f) | 0x40;	/* RFC 4122, 4.1.3: version 4 */
	uuid[8] = (uuid[8] & 0x3f) | 0x80;	/* 4.1.1: variant */
	memcpy(ret_uuid, uuid, sizeof(uuid));
	return 0;
}

void uuid_print(const u8 *uuid, char *ret_text)
{
	size_t at = 0;

	for (unsigned i = 0; i < 16; i++)
		at += snprintf(ret_text + at, UUID_TEXT_BYTES - at, "%s%02x",
			       i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid[i]);
}

bool uuid_parse_text(const char *text, u8 *ret_uuid)
{
	char again[UUID_TEXT_BYTES];
	unsigned byte[16];
	u8 uuid[16];

	if (sscanf(text, "%2x%2x%2x%2x-%2x%2x-%2x%2x-%2x%2x-%2x%2x%2x%2x%2x%2x",
		   &byte[0], &byte[1], &byte[2], &byte[3], &byte[4], &byte[5], &byte[6], &byte[7],
		   &byte[8], &byte[9], &byte[10], &byte[11], &byte[12], &byte[13], &byte[14], &byte[15]) != 16)
		return false;
	for (unsigned i = 0; i < 16; i++)
		uuid[i] = byte[i];
	uuid_print(uuid, again);
	if (strcasecmp(again, text))
		return false;
	memcpy(ret_uuid, uuid, sizeof(uuid));
	return true;
}
