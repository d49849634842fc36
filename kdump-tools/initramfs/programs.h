/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Programs of the running system and what they need to run elsewhere: a dynamic one its
 * loader and libraries (DT_NEEDED, the System V ABI's dynamic section), a script its
 * interpreter, and busybox for the commands that it calls.
 */
#ifndef INITRAMFS_PROGRAMS_H
#define INITRAMFS_PROGRAMS_H

#include <limits.h>

#include "initramfs/file_set.h"

struct programs_search {
	const char *root;	/* "" or, in tests, a folder in front of every path */
	bool wants_busybox;	/* out: a script was added */
	char reason[512];	/* out: why a call failed */
};

/*
 * The path of a program: name itself when absolute, else as found in the usual folders.
 * -ENOENT, -EACCES: not executable; with the reason.  ret_path: PATH_MAX bytes.
 */
int programs_find(struct programs_search *search, const char *name, char *ret_path);

/*
 * Adds the program at path (absolute) under its own name, and all it needs.  -ENOENT: a
 * library or interpreter is missing; -EINVAL: not a program; -ENOMEM; read(2)'s errors;
 * with the reason.
 */
int programs_add(struct programs_search *search, struct file_set *set, const char *path);

/* Adds busybox as /bin/busybox with a link for each of its commands.  -ENOENT with the reason. */
int programs_add_busybox(struct programs_search *search, struct file_set *set);

/* Notes why a call fails; err again. */
int programs_fail(struct programs_search *search, int err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
