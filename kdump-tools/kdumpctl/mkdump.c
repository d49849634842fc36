// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/mkdump.h"

#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "common/log.h"
#include "kdumpctl/ram.h"
#include "kdumpctl/signatures.h"
#include "kdumpctl/target_probe.h"
#include "kdumpctl/target_use.h"
#include "kdumpctl/uuid.h"
#include "kexec/crash_load.h"

int mkdump_check_old(const struct target_header *old, const char *force, char *reason, size_t size)
{
	bool dump = old->state == TARGET_STAGE1 || old->state == TARGET_WRITING ||
		    old->state == TARGET_COMPLETE || old->state == TARGET_FAILED;

	if (dump && !signatures_list_has(force, "dump")) {
		snprintf(reason, size,
			 "it holds a dump that was not collected (%s); run 'kdumpctl collect' first, or destroy it with --force=dump",
			 target_state_name(old->state));
		return -EEXIST;
	}
	if (old->state == TARGET_ARMED && crash_loaded() == 1) {
		snprintf(reason, size, "it is armed for the next crash; run 'kdumpctl stop' first");
		return -EEXIST;
	}
	return 0;
}

int mkdump_check(const struct target_disk *disk, const char *force, u64 *ret_generation, char *reason, size_t size)
{
	struct signatures found;
	struct target_header old;
	const char *name;
	u64 generation = 1;
	int err;

	if (disk->device_bytes < TARGET_MIN_BYTES) {
		snprintf(reason, size, "it has %llu bytes; a target needs %llu at the very least, and as much as the memory to dump",
			 (unsigned long long)disk->device_bytes, (unsigned long long)TARGET_MIN_BYTES);
		return -EFBIG;
	}
	err = target_disk_read_header(disk, &old);
	if (!err) {
		generation = old.generation + 1;
		err = mkdump_check_old(&old, force, reason, size);
		if (err)
			return err;
	}
	err = signatures_find(disk->fd, &found);
	if (err) {
		snprintf(reason, size, "what it carries can't be found out: %s", strerror(-err));
		return err;
	}
	name = signatures_first_not_in(&found, force);
	if (name) {
		snprintf(reason, size, "it carries %s, which would be destroyed; if that is what you want, say --force=%s%s%s",
			 name, force ? force : "", force ? "," : "", name);
		return -EEXIST;
	}
	*ret_generation = generation;
	return 0;
}

static int verify(const struct target_disk *disk, const struct target_header *header)
{
	struct target_header again;
	struct signatures found;
	u64 offset;
	int err = target_disk_read_header(disk, &again);

	if (err)
		return err;
	if (memcmp(&again, header, sizeof(again)))
		return -EBADMSG;
	err = target_disk_check_stamps(disk, header, 0, &offset);
	if (!err)
		err = signatures_find(disk->fd, &found);
	if (!err && found.count)
		err = -EBADMSG;
	return err;
}

int mkdump_write(const struct target_disk *disk, const u8 *uuid, u64 generation)
{
	struct target_header header = { .magic = TARGET_MAGIC, .version = TARGET_VERSION, .state = TARGET_EMPTY };
	u64 end = align_down(disk->device_bytes, TARGET_BLOCK);
	int err;

	header.size_bytes = target_size_bytes(disk->device_bytes);
	header.payload_limit = target_payload_limit(header.size_bytes);
	header.generation = generation;
	header.first_error_offset = -1;
	memcpy(header.uuid, uuid, sizeof(header.uuid));
	/*
	 * Beginning first: from here on no old header is valid.  Signatures stand in the
	 * first and last MiB (libblkid), btrfs has a copy where chunk 1's stamp goes.
	 */
	if ((err = target_disk_zero(disk, TARGET_PAYLOAD_OFFSET + TARGET_BLOCK, 0)) ||
	    (err = target_disk_zero(disk, end - header.payload_limit, header.payload_limit)) ||
	    (err = target_disk_flush(disk)) ||
	    (err = target_disk_write_stamps(disk, &header)) ||
	    (err = target_disk_write_header(disk, &header)))
		return err;
	return verify(disk, &header);
}

static int prepare(const struct target_probe *probe, const char *force)
{
	char reason[512], text[UUID_TEXT_BYTES];
	struct target_disk disk;
	u64 generation, ram;
	u8 uuid[16];
	int err = target_disk_open(&disk, probe->device, TARGET_DISK_EXCLUSIVE);

	if (err) {
		log_error("mkdump: cannot open %s: %s", probe->device, strerror(-err));
		return err;
	}
	err = mkdump_check(&disk, force, &generation, reason, sizeof(reason));
	if (err) {
		log_error("mkdump: %s: %s", probe->device, reason);
	} else {
		err = uuid_make(uuid);
		if (!err)
			err = mkdump_write(&disk, uuid, generation);
		if (err)
			log_error("mkdump: %s is not usable as a dump target: writing it failed: %s", probe->device,
				  err == -EBADMSG ? "what was read back differs from what was written" : strerror(-err));
		else
			ioctl(disk.fd, BLKRRPART);	/* a partition table that was there is gone; fails on a partition */
	}
	target_disk_close(&disk);
	if (err)
		return err;
	uuid_print(uuid, text);
	log_info("%s is a dump target now: %llu MiB, %s, UUID=%s", probe->device,
		 (unsigned long long)probe->size_bytes >> 20,
		 target_driver_name(probe->config.driver), text);
	if (!ram_dump_bytes(&ram) && ram > probe->size_bytes)
		log_warning("%s is smaller than a dump of this machine's memory (%llu MiB); 'kdumpctl start' will refuse it without a dump_level",
			    probe->device, (unsigned long long)ram >> 20);
	return 0;
}

int mkdump_command(const char *spec, const char *force)
{
	struct target_probe *probe = malloc(sizeof(*probe));
	char reason[512];
	int err = probe ? target_probe(spec, probe, reason, sizeof(reason)) : -ENOMEM;

	if (err == -ENOMEM)
		snprintf(reason, sizeof(reason), "%s", strerror(-err));
	if (!err)
		err = target_check_unused(probe->device, probe->rdev, reason, sizeof(reason));
	if (err)
		log_error("mkdump: %s can't be a dump target: %s", spec, reason);
	else
		err = prepare(probe, force);
	free(probe);
	return err;
}
