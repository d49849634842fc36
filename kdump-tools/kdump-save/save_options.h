/* SPDX-License-Identifier: GPL-2.0 */
/* makedumpfile's letters, with its meanings.  What it has and we have not is refused. */
#ifndef KDUMP_SAVE_OPTIONS_H
#define KDUMP_SAVE_OPTIONS_H

#include "kdump-save/codecs.h"

enum save_options_action { SAVE_OPTIONS_SAVE, SAVE_OPTIONS_SPLIT, SAVE_OPTIONS_REASSEMBLE, SAVE_OPTIONS_DMESG, SAVE_OPTIONS_REBUILD, SAVE_OPTIONS_VERIFY, SAVE_OPTIONS_HELP, SAVE_OPTIONS_VERSION };

/* Of --message-level. */
#define MESSAGE_PROGRESS 1u
#define MESSAGE_COMMON 2u
#define MESSAGE_ERROR 4u	/* errors are always said */
#define MESSAGE_DEBUG 8u
#define MESSAGE_REPORT 16u

struct save_options {
	enum save_options_action action;
	const char *input, *output;	/* NULL: standard input or output */
	const char *const *files;	/* that a dump is split into, or was; in argv */
	u32 file_count;
	unsigned level;
	const struct page_codec *codec;	/* NULL: pages as they are */
	bool elf, flattened, force, dry_run, windows;
	u32 threads;
	u64 limit_bytes;		/* of the output; 0: none */
	unsigned messages;
};

/* -EINVAL, said. */
int save_options_parse(struct save_options *options, int argc, char **argv);
void save_options_print_help(void);

#endif
