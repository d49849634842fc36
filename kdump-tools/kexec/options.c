// SPDX-License-Identifier: GPL-2.0
#include "kexec/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"

enum { OPTION_APPEND = 256, OPTION_REUSE_CMDLINE, OPTION_INITRD };

static const char options_short[] = "hvdipulefcsaSt:";

static const struct option options_long[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'v' },
	{ "debug", no_argument, NULL, 'd' },
	{ "no-checks", no_argument, NULL, 'i' },
	{ "load-panic", no_argument, NULL, 'p' },
	{ "unload", no_argument, NULL, 'u' },
	{ "load", no_argument, NULL, 'l' },
	{ "exec", no_argument, NULL, 'e' },
	{ "force", no_argument, NULL, 'f' },
	{ "kexec-syscall", no_argument, NULL, 'c' },
	{ "kexec-file-syscall", no_argument, NULL, 's' },
	{ "kexec-syscall-auto", no_argument, NULL, 'a' },
	{ "status", no_argument, NULL, 'S' },
	{ "type", required_argument, NULL, 't' },
	{ "append", required_argument, NULL, OPTION_APPEND },
	{ "command-line", required_argument, NULL, OPTION_APPEND },
	{ "reuse-cmdline", no_argument, NULL, OPTION_REUSE_CMDLINE },
	{ "initrd", required_argument, NULL, OPTION_INITRD },
	{ "ramdisk", required_argument, NULL, OPTION_INITRD },
	{ 0 },
};

void options_print_help(void)
{
	puts("Usage: kexec -p FILE [options]      load FILE as the kernel to start at a panic\n"
	     "       kexec -p -u                  unload it\n"
	     "       kexec -S                     exit 1 if one is loaded, 0 if not\n"
	     "\n"
	     " -p, --load-panic           act on the crash kernel\n"
	     " -u, --unload               unload instead of loading\n"
	     " -S, --status               tell by the exit status whether a crash kernel is loaded\n"
	     " -c, --kexec-syscall        use only the kexec_load system call\n"
	     " -s, --kexec-file-syscall   use only the kexec_file_load system call\n"
	     " -a, --kexec-syscall-auto   kexec_file_load first, then kexec_load (default)\n"
	     "     --append=TEXT, --command-line=TEXT\n"
	     "                            kernel command line\n"
	     "     --reuse-cmdline        the running kernel's, less BOOT_IMAGE and crashkernel,\n"
	     "                            before TEXT\n"
	     "     --initrd=FILE, --ramdisk=FILE\n"
	     "                            initial RAM disk\n"
	     " -i, --no-checks            check no dump kernel's files, hand no checksums over\n"
	     " -t, --type=TYPE            bzImage64 or bzImage\n"
	     " -d, --debug                say what goes where\n"
	     " -v, --version              print the version\n"
	     " -h, --help                 print this text");
}

static int options_check_type(const char *type)
{
	if (!strcmp(type, "bzImage64") || !strcmp(type, "bzImage"))
		return 0;
	log_error("image type %s is not supported; the types are bzImage64 and bzImage", type);
	return -EINVAL;
}

/* What was seen beside the values in struct options. */
struct options_seen {
	bool panic, unload, status;
};

static int options_take(struct options *options, struct options_seen *seen, int option)
{
	switch (option) {
	case 'h': options->action = OPTIONS_HELP; break;
	case 'v': options->action = OPTIONS_VERSION; break;
	case 'd': options->debug = true; break;
	case 'i': options->no_checks = true; break;
	case 'p': seen->panic = true; break;
	case 'u': seen->unload = true; break;
	case 'S': seen->status = true; break;
	case 'c': options->syscall = LOAD_SYSCALL_KEXEC_LOAD; break;
	case 's': options->syscall = LOAD_SYSCALL_FILE_LOAD; break;
	case 'a': options->syscall = LOAD_SYSCALL_AUTO; break;
	case 't': return options_check_type(optarg);
	case OPTION_APPEND: options->append = optarg; break;
	case OPTION_REUSE_CMDLINE: options->reuse_cmdline = true; break;
	case OPTION_INITRD: options->initrd = optarg; break;
	case 'l': case 'e': case 'f':
		log_error("-%c is not supported: this kexec loads crash kernels (-p) only; to boot another kernel use kexec-tools",
			  option);
		return -EINVAL;
	default: /* getopt has said what is wrong */
		fputs("Try 'kexec --help'.\n", stderr);
		return -EINVAL;
	}
	return 0;
}

static int options_finish(struct options *options, const struct options_seen *seen, int argc, char **argv)
{
	if (options->action == OPTIONS_HELP || options->action == OPTIONS_VERSION)
		return 0;
	if (seen->status) {
		options->action = OPTIONS_STATUS;
		return 0;
	}
	if (!seen->panic) {
		log_error("%s needs -p: this kexec loads crash kernels only", seen->unload ? "-u" : "loading");
		return -EINVAL;
	}
	if (seen->unload) {
		if (optind < argc) {
			log_error("-u takes no file: %s", argv[optind]);
			return -EINVAL;
		}
		options->action = OPTIONS_UNLOAD;
		return 0;
	}
	if (optind + 1 != argc) {
		log_error(optind == argc ? "-p needs the kernel image to load" : "-p takes one kernel image only");
		return -EINVAL;
	}
	options->kernel = argv[optind];
	return 0;
}

int options_parse(struct options *ret_options, int argc, char **argv)
{
	struct options options = { .action = OPTIONS_LOAD, .syscall = LOAD_SYSCALL_AUTO };
	struct options_seen seen = { 0 };
	int option, err = 0;

	optind = 0;	/* glibc: start anew */
	while (!err && (option = getopt_long(argc, argv, options_short, options_long, NULL)) != -1)
		err = options_take(&options, &seen, option);
	if (!err)
		err = options_finish(&options, &seen, argc, argv);
	if (!err)
		*ret_options = options;
	return err;
}
