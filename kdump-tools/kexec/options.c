// SPDX-License-Identifier: GPL-2.0
#include "kexec/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"

enum {
	OPTION_APPEND = 256, OPTION_REUSE_CMDLINE, OPTION_INITRD, OPTION_ENTRY_32BIT, OPTION_MEM_MIN, OPTION_MEM_MAX,
	OPTION_FALLBACK,
};

static const char options_short[] = "hvdipulefcsaSxyt:";

static const struct option options_long[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'v' },
	{ "debug", no_argument, NULL, 'd' },
	{ "no-checks", no_argument, NULL, 'i' },
	{ "load-panic", no_argument, NULL, 'p' },
	{ "fallback", no_argument, NULL, OPTION_FALLBACK },
	{ "unload", no_argument, NULL, 'u' },
	{ "load", no_argument, NULL, 'l' },
	{ "exec", no_argument, NULL, 'e' },
	{ "force", no_argument, NULL, 'f' },
	{ "no-ifdown", no_argument, NULL, 'x' },
	{ "no-sync", no_argument, NULL, 'y' },
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
	{ "entry-32bit", no_argument, NULL, OPTION_ENTRY_32BIT },
	{ "mem-min", required_argument, NULL, OPTION_MEM_MIN },
	{ "mem-max", required_argument, NULL, OPTION_MEM_MAX },
	{ 0 },
};

void options_print_help(void)
{
	puts("Usage: kexec [-l | -f] FILE [options]  load FILE as the next kernel; -f starts it at once,\n"
	     "                                    neither one runs 'shutdown -r now'\n"
	     "       kexec -e                     start the kernel that -l has loaded, without shutdown\n"
	     "       kexec -p FILE [options]      load FILE as the kernel to start at a panic\n"
	     "       kexec -p --fallback FILE [options]\n"
	     "                                    load FILE to be started if that one is damaged\n"
	     "       kexec [-p [--fallback]] -u   unload it\n"
	     "       kexec -S [-l | -p]           exit 1 if one is loaded (default -p), 0 if not\n"
	     "\n"
	     " -l, --load                 load only\n"
	     " -e, --exec                 start what is loaded\n"
	     " -f, --force                load and start at once, without shutdown\n"
	     " -p, --load-panic           act on the crash kernel\n"
	     "     --fallback             with -p: act on the second crash kernel, which is started\n"
	     "                            when the first is damaged (a kernel with Lifeboat's kernel/)\n"
	     " -u, --unload               unload instead of loading\n"
	     " -S, --status               tell by the exit status whether a kernel is loaded\n"
	     " -c, --kexec-syscall        use only the kexec_load system call\n"
	     " -s, --kexec-file-syscall   use only the kexec_file_load system call\n"
	     " -a, --kexec-syscall-auto   kexec_file_load first, then kexec_load (default)\n"
	     "     --append=TEXT, --command-line=TEXT\n"
	     "                            kernel command line\n"
	     "     --reuse-cmdline        the running kernel's, less BOOT_IMAGE (and crashkernel\n"
	     "                            with -p), before TEXT\n"
	     "     --initrd=FILE, --ramdisk=FILE\n"
	     "                            initial RAM disk\n"
	     " -t, --type=TYPE            bzImage64, bzImage, elf-x86_64 or elf-x86; .gz, .xz, .zst too\n"
	     "     --entry-32bit          start a bzImage in 32-bit mode\n"
	     "     --mem-min=ADDRESS, --mem-max=ADDRESS\n"
	     "                            load nothing below, at or above that address\n"
	     " -x, --no-ifdown            with -e, -f: leave network interfaces up\n"
	     " -y, --no-sync              with -e, -f: do not flush file systems\n"
	     " -i, --no-checks            check no dump kernel's files, hand no checksums over\n"
	     " -d, --debug                say what goes where\n"
	     " -v, --version              print the version\n"
	     " -h, --help                 print this text");
}

/* What was seen beside the values in struct options. */
struct options_seen {
	bool load, start, force, panic, fallback, unload, status;
};

static int options_take_type(struct options *options)
{
	if (!boot_kernel_parse_type(optarg, &options->type))
		return 0;
	log_error("image type %s is not supported; the types are bzImage64, bzImage, elf-x86_64 and elf-x86", optarg);
	return -EINVAL;
}

static int options_take_address(const char *name, u64 *ret_pa)
{
	char *end;
	u64 pa;

	errno = 0;
	pa = strtoull(optarg, &end, 0);
	if (errno || end == optarg || *end || *optarg == '-') {
		log_error("%s needs an address, such as 0x10000000: %s is none", name, optarg);
		return -EINVAL;
	}
	*ret_pa = pa;
	return 0;
}

/* Those that say what to do. */
static bool options_take_action(struct options *options, struct options_seen *seen, int option)
{
	switch (option) {
	case 'h': options->action = OPTIONS_HELP; return true;
	case 'v': options->action = OPTIONS_VERSION; return true;
	case 'l': seen->load = true; return true;
	case 'e': seen->start = true; return true;
	case 'f': seen->force = true; return true;
	case 'p': seen->panic = true; return true;
	case OPTION_FALLBACK: seen->fallback = true; return true;
	case 'u': seen->unload = true; return true;
	case 'S': seen->status = true; return true;
	default: return false;
	}
}

/* Those that say how. */
static int options_take(struct options *options, int option)
{
	switch (option) {
	case 'd': options->debug = true; break;
	case 'i': options->no_checks = true; break;
	case 'x': options->exec.no_ifdown = true; break;
	case 'y': options->exec.no_sync = true; break;
	case 'c': options->syscall = LOAD_SYSCALL_KEXEC_LOAD; break;
	case 's': options->syscall = LOAD_SYSCALL_FILE_LOAD; break;
	case 'a': options->syscall = LOAD_SYSCALL_AUTO; break;
	case 't': return options_take_type(options);
	case OPTION_APPEND: options->append = optarg; break;
	case OPTION_REUSE_CMDLINE: options->reuse_cmdline = true; break;
	case OPTION_INITRD: options->initrd = optarg; break;
	case OPTION_ENTRY_32BIT: options->entry_32bit = true; break;
	case OPTION_MEM_MIN: return options_take_address("--mem-min", &options->min_pa);
	case OPTION_MEM_MAX: return options_take_address("--mem-max", &options->end_pa);
	default: /* getopt has said what is wrong */
		fputs("Try 'kexec --help'.\n", stderr);
		return -EINVAL;
	}
	return 0;
}

/* A crash kernel lies in the crash region and is entered at its 64-bit entry. */
static int options_check_panic(const struct options *options, const struct options_seen *seen)
{
	const char *wrong = seen->load ? "-l" : seen->start ? "-e" : seen->force ? "-f" :
			    options->entry_32bit ? "--entry-32bit" :
			    options->min_pa || options->end_pa != UINT64_MAX ? "--mem-min or --mem-max" :
			    options->type == BOOT_KERNEL_ELF64 || options->type == BOOT_KERNEL_ELF32 ? "an ELF type" : NULL;

	if (!wrong)
		return 0;
	log_error("-p and %s do not go together", wrong);
	return -EINVAL;
}

static int options_check_fallback(const struct options *options, const struct options_seen *seen)
{
	if (!seen->panic) {
		log_error("--fallback is about a crash kernel: it needs -p");
		return -EINVAL;
	}
	if (seen->status || options->syscall == LOAD_SYSCALL_FILE_LOAD) {
		log_error("--fallback and %s do not go together", seen->status ? "-S" : "-s");
		return -EINVAL;
	}
	return 0;
}

/* The action that the letters ask for. */
static int options_choose(struct options *options, const struct options_seen *seen)
{
	options->slot = seen->fallback ? KEXEC_SLOT_FALLBACK : seen->panic ? KEXEC_SLOT_CRASH : KEXEC_SLOT_BOOT;
	if (seen->fallback && options_check_fallback(options, seen))
		return -EINVAL;
	if (seen->status) {
		options->action = OPTIONS_STATUS;
		options->slot = seen->load && !seen->panic ? KEXEC_SLOT_BOOT : KEXEC_SLOT_CRASH;
		return 0;
	}
	if (seen->panic && options_check_panic(options, seen))
		return -EINVAL;
	if (seen->unload)
		options->action = OPTIONS_UNLOAD;
	else if (seen->start && !seen->load && !seen->force)
		options->action = OPTIONS_START;
	else if (seen->force || (seen->load && seen->start))
		options->then = OPTIONS_THEN_START;
	else if (!seen->load && !seen->panic)
		options->then = OPTIONS_THEN_SHUTDOWN;
	if (options->min_pa >= options->end_pa) {
		log_error("--mem-min is not below --mem-max: nothing can be loaded");
		return -EINVAL;
	}
	return 0;
}

static int options_finish(struct options *options, const struct options_seen *seen, int argc, char **argv)
{
	int err;

	if (options->action == OPTIONS_HELP || options->action == OPTIONS_VERSION)
		return 0;
	err = options_choose(options, seen);
	if (err)
		return err;
	if (options->action != OPTIONS_LOAD) {
		if (optind == argc)
			return 0;
		log_error("%s takes no file: %s", options->action == OPTIONS_UNLOAD ? "-u" :
			  options->action == OPTIONS_START ? "-e without -l" : "-S", argv[optind]);
		return -EINVAL;
	}
	if (optind + 1 != argc) {
		log_error(optind == argc ? "loading needs the kernel image to load; try 'kexec --help'" :
					   "one kernel image only can be loaded");
		return -EINVAL;
	}
	options->kernel = argv[optind];
	return 0;
}

int options_parse(struct options *ret_options, int argc, char **argv)
{
	struct options options = { .action = OPTIONS_LOAD, .syscall = LOAD_SYSCALL_AUTO, .end_pa = UINT64_MAX };
	struct options_seen seen = { 0 };
	int option, err = 0;

	optind = 0;	/* glibc: start anew */
	while (!err && (option = getopt_long(argc, argv, options_short, options_long, NULL)) != -1)
		if (!options_take_action(&options, &seen, option))
			err = options_take(&options, option);
	if (!err)
		err = options_finish(&options, &seen, argc, argv);
	if (!err)
		*ret_options = options;
	return err;
}
