// SPDX-License-Identifier: GPL-2.0
/*
 * kexec_load(2) with arguments that no tool gives; runs in a guest.
 *
 *	calls image ADDRESS FLAGS NAME	loads an image at a physical address which, when it is
 *					started, says so on COM1 and resets the machine
 *	calls errors START END		many calls around a crash region, one line each with the answer
 *	calls cycles COUNT START	two processes load and unload, in each other's way; how often each answer came.
 *					START: of the crash region, or 0 to leave what is loaded for a panic alone
 *	calls loads COUNT KIB START	loads and unloads one image again and again, between the lines "begin" and "end"
 *					for somebody with a clock.  START: of the crash region, 0 for a normal image
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/kexec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE	4096UL

/* Entered in long mode at its first byte, wherever it lies: prints the text behind it, then port 0xcf9 = 6. */
extern const char payload[], payload_end[];
asm(".pushsection .rodata\n"
    "payload:\n"
    "	lea payload_end(%rip), %rsi\n"
    "1:	mov $0x3fd, %dx\n"		/* 16550 line status */
    "2:	in %dx, %al\n"
    "	test $0x20, %al\n"		/* transmitter empty */
    "	jz 2b\n"
    "	lodsb\n"
    "	test %al, %al\n"
    "	jz 3f\n"
    "	mov $0x3f8, %dx\n"
    "	out %al, %dx\n"
    "	jmp 1b\n"
    "3:	mov $0xcf9, %dx\n"
    "	mov $6, %al\n"
    "	out %al, %dx\n"
    "	jmp 3b\n"
    "payload_end:\n"
    ".popsection\n");

static long kexec_load(unsigned long entry, unsigned long count, const void *segments, unsigned long flags)
{
	return syscall(SYS_kexec_load, entry, count, segments, flags);
}

static int load_image(unsigned long pa, unsigned long flags, const char *name)
{
	static char code[PAGE], zeroes[3 * PAGE];
	struct kexec_segment segments[] = {
		{ code, sizeof(code), (void *)pa, PAGE },
		{ zeroes, sizeof(zeroes), (void *)(pa + PAGE), sizeof(zeroes) },
	};
	size_t bytes = payload_end - payload;

	memcpy(code, payload, bytes);
	snprintf(code + bytes, sizeof(code) - bytes, "\r\nthe %s image runs\r\n", name);
	if (!kexec_load(pa, 2, segments, flags | KEXEC_ARCH_X86_64))
		return 0;
	perror("calls");
	return 1;
}

static void answer(const char *what, long ret)
{
	printf("%s: %s\n", what, ret ? strerrorname_np(errno) : "0");
}

/* One segment at [pa, pa + memsz) with bufsz bytes of zeroes, loaded and unloaded again. */
static void one(const char *what, unsigned long entry, unsigned long pa, size_t bufsz, size_t memsz, unsigned long flags)
{
	static char zeroes[1 << 20];
	struct kexec_segment segment = { zeroes, bufsz, (void *)pa, memsz };

	answer(what, kexec_load(entry, 1, &segment, flags));
	kexec_load(0, 0, NULL, flags & (KEXEC_ON_CRASH | KEXEC_ARCH_MASK));
}

static void segments(const char *what, const struct kexec_segment *list, unsigned long count, unsigned long entry, unsigned long flags)
{
	answer(what, kexec_load(entry, count, list, flags));
	kexec_load(0, 0, NULL, flags & (KEXEC_ON_CRASH | KEXEC_ARCH_MASK));
}

static void crash_errors(unsigned long start, unsigned long end)
{
	const unsigned long flags = KEXEC_ON_CRASH | KEXEC_ARCH_X86_64;

	one("crash, in the region", start, start, PAGE, PAGE, flags);
	one("crash, entry is the region's last byte", end - 1, start, PAGE, PAGE, flags);
	one("crash, entry below the region", start - 1, start, PAGE, PAGE, flags);
	one("crash, entry at the region's end", end, start, PAGE, PAGE, flags);
	one("crash, segment below the region", start, start - PAGE, PAGE, PAGE, flags);
	one("crash, segment crosses the region's end", start, end - PAGE, PAGE, 2 * PAGE, flags);
	one("crash, segment ends at the region's end", start, end - PAGE, PAGE, PAGE, flags);
	one("crash, segment above the region", start, end, PAGE, PAGE, flags);
	one("crash, no room for control pages", start, start, 0, end - start, flags);
	one("crash, no memory at all", start, start, 0, 0, flags);
	one("crash, default architecture", start, start, PAGE, PAGE, KEXEC_ON_CRASH);
	answer("crash, unload nothing", kexec_load(0, 0, NULL, flags));
}

static void normal_errors(void)
{
	const unsigned long flags = KEXEC_ARCH_X86_64, pa = 64UL << 20;
	static char data[2 * PAGE];
	struct kexec_segment list[KEXEC_SEGMENT_MAX + 1];
	unsigned int i;

	one("one page", pa, pa, PAGE, PAGE, flags);
	one("half a page of data", pa, pa, PAGE / 2, PAGE, flags);
	one("no data", pa, pa, 0, 16 * PAGE, flags);
	one("1 MiB of data in 4 MiB", pa, pa, 1 << 20, 4 << 20, flags);
	one("start not aligned", pa, pa + 1, 1, PAGE, flags);
	one("size not aligned", pa, pa, 1, PAGE + 1, flags);
	one("wraps around", pa, -PAGE, PAGE, 2 * PAGE, flags);
	one("above all memory", pa, 1UL << 60, PAGE, PAGE, flags);
	one("more data than memory", pa, pa, 2 * PAGE, PAGE, flags);
	one("more than half of memory", pa, pa, 0, 1UL << 30, flags);
	one("other architecture", pa, pa, PAGE, PAGE, KEXEC_ARCH_PPC64);
	one("i386 by the 64-bit call", pa, pa, PAGE, PAGE, KEXEC_ARCH_386);
	one("unknown flag 0x10", pa, pa, PAGE, PAGE, flags | 0x10);
	one("unknown flag 0x4000", pa, pa, PAGE, PAGE, flags | 0x4000);
	one("preserve context", pa, pa, PAGE, PAGE, flags | KEXEC_PRESERVE_CONTEXT);
	answer("unload nothing", kexec_load(0, 0, NULL, flags));
	answer("bad segment list", kexec_load(pa, 1, (void *)8, flags));
	answer("too many segments", kexec_load(pa, KEXEC_SEGMENT_MAX + 1, list, flags));
	answer("very many segments", kexec_load(pa, 1UL << 60, list, flags));

	for (i = 0; i < KEXEC_SEGMENT_MAX; i++)
		list[i] = (struct kexec_segment){ data, PAGE, (void *)(pa + 2 * i * PAGE), PAGE };
	segments("as many as allowed", list, KEXEC_SEGMENT_MAX, pa, flags);
	list[7].mem = list[3].mem;
	segments("two on one place", list, 8, pa, flags);
	list[7] = (struct kexec_segment){ data, PAGE, (void *)(pa + PAGE), 4 * PAGE };
	segments("one over another's start", list, 8, pa, flags);
	list[0].buf = (void *)8;
	segments("bad data pointer", list, 1, pa, flags);
}

static void rights_errors(unsigned long start)
{
	const unsigned long flags = KEXEC_ARCH_X86_64;

	if (seteuid(1000))
		exit(1);
	one("not root", start, start, PAGE, PAGE, flags);
	one("not root, bad flags", start, start, PAGE, PAGE, flags | 0x4000);
	if (seteuid(0))
		exit(1);
	if (system("echo 1 > /proc/sys/kernel/kexec_load_disabled"))
		exit(1);
	one("disabled", start, start, PAGE, PAGE, flags);
	answer("disabled, unload", kexec_load(0, 0, NULL, flags));
	printf("disabled, back: %d\n", system("echo 0 > /proc/sys/kernel/kexec_load_disabled") != 0);
}

/* Images of changing size in both slots; every third one has a page that can't be read. */
static int cycle(unsigned int count, unsigned long crash_pa, unsigned int seed)
{
	unsigned int loaded = 0, busy = 0, fault = 0, other = 0, i;
	char *data = mmap(NULL, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (data == MAP_FAILED || munmap(data + (7 << 20), 1 << 20))
		return 1;
	memset(data, seed, 7 << 20);
	for (i = 0; i < count; i++) {
		int crash = crash_pa && (i + seed) % 2, bad = i % 3 == 2;
		unsigned long pa = crash ? crash_pa : 64UL << 20, flags = KEXEC_ARCH_X86_64 | (crash ? KEXEC_ON_CRASH : 0);
		size_t bytes = crash ? 256 << 10 : (1 + i % 6) << 20;
		struct kexec_segment segment = { bad ? data + (7 << 20) - bytes / 2 : data, bytes, (void *)pa, bytes };

		long ret;

		while ((ret = kexec_load(pa, 1, &segment, flags)) && errno == EBUSY)
			busy++;
		if (!ret)
			loaded++;
		else if (errno == EFAULT)
			fault++;
		else
			other++;
		if (i % 4 == 3)
			kexec_load(0, 0, NULL, flags);
	}
	printf("loaded %u, busy %u, fault %u, other %u\n", loaded, busy, fault, other);
	return other != 0;
}

static int cycles(unsigned int count, unsigned long crash_pa)
{
	pid_t child = fork();
	int ret, status = 0;

	if (child < 0)
		return 1;
	ret = cycle(count, crash_pa, !child);
	if (!child) {
		fflush(stdout);
		_exit(ret);
	}
	if (waitpid(child, &status, 0) != child || status)
		ret = 1;
	/* The child may have held the last word. */
	kexec_load(0, 0, NULL, KEXEC_ARCH_X86_64);
	if (crash_pa)
		kexec_load(0, 0, NULL, KEXEC_ARCH_X86_64 | KEXEC_ON_CRASH);
	return ret;
}

/* What a loader does: one piece of data, all of it in memory already. */
static int loads(unsigned int count, size_t bytes, unsigned long crash_pa)
{
	unsigned long pa = crash_pa ? crash_pa : 64UL << 20, flags = KEXEC_ARCH_X86_64 | (crash_pa ? KEXEC_ON_CRASH : 0);
	char *data = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	struct kexec_segment segment = { data, bytes, (void *)pa, bytes };

	if (data == MAP_FAILED) {
		perror("calls: memory for the image");
		return 1;
	}
	memset(data, 0x5a, bytes);
	puts("begin");
	fflush(stdout);
	while (count--) {
		if (kexec_load(pa, 1, &segment, flags) || kexec_load(0, 0, NULL, flags)) {
			perror("calls: kexec_load");
			return 1;
		}
	}
	puts("end");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "image"))
		return load_image(strtoul(argv[2], NULL, 16), strtoul(argv[3], NULL, 16), argv[4]);
	if (argc == 4 && !strcmp(argv[1], "errors")) {
		unsigned long start = strtoul(argv[2], NULL, 16);

		crash_errors(start, strtoul(argv[3], NULL, 16));
		normal_errors();
		rights_errors(start);
		return 0;
	}
	if (argc == 4 && !strcmp(argv[1], "cycles"))
		return cycles(atoi(argv[2]), strtoul(argv[3], NULL, 16));
	if (argc == 5 && !strcmp(argv[1], "loads"))
		return loads(atoi(argv[2]), strtoul(argv[3], NULL, 10) << 10, strtoul(argv[4], NULL, 16));
	fprintf(stderr, "usage: calls image ADDRESS FLAGS NAME | errors START END | cycles COUNT START | loads COUNT KIB START\n");
	return 2;
}
