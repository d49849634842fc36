// SPDX-License-Identifier: GPL-2.0
/* Kernel images with a damaged setup header. */
#include "kexec/bzimage.h"
#include "fuzz.h"

#define SETUP_BYTES 0x400u
#define CODE_BYTES 0x800u
#define HEADER_AT offsetof(struct boot_params, hdr)

static void make_valid(u8 *image)
{
	struct setup_header header = {
		.setup_sects = 1, .syssize = CODE_BYTES / 16, .boot_flag = 0xaa55, .jump = 0x6aeb, .header = 0x53726448,
		.version = 0x20f, .kernel_version = 0x100, .loadflags = LOADED_HIGH, .kernel_alignment = 0x200000,
		.relocatable_kernel = 1, .xloadflags = XLF_KERNEL_64, .cmdline_size = 2047, .init_size = 0x8000,
	};

	memset(image, 0, SETUP_BYTES + CODE_BYTES);
	memcpy(image + HEADER_AT, &header, sizeof(header));
	memcpy(image + 0x300, "6.1.0", 6);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes)
{
	static u8 image[SETUP_BYTES + CODE_BYTES];
	struct bzimage parsed;
	const char *why = NULL;
	size_t file_bytes = sizeof(image);
	u8 *file;

	make_valid(image);
	if (bytes >= 2) {	/* the file may be cut off */
		file_bytes -= (data[0] | (size_t)data[1] << 8) % sizeof(image);
		fuzz_damage(image + HEADER_AT, SETUP_BYTES - HEADER_AT, data + 2, bytes - 2);
	}
	file = fuzz_copy(image, file_bytes);
	if (bzimage_parse(&parsed, file, file_bytes, &why)) {
		FUZZ_REQUIRE(why && *why);
	} else {
		FUZZ_REQUIRE(parsed.code >= file && parsed.code + parsed.code_bytes <= file + file_bytes);
		FUZZ_REQUIRE(parsed.code_bytes > BZIMAGE_ENTRY_64 && parsed.memory_bytes >= parsed.code_bytes);
		FUZZ_REQUIRE(parsed.align_bytes >= PAGE_BYTES && !(parsed.align_bytes & (parsed.align_bytes - 1)));
		FUZZ_REQUIRE(strlen(parsed.version) < sizeof(parsed.version));
		bzimage_is_dumpkernel(&parsed);
	}
	free(file);
	return 0;
}
