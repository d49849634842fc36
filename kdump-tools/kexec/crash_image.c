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
#define CRASH_CMDLINE_ADDED "elfcorehdr=0x0123456789abcdef " HANDOVER_SUMS_OPTION "0x0123456789abcdef " \
			    HANDOVER_CHAIN_OPTION "0x0123456789abcdef "

/* --- sizes ------------------------------------------------------------------------------------------ */

static void crash_image_set_piece(struct crash_image *image, u32 i, const char *name, u64 bytes)
{
	image->piece[i] = (struct placement_piece){
		.name = name, .bytes = align_up(bytes, PAGE_BYTES), .align_bytes = PAGE_BYTES,
	};
}

static int crash_image_size_kernel(struct crash_image *image, const struct crash_kernel *kernel)
{
	static const char *const names[CRASH_PIECES] = { "kernel", "entry stub", "boot_params", "command line", "initrd" };
	const struct bzimage *file = &kernel->files->image;
	u64 cmdline_bytes = strlen(kernel->cmdline) + sizeof(CRASH_CMDLINE_ADDED);
	const u64 bytes[CRASH_PIECES] = {
		file->memory_bytes, STUB_BYTES, sizeof(struct boot_params), cmdline_bytes, kernel->files->initrd_bytes,
	};

	if (cmdline_bytes > file->cmdline_max_bytes) {
		log_error("the command line is too long: %zu bytes, this image takes %zu", strlen(kernel->cmdline),
			  file->cmdline_max_bytes - min_u64(sizeof(CRASH_CMDLINE_ADDED), file->cmdline_max_bytes));
		return -EINVAL;
	}
	for (u32 i = 0; i < CRASH_PIECES; i++)
		crash_image_set_piece(image, kernel->first + i, names[i], bytes[i]);
	image->piece[kernel->first + CRASH_PIECE_KERNEL].align_bytes = file->align_bytes;
	return 0;
}

static int crash_image_check_chain(const struct crash_load *request, const struct load_files *files,
				   const struct load_files *chain_files)
{
	if (!request->chain)
		return 0;
	if (bzimage_is_dumpkernel(&files->image) && files->initrd && chain_files->initrd && !request->no_checks)
		return 0;
	log_error("only the dump kernel can start another one, which needs an initrd");
	return -EINVAL;
}

int crash_image_init(struct crash_image *image, const struct crash_load *request, const struct load_files *files,
		     const struct load_files *chain_files, const struct machine *machine,
		     const struct elfcorehdr_facts *facts)
{
	u64 room_bytes = machine->elfcorehdr_room_bytes;
	int err = crash_image_check_chain(request, files, chain_files);

	if (err)
		return err;
	*image = (struct crash_image){
		.kernel[0] = { files, request->cmdline, CRASH_FIRST },
		.kernels = 1, .machine = machine, .facts = facts,
		.slot = request->fallback ? KEXEC_SLOT_FALLBACK : KEXEC_SLOT_CRASH,
		.sums = bzimage_is_dumpkernel(&files->image) && !request->no_checks,
		.update_elfcorehdr = room_bytes,
	};
	if (request->chain)
		image->kernel[image->kernels++] = (struct crash_kernel){ chain_files, request->chain->cmdline, CRASH_CHAIN };
	crash_image_set_piece(image, CRASH_ELFCOREHDR, "elfcorehdr",
			      room_bytes ? elfcorehdr_roomy_bytes(facts, room_bytes) : elfcorehdr_bytes(facts));
	for (u32 i = 0; i < image->kernels; i++) {
		err = crash_image_size_kernel(image, &image->kernel[i]);
		if (err)
			return err;
	}
	/* The kernel low, all else at the top: the free memory stays in one run. */
	image->piece[CRASH_FIRST + CRASH_PIECE_KERNEL].bottom_up = true;
	image->placement.pieces = image->piece;
	image->placement.count = request->chain ? CRASH_MAX_PIECES : CRASH_FIRST + (files->initrd ? CRASH_PIECES : CRASH_PIECE_INITRD);
	err = machine_count_tables(machine, &image->placement.control_pages);
	if (err)
		log_error("out of memory");
	image->placement.control_pages++;	/* the kernel's copy of vmcoreinfo */
	if (!err && request->fallback)
		err = fallback_read_taken(&image->placement.taken);
	return err;
}

/* --- places ------------------------------------------------------------------------------------------- */

static int crash_image_check_kernel(const struct crash_image *image, const struct bzimage *file)
{
	if (image->machine->crash.end > FOUR_GIB && !file->above_4g) {
		log_error("the crash region lies above 4 GiB and this image can't run there; boot with crashkernel=...,low or another image");
		return -ENOEXEC;
	}
	if (image->machine->five_level && !file->five_level) {
		log_error("this kernel runs on 5-level page tables and this image can't start from them; boot with no5lvl or take another image");
		return -ENOEXEC;
	}
	return 0;
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
	for (u32 i = 0; !err && i < image->kernels; i++)
		err = crash_image_check_kernel(image, &image->kernel[i].files->image);
	if (err)
		return err;
	if (image->update_elfcorehdr)
		log_debug("this kernel will write CPUs and memory that come or go into the elfcorehdr");
	for (size_t i = 0; i < image->placement.count; i++)
		log_debug("segment %-12s 0x%llx-0x%llx", image->piece[i].name, (unsigned long long)image->piece[i].pa,
			  (unsigned long long)(image->piece[i].pa + image->piece[i].bytes));
	return 0;
}

/* --- bytes -------------------------------------------------------------------------------------------- */

static u64 crash_image_pa(const struct crash_image *image, const struct crash_kernel *kernel, enum crash_piece piece)
{
	return image->piece[kernel->first + piece].pa;
}

static int crash_image_build_cmdline(struct crash_image *image, const struct crash_kernel *kernel)
{
	unsigned long long stub_pa = crash_image_pa(image, kernel, CRASH_PIECE_STUB);
	char sums[sizeof(CRASH_CMDLINE_ADDED)] = "", chain[sizeof(CRASH_CMDLINE_ADDED)] = "", *text;
	bool is_first = kernel == &image->kernel[0];
	int length;

	if (image->sums && is_first)
		snprintf(sums, sizeof(sums), HANDOVER_SUMS_OPTION "0x%llx ", stub_pa + STUB_SUMS);
	if (image->kernels > 1 && is_first)
		snprintf(chain, sizeof(chain), HANDOVER_CHAIN_OPTION "0x%llx ", stub_pa + STUB_CHAIN);
	/* In front, as an option after "--" would not be the kernel's. */
	length = asprintf(&text, "elfcorehdr=0x%llx %s%s%s", (unsigned long long)image->piece[CRASH_ELFCOREHDR].pa, sums, chain,
			  kernel->cmdline);
	if (length < 0)
		return -ENOMEM;
	log_debug("command line: %s", text);
	image->data[kernel->first + CRASH_PIECE_CMDLINE] = text;
	image->data_bytes[kernel->first + CRASH_PIECE_CMDLINE] = length + 1;
	return 0;
}

static void crash_image_build_boot_params(struct crash_image *image, const struct crash_kernel *kernel)
{
	const struct placement_piece *elfcorehdr = &image->piece[CRASH_ELFCOREHDR];
	struct firmware firmware;
	struct zero_page_request request = {
		.image = &kernel->files->image,
		.machine = image->machine,
		.firmware = &firmware,
		.cmdline_pa = crash_image_pa(image, kernel, CRASH_PIECE_CMDLINE),
		.initrd_pa = crash_image_pa(image, kernel, CRASH_PIECE_INITRD),
		.initrd_bytes = kernel->files->initrd_bytes,
		.elfcorehdr = { elfcorehdr->pa, elfcorehdr->pa + elfcorehdr->bytes },
	};
	struct boot_params *params = image->data[kernel->first + CRASH_PIECE_BOOT_PARAMS];

	firmware_init(&firmware);
	zero_page_build(params, &request);
	for (u32 i = 0; i < params->e820_entries; i++) {
		struct boot_e820_entry entry = params->e820_table[i];

		log_debug("e820 0x%llx-0x%llx type %u", (unsigned long long)entry.addr,
			  (unsigned long long)(entry.addr + entry.size), entry.type);
	}
}

/* What of a piece is as it was loaded until the crash: the sums cover that. */
static u32 crash_image_constant_bytes(const struct crash_image *image, u32 i)
{
	bool is_stub = i == CRASH_FIRST + CRASH_PIECE_STUB || i == CRASH_CHAIN + CRASH_PIECE_STUB;

	return is_stub ? STUB_CONSTANT_BYTES : image->data_bytes[i];
}

/* Covers all but the kernel, which knows its own sum, the chain, and what changes later. */
static void crash_image_build_sums(struct crash_image *image)
{
	struct handover_sums sums = { .magic = HANDOVER_SUMS_MAGIC };

	for (u32 i = 0; i < CRASH_CHAIN && i < image->placement.count; i++) {
		u32 bytes = crash_image_constant_bytes(image, i);

		if ((i == CRASH_ELFCOREHDR && image->update_elfcorehdr) || i == CRASH_FIRST + CRASH_PIECE_KERNEL)
			continue;
		sums.piece[sums.count].pa = image->piece[i].pa;
		sums.piece[sums.count].bytes = bytes;
		sums.piece[sums.count].crc32 = crc32_update(0, image->data[i], bytes);
		sums.count++;
	}
	sums.crc32 = crc32_update(0, &sums, sizeof(sums));
	memcpy((u8 *)image->data[CRASH_FIRST + CRASH_PIECE_STUB] + STUB_SUMS, &sums, sizeof(sums));
}

static void crash_image_build_chain(struct crash_image *image)
{
	_Static_assert(CRASH_PIECES <= HANDOVER_MAX_CHAIN, "all of them are told of");
	_Static_assert(STUB_SUMS + sizeof(struct handover_sums) <= STUB_CHAIN, "one after the other");
	struct handover_chain chain = {
		.magic = HANDOVER_CHAIN_MAGIC, .count = CRASH_PIECES,
		.entry_pa = image->piece[CRASH_CHAIN + CRASH_PIECE_STUB].pa + STUB_CODE,
	};

	for (u32 i = 0; i < CRASH_PIECES; i++) {
		u32 from = CRASH_CHAIN + i, bytes = crash_image_constant_bytes(image, from);

		chain.piece[i].pa = image->piece[from].pa;
		chain.piece[i].memory_bytes = image->piece[from].bytes;
		chain.piece[i].bytes = bytes;
		chain.piece[i].crc32 = crc32_update(0, image->data[from], bytes);
	}
	chain.crc32 = crc32_update(0, &chain, sizeof(chain));
	memcpy((u8 *)image->data[CRASH_FIRST + CRASH_PIECE_STUB] + STUB_CHAIN, &chain, sizeof(chain));
}

static int crash_image_allocate(struct crash_image *image, u32 i)
{
	image->data_bytes[i] = image->piece[i].bytes;
	image->data[i] = calloc(1, image->piece[i].bytes);
	return image->data[i] ? 0 : -ENOMEM;
}

static int crash_image_build_kernel(struct crash_image *image, const struct crash_kernel *kernel)
{
	const struct load_files *files = kernel->files;
	u32 first = kernel->first;

	image->data[first + CRASH_PIECE_KERNEL] = (void *)files->image.code;
	image->data_bytes[first + CRASH_PIECE_KERNEL] = files->image.code_bytes;
	image->data[first + CRASH_PIECE_INITRD] = files->initrd;
	image->data_bytes[first + CRASH_PIECE_INITRD] = files->initrd_bytes;
	if (crash_image_allocate(image, first + CRASH_PIECE_STUB) ||
	    crash_image_allocate(image, first + CRASH_PIECE_BOOT_PARAMS) || crash_image_build_cmdline(image, kernel))
		return -ENOMEM;
	crash_image_build_boot_params(image, kernel);
	stub_build(image->data[first + CRASH_PIECE_STUB], crash_image_pa(image, kernel, CRASH_PIECE_STUB),
		   crash_image_pa(image, kernel, CRASH_PIECE_BOOT_PARAMS),
		   crash_image_pa(image, kernel, CRASH_PIECE_KERNEL) + BZIMAGE_ENTRY_64);
	return 0;
}

static int crash_image_build(struct crash_image *image)
{
	int err = crash_image_allocate(image, CRASH_ELFCOREHDR);

	if (err)
		return err;
	elfcorehdr_build(image->facts, image->data[CRASH_ELFCOREHDR]);
	for (u32 i = 0; !err && i < image->kernels; i++)
		err = crash_image_build_kernel(image, &image->kernel[i]);
	if (!err && image->kernels > 1)
		crash_image_build_chain(image);
	if (!err && image->sums)
		crash_image_build_sums(image);
	return err;
}

int crash_image_make(struct crash_image *image)
{
	int err = crash_image_place(image);

	if (err)
		return err;
	err = crash_image_build(image);
	if (err)
		log_error("out of memory");
	return err;
}

int crash_image_load(struct crash_image *image)
{
	struct kexec_segment segment[CRASH_MAX_PIECES];
	int err = crash_image_make(image);

	if (err)
		return err;
	for (size_t i = 0; i < image->placement.count; i++)
		segment[i] = (struct kexec_segment){
			.buf = image->data[i], .bufsz = image->data_bytes[i],
			.mem = (void *)image->piece[i].pa, .memsz = image->piece[i].bytes,
		};
	err = kexec_call_load(image->slot, image->piece[CRASH_FIRST + CRASH_PIECE_STUB].pa + STUB_CODE, segment,
			      image->placement.count, image->update_elfcorehdr ? KEXEC_CALL_UPDATE_ELFCOREHDR : 0);
	if (err)
		log_error("kexec_load failed: %s", kexec_call_explain(err));
	return err;
}

void crash_image_deinit(struct crash_image *image)
{
	free(image->data[CRASH_ELFCOREHDR]);
	for (u32 i = 0; i < image->kernels; i++) {
		free(image->data[image->kernel[i].first + CRASH_PIECE_STUB]);
		free(image->data[image->kernel[i].first + CRASH_PIECE_BOOT_PARAMS]);
		free(image->data[image->kernel[i].first + CRASH_PIECE_CMDLINE]);
	}
	free(image->placement.taken.range);
}
