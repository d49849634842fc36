// SPDX-License-Identifier: GPL-2.0
/* Static ELF executables, 64-bit and 32-bit, with damaged headers; the file may be cut off. */
#include "kexec/elf_image.h"
#include "fuzz.h"

#define FILE_BYTES 0x800u
#define HEADERS_BYTES 0x100u

static void make_valid_64(u8 *file)
{
	Elf64_Ehdr ehdr = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT }, .e_type = ET_EXEC,
			    .e_machine = EM_X86_64, .e_version = EV_CURRENT, .e_entry = 0x1000010, .e_phoff = 64,
			    .e_ehsize = 64, .e_phentsize = 56, .e_phnum = 2 };
	Elf64_Phdr phdr[] = {
		{ .p_type = PT_LOAD, .p_offset = 0x100, .p_paddr = 0x1000000, .p_filesz = 0x300, .p_memsz = 0x300 },
		{ .p_type = PT_LOAD, .p_offset = 0x400, .p_paddr = 0x1000800, .p_filesz = 0x100, .p_memsz = 0x5000 },
	};

	memcpy(file, &ehdr, sizeof(ehdr));
	memcpy(file + sizeof(ehdr), phdr, sizeof(phdr));
}

static void make_valid_32(u8 *file)
{
	Elf32_Ehdr ehdr = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, EV_CURRENT }, .e_type = ET_EXEC,
			    .e_machine = EM_386, .e_version = EV_CURRENT, .e_entry = 0x1000010, .e_phoff = 52,
			    .e_ehsize = 52, .e_phentsize = 32, .e_phnum = 1 };
	Elf32_Phdr phdr = { .p_type = PT_LOAD, .p_offset = 0x100, .p_paddr = 0x1000000, .p_filesz = 0x700, .p_memsz = 0x900 };

	memcpy(file, &ehdr, sizeof(ehdr));
	memcpy(file + sizeof(ehdr), &phdr, sizeof(phdr));
}

static void check(const struct elf_image *image)
{
	FUZZ_REQUIRE(image->count > 0 && image->count <= ELF_IMAGE_MAX_PARTS);
	for (u32 i = 0; i < image->count; i++) {
		const struct elf_image_part *part = &image->part[i];

		FUZZ_REQUIRE(part->bytes && part->pa % PAGE_BYTES == 0 && part->bytes % PAGE_BYTES == 0);
		FUZZ_REQUIRE(part->data_bytes <= part->bytes);
		FUZZ_REQUIRE(!i || part->pa > part[-1].pa + part[-1].bytes);
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes)
{
	static u8 image[FILE_BYTES];
	size_t file_bytes = sizeof(image);
	struct elf_image parsed;
	const char *why = NULL;
	u8 *file;
	int err;

	memset(image, 0x90, sizeof(image));
	if (bytes && data[0] & 1)
		make_valid_32(image);
	else
		make_valid_64(image);
	if (bytes >= 3) {
		file_bytes -= (data[1] | (size_t)data[2] << 8) % sizeof(image);
		fuzz_damage(image, HEADERS_BYTES, data + 3, bytes - 3);
	}
	file = fuzz_copy(image, file_bytes);
	err = elf_image_init(&parsed, file, file_bytes, &why);
	if (err) {
		FUZZ_REQUIRE(err == -ENOMEM || (why && *why));
	} else {
		check(&parsed);
		elf_image_deinit(&parsed);
	}
	free(file);
	return 0;
}
