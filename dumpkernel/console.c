// SPDX-License-Identifier: GPL-2.0
#include "console.h"

#include "framebuffer.h"
#include "libk.h"
#include "serial.h"

static char log_text[CONSOLE_LOG_BYTES] __attribute__((aligned(4096)));
static u32 log_bytes;
static bool is_open;
static const struct screen_info *closed_screen;

static u32 read_number(const char **text)
{
	u32 value = 0;

	for (; **text >= '0' && **text <= '9'; (*text)++)
		value = value * 10 + (u32)(**text - '0');
	return value;
}

void console_init(const char *cmdline, const struct screen_info *screen)
{
	const char option[] = "console=ttyS";
	bool any = false;

	is_open = true;
	closed_screen = screen;
	for (const char *at = cmdline; *at; at++) {
		if ((at != cmdline && at[-1] != ' ') || strncmp(at, option, sizeof(option) - 1))
			continue;
		const char *value = at + sizeof(option) - 1;
		u32 index = read_number(&value);
		u32 baud = 0;

		if (*value == ',') {
			value++;
			baud = read_number(&value);
		}
		any |= serial_open(index, baud);
	}
	if (!any)
		serial_open(0, 0);
}

void console_open_screen(void)
{
	const struct screen_info *screen = closed_screen;

	closed_screen = NULL;
	if (screen && !framebuffer_init(screen))
		framebuffer_write(log_text, log_bytes);
}

static void keep(const char *text, u32 bytes)
{
	bytes = (u32)min_u64(bytes, sizeof(log_text) - log_bytes);
	memcpy(log_text + log_bytes, text, bytes);
	log_bytes += bytes;
}

static void print(bool transient, const char *fmt, va_list args)
{
	char line[256];
	u64 ms = env_clock_us() / 1000;
	int used = snprintf(line, sizeof(line), "dump[%3u.%03u] ", (u32)(ms / 1000), (u32)(ms % 1000));
	int bytes = used + vsnprintf(line + used, sizeof(line) - (size_t)used, fmt, args);

	if (!is_open)
		console_init("", NULL);	/* something failed before the command line was read */
	if ((size_t)bytes >= sizeof(line)) {
		bytes = sizeof(line) - 1;
		line[bytes - 1] = '\n';
	}
	if (!transient)
		keep(line, (u32)bytes);
	serial_write(line, (size_t)bytes);
	framebuffer_write(line, (size_t)bytes);
}

void console_printf(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print(false, fmt, args);
	va_end(args);
}

void console_print_transient(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print(true, fmt, args);
	va_end(args);
}

const char *console_log(u32 *ret_bytes)
{
	*ret_bytes = log_bytes;
	return log_text;
}
