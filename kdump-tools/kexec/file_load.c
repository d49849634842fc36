// SPDX-License-Identifier: GPL-2.0
#include "kexec/file_load.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "kexec/firmware.h"
#include "kexec/placement.h"

/*
 * What Linux 6.1 places for a bzImage (arch/x86/kernel/kexec-bzimage64.c, crash.c):
 * purgatory with its stacks; "elfcorehdr=0x... " and setup_data for EFI, IMA and a
 * random seed beside boot_params and the command line; no initrd below 16 MiB.
 */
#define FILE_LOAD_PURGATORY_BYTES (5u * PAGE_BYTES)
#define FILE_LOAD_ELFCOREHDR_TEXT_BYTES 30u
#define FILE_LOAD_SETUP_DATA_BYTES 192u
#define FILE_LOAD_MIN_KERNEL_PA 0x100000u
#define FILE_LOAD_MIN_INITRD_PA 0x1000000u

static int file_load_elfcorehdr_bytes(const struct machine *machine, u64 *ret_bytes)
{
	struct memrange_set ram;
	u64 bytes;
	int err;

	if (machine->elfcorehdr_room_bytes) {
		*ret_bytes = machine->elfcorehdr_room_bytes;
		return 0;
	}
	err = machine_old_ram(machine, &ram);
	if (err)
		return err;
	bytes = sizeof(Elf64_Ehdr) + (machine->possible_cpus + 2ull + ram.count) * sizeof(Elf64_Phdr);
	free(ram.range);
	*ret_bytes = bytes;
	return 0;
}

int file_load_need(const struct crash_load *request, const struct load_files *files,
		   const struct machine *machine, u64 region_start, u64 *ret_bytes)
{
	u64 params_bytes = align_up(sizeof(struct boot_params) + strlen(request->cmdline) + 1 +
				    FILE_LOAD_ELFCOREHDR_TEXT_BYTES, 16) +
			   align_up(firmware_efi_map_bytes(), 16) + FILE_LOAD_SETUP_DATA_BYTES;
	struct placement_piece piece[] = {
		{ .name = "elfcorehdr", .bottom_up = true },
		{ .name = "purgatory", .bytes = FILE_LOAD_PURGATORY_BYTES },
		{ .name = "boot_params", .bytes = params_bytes },
		{ .name = "kernel", .bytes = files->image.memory_bytes, .min_pa = FILE_LOAD_MIN_KERNEL_PA },
		{ .name = "initrd", .bytes = files->initrd_bytes, .min_pa = FILE_LOAD_MIN_INITRD_PA },
	};
	struct placement_request placement = {
		.pieces = piece,
		.count = ARRAY_SIZE(piece) - !files->initrd,
		.top_unused_bytes = PAGE_BYTES,	/* its search from the top leaves the last page */
	};
	int err = file_load_elfcorehdr_bytes(machine, &piece[0].bytes);

	if (!err)
		err = machine_count_tables(machine, &placement.control_pages);
	if (err) {
		log_error("out of memory");
		return err;
	}
	placement.control_pages++;	/* the copy of vmcoreinfo */
	for (size_t i = 0; i < ARRAY_SIZE(piece); i++) {
		piece[i].bytes = align_up(piece[i].bytes, PAGE_BYTES);
		piece[i].align_bytes = PAGE_BYTES;
	}
	piece[3].align_bytes = files->image.align_bytes;
	*ret_bytes = placement_need(&placement, region_start);
	return 0;
}

u64 file_load_cmdline_max(u64 image_max_bytes)
{
	return image_max_bytes - min_u64(image_max_bytes, FILE_LOAD_ELFCOREHDR_TEXT_BYTES + 1 /* NUL */);
}

int file_load_check(const struct crash_load *request, const struct load_files *files)
{
	u64 limit = file_load_cmdline_max(files->image.cmdline_max_bytes);

	if (strlen(request->cmdline) <= limit)
		return 0;
	log_error("the command line is too long: %zu bytes, this image takes %llu", strlen(request->cmdline),
		  (unsigned long long)limit);
	return -EINVAL;
}

int file_load_run(enum kexec_slot slot, const struct load_files *files, const char *kernel, const char *initrd,
		  const char *cmdline)
{
	int kernel_fd, initrd_fd = -1, err = load_files_open_kernel(files, kernel, &kernel_fd);

	if (err)
		return err;
	if (initrd)
		initrd_fd = open(initrd, O_RDONLY | O_CLOEXEC);
	if (initrd && initrd_fd < 0)
		err = -errno;
	else
		err = kexec_call_file_load(slot, kernel_fd, initrd_fd, cmdline);
	if (initrd_fd >= 0)
		close(initrd_fd);
	close(kernel_fd);
	return err;
}
