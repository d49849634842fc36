/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Collecting from a dump file without copying: the file itself becomes the vmcore, when it
 * goes to a folder of the same file system, and an empty dump file takes its place.
 */
#ifndef KDUMPCTL_COLLECT_MOVE_H
#define KDUMPCTL_COLLECT_MOVE_H

#include "common/dump_dir.h"
#include "kdumpctl/target_disk.h"

/* Whether folder and dump file are on one file system, which has room for another such file. */
bool collect_move_is_possible(const struct target_disk *disk, const struct target_header *header,
			      const struct dump_dir *dir);

/*
 * Makes the next dump file, gives this one the name dir/vmcore-incomplete, puts the next one
 * in its place, cuts off what is not vmcore, gives it its final name.  Interrupted anywhere
 * it is finished by collect_move_resume().  disk is of the vmcore afterwards.  Negative
 * errno, with the reason.
 */
int collect_move(struct target_disk *disk, const char *path, const struct target_header *header,
		 const struct dump_dir *dir, char *reason, size_t size);

/* Finishes an interrupted collect_move() from the dump file `path` to a folder in `folder`.  What the system calls say. */
int collect_move_resume(const char *path, const char *folder);

/*
 * Whether the whole payload was written to the file as it lies now: no extent of it begins or
 * ends with a seal.  -ESTALE: one does, it was moved after it was armed; or a read error.
 */
int collect_move_check(const struct target_disk *disk, const struct target_header *header);

#endif
