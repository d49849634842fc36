// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/conf.h"

#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "kdumpctl/capture_cmdline.h"
#include "kdumpctl/conf_line.h"

#define CONF_MAX_BYTES (1u << 20)
#define CONF_MAX_TIME_LIMIT_S (7 * 86400u)
#define CONF_MAX_KEEP 1000000u

int conf_take_word(const struct conf_line *line, char *ret_word, size_t size)
{
	if (strpbrk(line->value, CONF_SPACE))
		return conf_complain(line, "takes one word, not '%s'", line->value);
	if (strlen(line->value) >= size)
		return conf_complain(line, "the value is longer than %zu bytes", size - 1);
	memcpy(ret_word, line->value, strlen(line->value) + 1);
	return 0;
}

int conf_take_path(const struct conf_line *line, char *ret_path)
{
	char word[PATH_MAX];
	int err = conf_take_word(line, word, sizeof(word));

	if (err)
		return err;
	if (word[0] != '/')
		return conf_complain(line, "'%s' is not an absolute path", word);
	memcpy(ret_path, word, sizeof(word));
	return 0;
}

static int take_text(const struct conf_line *line, char *ret_text)
{
	if (strlen(line->value) >= CONF_TEXT_BYTES)
		return conf_complain(line, "the value is longer than %u bytes", CONF_TEXT_BYTES - 1);
	memcpy(ret_text, line->value, strlen(line->value) + 1);
	return 0;
}

static int take_flag(const struct conf_line *line, const char *yes, const char *no, bool *ret_flag)
{
	bool flag = !strcmp(line->value, yes);

	if (!flag && strcmp(line->value, no))
		return conf_complain(line, "'%s' is not %s or %s", line->value, yes, no);
	*ret_flag = flag;
	return 0;
}

const char *conf_codec_word(enum config_codec codec)
{
	static const char *const words[] = {
		[CODEC_NONE] = "none", [CODEC_AUTO] = "auto", [CODEC_LZO] = "lzo", [CODEC_ZLIB] = "zlib", [CODEC_ZSTD] = "zstd",
	};

	return words[codec];
}

static int parse_path(const struct conf_line *line, struct conf *conf)
{
	return conf_take_path(line, conf->path);
}

static int parse_keep(const struct conf_line *line, struct conf *conf)
{
	char *end;
	unsigned long count = strtoul(line->value, &end, 10);

	if (line->value[0] < '0' || line->value[0] > '9' || *end || count > CONF_MAX_KEEP)
		return conf_complain(line, "'%s' is not a number of dumps up to %u; 0 keeps all", line->value, CONF_MAX_KEEP);
	conf->keep = count;
	return 0;
}

static int parse_mode(const struct conf_line *line, struct conf *conf)
{
	static const char *const names[] = {
		[CONF_MODE_AUTO] = "auto", [CONF_MODE_STANDALONE] = "standalone", [CONF_MODE_LINUX] = "linux",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(line->value, names[i])) {
			conf->mode = i;
			return 0;
		}
	}
	return conf_complain(line, "'%s' is not auto, standalone or linux", line->value);
}

static int parse_reserve(const struct conf_line *line, struct conf *conf)
{
	static const char *const names[] = {
		[CONF_RESERVE_AUTO] = "auto", [CONF_RESERVE_BOOT] = "boot", [CONF_RESERVE_RUNTIME] = "runtime",
	};
	char *end;
	u64 size = strtoull(line->value, &end, 10);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(line->value, names[i])) {
			conf->reserve = i;
			return 0;
		}
	}
	if (line->value[0] < '1' || line->value[0] > '9' || (strcmp(end, "K") && strcmp(end, "M") && strcmp(end, "G")) ||
	    size > (1u << 20))
		return conf_complain(line, "'%s' is not auto, boot, runtime or a size such as 16M", line->value);
	conf->reserve_bytes = size << (*end == 'K' ? 10 : *end == 'M' ? 20 : 30);
	return 0;
}

static int parse_action(const struct conf_line *line, enum capture_action last, enum capture_action *ret_action)
{
	for (enum capture_action action = 0; action <= last; action++) {
		if (!strcmp(line->value, capture_action_word(action))) {
			*ret_action = action;
			return 0;
		}
	}
	return conf_complain(line, "'%s' is not reboot, halt%s", line->value,
			     last == CAPTURE_POWEROFF ? " or poweroff" : ", poweroff, shell or dump_to_rootfs");
}

static int parse_final_action(const struct conf_line *line, struct conf *conf)
{
	return parse_action(line, CAPTURE_POWEROFF, &conf->final_action);
}

static int parse_failure_action(const struct conf_line *line, struct conf *conf)
{
	return parse_action(line, CAPTURE_DUMP_TO_ROOTFS, &conf->failure_action);
}

static int parse_default(const struct conf_line *line, struct conf *conf)
{
	log_warning("%s:%u: default is the obsolete name of failure_action; write failure_action",
		    line->file, line->number);
	return parse_action(line, CAPTURE_DUMP_TO_ROOTFS, &conf->failure_action);
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
	return take_flag(line, "yes", "no", &conf->panic_on_oops);
}

static int parse_fallback(const struct conf_line *line, struct conf *conf)
{
	return take_flag(line, "no", "auto", &conf->no_fallback);
}

static int parse_force_rebuild(const struct conf_line *line, struct conf *conf)
{
	return take_flag(line, "1", "0", &conf->force_rebuild);
}

static int parse_force_no_rebuild(const struct conf_line *line, struct conf *conf)
{
	return take_flag(line, "1", "0", &conf->force_no_rebuild);
}

static int parse_time_limit(const struct conf_line *line, struct conf *conf)
{
	char *end;
	unsigned long seconds = strtoul(line->value, &end, 10);

	if (line->value[0] < '0' || line->value[0] > '9' || *end || seconds > CONF_MAX_TIME_LIMIT_S)
		return conf_complain(line, "'%s' is not a number of seconds up to %u; 0 is no limit", line->value,
				     CONF_MAX_TIME_LIMIT_S);
	conf->time_limit_s = seconds;
	return 0;
}

static int parse_dump_level(const struct conf_line *line, struct conf *conf)
{
	char *end;
	unsigned long level = strtoul(line->value, &end, 10);

	if (line->value[0] < '0' || line->value[0] > '9' || *end || level > 31)
		return conf_complain(line, "'%s' is not a number up to 31, the sum of 1 (zeroes), 2 and 4 (page cache), 8 (processes), 16 (free pages)",
				     line->value);
	conf->dump.level = level;
	return 0;
}

static int parse_codec(const struct conf_line *line, struct conf *conf)
{
	for (enum config_codec codec = CODEC_NONE; codec <= CODEC_ZSTD; codec++) {
		if (!strcmp(line->value, conf_codec_word(codec))) {
			conf->dump.codec = codec;
			return 0;
		}
	}
	return conf_complain(line, "'%s' is not none, auto, lzo, zlib or zstd", line->value);
}

static int parse_cpus(const struct conf_line *line, struct conf *conf)
{
	char *end;
	unsigned long cpus = strtoul(line->value, &end, 10);

	if (line->value[0] < '1' || line->value[0] > '9' || *end || cpus > CONFIG_MAX_CPUS)
		return conf_complain(line, "'%s' is not a number of CPUs from 1 to %u", line->value, CONFIG_MAX_CPUS);
	conf->dump.cpus = cpus;
	return 0;
}

static int parse_kernel(const struct conf_line *line, struct conf *conf)
{
	return conf_take_path(line, conf->kernel);
}

static int parse_core_collector(const struct conf_line *line, struct conf *conf)
{
	return take_text(line, conf->core_collector);
}

static int parse_pre(const struct conf_line *line, struct conf *conf)
{
	return conf_take_path(line, conf->pre);
}

static int parse_post(const struct conf_line *line, struct conf *conf)
{
	return conf_take_path(line, conf->post);
}

static int parse_emergency(const struct conf_line *line, struct conf *conf)
{
	return conf_take_path(line, conf->emergency);
}

static int parse_extra_bins(const struct conf_line *line, struct conf *conf)
{
	return take_text(line, conf->extra_bins);
}

static int parse_extra_modules(const struct conf_line *line, struct conf *conf)
{
	return take_text(line, conf->extra_modules);
}

static int parse_cmdline_remove(const struct conf_line *line, struct conf *conf)
{
	return take_text(line, conf->cmdline_remove);
}

static int parse_cmdline_append(const struct conf_line *line, struct conf *conf)
{
	return take_text(line, conf->cmdline_append);
}

struct conf_directive {
	const char *key;
	int (*parse)(const struct conf_line *line, struct conf *conf);
	const char *alias_of;	/* counts as this directive when looking for duplicates */
};

static const struct conf_directive directives[] = {
	{ "path", parse_path, NULL },
	{ "keep", parse_keep, NULL },
	{ "mode", parse_mode, NULL },
	{ "reserve", parse_reserve, NULL },
	{ "final_action", parse_final_action, NULL },
	{ "failure_action", parse_failure_action, NULL },
	{ "default", parse_default, "failure_action" },
	{ "kexec_args", parse_kexec_args, NULL },
	{ "panic_on_oops", parse_panic_on_oops, NULL },
	{ "fallback", parse_fallback, NULL },
	{ "dump_level", parse_dump_level, NULL },
	{ "codec", parse_codec, NULL },
	{ "cpus", parse_cpus, NULL },
	{ "kernel", parse_kernel, NULL },
	{ "core_collector", parse_core_collector, NULL },
	{ "kdump_pre", parse_pre, NULL },
	{ "kdump_post", parse_post, NULL },
	{ "kdump_emergency", parse_emergency, NULL },
	{ "extra_bins", parse_extra_bins, NULL },
	{ "extra_modules", parse_extra_modules, NULL },
	{ "commandline_remove", parse_cmdline_remove, NULL },
	{ "commandline_append", parse_cmdline_append, NULL },
	{ "force_rebuild", parse_force_rebuild, NULL },
	{ "force_no_rebuild", parse_force_no_rebuild, NULL },
	{ "time_limit", parse_time_limit, NULL },
};

static int conf_check_value(const struct conf_line *line)
{
	return line->value[0] ? 0 : conf_complain(line, "needs a value");
}

static int conf_parse_line(const struct conf_line *line, unsigned *seen_at, struct conf *conf)
{
	const char *why;

	if (conf_is_target(line->key))
		return conf_check_value(line) ?: conf_parse_target(line, conf);
	for (size_t i = 0; i < ARRAY_SIZE(directives); i++) {
		const char *name = directives[i].alias_of ? directives[i].alias_of : directives[i].key;
		size_t slot = i;

		if (strcmp(line->key, directives[i].key))
			continue;
		while (strcmp(directives[slot].key, name))
			slot--;
		if (seen_at[slot])
			return conf_complain(line, "given twice, first in line %u", seen_at[slot]);
		seen_at[slot] = line->number;
		return conf_check_value(line) ?: directives[i].parse(line, conf);
	}
	why = conf_why_unsupported(line->key);
	if (why)
		return conf_complain(line, "not supported: %s; remove the line", why);
	return conf_complain(line, "unknown directive");
}

/* What is wrong with all lines together; line: the last. */
static int conf_check_whole(struct conf_line *line, const struct conf *conf)
{
	const char *linux_only = conf_needs_linux(conf);

	line->key = "mode";
	if (conf->mode == CONF_MODE_STANDALONE && linux_only)
		return conf_complain(line, "'standalone' can't do what %s asks for, which needs a Linux capture kernel", linux_only);
	line->key = "force_rebuild";
	if (conf->force_rebuild && conf->force_no_rebuild)
		return conf_complain(line, "contradicts force_no_rebuild; remove one of them");
	return 0;
}

const char *conf_core_collector(const struct conf *conf)
{
	if (!strcmp(conf->core_collector, "cp"))
		return NULL;
	return conf->core_collector[0] ? conf->core_collector : CONF_CORE_COLLECTOR;
}

const char *conf_needs_linux(const struct conf *conf)
{
	if (conf->failure_action > CAPTURE_POWEROFF)
		return "failure_action";
	return conf->pre[0] ? "kdump_pre" : conf->post[0] ? "kdump_post" : conf->emergency[0] ? "kdump_emergency" : NULL;
}

enum config_action conf_standalone_failure_action(const struct conf *conf)
{
	_Static_assert(CAPTURE_REBOOT == (int)ACTION_REBOOT && CAPTURE_HALT == (int)ACTION_HALT &&
		       CAPTURE_POWEROFF == (int)ACTION_POWEROFF, "the same actions");
	return conf->failure_action <= CAPTURE_POWEROFF ? (enum config_action)conf->failure_action : ACTION_REBOOT;
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
	struct conf conf = {
		.path = "/var/crash", .panic_on_oops = true,
		.cmdline_remove = CAPTURE_CMDLINE_REMOVE, .cmdline_append = CAPTURE_CMDLINE_APPEND,
	};
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
		err = conf_check_whole(&line, &conf);
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
		log_error("cannot read %s: %s; it may be empty, or name the dump target, for example 'raw /dev/nvme0n1p3'",
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
