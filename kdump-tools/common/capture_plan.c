// SPDX-License-Identifier: GPL-2.0
#include "common/capture_plan.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const action_words[] = {
	[CAPTURE_REBOOT] = "reboot", [CAPTURE_HALT] = "halt", [CAPTURE_POWEROFF] = "poweroff",
	[CAPTURE_SHELL] = "shell", [CAPTURE_DUMP_TO_ROOTFS] = "dump_to_rootfs",
};
#define PLAN_ACTIONS (sizeof(action_words) / sizeof(action_words[0]))

const char *capture_action_word(enum capture_action action)
{
	return action < PLAN_ACTIONS ? action_words[action] : "?";
}

/* --- words and values ---------------------------------------------------------------------- */

/* "\040" is a space, in place; -EINVAL for any other use of a backslash. */
static int decode_word(char *word)
{
	char *to = word;

	for (const char *at = word; *at; to++) {
		unsigned int value = 0;

		if (*at != '\\') {
			*to = *at++;
			continue;
		}
		for (int i = 1; i <= 3; i++) {
			if (at[i] < '0' || at[i] > '7')
				return -EINVAL;
			value = value * 8 + (unsigned int)(at[i] - '0');
		}
		if (!value || value > 255)
			return -EINVAL;
		*to = (char)value;
		at += 4;
	}
	*to = 0;
	return 0;
}

/* What is left of a line, "" at its end. */
static const char *take_rest(char **line)
{
	char *rest = *line + strspn(*line, " ");

	*line = rest + strlen(rest);
	return rest;
}

static int take_word(char **line, char **ret_word)
{
	char *word = *line + strspn(*line, " ");
	size_t bytes = strcspn(word, " ");
	int err;

	if (!bytes)
		return -EINVAL;
	*line = word + bytes;
	if (**line)
		*(*line)++ = 0;
	err = decode_word(word);
	if (err)
		return err;
	*ret_word = strdup(word);
	return *ret_word ? 0 : -ENOMEM;
}

static int take_number(char **line, uint64_t max, uint64_t *ret_value)
{
	char *word = *line + strspn(*line, " "), *end;
	uint64_t value;

	if (!isdigit((unsigned char)*word))
		return -EINVAL;
	errno = 0;
	value = strtoull(word, &end, 10);
	if (errno || value > max || (*end && *end != ' '))
		return -EINVAL;
	*line = end;
	*ret_value = value;
	return 0;
}

/* A value that may be given once and fills the line. */
static int take_text(char **line, char **slot)
{
	const char *text = take_rest(line);

	if (*slot || !*text)
		return -EINVAL;
	*slot = strdup(text);
	return *slot ? 0 : -ENOMEM;
}

/* One more zeroed element of `bytes` bytes; NULL without memory. */
static void *append(void *array, unsigned int *count, size_t bytes)
{
	char *larger = realloc(*(void **)array, (*count + 1) * bytes);

	if (!larger)
		return NULL;
	*(void **)array = larger;
	memset(larger + *count * bytes, 0, bytes);
	return larger + (*count)++ * bytes;
}

/* --- the lines ------------------------------------------------------------------------------- */

static int parse_host(struct capture_plan *plan, char **line)
{
	return take_text(line, &plan->host);
}

static int parse_content(struct capture_plan *plan, char **line)
{
	return take_text(line, &plan->content);
}

static int parse_core_collector(struct capture_plan *plan, char **line)
{
	return take_text(line, &plan->core_collector);
}

static int parse_time_limit(struct capture_plan *plan, char **line)
{
	uint64_t value;
	int err = take_number(line, 365 * 86400, &value);

	if (!err)
		plan->time_limit_s = (unsigned int)value;
	return err;
}

static int parse_module(struct capture_plan *plan, char **line)
{
	struct capture_plan_module *module = append(&plan->module, &plan->modules, sizeof(*module));
	int err = module ? take_word(line, &module->path) : -ENOMEM;

	if (err)
		return err;
	module->parameters = strdup(take_rest(line));
	return module->parameters ? 0 : -ENOMEM;
}

static int parse_dm(struct capture_plan *plan, char **line)
{
	struct capture_plan_dm *dm = append(&plan->dm, &plan->dms, sizeof(*dm));
	int err;

	if (!dm)
		return -ENOMEM;
	if ((err = take_word(line, &dm->name)) ||
	    (err = take_number(line, UINT64_MAX / 512, &dm->start)) ||
	    (err = take_number(line, UINT64_MAX / 512, &dm->sectors)) ||
	    (err = take_word(line, &dm->device)) ||
	    (err = take_number(line, UINT64_MAX / 512, &dm->offset)))
		return err;
	return strchr(dm->name, '/') || !dm->sectors ? -EINVAL : 0;
}

static int parse_place(struct capture_plan_target *place, char **line)
{
	bool raw;
	int err;

	if ((err = take_word(line, &place->fstype)) ||
	    (err = take_word(line, &place->device)) ||
	    (err = take_word(line, &place->path)))
		return err;
	raw = !strcmp(place->fstype, "raw");
	if (raw ? strcmp(place->path, "-") : place->path[0] != '/')
		return -EINVAL;
	place->options = strdup(take_rest(line));
	return place->options ? 0 : -ENOMEM;
}

static int parse_target(struct capture_plan *plan, char **line)
{
	return plan->targets < CAPTURE_PLAN_MAX_TARGETS ? parse_place(&plan->target[plan->targets++], line) : -EINVAL;
}

static int parse_rootfs(struct capture_plan *plan, char **line)
{
	return plan->rootfs.fstype ? -EINVAL : parse_place(&plan->rootfs, line);
}

static int parse_program(char ***list, unsigned int *count, char **line)
{
	char **slot = append(list, count, sizeof(*slot));

	return slot ? take_text(line, slot) : -ENOMEM;
}

static int parse_pre(struct capture_plan *plan, char **line)
{
	return parse_program(&plan->pre, &plan->pres, line);
}

static int parse_post(struct capture_plan *plan, char **line)
{
	return parse_program(&plan->post, &plan->posts, line);
}

static int parse_emergency(struct capture_plan *plan, char **line)
{
	return parse_program(&plan->emergency, &plan->emergencies, line);
}

static int parse_action(char **line, enum capture_action last, enum capture_action *ret_action)
{
	const char *word = take_rest(line);

	for (enum capture_action action = 0; action <= last; action++) {
		if (!strcmp(word, action_words[action])) {
			*ret_action = action;
			return 0;
		}
	}
	return -EINVAL;
}

static int parse_final_action(struct capture_plan *plan, char **line)
{
	return parse_action(line, CAPTURE_POWEROFF, &plan->final_action);
}

static int parse_failure_action(struct capture_plan *plan, char **line)
{
	return parse_action(line, CAPTURE_DUMP_TO_ROOTFS, &plan->failure_action);
}

static int parse_watchdog(struct capture_plan *plan, char **line)
{
	const char *word = take_rest(line);

	plan->watchdog = !strcmp(word, "yes");
	return plan->watchdog || !strcmp(word, "no") ? 0 : -EINVAL;
}

static const struct {
	const char *key;
	int (*parse)(struct capture_plan *plan, char **line);
} plan_lines[] = {
	{ "host", parse_host }, { "content", parse_content },
	{ "module", parse_module }, { "dm", parse_dm }, { "target", parse_target }, { "rootfs", parse_rootfs },
	{ "core_collector", parse_core_collector },
	{ "pre", parse_pre }, { "post", parse_post }, { "emergency", parse_emergency },
	{ "final_action", parse_final_action }, { "failure_action", parse_failure_action },
	{ "time_limit", parse_time_limit }, { "watchdog", parse_watchdog },
};

static int parse_line(struct capture_plan *plan, char *line)
{
	size_t bytes = strcspn(line, " ");
	char *rest = line + bytes;
	int err;

	for (size_t i = 0; i < sizeof(plan_lines) / sizeof(plan_lines[0]); i++) {
		if (strlen(plan_lines[i].key) != bytes || strncmp(plan_lines[i].key, line, bytes))
			continue;
		err = plan_lines[i].parse(plan, &rest);
		return err ? err : *take_rest(&rest) ? -EINVAL : 0;
	}
	return -EINVAL;
}

int capture_plan_parse(struct capture_plan *plan, const char *text, unsigned int *ret_line)
{
	unsigned int number = 0;
	char *copy = strdup(text), *at = copy;
	int err = copy ? 0 : -ENOMEM;

	memset(plan, 0, sizeof(*plan));
	while (!err && at) {
		char *line = strsep(&at, "\n");

		number++;
		if (*line)
			err = parse_line(plan, line);
	}
	free(copy);
	if (err) {
		capture_plan_deinit(plan);
		*ret_line = number;
	}
	return err;
}

/* --- back to text ------------------------------------------------------------------------------ */

static void print_word(FILE *out, const char *word)
{
	fputc(' ', out);
	for (; *word; word++) {
		if (strchr(" \t\n\\", *word))
			fprintf(out, "\\%03o", (unsigned char)*word);
		else
			fputc(*word, out);
	}
}

/* The value at the end of a line; an empty one is left out. */
static void print_rest(FILE *out, const char *text)
{
	fprintf(out, "%s%s\n", *text ? " " : "", text);
}

static void print_text(FILE *out, const char *key, const char *text)
{
	if (text)
		fprintf(out, "%s %s\n", key, text);
}

static void print_place(FILE *out, const char *key, const struct capture_plan_target *place)
{
	fputs(key, out);
	print_word(out, place->fstype);
	print_word(out, place->device);
	print_word(out, place->path);
	print_rest(out, place->options);
}

static void print_devices(FILE *out, const struct capture_plan *plan)
{
	for (unsigned int i = 0; i < plan->modules; i++) {
		fputs("module", out);
		print_word(out, plan->module[i].path);
		print_rest(out, plan->module[i].parameters);
	}
	for (unsigned int i = 0; i < plan->dms; i++) {
		const struct capture_plan_dm *dm = &plan->dm[i];

		fputs("dm", out);
		print_word(out, dm->name);
		fprintf(out, " %" PRIu64 " %" PRIu64, dm->start, dm->sectors);
		print_word(out, dm->device);
		fprintf(out, " %" PRIu64 "\n", dm->offset);
	}
}

static void print_plan(FILE *out, const struct capture_plan *plan)
{
	print_text(out, "host", plan->host);
	print_text(out, "content", plan->content);
	print_devices(out, plan);
	for (unsigned int i = 0; i < plan->targets; i++)
		print_place(out, "target", &plan->target[i]);
	if (plan->rootfs.fstype)
		print_place(out, "rootfs", &plan->rootfs);
	print_text(out, "core_collector", plan->core_collector);
	for (unsigned int i = 0; i < plan->pres; i++)
		print_text(out, "pre", plan->pre[i]);
	for (unsigned int i = 0; i < plan->posts; i++)
		print_text(out, "post", plan->post[i]);
	for (unsigned int i = 0; i < plan->emergencies; i++)
		print_text(out, "emergency", plan->emergency[i]);
	print_text(out, "final_action", action_words[plan->final_action]);
	print_text(out, "failure_action", action_words[plan->failure_action]);
	if (plan->time_limit_s)
		fprintf(out, "time_limit %u\n", plan->time_limit_s);
	if (plan->watchdog)
		print_text(out, "watchdog", "yes");
}

char *capture_plan_print(const struct capture_plan *plan)
{
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	if (!out)
		return NULL;
	print_plan(out, plan);
	if (ferror(out) | fclose(out)) {
		free(text);
		text = NULL;
	}
	return text;
}

/* --- its end ------------------------------------------------------------------------------------- */

static void free_place(struct capture_plan_target *place)
{
	free(place->fstype);
	free(place->device);
	free(place->path);
	free(place->options);
}

static void free_list(char **list, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		free(list[i]);
	free(list);
}

void capture_plan_deinit(struct capture_plan *plan)
{
	for (unsigned int i = 0; i < plan->modules; i++) {
		free(plan->module[i].path);
		free(plan->module[i].parameters);
	}
	free(plan->module);
	for (unsigned int i = 0; i < plan->dms; i++) {
		free(plan->dm[i].name);
		free(plan->dm[i].device);
	}
	free(plan->dm);
	for (unsigned int i = 0; i < plan->targets; i++)
		free_place(&plan->target[i]);
	free_place(&plan->rootfs);
	free_list(plan->pre, plan->pres);
	free_list(plan->post, plan->posts);
	free_list(plan->emergency, plan->emergencies);
	free(plan->host);
	free(plan->content);
	free(plan->core_collector);
	memset(plan, 0, sizeof(*plan));
}
