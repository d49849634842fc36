/* SPDX-License-Identifier: GPL-2.0 */
/* Is a panic dumped now?  Answered by looking again, not by what start once said. */
#ifndef KDUMPCTL_STATUS_H
#define KDUMPCTL_STATUS_H

#include "capture/env.h"

#define STATUS_NOT_OPERATIONAL 3	/* exit status, as Fedora's and LSB's */

/* `kdumpctl status [--json]`: 0 or STATUS_NOT_OPERATIONAL. */
int status_command(bool json);

bool status_is_operational(void);

#endif
