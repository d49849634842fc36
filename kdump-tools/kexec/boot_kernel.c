// SPDX-License-Identifier: GPL-2.0
#include "kexec/boot_kernel.h"

#include <errno.h>
#include <string.h>

#define FOUR_GIB (1ull << 32)

/* A vmlinux reads these fields of boot_params; it has no setup header to copy them from. */
#define BOOT_KERNEL_MAGIC 0x53726448u		/* "HdrS" */
#define BOOT_KERNEL_BOOT_FLAG 0xaa55
#define BOOT_KERNEL_PROTOCOL 0x020f
#define BOOT_KERNEL_ELF_CMDLINE_MAX 2047	/* Linux COMMAND_LINE_SIZE less the NUL */

static const char *const boot_kernel_names[] = {
	[BOOT_KERNEL_AUTO] = "auto",
	[BOOT_KERNEL_BZIMAGE64] = "bzImage64",
	[BOOT_KERNEL_BZIMAGE] = "bzImage",
	[BOOT_KERNEL_ELF64] = "elf-x86_64",
	[BOOT_KERNEL_ELF32] = "elf-x86",
};

int boot_kernel_parse_type(const char *name, enum boot_kernel_type *ret_type)
{
	for (u32 i = BOOT_KERNEL_BZIMAGE64; i < ARRAY_SIZE(boot_kernel_names); i++)
		if (!strcmp(name, boot_kernel_names[i])) {
			*ret_type = i;
			return 0;
		}
	return -EINVAL;
}

const char *boot_kernel_type_name(enum boot_kernel_type type)
{
	return boot_kernel_names[type];
}

static int boot_kernel_init_bzimage(struct boot_kernel *kernel, const void *file, size_t bytes,
				    enum boot_kernel_type type, bool entry_32bit, const char **ret_why)
{
	struct bzimage image;
	int err = bzimage_parse(&image, file, bytes, ret_why);

	if (err)
		return err;
	*ret_why = "it has no 64-bit entry point";
	if (type == BOOT_KERNEL_BZIMAGE64 && !entry_32bit && !image.entry_64)
		return -ENOEXEC;
	kernel->entry_32 = entry_32bit || type == BOOT_KERNEL_BZIMAGE || !image.entry_64;
	kernel->type = kernel->entry_32 ? BOOT_KERNEL_BZIMAGE : BOOT_KERNEL_BZIMAGE64;
	kernel->header = image.header;
	kernel->cmdline_max_bytes = image.cmdline_max_bytes;
	kernel->five_level = image.five_level;
	if (kernel->entry_32 || !image.above_4g) {
		kernel->data_end_pa = FOUR_GIB;
		kernel->initrd_end_pa = min_u64((u64)image.header.initrd_addr_max + 1, FOUR_GIB);
	}
	/* Loaded lower, it would first move up to there, over who knows what. */
	kernel->piece[0] = (struct ram_piece){
		.name = "kernel", .place = RAM_PLACE_LOW, .bytes = image.memory_bytes, .align_bytes = image.align_bytes,
		.min_pa = image.header.pref_address, .end_pa = kernel->data_end_pa,
	};
	kernel->data[0] = image.code;
	kernel->data_bytes[0] = image.code_bytes;
	kernel->count = 1;
	kernel->entry = kernel->entry_32 ? BZIMAGE_ENTRY_32 : BZIMAGE_ENTRY_64;
	return 0;
}

static int boot_kernel_init_elf(struct boot_kernel *kernel, const void *file, size_t bytes, enum boot_kernel_type type,
				bool entry_32bit, const char **ret_why)
{
	int err = elf_image_init(&kernel->elf, file, bytes, ret_why);

	if (err)
		return err;
	kernel->type = kernel->elf.is_64 ? BOOT_KERNEL_ELF64 : BOOT_KERNEL_ELF32;
	kernel->entry_32 = !kernel->elf.is_64;
	*ret_why = kernel->entry_32 ? "it is a 32-bit ELF file" : "it is a 64-bit ELF file";
	if ((type != BOOT_KERNEL_AUTO && type != kernel->type) || (entry_32bit && !kernel->entry_32))
		return -ENOEXEC;
	kernel->header = (struct setup_header){
		.boot_flag = BOOT_KERNEL_BOOT_FLAG, .header = BOOT_KERNEL_MAGIC, .version = BOOT_KERNEL_PROTOCOL,
		.loadflags = LOADED_HIGH, .cmdline_size = BOOT_KERNEL_ELF_CMDLINE_MAX,
	};
	kernel->cmdline_max_bytes = BOOT_KERNEL_ELF_CMDLINE_MAX;
	kernel->five_level = true;
	kernel->data_end_pa = kernel->initrd_end_pa = kernel->entry_32 ? FOUR_GIB : 0;
	for (u32 i = 0; i < kernel->elf.count; i++) {
		const struct elf_image_part *part = &kernel->elf.part[i];

		kernel->piece[i] = (struct ram_piece){
			.name = "kernel", .place = RAM_PLACE_FIXED, .pa = part->pa, .bytes = part->bytes,
		};
		kernel->data[i] = part->data;
		kernel->data_bytes[i] = part->data_bytes;
	}
	kernel->count = kernel->elf.count;
	kernel->entry = kernel->elf.entry_pa;
	return 0;
}

int boot_kernel_init(struct boot_kernel *ret_kernel, const void *file, size_t bytes, enum boot_kernel_type type,
		     bool entry_32bit, const char **ret_why)
{
	bool want_elf = type == BOOT_KERNEL_ELF64 || type == BOOT_KERNEL_ELF32;
	struct boot_kernel kernel = { 0 };
	int err;

	if (type == BOOT_KERNEL_AUTO)
		want_elf = elf_image_is_elf(file, bytes);
	*ret_why = "it is not an ELF file";
	if (want_elf && !elf_image_is_elf(file, bytes))
		return -ENOEXEC;
	err = want_elf ? boot_kernel_init_elf(&kernel, file, bytes, type, entry_32bit, ret_why) :
			 boot_kernel_init_bzimage(&kernel, file, bytes, type, entry_32bit, ret_why);
	if (err) {
		boot_kernel_deinit(&kernel);
		return err;
	}
	*ret_kernel = kernel;
	return 0;
}

void boot_kernel_deinit(struct boot_kernel *kernel)
{
	elf_image_deinit(&kernel->elf);
}

u64 boot_kernel_entry_pa(const struct boot_kernel *kernel, u64 first_pa)
{
	return kernel->piece[0].place == RAM_PLACE_FIXED ? kernel->entry : first_pa + kernel->entry;
}
