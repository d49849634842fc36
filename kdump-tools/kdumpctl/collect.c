// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/collect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "capture/dump_error.h"
#include "capture/phase_log.h"
#include "common/dump_dir.h"
#include "common/file.h"
#include "common/log.h"
#include "kdumpctl/collect_captured.h"
#include "kdumpctl/collect_move.h"
#include "kdumpctl/dump_record.h"
#include "kdumpctl/dumps.h"
#include "kdumpctl/target_probe.h"

#define COPY_BYTES (4u << 20)
#define SPARE_BYTES (2u << 20)	/* for the file system's own records */

struct collect {
	struct target_disk *disk;
	const char *name;		/* device or file of the target */
	bool moved;			/* the dump file became the vmcore; disk is not a target any more */
	struct target_header header;	/* as it was found */
	struct dump_record record;
	struct dump_dir dir;
};

bool collect_is_needed(const struct target_header *header)
{
	return header->state >= TARGET_STAGE1 && header->state <= TARGET_CLEANING;
}

/* --- the copy ------------------------------------------------------------------------------ */

static int check_space(const struct collect *collect)
{
	struct statvfs fs;
	struct stat old;
	u64 need = collect->record.payload_bytes + SPARE_BYTES, have;

	if (fstatvfs(collect->dir.fd, &fs))
		return -errno;
	have = (u64)fs.f_bavail * fs.f_frsize;
	/* What an interrupted run has copied is overwritten in place. */
	if (!fstatat(collect->dir.fd, "vmcore-incomplete", &old, AT_SYMLINK_NOFOLLOW))
		have += (u64)old.st_blocks * 512;
	if (have >= need)
		return 0;
	log_error("collect: %s has %llu MiB free, the dump on %s needs %llu MiB; free some space, or set another path in the configuration, then run 'kdumpctl collect'",
		  collect->dir.path, (unsigned long long)have >> 20, collect->name, (unsigned long long)need >> 20);
	return -ENOSPC;
}

/* Direct reads need whole blocks: the last one is read whole and written in part. */
static int copy_payload(const struct collect *collect, int fd)
{
	u64 left = collect->record.payload_bytes, at = 0;
	u8 *buf = aligned_alloc(TARGET_BLOCK, COPY_BYTES);
	int err = buf ? 0 : -ENOMEM;

	while (!err && left) {
		u64 bytes = min_u64(left, COPY_BYTES);

		err = target_disk_read(collect->disk, buf, align_up(bytes, TARGET_BLOCK), TARGET_PAYLOAD_OFFSET + at);
		if (err)
			log_error("collect: reading %s at %llu failed: %s; the dump stays on it", collect->name,
				  (unsigned long long)(TARGET_PAYLOAD_OFFSET + at), strerror(-err));
		else if ((err = file_pwrite_all(fd, buf, bytes, at)))
			log_error("collect: writing %s/vmcore-incomplete failed: %s; the dump stays on %s",
				  collect->dir.path, strerror(-err), collect->name);
		at += bytes;
		left -= bytes;
	}
	free(buf);
	return err;
}

static int check_size(const struct collect *collect, const char *file)
{
	struct stat st;

	if (fstatat(collect->dir.fd, file, &st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	if (!S_ISREG(st.st_mode) || (u64)st.st_size != collect->record.payload_bytes)
		return -EIO;
	return 0;
}

/* A vmcore under its final name was whole and durable when it got that name. */
static bool is_copied(const struct collect *collect)
{
	return collect->record.whole && !check_size(collect, "vmcore");
}

static int copy_vmcore(const struct collect *collect)
{
	int fd, err;

	if (!collect->record.payload_bytes || is_copied(collect))
		return 0;
	fd = dump_dir_create(&collect->dir, "vmcore");
	if (fd < 0) {
		log_error("collect: cannot create %s/vmcore-incomplete: %s", collect->dir.path, strerror(-fd));
		return fd;
	}
	err = copy_payload(collect, fd);
	if (err) {
		close(fd);
		return err;
	}
	if (collect->record.whole) {
		err = dump_dir_finish(&collect->dir, "vmcore", fd);
		if (!err)
			err = check_size(collect, "vmcore");
	} else {
		/* Keeps its telling name. */
		err = fsync(fd) ? -errno : 0;
		if (close(fd) && !err)
			err = -errno;
		if (!err && fsync(collect->dir.fd))
			err = -errno;
	}
	if (err)
		log_error("collect: %s/vmcore is not durable: %s; the dump stays on %s", collect->dir.path,
			  strerror(-err), collect->name);
	return err;
}

static int move_vmcore(struct collect *collect)
{
	char reason[512];
	int err = collect_move(collect->disk, collect->name, &collect->header, &collect->dir, reason, sizeof(reason));

	if (err)
		log_error("collect: %s could not become %s/vmcore: %s; nothing is lost, run 'kdumpctl collect' again",
			  collect->name, collect->dir.path, reason);
	else
		collect->moved = true;
	return err;
}

static int copy_texts(const struct collect *collect)
{
	const struct dump_record *record = &collect->record;
	int err = dump_dir_write_file(&collect->dir, "kdump.log", record->log, record->log_bytes);

	if (!err && record->dmesg_bytes)
		err = dump_dir_write_file(&collect->dir, "vmcore-dmesg.txt", record->dmesg, record->dmesg_bytes);
	if (!err && record->phase_log_bytes)
		err = dump_dir_write_file(&collect->dir, "phase-log.txt", record->phase_log, record->phase_log_bytes);
	if (err)
		log_error("collect: writing into %s failed: %s; the dump stays on %s", collect->dir.path,
			  strerror(-err), collect->name);
	return err;
}

/* --- the target ------------------------------------------------------------------------------- */

/* Something that wrote to the device behind an intact header must not be stamped over. */
static int check_stamps(const struct collect *collect)
{
	const struct target_header *header = &collect->header;
	u64 offset, from = header->payload_limit;
	int err;

	if (header->state == TARGET_COMPLETE)
		from = TARGET_PAYLOAD_OFFSET + header->dump_bytes;
	if (header->first_error == DUMP_TARGET_BAD_STAMP) {
		offset = header->first_error_offset;	/* the dump kernel has found it */
		err = -EBADMSG;
	} else {
		err = target_disk_check_stamps(collect->disk, header, from, &offset);
	}
	if (err == -EBADMSG)
		log_error("collect: the dump is collected, but something else has written to %s (at byte %llu): it is left as it is, and collect and start fail until it is prepared again; if nothing needs what is on it now, run 'kdumpctl mkdump %s --force=dump'",
			  collect->name, (unsigned long long)offset, collect->name);
	else if (err)
		log_error("collect: reading %s failed: %s", collect->name, strerror(-err));
	return err;
}

/* From CLEANING to EMPTY; header is of the new generation already. */
static int clean(const struct target_disk *disk, const struct target_header *cleaning)
{
	struct target_header header = {
		.magic = TARGET_MAGIC, .version = TARGET_VERSION, .state = TARGET_EMPTY,
		.generation = cleaning->generation, .size_bytes = cleaning->size_bytes,
		.payload_limit = cleaning->payload_limit, .flags = cleaning->flags, .first_error_offset = -1,
	};
	int err;

	memcpy(header.uuid, cleaning->uuid, sizeof(header.uuid));
	err = target_disk_zero(disk, TARGET_BLOCK, TARGET_PAYLOAD_OFFSET);
	if (!err)
		err = target_disk_write_stamps(disk, &header);
	return err ? err : target_disk_write_header(disk, &header);
}

static int empty_target(const struct target_disk *disk, const char *name, const struct target_header *found)
{
	struct target_header header = *found;
	int err = 0;

	if (header.state != TARGET_CLEANING) {
		header.state = TARGET_CLEANING;
		header.generation++;
		err = target_disk_write_header(disk, &header);
	}
	if (!err)
		err = clean(disk, &header);
	if (!err)
		log_info("%s is empty again", name);
	else
		log_error("collect: making %s empty failed: %s; run 'kdumpctl collect' again", name, strerror(-err));
	return err;
}

/* --- all of it ---------------------------------------------------------------------------------- */

static u64 now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ull + now.tv_nsec / 1000000;
}

static void report(const struct collect *collect, u64 ms)
{
	const struct dump_record *record = &collect->record;
	const struct phase_log log = { record->phase_log, record->phase_log_bytes };
	char summary[PHASE_LOG_SUMMARY_BYTES];

	if (record->whole)
		log_info("collected a dump: %s/vmcore, %llu MiB in %llu.%llu s", collect->dir.path,
			 (unsigned long long)record->payload_bytes >> 20, (unsigned long long)ms / 1000,
			 (unsigned long long)ms % 1000 / 100);
	else
		log_warning("collected a dump that is not whole (%s): %s has %s%s%s", record->why, collect->dir.path,
			    "kdump.log", record->dmesg_bytes ? ", vmcore-dmesg.txt" : "",
			    record->payload_bytes ? ", vmcore-incomplete" : ", no vmcore");
	phase_log_summarize(&log, summary, sizeof(summary));
	if (summary[0])
		log_info("the kernel's phase log (phase-log.txt): %s", summary);
}

static int copy_all(struct collect *collect)
{
	u64 start = now_ms();
	int err = copy_texts(collect);	/* small, and of use even where the vmcore does not fit */

	if (!err && !is_copied(collect) && collect->record.whole &&
	    collect_move_is_possible(collect->disk, &collect->header, &collect->dir)) {
		err = move_vmcore(collect);
	} else {
		if (!err && !is_copied(collect))
			err = check_space(collect);
		if (!err)
			err = copy_vmcore(collect);
	}
	if (!err)
		report(collect, now_ms() - start);
	return err;
}

/* Of a dump file that was moved after it was armed, only a part was written to where it is now. */
static int check_file(struct collect *collect)
{
	struct dump_record *record = &collect->record;
	int err;

	if (!(collect->header.flags & TARGET_SEALED) || !record->whole)
		return 0;
	err = collect_move_check(collect->disk, &collect->header);
	if (err != -ESTALE)
		return err;
	record->whole = false;
	snprintf(record->why, sizeof(record->why), "the dump file was moved after it was armed; parts of the dump are missing");
	return 0;
}

static int collect_dump(struct collect *collect, const char *path, const char *hostname)
{
	const struct dump_id id = dump_record_id(&collect->header);
	int err = dump_record_read(collect->disk, &collect->header, &collect->record);

	if (!err)
		err = check_file(collect);
	if (err) {
		log_error("collect: reading the dump on %s failed: %s", collect->name, strerror(-err));
		return err;
	}
	err = dump_dir_open(&collect->dir, path, hostname, &id);
	if (err) {
		log_error("collect: cannot make a folder for the dump in %s: %s; the dump stays on %s", path,
			  strerror(-err), collect->name);
	} else {
		err = copy_all(collect);
		dump_dir_close(&collect->dir);
	}
	dump_record_free(&collect->record);
	return err;
}

int collect_from(struct target_disk *disk, const char *name, const char *path, const char *hostname)
{
	struct collect collect = { .disk = disk, .name = name };
	int err = target_disk_read_header(disk, &collect.header);

	if (err) {
		log_error("collect: nothing can be collected from %s: %s", name, target_disk_strerror(err));
		return err;
	}
	if (!collect_is_needed(&collect.header)) {
		log_info("%s holds no dump (%s)", name, target_state_name(collect.header.state));
		return 0;
	}
	if (collect.header.state != TARGET_CLEANING) {
		err = collect_dump(&collect, path, hostname);
		if (!err && !collect.moved)
			err = check_stamps(&collect);
		if (err || collect.moved)
			return err;
	}
	return empty_target(disk, name, &collect.header);
}

int collect_resolve(const struct conf_target *target, char *ret_device)
{
	dev_t rdev;

	if (!conf_target_is_file(target))
		return target_resolve(target->spec, ret_device, &rdev);
	return realpath(target->spec, ret_device) ? 0 : -errno;
}

static int collect_target(const struct conf_target *target, const char *path)
{
	char device[PATH_MAX], hostname[HOST_NAME_MAX + 1] = "";
	struct target_header header;
	struct target_disk disk;
	int err = 0;

	if (conf_target_is_file(target))
		err = collect_move_resume(target->spec, path);
	if (err) {
		log_error("collect: going on with what was begun with %s failed: %s", target->spec, strerror(-err));
		return err;
	}
	err = collect_resolve(target, device);
	if (err) {
		log_error("collect: %s%s", target->spec, err == -ENOTBLK ? " is not a block device" :
			  conf_target_is_file(target) ? ": there is no such file; make it: kdumpctl mkdump --file" :
			  ": there is no such device");
		return err;
	}
	/* A dump file without a dump is not opened for writing: its immutable flag stays on. */
	if (conf_target_is_file(target) && !target_disk_open(&disk, device, TARGET_DISK_READ)) {
		bool none = !target_disk_read_header(&disk, &header) && !collect_is_needed(&header);

		target_disk_close(&disk);
		if (none) {
			log_info("%s holds no dump (%s)", device, target_state_name(header.state));
			return 0;
		}
	}
	err = target_disk_open(&disk, device, conf_target_is_file(target) ? TARGET_DISK_WRITE : TARGET_DISK_EXCLUSIVE);
	if (err) {
		log_error("collect: cannot open %s: %s", device, strerror(-err));
		return err;
	}
	gethostname(hostname, sizeof(hostname) - 1);
	err = collect_from(&disk, device, path, hostname);
	target_disk_close(&disk);
	return err;
}

struct keep {
	char hostname[HOST_NAME_MAX + 1];
	unsigned int count;
};

static int trim_folder(const char *folder, void *context)
{
	const struct keep *keep = context;

	dumps_trim(folder, keep->hostname, keep->count);
	return 0;
}

static void trim(const struct conf *conf)
{
	struct keep keep = { .count = conf->keep };

	gethostname(keep.hostname, sizeof(keep.hostname) - 1);
	dumps_for_each_folder(conf, trim_folder, &keep);
}

int collect_command(const struct conf *conf)
{
	int err = 0;

	/* One that can't be collected from is no reason to leave a dump on another. */
	for (unsigned int i = 0; i < conf->targets; i++) {
		int failed = conf_target_is_prepared(&conf->target[i]) ? collect_target(&conf->target[i], conf->path) : 0;

		if (!err)
			err = failed;
	}
	collect_captured(conf);
	if (conf->keep)
		trim(conf);
	return err;
}
