// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/start.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/log.h"
#include "kdumpctl/arming.h"
#include "kdumpctl/collect.h"
#include "kdumpctl/preflight.h"
#include "kdumpctl/reserve.h"
#include "kdumpctl/run_dir.h"
#include "kdumpctl/state_dir.h"
#include "kdumpctl/status.h"

static bool holds_dump(const struct conf_target *target)
{
	char device[PATH_MAX];
	struct target_header header;
	struct target_disk disk;
	bool needed;

	/* What is wrong with the target is for the preflight to say; a file system's dumps are where they belong. */
	if (!conf_target_is_prepared(target) || collect_resolve(target, device) || target_disk_open(&disk, device, TARGET_DISK_READ))
		return false;
	needed = !target_disk_read_header(&disk, &header) && collect_is_needed(&header);
	target_disk_close(&disk);
	return needed;
}

static unsigned int count_holding(const struct conf *conf)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < conf->targets; i++)
		count += holds_dump(&conf->target[i]);
	return count;
}

/* A dump that can't be collected stays where it is; that is no reason to leave other targets unarmed. */
static int collect_first(const struct conf *conf)
{
	int err = count_holding(conf) ? collect_command(conf) : 0;

	if (!err)
		return 0;
	if (count_holding(conf) < conf->targets) {
		log_warning("a target still holds what could not be collected: it is not used, the others are");
		return 0;
	}
	log_error("not armed: %s", err == -EBADMSG ? "something else has written to the target; prepare it again, as said above" :
		  "the target holds a dump that could not be collected");
	return -EBUSY;
}

static struct preflight *new_preflight(const struct conf *conf, const struct start_options *options,
				       enum capture_image_use image_use)
{
	struct preflight *preflight = preflight_new(conf, options->image);

	if (!preflight)
		return NULL;
	preflight->syscall = options->syscall != LOAD_SYSCALL_AUTO ? options->syscall : conf->syscall;
	preflight->force = options->force;
	preflight->image_use = image_use;
	preflight_choose_mode(preflight);
	return preflight;
}

static enum capture_image_use image_use_of(const struct conf *conf)
{
	return conf->force_rebuild ? CAPTURE_IMAGE_REBUILD :
	       conf->force_no_rebuild ? CAPTURE_IMAGE_NO_REBUILD : CAPTURE_IMAGE_KEEP;
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
	arming_disarm(armed, NULL, false);
}

static void say_armed(const struct armed *armed)
{
	char targets[1024];

	arming_list_targets(armed, targets, sizeof(targets));
	log_info("operational: a panic is dumped to %s (%s mode, %llu KiB crash region, %llu KiB needed), then %s",
		 targets, armed->mode, (unsigned long long)armed->region_bytes >> 10,
		 (unsigned long long)armed->need_bytes >> 10, armed->final_action);
	if (armed->fallback[0])
		log_info("should that fail, Linux mode saves to %s", armed->fallback);
}

/*
 * The targets are armed before the image is loaded: a crash in between does what it would
 * have done without us, whereas the other way round the dump kernel would refuse.
 */
static int arm_described(const struct preflight *preflight, const struct armed *armed)
{
	struct armed *before = malloc(sizeof(*before));
	bool known = before && !armed_read(before);
	int err = arming_arm(preflight, armed);

	if (!err) {
		err = load(preflight, armed);
		if (err)
			disarm(armed);
	}
	if (!err) {
		/* Of another configuration, or of the other mode. */
		if (known)
			arming_disarm(before, armed, false);
		unlink(RUN_RETRY);
		set_panic_on_oops(preflight->conf);
		say_armed(armed);
	}
	free(before);
	return err;
}

static int arm(const struct preflight *preflight)
{
	struct armed *armed = malloc(sizeof(*armed));
	int err;

	if (!armed) {
		log_error("out of memory");
		return -ENOMEM;
	}
	err = arming_describe(preflight, armed);
	if (!err)
		err = arm_described(preflight, armed);
	free(armed);
	return err;
}

/* Whether the region should be another one, taken at run time. */
static bool needs_region(const struct conf *conf, u64 region, u64 need)
{
	if (!need || (region && crash_loaded() == 1))
		return false;
	return region < need || (reserve_own_bytes() && region < conf->reserve_bytes);
}

/* What is needed is found out by the checks; what else they find is for those that follow. */
static int have_region(const struct conf *conf, const struct start_options *options, bool *ret_taken)
{
	struct preflight *preflight;
	u64 region = linux_mode_region(), need;
	char why[256];

	*ret_taken = false;
	if ((region && !reserve_own_bytes() && conf->reserve != CONF_RESERVE_RUNTIME) || !reserve_is_possible(conf, why, sizeof(why)))
		return 0;
	preflight = new_preflight(conf, options, image_use_of(conf));
	if (!preflight)
		return -ENOMEM;
	preflight_run(preflight, PREFLIGHT_SAY_NOTHING);
	need = preflight->need.total_bytes;
	preflight_free(preflight);
	if (!needs_region(conf, region, need))
		return 0;
	*ret_taken = true;
	return reserve_take(reserve_wanted(conf, need));
}

static int start_armed(const struct conf *conf, const struct start_options *options)
{
	bool region_taken;
	int err = have_region(conf, options, &region_taken);
	struct preflight *preflight = err ? NULL : new_preflight(conf, options, image_use_of(conf));

	if (!err)
		err = preflight ? preflight_run(preflight, PREFLIGHT_SAY_PROBLEMS) : -ENOMEM;
	if (!err)
		err = arm(preflight);
	if (err && region_taken)
		reserve_give_back();
	if (err && status_is_operational())
		log_error("nothing changed: what was armed before still is");
	else if (err)
		log_error("not operational: a panic now would not be dumped");
	preflight_free(preflight);
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
	struct preflight *preflight = new_preflight(conf, options, conf->force_no_rebuild ? CAPTURE_IMAGE_NO_REBUILD : CAPTURE_IMAGE_LOOK);
	int err = preflight ? preflight_run(preflight, PREFLIGHT_SAY_ALL) : -ENOMEM;

	preflight_free(preflight);
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
		err = crash_unload(LOAD_SYSCALL_AUTO);
		if (!err) {
			arming_disarm(armed, NULL, true);
			unlink(RUN_STATUS);
			unlink(RUN_CONFIG);
			unlink(RUN_PLAN);
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
	struct preflight *preflight = new_preflight(conf, options, image_use_of(conf));
	int err = preflight ? preflight_run(preflight, PREFLIGHT_SAY_NOTHING) : -ENOMEM;

	if (!err)
		err = arm(preflight);
	preflight_free(preflight);
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
	if (!err)
		err = reserve_give_back();
	unlink(RUN_RETRY);
	close(lock);
	return err;
}

static int shrink(const struct conf *conf, const struct start_options *options, u64 bytes)
{
	bool armed = status_is_operational();
	u64 freed_bytes;
	int err, start_err;

	if (linux_mode_region() <= bytes) {
		log_info("the crash region is not larger than that: nothing to give back");
		return 0;
	}
	err = armed ? unload() : 0;
	if (err)
		return err;
	err = reserve_shrink(bytes, &freed_bytes);
	if (!err)
		log_info("%llu KiB of memory came back, until the next boot: the crash region has %llu KiB", (unsigned long long)freed_bytes >> 10,
			 (unsigned long long)bytes >> 10);
	start_err = armed ? start_armed(conf, options) : 0;
	return err ? err : start_err;
}

int start_shrink(const struct conf *conf, const struct start_options *options, u64 bytes)
{
	int lock = run_dir_lock(), err;

	if (lock < 0)
		return lock;
	err = shrink(conf, options, bytes);
	close(lock);
	return err;
}

int start_rebuild(const struct conf *conf)
{
	struct linux_mode *mode;
	int lock = require_root(), err;

	if (!lock)
		lock = run_dir_lock();
	if (lock < 0)
		return lock;
	mode = linux_mode_new();
	if (mode)
		err = linux_mode_prepare(mode, conf, linux_mode_region(), CAPTURE_IMAGE_REBUILD);
	else
		err = -ENOMEM;
	if (mode && mode->image_ok) {
		err = 0;	/* how much memory it needs is not the question */
		log_info("rebuilt: %llu KiB, content %.16s; 'kdumpctl reload' loads it",
			 (unsigned long long)mode->image.packed_bytes >> 10, mode->image.content);
		if (!mode->image.kept) {
			log_error("it could not be kept in " STATE_DIR);
			err = -EIO;
		}
	} else {
		log_error("cannot rebuild: %s", mode ? mode->reason : "out of memory");
	}
	linux_mode_free(mode);
	close(lock);
	return err;
}
