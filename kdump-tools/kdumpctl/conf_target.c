// SPDX-License-Identifier: GPL-2.0
/* The lines that name a dump target, and those that are refused. */
#include "kdumpctl/conf_line.h"

#include <stdio.h>
#include <string.h>

static const char *const target_keys[] = { "raw", "dumpfile", "ext4", "xfs", "vfat", "ext3", "ext2" };

bool conf_is_target(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(target_keys); i++)
		if (!strcmp(key, target_keys[i]))
			return true;
	return false;
}

bool conf_target_is_file(const struct conf_target *target)
{
	return !strcmp(target->fstype, "dumpfile");
}

bool conf_target_is_prepared(const struct conf_target *target)
{
	return conf_target_is_file(target) || !strcmp(target->fstype, "raw");
}

static bool is_device_spec(const char *word)
{
	static const char *const tags[] = { "PARTUUID=", "PARTLABEL=", "UUID=", "LABEL=" };
	bool known = word[0] == '/';

	for (size_t i = 0; i < ARRAY_SIZE(tags); i++)
		known |= !strncmp(word, tags[i], strlen(tags[i])) && word[strlen(tags[i])];
	return known;
}

int conf_parse_target(const struct conf_line *line, struct conf *conf)
{
	struct conf_target target = { 0 };
	int err = conf_take_word(line, target.spec, sizeof(target.spec));

	if (err)
		return err;
	snprintf(target.fstype, sizeof(target.fstype), "%s", line->key);
	if (conf_target_is_file(&target) && target.spec[0] != '/')
		return conf_complain(line, "'%s' is not an absolute path", target.spec);
	if (!is_device_spec(target.spec))
		return conf_complain(line, "'%s' is neither an absolute path nor PARTUUID=, PARTLABEL=, UUID= or LABEL=",
				     target.spec);
	for (unsigned int i = 0; i < conf->targets; i++)
		if (!strcmp(conf->target[i].spec, target.spec))
			return conf_complain(line, "'%s' is a target already", target.spec);
	if (conf->targets == CONF_MAX_TARGETS)
		return conf_complain(line, "more than %d targets", CONF_MAX_TARGETS);
	conf->target[conf->targets++] = target;
	return 0;
}

/* What this version can't do: an error, never silently nothing. */
static const struct {
	const char *key, *why;
} unsupported[] = {
	{ "nfs", "a target must be on a local disk; the capture initramfs sets up no network" },
	{ "ssh", "a target must be on a local disk; the capture initramfs sets up no network" },
	{ "sshkey", "a target must be on a local disk; the capture initramfs sets up no network" },
	{ "btrfs", "a target is ext4, xfs or vfat; btrfs is not supported" },
	{ "minix", "a target is ext4, xfs or vfat" },
	{ "virtiofs", "a target must be on a local disk" },
	{ "dracut_args", "the initramfs is not made by dracut" },
	{ "fence_kdump_args", "the capture initramfs sets up no network" },
	{ "fence_kdump_nodes", "the capture initramfs sets up no network" },
	{ "auto_reset_crashkernel", "the kernel's command line is never changed; see 'kdumpctl estimate'" },
	{ "net", "it is obsolete" },
	{ "options", "it is obsolete" },
	{ "link_delay", "it is obsolete" },
	{ "disk_timeout", "it is obsolete" },
	{ "debug_mem_level", "it is obsolete" },
	{ "blacklist", "it is obsolete" },
};

const char *conf_why_unsupported(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(unsupported); i++)
		if (!strcmp(key, unsupported[i].key))
			return unsupported[i].why;
	return NULL;
}
