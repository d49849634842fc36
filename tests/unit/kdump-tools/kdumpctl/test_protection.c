// SPDX-License-Identifier: GPL-2.0
#include "fake_root.h"
#include "unit.h"

#include <elf.h>
#include <errno.h>

#include "kdumpctl/protection.h"

static char detail[512];

static int iommu(const char *cmdline)
{
	fake_file("/proc/cmdline", cmdline);
	return protection_check_iommu(fake_root, "0000:00:03.0", detail, sizeof(detail));
}

static int encryption(const char *cmdline)
{
	fake_file("/proc/cmdline", cmdline);
	return protection_check_encryption(fake_root, detail, sizeof(detail));
}

static void fake_kernel_config(const char *text)
{
	fake_file("/proc/sys/kernel/osrelease", "6.1.0-test\n");
	fake_file("/boot/config-6.1.0-test", text);
}

static void test_protection_check_iommu_none(void **state)
{
	assert_int_equal(iommu("quiet\n"), 0);
	assert_string_equal(detail, "none in use");
}

static void test_protection_check_iommu_amd(void **state)
{
	fake_file("/sys/class/iommu/ivhd0/x", "");
	assert_int_equal(iommu(""), -EOPNOTSUPP);
	assert_non_null(strstr(detail, "amd_iommu=off"));
}

static void test_protection_check_iommu_unknown(void **state)
{
	fake_file("/sys/class/iommu/virtio1/x", "");
	assert_int_equal(iommu(""), -EOPNOTSUPP);
	assert_non_null(strstr(detail, "virtio1"));
}

static void test_protection_check_iommu_vtd_legacy(void **state)
{
	fake_file("/sys/class/iommu/dmar0/intel-iommu/ecap", "f00f5a\n");
	fake_file("/sys/bus/pci/devices/0000:00:03.0/iommu_group/type", "DMA-FQ\n");
	assert_int_equal(iommu("intel_iommu=on,sm_on"), 0);
	assert_non_null(strstr(detail, "DMA-FQ"));
}

static void test_protection_check_iommu_vtd_scalable(void **state)
{
	fake_file("/sys/class/iommu/dmar0/intel-iommu/ecap", "80000f00f5a\n");	/* bit 43 */
	assert_int_equal(iommu("intel_iommu=on,sm_on"), -EOPNOTSUPP);
	assert_int_equal(iommu("intel_iommu=sm_off"), 0);
	assert_int_equal(iommu("intel_iommu=on"), -EOPNOTSUPP);		/* not known */
	assert_non_null(strstr(detail, "may be"));
	fake_kernel_config("CONFIG_A=y\nCONFIG_INTEL_IOMMU_SCALABLE_MODE_DEFAULT_ON=y\nCONFIG_B=y\n");
	assert_int_equal(iommu("intel_iommu=on"), -EOPNOTSUPP);
	assert_int_equal(iommu("intel_iommu=sm_off"), 0);
	fake_kernel_config("CONFIG_A=y\n# CONFIG_INTEL_IOMMU_SCALABLE_MODE_DEFAULT_ON is not set\n");
	assert_int_equal(iommu("intel_iommu=on"), 0);
}

/* /proc/kcore: one PT_NOTE with this vmcoreinfo. */
static void fake_kcore(const char *vmcoreinfo)
{
	u8 core[1024] = { 0 };
	Elf64_Ehdr ehdr = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			    .e_phoff = 64, .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 1 };
	Elf64_Nhdr note = { .n_namesz = 11, .n_descsz = strlen(vmcoreinfo) };
	Elf64_Phdr phdr = { .p_type = PT_NOTE, .p_offset = 200, .p_filesz = 24 + ((note.n_descsz + 3) & ~3u) };

	memcpy(core, &ehdr, sizeof(ehdr));
	memcpy(core + 64, &phdr, sizeof(phdr));
	memcpy(core + 200, &note, sizeof(note));
	memcpy(core + 212, "VMCOREINFO", 11);
	memcpy(core + 224, vmcoreinfo, note.n_descsz);
	fake_data("/proc/kcore", core, sizeof(core));
}

static void test_protection_check_encryption_by_kcore(void **state)
{
	fake_file("/proc/cpuinfo", "processor : 0\nflags\t\t: fpu sme sev\n");
	fake_kcore("OSRELEASE=6.1\nNUMBER(sme_mask)=0\n");
	assert_int_equal(encryption("mem_encrypt=on"), 0);
	fake_kcore("OSRELEASE=6.1\nNUMBER(sme_mask)=140737488355328\n");
	assert_int_equal(encryption(""), -EOPNOTSUPP);
}

static void test_protection_check_encryption_without_kcore(void **state)
{
	fake_file("/proc/cpuinfo", "processor : 0\nflags\t\t: fpu smep\n");
	assert_int_equal(encryption(""), 0);
	fake_file("/proc/cpuinfo", "processor : 0\nflags\t\t: fpu sme\n");
	assert_int_equal(encryption("mem_encrypt=on"), -EOPNOTSUPP);
	assert_int_equal(encryption("mem_encrypt=off"), 0);
	assert_int_equal(encryption(""), -EOPNOTSUPP);		/* not known */
	fake_kernel_config("CONFIG_AMD_MEM_ENCRYPT=y\n");
	assert_int_equal(encryption(""), 0);
	fake_kernel_config("CONFIG_A=y\nCONFIG_AMD_MEM_ENCRYPT_ACTIVE_BY_DEFAULT=y\n");
	assert_int_equal(encryption(""), -EOPNOTSUPP);
	fake_file("/dev/sev-guest", "");
	assert_int_equal(encryption("mem_encrypt=off"), -EOPNOTSUPP);
}

static void test_protection_check_encryption_tdx(void **state)
{
	fake_file("/proc/cpuinfo", "processor : 0\nflags\t\t: fpu tdx_guest\nbugs\t: x\n");
	fake_kcore("NUMBER(sme_mask)=0\n");
	assert_int_equal(encryption(""), -EOPNOTSUPP);
	assert_non_null(strstr(detail, "TDX"));
}

static void test_protection_check_lockdown_modes(void **state)
{
	bool locked = true;

	assert_int_equal(protection_check_lockdown(fake_root, false, &locked, detail, sizeof(detail)), 0);
	assert_false(locked);
	fake_file("/sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
	assert_int_equal(protection_check_lockdown(fake_root, false, &locked, detail, sizeof(detail)), 0);
	assert_false(locked);
	fake_file("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	assert_int_equal(protection_check_lockdown(fake_root, false, &locked, detail, sizeof(detail)), -EOPNOTSUPP);
	assert_true(locked);
	assert_int_equal(protection_check_lockdown(fake_root, true, &locked, detail, sizeof(detail)), 0);
	assert_true(locked);
	assert_string_equal(detail, "integrity");
}

#define with_root(test) cmocka_unit_test_setup_teardown(test, fake_root_setup, fake_root_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_root(test_protection_check_iommu_none),
		with_root(test_protection_check_iommu_amd),
		with_root(test_protection_check_iommu_unknown),
		with_root(test_protection_check_iommu_vtd_legacy),
		with_root(test_protection_check_iommu_vtd_scalable),
		with_root(test_protection_check_encryption_by_kcore),
		with_root(test_protection_check_encryption_without_kcore),
		with_root(test_protection_check_encryption_tdx),
		with_root(test_protection_check_lockdown_modes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
