// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/protection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/vmcoreinfo.h"
#include "kdumpctl/bootopts.h"
#include "kdumpctl/live_vmcoreinfo.h"
#include "kdumpctl/sysfs.h"

#define CMDLINE_BYTES 4096u

#define say(detail, size, ...) snprintf(detail, size, __VA_ARGS__)

static void read_cmdline(const char *root, char *buf)
{
	if (sysfs_read_line(root, buf, CMDLINE_BYTES, "/proc/cmdline"))
		buf[0] = 0;
}

/* 1 or 0 for option=y or its absence in the running kernel's configuration; -ENOENT when that is not there. */
static int kernel_config_has(const char *root, const char *option)
{
	char release[128], line[160], *config;
	size_t bytes;
	bool found;

	if (sysfs_read_line(root, release, sizeof(release), "/proc/sys/kernel/osrelease") ||
	    sysfs_read_all(root, &config, &bytes, "/boot/config-%s", release))
		return -ENOENT;
	snprintf(line, sizeof(line), "\n%s=y\n", option);
	found = strstr(config, line);
	free(config);
	return found;
}

/* --- IOMMU --------------------------------------------------------------------------------- */

#define VTD_ECAP_SMTS (1ull << 43)	/* VT-d 4.1, 11.4.3: scalable mode translation */

struct iommu_search {
	const char *root;
	char other[64];		/* an IOMMU that is not VT-d */
	u32 vtd_units;
	bool can_be_scalable;
};

static int look_at_iommu(const char *name, void *context)
{
	struct iommu_search *search = context;
	u64 ecap;

	if (strncmp(name, "dmar", 4)) {
		snprintf(search->other, sizeof(search->other), "%s", name);
		return 0;
	}
	search->vtd_units++;
	if (sysfs_read_u64(search->root, 16, &ecap, "/sys/class/iommu/%s/intel-iommu/ecap", name) ||
	    ecap & VTD_ECAP_SMTS)
		search->can_be_scalable = true;
	return 0;
}

/*
 * Whether Linux put VT-d into scalable mode is told nowhere, but follows from the units'
 * ability, the command line and the configured default (Linux 6.1, drivers/iommu/intel).
 */
static int check_scalable(const struct iommu_search *search, char *detail, size_t size)
{
	static const char cure[] = "boot with intel_iommu=sm_off (or intel_iommu=off)";
	char cmdline[CMDLINE_BYTES];
	int by_default;

	if (!search->can_be_scalable)
		return 0;
	read_cmdline(search->root, cmdline);
	if (bootopts_has(cmdline, "intel_iommu=", "sm_off"))
		return 0;
	if (bootopts_has(cmdline, "intel_iommu=", "sm_on")) {
		say(detail, size, "VT-d is in scalable mode (intel_iommu=sm_on), which the dump kernel can't handle; %s", cure);
		return -EOPNOTSUPP;
	}
	by_default = kernel_config_has(search->root, "CONFIG_INTEL_IOMMU_SCALABLE_MODE_DEFAULT_ON");
	if (!by_default)
		return 0;
	if (by_default < 0)
		say(detail, size, "VT-d may be in scalable mode, which the dump kernel can't handle (the kernel's configuration is not in /boot to tell); %s", cure);
	else
		say(detail, size, "VT-d is in scalable mode (this kernel's default on this hardware), which the dump kernel can't handle; %s", cure);
	return -EOPNOTSUPP;
}

int protection_check_iommu(const char *root, const char *pci, char *detail, size_t size)
{
	struct iommu_search search = { .root = root };
	char type[32] = "no";

	sysfs_for_each(root, "/sys/class/iommu", look_at_iommu, &search);
	if (search.other[0]) {
		bool amd = !strncmp(search.other, "ivhd", 4);

		say(detail, size, "%s (%s) is on, which the dump kernel can't handle; %s",
		    amd ? "the AMD IOMMU" : "an IOMMU that is not VT-d", search.other,
		    amd ? "boot with amd_iommu=off" : "turn it off");
		return -EOPNOTSUPP;
	}
	if (!search.vtd_units) {
		say(detail, size, "none in use");
		return 0;
	}
	if (check_scalable(&search, detail, size))
		return -EOPNOTSUPP;
	sysfs_read_line(root, type, sizeof(type), "/sys/bus/pci/devices/%s/iommu_group/type", pci);
	say(detail, size, "VT-d, %u unit%s, legacy mode; the target's domain: %s", search.vtd_units,
	    search.vtd_units == 1 ? "" : "s", type);
	return 0;
}

/* --- memory encryption ------------------------------------------------------------------------ */

/* Whether a flag stands in the first processor's flags of /proc/cpuinfo. */
static bool cpu_has_flag(const char *root, const char *flag)
{
	char *text, *line, *end;
	size_t bytes;
	bool found = false;

	if (sysfs_read_all(root, &text, &bytes, "/proc/cpuinfo"))
		return false;
	line = strstr(text, "\nflags");
	line = line ? strchr(line, ':') : NULL;
	if (line) {
		end = strchr(line, '\n');
		if (end)
			*end = 0;
		found = bootopts_has(line + 1, flag, "");
	}
	free(text);
	return found;
}

/* The kernel's sme_me_mask: nonzero with SME as with SEV.  -ENOENT when it can't be known. */
static int read_sme_mask(const char *root, u64 *ret_mask)
{
	struct vmcoreinfo info;
	char *text;
	int err = live_vmcoreinfo_read(root, &text, &info.bytes);

	if (err)
		return -ENOENT;
	info.text = text;
	err = vmcoreinfo_number(&info, "NUMBER(sme_mask)", 10, ret_mask);
	free(text);
	return err ? -ENOENT : 0;
}

int protection_check_encryption(const char *root, char *detail, size_t size)
{
	char cmdline[CMDLINE_BYTES];
	u64 mask;

	if (cpu_has_flag(root, "tdx_guest")) {
		say(detail, size, "this is an Intel TDX guest, whose memory the dump kernel can't read");
		return -EOPNOTSUPP;
	}
	if (!read_sme_mask(root, &mask)) {
		say(detail, size, mask ? "AMD memory encryption (SME or SEV) is on, which the dump kernel can't handle; for SME boot with mem_encrypt=off" :
		    "off");
		return mask ? -EOPNOTSUPP : 0;
	}
	if (!cpu_has_flag(root, "sme") && !cpu_has_flag(root, "sev") && !sysfs_exists(root, "/dev/sev-guest")) {
		say(detail, size, "off (the CPU has none)");
		return 0;
	}
	read_cmdline(root, cmdline);
	if (!sysfs_exists(root, "/dev/sev-guest") &&
	    (bootopts_has(cmdline, "mem_encrypt=", "off") ||
	     (!bootopts_has(cmdline, "mem_encrypt=", "on") &&
	      !kernel_config_has(root, "CONFIG_AMD_MEM_ENCRYPT_ACTIVE_BY_DEFAULT")))) {
		say(detail, size, "off");
		return 0;
	}
	say(detail, size, "AMD memory encryption (SME or SEV) is on or may be (/proc/kcore can't be read to tell), which the dump kernel can't handle; for SME boot with mem_encrypt=off");
	return -EOPNOTSUPP;
}

/* --- lockdown ------------------------------------------------------------------------------------ */

int protection_check_lockdown(const char *root, bool image_signed, bool *ret_locked, char *detail, size_t size)
{
	char line[64], *mode, *end;

	*ret_locked = false;
	if (sysfs_read_line(root, line, sizeof(line), "/sys/kernel/security/lockdown")) {
		say(detail, size, "not known (no /sys/kernel/security/lockdown)");
		return 0;
	}
	mode = strchr(line, '[');	/* the active one of "none [integrity] confidentiality" */
	end = mode ? strchr(mode, ']') : NULL;
	if (!end) {
		say(detail, size, "not known: '%s'", line);
		return 0;
	}
	*end = 0;
	mode++;
	*ret_locked = strcmp(mode, "none");
	if (*ret_locked && !image_signed) {
		say(detail, size, "the kernel is locked down (%s, as under Secure Boot) and loads only images signed by a key that it trusts; sign the dump kernel with sbsign",
		    mode);
		return -EOPNOTSUPP;
	}
	say(detail, size, "%s", mode);
	return 0;
}
