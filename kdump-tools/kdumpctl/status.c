// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/status.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/crc32.h"
#include "common/file.h"
#include "common/log.h"
#include "kdumpctl/armed.h"
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
	char why[PATH_MAX + 256];	/* not operational */
	const char *note;		/* operational, but; NULL: no but */
};

#define say(status, ...) snprintf((status)->why, sizeof((status)->why), __VA_ARGS__)
#define MIB(bytes) ((unsigned long long)(bytes) >> 20)
#define KIB(bytes) ((unsigned long long)(bytes) >> 10)

static bool config_is_unchanged(struct status *status)
{
	char *block;
	size_t bytes;
	bool same;

	if (file_read(RUN_CONFIG, CONFIG_MAX_BYTES, &block, &bytes)) {
		say(status, RUN_CONFIG " is gone; run 'kdumpctl reload'");
		return false;
	}
	same = crc32_update(0, block, bytes) == status->armed.config_crc;
	free(block);
	if (!same)
		say(status, RUN_CONFIG " was changed after it was loaded; run 'kdumpctl reload'");
	return same;
}

/* Memory that came after arming is dumped, too, when the kernel tells of it and there is room. */
static bool memory_fits(struct status *status, const struct target_header *header)
{
	const struct armed *armed = &status->armed;
	u64 room = header->payload_limit - TARGET_PAYLOAD_OFFSET, dump_bytes, work_bytes, need;
	int err;

	if (!armed->follows_hotplug)
		return true;
	err = ram_dump_bytes(&dump_bytes);
	if (!err)
		err = need_compute_work(header->size_bytes, &work_bytes);
	if (err) {
		say(status, "memory can't be looked at: %s", strerror(-err));
		return false;
	}
	if (dump_bytes > room) {
		say(status, "%s has room for %llu MiB, a dump of this machine's memory, which has grown, needs %llu MiB; use a larger device",
		    armed->device, MIB(room), MIB(dump_bytes + (1 << 20) - 1));
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

static bool target_is_armed(struct status *status)
{
	const struct armed *armed = &status->armed;
	struct target_header header;
	char uuid[UUID_TEXT_BYTES];
	struct target_disk disk;
	int err = target_disk_open(&disk, armed->device, TARGET_DISK_READ);

	if (err) {
		say(status, "cannot open the target %s: %s", armed->device, strerror(-err));
		return false;
	}
	err = target_disk_read_header(&disk, &header);
	target_disk_close(&disk);
	if (err) {
		say(status, "%s: %s; something has written to it", armed->device, target_disk_strerror(err));
		return false;
	}
	uuid_print(header.uuid, uuid);
	if (strcmp(uuid, armed->uuid) || header.generation != armed->generation) {
		say(status, "%s was prepared again or replaced by another device after it was armed; run 'kdumpctl reload'",
		    armed->device);
		return false;
	}
	if (header.state != TARGET_ARMED) {
		say(status, "%s is not armed any more (%s); run 'kdumpctl reload'", armed->device,
		    target_state_name(header.state));
		return false;
	}
	return memory_fits(status, &header);
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
	else
		status->operational = machine_is_unchanged(status) && config_is_unchanged(status) &&
				      target_is_armed(status);
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

static void print_json(const struct status *status)
{
	char *text = status->armed_known ? armed_print(&status->armed) : NULL;
	struct json_object *root = text ? json_tokener_parse(text) : json_object_new_object();

	free(text);
	json_object_object_add(root, "operational", json_object_new_boolean(status->operational));
	if (!status->operational)
		json_object_object_add(root, "reason", json_object_new_string(status->why));
	puts(json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(root);
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
		log_info("operational: a panic is dumped to %s%s", status->armed.device, status->note ? status->note : "");
	else
		log_info("not operational: %s", status->why);
	result = status->operational ? 0 : STATUS_NOT_OPERATIONAL;
	free(status);
	return result;
}
