// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/start.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "capture/crc32.h"
#include "common/file.h"
#include "common/log.h"
#include "kdumpctl/armed.h"
#include "kdumpctl/collect.h"
#include "kdumpctl/preflight.h"
#include "kdumpctl/run_dir.h"
#include "kdumpctl/status.h"
#include "kdumpctl/uuid.h"
#include "kexec/machine.h"

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

static bool holds_dump(const struct conf_target *target)
{
	char device[PATH_MAX];
	struct target_header header;
	struct target_disk disk;
	bool needed;

	/* What is wrong with the target is for the preflight to say. */
	if (collect_resolve(target, device) || target_disk_open(&disk, device, TARGET_DISK_READ))
		return false;
	needed = !target_disk_read_header(&disk, &header) && collect_is_needed(&header);
	target_disk_close(&disk);
	return needed;
}

static int collect_first(const struct conf *conf)
{
	bool needed = false;

	for (unsigned int i = 0; i < conf->targets; i++)
		needed |= holds_dump(&conf->target[i]);
	if (!needed)
		return 0;
	if (collect_command(conf)) {
		log_error("not armed: the target holds a dump that could not be collected");
		return -EBUSY;
	}
	return 0;
}

static struct preflight *new_preflight(const struct conf *conf, const struct start_options *options)
{
	struct preflight *preflight = calloc(1, sizeof(*preflight));

	if (!preflight) {
		log_error("out of memory");
		return NULL;
	}
	preflight->conf = conf;
	preflight->image_path = options->image;
	preflight->syscall = options->syscall != LOAD_SYSCALL_AUTO ? options->syscall : conf->syscall;
	preflight->force = options->force;
	return preflight;
}

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

static int fill_armed(const struct preflight *preflight, struct armed *armed)
{
	_Static_assert(ARMED_MAX_TARGETS >= CONF_MAX_TARGETS, "all of them are remembered");

	memset(armed, 0, sizeof(*armed));
	armed->targets = preflight->targets;
	for (u32 i = 0; i < preflight->targets; i++)
		fill_armed_target(&preflight->target[i], &armed->target[i]);
	armed->config_crc = crc32_update(0, preflight->config, preflight->config_bytes);
	armed->armed_time = time(NULL);
	armed->region_bytes = preflight->region_bytes;
	armed->need_bytes = preflight->need.total_bytes;
	armed->work_bytes = preflight->need.work_bytes;
	armed->follows_hotplug = machine_elfcorehdr_room() > 0;
	snprintf(armed->system_call, sizeof(armed->system_call), "%s",
		 preflight->syscall == LOAD_SYSCALL_FILE_LOAD ? "kexec_file_load" : "kexec_load");
	snprintf(armed->image, sizeof(armed->image), "%s", preflight->image_path);
	snprintf(armed->final_action, sizeof(armed->final_action), "%s",
		 conf_action_name(preflight->conf->final_action));
	snprintf(armed->failure_action, sizeof(armed->failure_action), "%s",
		 conf_action_name(preflight->conf->failure_action));
	return fill_fingerprint(armed);
}

static void set_panic_on_oops(const struct conf *conf)
{
	int err = conf->panic_on_oops ? file_write_text("/proc/sys/kernel/panic_on_oops", "1") : 0;

	if (err)
		log_warning("cannot set kernel.panic_on_oops=1: %s; an oops will not be dumped, only a panic", strerror(-err));
}

/* Loads the image; the target is armed already. */
static int load(const struct preflight *preflight, const struct armed *armed)
{
	struct crash_load request = preflight_request(preflight, RUN_CONFIG);
	int err = crash_load(&request), loaded;

	if (err)
		return err;
	loaded = crash_loaded();
	if (loaded < 0)
		return loaded;
	if (!loaded) {
		log_error("the kernel took the crash image but says that none is loaded");
		return -EIO;
	}
	err = armed_write(armed);
	if (err)
		log_error("cannot write " RUN_STATUS ": %s", strerror(-err));
	return err;
}

/* After a failure; an older image of ours may still be loaded, with a config block that is gone. */
static void disarm(const struct armed *armed)
{
	if (crash_loaded() == 1)
		crash_unload(LOAD_SYSCALL_AUTO);
	unlink(RUN_STATUS);
	for (const struct armed_target *target = NULL; (target = armed_next_target(armed, target)); )
		set_state(target->device, target->uuid, target->generation, TARGET_ARMED, TARGET_EMPTY);
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

static int arm_target(const struct preflight_target *target, const struct armed_target *armed)
{
	int err = set_state(armed->device, armed->uuid, armed->generation, TARGET_EMPTY, TARGET_ARMED);

	if (err)
		log_error("cannot arm %s: %s", armed->device, strerror(-err));
	else if (conf_target_is_file(target->conf))
		err = lock_file(target);
	return err;
}

static int arm_targets(const struct preflight *preflight, const struct armed *armed)
{
	int err = 0;

	for (u32 i = 0; !err && i < preflight->targets; i++)
		if (preflight->target[i].usable)
			err = arm_target(&preflight->target[i], &armed->target[i]);
	return err;
}

/* "/dev/nvme0n1p3, else to /var/crash/lifeboat.dump" */
static void list_targets(const struct armed *armed, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = 0;
	for (const struct armed_target *target = NULL; (target = armed_next_target(armed, target)) && used < size; )
		used += snprintf(buf + used, size - used, "%s%s", used ? ", else to " : "", target->device);
}

/*
 * The targets are armed before the image is loaded: a crash in between does what it would
 * have done without us, whereas the other way round the dump kernel would refuse.
 */
static int arm(const struct preflight *preflight)
{
	struct armed *armed = malloc(sizeof(*armed));
	char targets[1024];
	int err;

	if (!armed) {
		log_error("out of memory");
		return -ENOMEM;
	}
	err = fill_armed(preflight, armed);
	if (!err) {
		err = run_dir_write(RUN_CONFIG, preflight->config, preflight->config_bytes);
		if (err)
			log_error("cannot write " RUN_CONFIG ": %s", strerror(-err));
	}
	if (!err)
		err = arm_targets(preflight, armed);
	if (!err) {
		err = load(preflight, armed);
		if (err)
			disarm(armed);
	}
	if (!err) {
		unlink(RUN_RETRY);
		set_panic_on_oops(preflight->conf);
		list_targets(armed, targets, sizeof(targets));
		log_info("operational: a panic is dumped to %s (%llu KiB crash region, %llu KiB needed), then %s",
			 targets, (unsigned long long)armed->region_bytes >> 10,
			 (unsigned long long)armed->need_bytes >> 10, armed->final_action);
	}
	free(armed);
	return err;
}

static int start_armed(const struct conf *conf, const struct start_options *options)
{
	struct preflight *preflight = new_preflight(conf, options);
	int err = preflight ? preflight_run(preflight, PREFLIGHT_SAY_PROBLEMS) : -ENOMEM;

	if (!err)
		err = arm(preflight);
	if (err && status_is_operational())
		log_error("nothing changed: what was armed before still is");
	else if (err)
		log_error("not operational: a panic now would not be dumped");
	free(preflight);
	return err;
}

static int require_root(void)
{
	if (!geteuid())
		return 0;
	log_error("must be run as root");
	return -EPERM;
}

int start_command(const struct conf *conf, const struct start_options *options)
{
	int err = require_root();

	if (err)
		return err;
	if (status_is_operational()) {
		log_info("operational already; 'kdumpctl reload' arms again");
		return 0;
	}
	return start_reload(conf, options);
}

int start_reload(const struct conf *conf, const struct start_options *options)
{
	int lock = require_root(), err;

	if (!lock)
		lock = run_dir_lock();
	if (lock < 0)
		return lock;
	err = collect_first(conf);
	if (!err)
		err = start_armed(conf, options);
	close(lock);
	return err;
}

int start_preflight(const struct conf *conf, const struct start_options *options)
{
	struct preflight *preflight = new_preflight(conf, options);
	int err = preflight ? preflight_run(preflight, PREFLIGHT_SAY_ALL) : -ENOMEM;

	free(preflight);
	return err;
}

static int unload(void)
{
	struct armed *armed = malloc(sizeof(*armed));
	int err = armed ? armed_read(armed) : -ENOMEM;

	if (err == -ENOENT) {
		err = 0;
		log_info(crash_loaded() == 1 ? "nothing to stop: the crash image that is loaded is another tool's" :
			 "nothing is armed");
	} else if (err) {
		log_error("cannot read " RUN_STATUS ": %s", strerror(-err));
	} else {
		const struct armed_target *target = NULL;

		err = crash_unload(LOAD_SYSCALL_AUTO);
		while (!err && (target = armed_next_target(armed, target)))
			if (set_state(target->device, target->uuid, target->generation, TARGET_ARMED, TARGET_EMPTY))
				log_warning("%s is gone or was prepared again; nothing to disarm there", target->device);
		if (!err) {
			unlink(RUN_STATUS);
			unlink(RUN_CONFIG);
			log_info("stopped: a panic is not dumped any more");
		}
	}
	free(armed);
	return err;
}

static int mend(const struct conf *conf, const struct start_options *options, const char *why)
{
	char after[STATUS_WHY_BYTES];
	int err;

	log_warning("%s; arming again", why);
	err = collect_first(conf);
	if (!err)
		err = start_armed(conf, options);
	/* Where a dump file was is no place to write to. */
	if (err && status_find_change(after, sizeof(after)) == STATUS_FILE_MOVED && !unload())
		run_dir_write(RUN_RETRY, "", 0);
	return err;
}

/* Silent until it works: a timer that complains every minute is turned off. */
static int retry(const struct conf *conf, const struct start_options *options)
{
	struct preflight *preflight = new_preflight(conf, options);
	int err = preflight ? preflight_run(preflight, PREFLIGHT_SAY_NOTHING) : -ENOMEM;

	if (!err)
		err = arm(preflight);
	free(preflight);
	return err == -EPERM ? 0 : err;
}

int start_check(const struct conf *conf, const struct start_options *options)
{
	int lock = require_root(), err = 0;
	char why[STATUS_WHY_BYTES];

	if (!lock)
		lock = run_dir_lock();
	if (lock < 0)
		return lock;
	if (status_find_change(why, sizeof(why)) != STATUS_SAME)
		err = mend(conf, options, why);
	else if (!access(RUN_RETRY, F_OK))
		err = retry(conf, options);
	close(lock);
	return err;
}

int start_stop(void)
{
	int lock = require_root(), err;

	if (!lock)
		lock = run_dir_lock();
	if (lock < 0)
		return lock;
	err = unload();
	unlink(RUN_RETRY);
	close(lock);
	return err;
}
