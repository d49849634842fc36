/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The capture initramfs as a file: named by the content of all that goes into it, made
 * when no such file is there, kept in /var/lib/lifeboat.
 */
#ifndef KDUMPCTL_CAPTURE_IMAGE_H
#define KDUMPCTL_CAPTURE_IMAGE_H

#include "kdumpctl/plan_build.h"

enum capture_image_use {
	CAPTURE_IMAGE_LOOK,	/* changes nothing on disk; takes the kept one when it fits */
	CAPTURE_IMAGE_KEEP,	/* keeps what it makes */
	CAPTURE_IMAGE_REBUILD,	/* makes it in any case, and keeps it */
	CAPTURE_IMAGE_NO_REBUILD,	/* takes the newest kept one, whatever is in it; changes nothing on disk */
};

struct capture_image {
	char content[SHA256_TEXT_BYTES];	/* of the kernel, modules, programs, plan: the same hash, the same bytes */
	char path[64];			/* /proc/self/fd/<fd>, for loading */
	int fd;
	bool rebuilt;
	bool differs;			/* NO_REBUILD took one of another content */
	bool kept;			/* it lies in /var/lib/lifeboat */
	u64 packed_bytes;
	u64 unpacked_bytes;		/* of memory: whole pages */
	u64 module_bytes;		/* of the modules' files */
};

/*
 * From a finished plan_build(), to whose plan and files the content and the plan's file
 * are added.  -ENOENT: NO_REBUILD and none is kept; read(2)'s errors, -ENOMEM; with the
 * reason.  That it can't be kept is no error.
 */
int capture_image_make(struct capture_image *image, struct plan_build *build, enum capture_image_use use, char *reason,
		       size_t size);

void capture_image_deinit(struct capture_image *image);

#endif
