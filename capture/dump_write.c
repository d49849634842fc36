// SPDX-License-Identifier: GPL-2.0
#include "capture/dump_write.h"

#include "capture/dump.h"

static int write_bounced(struct dump *dump, u64 pa, u64 offset)
{
	int err = dump->mem->read(dump->mem, pa, dump->bounce, PAGE_BYTES);

	if (err) {
		oldmem_fill_pattern(dump->bounce, PAGE_BYTES);
		dump->pages_bad++;
		dump->observer.bad_page(dump->observer.context, pa);
	} else {
		dump->pages_bounced++;
	}
	return target_write(&dump->target, offset, dump->bounce, PAGE_BYTES);
}

/* The disk could not read some page of this run: finds out which, and writes all others. */
static int write_page_by_page(struct dump *dump, u64 pa, u64 offset, u32 bytes)
{
	for (u32 at = 0; at < bytes; at += PAGE_BYTES) {
		int err = target_write(&dump->target, offset + at, dump->mem->direct + pa + at, PAGE_BYTES);

		if (err == -EFAULT)
			err = write_bounced(dump, pa + at, offset + at);
		if (err)
			return err;
	}
	return 0;
}

static int finish(struct dump *dump, struct dump_request *request)
{
	u64 offset = request->io.tag;
	u32 bytes = request->io.bytes;
	int err = request->io.status;

	request->io.bytes = 0;
	if (err == -EFAULT && !request->owner)
		return write_page_by_page(dump, (u64)((u8 *)request->io.buf - dump->mem->direct), offset, bytes);
	if (err) {
		dump->target.error = err == -ETIMEDOUT ? DUMP_TARGET_TIMEOUT : DUMP_TARGET_IO;
		dump->target.error_offset = (s64)offset;
	}
	return err;
}

/* Finishes what is done.  *ret_idle: a request that is free, or NULL; *ret_in_flight: of this owner, NULL of any. */
static int reap(struct dump *dump, const void *owner, struct dump_request **ret_idle, u32 *ret_in_flight)
{
	*ret_idle = NULL;
	*ret_in_flight = 0;
	for (u32 i = 0; i < dump->request_count; i++) {
		struct dump_request *request = &dump->request[i];

		if (request->io.bytes && !request->io.busy) {
			int err = finish(dump, request);

			if (err)
				return err;
		}
		if (!request->io.bytes)
			*ret_idle = request;
		else if (!owner || request->owner == owner)
			++*ret_in_flight;
	}
	return 0;
}

static int start_one(struct dump *dump, const void *buf, const void *owner, u64 offset, u32 bytes)
{
	struct dump_request *idle;
	u32 in_flight;
	bool waited = false;

	for (;; dump->target.disk->poll(dump->target.disk), waited = true) {
		int err = reap(dump, NULL, &idle, &in_flight);

		if (err)
			return err;
		if (!idle)
			continue;
		idle->io.buf = (void *)(uintptr_t)buf;
		idle->io.bytes = bytes;
		idle->owner = owner;
		err = target_submit(&dump->target, &idle->io, offset);
		if (err)
			idle->io.bytes = 0;
		if (err == -EAGAIN)
			continue;
		dump->disk_full += waited;
		dump->disk_idle += !in_flight && !dump->disk_drained;
		dump->disk_drained = false;
		return err;
	}
}

int dump_write_start(struct dump *dump, const void *buf, const void *owner, u64 offset, u64 bytes)
{
	/* What finished meanwhile makes the disk look busy. */
	dump->target.disk->poll(dump->target.disk);
	while (bytes) {
		u64 piece = min_u64(bytes, dump->target.disk->max_transfer_bytes);
		int err;

		/* Not across a chunk, whose stamp is read when it is reached. */
		piece = min_u64(piece, TARGET_CHUNK_BYTES - offset % TARGET_CHUNK_BYTES);
		piece = min_u64(piece, target_run_bytes(&dump->target, offset));
		if (!piece)
			piece = bytes;	/* behind the end: target_submit() says so */
		err = start_one(dump, buf, owner, offset, (u32)piece);
		if (err)
			return err;
		buf = (const u8 *)buf + piece;
		offset += piece;
		bytes -= piece;
	}
	return 0;
}

int dump_write_wait(struct dump *dump, const void *owner)
{
	struct dump_request *idle;
	u32 in_flight;
	bool waited = false;

	for (;; waited = true) {
		int err;

		dump->target.disk->poll(dump->target.disk);
		err = reap(dump, owner, &idle, &in_flight);
		if (err)
			return err;
		if (!in_flight)
			break;
	}
	dump->disk_full += waited && owner;
	/* The disk is idle because we waited, not because it was given too little. */
	if (!owner)
		dump->disk_drained = true;
	return 0;
}

void dump_write_settle(struct dump *dump)
{
	for (u32 i = 0; i < dump->request_count; i++) {
		while (dump->request[i].io.busy)
			dump->target.disk->poll(dump->target.disk);
		dump->request[i].io.bytes = 0;
	}
}
