// SPDX-License-Identifier: GPL-2.0
#include "initramfs/module_set.h"

#include <errno.h>
#include <libkmod.h>
#include <stdlib.h>
#include <string.h>

#include "initramfs/file_set.h"

static int add_module(struct module_set *set, struct kmod_module *module);

int module_set_init(struct module_set *set, const char *folder, const char *const *config_paths)
{
	*set = (struct module_set){ .kmod = kmod_new(folder, config_paths) };
	if (!set->kmod)
		return -ENOMEM;
	if (kmod_load_resources(set->kmod) < 0) {
		module_set_deinit(set);
		return -ENOENT;
	}
	return 0;
}

void module_set_deinit(struct module_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		free(set->module[i].name);
		free(set->module[i].path);
		free(set->module[i].options);
	}
	for (size_t i = 0; i < set->seen_count; i++)
		free(set->seen[i]);
	free(set->module);
	free(set->seen);
	kmod_unref(set->kmod);
	*set = (struct module_set){ 0 };
}

/* 1: it was not seen before; 0: it was; -ENOMEM. */
static int note_seen(struct module_set *set, const char *name)
{
	char **larger;

	for (size_t i = 0; i < set->seen_count; i++)
		if (!strcmp(set->seen[i], name))
			return 0;
	larger = realloc(set->seen, (set->seen_count + 1) * sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	set->seen = larger;
	larger[set->seen_count] = strdup(name);
	if (!larger[set->seen_count])
		return -ENOMEM;
	set->seen_count++;
	return 1;
}

static int append(struct module_set *set, const struct kmod_module *module)
{
	const char *options = kmod_module_get_options(module);
	struct module_entry entry = {
		.name = strdup(kmod_module_get_name(module)),
		.path = strdup(kmod_module_get_path(module)),
		.options = strdup(options ?: ""),
	};
	struct module_entry *larger = realloc(set->module, (set->count + 1) * sizeof(*larger));

	if (larger)
		set->module = larger;
	if (!larger || !entry.name || !entry.path || !entry.options) {
		free(entry.name);
		free(entry.path);
		free(entry.options);
		return -ENOMEM;
	}
	larger[set->count++] = entry;
	return 0;
}

static int add_list(struct module_set *set, const struct kmod_list *list)
{
	const struct kmod_list *item;
	int err = 0;

	kmod_list_foreach(item, list) {
		struct kmod_module *module = kmod_module_get_module(item);

		if (!err)
			err = add_module(set, module);
		kmod_module_unref(module);
	}
	return err;
}

static int add_dependencies(struct module_set *set, const struct kmod_module *module)
{
	struct kmod_list *list = kmod_module_get_dependencies(module);
	int err = add_list(set, list);

	kmod_module_unref_list(list);
	return err;
}

/* Modules that were seen end a circle of soft dependencies. */
static int add_module(struct module_set *set, struct kmod_module *module)
{
	struct kmod_list *pre = NULL, *post = NULL;
	int err = note_seen(set, kmod_module_get_name(module));

	/* A built-in one has no file. */
	if (err <= 0 || !kmod_module_get_path(module))
		return err < 0 ? err : 0;
	kmod_module_get_softdeps(module, &pre, &post);
	err = add_list(set, pre);
	if (!err)
		err = add_dependencies(set, module);
	if (!err)
		err = append(set, module);
	if (!err)
		err = add_list(set, post);
	kmod_module_unref_list(pre);
	kmod_module_unref_list(post);
	return err;
}

int module_set_add(struct module_set *set, const char *name)
{
	struct kmod_list *found = NULL;
	int err = kmod_module_new_from_lookup(set->kmod, name, &found);

	if (err < 0)
		return err == -ENOMEM ? err : -ENOENT;
	if (!found)
		return -ENOENT;
	err = add_list(set, found);
	kmod_module_unref_list(found);
	return err;
}

/* Linux kernel/module_signature.h: what ends a signed module. */
static bool is_signed(const char *path)
{
	static const char mark[] = "~Module signature appended~\n";
	const size_t length = sizeof(mark) - 1;
	char *data;
	size_t bytes;
	bool found;

	if (file_set_read_source(path, &data, &bytes))
		return false;
	found = bytes >= length && !memcmp(data + bytes - length, mark, length);
	free(data);
	return found;
}

bool module_set_is_trusted(const struct module_set *set, const char *folder)
{
	size_t length = strlen(folder);

	for (size_t i = 0; i < set->count; i++) {
		const char *path = set->module[i].path;

		if (strncmp(path, folder, length) || strncmp(path + length, "/kernel/", 8) || !is_signed(path))
			return false;
	}
	return true;
}
