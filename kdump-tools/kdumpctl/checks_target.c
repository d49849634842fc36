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

enum preflight_result check_target(struct preflight *preflight, char *detail, size_t size)
{
	const struct target_probe *target = &preflight->target;
	const char *spec = preflight->conf->raw;
	char reason[512];

	if (!spec[0]) {
		say("no dump target is configured; prepare one with 'kdumpctl mkdump <device>' and add 'raw <device>' to the configuration");
		return PREFLIGHT_FAIL;
	}
	if (target_probe(spec, &preflight->target, reason, sizeof(reason))) {
		say("%s can't be used: %s", spec, reason);
		return PREFLIGHT_FAIL;
	}
	preflight->target_ok = true;
	say("%s: %s %s at %s, %llu MiB, %u-byte blocks", target->device,
	    target->config.driver == DRIVER_NVME ? "NVMe" : "virtio-blk", target->disk, target->pci,
	    MIB(target->size_bytes), target->config.block_bytes);
	return PREFLIGHT_OK;
}

enum preflight_result check_use(struct preflight *preflight, char *detail, size_t size)
{
	char reason[512];

	if (!preflight->target_ok) {
		say("not checked: no usable target");
		return PREFLIGHT_SKIP;
	}
	if (target_check_unused(preflight->target.device, preflight->target.rdev, reason, sizeof(reason))) {
		say("%s is in use: %s; a dump would destroy it, choose another target", preflight->target.device, reason);
		return PREFLIGHT_FAIL;
	}
	say("nothing else uses %s", preflight->target.device);
	return PREFLIGHT_OK;
}

static enum preflight_result check_open_header(struct preflight *preflight, const struct target_disk *disk,
					       char *detail, size_t size)
{
	const char *device = preflight->target.device;
	struct target_header *header = &preflight->header;
	u64 offset;
	int err = target_disk_read_header(disk, header);

	if (err) {
		say("%s: %s; prepare it: kdumpctl mkdump %s", device, target_disk_strerror(err), device);
		return PREFLIGHT_FAIL;
	}
	preflight->header_ok = true;
	memcpy(preflight->target.config.uuid, header->uuid, sizeof(header->uuid));
	preflight->target.config.generation = header->generation;
	if (collect_is_needed(header)) {
		say("%s holds a dump that was not collected (%s); run 'kdumpctl collect'", device,
		    target_state_name(header->state));
		return PREFLIGHT_FAIL;
	}
	err = target_disk_check_stamps(disk, header, 0, &offset);
	if (err == -EBADMSG)
		say("%s: something else has written to it at %llu; if nothing needs that, prepare it again: kdumpctl mkdump %s",
		    device, (unsigned long long)offset, device);
	else if (err)
		say("reading %s failed: %s", device, strerror(-err));
	else
		say("generation %llu, %s, all %llu stamps match", (unsigned long long)header->generation,
		    target_state_name(header->state),
		    (unsigned long long)target_chunk_count(header->payload_limit) + 1);
	return err ? PREFLIGHT_FAIL : PREFLIGHT_OK;
}

enum preflight_result check_header(struct preflight *preflight, char *detail, size_t size)
{
	enum preflight_result result;
	struct target_disk disk;
	int err;

	if (!preflight->target_ok) {
		say("not checked: no usable target");
		return PREFLIGHT_SKIP;
	}
	err = target_disk_open(&disk, preflight->target.device, TARGET_DISK_READ);
	if (err) {
		say("cannot open %s: %s", preflight->target.device, strerror(-err));
		return PREFLIGHT_FAIL;
	}
	result = check_open_header(preflight, &disk, detail, size);
	target_disk_close(&disk);
	return result;
}

enum preflight_result check_capacity(struct preflight *preflight, char *detail, size_t size)
{
	u64 room;

	if (!preflight->header_ok) {
		say("not checked: no prepared target");
		return PREFLIGHT_SKIP;
	}
	if (ram_dump_bytes(&preflight->ram_bytes)) {
		say("the amount of memory is not known: /proc/iomem does not tell it");
		return PREFLIGHT_FAIL;
	}
	room = preflight->header.payload_limit - TARGET_PAYLOAD_OFFSET;
	if (room < preflight->ram_bytes) {
		say("%s has room for %llu MiB, a dump of this machine's memory needs %llu MiB; use a larger device",
		    preflight->target.device, MIB(room), MIB(preflight->ram_bytes + (1 << 20) - 1));
		return PREFLIGHT_FAIL;
	}
	say("room for %llu MiB, a dump needs up to %llu MiB", MIB(room), MIB(preflight->ram_bytes + (1 << 20) - 1));
	return PREFLIGHT_OK;
}
