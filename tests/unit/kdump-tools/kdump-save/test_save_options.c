// SPDX-License-Identifier: GPL-2.0
#include "kdump-save/save_options.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

static struct save_options options;

static int parse(const char *line)
{
	static char text[256], *argv[32] = { "kdump-save" };
	int argc = 1;

	snprintf(text, sizeof(text), "%s", line);
	for (char *save, *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	argv[argc] = NULL;
	return save_options_parse(&options, argc, argv);
}

static void test_defaults(void **state)
{
	assert_int_equal(parse("in out"), 0);
	assert_int_equal(options.action, SAVE_OPTIONS_SAVE);
	assert_string_equal(options.input, "in");
	assert_string_equal(options.output, "out");
	assert_int_equal(options.level, 0);
	assert_null(options.codec);
	assert_true(options.threads >= 1);
	assert_true(options.windows && !options.force && !options.elf && !options.flattened);
	assert_int_equal(options.messages, 7);
}

static void test_each_letter(void **state)
{
	static const struct { const char *line, *name; } letters[] = {
		{ "-c in out", "zlib" }, { "-l in out", "lzo" }, { "-p in out", "snappy" }, { "-z in out", "zstd" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(letters); i++) {
		assert_int_equal(parse(letters[i].line), 0);
		assert_string_equal(options.codec->codec->name, letters[i].name);
	}
	assert_int_equal(parse("-l -d 31 --num-threads=3 -f -L 1000 -D --show-stats --non-mmap in out"), 0);
	assert_int_equal(options.level, 31);
	assert_int_equal(options.threads, 3);
	assert_int_equal(options.limit_bytes, 1000);
	assert_int_equal(options.messages, 31);
	assert_true(options.force && !options.windows);
	assert_int_equal(parse("-E -d 31 --message-level 1 in out"), 0);
	assert_true(options.elf);
	assert_int_equal(options.messages, 1);
	assert_int_equal(parse("--num-threads 0 in out"), 0);
	assert_int_equal(options.threads, 1);
	assert_int_equal(parse("-F -l in"), 0);
	assert_null(options.output);
	assert_int_equal(parse("-R out"), 0);
	assert_int_equal(options.action, SAVE_OPTIONS_REBUILD);
	assert_string_equal(options.output, "out");
	assert_int_equal(parse("--dump-dmesg in out"), 0);
	assert_int_equal(options.action, SAVE_OPTIONS_DMESG);
	assert_int_equal(parse("--verify in"), 0);
	assert_int_equal(options.action, SAVE_OPTIONS_VERIFY);
	assert_int_equal(parse("--dry-run in"), 0);
	assert_int_equal(parse("--dry-run in out"), 0);
	assert_int_equal(parse("--split -l -d 31 in a b c"), 0);
	assert_int_equal(options.action, SAVE_OPTIONS_SPLIT);
	assert_string_equal(options.input, "in");
	assert_int_equal(options.file_count, 3);
	assert_string_equal(options.files[2], "c");
	assert_int_equal(parse("--reassemble a b out"), 0);
	assert_int_equal(options.action, SAVE_OPTIONS_REASSEMBLE);
	assert_int_equal(options.file_count, 2);
	assert_string_equal(options.files[1], "b");
	assert_string_equal(options.output, "out");
	assert_int_equal(parse("-h"), 0);
	assert_int_equal(parse("-v"), 0);
}

static void test_refused(void **state)
{
	static const char *const lines[] = {
		"", "in", "in out more", "-d 32 in out", "-d x in out", "-d -1 in out", "-d 31,17 in out", "-d in", "-L 0 in out", "-L 5x in out",
		"--num-threads 100000 in out", "-c -l in out", "-E -l in out", "-F in out", "-R in out", "-F --dry-run in", "--verify in out",
		"--dump-dmesg in", "--verify -R in", "--verify -l in", "--dump-dmesg -d 31 in out", "-R -E out", "--message-level 32 in out",
		"--split in a", "--split -E in a b", "--split -F in a b", "--split --dry-run in a b", "--reassemble a out", "--reassemble -l a b out",
		"--split --reassemble a b c", "-x vmlinux in out", "-e in out", "-X in out", "--cyclic-buffer 1 in out", "-d",
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		if (parse(lines[i]) != -EINVAL)
			fail_msg("'%s' is taken", lines[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults), cmocka_unit_test(test_each_letter), cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
