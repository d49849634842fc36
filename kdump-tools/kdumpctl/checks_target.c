// SPDX-License-Identifier: GPL-2.0
/* Checks of the dump target. */
#include "kdumpctl/checks.h"

#include <stdio.h>
#include <string.h>

#include "kdumpctl/collect.h"
#include "kdumpctl/ram.h"
#include "kdumpctl/target_use.h"

#define say(...) snprintf(detail, size, __VA_ARGS__)
#define MIB(bytes) ((unsigned long long)(bytes) >> 20)

enum preflight_result check_target(struct preflight *preflight, struct preflight_target *target, char *detail, size_t size)
{
	const struct target_probe *probe = &target->probe;
	bool file = conf_target_is_file(target->conf);
	char reason[512];

	if (!conf_target_is_prepared(target->conf)) {
		say("%s %s is a file system: only Linux mode saves to it", target->conf->fstype, target->conf->spec);
		return PREFLIGHT_FAIL;
	}
	if (file ? dumpfile_probe(target->conf->spec, &target->probe, &target->extents, reason, sizeof(reason)) :
	    target_probe(target->conf->spec, &target->probe, reason, sizeof(reason))) {
		say("%s can't be used: %s", target->conf->spec, reason);
		return PREFLIGHT_FAIL;
	}
	target->probe_ok = true;
	if (file)
		say("%s: a file in %u piece%s on %s %s at %s, %llu MiB", probe->device, target->extents.count,
		    target->extents.count == 1 ? "" : "s", target_driver_name(probe->config.driver), probe->disk, probe->pci,
		    MIB(probe->size_bytes));
	else
		say("%s: %s %s at %s, %llu MiB, %u-byte blocks", probe->device, target_driver_name(probe->config.driver),
		    probe->disk, probe->pci, MIB(probe->size_bytes), probe->config.block_bytes);
	return PREFLIGHT_OK;
}

enum preflight_result check_use(struct preflight *preflight, struct preflight_target *target, char *detail, size_t size)
{
	char reason[512];

	if (!target->probe_ok) {
		say("not checked: no usable target");
		return PREFLIGHT_SKIP;
	}
	if (conf_target_is_file(target->conf)) {
		say("the file system keeps %s in its place, for as long as it has the immutable flag", target->probe.device);
		return PREFLIGHT_OK;
	}
	if (target_check_unused(target->probe.device, target->probe.rdev, reason, sizeof(reason))) {
		say("%s is in use: %s; a dump would destroy it, choose another target", target->probe.device, reason);
		return PREFLIGHT_FAIL;
	}
	say("nothing else uses %s", target->probe.device);
	return PREFLIGHT_OK;
}

static enum preflight_result check_open_header(struct preflight_target *target, const struct target_disk *disk,
					       char *detail, size_t size)
{
	bool file = conf_target_is_file(target->conf);
	const char *device = target->probe.device, *option = file ? "--file " : "";
	struct target_header *header = &target->header;
	u64 offset;
	int err = target_disk_read_header(disk, header);

	if (!err && file != !!(header->flags & TARGET_SEALED))
		err = -ENOMEDIUM;
	if (err) {
		say("%s: %s; prepare it: kdumpctl mkdump %s%s", device, target_disk_strerror(err), option, device);
		return PREFLIGHT_FAIL;
	}
	target->header_ok = true;
	memcpy(target->probe.config.uuid, header->uuid, sizeof(header->uuid));
	target->probe.config.generation = header->generation;
	if (collect_is_needed(header)) {
		say("%s holds a dump that was not collected (%s); run 'kdumpctl collect'", device,
		    target_state_name(header->state));
		return PREFLIGHT_FAIL;
	}
	err = target_disk_check_stamps(disk, header, 0, &offset);
	if (err == -EBADMSG)
		say("%s: something else has written to it at %llu; if nothing needs that, prepare it again: kdumpctl mkdump %s%s",
		    device, (unsigned long long)offset, option, device);
	else if (err)
		say("reading %s failed: %s", device, strerror(-err));
	else
		say("generation %llu, %s, all %llu stamps match", (unsigned long long)header->generation,
		    target_state_name(header->state),
		    (unsigned long long)target_chunk_count(header->payload_limit) + 1);
	return err ? PREFLIGHT_FAIL : PREFLIGHT_OK;
}

enum preflight_result check_header(struct preflight *preflight, struct preflight_target *target, char *detail, size_t size)
{
	enum preflight_result result;
	struct target_disk disk;
	int err;

	if (!target->probe_ok) {
		say("not checked: no usable target");
		return PREFLIGHT_SKIP;
	}
	err = target_disk_open(&disk, target->probe.device, TARGET_DISK_READ);
	if (err) {
		say("cannot open %s: %s", target->probe.device, strerror(-err));
		return PREFLIGHT_FAIL;
	}
	result = check_open_header(target, &disk, detail, size);
	target_disk_close(&disk);
	return result;
}

enum preflight_result check_capacity(struct preflight *preflight, struct preflight_target *target, char *detail, size_t size)
{
	u64 room;

	if (!target->header_ok) {
		say("not checked: no prepared target");
		return PREFLIGHT_SKIP;
	}
	if (ram_dump_bytes(&preflight->ram_bytes)) {
		say("the amount of memory is not known: /proc/iomem does not tell it");
		return PREFLIGHT_FAIL;
	}
	room = target->header.payload_limit - TARGET_PAYLOAD_OFFSET;
	if (room < preflight->ram_bytes && preflight->dump.level) {
		say("room for %llu MiB, all of memory takes %llu MiB: a dump that is larger than the target, though filtered at dump_level %u, is cut off",
		    MIB(room), MIB(preflight->ram_bytes + (1 << 20) - 1), preflight->dump.level);
		return PREFLIGHT_WARN;
	}
	if (room < preflight->ram_bytes) {
		say("%s has room for %llu MiB, a dump of this machine's memory needs %llu MiB; use a larger %s",
		    target->probe.device, MIB(room), MIB(preflight->ram_bytes + (1 << 20) - 1),
		    conf_target_is_file(target->conf) ? "file" : "device");
		return PREFLIGHT_FAIL;
	}
	say("room for %llu MiB, a dump needs up to %llu MiB", MIB(room), MIB(preflight->ram_bytes + (1 << 20) - 1));
	return PREFLIGHT_OK;
}
