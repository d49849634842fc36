// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/reserve.h"

#include <errno.h>
#include <libkmod.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "common/file.h"
#include "common/log.h"

#define MODULE "crashmem"
#define MODULE_SIZE_FILE "/sys/module/" MODULE "/parameters/size"
#define KERNEL_SIZE_FILE "/sys/kernel/kexec_crash_size"
#define MIB (1ull << 20)
#define LINUX_LEAST_BYTES (32 * MIB)	/* a need above it is that of a Linux capture kernel */

#define SECURE_BOOT_WAY_OUT "sign it with a key that this machine trusts (DKMS does, once 'mokutil --import' has enrolled its key), " \
	"or add crashkernel= to the kernel's command line and reboot"

static u64 region_bytes(void)
{
	u64 bytes = 0;

	file_read_u64(KERNEL_SIZE_FILE, 10, &bytes);
	return bytes;
}

u64 reserve_own_bytes(void)
{
	u64 bytes = 0;

	file_read_u64(MODULE_SIZE_FILE, 10, &bytes);
	return bytes;
}

u64 reserve_recommended(u64 need_bytes)
{
	u64 step = need_bytes < LINUX_LEAST_BYTES ? MIB : 16 * MIB;

	return align_up(need_bytes + need_bytes / 4, step);
}

u64 reserve_wanted(const struct conf *conf, u64 need_bytes)
{
	return conf->reserve_bytes ? conf->reserve_bytes : reserve_recommended(need_bytes);
}

/* --- the module --------------------------------------------------------------------------- */

/* The installed module, to be unref'd with ctx; NULL: there is none. */
static struct kmod_module *find_module(struct kmod_ctx *ctx)
{
	struct kmod_module *module = NULL;

	if (!ctx || kmod_load_resources(ctx) < 0 || kmod_module_new_from_name(ctx, MODULE, &module) < 0)
		return NULL;
	if (kmod_module_get_path(module) || kmod_module_get_initstate(module) >= 0)
		return module;
	kmod_module_unref(module);
	return NULL;
}

static void put_module(struct kmod_ctx *ctx, struct kmod_module *module)
{
	if (module)
		kmod_module_unref(module);
	if (ctx)
		kmod_unref(ctx);
}

bool reserve_is_possible(const struct conf *conf, char *why, size_t size)
{
	struct utsname name;
	struct kmod_ctx *ctx;
	struct kmod_module *module;

	if (conf->reserve == CONF_RESERVE_BOOT) {
		snprintf(why, size, "the configuration says 'reserve boot'");
		return false;
	}
	ctx = kmod_new(NULL, NULL);
	module = find_module(ctx);
	uname(&name);
	if (!module)
		snprintf(why, size, "the module " MODULE ", which could take some at run time, is not installed for kernel %s", name.release);
	put_module(ctx, module);
	return module;
}

/* Where the kernel's crashk_res is; 0: it does not say. */
static unsigned long find_crashk_res(void)
{
	FILE *symbols = fopen("/proc/kallsyms", "re");
	unsigned long address = 0;
	char line[512];

	while (symbols && !address && fgets(line, sizeof(line), symbols)) {
		char *name = strrchr(line, ' ');

		if (name && !strcmp(name, " crashk_res\n"))
			address = strtoul(line, NULL, 16);
	}
	if (symbols)
		fclose(symbols);
	return address;
}

static int say_load_error(int err)
{
	if (err == -EKEYREJECTED || err == -EPERM || err == -ENOKEY)
		log_error("the kernel does not trust the module " MODULE " (%s; Secure Boot, or lockdown): " SECURE_BOOT_WAY_OUT, strerror(-err));
	else if (err == -ENOENT)
		log_error("the module " MODULE " is not installed for this kernel: 'dkms install lifeboat-crashmem/" VERSION "', or 'make modules && make install-modules'");
	else
		log_error("the module " MODULE " can't be loaded: %s; the kernel's log says more", strerror(-err));
	return err;
}

static int load_module(void)
{
	unsigned long address = find_crashk_res();
	struct kmod_module *module;
	struct kmod_ctx *ctx;
	char options[64];
	int err;

	if (!address) {
		log_error("/proc/kallsyms does not show where the kernel keeps its crash region: set kernel.kptr_restrict=1 (sysctl) and start again");
		return -EACCES;
	}
	snprintf(options, sizeof(options), "crashk_res=0x%lx", address);
	ctx = kmod_new(NULL, NULL);
	module = find_module(ctx);
	err = module ? kmod_module_probe_insert_module(module, 0, options, NULL, NULL, NULL) : -ENOENT;
	put_module(ctx, module);
	return err ? say_load_error(err) : 0;
}

/* It can't be unloaded while there is a region of its; then it stays. */
static void unload_module(void)
{
	struct kmod_ctx *ctx = kmod_new(NULL, NULL);
	struct kmod_module *module = find_module(ctx);

	if (module)
		kmod_module_remove_module(module, 0);
	put_module(ctx, module);
}

/* --- the region ------------------------------------------------------------------------------ */

static int write_number(const char *file, u64 value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	return file_write_text(file, text);
}

static int resize(u64 bytes)
{
	int err = write_number(KERNEL_SIZE_FILE, bytes);

	if (err == -ENOENT)
		log_error("the crash region can't change while a crash image is loaded");
	else if (err)
		log_error("cannot make the crash region smaller: " KERNEL_SIZE_FILE ": %s", strerror(-err));
	return err;
}

int reserve_shrink(u64 bytes, u64 *ret_freed_bytes)
{
	u64 before = region_bytes();
	int err = resize(bytes);

	if (!err)
		*ret_freed_bytes = before - region_bytes();
	return err;
}

int reserve_give_back(void)
{
	u64 own = reserve_own_bytes();
	int err = own ? resize(0) : 0;

	if (err)
		return err;
	if (own)
		log_info("%llu KiB are back from the crash region", (unsigned long long)own >> 10);
	/* That it tidies up behind the kernel; without it there is nothing to tidy. */
	write_number(MODULE_SIZE_FILE, 0);
	unload_module();
	return 0;
}

int reserve_take(u64 bytes)
{
	int err = region_bytes() ? resize(0) : 0;

	if (!err)
		err = load_module();
	if (err)
		return err;
	err = write_number(MODULE_SIZE_FILE, bytes);
	if (err == -ENOMEM)
		log_error("no %llu KiB of memory in one piece could be freed for the crash region; make memory free and start again, ask for less ('reserve SIZE'), or add crashkernel= to the kernel's command line and reboot",
			  (unsigned long long)bytes >> 10);
	else if (err)
		log_error("the module " MODULE " took no crash region: %s; the kernel's log says why", strerror(-err));
	else
		log_info("%llu KiB of memory are the crash region now", (unsigned long long)bytes >> 10);
	if (err)
		unload_module();
	return err;
}
