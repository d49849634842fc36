/* SPDX-License-Identifier: GPL-2.0 */
/* Is a panic dumped now?  Answered by looking again, not by what start once said. */
#ifndef KDUMPCTL_STATUS_H
#define KDUMPCTL_STATUS_H

#include "capture/env.h"

#define STATUS_NOT_OPERATIONAL 3	/* exit status, as Fedora's and LSB's */

/* `kdumpctl status [--json]`: 0 or STATUS_NOT_OPERATIONAL. */
int status_command(bool json);

bool status_is_operational(void);

#define STATUS_WHY_BYTES (4096u + 1024)

enum status_change {
	STATUS_SAME,		/* or nothing was armed */
	STATUS_CHANGED,
	STATUS_FILE_MOVED,	/* a dump file is not in the place that the dump kernel was told */
};

/* Whether something is not as it was when it was armed, with the reason. */
enum status_change status_find_change(char *why, size_t size);

#endif
