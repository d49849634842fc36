// SPDX-License-Identifier: GPL-2.0
/* kdumpctl: arms this machine for a crash, says whether it is armed, collects dumps. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "kdumpctl/collect.h"
#include "kdumpctl/dumps.h"
#include "kdumpctl/estimate.h"
#include "kdumpctl/mkdump.h"
#include "kdumpctl/mkdump_file.h"
#include "kdumpctl/run_dir.h"
#include "kdumpctl/start.h"
#include "kdumpctl/status.h"

#define EXIT_USAGE 2

static const char usage[] =
	"usage: kdumpctl [options] command\n"
	"\n"
	"  start [--force]      check everything, arm; collects an old dump first\n"
	"  stop                 disarm\n"
	"  restart, reload      arm again\n"
	"  status [--json]      exit status 0: operational, 3: not\n"
	"  preflight            only check, and print every check\n"
	"  rebuild              make the capture initramfs of Linux mode again\n"
	"  collect              copy a dump from the target to the configured path\n"
	"  list                 the dumps that are there\n"
	"  mkdump DEVICE [--force=NAME,...]\n"
	"                       prepare a disk or partition as dump target\n"
	"  mkdump --file PATH [SIZE] [--force=dump]\n"
	"                       preallocate a dump file on ext4 or xfs\n"
	"  check                arm again if something has changed; for a timer\n"
	"  estimate [--apply]   how much memory the crash region needs; makes it that small\n"
	"  showmem              how much it has\n"
	"\n"
	"  --conf FILE          instead of " CONF_FILE "\n"
	"  --image FILE         instead of " PREFIX "/lib/lifeboat/dumpkernel\n"
	"  -s, -c               load with kexec_file_load, with kexec_load\n"
	"  -d, --debug          say more\n"
	"  -V, --version  -h, --help\n";

struct options {
	const char *conf_file;
	struct start_options start;
	bool json, debug;
	const char *force_names;
	const char *command;
	const char *operand, *size;
	bool file, apply;
};

/* 0, or EXIT_USAGE; help and version end the program. */
static int parse_options(int argc, char **argv, struct options *options)
{
	enum { OPT_CONF = 256, OPT_IMAGE, OPT_FORCE, OPT_JSON, OPT_FILE, OPT_APPLY };
	static const struct option longs[] = {
		{ "conf", required_argument, NULL, OPT_CONF },
		{ "image", required_argument, NULL, OPT_IMAGE },
		{ "force", optional_argument, NULL, OPT_FORCE },
		{ "json", no_argument, NULL, OPT_JSON },
		{ "apply", no_argument, NULL, OPT_APPLY },
		{ "file", no_argument, NULL, OPT_FILE },
		{ "debug", no_argument, NULL, 'd' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "scdVh", longs, NULL)) != -1) {
		switch (option) {
		case OPT_CONF:
			options->conf_file = optarg;
			break;
		case OPT_IMAGE:
			options->start.image = optarg;
			break;
		case OPT_FORCE:
			options->start.force = true;
			options->force_names = optarg;
			break;
		case OPT_JSON:
			options->json = true;
			break;
		case OPT_APPLY:
			options->apply = true;
			break;
		case OPT_FILE:
			options->file = true;
			break;
		case 's':
			options->start.syscall = LOAD_SYSCALL_FILE_LOAD;
			break;
		case 'c':
			options->start.syscall = LOAD_SYSCALL_KEXEC_LOAD;
			break;
		case 'd':
			options->debug = true;
			break;
		case 'V':
			puts("kdumpctl (Lifeboat) " VERSION);
			exit(0);
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			return EXIT_USAGE;
		}
	}
	options->command = optind < argc ? argv[optind++] : NULL;
	options->operand = optind < argc ? argv[optind++] : NULL;
	options->size = options->file && optind < argc ? argv[optind++] : NULL;
	return options->command && optind == argc ? 0 : EXIT_USAGE;
}

static int run_collect(const struct conf *conf)
{
	int lock = run_dir_lock(), err;

	if (lock < 0)
		return lock;
	err = collect_command(conf);
	close(lock);
	return err;
}

/* Commands that need the configuration. */
static int run_configured(const struct options *options)
{
	const char *command = options->command;
	struct conf conf;
	int err = conf_read(options->conf_file, &conf);

	if (err) {
		if (strcmp(command, "collect") && strcmp(command, "preflight") && strcmp(command, "rebuild") && strcmp(command, "list"))
			log_error("not operational: a panic now would not be dumped");
		return err;
	}
	if (!strcmp(command, "start"))
		return start_command(&conf, &options->start);
	if (!strcmp(command, "reload"))
		return start_reload(&conf, &options->start);
	if (!strcmp(command, "check"))
		return start_check(&conf, &options->start);
	if (!strcmp(command, "rebuild"))
		return start_rebuild(&conf);
	if (!strcmp(command, "preflight"))
		return start_preflight(&conf, &options->start);
	if (!strcmp(command, "collect"))
		return run_collect(&conf);
	if (!strcmp(command, "list"))
		return dumps_list_command(&conf);
	err = start_stop();
	return err ? err : start_command(&conf, &options->start);
}

static int run_estimate(const struct options *options)
{
	struct conf conf;
	u64 bytes;
	bool configured = !access(options->conf_file, R_OK) && !conf_read(options->conf_file, &conf);
	/* Without a configuration the answer is almost the same. */
	int err = estimate_command(configured ? &conf : NULL, &options->start, &bytes);

	if (err || !options->apply)
		return err;
	if (configured)
		return start_shrink(&conf, &options->start, bytes);
	log_error("estimate: --apply needs a configuration, %s can't be read", options->conf_file);
	return -EINVAL;
}

static int run_mkdump(const struct options *options)
{
	int lock, err;

	if (options->start.force && !options->force_names) {
		log_error("mkdump: --force needs the name of what may be destroyed, such as --force=ext4");
		return -EINVAL;
	}
	if (!options->file)
		return mkdump_command(options->operand, options->force_names);
	lock = run_dir_lock();	/* collect makes dump files, too */
	if (lock < 0)
		return lock;
	err = mkdump_file_command(options->operand, options->size, options->force_names);
	close(lock);
	return err;
}

static bool takes_operand(const char *command)
{
	return !strcmp(command, "mkdump");
}

static int run(const struct options *options)
{
	static const char *const configured[] = { "start", "restart", "reload", "check", "preflight", "collect", "rebuild", "list" };

	for (size_t i = 0; i < sizeof(configured) / sizeof(configured[0]); i++)
		if (!strcmp(options->command, configured[i]))
			return run_configured(options) ? 1 : 0;
	if (!strcmp(options->command, "stop"))
		return start_stop() ? 1 : 0;
	if (!strcmp(options->command, "status"))
		return status_command(options->json);
	if (!strcmp(options->command, "showmem"))
		return estimate_showmem() ? 1 : 0;
	if (!strcmp(options->command, "estimate"))
		return run_estimate(options) ? 1 : 0;
	if (!strcmp(options->command, "mkdump"))
		return run_mkdump(options) ? 1 : 0;
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	struct options options = { .conf_file = CONF_FILE };
	int status = parse_options(argc, argv, &options);

	log_init("kdumpctl", options.debug);
	if (!status && !options.operand == takes_operand(options.command))
		status = EXIT_USAGE;
	if (!status)
		status = run(&options);
	if (status == EXIT_USAGE)
		fputs(usage, stderr);
	return status;
}
