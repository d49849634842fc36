/* SPDX-License-Identifier: GPL-2.0 */
/* Is this dump whole?  Every page of it is read. */
#ifndef KDUMP_SAVE_VERIFY_H
#define KDUMP_SAVE_VERIFY_H

#include "capture/env.h"

enum verify_state { VERIFY_COMPLETE, VERIFY_TRUNCATED, VERIFY_DAMAGED };

struct verify_result {
	enum verify_state state;	/* the worst that was found */
	u64 at;			/* bytes: where it is cut off; the first that is damaged */
	u64 pages, pages_missing, pages_damaged;	/* of KDUMP */
	bool marked;		/* its own header says that it was not finished */
};

/* A KDUMP file or an ELF core.  -EBADMSG: neither; -EOPNOTSUPP: compressed by what this program was built without; what read(2) says. */
int verify_file(const char *path, struct verify_result *ret);

#endif
