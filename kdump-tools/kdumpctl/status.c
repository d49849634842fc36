// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/status.h"

#include <blkid/blkid.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/config.h"
#include "capture/crc32.h"
#include "common/file.h"
#include "common/log.h"
#include "kdumpctl/armed.h"
#include "kdumpctl/dumpfile.h"
#include "kdumpctl/mode.h"
#include "kdumpctl/need.h"
#include "kdumpctl/platform.h"
#include "kdumpctl/ram.h"
#include "kdumpctl/run_dir.h"
#include "kdumpctl/target_disk.h"
#include "kdumpctl/uuid.h"

struct status {
	bool operational;
	bool armed_known;
	struct armed armed;
	char why[STATUS_WHY_BYTES];	/* not operational */
	const char *note;		/* operational, but; NULL: no but */
	bool file_moved;
	char target_why[ARMED_MAX_TARGETS][STATUS_WHY_BYTES];	/* what is wrong with each; empty: nothing */
	struct need_targets needs;	/* of those that are armed */
	u64 dump_bytes;			/* needed for memory as it is now; 0: it can't have grown */
};

#define HANDED_OVER_MAX_BYTES (1u << 20)

#define say(status, ...) snprintf((status)->why, sizeof((status)->why), __VA_ARGS__)
#define wrong(why, ...) snprintf(why, STATUS_WHY_BYTES, __VA_ARGS__)
#define MIB(bytes) ((unsigned long long)(bytes) >> 20)
#define KIB(bytes) ((unsigned long long)(bytes) >> 10)

static bool is_linux_mode(const struct status *status)
{
	return !strcmp(status->armed.mode, mode_name(MODE_LINUX));
}

static bool config_is_unchanged(struct status *status)
{
	const char *path = is_linux_mode(status) ? RUN_PLAN : RUN_CONFIG;
	char *block;
	size_t bytes;
	bool same;

	if (file_read(path, HANDED_OVER_MAX_BYTES, &block, &bytes)) {
		say(status, "%s is gone; run 'kdumpctl reload'", path);
		return false;
	}
	same = crc32_update(0, block, bytes) == status->armed.config_crc;
	free(block);
	if (!same)
		say(status, "%s was changed after it was loaded; run 'kdumpctl reload'", path);
	return same;
}

static void check_header(struct status *status, const struct armed_target *armed, char *why)
{
	struct target_header header;
	char uuid[UUID_TEXT_BYTES];
	struct target_disk disk;
	int err = target_disk_open(&disk, armed->device, TARGET_DISK_READ);

	if (err) {
		wrong(why, "cannot open the target %s: %s", armed->device, strerror(-err));
		return;
	}
	err = target_disk_read_header(&disk, &header);
	target_disk_close(&disk);
	if (err) {
		wrong(why, "%s: %s; something has written to it", armed->device, target_disk_strerror(err));
		return;
	}
	uuid_print(header.uuid, uuid);
	if (strcmp(uuid, armed->uuid) || header.generation != armed->generation)
		wrong(why, "%s was prepared again or replaced by another device after it was armed; run 'kdumpctl reload'",
		      armed->device);
	else if (header.state != TARGET_ARMED)
		wrong(why, "%s is not armed any more (%s); run 'kdumpctl reload'", armed->device,
		      target_state_name(header.state));
	else if (status->dump_bytes > header.payload_limit - TARGET_PAYLOAD_OFFSET)
		wrong(why, "%s has room for %llu MiB, a dump of this machine's memory, which has grown, needs %llu MiB; use a larger device",
		      armed->device, MIB(header.payload_limit - TARGET_PAYLOAD_OFFSET), MIB(status->dump_bytes + (1 << 20) - 1));
	else
		need_add_target(&status->needs, header.size_bytes, header.flags & TARGET_SEALED);
}

/* number: of the target in the config block.  Whether the file is where the block says, and stays there. */
static bool file_is_in_place(const struct armed_target *armed, u32 number, char *why)
{
	struct target_probe *probe = malloc(sizeof(*probe));
	struct file_extents *extents = malloc(sizeof(*extents));
	struct config config = { 0 };
	char *block = NULL, reason[512] = "";
	bool in_place = false;
	size_t bytes;
	int err = probe && extents ? file_read(RUN_CONFIG, CONFIG_MAX_BYTES, &block, &bytes) : -ENOMEM;

	if (!err)
		err = config_open(block, bytes, &config);
	if (!err && number >= config.targets)
		err = -EINVAL;
	if (err)
		wrong(why, "where %s was armed can't be read from " RUN_CONFIG ": %s", armed->device, strerror(-err));
	else if (dumpfile_probe(armed->device, probe, extents, reason, sizeof(reason)))
		wrong(why, "%s can't be written any more: %s", armed->device, reason);
	else if (extents->count != config.extents[number] ||
		 memcmp(extents->list, config.extent[number], extents->count * sizeof(extents->list[0])))
		wrong(why, "%s lies elsewhere since it was armed; run 'kdumpctl reload'", armed->device);
	else
		in_place = true;
	free(block);
	free(extents);
	free(probe);
	return in_place;
}

static void check_file(struct status *status, const struct armed_target *armed, u32 number, char *why)
{
	int fd, locked;

	if (!file_is_in_place(armed, number, why)) {
		status->file_moved = true;
		return;
	}
	fd = open(armed->device, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	locked = fd < 0 ? -errno : dumpfile_is_locked(fd);
	if (fd >= 0)
		close(fd);
	if (locked != 1)
		wrong(why, "%s has lost its immutable flag, so that nothing keeps it in its place; run 'kdumpctl reload'",
		      armed->device);
}

/* number: of the target in the plan.  As the capture kernel will look for it, by what lies on it. */
static void check_file_system(const struct armed_target *armed, u32 number, char *why)
{
	struct capture_plan plan;
	unsigned int line;
	size_t bytes;
	char *text, *device = NULL;

	if (file_read(RUN_PLAN, HANDED_OVER_MAX_BYTES, &text, &bytes)) {
		wrong(why, RUN_PLAN " can't be read; run 'kdumpctl reload'");
		return;
	}
	if (!capture_plan_parse(&plan, text, &line)) {
		const char *name = number < plan.targets ? plan.target[number].device : "";

		device = name[0] == '/' ? strdup(name) : blkid_evaluate_spec(name, NULL);
		capture_plan_deinit(&plan);
	}
	free(text);
	if (!device || access(device, F_OK))
		wrong(why, "%s is gone, or does not hold any more what it did when it was armed; attach it, or change the configuration and run 'kdumpctl reload'",
		      armed->device);
	free(device);
}

/* Memory that came after arming is dumped, too, when the kernel tells of it and there is room. */
static bool memory_fits(struct status *status)
{
	const struct armed *armed = &status->armed;
	u64 work_bytes, need;
	int err;

	if (!armed->follows_hotplug)
		return true;
	err = need_compute_work(&status->needs, &work_bytes);
	if (err) {
		say(status, "memory can't be looked at: %s", strerror(-err));
		return false;
	}
	need = armed->need_bytes - armed->work_bytes + work_bytes;
	if (need > armed->region_bytes) {
		say(status, "the crash region has %llu KiB, since memory has grown %llu KiB are needed; add crashkernel=%lluK to the kernel's command line and reboot",
		    KIB(armed->region_bytes), KIB(need), KIB(need + 1023));
		return false;
	}
	return true;
}

/* Looks at all of them.  True when one is left that takes a dump. */
static bool targets_are_armed(struct status *status)
{
	const struct armed *armed = &status->armed;
	bool any = false;
	u32 number = 0;
	int err = armed->follows_hotplug && !armed->dump_level ? ram_dump_bytes(&status->dump_bytes) : 0;

	if (err) {
		say(status, "memory can't be looked at: %s", strerror(-err));
		return false;
	}
	for (const struct armed_target *target = NULL; (target = armed_next_target(armed, target)); number++) {
		char *why = status->target_why[target - armed->target];

		if (target->uuid[0])
			check_header(status, target, why);
		else
			check_file_system(target, number, why);
		if (!strcmp(target->kind, "dumpfile")) {
			status->file_moved |= why[0];
			if (!why[0])
				check_file(status, target, number, why);
		}
		any |= !why[0];
		if (why[0] && !status->why[0])
			memcpy(status->why, why, sizeof(status->why));
	}
	return any && (is_linux_mode(status) || memory_fits(status));
}

static bool machine_is_unchanged(struct status *status)
{
	const struct armed *armed = &status->armed;
	struct platform_fingerprint now;
	int err = platform_fingerprint(&now);

	if (err) {
		say(status, "CPUs and memory can't be looked at: %s; are you root?", strerror(-err));
		return false;
	}
	if (!armed->follows_hotplug && (now.cpus != armed->cpus || now.memory != armed->memory)) {
		say(status, "CPUs or memory were added or removed since arming; run 'kdumpctl reload'");
		return false;
	}
	if (now.cpus != armed->cpus)
		status->note = "; CPUs came or went since arming: after 'kdumpctl reload' those that ignore the crash NMI can be stopped, too";
	return true;
}

static void status_read(struct status *status)
{
	u64 loaded = 0;
	bool armed;
	int err;

	memset(status, 0, sizeof(*status));
	file_read_u64("/sys/kernel/kexec_crash_loaded", 10, &loaded);
	err = armed_read(&status->armed);
	status->armed_known = !err;
	if (err == -EACCES)
		say(status, "cannot read " RUN_STATUS "; run this as root");
	else if (err == -ENOENT)
		say(status, loaded ? "a crash image is loaded, but not by Lifeboat" : "not started; run 'kdumpctl start'");
	else if (err)
		say(status, RUN_STATUS " makes no sense; run 'kdumpctl start --force'");
	else if (!loaded)
		say(status, "the crash image was unloaded by something else; run 'kdumpctl reload'");
	if (status->why[0])
		return;
	armed = config_is_unchanged(status) && targets_are_armed(status);
	status->operational = machine_is_unchanged(status) && armed;
}

enum status_change status_find_change(char *why, size_t size)
{
	struct status *status = malloc(sizeof(*status));
	enum status_change change = STATUS_SAME;

	if (!status)
		return STATUS_SAME;
	status_read(status);
	if (status->armed_known && status->why[0]) {
		change = status->file_moved ? STATUS_FILE_MOVED : STATUS_CHANGED;
		snprintf(why, size, "%s", status->why);
	}
	free(status);
	return change;
}

bool status_is_operational(void)
{
	struct status *status = malloc(sizeof(*status));
	bool operational;

	if (!status)
		return false;
	status_read(status);
	operational = status->operational;
	free(status);
	return operational;
}

/* What is wrong with each of them, beside what start found. */
static void add_target_reasons(const struct status *status, struct json_object *root)
{
	struct json_object *list;

	if (!json_object_object_get_ex(root, "targets", &list))
		return;
	for (u32 i = 0; i < status->armed.targets; i++)
		if (status->target_why[i][0])
			json_object_object_add(json_object_array_get_idx(list, i), "why",
					       json_object_new_string(status->target_why[i]));
}

static void print_json(const struct status *status)
{
	char *text = status->armed_known ? armed_print(&status->armed) : NULL;
	struct json_object *root = text ? json_tokener_parse(text) : json_object_new_object();

	free(text);
	add_target_reasons(status, root);
	json_object_object_add(root, "operational", json_object_new_boolean(status->operational));
	if (!status->operational)
		json_object_object_add(root, "reason", json_object_new_string(status->why));
	puts(json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(root);
}

/* A line for each, when there is more to tell than the first line has. */
static void print_targets(const struct status *status)
{
	const struct armed *armed = &status->armed;

	for (u32 i = 0; armed->targets > 1 && i < armed->targets; i++) {
		const struct armed_target *target = &armed->target[i];
		const char *why = status->target_why[i][0] ? status->target_why[i] : target->why;

		log_info("  %u. %s %s: %s", i + 1, target->kind, target->device, why[0] ? why : "armed");
	}
}

static void print_fallback(const struct status *status)
{
	const struct armed *armed = &status->armed;

	if (armed->fallback[0])
		log_info("  then Linux mode to %s", armed->fallback);
	else if (armed->fallback_why[0])
		log_info("  no fallback to Linux mode: %s", armed->fallback_why);
}

static void print_dump_level(const struct armed *armed)
{
	if (armed->dump_level_why[0])
		log_info("  dump_level %u: %s", armed->dump_level, armed->dump_level_why);
}

/* The first that takes a dump. */
static const char *first_armed(const struct status *status)
{
	const struct armed *armed = &status->armed;
	const struct armed_target *target = NULL;

	while ((target = armed_next_target(armed, target)))
		if (!status->target_why[target - armed->target][0])
			return target->device;
	return "nothing";
}

int status_command(bool json)
{
	struct status *status = malloc(sizeof(*status));
	int result;

	if (!status) {
		log_error("out of memory");
		return STATUS_NOT_OPERATIONAL;
	}
	status_read(status);
	if (json)
		print_json(status);
	else if (status->operational)
		log_info("operational: a panic is dumped to %s (%s mode: %s)%s", first_armed(status), status->armed.mode,
			 status->armed.mode_why, status->note ? status->note : "");
	else
		log_info("not operational: %s", status->why);
	if (!json && status->armed_known) {
		print_targets(status);
		print_fallback(status);
		print_dump_level(&status->armed);
	}
	result = status->operational ? 0 : STATUS_NOT_OPERATIONAL;
	free(status);
	return result;
}
