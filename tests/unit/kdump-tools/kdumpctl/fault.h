/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fails the Nth system call that makes something durable, once or from then on (as
 * when the machine dies).  These definitions stand before libc's.
 */
#ifndef FAULT_H
#define FAULT_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static unsigned fault_at;		/* 0: never */
static bool fault_for_ever;
static unsigned fault_operations;	/* so far */
static char fault_last;			/* kind of the last operation: w, s, r */
static char fault_before_rename;	/* kind of the one before the last rename */
static void (*fault_watch_write)(const void *data, size_t bytes, off_t offset);

static inline void fault_set(unsigned at, bool for_ever)
{
	fault_at = at;
	fault_for_ever = for_ever;
	fault_operations = 0;
}

static bool fault_now(char kind)
{
	if (kind == 'r')
		fault_before_rename = fault_last;
	fault_last = kind;
	fault_operations++;
	if (!fault_at || fault_operations < fault_at || (fault_operations > fault_at && !fault_for_ever))
		return false;
	errno = EIO;
	return true;
}

ssize_t pwrite64(int fd, const void *data, size_t bytes, off_t offset);
ssize_t pwrite64(int fd, const void *data, size_t bytes, off_t offset)
{
	if (fault_now('w'))
		return -1;
	if (fault_watch_write)
		fault_watch_write(data, bytes, offset);
	return syscall(SYS_pwrite64, fd, data, bytes, offset);
}

int fsync(int fd)
{
	return fault_now('s') ? -1 : (int)syscall(SYS_fsync, fd);
}

int renameat(int old_folder, const char *old_name, int new_folder, const char *new_name)
{
	return fault_now('r') ? -1 : (int)syscall(SYS_renameat, old_folder, old_name, new_folder, new_name);
}

#endif
