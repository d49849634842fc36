// SPDX-License-Identifier: GPL-2.0
#include "kexec/boot_kernel.h"

#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#define GIB4 (1ull << 32)

static u8 file[0x3000];
static struct setup_header *const header = (void *)(file + offsetof(struct boot_params, hdr));

static int make_bzimage(void **state)
{
	memset(file, 0, sizeof(file));
	*header = (struct setup_header){
		.setup_sects = 1, .syssize = 0x1000 / 16, .boot_flag = 0xaa55, .jump = 0x6aeb,
		.header = 0x53726448, .version = 0x020f, .loadflags = LOADED_HIGH, .kernel_alignment = 0x200000,
		.relocatable_kernel = 1, .xloadflags = XLF_KERNEL_64 | XLF_CAN_BE_LOADED_ABOVE_4G | XLF_5LEVEL,
		.cmdline_size = 2047, .init_size = 0x2000, .pref_address = 0x1000000, .initrd_addr_max = 0x7fffffff,
	};
	return 0;
}

static int make_elf(u8 class, u16 machine)
{
	Elf64_Ehdr ehdr = { .e_ident = { 0x7f, 'E', 'L', 'F', class, ELFDATA2LSB, EV_CURRENT }, .e_type = ET_EXEC,
			    .e_machine = machine, .e_version = EV_CURRENT, .e_entry = 0x2000200, .e_phoff = 64,
			    .e_ehsize = 64, .e_phentsize = 56, .e_phnum = 1 };
	Elf64_Phdr phdr = { .p_type = PT_LOAD, .p_offset = 0x1000, .p_paddr = 0x2000000, .p_filesz = 0x1000, .p_memsz = 0x5000 };
	Elf32_Ehdr ehdr32 = { .e_type = ET_EXEC, .e_machine = machine, .e_version = EV_CURRENT, .e_entry = 0x2000000,
			      .e_phoff = 52, .e_ehsize = 52, .e_phentsize = 32, .e_phnum = 1 };
	Elf32_Phdr phdr32 = { .p_type = PT_LOAD, .p_offset = 0x1000, .p_paddr = 0x2000000, .p_filesz = 1, .p_memsz = 1 };

	memset(file, 0, sizeof(file));
	if (class == ELFCLASS64) {
		memcpy(file, &ehdr, sizeof(ehdr));
		memcpy(file + 64, &phdr, sizeof(phdr));
	} else {
		memcpy(ehdr32.e_ident, ehdr.e_ident, EI_NIDENT);
		memcpy(file, &ehdr32, sizeof(ehdr32));
		memcpy(file + 52, &phdr32, sizeof(phdr32));
	}
	return 0;
}

static int init(struct boot_kernel *kernel, enum boot_kernel_type type, bool entry_32bit)
{
	const char *why = NULL;
	int err = boot_kernel_init(kernel, file, sizeof(file), type, entry_32bit, &why);

	assert_true(!err || why);
	return err;
}

static void test_boot_kernel_init_bzimage64(void **state)
{
	struct boot_kernel kernel;

	assert_int_equal(init(&kernel, BOOT_KERNEL_AUTO, false), 0);
	assert_int_equal(kernel.type, BOOT_KERNEL_BZIMAGE64);
	assert_false(kernel.entry_32);
	assert_true(kernel.five_level);
	assert_int_equal(kernel.count, 1);
	assert_int_equal(kernel.piece[0].place, RAM_PLACE_LOW);
	assert_int_equal(kernel.piece[0].bytes, 0x2000);
	assert_int_equal(kernel.piece[0].align_bytes, 0x200000);
	assert_int_equal(kernel.piece[0].min_pa, 0x1000000);
	assert_int_equal(kernel.piece[0].end_pa, 0);
	assert_int_equal(kernel.data_end_pa, 0);
	assert_int_equal(kernel.initrd_end_pa, 0);
	assert_ptr_equal(kernel.data[0], file + 0x400);
	assert_int_equal(kernel.data_bytes[0], 0x1000);
	assert_int_equal(boot_kernel_entry_pa(&kernel, 0x180000000), 0x180000200);
	boot_kernel_deinit(&kernel);
}

static void test_boot_kernel_init_bzimage_limits(void **state)
{
	struct boot_kernel kernel;

	header->xloadflags = XLF_KERNEL_64;	/* nothing above 4 GiB */
	assert_int_equal(init(&kernel, BOOT_KERNEL_AUTO, false), 0);
	assert_int_equal(kernel.piece[0].end_pa, GIB4);
	assert_int_equal(kernel.data_end_pa, GIB4);
	assert_int_equal(kernel.initrd_end_pa, 0x80000000);
	assert_false(kernel.five_level);
	header->initrd_addr_max = UINT32_MAX;
	assert_int_equal(init(&kernel, BOOT_KERNEL_AUTO, false), 0);
	assert_int_equal(kernel.initrd_end_pa, GIB4);
}

static void test_boot_kernel_init_bzimage_32bit(void **state)
{
	static const struct {
		enum boot_kernel_type type;
		bool entry_32bit;
	} ask[] = { { BOOT_KERNEL_BZIMAGE, false }, { BOOT_KERNEL_AUTO, true }, { BOOT_KERNEL_BZIMAGE64, true } };
	struct boot_kernel kernel;

	for (u32 i = 0; i < ARRAY_SIZE(ask); i++) {
		assert_int_equal(init(&kernel, ask[i].type, ask[i].entry_32bit), 0);
		assert_int_equal(kernel.type, BOOT_KERNEL_BZIMAGE);
		assert_true(kernel.entry_32);
		assert_int_equal(kernel.piece[0].end_pa, GIB4);
		assert_int_equal(kernel.initrd_end_pa, 0x80000000);
		assert_int_equal(boot_kernel_entry_pa(&kernel, 0x1000000), 0x1000000);
	}
	header->xloadflags = 0;		/* a 32-bit kernel */
	assert_int_equal(init(&kernel, BOOT_KERNEL_AUTO, false), 0);
	assert_true(kernel.entry_32);
	assert_int_equal(init(&kernel, BOOT_KERNEL_BZIMAGE64, false), -ENOEXEC);
}

static void test_boot_kernel_init_elf64(void **state)
{
	struct boot_kernel kernel;

	make_elf(ELFCLASS64, EM_X86_64);
	assert_int_equal(init(&kernel, BOOT_KERNEL_AUTO, false), 0);
	assert_int_equal(kernel.type, BOOT_KERNEL_ELF64);
	assert_false(kernel.entry_32);
	assert_int_equal(kernel.count, 1);
	assert_int_equal(kernel.piece[0].place, RAM_PLACE_FIXED);
	assert_int_equal(kernel.piece[0].pa, 0x2000000);
	assert_int_equal(kernel.piece[0].bytes, 0x5000);
	assert_int_equal(kernel.data_bytes[0], 0x1000);
	assert_int_equal(kernel.header.header, 0x53726448);
	assert_int_equal(kernel.cmdline_max_bytes, 2047);
	assert_int_equal(boot_kernel_entry_pa(&kernel, 0x2000000), 0x2000200);
	boot_kernel_deinit(&kernel);
	assert_int_equal(init(&kernel, BOOT_KERNEL_ELF64, false), 0);
	boot_kernel_deinit(&kernel);
	assert_int_equal(init(&kernel, BOOT_KERNEL_ELF64, true), -ENOEXEC);
	assert_int_equal(init(&kernel, BOOT_KERNEL_ELF32, false), -ENOEXEC);
	assert_int_equal(init(&kernel, BOOT_KERNEL_BZIMAGE64, false), -ENOEXEC);
}

static void test_boot_kernel_init_elf32(void **state)
{
	struct boot_kernel kernel;

	make_elf(ELFCLASS32, EM_386);
	assert_int_equal(init(&kernel, BOOT_KERNEL_AUTO, false), 0);
	assert_int_equal(kernel.type, BOOT_KERNEL_ELF32);
	assert_true(kernel.entry_32);
	assert_int_equal(kernel.data_end_pa, GIB4);
	assert_int_equal(kernel.initrd_end_pa, GIB4);
	assert_int_equal(boot_kernel_entry_pa(&kernel, 0), 0x2000000);
	boot_kernel_deinit(&kernel);
	assert_int_equal(init(&kernel, BOOT_KERNEL_ELF64, false), -ENOEXEC);
}

static void test_boot_kernel_init_refusals(void **state)
{
	struct boot_kernel kernel = { .count = 5 };

	assert_int_equal(init(&kernel, BOOT_KERNEL_ELF64, false), -ENOEXEC);
	header->header = 0;
	assert_int_equal(init(&kernel, BOOT_KERNEL_AUTO, false), -ENOEXEC);
	assert_int_equal(kernel.count, 5);
}

static void test_boot_kernel_parse_type_names(void **state)
{
	enum boot_kernel_type type;

	for (u32 i = BOOT_KERNEL_BZIMAGE64; i <= BOOT_KERNEL_ELF32; i++) {
		assert_int_equal(boot_kernel_parse_type(boot_kernel_type_name(i), &type), 0);
		assert_int_equal(type, i);
	}
	assert_int_equal(boot_kernel_parse_type("auto", &type), -EINVAL);
	assert_int_equal(boot_kernel_parse_type("", &type), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_boot_kernel_init_bzimage64, make_bzimage),
		cmocka_unit_test_setup(test_boot_kernel_init_bzimage_limits, make_bzimage),
		cmocka_unit_test_setup(test_boot_kernel_init_bzimage_32bit, make_bzimage),
		cmocka_unit_test(test_boot_kernel_init_elf64),
		cmocka_unit_test(test_boot_kernel_init_elf32),
		cmocka_unit_test_setup(test_boot_kernel_init_refusals, make_bzimage),
		cmocka_unit_test(test_boot_kernel_parse_type_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
