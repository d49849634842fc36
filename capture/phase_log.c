// SPDX-License-Identifier: GPL-2.0
#include "capture/phase_log.h"

#include "capture/elfcore.h"
#include "capture/vmcoreinfo.h"

#define WORD_BYTES 24u	/* of a phase's or image's name that is shown; Linux's names of tasks are shorter */

/* A piece of the log's text. */
struct piece {
	const char *text;
	u32 bytes;
};

struct phase_log phase_log_find(const void *notes, u32 bytes)
{
	struct phase_log log = { 0 };
	struct elfcore_note note;
	u32 at = 0;

	while (!log.text && elfcore_next_note(notes, bytes, &at, &note)) {
		if (!elfcore_note_is(&note, PHASE_LOG_NOTE_NAME, PHASE_LOG_NOTE_TYPE))
			continue;
		log.text = (const char *)note.desc;
		while (log.bytes < note.desc_bytes && log.bytes < PHASE_LOG_MAX_BYTES && log.text[log.bytes])
			log.bytes++;
	}
	return log;
}

char phase_log_printable(char c)
{
	return c == '\n' || (c >= ' ' && c <= '~') ? c : '.';
}

/* --- reading ------------------------------------------------------------------------------- */

/* The value of the next "key=value" line from *at on; *at moves behind it. */
static bool next_value(const struct phase_log *log, u32 *at, const char *key, struct piece *ret_value)
{
	u32 key_bytes = (u32)strlen(key);

	while (*at < log->bytes) {
		const char *line = log->text + *at;
		u32 length = 0;

		while (*at + length < log->bytes && line[length] != '\n')
			length++;
		*at += length + 1;
		if (length <= key_bytes || line[key_bytes] != '=' || memcmp(line, key, key_bytes))
			continue;
		*ret_value = (struct piece){ line + key_bytes + 1, length - key_bytes - 1 };
		return true;
	}
	return false;
}

/* A value's first word. */
static struct piece first_word(struct piece value)
{
	u32 length = 0;

	while (length < value.bytes && value.text[length] != ' ')
		length++;
	return (struct piece){ value.text, length };
}

/* X of the word "name=X" in a value; no bytes when there is none. */
static struct piece named_word(struct piece value, const char *name)
{
	u32 name_bytes = (u32)strlen(name);

	while (value.bytes) {
		struct piece word = first_word(value);
		u32 skip = word.bytes < value.bytes ? word.bytes + 1 : word.bytes;

		if (word.bytes > name_bytes && word.text[name_bytes] == '=' && !memcmp(word.text, name, name_bytes))
			return (struct piece){ word.text + name_bytes + 1, word.bytes - name_bytes - 1 };
		value = (struct piece){ value.text + skip, value.bytes - skip };
	}
	return (struct piece){ 0 };
}

/* The tsc of a phase's line; 0 when it is no number. */
static u64 tsc_of(struct piece phase)
{
	struct piece word = named_word(phase, "tsc");
	u64 tsc = 0;

	for (u32 i = 0; i < word.bytes; i++) {
		if (word.text[i] < '0' || word.text[i] > '9' || tsc > ~0ull / 10 - 1)
			return 0;
		tsc = tsc * 10 + (u64)(word.text[i] - '0');
	}
	return tsc;
}

/* True when that CPU's registers came after all. */
static bool is_late(const struct phase_log *log, struct piece cpu)
{
	struct piece late;
	u32 at = 0;

	while (next_value(log, &at, "nmi_late", &late))
		if (late.bytes == cpu.bytes && !memcmp(late.text, cpu.text, cpu.bytes))
			return true;
	return false;
}

/* --- the summary ------------------------------------------------------------------------------ */

struct line {
	char *buf;
	size_t used, size;	/* a NUL always fits behind used */
};

static void add_text(struct line *line, const char *text)
{
	for (; *text && line->used + 1 < line->size; text++)
		line->buf[line->used++] = *text;
	line->buf[line->used] = 0;
}

static void add_piece(struct line *line, struct piece piece)
{
	for (u32 i = 0; i < piece.bytes && i < WORD_BYTES && line->used + 1 < line->size; i++)
		line->buf[line->used++] = phase_log_printable(piece.text[i]);
	line->buf[line->used] = 0;
}

static void add_phase(struct line *line, const struct phase_log *log)
{
	const struct vmcoreinfo info = { log->text, log->bytes };
	struct piece first, last, next;
	u64 khz, start, end;
	char number[32];
	u32 at = 0;

	if (!next_value(log, &at, "phase", &first))
		return;
	last = first;
	while (next_value(log, &at, "phase", &next))
		last = next;
	add_piece(line, first_word(last));
	start = tsc_of(first);
	end = tsc_of(last);
	if (!start || end < start || vmcoreinfo_number(&info, "tsc_khz", 10, &khz) || !khz)
		return;
	snprintf(number, sizeof(number), " after %llu ms", (unsigned long long)((end - start) / khz));
	add_text(line, number);
}

static void add_silent_cpus(struct line *line, const struct phase_log *log)
{
	const char *before = "; no answer to the NMI:";
	struct piece cpu;
	u32 at = 0;

	while (next_value(log, &at, "nmi_silent", &cpu)) {
		if (is_late(log, first_word(cpu)))
			continue;
		add_text(line, before);
		add_text(line, " CPU ");
		add_piece(line, first_word(cpu));
		add_text(line, " (pid ");
		add_piece(line, named_word(cpu, "pid"));
		add_text(line, " ");
		add_piece(line, named_word(cpu, "comm"));
		add_text(line, ")");
		before = ",";
	}
}

static void add_damaged_images(struct line *line, const struct phase_log *log)
{
	struct piece name;
	u32 at = 0;

	while (next_value(log, &at, "damaged", &name)) {
		add_text(line, "; damaged image: ");
		add_piece(line, name);
	}
}

void phase_log_summarize(const struct phase_log *log, char *buf, size_t size)
{
	struct line line = { .buf = buf, .size = size };

	buf[0] = 0;
	add_phase(&line, log);
	if (!line.used)
		return;
	add_silent_cpus(&line, log);
	add_damaged_images(&line, log);
}
