/* SPDX-License-Identifier: GPL-2.0 */
/* The dumps that were saved before, as folders that common/dump_dir.h has named. */
#ifndef KDUMPCTL_DUMPS_H
#define KDUMPCTL_DUMPS_H

#include "kdumpctl/conf.h"

struct dumps {
	char **name;		/* of folders, oldest first */
	size_t count;
};

/*
 * Finds the folders of dumps in one that have a kdump.log; of this host alone, or NULL: of all, those of one
 * host together.  *ret_dumps is to be freed by dumps_deinit().  -ENOMEM, what opendir(3) says.
 */
int dumps_find(const char *folder, const char *hostname, struct dumps *ret_dumps);
void dumps_deinit(struct dumps *dumps);

/*
 * Removes the dumps of this host in the folder that are older than the newest `keep` (1 or more) whole ones, and says
 * which.  What was not written by Lifeboat stays, and the folder that holds it.  Errors as dumps_find(); what unlink(2) says (said).
 */
int dumps_trim(const char *folder, const char *hostname, unsigned int keep);

/*
 * Calls each(folder, context) for every folder that has dumps with this configuration: of mounted file systems
 * that are targets, then the path on the running system.  Each once; the first nonzero answer ends it and is returned.
 */
int dumps_for_each_folder(const struct conf *conf, int (*each)(const char *folder, void *context), void *context);

/* Prints a line for every dump.  Errors as dumps_find(). */
int dumps_list_command(const struct conf *conf);

#endif
