// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/armed.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "kdumpctl/run_dir.h"

#define STATUS_MAX_BYTES (64u << 10)

struct armed_field {
	const char *key;
	size_t offset;
	size_t text_bytes;	/* 0: a number of number_bytes */
	size_t number_bytes;
};

#define TEXT_FIELD_OF(type, name) { #name, offsetof(type, name), sizeof(((type *)0)->name), 0 }
#define NUMBER_FIELD_OF(type, name) { #name, offsetof(type, name), 0, sizeof(((type *)0)->name) }
#define TEXT_FIELD(name) TEXT_FIELD_OF(struct armed, name)
#define NUMBER_FIELD(name) NUMBER_FIELD_OF(struct armed, name)

static const struct armed_field fields[] = {
	TEXT_FIELD(boot_id),
	TEXT_FIELD(mode),
	TEXT_FIELD(mode_why),
	TEXT_FIELD(content),
	TEXT_FIELD(fallback),
	TEXT_FIELD(fallback_why),
	NUMBER_FIELD(config_crc),
	NUMBER_FIELD(cpus),
	NUMBER_FIELD(memory),
	NUMBER_FIELD(follows_hotplug),
	NUMBER_FIELD(armed_time),
	NUMBER_FIELD(region_bytes),
	NUMBER_FIELD(need_bytes),
	NUMBER_FIELD(work_bytes),
	TEXT_FIELD(system_call),
	TEXT_FIELD(image),
	TEXT_FIELD(final_action),
	TEXT_FIELD(failure_action),
	NUMBER_FIELD(dump_level),
	TEXT_FIELD(dump_level_why),
	TEXT_FIELD(codec),
};

static const struct armed_field target_fields[] = {
	TEXT_FIELD_OF(struct armed_target, kind),
	TEXT_FIELD_OF(struct armed_target, device),
	TEXT_FIELD_OF(struct armed_target, uuid),
	NUMBER_FIELD_OF(struct armed_target, generation),
	TEXT_FIELD_OF(struct armed_target, why),
};

const struct armed_target *armed_next_target(const struct armed *armed, const struct armed_target *last)
{
	for (u32 i = last ? (u32)(last - armed->target) + 1 : 0; i < armed->targets; i++)
		if (!armed->target[i].why[0])
			return &armed->target[i];
	return NULL;
}

int armed_read_boot_id(char *buf, size_t size)
{
	return file_read_line("/proc/sys/kernel/random/boot_id", buf, size);
}

static int parse_field(struct json_object *root, const struct armed_field *field, void *record)
{
	void *to = (char *)record + field->offset;
	struct json_object *value;
	u64 number;
	u32 low;

	if (!json_object_object_get_ex(root, field->key, &value))
		return -EINVAL;
	if (field->text_bytes) {
		if (!json_object_is_type(value, json_type_string) ||
		    (size_t)json_object_get_string_len(value) >= field->text_bytes)
			return -EINVAL;
		strcpy(to, json_object_get_string(value));
		return 0;
	}
	if (!json_object_is_type(value, json_type_int))
		return -EINVAL;
	number = json_object_get_uint64(value);
	low = number;
	if (field->number_bytes == sizeof(low))
		memcpy(to, &low, sizeof(low));
	else
		memcpy(to, &number, sizeof(number));
	return 0;
}

static int parse_targets(struct json_object *root, struct armed *armed)
{
	struct json_object *list;
	int err = 0;

	if (!json_object_object_get_ex(root, "targets", &list) || !json_object_is_type(list, json_type_array) ||
	    json_object_array_length(list) > ARMED_MAX_TARGETS)
		return -EINVAL;
	armed->targets = json_object_array_length(list);
	for (u32 i = 0; !err && i < armed->targets; i++) {
		struct json_object *entry = json_object_array_get_idx(list, i);

		err = json_object_is_type(entry, json_type_object) ? 0 : -EINVAL;
		for (size_t j = 0; !err && j < ARRAY_SIZE(target_fields); j++)
			err = parse_field(entry, &target_fields[j], &armed->target[i]);
	}
	return err;
}

int armed_parse(const char *text, struct armed *ret_armed)
{
	struct json_object *root = json_tokener_parse(text);
	struct armed *armed = calloc(1, sizeof(*armed));
	int err = armed && json_object_is_type(root, json_type_object) ? 0 : -EINVAL;

	for (size_t i = 0; !err && i < ARRAY_SIZE(fields); i++)
		err = parse_field(root, &fields[i], armed);
	if (!err)
		err = parse_targets(root, armed);
	if (!err)
		*ret_armed = *armed;
	free(armed);
	json_object_put(root);
	return err;
}

int armed_read(struct armed *ret_armed)
{
	struct armed *armed = malloc(sizeof(*armed));
	char boot_id[40], *text;
	size_t bytes;
	int err = armed ? file_read(RUN_STATUS, STATUS_MAX_BYTES, &text, &bytes) : -ENOMEM;

	if (err) {
		free(armed);
		return err;
	}
	err = armed_parse(text, armed);
	free(text);
	if (!err && (armed_read_boot_id(boot_id, sizeof(boot_id)) || strcmp(boot_id, armed->boot_id)))
		err = -ENOENT;
	if (!err)
		*ret_armed = *armed;
	free(armed);
	return err;
}

static void print_field(struct json_object *root, const struct armed_field *field, const void *record)
{
	const void *from = (const char *)record + field->offset;
	u64 number = 0;

	memcpy(&number, from, field->number_bytes);	/* little endian */
	json_object_object_add(root, field->key, field->text_bytes ? json_object_new_string(from) :
			       json_object_new_uint64(number));
}

static struct json_object *print_targets(const struct armed *armed)
{
	struct json_object *list = json_object_new_array();

	for (u32 i = 0; list && i < armed->targets; i++) {
		struct json_object *entry = json_object_new_object();

		for (size_t j = 0; entry && j < ARRAY_SIZE(target_fields); j++)
			print_field(entry, &target_fields[j], &armed->target[i]);
		json_object_array_add(list, entry);
	}
	return list;
}

char *armed_print(const struct armed *armed)
{
	struct json_object *root = json_object_new_object();
	char *text = NULL;

	for (size_t i = 0; root && i < ARRAY_SIZE(fields); i++)
		print_field(root, &fields[i], armed);
	if (root) {
		json_object_object_add(root, "targets", print_targets(armed));
		text = strdup(json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	}
	json_object_put(root);
	return text;
}

int armed_write(const struct armed *armed)
{
	char *text = armed_print(armed);
	int err = text ? run_dir_write(RUN_STATUS, text, strlen(text)) : -ENOMEM;

	free(text);
	return err;
}
