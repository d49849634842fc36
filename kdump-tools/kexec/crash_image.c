// SPDX-License-Identifier: GPL-2.0
#include "kexec/crash_image.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/crc32.h"
#include "capture/handover.h"
#include "common/log.h"
#include "kexec/fallback.h"
#include "kexec/firmware.h"
#include "kexec/stub.h"
#include "kexec/zero_page.h"

#define FOUR_GIB (1ull << 32)

/* Text that crash_image_build_cmdline() puts before the caller's, at its longest. */
#define CRASH_CMDLINE_ADDED "elfcorehdr=0x0123456789abcdef " HANDOVER_SUMS_OPTION "0x0123456789abcdef "

static const char *const crash_piece_names[CRASH_PIECES] = {
	"kernel", "elfcorehdr", "entry stub", "boot_params", "command line", "initrd",
};

int crash_image_init(struct crash_image *image, const struct crash_load *request,
		     const struct load_files *files, const struct machine *machine,
		     const struct elfcorehdr_facts *facts)
{
	u64 cmdline_bytes = strlen(request->cmdline) + sizeof(CRASH_CMDLINE_ADDED);
	u64 room_bytes = machine->elfcorehdr_room_bytes;
	const u64 bytes[CRASH_PIECES] = {
		files->image.memory_bytes,
		room_bytes ? elfcorehdr_roomy_bytes(facts, room_bytes) : elfcorehdr_bytes(facts),
		STUB_BYTES, sizeof(struct boot_params), cmdline_bytes, files->initrd_bytes,
	};
	int err;

	if (cmdline_bytes > files->image.cmdline_max_bytes) {
		log_error("the command line is too long: %zu bytes, this image takes %zu", strlen(request->cmdline),
			  files->image.cmdline_max_bytes - min_u64(sizeof(CRASH_CMDLINE_ADDED),
								   files->image.cmdline_max_bytes));
		return -EINVAL;
	}
	*image = (struct crash_image){
		.files = files, .machine = machine, .facts = facts, .cmdline = request->cmdline,
		.slot = request->fallback ? KEXEC_SLOT_FALLBACK : KEXEC_SLOT_CRASH,
		.sums = bzimage_is_dumpkernel(&files->image) && !request->no_checks,
		.update_elfcorehdr = room_bytes,
	};
	for (u32 i = 0; i < CRASH_PIECES; i++)
		image->piece[i] = (struct placement_piece){
			.name = crash_piece_names[i],
			.bytes = align_up(bytes[i], PAGE_BYTES),
			.align_bytes = PAGE_BYTES,
		};
	/* The kernel low, all else at the top: the free memory stays in one run. */
	image->piece[CRASH_PIECE_KERNEL].align_bytes = files->image.align_bytes;
	image->piece[CRASH_PIECE_KERNEL].bottom_up = true;
	image->placement.pieces = image->piece;
	image->placement.count = files->initrd ? CRASH_PIECES : CRASH_PIECE_INITRD;
	err = machine_count_tables(machine, &image->placement.control_pages);
	if (err)
		log_error("out of memory");
	image->placement.control_pages++;	/* the kernel's copy of vmcoreinfo */
	if (!err && request->fallback)
		err = fallback_read_taken(&image->placement.taken);
	return err;
}

static int crash_image_place(struct crash_image *image)
{
	const struct memrange *region = &image->machine->crash;
	int err = placement_place(&image->placement, region);

	if (err) {
		log_error("the crash region is too small: it has %llu KiB, this image needs %llu KiB%s; boot with a larger crashkernel=",
			  (unsigned long long)(region->end - region->start) >> 10,
			  (unsigned long long)placement_need(&image->placement, region->start) >> 10,
			  image->slot == KEXEC_SLOT_FALLBACK ? " with the first one where that lies" : "");
		return err;
	}
	if (region->end > FOUR_GIB && !image->files->image.above_4g) {
		log_error("the crash region lies above 4 GiB and this image can't run there; boot with crashkernel=...,low or another image");
		return -ENOEXEC;
	}
	if (image->machine->five_level && !image->files->image.five_level) {
		log_error("this kernel runs on 5-level page tables and this image can't start from them; boot with no5lvl or take another image");
		return -ENOEXEC;
	}
	if (image->update_elfcorehdr)
		log_debug("this kernel will write CPUs and memory that come or go into the elfcorehdr");
	for (size_t i = 0; i < image->placement.count; i++)
		log_debug("segment %-12s 0x%llx-0x%llx", image->piece[i].name, (unsigned long long)image->piece[i].pa,
			  (unsigned long long)(image->piece[i].pa + image->piece[i].bytes));
	return 0;
}

static int crash_image_build_cmdline(struct crash_image *image)
{
	char sums[sizeof(CRASH_CMDLINE_ADDED)] = "", *text;
	int length;

	if (image->sums)
		snprintf(sums, sizeof(sums), HANDOVER_SUMS_OPTION "0x%llx ",
			 (unsigned long long)image->piece[CRASH_PIECE_STUB].pa + STUB_SUMS);
	/* In front, as an option after "--" would not be the kernel's. */
	length = asprintf(&text, "elfcorehdr=0x%llx %s%s", (unsigned long long)image->piece[CRASH_PIECE_ELFCOREHDR].pa,
			  sums, image->cmdline);
	if (length < 0)
		return -ENOMEM;
	log_debug("command line: %s", text);
	image->data[CRASH_PIECE_CMDLINE] = text;
	image->data_bytes[CRASH_PIECE_CMDLINE] = length + 1;
	return 0;
}

static void crash_image_build_boot_params(struct crash_image *image)
{
	const struct placement_piece *elfcorehdr = &image->piece[CRASH_PIECE_ELFCOREHDR];
	struct firmware firmware;
	struct zero_page_request request = {
		.image = &image->files->image,
		.machine = image->machine,
		.firmware = &firmware,
		.cmdline_pa = image->piece[CRASH_PIECE_CMDLINE].pa,
		.initrd_pa = image->piece[CRASH_PIECE_INITRD].pa,
		.initrd_bytes = image->files->initrd_bytes,
		.elfcorehdr = { elfcorehdr->pa, elfcorehdr->pa + elfcorehdr->bytes },
	};
	struct boot_params *params = image->data[CRASH_PIECE_BOOT_PARAMS];

	firmware_init(&firmware);
	zero_page_build(params, &request);
	for (u32 i = 0; i < params->e820_entries; i++) {
		struct boot_e820_entry entry = params->e820_table[i];

		log_debug("e820 0x%llx-0x%llx type %u", (unsigned long long)entry.addr,
			  (unsigned long long)(entry.addr + entry.size), entry.type);
	}
}

/* Covers all but the kernel, which knows its own sum, and what changes later. */
static void crash_image_build_sums(struct crash_image *image)
{
	struct handover_sums sums = { .magic = HANDOVER_SUMS_MAGIC };

	for (u32 i = CRASH_PIECE_ELFCOREHDR; i < image->placement.count; i++) {
		u32 bytes = i == CRASH_PIECE_STUB ? STUB_CONSTANT_BYTES : image->data_bytes[i];

		if (i == CRASH_PIECE_ELFCOREHDR && image->update_elfcorehdr)
			continue;
		sums.piece[sums.count].pa = image->piece[i].pa;
		sums.piece[sums.count].bytes = bytes;
		sums.piece[sums.count].crc32 = crc32_update(0, image->data[i], bytes);
		sums.count++;
	}
	sums.crc32 = crc32_update(0, &sums, sizeof(sums));
	memcpy((u8 *)image->data[CRASH_PIECE_STUB] + STUB_SUMS, &sums, sizeof(sums));
}

static int crash_image_build(struct crash_image *image)
{
	static const enum crash_piece built[] = {
		CRASH_PIECE_ELFCOREHDR, CRASH_PIECE_STUB, CRASH_PIECE_BOOT_PARAMS,
	};
	u64 kernel_pa = image->piece[CRASH_PIECE_KERNEL].pa;

	image->data[CRASH_PIECE_KERNEL] = (void *)image->files->image.code;
	image->data_bytes[CRASH_PIECE_KERNEL] = image->files->image.code_bytes;
	image->data[CRASH_PIECE_INITRD] = image->files->initrd;
	image->data_bytes[CRASH_PIECE_INITRD] = image->files->initrd_bytes;
	for (u32 i = 0; i < ARRAY_SIZE(built); i++) {
		image->data_bytes[built[i]] = image->piece[built[i]].bytes;
		image->data[built[i]] = calloc(1, image->piece[built[i]].bytes);
		if (!image->data[built[i]])
			return -ENOMEM;
	}
	if (crash_image_build_cmdline(image))
		return -ENOMEM;
	elfcorehdr_build(image->facts, image->data[CRASH_PIECE_ELFCOREHDR]);
	crash_image_build_boot_params(image);
	stub_build(image->data[CRASH_PIECE_STUB], image->piece[CRASH_PIECE_STUB].pa,
		   image->piece[CRASH_PIECE_BOOT_PARAMS].pa, kernel_pa + BZIMAGE_ENTRY_64);
	if (image->sums)
		crash_image_build_sums(image);
	return 0;
}

int crash_image_load(struct crash_image *image)
{
	struct kexec_segment segment[CRASH_PIECES];
	int err = crash_image_place(image);

	if (err)
		return err;
	err = crash_image_build(image);
	if (err) {
		log_error("out of memory");
		return err;
	}
	for (size_t i = 0; i < image->placement.count; i++)
		segment[i] = (struct kexec_segment){
			.buf = image->data[i], .bufsz = image->data_bytes[i],
			.mem = (void *)image->piece[i].pa, .memsz = image->piece[i].bytes,
		};
	err = kexec_call_load(image->slot, image->piece[CRASH_PIECE_STUB].pa + STUB_CODE, segment, image->placement.count,
			      image->update_elfcorehdr ? KEXEC_CALL_UPDATE_ELFCOREHDR : 0);
	if (err)
		log_error("kexec_load failed: %s", kexec_call_explain(err));
	return err;
}

void crash_image_deinit(struct crash_image *image)
{
	free(image->data[CRASH_PIECE_ELFCOREHDR]);
	free(image->data[CRASH_PIECE_STUB]);
	free(image->data[CRASH_PIECE_BOOT_PARAMS]);
	free(image->data[CRASH_PIECE_CMDLINE]);
	free(image->placement.taken.range);
}
