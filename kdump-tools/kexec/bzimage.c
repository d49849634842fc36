// SPDX-License-Identifier: GPL-2.0
#include "kexec/bzimage.h"

#include <errno.h>
#include <string.h>

#include "capture/handover.h"

/* boot.rst, "THE REAL-MODE KERNEL HEADER" */
#define BZIMAGE_SECTOR 512u
#define BZIMAGE_MAGIC 0x53726448u		/* "HdrS" */
#define BZIMAGE_BOOT_FLAG 0xaa55u
#define BZIMAGE_MIN_VERSION 0x020cu		/* first with xloadflags */
#define BZIMAGE_HEADER_OFFSET offsetof(struct boot_params, hdr)
#define BZIMAGE_JUMP_END 0x202u			/* the header ends here + the jump's offset */
#define BZIMAGE_VERSION_BASE 0x200u		/* kernel_version counts from here */
#define BZIMAGE_MAX_ALIGN (1ull << 30)

static const char *bzimage_reject_header(const struct setup_header *header)
{
	if (header->header != BZIMAGE_MAGIC || header->boot_flag != BZIMAGE_BOOT_FLAG)
		return "it is not a bzImage (no HdrS signature)";
	if (header->version < BZIMAGE_MIN_VERSION)
		return "its boot protocol is older than 2.12";
	if (!(header->loadflags & LOADED_HIGH))
		return "it is a zImage, not a bzImage";
	if (!header->relocatable_kernel)
		return "it is not relocatable, so it can't run where there is room";
	if (!header->kernel_alignment || header->kernel_alignment > BZIMAGE_MAX_ALIGN ||
	    (header->kernel_alignment & (header->kernel_alignment - 1)))
		return "it is damaged: kernel_alignment is not a power of two";
	if (!header->syssize)
		return "it is damaged: syssize is zero";
	return NULL;
}

/* The version string lies in the setup part; NUL-terminated, or it is ignored. */
static void bzimage_copy_version(struct bzimage *image, const u8 *file, u64 setup_bytes)
{
	u64 at = BZIMAGE_VERSION_BASE + image->header.kernel_version;
	const char *text = (const char *)file + at;

	if (!image->header.kernel_version || at >= setup_bytes)
		return;
	if (strnlen(text, setup_bytes - at) == setup_bytes - at)
		return;
	strncat(image->version, text, sizeof(image->version) - 1);
}

int bzimage_parse(struct bzimage *ret_image, const void *file, size_t bytes, const char **ret_why)
{
	const u8 *data = file;
	struct bzimage image = { 0 };
	u64 header_bytes, setup_bytes;

	*ret_why = "it is too short to be a bzImage";
	if (bytes < 2 * BZIMAGE_SECTOR)
		return -ENOEXEC;
	header_bytes = BZIMAGE_JUMP_END + data[BZIMAGE_JUMP_END - 1] - BZIMAGE_HEADER_OFFSET;
	memcpy(&image.header, data + BZIMAGE_HEADER_OFFSET, min_u64(header_bytes, sizeof(image.header)));
	*ret_why = bzimage_reject_header(&image.header);
	if (*ret_why)
		return -ENOEXEC;

	setup_bytes = ((image.header.setup_sects ?: 4) + 1) * BZIMAGE_SECTOR;
	image.code_bytes = (u64)image.header.syssize * 16;
	if (setup_bytes + image.code_bytes > bytes) {
		*ret_why = "it is truncated: the file is shorter than its header says";
		return -ENOEXEC;
	}
	image.memory_bytes = align_up(image.header.init_size, PAGE_BYTES);
	if (image.memory_bytes < image.code_bytes || image.code_bytes <= BZIMAGE_ENTRY_64) {
		*ret_why = "it is damaged: init_size does not cover the image";
		return -ENOEXEC;
	}
	image.code = data + setup_bytes;
	image.align_bytes = align_up(image.header.kernel_alignment, PAGE_BYTES);
	image.cmdline_max_bytes = image.header.cmdline_size;
	image.entry_64 = image.header.xloadflags & XLF_KERNEL_64;
	image.above_4g = image.header.xloadflags & XLF_CAN_BE_LOADED_ABOVE_4G;
	image.five_level = image.header.xloadflags & XLF_5LEVEL;
	bzimage_copy_version(&image, data, setup_bytes);
	*ret_image = image;
	return 0;
}

bool bzimage_is_dumpkernel(const struct bzimage *image)
{
	return !strncmp(image->version, DUMPKERNEL_VERSION_PREFIX, strlen(DUMPKERNEL_VERSION_PREFIX));
}
