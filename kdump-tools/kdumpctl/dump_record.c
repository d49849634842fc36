// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/dump_record.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "capture/elfcore.h"
#include "capture/phase_log.h"
#include "kdumpctl/kdump_cut.h"
#include "kdumpctl/uuid.h"

#define SUMMARY_BYTES 4096u
#define ELF_HEADERS_MAX_BYTES (16u << 20)

char *dump_record_find(char *area, size_t bytes, u32 type, size_t *ret_bytes)
{
	struct stage1_record record;

	for (size_t at = 0; at + sizeof(record) <= bytes; at += align_up(record.bytes, 8)) {
		memcpy(&record, area + at, sizeof(record));
		at += sizeof(record);
		if (record.type == type) {
			*ret_bytes = min_u64(record.bytes, bytes - at);
			return area + at;
		}
	}
	*ret_bytes = 0;
	return NULL;
}

/*
 * Size of the ELF core at the payload, 0 when none is there.  Its header is written
 * last: where it stands and is sound, all of the memory behind it was written.
 */
static int find_elf_bytes(const struct target_disk *disk, u64 limit_bytes, u64 *ret_bytes)
{
	u64 header_bytes, end = 0;
	struct elfcore core;
	u8 *headers = aligned_alloc(TARGET_BLOCK, TARGET_BLOCK);
	int err = headers ? target_disk_read(disk, headers, TARGET_BLOCK, TARGET_PAYLOAD_OFFSET) : -ENOMEM;

	header_bytes = err ? 0 : elfcore_header_bytes(headers);
	free(headers);
	if (err)
		return err;
	*ret_bytes = 0;
	if (!header_bytes || header_bytes > ELF_HEADERS_MAX_BYTES || align_up(header_bytes, TARGET_BLOCK) > limit_bytes)
		return 0;
	headers = aligned_alloc(TARGET_BLOCK, align_up(header_bytes, TARGET_BLOCK));
	if (!headers)
		return -ENOMEM;
	err = target_disk_read(disk, headers, align_up(header_bytes, TARGET_BLOCK), TARGET_PAYLOAD_OFFSET);
	if (!err && !elfcore_open(headers, header_bytes, &core)) {
		for (u32 i = 0; i < core.count; i++)
			if (core.phdr[i].p_offset + core.phdr[i].p_filesz > end)
				end = core.phdr[i].p_offset + core.phdr[i].p_filesz;
		*ret_bytes = end <= limit_bytes ? end : 0;
	}
	free(headers);
	return err;
}

static int find_payload(const struct target_disk *disk, const struct target_header *header,
			struct dump_record *record)
{
	u64 limit_bytes = header->payload_limit - TARGET_PAYLOAD_OFFSET, bytes;
	int err;

	if (header->state == TARGET_COMPLETE && header->dump_bytes && header->dump_bytes <= limit_bytes) {
		record->whole = true;
		record->payload_bytes = header->dump_bytes;
		return 0;
	}
	if (header->state == TARGET_FAILED)
		snprintf(record->why, sizeof(record->why), "%.*s (LB-%u)",
			 (int)sizeof(header->first_error_text), header->first_error_text, header->first_error);
	else if (header->state == TARGET_COMPLETE)
		snprintf(record->why, sizeof(record->why), "its header tells an impossible size");
	else
		snprintf(record->why, sizeof(record->why), "the machine stopped while the dump kernel was %s",
			 header->state == TARGET_STAGE1 ? "writing the log and notes" : "writing memory");
	err = find_elf_bytes(disk, limit_bytes, &bytes);
	if (!err && !bytes)
		err = kdump_cut_find_end(disk, limit_bytes, &bytes);
	if (!err)
		record->payload_bytes = bytes;
	return err;
}

struct dump_id dump_record_id(const struct target_header *header)
{
	struct dump_id id = { .crash_time = header->crash_time, .number = header->generation };
	char uuid[UUID_TEXT_BYTES];

	uuid_print(header->uuid, uuid);
	snprintf(id.line, sizeof(id.line), "target %s generation %llu\n", uuid, (unsigned long long)header->generation);
	return id;
}

/* --- kdump.log ----------------------------------------------------------------------------- */

struct text {
	char *buf;
	size_t used, size;
};

static void text_add(struct text *text, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void text_add(struct text *text, const char *fmt, ...)
{
	va_list args;
	int length;

	va_start(args, fmt);
	length = vsnprintf(text->buf + text->used, text->size - text->used, fmt, args);
	va_end(args);
	if (length > 0)
		text->used = min_u64(text->used + length, text->size - 1);
}

static void summarize(struct text *text, const struct target_header *header, const struct dump_record *record)
{
	time_t crash_time = header->crash_time;
	char when[64] = "unknown";
	struct tm tm;

	if (crash_time && gmtime_r(&crash_time, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S UTC", &tm);
	text_add(text, "%s", dump_record_id(header).line);
	text_add(text, "crash time     %s\n", when);
	text_add(text, "state          %s\n", target_state_name(header->state));
	if (!record->whole)
		text_add(text, "not whole      %s\n", record->why);
	if (header->first_error && header->first_error_offset >= 0)
		text_add(text, "error at       byte %lld of the target\n", (long long)header->first_error_offset);
	text_add(text, "vmcore         %llu bytes\n", (unsigned long long)record->payload_bytes);
	if (header->payload == TARGET_PAYLOAD_KDUMP)
		text_add(text, "format         KDUMP, dump level %u\n", header->dump_level);
	text_add(text, "pages          %llu, %llu unreadable, %llu copied by the CPU\n",
		 (unsigned long long)header->pages_total, (unsigned long long)header->pages_bad,
		 (unsigned long long)header->pages_bounced);
	text_add(text, "log and notes  durable after %u ms\n", header->stage1_ms);
	text_add(text, "all            after %u ms\n", header->total_ms);
	text_add(text, "--- dump kernel ---\n");
}

static int read_log(const struct target_disk *disk, const struct target_header *header, struct dump_record *record)
{
	u32 used = min_u64(header->log_used, TARGET_LOG_BYTES);
	struct text text = { .size = SUMMARY_BYTES + TARGET_LOG_BYTES };
	u8 *area = aligned_alloc(TARGET_BLOCK, TARGET_LOG_BYTES);
	int err = -ENOMEM;

	text.buf = malloc(text.size);
	if (area && text.buf)
		err = target_disk_read(disk, area, TARGET_LOG_BYTES, TARGET_LOG_OFFSET);
	if (!err) {
		summarize(&text, header, record);
		used = min_u64(used, text.size - text.used);
		memcpy(text.buf + text.used, area, used);
		record->log = text.buf;
		record->log_bytes = text.used + used;
	} else {
		free(text.buf);
	}
	free(area);
	return err;
}

static int read_stage1(const struct target_disk *disk, const struct target_header *header,
		       struct dump_record *record)
{
	u32 used = min_u64(header->stage1_used, TARGET_STAGE1_BYTES);
	int err;

	record->stage1 = aligned_alloc(TARGET_BLOCK, TARGET_STAGE1_BYTES);
	if (!record->stage1)
		return -ENOMEM;
	err = target_disk_read(disk, record->stage1, TARGET_STAGE1_BYTES, TARGET_STAGE1_OFFSET);
	if (err)
		return err;
	record->dmesg = dump_record_find(record->stage1, used, STAGE1_DMESG, &record->dmesg_bytes);
	record->phase_log = dump_record_find(record->stage1, used, STAGE1_PHASE_LOG, &record->phase_log_bytes);
	record->phase_log_bytes = min_u64(record->phase_log_bytes, PHASE_LOG_MAX_BYTES);
	for (size_t i = 0; i < record->phase_log_bytes; i++)
		record->phase_log[i] = phase_log_printable(record->phase_log[i]);
	return 0;
}

int dump_record_read(const struct target_disk *disk, const struct target_header *header,
		     struct dump_record *ret_record)
{
	struct dump_record record = { 0 };
	int err = find_payload(disk, header, &record);

	if (!err)
		err = read_log(disk, header, &record);
	if (!err)
		err = read_stage1(disk, header, &record);
	if (err)
		dump_record_free(&record);
	else
		*ret_record = record;
	return err;
}

void dump_record_free(struct dump_record *record)
{
	free(record->log);
	free(record->stage1);
	record->log = NULL;
	record->stage1 = NULL;
}
