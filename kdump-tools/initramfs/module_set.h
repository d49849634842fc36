/* SPDX-License-Identifier: GPL-2.0 */
/* Kernel modules and all that they need, in the order in which they must be loaded (libkmod). */
#ifndef INITRAMFS_MODULE_SET_H
#define INITRAMFS_MODULE_SET_H

#include "capture/env.h"

struct kmod_ctx;

struct module_entry {
	char *name;	/* as the kernel writes it: nvme_core */
	char *path;	/* of the file */
	char *options;	/* of modprobe.d and the kernel's command line, "" */
};

struct module_set {
	struct kmod_ctx *kmod;
	struct module_entry *module;
	size_t count;
	char **seen;		/* names that were looked at, the built-in ones too */
	size_t seen_count;
};

/*
 * folder: of the modules, /lib/modules/<release>; config_paths: as kmod_new() takes them,
 * NULL for the system's own.  -ENOENT: no module index there; -ENOMEM.
 */
int module_set_init(struct module_set *set, const char *folder, const char *const *config_paths);

/*
 * Adds a module by its name or an alias, after those that it depends on and its "pre"
 * soft dependencies, before the "post" ones; what is built in or added already adds
 * nothing.  -ENOENT: neither a module nor built in; -ENOMEM.
 */
int module_set_add(struct module_set *set, const char *name);

/*
 * Whether every module is of the kernel's own package (below folder/kernel) and signed, so
 * that a locked down kernel loads it.
 */
bool module_set_is_trusted(const struct module_set *set, const char *folder);

void module_set_deinit(struct module_set *set);

#endif
