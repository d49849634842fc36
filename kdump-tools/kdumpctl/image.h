/* SPDX-License-Identifier: GPL-2.0 */
/* The dump kernel's image as a file: is it one, is it whole, is it signed. */
#ifndef KDUMPCTL_IMAGE_H
#define KDUMPCTL_IMAGE_H

#include "capture/env.h"

struct image_facts {
	char version[128];
	u64 file_bytes;
	bool is_signed;		/* a certificate table is there; whose, the kernel judges */
};

/* Checks a file in memory.  -ENOEXEC with the reason. */
int image_check(const void *file, size_t bytes, struct image_facts *ret_facts, char *reason, size_t size);

/* The same from a path; also what open(2) and read(2) say, in reason, too. */
int image_check_file(const char *path, struct image_facts *ret_facts, char *reason, size_t size);

/* Whether a PE image carries signatures; who made them is for the kernel to judge. */
bool image_has_certificate(const void *data, size_t bytes);

#endif
