/* SPDX-License-Identifier: GPL-2.0 */
/* Standalone or Linux mode: which of them, and why. */
#ifndef KDUMPCTL_MODE_H
#define KDUMPCTL_MODE_H

#include "kdumpctl/conf.h"

enum mode { MODE_STANDALONE, MODE_LINUX };

#define MODE_WHY_BYTES 1024u

struct mode_facts {
	enum conf_mode asked;
	const char *needs_linux;	/* directive that only Linux mode obeys, NULL: none */
	bool prepared_first;			/* the first target is a raw device or a dump file */
	bool prepared_any;
	bool standalone_ok;		/* the dump kernel can drive one of these, on this machine */
	const char *standalone_why;	/* not */
	bool linux_ok;			/* Linux mode could be prepared, and the region is large enough */
	const char *linux_why;		/* not */
};

/* Whether linux_ok makes a difference; finding it out is work. */
bool mode_asks_linux(const struct mode_facts *facts);

/* why: MODE_WHY_BYTES.  The mode may still lack something, which its own checks then say. */
enum mode mode_decide(const struct mode_facts *facts, char *why);

/* "standalone", "linux" */
const char *mode_name(enum mode mode);

#endif
