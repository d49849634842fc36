// SPDX-License-Identifier: GPL-2.0
/*
 * kexec_load(2) with arguments that are almost right; runs in a guest as root.
 *
 *	hostile calls SEED COUNT	COUNT calls of one process; images come and go
 *	hostile together SEED COUNT	two processes share the count, the segment lists and the data, while a third resizes the region
 *	hostile answers SEED COUNT	flags that every kernel knows; a letter for each answer, to compare
 *	hostile show SEED NUMBER	what the call of that number would have been
 *
 * A call is an image that could be loaded, with none, one or two things wrong.  Exit 1: an answer that kexec_load does not
 * give, or a state in sysfs that the answers do not explain.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE		4096UL
#define MIB		(1UL << 20)
#define GIB		(1UL << 30)
#define DATA_BYTES	(16 * PAGE)
#define FALLBACK	0x8000UL
#define UPDATE		0x4UL
#define COMPAT_NR	283	/* kexec_load of i386 */
#define SIZE_FILE	"/sys/kernel/kexec_crash_size"

struct narrow_segment {
	uint32_t buf, bufsz, mem, memsz;
};

struct call {
	unsigned long entry, count, flags;
	struct kexec_segment segment[KEXEC_SEGMENT_MAX + 1];
	const void *list;	/* NULL: where the segments are put */
	bool at_the_edge;	/* the list ends where nothing is mapped */
	bool compat;
};

static uint64_t state;
static unsigned long region_start, region_end, ram_end;
/* Both below 4 GiB, for compat calls, and with nothing behind. */
static char *data, *list_pages;
static unsigned long extra_flags = UPDATE | FALLBACK;
/* Upstream's compat call answers the number of bytes that it could not read. */
static bool excuse_upstream;

static uint64_t below(uint64_t limit)
{
	state = state * 6364136223846793005u + 1442695040888963407u;	/* Knuth, MMIX */
	return (state >> 16) % limit;
}

static bool one_in(unsigned int n)
{
	return !below(n);
}

static void read_iomem(void)
{
	FILE *file = fopen("/proc/iomem", "r");
	unsigned long start, end;
	char line[200];

	region_start = 16 * MIB;
	region_end = 17 * MIB;
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx-%lx", &start, &end) != 2)
			continue;
		if (strstr(line, "System RAM"))
			ram_end = end + 1;
		if (strstr(line, "Crash kernel")) {
			region_start = start;
			region_end = end + 1;
		}
	}
	if (file)
		fclose(file);
}

static int number_in(const char *path)
{
	FILE *file = fopen(path, "r");
	int number = -1;

	if (file) {
		if (fscanf(file, "%d", &number) != 1)
			number = -1;
		fclose(file);
	}
	return number;
}

/* At an address that is the same in every run. */
static char *pages_with_nothing_behind(unsigned long address, size_t bytes)
{
	char *at = mmap((void *)address, bytes + PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (at == MAP_FAILED || munmap(at + bytes, PAGE)) {
		perror("hostile: mmap");
		exit(2);
	}
	return at;
}

/* --- a call -------------------------------------------------------------------------------- */

static unsigned long any_border(void)
{
	const unsigned long border[] = {
		0, MIB, region_start, region_start, region_end, region_end, ram_end, 3 * GIB, 4 * GIB,
		1UL << 46, 1UL << 47, 1UL << 52, 1UL << 63, 0xffff888000000000, (unsigned long)data, -PAGE,
	};

	return border[below(sizeof(border) / sizeof(*border))] + (below(5) - 2) * (one_in(4) ? 1 : PAGE);
}

static const void *any_pointer(void)
{
	const unsigned long pointer[] = {
		0, 8, (unsigned long)data + DATA_BYTES, (unsigned long)data + 1, 0x7fffffffe000, 0x7ffffffffff8,
		0x800000000000, 0xffff800000000000, 0xffff888000000000, 0xffff888001000000, 0xffffffff81000000, -PAGE, -8,
	};

	return (const void *)pointer[below(sizeof(pointer) / sizeof(*pointer))];
}

static void make_good(struct call *call)
{
	bool crash = one_in(2);
	unsigned long from = crash ? region_start : 16 * MIB, end = crash ? region_end : ram_end;
	unsigned long at = from + below((end - from) / PAGE) * PAGE, i;

	memset(call, 0, sizeof(*call));
	call->flags = (one_in(16) ? KEXEC_ARCH_DEFAULT : KEXEC_ARCH_X86_64) | (crash ? KEXEC_ON_CRASH : 0);
	if (crash && one_in(4))
		call->flags |= UPDATE;
	if (crash && one_in(4))
		call->flags |= FALLBACK;
	call->count = one_in(12) ? 0 : one_in(8) ? below(KEXEC_SEGMENT_MAX + 1) : 1 + below(3);
	call->entry = at;
	for (i = 0; i <= KEXEC_SEGMENT_MAX; i++) {
		struct kexec_segment *segment = &call->segment[i];
		unsigned long pages = below(5);

		*segment = (struct kexec_segment){ data, below(pages * PAGE + 1), (void *)at, pages * PAGE };
		at += (pages + below(3)) * PAGE;
	}
	call->compat = one_in(8);
}

static void spoil_segment(struct kexec_segment *segment, const struct kexec_segment *other)
{
	switch (below(9)) {
	case 0: segment->mem = (char *)segment->mem + 1 + below(PAGE - 1); break;
	case 1: segment->memsz += 1 + below(PAGE - 1); break;
	case 2: segment->mem = (char *)other->mem + (below(3) - 1) * PAGE; break;
	case 3: segment->mem = (void *)any_border(); break;
	case 4: segment->memsz = any_border(); break;
	case 5: segment->bufsz = any_border(); break;
	case 6: segment->bufsz = segment->memsz + below(3) - 1; break;
	case 7: segment->buf = any_pointer(); break;
	case 8: segment->memsz = any_border() - (unsigned long)segment->mem; break;
	}
}

static void spoil(struct call *call)
{
	switch (below(13)) {
	case 0: call->entry = any_border(); break;
	case 1: call->count = KEXEC_SEGMENT_MAX + below(2); break;
	case 2: call->count = any_border(); break;
	case 3: call->flags ^= 1UL << below(64); break;
	case 4: call->flags ^= below(256) << 16; break;
	case 5: call->list = any_pointer(); break;
	case 6: call->at_the_edge = true; break;
	case 7:	/* hardly any room for control pages */
		call->count = 1;
		call->segment[0].mem = (void *)region_start;
		call->segment[0].memsz = region_end - region_start - below(12) * PAGE;
		break;
	default:
		spoil_segment(&call->segment[below(call->count && call->count < 17 ? call->count : 17)], &call->segment[below(17)]);
	}
}

/* Much memory is filled only once in a while: it takes long. */
static void limit(struct call *call)
{
	bool costly_is_allowed = one_in(1024);
	unsigned int i;

	call->flags &= ~(UPDATE | FALLBACK) | extra_flags;
	if (call->compat) {
		call->count = (uint32_t)call->count;
		call->flags = (uint32_t)call->flags;
	}

	for (i = 0; i <= KEXEC_SEGMENT_MAX; i++)
		if (call->segment[i].bufsz > DATA_BYTES && !costly_is_allowed)
			call->segment[i].bufsz = call->segment[i].bufsz <= call->segment[i].memsz ? DATA_BYTES + 1 : -1UL;
}

static void make(struct call *call)
{
	unsigned int wrong = below(5);

	make_good(call);
	for (wrong = wrong > 2 ? wrong - 2 : wrong; wrong; wrong--)
		spoil(call);
	limit(call);
}

/* --- doing it ---------------------------------------------------------------------------------- */

/* Puts the segments into shared memory; where they begin. */
static const void *put_list(const struct call *call)
{
	size_t each = call->compat ? sizeof(struct narrow_segment) : sizeof(struct kexec_segment), i;
	size_t count = call->count <= KEXEC_SEGMENT_MAX + 1 ? call->count : KEXEC_SEGMENT_MAX + 1;
	/* At the edge the last one is not there. */
	char *to = call->at_the_edge && count ? list_pages + PAGE - (count - 1) * each : list_pages;
	char *at = to;

	for (i = 0; i + call->at_the_edge < count; i++, at += each) {
		const struct kexec_segment *segment = &call->segment[i];
		struct narrow_segment narrow = { (unsigned long)segment->buf, segment->bufsz, (unsigned long)segment->mem, segment->memsz };

		memcpy(at, call->compat ? (const void *)&narrow : segment, each);
	}
	return to;
}

/* 0 or an errno. */
static int issue(const struct call *call)
{
	const void *list = call->list ? call->list : put_list(call);
	long ret;

	if (!call->compat)
		return syscall(SYS_kexec_load, call->entry, call->count, list, call->flags) ? errno : 0;
	asm volatile("int $0x80" : "=a" (ret)
		     : "a" (COMPAT_NR), "b" (call->entry), "c" (call->count), "d" (list), "S" (call->flags)
		     : "memory", "r8", "r9", "r10", "r11");
	return excuse_upstream && (int)ret > 0 ? EFAULT : -(int)ret;
}

static char letter(int error)
{
	switch (error) {
	case 0: return '.';
	case EINVAL: return 'i';
	case EADDRNOTAVAIL: return 'a';
	case EFAULT: return 'f';
	case ENOMEM: return 'm';
	case EBUSY: return 'b';
	}
	return 0;
}

static void show(const struct call *call, unsigned long number, int error)
{
	unsigned long i;

	printf("call %lu: %sentry %#lx, %lu segments at %p%s, flags %#lx: error %d\n", number, call->compat ? "compat, " : "", call->entry,
	       call->count, call->list, call->at_the_edge ? ", cut off" : "", call->flags, error);
	for (i = 0; i < call->count && i <= KEXEC_SEGMENT_MAX; i++)
		printf("  buf %p + %#zx, mem %p + %#zx\n", call->segment[i].buf, call->segment[i].bufsz, call->segment[i].mem, call->segment[i].memsz);
}

/* What sysfs must say after the calls of one process: -1, anything. */
struct loaded {
	int normal, crash;
};

static void follow(struct loaded *loaded, const struct call *call, int error)
{
	int now = call->count != 0;

	if (!(call->flags & KEXEC_ON_CRASH)) {
		if (!error)
			loaded->normal = now;
	} else if (!error && !(call->flags & FALLBACK)) {
		loaded->crash = now;
	} else if (error != EADDRNOTAVAIL && error != EBUSY) {
		/* A load that failed half-way may have had no room beside the old image; the fallback counts as loaded, too. */
		loaded->crash = -1;
	}
}

static bool is_explained(const struct loaded *loaded)
{
	int normal = number_in("/sys/kernel/kexec_loaded"), crash = number_in("/sys/kernel/kexec_crash_loaded");

	if (normal == loaded->normal && (loaded->crash < 0 || crash == loaded->crash))
		return true;
	printf("kexec_loaded %d, kexec_crash_loaded %d; expected %d, %d\n", normal, crash, loaded->normal, loaded->crash);
	return false;
}

static int run(uint64_t seed, unsigned long count, bool alone, bool letters)
{
	unsigned long answers[128] = { 0 }, i;
	struct loaded loaded = { 0, 0 };
	struct call call;

	state = seed;
	for (i = 0; i < count; i++) {
		int error;

		if (!alone && i % 256 == 0)
			read_iomem();
		make(&call);
		error = issue(&call);
		if (!letter(error)) {
			show(&call, i, error);
			return 1;
		}
		answers[(int)letter(error)]++;
		if (letters)
			printf(i % 64 == 63 ? "%c\n" : "%c", letter(error));
		if (!alone || letters)
			continue;
		follow(&loaded, &call, error);
		if (i % 64 == 63 && !is_explained(&loaded)) {
			show(&call, i, error);
			return 1;
		}
	}
	printf("\nseed %lu, %lu calls: %lu loaded or unloaded, EINVAL %lu, EADDRNOTAVAIL %lu, EFAULT %lu, ENOMEM %lu, EBUSY %lu\n",
	       seed, count, answers['.'], answers['i'], answers['a'], answers['f'], answers['m'], answers['b']);
	return 0;
}

/* Until killed; exit 1 after an answer that the file does not give. */
static void resize(uint64_t seed)
{
	unsigned long done = 0;
	char text[32];

	for (state = seed; ; usleep(3000)) {
		int fd = open(SIZE_FILE, O_WRONLY);
		int bytes = snprintf(text, sizeof(text), "%lu", below(512) * PAGE + (one_in(8) ? below(PAGE) : 0));

		if (write(fd, text, bytes) == bytes)
			done++;
		else if (errno != EBUSY && errno != ENOENT && errno != ENOMEM)
			_exit(1);
		close(fd);
		if (done == 10) {
			dprintf(1, "resized 10 times\n");
			done++;
		}
	}
}

static int together(uint64_t seed, unsigned long count)
{
	pid_t resizer, child;
	int ret, status, ended;

	resizer = fork();
	if (!resizer)
		resize(seed + 2);
	child = fork();
	ret = run(seed + !child, count / 2, false, false);
	fflush(stdout);
	if (!child)
		_exit(ret);
	ended = waitpid(resizer, &status, WNOHANG);
	kill(resizer, SIGKILL);
	/* It may hold the lock, with which nothing could be unloaded. */
	if (!ended)
		waitpid(resizer, NULL, 0);
	if (ended || waitpid(child, &status, 0) != child || status)
		ret = 1;
	return ret;
}

static void show_only(uint64_t seed, unsigned long number)
{
	struct call call;
	unsigned long i;

	state = seed;
	for (i = 0; i <= number; i++)
		make(&call);
	show(&call, number, 0);
}

int main(int argc, char **argv)
{
	uint64_t seed = argc == 4 ? strtoull(argv[2], NULL, 0) : 0;
	unsigned long count = argc == 4 ? strtoul(argv[3], NULL, 0) : 0;
	int ret = 2;

	data = pages_with_nothing_behind(512 * MIB, DATA_BYTES);
	memset(data, 0x5a, DATA_BYTES);
	/* What KEXEC_UPDATE_ELFCOREHDR looks for: an empty ELF64 core file's header. */
	memcpy(data, "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\4\0\76\0\1\0\0\0\0\0\0\0\0\0\0\0\100\0\0\0\0\0\0\0"
		     "\0\0\0\0\0\0\0\0\0\0\0\0\100\0\70\0\0\0\0\0\0\0\0\0", 64);
	list_pages = pages_with_nothing_behind(513 * MIB, PAGE);
	read_iomem();
	if (argc == 4 && !strcmp(argv[1], "calls"))
		ret = run(seed, count, true, false);
	else if (argc == 4 && !strcmp(argv[1], "together"))
		ret = together(seed, count);
	else if (argc == 4 && !strcmp(argv[1], "answers")) {
		extra_flags = 0;
		excuse_upstream = true;
		ret = run(seed, count, true, true);
	} else if (argc == 4 && !strcmp(argv[1], "show")) {
		show_only(seed, count);
		ret = 0;
	} else {
		fprintf(stderr, "usage: hostile calls|together|answers SEED COUNT | show SEED NUMBER\n");
	}
	if (ret < 2)
		for (unsigned int i = 0; i < 2; i++)
			syscall(SYS_kexec_load, 0, 0, NULL, KEXEC_ARCH_X86_64 | (i ? KEXEC_ON_CRASH : 0));
	return ret;
}
