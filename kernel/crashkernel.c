// SPDX-License-Identifier: GPL-2.0
/*
 * The words of crashkernel=:
 *
 *	crashkernel=SIZE[@BASE]
 *	crashkernel=FROM-[TO]:SIZE[,FROM-[TO]:SIZE...][@BASE]	the first range that system RAM lies in
 *	crashkernel=SIZE,high	crashkernel=SIZE,low
 *
 * Of each kind the last one counts.
 */
#define pr_fmt(fmt) "crashkernel: " fmt

#include <linux/crash_core.h>
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/math.h>
#include <linux/sizes.h>
#include <linux/string.h>

static const char option_name[] __initconst = "crashkernel=";

/* One option's text: [at, end). */
struct option {
	char *at;
	char *end;
};

static bool __init option_ends_with(const struct option *option, const char *suffix)
{
	size_t length = strlen(suffix);

	return option->end - option->at >= length && !memcmp(option->end - length, suffix, length);
}

static bool __init option_is_kind(const struct option *option, const char *suffix)
{
	if (suffix)
		return option_ends_with(option, suffix);
	return !option_ends_with(option, ",high") && !option_ends_with(option, ",low");
}

/* The last option of this kind, less its suffix. */
static int __init find_option(char *cmdline, const char *suffix, struct option *ret_option)
{
	int ret = -ENOENT;
	struct option word;

	for (word.at = skip_spaces(cmdline); *word.at; word.at = skip_spaces(word.end)) {
		struct option found;

		word.end = word.at;
		while (*word.end && !isspace(*word.end))
			word.end++;
		found = word;
		found.at += strlen(option_name);
		if (!strstarts(word.at, option_name) || !option_is_kind(&found, suffix))
			continue;
		found.end -= suffix ? strlen(suffix) : 0;
		*ret_option = found;
		ret = 0;
	}
	return ret;
}

/* Takes a number of bytes off the option's front. */
static int __init take_bytes(struct option *option, unsigned long long *ret_bytes)
{
	char *rest;
	unsigned long long bytes;

	if (option->at == option->end || !isdigit(*option->at))
		goto bad;
	bytes = memparse(option->at, &rest);
	if (rest > option->end)
		goto bad;
	option->at = rest;
	*ret_bytes = bytes;
	return 0;
bad:
	pr_warn("a size is missing at '%.*s'\n", (int)(option->end - option->at), option->at);
	return -EINVAL;
}

static bool __init take_char(struct option *option, char wanted)
{
	if (option->at == option->end || *option->at != wanted)
		return false;
	option->at++;
	return true;
}

struct ram_range {
	unsigned long long from;
	unsigned long long to;
	unsigned long long size;
};

static int __init take_range(struct option *option, struct ram_range *range)
{
	int ret = take_bytes(option, &range->from);

	range->to = ULLONG_MAX;
	if (ret)
		return ret;
	if (!take_char(option, '-')) {
		pr_warn("'-' is missing at '%.*s'\n", (int)(option->end - option->at), option->at);
		return -EINVAL;
	}
	if (!take_char(option, ':')) {
		ret = take_bytes(option, &range->to);
		if (ret)
			return ret;
		if (range->to <= range->from || !take_char(option, ':')) {
			pr_warn("a range must end above its start, and with ':'\n");
			return -EINVAL;
		}
	}
	return take_bytes(option, &range->size);
}

/* Sizes are for a machine's nominal memory, of which firmware keeps a little. */
static int __init choose_range(struct option *option, unsigned long long ram, unsigned long long *ret_size)
{
	struct ram_range range;
	int ret;

	ram = round_up(ram, SZ_128M);
	do {
		ret = take_range(option, &range);
		if (ret)
			return ret;
		if (range.size >= ram) {
			pr_warn("%llu MiB is more than there is\n", range.size >> 20);
			return -EINVAL;
		}
		if (ram >= range.from && ram < range.to) {
			*ret_size = range.size;
			/* What is left of the list does not matter, a base behind it does. */
			while (option->at < option->end && *option->at != '@')
				option->at++;
			return 0;
		}
	} while (take_char(option, ','));

	pr_info("no range fits this machine's %llu MiB, nothing is reserved\n", ram >> 20);
	return 0;
}

int __init parse_crashkernel(char *cmdline, unsigned long long ram,
			     unsigned long long *ret_size, unsigned long long *ret_base)
{
	struct option option;
	int ret = find_option(cmdline, NULL, &option);

	*ret_size = 0;
	*ret_base = 0;
	if (ret)
		return ret;
	if (memchr(option.at, ':', option.end - option.at))
		ret = choose_range(&option, ram, ret_size);
	else
		ret = take_bytes(&option, ret_size);
	if (!ret && take_char(&option, '@'))
		ret = take_bytes(&option, ret_base);
	if (!ret && option.at != option.end && *ret_size) {
		pr_warn("what is '%.*s'?\n", (int)(option.end - option.at), option.at);
		ret = -EINVAL;
	}
	return ret;
}

static int __init parse_suffixed(char *cmdline, const char *suffix,
				 unsigned long long *ret_size, unsigned long long *ret_base)
{
	struct option option;
	int ret = find_option(cmdline, suffix, &option);

	*ret_size = 0;
	*ret_base = 0;
	if (ret)
		return ret;
	ret = take_bytes(&option, ret_size);
	if (!ret && option.at != option.end) {
		pr_warn("what is '%.*s' before '%s'?\n", (int)(option.end - option.at), option.at, suffix);
		ret = -EINVAL;
	}
	return ret;
}

int __init parse_crashkernel_high(char *cmdline, unsigned long long ram,
				  unsigned long long *ret_size, unsigned long long *ret_base)
{
	return parse_suffixed(cmdline, ",high", ret_size, ret_base);
}

int __init parse_crashkernel_low(char *cmdline, unsigned long long ram,
				 unsigned long long *ret_size, unsigned long long *ret_base)
{
	return parse_suffixed(cmdline, ",low", ret_size, ret_base);
}

/* The architecture reads it in its own time; here only so that init does not take it for its own. */
static int __init crashkernel_known(char *text)
{
	return 0;
}
early_param("crashkernel", crashkernel_known);
