// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/arming.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "capture/crc32.h"
#include "common/log.h"
#include "kdumpctl/run_dir.h"
#include "kdumpctl/uuid.h"
#include "kexec/machine.h"

/* --- what is armed ---------------------------------------------------------------------------------- */

static int fill_fingerprint(struct armed *armed)
{
	struct platform_fingerprint fingerprint;
	int err = armed_read_boot_id(armed->boot_id, sizeof(armed->boot_id));

	if (!err)
		err = platform_fingerprint(&fingerprint);
	if (err) {
		log_error("cannot take a fingerprint of CPUs and memory: %s", strerror(-err));
		return err;
	}
	armed->cpus = fingerprint.cpus;
	armed->memory = fingerprint.memory;
	return 0;
}

static void fill_armed_target(const struct preflight_target *target, struct armed_target *armed)
{
	snprintf(armed->kind, sizeof(armed->kind), "%s", target->conf->fstype);
	if (!target->usable) {
		snprintf(armed->device, sizeof(armed->device), "%s", target->conf->spec);
		snprintf(armed->why, sizeof(armed->why), "left out when it was armed; 'kdumpctl preflight' says why");
		return;
	}
	memcpy(armed->device, target->probe.device, sizeof(armed->device));
	uuid_print(target->probe.config.uuid, armed->uuid);
	armed->generation = target->probe.config.generation;
}

/* As the plan has them: "ext4 UUID=..., else xfs UUID=..." */
static void describe_fallback(const struct preflight *preflight, struct armed *armed)
{
	const struct capture_plan *plan = preflight->fallback ? &preflight->fallback->build.plan : NULL;
	size_t used = 0, size = sizeof(armed->fallback);

	for (unsigned int i = 0; plan && i < plan->targets && used < size; i++)
		used += snprintf(armed->fallback + used, size - used, "%s%s %s", used ? ", else " : "", plan->target[i].fstype,
				 plan->target[i].device);
	if (!plan)
		snprintf(armed->fallback_why, sizeof(armed->fallback_why), "%.600s", preflight->fallback_why);
}

static void describe_standalone(const struct preflight *preflight, struct armed *armed)
{
	_Static_assert(ARMED_MAX_TARGETS >= CONF_MAX_TARGETS, "all of them are remembered");

	armed->targets = preflight->targets;
	for (u32 i = 0; i < preflight->targets; i++)
		fill_armed_target(&preflight->target[i], &armed->target[i]);
	armed->config_crc = crc32_update(0, preflight->config, preflight->config_bytes);
	armed->work_bytes = preflight->need.work_bytes;
	armed->dump_level = preflight->dump.level;
	snprintf(armed->dump_level_why, sizeof(armed->dump_level_why), "%s", preflight->dump_level_why);
	snprintf(armed->codec, sizeof(armed->codec), "%s", conf_codec_word(preflight->conf->dump.codec));
	describe_fallback(preflight, armed);
	snprintf(armed->image, sizeof(armed->image), "%s", preflight->image_path);
	snprintf(armed->failure_action, sizeof(armed->failure_action), "%s",
		 capture_action_word((enum capture_action)conf_standalone_failure_action(preflight->conf)));
}

static void fill_capture_target(const struct capture_target *target, struct armed_target *armed)
{
	snprintf(armed->kind, sizeof(armed->kind), "%s", target->fstype);
	snprintf(armed->device, sizeof(armed->device), "%s", target->usable ? target->node : target->spec);
	if (!target->usable) {
		snprintf(armed->why, sizeof(armed->why), "left out when it was armed; 'kdumpctl preflight' says why");
	} else if (!strcmp(target->fstype, "raw")) {
		uuid_print(target->uuid, armed->uuid);
		armed->generation = target->generation;
	}
}

static int describe_linux(const struct preflight *preflight, struct armed *armed)
{
	const struct linux_mode *mode = preflight->capture;
	char *plan = capture_plan_print(&mode->build.plan);

	if (!plan)
		return -ENOMEM;
	armed->config_crc = crc32_update(0, plan, strlen(plan));
	free(plan);
	armed->targets = mode->build.targets;
	for (u32 i = 0; i < armed->targets; i++)
		fill_capture_target(&mode->build.target[i], &armed->target[i]);
	snprintf(armed->content, sizeof(armed->content), "%s", mode->image.content);
	memcpy(armed->image, mode->kernel.path, sizeof(armed->image));
	snprintf(armed->failure_action, sizeof(armed->failure_action), "%s", capture_action_word(preflight->conf->failure_action));
	return 0;
}

int arming_describe(const struct preflight *preflight, struct armed *armed)
{
	int err = 0;

	memset(armed, 0, sizeof(*armed));
	if (preflight->mode == MODE_LINUX)
		err = describe_linux(preflight, armed);
	else
		describe_standalone(preflight, armed);
	if (err) {
		log_error("cannot note what is armed: %s", strerror(-err));
		return err;
	}
	snprintf(armed->mode, sizeof(armed->mode), "%s", mode_name(preflight->mode));
	snprintf(armed->mode_why, sizeof(armed->mode_why), "%s", preflight->why);
	armed->armed_time = time(NULL);
	armed->region_bytes = preflight->region_bytes;
	armed->need_bytes = preflight->need.total_bytes;
	armed->follows_hotplug = machine_elfcorehdr_room() > 0;
	snprintf(armed->system_call, sizeof(armed->system_call), "%s",
		 preflight->syscall == LOAD_SYSCALL_FILE_LOAD ? "kexec_file_load" : "kexec_load");
	snprintf(armed->final_action, sizeof(armed->final_action), "%s", capture_action_word(preflight->conf->final_action));
	return fill_fingerprint(armed);
}

/* --- the targets -------------------------------------------------------------------------------------- */

/* Changes the state in the target's header, if it is (still) the target that we mean. */
static int set_state(const char *device, const char *uuid_text, u64 generation, enum target_state from,
		     enum target_state to)
{
	struct target_header header;
	char found[UUID_TEXT_BYTES];
	struct target_disk disk;
	int err = target_disk_open(&disk, device, TARGET_DISK_EXCLUSIVE);

	if (err)
		return err;
	err = target_disk_read_header(&disk, &header);
	if (!err) {
		uuid_print(header.uuid, found);
		if (strcmp(found, uuid_text) || header.generation != generation)
			err = -ESTALE;
	}
	if (!err && header.state != from && header.state != to)
		err = -ESTALE;
	if (!err) {
		header.state = to;
		header.armed_time = to == TARGET_ARMED ? time(NULL) : 0;
		err = target_disk_write_header(&disk, &header);
	}
	target_disk_close(&disk);
	return err;
}

/*
 * Locks a dump file in its place, then looks again: from here on it lies where the dump kernel
 * is told that it does.
 */
static int lock_file(const struct preflight_target *target)
{
	struct target_probe *probe = malloc(sizeof(*probe));
	struct file_extents *extents = malloc(sizeof(*extents));
	const char *path = target->probe.device;
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char reason[512] = "";
	int err = fd < 0 ? -errno : probe && extents ? dumpfile_lock(fd, true) : -ENOMEM;

	if (fd >= 0)
		close(fd);
	if (err)
		snprintf(reason, sizeof(reason), "its immutable flag can't be set: %s", strerror(-err));
	else
		err = dumpfile_probe(path, probe, extents, reason, sizeof(reason));
	if (!err && (extents->count != target->extents.count ||
		     memcmp(extents->list, target->extents.list, extents->count * sizeof(extents->list[0])))) {
		snprintf(reason, sizeof(reason), "the file system has moved it just now; try again");
		err = -EAGAIN;
	}
	if (err)
		log_error("cannot arm %s: %s", path, reason);
	free(probe);
	free(extents);
	return err;
}

static int arm_target(const struct preflight *preflight, u32 number, const struct armed_target *armed)
{
	int err = set_state(armed->device, armed->uuid, armed->generation, TARGET_EMPTY, TARGET_ARMED);

	if (err)
		log_error("cannot arm %s: %s", armed->device, strerror(-err));
	else if (!strcmp(armed->kind, "dumpfile"))
		err = lock_file(&preflight->target[number]);
	return err;
}

/* Only what mkdump has prepared is marked. */
static bool is_marked(const struct armed_target *target)
{
	return target->uuid[0];
}

static int arm_targets(const struct preflight *preflight, const struct armed *armed)
{
	int err = 0;

	for (const struct armed_target *target = NULL; !err && (target = armed_next_target(armed, target)); )
		if (is_marked(target))
			err = arm_target(preflight, target - armed->target, target);
	return err;
}

static bool has_target(const struct armed *armed, const struct armed_target *wanted)
{
	for (const struct armed_target *target = NULL; (target = armed_next_target(armed, target)); )
		if (!strcmp(target->uuid, wanted->uuid))
			return true;
	return false;
}

void arming_disarm(const struct armed *armed, const struct armed *still, bool tell)
{
	for (const struct armed_target *target = NULL; (target = armed_next_target(armed, target)); ) {
		if (!is_marked(target) || (still && has_target(still, target)))
			continue;
		if (set_state(target->device, target->uuid, target->generation, TARGET_ARMED, TARGET_EMPTY) && tell)
			log_warning("%s is gone or was prepared again; nothing to disarm there", target->device);
	}
}

/* --- all of it ------------------------------------------------------------------------------------------ */

int arming_arm(const struct preflight *preflight, const struct armed *armed)
{
	const char *path = RUN_CONFIG;
	char *plan = NULL;
	int err;

	if (preflight->mode == MODE_LINUX) {
		path = RUN_PLAN;
		plan = capture_plan_print(&preflight->capture->build.plan);
		err = plan ? run_dir_write(RUN_PLAN, plan, strlen(plan)) : -ENOMEM;
		free(plan);
	} else {
		err = run_dir_write(RUN_CONFIG, preflight->config, preflight->config_bytes);
	}
	if (err) {
		log_error("cannot write %s: %s", path, strerror(-err));
		return err;
	}
	return arm_targets(preflight, armed);
}

/* "/dev/nvme0n1p3, else to /var/crash/lifeboat.dump" */
void arming_list_targets(const struct armed *armed, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = 0;
	for (const struct armed_target *target = NULL; (target = armed_next_target(armed, target)) && used < size; )
		used += snprintf(buf + used, size - used, "%s%s", used ? ", else to " : "", target->device);
}
