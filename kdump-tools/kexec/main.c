// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "common/log.h"
#include "kexec/cmdline.h"
#include "kexec/options.h"

#define EXIT_STATUS_UNKNOWN 255	/* -S has 0 and 1 for its answer */

/* The capture kernel's command line in new memory, NULL when that failed (said). */
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
		reused = cmdline_reuse(running);
		free(running);
	}
	cmdline = cmdline_join(reused, options->append);
	free(reused);
	if (!cmdline)
		log_error("out of memory");
	return cmdline;
}

static int main_load(const struct options *options)
{
	struct crash_load request = {
		.kernel = options->kernel,
		.initrd = options->initrd,
		.syscall = options->syscall,
		.no_checks = options->no_checks,
	};
	char *cmdline = main_make_cmdline(options);
	int err;

	if (!cmdline)
		return -ENOMEM;
	request.cmdline = cmdline;
	err = crash_load(&request);
	free(cmdline);
	return err;
}

static int main_status(void)
{
	int loaded = crash_loaded();

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
		return main_status();
	case OPTIONS_UNLOAD:
		return crash_unload(options.syscall) ? EXIT_FAILURE : EXIT_SUCCESS;
	case OPTIONS_LOAD:
		return main_load(&options) ? EXIT_FAILURE : EXIT_SUCCESS;
	}
	return EXIT_FAILURE;
}
