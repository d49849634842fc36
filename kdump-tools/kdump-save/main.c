// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "kdump-save/flattened.h"
#include "kdump-save/save.h"
#include "kdump-save/verify.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_NO_DUMP = 2 };

static int exit_code(int err)
{
	return !err ? EXIT_DONE : err == -EBADMSG ? EXIT_NO_DUMP : EXIT_FAILED;
}

static int rebuild(const struct save_options *options)
{
	struct out out;
	int err = out_open(&out, OUT_FILE, options->output, options->force, 0);

	if (err)
		return EXIT_FAILED;
	err = flattened_rebuild(STDIN_FILENO, out.fd);
	if (err)
		out_abandon(&out);
	else
		err = out_close(&out);
	if (err == -EBADMSG)
		log_error("standard input is no flattened dump, or it is damaged");
	else if (err == -ENODATA)
		log_error("the flattened dump ends before its end; %s has what there was", options->output);
	else if (err)
		log_error("cannot rebuild %s: %s", options->output, strerror(-err));
	return exit_code(err);
}

static int verify(const struct save_options *options)
{
	struct verify_result result;
	int err = verify_file(options->input, &result);

	if (err) {
		log_error("cannot verify %s: %s", options->input,
			  err == -EBADMSG ? "neither a KDUMP file nor an ELF core (a flattened one: rebuild it first, -R)" :
			  err == -EOPNOTSUPP ? "this kdump-save was built without its compression" : strerror(-err));
		return exit_code(err);
	}
	if (result.state == VERIFY_COMPLETE)
		printf("%s: complete", options->input);
	else
		printf("%s: %s at byte %llu", options->input, result.state == VERIFY_DAMAGED ? "damaged" : "truncated", (unsigned long long)result.at);
	if (result.pages)
		printf(", %llu pages", (unsigned long long)result.pages);
	if (result.pages_missing)
		printf(", %llu missing", (unsigned long long)result.pages_missing);
	if (result.pages_damaged)
		printf(", %llu damaged", (unsigned long long)result.pages_damaged);
	puts(result.marked ? "; its header says that it was not finished" : "");
	return result.state == VERIFY_COMPLETE ? EXIT_DONE : EXIT_FAILED;
}

int main(int argc, char **argv)
{
	struct save_options options;

	log_init("kdump-save", false);
	signal(SIGPIPE, SIG_IGN);	/* a reader that went away is an error to be told */
	if (save_options_parse(&options, argc, argv))
		return EXIT_FAILED;
	log_init("kdump-save", options.messages & MESSAGE_DEBUG);
	switch (options.action) {
	case SAVE_OPTIONS_HELP:
		save_options_print_help();
		return EXIT_DONE;
	case SAVE_OPTIONS_VERSION:
		puts("kdump-save (Lifeboat) " VERSION);
		return EXIT_DONE;
	case SAVE_OPTIONS_SAVE:
	case SAVE_OPTIONS_SPLIT:
		return exit_code(save_run(&options));
	case SAVE_OPTIONS_REASSEMBLE:
		return exit_code(save_reassemble(&options));
	case SAVE_OPTIONS_DMESG:
		return exit_code(save_dmesg(&options));
	case SAVE_OPTIONS_REBUILD:
		return rebuild(&options);
	case SAVE_OPTIONS_VERIFY:
		return verify(&options);
	}
	return EXIT_FAILED;
}
