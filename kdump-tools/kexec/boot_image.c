// SPDX-License-Identifier: GPL-2.0
#include "kexec/boot_image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "kexec/boot_ram.h"
#include "kexec/kexec_call.h"
#include "kexec/stub.h"

/* Pieces: those of the kernel, then these. */
enum boot_piece {
	BOOT_PIECE_STUB,
	BOOT_PIECE_DATA,	/* boot_params and what it points to */
	BOOT_PIECE_CMDLINE,
	BOOT_PIECE_INITRD,	/* last: may be absent */
	BOOT_PIECES
};

#define BOOT_IMAGE_MAX_PIECES (ELF_IMAGE_MAX_PARTS + BOOT_PIECES)

struct boot_image {
	const struct boot_load *request;
	const struct load_files *files;
	const struct boot_kernel *kernel;
	struct boot_data data;
	struct ram_piece piece[BOOT_IMAGE_MAX_PIECES];
	const void *bytes[BOOT_IMAGE_MAX_PIECES];
	u64 byte_count[BOOT_IMAGE_MAX_PIECES];
	u32 count;
	u8 stub[STUB_BYTES];
	void *params;
};

static void boot_image_add(struct boot_image *image, const char *name, const void *bytes, u64 count, u64 end_pa)
{
	u32 i = image->count++;

	image->piece[i] = (struct ram_piece){
		.name = name, .place = RAM_PLACE_HIGH, .bytes = align_up(count, PAGE_BYTES),
		.align_bytes = PAGE_BYTES, .end_pa = end_pa,
	};
	image->bytes[i] = bytes;
	image->byte_count[i] = count;
}

/* Says how large every piece is. */
static void boot_image_list(struct boot_image *image)
{
	const struct boot_kernel *kernel = image->kernel;
	const struct load_files *files = image->files;
	u64 end_pa = kernel->data_end_pa;

	for (u32 i = 0; i < kernel->count; i++) {
		image->piece[i] = kernel->piece[i];
		image->bytes[i] = kernel->data[i];
		image->byte_count[i] = kernel->data_bytes[i];
	}
	image->count = kernel->count;
	boot_image_add(image, "entry stub", image->stub, STUB_BYTES, end_pa);
	boot_image_add(image, "boot_params", image->params, boot_data_bytes(&image->data), end_pa);
	boot_image_add(image, "command line", image->request->cmdline, strlen(image->request->cmdline) + 1, end_pa);
	if (files->initrd)
		boot_image_add(image, "initrd", files->initrd, files->initrd_bytes, kernel->initrd_end_pa);
}

static void boot_image_say_no_place(const struct boot_image *image, const struct ram_piece *piece, int err)
{
	bool limited = image->request->min_pa || image->request->end_pa != UINT64_MAX;

	if (err == -EADDRNOTAVAIL)
		log_error("cannot load %s: it must lie at 0x%llx-0x%llx and that is not all free RAM%s",
			  image->request->kernel, (unsigned long long)piece->pa,
			  (unsigned long long)(piece->pa + piece->bytes),
			  limited ? " between --mem-min and --mem-max" : "; see /proc/iomem");
	else
		log_error("cannot load %s: no %llu KiB of free RAM in one piece for the %s%s", image->request->kernel,
			  (unsigned long long)piece->bytes >> 10, piece->name,
			  limited ? " between --mem-min and --mem-max" :
			  piece->end_pa ? " below 4 GiB, where this image needs it" : "");
}

static int boot_image_place(struct boot_image *image, const struct machine *machine)
{
	struct memrange_set holes;
	size_t failed = 0;
	int err = boot_ram_holes(&holes, &machine->iomem, &image->data.e820, image->request->min_pa,
				 image->request->end_pa, BOOT_IMAGE_MAX_PIECES);

	if (err) {
		log_error("out of memory");
		return err;
	}
	err = ram_placement_place(&holes, image->piece, image->count, &failed);
	free(holes.range);
	if (err) {
		boot_image_say_no_place(image, &image->piece[failed], err);
		return err;
	}
	for (u32 i = 0; i < image->count; i++)
		log_debug("segment %-12s 0x%llx-0x%llx", image->piece[i].name, (unsigned long long)image->piece[i].pa,
			  (unsigned long long)(image->piece[i].pa + image->piece[i].bytes));
	return 0;
}

static u64 boot_image_build(struct boot_image *image)
{
	const struct ram_piece *own = &image->piece[image->kernel->count];
	const struct zero_page_basics basics = {
		.header = &image->kernel->header,
		.firmware = &image->data.firmware,
		.cmdline_pa = own[BOOT_PIECE_CMDLINE].pa,
		.initrd_pa = own[BOOT_PIECE_INITRD].pa,
		.initrd_bytes = image->files->initrd_bytes,
	};
	u64 entry_pa = boot_kernel_entry_pa(image->kernel, image->piece[0].pa);

	boot_data_build(&image->data, &basics, image->params, own[BOOT_PIECE_DATA].pa);
	for (u32 i = 0; i < image->data.e820.count; i++) {
		struct boot_e820_entry entry = image->data.e820.entries[i];

		log_debug("e820 0x%llx-0x%llx type %u", (unsigned long long)entry.addr,
			  (unsigned long long)(entry.addr + entry.size), entry.type);
	}
	log_debug("command line: %s", image->request->cmdline);
	log_debug("entry 0x%llx, %s", (unsigned long long)entry_pa,
		  image->kernel->entry_32 ? "32-bit protected mode" : "long mode");
	(image->kernel->entry_32 ? stub_build_32 : stub_build)(image->stub, own[BOOT_PIECE_STUB].pa,
							       own[BOOT_PIECE_DATA].pa, entry_pa);
	return own[BOOT_PIECE_STUB].pa + STUB_CODE;
}

static int boot_image_hand_over(const struct boot_image *image, u64 entry_pa)
{
	struct kexec_segment segment[BOOT_IMAGE_MAX_PIECES];
	int err;

	for (u32 i = 0; i < image->count; i++)
		segment[i] = (struct kexec_segment){
			.buf = image->bytes[i], .bufsz = image->byte_count[i],
			.mem = (void *)image->piece[i].pa, .memsz = image->piece[i].bytes,
		};
	err = kexec_call_load(KEXEC_SLOT_BOOT, entry_pa, segment, image->count, 0);
	if (err)
		log_error("cannot load %s: %s", image->request->kernel,
			  err == -ENOMEM ? "not enough free memory" :
			  err == -EADDRNOTAVAIL ? "the kernel does not accept where its pieces would lie (see -d)" :
			  kexec_call_explain(err));
	return err;
}

static int boot_image_make(struct boot_image *image, const struct machine *machine)
{
	int err;

	image->params = calloc(1, boot_data_bytes(&image->data));
	if (!image->params) {
		log_error("out of memory");
		return -ENOMEM;
	}
	boot_image_list(image);
	err = boot_image_place(image, machine);
	if (!err)
		err = boot_image_hand_over(image, boot_image_build(image));
	free(image->params);
	return err;
}

int boot_image_load(const struct boot_load *request, const struct load_files *files,
		    const struct boot_kernel *kernel, const struct machine *machine)
{
	struct boot_image image = { .request = request, .files = files, .kernel = kernel };
	int err;

	if (strlen(request->cmdline) > kernel->cmdline_max_bytes) {
		log_error("the command line is too long: %zu bytes, this image takes %u", strlen(request->cmdline),
			  kernel->cmdline_max_bytes);
		return -EINVAL;
	}
	if (machine->five_level && !kernel->five_level && !kernel->entry_32) {
		log_error("this kernel runs on 5-level page tables and %s can't start from them; use --entry-32bit, or boot with no5lvl",
			  request->kernel);
		return -ENOEXEC;
	}
	err = boot_data_init(&image.data, &machine->iomem);
	if (err)
		return err;
	err = boot_image_make(&image, machine);
	boot_data_deinit(&image.data);
	return err;
}
