// SPDX-License-Identifier: GPL-2.0
#include "common/log.h"

#include <stdarg.h>
#include <stdio.h>

static const char *log_program = "lifeboat";
static bool log_debugging;

void log_init(const char *program, bool debug)
{
	log_program = program;
	log_debugging = debug;
}

static void log_line(FILE *to, const char *kind, const char *fmt, va_list args)
{
	if (to == stderr) {
		fflush(stdout);
		fprintf(to, "%s: %s", log_program, kind);
	}
	vfprintf(to, fmt, args);
	fputc('\n', to);
}

#define LOG_FUNCTION(name, to, kind, when) \
	void name(const char *fmt, ...) \
	{ \
		va_list args; \
		if (!(when)) \
			return; \
		va_start(args, fmt); \
		log_line(to, kind, fmt, args); \
		va_end(args); \
	}

LOG_FUNCTION(log_error, stderr, "", true)
LOG_FUNCTION(log_warning, stderr, "warning: ", true)
LOG_FUNCTION(log_info, stdout, "", true)
LOG_FUNCTION(log_debug, stderr, "debug: ", log_debugging)
