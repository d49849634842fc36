// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "common/log.h"
#include "kexec/cmdline.h"
#include "kexec/options.h"
#include "kexec/slot.h"

#define EXIT_STATUS_UNKNOWN 255	/* -S has 0 and 1 for its answer */

/* The image's command line in new memory, NULL when that failed (said). */
static char *main_make_cmdline(const struct options *options)
{
	char *running = NULL, *reused = NULL, *cmdline;
	size_t bytes;
	int err;

	if (options->reuse_cmdline) {
		err = file_read("/proc/cmdline", 1u << 20, &running, &bytes);
		if (err) {
			log_error("cannot read /proc/cmdline: %s", strerror(-err));
			return NULL;
		}
		reused = cmdline_reuse(running, options->slot != KEXEC_SLOT_BOOT);
		free(running);
	}
	cmdline = cmdline_join(reused, options->append);
	free(reused);
	if (!cmdline)
		log_error("out of memory");
	return cmdline;
}

static int main_load_crash(const struct options *options, const char *cmdline)
{
	const struct crash_load request = {
		.kernel = options->kernel,
		.initrd = options->initrd,
		.cmdline = cmdline,
		.syscall = options->syscall,
		.fallback = options->slot == KEXEC_SLOT_FALLBACK,
		.no_checks = options->no_checks,
	};

	return crash_load(&request);
}

static int main_load_boot(const struct options *options, const char *cmdline)
{
	const struct boot_load request = {
		.kernel = options->kernel,
		.initrd = options->initrd,
		.cmdline = cmdline,
		.syscall = options->syscall,
		.type = options->type,
		.entry_32bit = options->entry_32bit,
		.min_pa = options->min_pa,
		.end_pa = options->end_pa,
	};

	return boot_load(&request);
}

static int main_load(const struct options *options)
{
	char *cmdline = main_make_cmdline(options);
	int err;

	if (!cmdline)
		return -ENOMEM;
	err = options->slot == KEXEC_SLOT_BOOT ? main_load_boot(options, cmdline) : main_load_crash(options, cmdline);
	free(cmdline);
	if (!err && options->then == OPTIONS_THEN_START)
		err = boot_exec_now(&options->exec);
	if (!err && options->then == OPTIONS_THEN_SHUTDOWN)
		err = boot_exec_shutdown();
	return err;
}

static int main_status(const struct options *options)
{
	int loaded = slot_loaded(options->slot);

	return loaded < 0 ? EXIT_STATUS_UNKNOWN : loaded;
}

int main(int argc, char **argv)
{
	struct options options;

	log_init("kexec", false);
	if (options_parse(&options, argc, argv))
		return EXIT_FAILURE;
	log_init("kexec", options.debug);
	switch (options.action) {
	case OPTIONS_HELP:
		options_print_help();
		return EXIT_SUCCESS;
	case OPTIONS_VERSION:
		puts("kexec (Lifeboat) " VERSION);
		return EXIT_SUCCESS;
	case OPTIONS_STATUS:
		return main_status(&options);
	case OPTIONS_UNLOAD:
		return slot_unload(options.slot, options.syscall) ? EXIT_FAILURE : EXIT_SUCCESS;
	case OPTIONS_START:
		return boot_exec_now(&options.exec) ? EXIT_FAILURE : EXIT_SUCCESS;
	case OPTIONS_LOAD:
		return main_load(&options) ? EXIT_FAILURE : EXIT_SUCCESS;
	}
	return EXIT_FAILURE;
}
