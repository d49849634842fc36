// SPDX-License-Identifier: GPL-2.0
#include "kdump-init/save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "common/capture_report.h"
#include "common/dump_dir.h"
#include "common/file.h"
#include "kdump-init/block.h"
#include "kdump-init/collector.h"
#include "kdump-init/copy.h"
#include "kdump-init/kernel_log.h"
#include "kdump-init/mount.h"
#include "kdump-init/progress.h"
#include "kdump-init/say.h"
#include "kdump-init/vmcore.h"

#define INCOMPLETE "vmcore-incomplete"
#define ROOM_BYTES (1u << 20)	/* a full file system gives it back for the report */
#define REPORT_BYTES 4096u

/* A target that is mounted, and this dump's folder in it. */
struct place {
	const struct save *save;
	const char *name;		/* of the device, for messages */
	char mount[32];
	struct dump_dir dir;
	struct dump_id id;
	struct vmcore vmcore;
	u64 vmcore_bytes, unreadable_pages;
};

static u64 free_bytes(const struct place *place)
{
	struct statvfs fs;

	return fstatvfs(place->dir.fd, &fs) ? 0 : (u64)fs.f_bavail * fs.f_frsize;
}

/* --- the folder ------------------------------------------------------------------------------ */

static void make_id(struct place *place)
{
	char boot[64] = "unknown";

	file_read_line("/proc/sys/kernel/random/boot_id", boot, sizeof(boot));
	place->id.crash_time = vmcore_crash_time(&place->vmcore);
	if (!place->id.crash_time)
		place->id.crash_time = (u64)time(NULL);
	place->id.number = env_clock_us();
	snprintf(place->id.line, sizeof(place->id.line), "capture by boot %s\n", boot);
}

/* The target is the root while the path is walked: no link in it leads out. */
static int open_folder(struct place *place)
{
	const struct capture_plan_target *target = place->save->target;
	int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), err;

	if (root < 0 || chroot(place->mount) || chdir("/"))
		err = -errno;
	else
		err = dump_dir_open(&place->dir, target->path, place->save->plan->host ?: "", &place->id);
	if (root >= 0) {
		if (fchdir(root) || chroot("."))
			err = err ? err : -errno;
		close(root);
	}
	if (err)
		say_error("%s: no folder for the dump can be made in %s: %s", target->device, target->path, strerror(-err));
	return err;
}

/* --- the log of the dead kernel ------------------------------------------------------------------ */

static int save_dmesg(struct place *place)
{
	int fd = dump_dir_create(&place->dir, "vmcore-dmesg.txt"), err = fd < 0 ? fd : 0;

	if (!err) {
		err = vmcore_write_dmesg(&place->vmcore, fd);
		if (err) {
			close(fd);
			unlinkat(place->dir.fd, "vmcore-dmesg.txt-incomplete", 0);
		} else {
			err = dump_dir_finish(&place->dir, "vmcore-dmesg.txt", fd);
		}
	}
	if (err == -ENOENT)
		say("the vmcore's headers do not tell where the kernel's log is (Linux 5.10 and later do)");
	else if (err)
		say_error("vmcore-dmesg.txt can't be written: %s", strerror(-err));
	else
		say("vmcore-dmesg.txt is on disk after %llu ms",
		    (unsigned long long)(env_clock_us() - place->save->run->start_us) / 1000);
	place->save->run->progress++;
	return err;
}

/* --- the vmcore ----------------------------------------------------------------------------------- */

static int copy_plain(struct place *place)
{
	struct progress progress = progress_start(place->save->run);
	struct copy copy = { .from = place->vmcore.fd, .bytes = place->vmcore.bytes,
			     .progress = progress_show, .context = &progress };
	int err;

	copy.to = dump_dir_create(&place->dir, "vmcore");
	if (copy.to < 0)
		return copy.to;
	err = copy_run(&copy);
	place->vmcore_bytes = err ? copy.written_bytes : copy.bytes;
	place->unreadable_pages = copy.unreadable_pages;
	if (err) {
		close(copy.to);
		return err;
	}
	if (copy.unreadable_pages)
		say("%llu pages could not be read: the pattern %x stands in their place",
		    (unsigned long long)copy.unreadable_pages, OLDMEM_BAD_PATTERN);
	err = dump_dir_finish(&place->dir, "vmcore", copy.to);
	if (!err)
		say("vmcore: %llu MiB, %llu of them not zero, %llu MB/s", (unsigned long long)copy.bytes >> 20,
		    (unsigned long long)copy.written_bytes >> 20, (unsigned long long)progress_rate(&progress, copy.bytes));
	return err;
}

static int finish_collected(struct place *place)
{
	int fd = openat(place->dir.fd, INCOMPLETE, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || !st.st_size) {
		say_error("core_collector said that it succeeded, but wrote nothing");
		if (fd >= 0)
			close(fd);
		return -ENODATA;
	}
	fchmod(fd, 0600);
	place->vmcore_bytes = (u64)st.st_size;
	return dump_dir_finish(&place->dir, "vmcore", fd);
}

/* As the collector sees it: the folder's own path, through no link. */
static int collector_output(const struct place *place, char *path, size_t size)
{
	char link[64];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", place->dir.fd);
	length = readlink(link, path, size);
	if (length < 0)
		return -errno;
	if ((size_t)length + sizeof("/" INCOMPLETE) > size)
		return -ENAMETOOLONG;
	memcpy(path + length, "/" INCOMPLETE, sizeof("/" INCOMPLETE));
	return 0;
}

static int collect(struct place *place)
{
	char output[PATH_MAX];
	int err = collector_output(place, output, sizeof(output));

	/* makedumpfile wants to make it. */
	if (!err && unlinkat(place->dir.fd, INCOMPLETE, 0) && errno != ENOENT)
		err = -errno;
	if (!err)
		err = collector_run(place->save->run, place->save->plan->core_collector, output);
	return err ? err : finish_collected(place);
}

/* Whether all of it fits, when what the collector has left is overwritten. */
static bool has_room(const struct place *place)
{
	struct stat left;
	u64 have = free_bytes(place);

	if (!fstatat(place->dir.fd, INCOMPLETE, &left, AT_SYMLINK_NOFOLLOW))
		have += (u64)left.st_blocks * 512;
	return have >= place->vmcore.bytes + ROOM_BYTES;
}

/* A dump that was not filtered is better than none. */
static int collect_or_copy(struct place *place)
{
	int err = collect(place);

	if (!err)
		return 0;
	if (!has_room(place)) {
		say("%s: there is no room for a plain copy of the vmcore instead", place->name);
		return err;
	}
	say("a plain copy of the vmcore is saved instead");
	return copy_plain(place);
}

static int save_vmcore(struct place *place)
{
	const char *collector = place->save->plan->core_collector;
	u64 have = free_bytes(place);
	int err;

	say("%s: %llu MiB are free; the vmcore takes %llu MiB%s", place->name, (unsigned long long)have >> 20,
	    (unsigned long long)place->vmcore.bytes >> 20, collector ? " unfiltered" : " less pages of zeros");
	err = collector ? collect_or_copy(place) : copy_plain(place);
	if (err == -ENOSPC || (err && free_bytes(place) < ROOM_BYTES))
		say_error("%s is full: %llu MiB were free, the vmcore takes %llu MiB%s; what fits is in %s", place->name,
			  (unsigned long long)have >> 20, (unsigned long long)place->vmcore.bytes >> 20,
			  collector ? " unfiltered" : "", INCOMPLETE);
	else if (err == -EFBIG)
		say_error("%s: a vmcore of %llu MiB is too large for a file there (vfat ends at 4095 MiB)", place->name,
			  (unsigned long long)place->vmcore.bytes >> 20);
	else if (err)
		say_error("%s: writing the vmcore failed: %s", place->name, strerror(-err));
	return err;
}

/* --- the report ---------------------------------------------------------------------------------------- */

static void make_room(const struct place *place)
{
	int fd = openat(place->dir.fd, INCOMPLETE, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return;
	if (free_bytes(place) < ROOM_BYTES && !fstat(fd, &st) && st.st_size > ROOM_BYTES &&
	    !ftruncate(fd, st.st_size - ROOM_BYTES))
		fsync(fd);
	close(fd);
}

static int save_report(const struct place *place, bool complete, const char *why)
{
	const struct save *save = place->save;
	struct capture_report report = {
		.complete = complete, .crash_time = place->id.crash_time, .vmcore_bytes = place->vmcore_bytes,
		.unreadable_pages = place->unreadable_pages, .region_bytes = save->run->region_bytes,
	};
	char text[REPORT_BYTES];

	run_sample_memory(save->run);
	snprintf(report.content, sizeof(report.content), "%s", save->plan->content ?: "");
	snprintf(report.why, sizeof(report.why), "%s", why);
	report.ms = (env_clock_us() - save->run->start_us) / 1000;
	report.memory_bytes = save->run->memory_bytes;
	report.peak_bytes = save->run->memory_bytes - save->run->least_available_bytes;
	capture_report_print(&report, place->id.line, text, sizeof(text));
	return dump_dir_write_file(&place->dir, CAPTURE_REPORT_FILE, text, strlen(text));
}

/* What stands there when the capture is cut off, and says whose folder it is. */
static void begin_report(const struct place *place)
{
	int err = save_report(place, false, "the capture was cut off before it could tell why");

	if (err)
		say_error("%s: %s can't be written: %s", place->name, CAPTURE_REPORT_FILE, strerror(-err));
}

static int save_own_log(const struct place *place)
{
	size_t bytes;
	char *text = kernel_log_read(&bytes);
	int err = text ? dump_dir_write_file(&place->dir, "kexec-dmesg.log", text, bytes) : -ENOMEM;

	free(text);
	return err;
}

/* --- all of it --------------------------------------------------------------------------------------------- */

static int save_to_folder(struct place *place)
{
	int err, log_err;

	say("saving to %s:%s", place->name, place->dir.path);
	begin_report(place);
	save_dmesg(place);
	err = save_vmcore(place);
	if (err)
		make_room(place);
	else
		place->save->run->saved = true;
	log_err = save_report(place, !err, place->save->run->reason);
	if (!log_err)
		log_err = save_own_log(place);
	if (log_err)
		say_error("%s: the capture's own logs can't be written: %s", place->name, strerror(-log_err));
	return err;
}

static int save_to_device(struct place *place, const char *device)
{
	int err = mount_target(place->save->target, device, place->mount), end_err;

	if (err)
		return err;
	err = open_folder(place);
	if (!err) {
		err = save_to_folder(place);
		dump_dir_close(&place->dir);
	}
	end_err = mount_end(place->mount, place->name);
	if (!err)
		err = end_err;
	if (!err)
		say("the dump is saved: %s:%s/vmcore", place->name, place->dir.path);
	return err;
}

int save_to_files(void *context)
{
	const struct save *save = context;
	struct place place = { .save = save, .name = save->target->device };
	char device[64];
	int err = vmcore_open(&place.vmcore, VMCORE_FILE);

	if (err) {
		say_error("%s can't be read: %s; was this kernel started by a panic, with elfcorehdr=?", VMCORE_FILE, strerror(-err));
		return err;
	}
	if (!place.vmcore.core.count)
		say("%s is no ELF64 core that is understood here: it is copied as it is", VMCORE_FILE);
	make_id(&place);
	snprintf(place.mount, sizeof(place.mount), "/target%u", save->number);
	err = block_wait(save->plan, save->run, save->target->device, device, sizeof(device));
	if (!err)
		err = save_to_device(&place, device);
	vmcore_close(&place.vmcore);
	return err;
}
