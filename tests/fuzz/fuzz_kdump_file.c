// SPDX-License-Identifier: GPL-2.0
/* A damaged KDUMP file: verified, and as the source of another dump. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/file.h"
#include "fuzz.h"
#include "kdump-save/codecs.h"
#include "kdump-save/kdump_file.h"
#include "kdump-save/source.h"
#include "kdump-save/verify.h"

#define PAGES 16u
#define PAGES_MOST 4096u	/* that are read of one source */

static struct file {
	struct kdump_header header;
	u8 pad[KDUMP_BLOCK_BYTES - sizeof(struct kdump_header)];
	struct kdump_sub_header sub;
	u8 notes[KDUMP_BLOCK_BYTES - sizeof(struct kdump_sub_header)];
	u8 ram[KDUMP_BLOCK_BYTES], kept[KDUMP_BLOCK_BYTES];
	struct kdump_page page[PAGES];
	u8 data[PAGES * PAGE_BYTES / 2];
} valid;

static int fd = -1;
static char path[32];

static u32 put_note(u8 *to, const char *name, u32 type, const char *desc)
{
	Elf64_Nhdr head = { (u32)strlen(name) + 1, (u32)strlen(desc), type };

	memcpy(to, &head, sizeof(head));
	memcpy(to + sizeof(head), name, head.n_namesz);
	memcpy(to + sizeof(head) + align_up(head.n_namesz, 4), desc, head.n_descsz);
	return (u32)(sizeof(head) + align_up(head.n_namesz, 4) + align_up(head.n_descsz, 4));
}

static u32 put_page(const struct page_codec *codec, u32 number, u8 *to)
{
	static u8 page[PAGE_BYTES], out[PAGE_BYTES + CODEC_SLACK_BYTES];
	void *work = aligned_alloc(64, align_up(codec->codec->work_bytes, 64));
	u32 bytes;

	if (!work || codec->codec->init(work))
		abort();
	for (u32 i = 0; i < PAGE_BYTES; i++)
		page[i] = (u8)(i * number >> 5);
	bytes = codec->codec->compress(work, page, out);
	memcpy(to, out, bytes);
	if (codec->codec->release)
		codec->codec->release(work);
	free(work);
	return bytes;
}

static void make_valid(void)
{
	u32 at = 0;

	memcpy(valid.header.signature, KDUMP_SIGNATURE, 8);
	valid.header.version = KDUMP_VERSION;
	valid.header.block_bytes = KDUMP_BLOCK_BYTES;
	valid.header.sub_header_blocks = 1;
	valid.header.bitmap_blocks = 2;
	valid.header.cpus = 1;
	valid.sub.max_mapnr_64 = PAGES * 2;
	valid.sub.notes_offset = KDUMP_BLOCK_BYTES + offsetof(struct file, notes) - offsetof(struct file, sub);
	valid.sub.notes_bytes = put_note(valid.notes, "CORE", NT_PRSTATUS, "registers");
	valid.sub.notes_bytes += put_note(valid.notes + valid.sub.notes_bytes, "VMCOREINFO", 0,
					  "SYMBOL(init_top_pgt)=ffffffff80001000\nNUMBER(phys_base)=0\nSYMBOL(_stext)=ffffffff80002000\n");
	memset(valid.ram, 0xff, PAGES * 2 / 8);
	memset(valid.kept, 0x55, PAGES * 2 / 8);
	for (u32 i = 0; i < PAGES; i++) {
		struct kdump_page *page = &valid.page[i];
		const struct page_codec *codec = codecs[i % 4];

		page->offset = offsetof(struct file, data) + at;
		page->bytes = put_page(codec, i + 1, valid.data + at);
		page->flags = codec->codec->kdump_flag;
		at += page->bytes;
		if (at > sizeof(valid.data) - PAGE_BYTES)
			abort();
	}
	fd = memfd_create("dump", MFD_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
}

static void read_source(void)
{
	struct source source;
	u8 page[PAGE_BYTES];
	u64 pages = 0;

	if (source_open(&source, path, false))
		return;
	FUZZ_REQUIRE(source.ram.count && source.present);
	for (u32 i = 0; i < source.ram.count; i++)
		for (u64 pa = source.ram.range[i].start; pa < source.ram.range[i].end && pages < PAGES_MOST; pa += PAGE_BYTES, pages++) {
			u64 pfn = pa / PAGE_BYTES;
			int err = source.mem.read(&source.mem, pa, page, PAGE_BYTES);

			FUZZ_REQUIRE(err || source.present[pfn / 8] >> (pfn % 8) & 1);
			source.mem.read(&source.mem, pa + 8, page, 8);
		}
	source_close(&source);
}

/* The first two bytes of the input: how much is cut off. */
int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes)
{
	static struct file damaged;
	struct verify_result result;
	size_t length = sizeof(damaged);

	if (fd < 0)
		make_valid();
	damaged = valid;
	if (bytes > 2) {
		length -= (data[0] | (size_t)data[1] << 8) % sizeof(damaged);
		fuzz_damage(&damaged, sizeof(damaged), data + 2, bytes - 2);
	}
	if (ftruncate(fd, 0) || file_pwrite_all(fd, &damaged, length, 0))
		abort();
	if (!verify_file(path, &result)) {
		FUZZ_REQUIRE(result.pages_missing + result.pages_damaged <= result.pages);
		FUZZ_REQUIRE(bytes > 2 || (result.state == VERIFY_COMPLETE && result.pages == PAGES));
	}
	read_source();
	return 0;
}
