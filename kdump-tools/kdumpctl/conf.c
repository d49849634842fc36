// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/conf.h"

#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "common/log.h"

#define CONF_MAX_BYTES (1u << 20)
#define CONF_SPACE " \t\r\v\f"

struct conf_line {
	const char *file;
	unsigned number;
	const char *key;
	char *value;	/* the rest of the line, trimmed; "" when there is none */
};

static const char *const action_names[] = {
	[ACTION_REBOOT] = "reboot",
	[ACTION_HALT] = "halt",
	[ACTION_POWEROFF] = "poweroff",
};

const char *conf_action_name(enum config_action action)
{
	return action < ARRAY_SIZE(action_names) ? action_names[action] : "?";
}

#define conf_complain(line, fmt, ...) \
	(log_error("%s:%u: %s: " fmt, (line)->file, (line)->number, (line)->key, ##__VA_ARGS__), -EINVAL)

static int parse_word(const struct conf_line *line, char *ret_word, size_t size)
{
	if (strpbrk(line->value, CONF_SPACE))
		return conf_complain(line, "takes one word, not '%s'", line->value);
	if (strlen(line->value) >= size)
		return conf_complain(line, "the value is longer than %zu bytes", size - 1);
	memcpy(ret_word, line->value, strlen(line->value) + 1);
	return 0;
}

bool conf_target_is_file(const struct conf_target *target)
{
	return !strcmp(target->fstype, "dumpfile");
}

static int add_target(const struct conf_line *line, const char *spec, struct conf *conf)
{
	struct conf_target *target = &conf->target[conf->targets];

	if (conf->targets == CONF_MAX_TARGETS)
		return conf_complain(line, "more than %d targets", CONF_MAX_TARGETS);
	for (unsigned int i = 0; i < conf->targets; i++)
		if (!strcmp(conf->target[i].spec, spec))
			return conf_complain(line, "'%s' is a target already", spec);
	strcpy(target->fstype, line->key);
	strcpy(target->spec, spec);
	conf->targets++;
	return 0;
}

static int parse_dumpfile(const struct conf_line *line, struct conf *conf)
{
	char word[CONF_SPEC_BYTES];
	int err = parse_word(line, word, sizeof(word));

	if (err)
		return err;
	if (word[0] != '/')
		return conf_complain(line, "'%s' is not an absolute path", word);
	return add_target(line, word, conf);
}

static int parse_raw(const struct conf_line *line, struct conf *conf)
{
	static const char *const tags[] = { "PARTUUID=", "PARTLABEL=", "UUID=", "LABEL=" };
	char word[CONF_SPEC_BYTES];
	int err = parse_word(line, word, sizeof(word));
	bool known = word[0] == '/';

	if (err)
		return err;
	for (size_t i = 0; i < ARRAY_SIZE(tags); i++)
		known |= !strncmp(word, tags[i], strlen(tags[i])) && word[strlen(tags[i])];
	if (!known)
		return conf_complain(line, "'%s' is neither an absolute path nor PARTUUID=, PARTLABEL=, UUID= or LABEL=",
				     word);
	return add_target(line, word, conf);
}

static int parse_path(const struct conf_line *line, struct conf *conf)
{
	char word[sizeof(conf->path)];
	int err = parse_word(line, word, sizeof(word));

	if (err)
		return err;
	if (word[0] != '/')
		return conf_complain(line, "'%s' is not an absolute path", word);
	memcpy(conf->path, word, sizeof(word));
	return 0;
}

static int parse_action(const struct conf_line *line, enum config_action *ret_action)
{
	for (size_t i = 0; i < ARRAY_SIZE(action_names); i++) {
		if (!strcmp(line->value, action_names[i])) {
			*ret_action = i;
			return 0;
		}
	}
	if (!strcmp(line->value, "shell") || !strcmp(line->value, "dump_to_rootfs"))
		return conf_complain(line, "'%s' needs a Linux capture kernel; the standalone dump kernel knows reboot, halt and poweroff",
				     line->value);
	return conf_complain(line, "'%s' is not reboot, halt or poweroff", line->value);
}

static int parse_final_action(const struct conf_line *line, struct conf *conf)
{
	return parse_action(line, &conf->final_action);
}

static int parse_failure_action(const struct conf_line *line, struct conf *conf)
{
	return parse_action(line, &conf->failure_action);
}

static int parse_default(const struct conf_line *line, struct conf *conf)
{
	log_warning("%s:%u: default is the obsolete name of failure_action; write failure_action",
		    line->file, line->number);
	return parse_action(line, &conf->failure_action);
}

static int parse_kexec_args(const struct conf_line *line, struct conf *conf)
{
	if (!strcmp(line->value, "-s"))
		conf->syscall = LOAD_SYSCALL_FILE_LOAD;
	else if (!strcmp(line->value, "-c"))
		conf->syscall = LOAD_SYSCALL_KEXEC_LOAD;
	else if (!strcmp(line->value, "-a"))
		conf->syscall = LOAD_SYSCALL_AUTO;
	else
		return conf_complain(line, "'%s' is not -s (kexec_file_load), -c (kexec_load) or -a (automatic)",
				     line->value);
	return 0;
}

static int parse_panic_on_oops(const struct conf_line *line, struct conf *conf)
{
	bool yes = !strcmp(line->value, "yes");

	if (!yes && strcmp(line->value, "no"))
		return conf_complain(line, "'%s' is not yes or no", line->value);
	conf->panic_on_oops = yes;
	return 0;
}

struct conf_directive {
	const char *key;
	int (*parse)(const struct conf_line *line, struct conf *conf);
	const char *alias_of;	/* counts as this directive when looking for duplicates */
	bool repeats;
};

static const struct conf_directive directives[] = {
	{ "raw", parse_raw, NULL, true },
	{ "dumpfile", parse_dumpfile, NULL, true },
	{ "path", parse_path, NULL, false },
	{ "final_action", parse_final_action, NULL, false },
	{ "failure_action", parse_failure_action, NULL, false },
	{ "default", parse_default, "failure_action", false },
	{ "kexec_args", parse_kexec_args, NULL, false },
	{ "panic_on_oops", parse_panic_on_oops, NULL, false },
};

/* Fedora's directives that this version has no use for: an error, never silently nothing. */
static const char *const unsupported[] = {
	"nfs", "ssh", "sshkey", "ext2", "ext3", "ext4", "xfs", "btrfs", "minix", "virtiofs",
	"core_collector", "kdump_pre", "kdump_post", "kdump_emergency", "extra_bins", "extra_modules",
	"force_rebuild", "force_no_rebuild", "dracut_args", "fence_kdump_args", "fence_kdump_nodes",
	"auto_reset_crashkernel", "net", "options", "link_delay", "disk_timeout", "debug_mem_level", "blacklist",
};

static int conf_parse_line(const struct conf_line *line, unsigned *seen_at, struct conf *conf)
{
	for (size_t i = 0; i < ARRAY_SIZE(directives); i++) {
		const char *name = directives[i].alias_of ? directives[i].alias_of : directives[i].key;
		size_t slot = i;

		if (strcmp(line->key, directives[i].key))
			continue;
		while (strcmp(directives[slot].key, name))
			slot--;
		if (seen_at[slot] && !directives[i].repeats)
			return conf_complain(line, "given twice, first in line %u", seen_at[slot]);
		seen_at[slot] = line->number;
		if (!line->value[0])
			return conf_complain(line, "needs a value");
		return directives[i].parse(line, conf);
	}
	for (size_t i = 0; i < ARRAY_SIZE(unsupported); i++)
		if (!strcmp(line->key, unsupported[i]))
			return conf_complain(line, "this version of Lifeboat does not support it; remove the line");
	return conf_complain(line, "unknown directive");
}

static char *trim(char *text)
{
	size_t bytes;

	text += strspn(text, CONF_SPACE);
	bytes = strlen(text);
	while (bytes && strchr(CONF_SPACE, text[bytes - 1]))
		bytes--;
	text[bytes] = 0;
	return text;
}

int conf_parse(const char *file, char *text, struct conf *ret_conf)
{
	struct conf conf = { .path = "/var/crash", .panic_on_oops = true };
	unsigned seen_at[ARRAY_SIZE(directives)] = { 0 };
	struct conf_line line = { .file = file };
	int err = 0;

	while (text) {
		char *key = strsep(&text, "\n"), *end;

		line.number++;
		key[strcspn(key, "#")] = 0;
		key = trim(key);
		if (!key[0])
			continue;
		end = key + strcspn(key, CONF_SPACE);
		line.value = *end ? trim(end + 1) : end;
		*end = 0;
		line.key = key;
		if (conf_parse_line(&line, seen_at, &conf))
			err = -EINVAL;
	}
	if (!err)
		*ret_conf = conf;
	return err;
}

int conf_read(const char *file, struct conf *ret_conf)
{
	char *text;
	size_t bytes;
	int err = file_read(file, CONF_MAX_BYTES, &text, &bytes);

	if (err) {
		log_error("cannot read %s: %s; it must name the dump target, for example 'raw /dev/nvme0n1p3'",
			  file, strerror(-err));
		return err;
	}
	if (strlen(text) != bytes) {
		log_error("%s: a NUL byte: this is not a text file", file);
		err = -EINVAL;
	} else {
		err = conf_parse(file, text, ret_conf);
	}
	free(text);
	return err;
}
