// SPDX-License-Identifier: GPL-2.0
/*
 * Allocations that fail, in a kernel with fault injection (make linux-debug); runs in a guest as root.
 *
 *	failing load START		every kind of kexec_load(2); START: of the crash region, of 1 MiB
 *	failing write FILE BEFORE TEXT	a write of TEXT to a file into which BEFORE was written
 *	failing online FILE		memory comes online: FILE is the state of a block, now online; slab objects only
 *
 * Each call is made with its first allocation failing, with its second, and so on until there is none left to fail: first that one
 * only, where a copy from or to the caller's memory counts, too; then that and all slab objects behind it; then that and all pages
 * behind it.  The kernel may do without, or refuse: then all must be as it was, and the same call must work afterwards.
 * Fault injection: Documentation/fault-injection/fault-injection.rst of Linux.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE		4096UL
#define NORMAL_PA	(64UL << 20)
#define FALLBACK	0x8000UL
#define UPDATE		0x4UL
#define COMPAT_NR	283		/* kexec_load of i386 */
#define SLAB_STEP	64		/* bytes of slab objects that are given before the next try */
#define MANY_TIMES	1000000		/* more failures than a call can see */
#define MOST_STEPS	20000
#define DEBUGFS		"/sys/kernel/debug/"

#define fail(...) do { printf("failing: " __VA_ARGS__); putchar('\n'); fflush(stdout); exit(1); } while (0)

/* --- files; those of fault injection stay open, for opening a file allocates --------------------- */

static int open_file(const char *path)
{
	int fd = open(path, O_RDWR);

	if (fd < 0)
		fail("%s: %s", path, strerror(errno));
	return fd;
}

static void put(int fd, unsigned long number)
{
	char text[32];
	int bytes = snprintf(text, sizeof(text), "%lu", number);

	if (write(fd, text, bytes) != bytes)
		fail("write %s: %s", text, strerror(errno));
}

static long get(int fd)
{
	char text[32] = "";

	return pread(fd, text, sizeof(text) - 1, 0) > 0 ? strtol(text, NULL, 0) : -1;
}

static void set(const char *path, const char *text)
{
	int fd = open_file(path);

	if (write(fd, text, strlen(text)) < 0)
		fail("%s: %s", path, strerror(errno));
	close(fd);
}

static long number_in(const char *path)
{
	FILE *file = fopen(path, "r");
	long number = -1;

	if (file) {
		if (fscanf(file, "%ld", &number) != 1)
			number = -1;
		fclose(file);
	}
	return number;
}

/* --- ways to fail ------------------------------------------------------------------------------------ */

static int nth_fd, task_fd;

struct attribute {
	const char *name;
	unsigned long step;
	int probability, times, space;	/* open to write; these files can be read only once */
};

static struct attribute slab = { "failslab", SLAB_STEP }, pages = { "fail_page_alloc", 1 };

static void attribute_open(struct attribute *attribute)
{
	struct { const char *file, *text; } const fixed[] = { { "verbose", "0" }, { "task-filter", "Y" }, { "ignore-gfp-wait", "N" } };
	char path[100];
	size_t i;

	for (i = 0; i < sizeof(fixed) / sizeof(*fixed); i++) {
		snprintf(path, sizeof(path), DEBUGFS "%s/%s", attribute->name, fixed[i].file);
		set(path, fixed[i].text);
	}
	snprintf(path, sizeof(path), DEBUGFS "%s/probability", attribute->name);
	attribute->probability = open_file(path);
	snprintf(path, sizeof(path), DEBUGFS "%s/times", attribute->name);
	attribute->times = open_file(path);
	snprintf(path, sizeof(path), DEBUGFS "%s/space", attribute->name);
	attribute->space = open_file(path);
}

static void open_faults(void)
{
	nth_fd = open_file("/proc/self/fail-nth");
	task_fd = open_file("/proc/self/make-it-fail");
	attribute_open(&slab);
	attribute_open(&pages);
	set(DEBUGFS "fail_page_alloc/min-order", "0");
	set(DEBUGFS "fail_page_alloc/ignore-gfp-highmem", "N");
	set(DEBUGFS "fail_usercopy/verbose", "0");
}

static void attribute_arm(struct attribute *attribute, unsigned int step)
{
	put(attribute->space, (step - 1) * attribute->step);
	put(attribute->times, MANY_TIMES);
	put(attribute->probability, 100);
	put(task_fd, 1);
}

static bool attribute_disarm(struct attribute *attribute)
{
	char path[100];

	put(task_fd, 0);
	put(attribute->probability, 0);
	snprintf(path, sizeof(path), DEBUGFS "%s/times", attribute->name);
	return number_in(path) != MANY_TIMES;
}

static void once_arm(unsigned int step)
{
	put(nth_fd, step);
}

/* The file says how many are left to go.  Reading it copies, so it may hit the reader. */
static bool once_disarm(void)
{
	bool failed = get(nth_fd) == 0;

	while (pwrite(nth_fd, "0", 1, 0) != 1)
		;
	return failed;
}

static void slab_arm(unsigned int step) { attribute_arm(&slab, step); }
static bool slab_disarm(void) { return attribute_disarm(&slab); }
static void pages_arm(unsigned int step) { attribute_arm(&pages, step); }
static bool pages_disarm(void) { return attribute_disarm(&pages); }

/* disarm: true if anything has failed. */
static const struct fault {
	const char *name;
	void (*arm)(unsigned int step);
	bool (*disarm)(void);
} faults[] = {
	{ "once", once_arm, once_disarm },
	{ "slab for ever", slab_arm, slab_disarm },
	{ "pages for ever", pages_arm, pages_disarm },
};

/* --- the calls ------------------------------------------------------------------------------------------- */

static char data[8 * PAGE] __attribute__((aligned(PAGE)));
static unsigned long region_pa;
static int written_fd;
static const char *written_before, *written_text;

/* Five pages of data, and two that want only zeroes; the first begins like an ELF core file. */
static long load(unsigned long pa, unsigned long flags)
{
	const struct kexec_segment list[] = {
		{ data, 3 * PAGE, (void *)pa, 4 * PAGE },
		{ data, 2 * PAGE, (void *)(pa + 8 * PAGE), 3 * PAGE },
	};

	return syscall(SYS_kexec_load, pa, 2, list, flags | KEXEC_ARCH_X86_64);
}

static long load_narrow(void)
{
	static struct { uint32_t buf, bufsz, mem, memsz; } list[] = { { 0, PAGE, NORMAL_PA, 2 * PAGE } };
	long ret;

	list[0].buf = (uintptr_t)data;
	asm volatile("int $0x80" : "=a" (ret)
		     : "a" (COMPAT_NR), "b" (NORMAL_PA), "c" (1), "d" (list), "S" (KEXEC_ARCH_X86_64)
		     : "memory", "r8", "r9", "r10", "r11");
	if ((int)ret >= 0)
		return ret;
	errno = -(int)ret;
	return -1;
}

static long load_normal(void) { return load(NORMAL_PA, 0); }
static long load_crash(void) { return load(region_pa, KEXEC_ON_CRASH); }
static long load_updated(void) { return load(region_pa, KEXEC_ON_CRASH | UPDATE); }
static long load_beside(void) { return load(region_pa + 128 * PAGE, KEXEC_ON_CRASH | UPDATE); }
static long load_fallback(void) { return load(region_pa + 128 * PAGE, KEXEC_ON_CRASH | FALLBACK); }
static long unload(void) { return syscall(SYS_kexec_load, 0, 0, NULL, KEXEC_ON_CRASH | KEXEC_ARCH_X86_64); }

static long write_text(void)
{
	return pwrite(written_fd, written_text, strlen(written_text), 0) < 0 ? -1 : 0;
}

static void must(const char *what, long ret)
{
	if (ret)
		fail("%s: %s", what, strerror(errno));
}

static void have_none(void)
{
	must("unload", unload());
	must("unload", syscall(SYS_kexec_load, 0, 0, NULL, KEXEC_ARCH_X86_64));
}

static void have_normal(void)
{
	have_none();
	must("load another", load(NORMAL_PA + (1 << 20), 0));
}

static void have_crash(void)
{
	have_none();
	must("load the first", load_crash());
}

static void have_both(void)
{
	have_crash();
	must("load a fallback", load_fallback());
}

static void have_before(void)
{
	if (pwrite(written_fd, written_before, strlen(written_before), 0) < 0)
		fail("write %s: %s", written_before, strerror(errno));
}

struct kind {
	const char *name;
	void (*before)(void);
	long (*call)(void);
	bool may_withdraw;	/* what it lies on is gone before it can fail */
	int errno_too;		/* beside ENOMEM */
};

static const struct kind loads[] = {
	{ "normal", have_none, load_normal },
	{ "normal by the 32-bit call", have_none, load_narrow },
	{ "normal in place of another", have_normal, load_normal },
	{ "crash", have_none, load_crash },
	{ "crash with a header to update", have_none, load_updated },
	{ "crash beside another", have_crash, load_beside },
	{ "crash over another", have_crash, load_updated, true },
	{ "crash over the fallback", have_both, load_beside, true },
	{ "fallback", have_crash, load_fallback },
	{ "fallback over another", have_both, load_fallback, true },
	{ "unload", have_both, unload },
};

/* --- the test --------------------------------------------------------------------------------------------- */

struct state {
	long normal, crash, size;
	char region[80];
};

static struct state look(void)
{
	struct state now = {
		number_in("/sys/kernel/kexec_loaded"), number_in("/sys/kernel/kexec_crash_loaded"), number_in("/sys/kernel/kexec_crash_size"), "",
	};
	FILE *file = fopen("/proc/iomem", "r");
	char line[80];

	while (file && fgets(line, sizeof(line), file))
		if (strstr(line, "Crash kernel"))
			strcpy(now.region, line);
	if (file)
		fclose(file);
	return now;
}

static bool same(const struct state *a, const struct state *b, bool may_withdraw)
{
	return a->normal == b->normal && (a->crash == b->crash || (may_withdraw && !a->crash)) && a->size == b->size &&
	       !strcmp(a->region, b->region);
}

/* One step; true if something failed.  *ret_refused: the call did. */
static bool try(const struct kind *kind, const struct fault *fault, unsigned int step, bool *ret_refused)
{
	struct state was, is;
	bool failed;
	long ret;
	int error;

	kind->before();
	was = look();
	fault->arm(step);
	ret = kind->call();
	error = errno;
	failed = fault->disarm();
	is = look();
	*ret_refused = ret != 0;
	if (!ret)
		return failed;
	if (!failed)
		fail("%s, nothing fails: %s", kind->name, strerror(error));
	if (error != ENOMEM && error != kind->errno_too && !(error == EFAULT && fault->arm == once_arm))
		fail("%s, %s, step %u: %s", kind->name, fault->name, step, strerror(error));
	if (!same(&is, &was, kind->may_withdraw))
		fail("%s, %s, step %u: loaded %ld, %ld, region %ld %s; before %ld, %ld, region %ld %s", kind->name, fault->name, step,
		     is.normal, is.crash, is.size, is.region, was.normal, was.crash, was.size, was.region);
	must("the same call again", kind->call());
	return failed;
}

static void run(const struct kind *kind, const struct fault *fault)
{
	unsigned int step, refused = 0;
	bool is_refused;

	for (step = 1; try(kind, fault, step, &is_refused); step++) {
		refused += is_refused;
		if (step == MOST_STEPS)
			fail("%s, %s: no end", kind->name, fault->name);
	}
	printf("%s; %s: %u failures, %u refused\n", kind->name, fault->name, step - 1, refused);
	fflush(stdout);
}

static void run_with_all(const struct kind *kind)
{
	unsigned int i;

	/* What is only allocated by the first call is not the call's. */
	kind->before();
	must(kind->name, kind->call());
	for (i = 0; i < sizeof(faults) / sizeof(*faults); i++)
		run(kind, &faults[i]);
}

int main(int argc, char **argv)
{
	unsigned int i;

	/* An empty ELF64 core file's header, for KEXEC_UPDATE_ELFCOREHDR. */
	memset(data, 0x5a, sizeof(data));
	memcpy(data, "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\4\0\76\0\1\0\0\0\0\0\0\0\0\0\0\0\100\0\0\0\0\0\0\0"
		     "\0\0\0\0\0\0\0\0\0\0\0\0\100\0\70\0\0\0\0\0\0\0\0\0", 64);
	/* A page fault of ours would be hit, too. */
	must("mlockall", mlockall(MCL_CURRENT | MCL_FUTURE));
	open_faults();
	if (argc == 3 && !strcmp(argv[1], "load")) {
		region_pa = strtoul(argv[2], NULL, 16);
		for (i = 0; i < sizeof(loads) / sizeof(*loads); i++)
			run_with_all(&loads[i]);
		have_none();
	} else if (argc == 5 && !strcmp(argv[1], "write")) {
		const struct kind kind = { argv[4], have_before, write_text };

		written_fd = open_file(argv[2]);
		written_before = argv[3];
		written_text = argv[4];
		run_with_all(&kind);
	} else if (argc == 3 && !strcmp(argv[1], "online")) {
		/* A notifier that refuses gives EPERM. */
		const struct kind kind = { "online", have_before, write_text, .errno_too = EPERM };

		written_fd = open_file(argv[2]);
		written_before = "offline";
		written_text = "online_movable";
		run(&kind, &faults[1]);
	} else {
		fail("usage: failing load START | write FILE BEFORE TEXT | online FILE");
	}
	return 0;
}
