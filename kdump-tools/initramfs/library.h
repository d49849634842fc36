/* SPDX-License-Identifier: GPL-2.0 */
/* Shared libraries, found as the system's loader finds them, without running it. */
#ifndef INITRAMFS_LIBRARY_H
#define INITRAMFS_LIBRARY_H

#include "initramfs/programs.h"

/*
 * Adds the loader and libraries that the ELF file (path, of bytes data[bytes]) needs, and
 * what those need.  A library that only /etc/ld.so.conf leads to is put beside libc,
 * because the initramfs has no ld.so.cache.  Errors as programs_add().
 */
int library_add_needed(struct programs_search *search, struct file_set *set, const char *path, const void *data,
		       size_t bytes);

/*
 * Folders that a text in ld.so.conf's format names, with what it includes, one after
 * another with a NUL after each, appended to `folders`.  -ENOMEM.
 */
int library_parse_conf(const char *root, const char *text, struct buffer *folders);

#endif
