// SPDX-License-Identifier: GPL-2.0
#include "kdump-save/save_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "capture/page_filter.h"
#include "common/log.h"

#define THREADS_MAX 1024u
#define FILES_MAX 64	/* of a split dump */

enum { OPTION_THREADS = 256, OPTION_DMESG, OPTION_MESSAGES, OPTION_DRY_RUN, OPTION_STATS, OPTION_VERIFY, OPTION_NON_MMAP, OPTION_SPLIT, OPTION_REASSEMBLE };

static const char options_short[] = ":clpzd:EFRL:fDhv";

static const struct option options_long[] = {
	{ "num-threads", required_argument, NULL, OPTION_THREADS },
	{ "dump-dmesg", no_argument, NULL, OPTION_DMESG },
	{ "message-level", required_argument, NULL, OPTION_MESSAGES },
	{ "dry-run", no_argument, NULL, OPTION_DRY_RUN },
	{ "show-stats", no_argument, NULL, OPTION_STATS },
	{ "verify", no_argument, NULL, OPTION_VERIFY },
	{ "non-mmap", no_argument, NULL, OPTION_NON_MMAP },
	{ "split", no_argument, NULL, OPTION_SPLIT },
	{ "reassemble", no_argument, NULL, OPTION_REASSEMBLE },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'v' },
	{ 0 },
};

void save_options_print_help(void)
{
	puts("Usage: kdump-save [-c | -l | -p | -z | -E] [-d LEVEL] [options] VMCORE DUMPFILE\n"
	     "       kdump-save -F [-c | -l | -p | -z | -E] [-d LEVEL] [options] VMCORE >STREAM\n"
	     "       kdump-save --split [-c | -l | -p | -z] [-d LEVEL] [options] VMCORE DUMPFILE DUMPFILE...\n"
	     "       kdump-save --reassemble [-f] DUMPFILE DUMPFILE... WHOLE\n"
	     "       kdump-save -R [-f] DUMPFILE <STREAM\n"
	     "       kdump-save --dump-dmesg [-f] VMCORE LOGFILE\n"
	     "       kdump-save --verify DUMPFILE\n"
	     "\n"
	     " -c, -l, -p, -z           compress pages in zlib's format, by lzo, snappy, zstd; without any\n"
	     "                          of these pages are written as they are\n"
	     " -E                       write an ELF core; what is left out is a hole in the file\n"
	     " -d LEVEL                 leave out, added up: 1 pages of zeroes, 2 page cache without private\n"
	     "                          data, 4 page cache, 8 processes' memory, 16 free pages (default 0)\n"
	     " -F                       write to standard output, flattened\n"
	     " -R                       make a dump file of a flattened stream\n"
	     " -L SIZE                  stop when the dump gets larger than so many bytes\n"
	     " -f                       write over DUMPFILE\n"
	     "     --num-threads=N      default: as many as there are CPUs\n"
	     "     --split              write several files at once, each a part of the dump\n"
	     "     --reassemble         make one file of them\n"
	     "     --dump-dmesg         write the kernel's log\n"
	     "     --verify             tell whether a dump is complete, cut off or damaged\n"
	     "     --dry-run            write nothing, say how large it would be\n"
	     "     --show-stats         say what was left out\n"
	     "     --message-level=N    added up: 1 progress, 2 common, 8 debug, 16 report (default 7)\n"
	     "     --non-mmap           read VMCORE by read(2) only\n"
	     " -D                       as --message-level with 8 added\n"
	     " -v, --version            print the version\n"
	     " -h, --help               print this text");
}

static int parse_number(const char *name, const char *text, u64 max, u64 *ret_value)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || end == text || *end || text[0] == '-' || value > max) {
		log_error("%s %s: not a number from 0 to %llu", name, text, (unsigned long long)max);
		return -EINVAL;
	}
	*ret_value = value;
	return 0;
}

static int set_codec(struct save_options *options, char letter)
{
	const struct page_codec *codec = codecs_by_option(letter);

	if (!codec) {
		log_error("-%c: this kdump-save was built without snappy; -l is as fast", letter);
		return -EINVAL;
	}
	if (options->codec && options->codec != codec) {
		log_error("-%c and -%c exclude each other", options->codec->option, letter);
		return -EINVAL;
	}
	options->codec = codec;
	return 0;
}

static int set_action(struct save_options *options, enum save_options_action action)
{
	if (options->action != SAVE_OPTIONS_SAVE && options->action != action) {
		log_error("--split, --reassemble, -R, --dump-dmesg and --verify exclude each other");
		return -EINVAL;
	}
	options->action = action;
	return 0;
}

static int take_number(struct save_options *options, int option)
{
	u64 value = 0;
	int err = 0;

	switch (option) {
	case 'd':
		err = parse_number("-d", optarg, LEVEL_ALL, &value);
		options->level = (unsigned)value;
		return err;
	case 'L':
		err = parse_number("-L", optarg, ~0ull >> 2, &options->limit_bytes);
		if (!err && !options->limit_bytes)
			log_error("-L 0: nothing could be written");
		return !err && !options->limit_bytes ? -EINVAL : err;
	case OPTION_MESSAGES:
		err = parse_number("--message-level", optarg, 31, &value);
		options->messages = (unsigned)value;
		return err;
	default:
		err = parse_number("--num-threads", optarg, THREADS_MAX, &value);
		options->threads = value ? (u32)value : 1;	/* makedumpfile's 0: none but its own */
		return err;
	}
}

static int take_option(struct save_options *options, int option, char **argv)
{
	switch (option) {
	case 'c': case 'l': case 'p': case 'z':
		return set_codec(options, (char)option);
	case 'd': case 'L': case OPTION_MESSAGES: case OPTION_THREADS:
		return take_number(options, option);
	case 'E': options->elf = true; return 0;
	case 'F': options->flattened = true; return 0;
	case 'f': options->force = true; return 0;
	case 'D': options->messages |= MESSAGE_DEBUG; return 0;
	case OPTION_STATS: options->messages |= MESSAGE_REPORT; return 0;
	case OPTION_DRY_RUN: options->dry_run = true; return 0;
	case OPTION_NON_MMAP: options->windows = false; return 0;
	case 'R': return set_action(options, SAVE_OPTIONS_REBUILD);
	case OPTION_SPLIT: return set_action(options, SAVE_OPTIONS_SPLIT);
	case OPTION_REASSEMBLE: return set_action(options, SAVE_OPTIONS_REASSEMBLE);
	case OPTION_DMESG: return set_action(options, SAVE_OPTIONS_DMESG);
	case OPTION_VERIFY: return set_action(options, SAVE_OPTIONS_VERIFY);
	case ':':
		log_error("%s needs a value; see kdump-save --help", argv[optind - 1]);
		return -EINVAL;
	default:
		if (optopt && optopt < 256)
			log_error("-%c: kdump-save has no such option; see kdump-save --help", optopt);
		else
			log_error("%s: kdump-save has no such option; see kdump-save --help", argv[optind - 1]);
		return -EINVAL;
	}
}

static int check_letters(const struct save_options *options)
{
	bool saves = options->action == SAVE_OPTIONS_SAVE, splits = options->action == SAVE_OPTIONS_SPLIT;

	if (options->elf && options->codec) {
		log_error("-E and -%c exclude each other: an ELF core has no compression", options->codec->option);
		return -EINVAL;
	}
	if (!saves && !splits && (options->codec || options->level)) {
		log_error("--reassemble, -R, --dump-dmesg and --verify take no option that tells how to write a dump");
		return -EINVAL;
	}
	if (!saves && (options->flattened || options->elf || options->dry_run)) {
		log_error("-E, -F and --dry-run are for a dump in one file");
		return -EINVAL;
	}
	if (options->flattened && options->dry_run) {
		log_error("-F and --dry-run exclude each other");
		return -EINVAL;
	}
	return 0;
}

static int check_operands(const struct save_options *options, int operands)
{
	int least = 2, most = 2;

	switch (options->action) {
	case SAVE_OPTIONS_REBUILD:
	case SAVE_OPTIONS_VERIFY:
		least = most = 1;
		break;
	case SAVE_OPTIONS_SPLIT:
	case SAVE_OPTIONS_REASSEMBLE:
		least = 3;
		most = 1 + FILES_MAX;
		break;
	default:
		if (options->flattened)
			least = most = 1;
		else if (options->dry_run)
			least = 1;	/* it may name a file that it will not write */
	}
	if (operands < least || operands > most) {
		log_error("%d file names were given where %s%d are needed; see kdump-save --help", operands,
			  least == most ? "" : operands < least ? "at least " : "at most ", operands < least ? least : most);
		return -EINVAL;
	}
	return 0;
}

static void take_operands(struct save_options *options, const char *const *operand, int count)
{
	switch (options->action) {
	case SAVE_OPTIONS_REBUILD:
		options->output = operand[0];
		return;
	case SAVE_OPTIONS_REASSEMBLE:
		options->files = operand;
		options->file_count = (u32)count - 1;
		options->output = operand[count - 1];
		return;
	case SAVE_OPTIONS_SPLIT:
		options->input = operand[0];
		options->files = operand + 1;
		options->file_count = (u32)count - 1;
		return;
	default:
		options->input = operand[0];
		options->output = count > 1 ? operand[1] : NULL;
	}
}

int save_options_parse(struct save_options *options, int argc, char **argv)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	int option, err;

	*options = (struct save_options){ .windows = true, .messages = MESSAGE_PROGRESS | MESSAGE_COMMON | MESSAGE_ERROR,
				     .threads = cpus > 1 ? (u32)min_u64((u64)cpus, THREADS_MAX) : 1 };
	optind = 0;
	opterr = 0;
	while ((option = getopt_long(argc, argv, options_short, options_long, NULL)) != -1) {
		if (option == 'h' || option == 'v') {
			options->action = option == 'h' ? SAVE_OPTIONS_HELP : SAVE_OPTIONS_VERSION;
			return 0;
		}
		err = take_option(options, option, argv);
		if (err)
			return err;
	}
	err = check_letters(options);
	if (!err)
		err = check_operands(options, argc - optind);
	if (!err)
		take_operands(options, (const char *const *)argv + optind, argc - optind);
	return err;
}
