// SPDX-License-Identifier: GPL-2.0
#include "capture/phase_log.h"

#include <stdarg.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fake_memory.h"

#define PANIC "cpu=1\nphase=panic tsc=1000000\ntsc_khz=1000000\n"
#define JUMP "image=first\nphase=jump tsc=13999999\nreason=x\n"

/* In memory of exactly its size, so that the sanitizer sees one byte more. */
static void assert_summary(const char *text, const char *expected)
{
	struct phase_log log = { memcpy(malloc(strlen(text) + !*text), text, strlen(text)), (u32)strlen(text) };
	char said[PHASE_LOG_SUMMARY_BYTES];

	memset(said, 'x', sizeof(said));
	phase_log_summarize(&log, said, sizeof(said));
	free((void *)(uintptr_t)log.text);
	assert_string_equal(said, expected);
}

static void test_phase_log_summarize_all_went_well(void **state)
{
	assert_summary(PANIC "phase=cpus_stopped tsc=2000000\nnmi_answered=0,2\n" JUMP, "jump after 12 ms");
}

static void test_phase_log_summarize_silent_cpus(void **state)
{
	assert_summary(PANIC "nmi_silent=4 task=ffff pid=17 comm=kworker/4:1 last_sp=ff\nnmi_silent=7 task=0 pid=-1 comm=? last_sp=0\n" JUMP,
		       "jump after 12 ms; no answer to the NMI: CPU 4 (pid 17 kworker/4:1), CPU 7 (pid -1 ?)");
}

/* Its registers are in the dump after all; 1 is not 17. */
static void test_phase_log_summarize_late_cpu(void **state)
{
	assert_summary(PANIC "nmi_silent=1 pid=5 comm=a\nnmi_silent=17 pid=6 comm=b\nnmi_late=17\n" JUMP,
		       "jump after 12 ms; no answer to the NMI: CPU 1 (pid 5 a)");
}

static void test_phase_log_summarize_damaged_image(void **state)
{
	assert_summary(PANIC "damaged=first\nimage=fallback\n" "phase=jump tsc=1000999\n",
		       "jump after 0 ms; damaged image: first");
}

/* Without a clock that makes sense the phase is told all the same. */
static void test_phase_log_summarize_no_time(void **state)
{
	assert_summary("phase=panic tsc=5\nphase=machine_quiet tsc=9", "machine_quiet");
	assert_summary("tsc_khz=0\nphase=panic tsc=5\nphase=jump tsc=9\n", "jump");
	assert_summary("tsc_khz=1\nphase=panic tsc=5\nphase=jump tsc=4\n", "jump");
	assert_summary("tsc_khz=1\nphase=panic tsc=x\nphase=jump tsc=9\n", "jump");
	assert_summary("tsc_khz=1\nphase=panic tsc=1\nphase=jump tsc=99999999999999999999999\n", "jump");
	assert_summary("tsc_khz=1\nphase=panic tsc=1\nphase=jump tsc=\n", "jump");
	assert_summary("tsc_khz=1\nphase=panic\nphase=jump", "jump");
}

static void test_phase_log_summarize_nothing(void **state)
{
	assert_summary("", "");
	assert_summary("\n\n", "");
	assert_summary("phase", "");
	assert_summary("nmi_silent=4\n", "");
}

/* What the dead kernel wrote does not steer a terminal, nor fill the screen. */
static void test_phase_log_summarize_hostile_text(void **state)
{
	assert_summary("phase=\33[2J\x9b\r\n", ".[2J..");
	assert_summary("phase=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa tsc=1\n", "aaaaaaaaaaaaaaaaaaaaaaaa");
	assert_summary("phase=\n", "");
	assert_summary(PANIC "nmi_silent=\nnmi_silent=a pid=\t comm=\7\n",
		       "panic after 0 ms; no answer to the NMI: CPU  (pid  ), CPU a (pid . .)");
}

/* A line that does not fit is cut, and ends. */
static void test_phase_log_summarize_small_buffer(void **state)
{
	static const char text[] = PANIC "nmi_silent=4 pid=1 comm=init\n" JUMP;
	const struct phase_log log = { text, sizeof(text) - 1 };

	for (size_t size = 1; size < 80; size++) {
		char *said = malloc(size);

		phase_log_summarize(&log, said, size);
		assert_int_equal(strlen(said), min_u64(size - 1, strlen("jump after 12 ms; no answer to the NMI: CPU 4 (pid 1 init)")));
		free(said);
	}
}

static void test_phase_log_find(void **state)
{
	static const char said[40] = "phase=panic tsc=1\n\0old";
	_Alignas(4) u8 notes[512];
	struct phase_log log;
	u32 bytes = fake_note_put(notes, "CORE", NT_PRSTATUS, "registers", 9);

	assert_int_equal(phase_log_find(notes, bytes).bytes, 0);
	bytes += fake_note_put(notes + bytes, PHASE_LOG_NOTE_NAME, 1, "of another type", 15);
	bytes += fake_note_put(notes + bytes, "OTHER", PHASE_LOG_NOTE_TYPE, "of another name", 15);
	assert_int_equal(phase_log_find(notes, bytes).bytes, 0);
	bytes += fake_note_put(notes + bytes, PHASE_LOG_NOTE_NAME, PHASE_LOG_NOTE_TYPE, said, sizeof(said));
	log = phase_log_find(notes, bytes);
	assert_int_equal(log.bytes, strlen(said));
	assert_memory_equal(log.text, said, log.bytes);
	assert_int_equal(phase_log_find(notes, bytes - 4).bytes, 0);	/* cut off */
}

/* No NUL at the note's end, and far more text than a log has. */
static void test_phase_log_find_too_long(void **state)
{
	u32 room = 3 * PHASE_LOG_MAX_BYTES;
	u8 *notes = malloc(room + 64), *text = memset(malloc(room), 'a', room);
	u32 bytes = fake_note_put(notes, PHASE_LOG_NOTE_NAME, PHASE_LOG_NOTE_TYPE, text, room);

	assert_int_equal(phase_log_find(notes, bytes).bytes, PHASE_LOG_MAX_BYTES);
	bytes = fake_note_put(notes, PHASE_LOG_NOTE_NAME, PHASE_LOG_NOTE_TYPE, text, 10);
	assert_int_equal(phase_log_find(notes, bytes).bytes, 10);
	free(text);
	free(notes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_phase_log_summarize_all_went_well),
		cmocka_unit_test(test_phase_log_summarize_silent_cpus),
		cmocka_unit_test(test_phase_log_summarize_late_cpu),
		cmocka_unit_test(test_phase_log_summarize_damaged_image),
		cmocka_unit_test(test_phase_log_summarize_no_time),
		cmocka_unit_test(test_phase_log_summarize_nothing),
		cmocka_unit_test(test_phase_log_summarize_hostile_text),
		cmocka_unit_test(test_phase_log_summarize_small_buffer),
		cmocka_unit_test(test_phase_log_find),
		cmocka_unit_test(test_phase_log_find_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
