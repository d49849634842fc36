// SPDX-License-Identifier: GPL-2.0
/*
 * Reads /proc/vmcore in every way that a user of it does, for tests and bench lines.
 *
 * vmcore_reader check FILE SEED        read, pread, readv and mmap must see the same bytes
 * vmcore_reader read FILE BYTES        reads all of it, BYTES at a time
 * vmcore_reader mmap FILE BYTES        maps all of it, BYTES at a time, and reads a word of each cache line
 * vmcore_reader random FILE SEED       10000 preads of a page, anywhere
 * vmcore_reader sum FILE               FNV-1a of 64-bit words: of the whole file, by mmap and by read
 * The last line begins with "ok", else the exit code is 1 and the message says what differs.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096u
#define MAX_BORDERS 4096

static const char *path;
static int fd;
static uint64_t file_bytes;
static uint64_t seed;

#define fail(...) do { fprintf(stderr, "vmcore_reader: " __VA_ARGS__); fputc('\n', stderr); exit(1); } while (0)

static uint64_t random_below(uint64_t limit)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;	/* Knuth, MMIX */
	return (seed >> 20) % limit;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t fnv(uint64_t hash, const void *data, size_t bytes)
{
	const uint64_t *word = data;

	for (size_t i = 0; i < bytes / 8; i++)
		hash = (hash ^ word[i]) * 0x100000001b3u;
	return hash;
}

static void *map(uint64_t offset, size_t bytes)
{
	void *at = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, fd, (off_t)offset);

	if (at == MAP_FAILED)
		fail("mmap of %zu bytes at %#lx: %s", bytes, offset, strerror(errno));
	return at;
}

static void read_exactly(void *buf, size_t bytes, uint64_t offset)
{
	ssize_t got = pread(fd, buf, bytes, (off_t)offset);

	if (got != (ssize_t)bytes)
		fail("pread of %zu bytes at %#lx: %zd, %s", bytes, offset, got, got < 0 ? strerror(errno) : "short");
}

/* One stretch, odd offset and size, by pread against mmap. */
static void compare(uint64_t offset, size_t bytes)
{
	uint64_t start = offset / PAGE * PAGE;
	size_t room = (size_t)(offset - start + bytes + PAGE - 1) / PAGE * PAGE;
	const char *mapped = map(start, room);
	char *buf = malloc(bytes);

	read_exactly(buf, bytes, offset);
	if (memcmp(buf, mapped + (offset - start), bytes))
		fail("pread and mmap differ within %zu bytes at %#lx", bytes, offset);
	free(buf);
	munmap((void *)mapped, room);
}

/* Cut into three pieces of odd sizes, against one. */
static void compare_readv(uint64_t offset, size_t bytes)
{
	char *whole = malloc(bytes), *cut = malloc(bytes);
	size_t a = bytes / 3, b = bytes / 2;
	struct iovec piece[3] = { { cut, a }, { cut + a, b - a }, { cut + b, bytes - b } };

	read_exactly(whole, bytes, offset);
	if (preadv(fd, piece, 3, (off_t)offset) != (ssize_t)bytes || memcmp(whole, cut, bytes))
		fail("preadv differs from pread within %zu bytes at %#lx", bytes, offset);
	free(whole);
	free(cut);
}

/* Offsets in the file where one part ends and another begins. */
static size_t find_borders(uint64_t *border)
{
	Elf64_Ehdr ehdr;
	size_t count = 0;

	read_exactly(&ehdr, sizeof(ehdr), 0);
	if (memcmp(ehdr.e_ident, ELFMAG, SELFMAG) || ehdr.e_ident[EI_CLASS] != ELFCLASS64)
		return 0;
	for (unsigned int i = 0; i < ehdr.e_phnum && count < MAX_BORDERS; i++) {
		Elf64_Phdr phdr;

		read_exactly(&phdr, sizeof(phdr), ehdr.e_phoff + i * sizeof(phdr));
		border[count++] = phdr.p_offset / PAGE * PAGE;
	}
	return count;
}

static void expect_errno(const char *what, bool failed, int expected)
{
	if (!failed)
		fail("%s succeeds", what);
	if (errno != expected)
		fail("%s: %s, expected %s", what, strerror(errno), strerror(expected));
}

static void check_edges(void)
{
	uint64_t beyond = (file_bytes / PAGE + 16) * PAGE;
	void *nowhere = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char byte;

	compare(file_bytes - 1, 1);
	compare(file_bytes - PAGE - 1, PAGE + 1);
	if (pread(fd, &byte, 1, (off_t)file_bytes) != 0 || pread(fd, &byte, 1, (off_t)beyond) != 0)
		fail("there is something to read behind the end");
	char *buf = malloc(3 * PAGE);
	if (pread(fd, buf, 3 * PAGE, (off_t)(file_bytes - 100)) != 100)
		fail("a read across the end isn't cut there");
	free(buf);
	if (lseek(fd, 0, SEEK_END) != (off_t)file_bytes || lseek(fd, 17, SEEK_SET) != 17)
		fail("lseek");
	expect_errno("mmap of a page behind the end",
		     mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, (off_t)file_bytes) == MAP_FAILED, EINVAL);
	expect_errno("mmap across the end",
		     mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE, fd, (off_t)(file_bytes - PAGE)) == MAP_FAILED, EINVAL);
	expect_errno("mmap far behind the end",
		     mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 1ll << 46) == MAP_FAILED, EINVAL);
	expect_errno("mmap off a page border",
		     mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 512) == MAP_FAILED, EINVAL);
	expect_errno("a private writable mmap",
		     mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0) == MAP_FAILED, EPERM);
	expect_errno("an executable mmap", mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED, EPERM);
	void *at = map(0, PAGE);
	expect_errno("mprotect to write", mprotect(at, PAGE, PROT_READ | PROT_WRITE) != 0, EACCES);
	munmap(at, PAGE);
	expect_errno("a read to a bad address", pread(fd, nowhere, 100, 0) < 0, EFAULT);
	expect_errno("a read of memory to a bad address", pread(fd, nowhere, 100, (off_t)(file_bytes - PAGE)) < 0, EFAULT);
}

/* A read whose buffer ends in a bad page counts what came before, or fails as a whole (upstream's). */
static void check_short(uint64_t offset)
{
	char *buf = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ssize_t got;

	munmap(buf + 2 * PAGE, PAGE);
	got = pread(fd, buf, 3 * PAGE, (off_t)offset);
	if (got != 2 * PAGE && !(got < 0 && errno == EFAULT))
		fail("a read of 3 pages at %#lx with 2 pages of buffer: %zd", offset, got);
	munmap(buf, 2 * PAGE);
}

static void check(void)
{
	static uint64_t border[MAX_BORDERS];
	size_t borders = find_borders(border);
	unsigned int done = 0;

	check_edges();
	for (size_t i = 0; i < borders; i++) {
		uint64_t before = border[i] < 5000 ? border[i] : 5000;

		if (border[i] + 5000 > file_bytes)
			continue;
		compare(border[i] - before, before + 4999);
		compare_readv(border[i] - before, before + 4999);
		check_short(border[i] - before);
		done++;
	}
	for (unsigned int i = 0; i < 2000; i++, done++) {
		size_t bytes = 1 + (size_t)random_below(i % 50 ? 3 * PAGE : 9 << 20);
		uint64_t offset = random_below(file_bytes - bytes);

		compare(offset, bytes);
		if (i % 8 == 0)
			compare_readv(offset, bytes);
	}
	printf("ok %u stretches of %lu bytes, %zu borders\n", done, file_bytes, borders);
}

static void report(const char *what, uint64_t bytes, double began)
{
	double seconds = now() - began;

	printf("ok %s %lu bytes %.3f s %.1f MB/s\n", what, bytes, seconds, (double)bytes / seconds / 1e6);
}

static uint64_t by_read(size_t step, bool hash)
{
	char *buf = mmap(NULL, step, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t sum = 0xcbf29ce484222325u;
	ssize_t got;

	memset(buf, 0, step);
	lseek(fd, 0, SEEK_SET);
	while ((got = read(fd, buf, step)) > 0)
		if (hash)
			sum = fnv(sum, buf, (size_t)got);
	if (got < 0)
		fail("read: %s", strerror(errno));
	return sum;
}

/* touch: a word of each cache line, what any reader does at least. */
static uint64_t by_mmap(size_t step, bool hash)
{
	uint64_t sum = 0xcbf29ce484222325u;

	for (uint64_t at = 0; at < file_bytes; at += step) {
		size_t bytes = file_bytes - at < step ? (size_t)(file_bytes - at) : step;
		const volatile uint64_t *word = map(at, bytes);

		if (hash)
			sum = fnv(sum, (const void *)word, bytes);
		else
			for (size_t i = 0; i < bytes / 8; i += 8)
				sum += word[i];
		munmap((void *)word, bytes);
	}
	return sum;
}

static void read_random(void)
{
	double began = now();
	char buf[PAGE];

	for (unsigned int i = 0; i < 10000; i++)
		read_exactly(buf, PAGE, random_below(file_bytes / PAGE) * PAGE);
	report("random", 10000ull * PAGE, began);
}

int main(int argc, char **argv)
{
	struct stat st;
	double began = now();

	if (argc < 3)
		fail("usage: vmcore_reader check|read|mmap|random|sum FILE [SEED|BYTES]");
	path = argv[2];
	fd = open(path, O_RDONLY);
	if (fd < 0 || fstat(fd, &st))
		fail("%s: %s", path, strerror(errno));
	file_bytes = (uint64_t)lseek(fd, 0, SEEK_END);
	seed = argc > 3 ? strtoull(argv[3], NULL, 0) : 1;
	if (!strcmp(argv[1], "check")) {
		check();
	} else if (!strcmp(argv[1], "read")) {
		by_read(seed, false);
		report("read", file_bytes, began);
	} else if (!strcmp(argv[1], "mmap")) {
		by_mmap(seed, false);
		report("mmap", file_bytes, began);
	} else if (!strcmp(argv[1], "random")) {
		read_random();
	} else if (!strcmp(argv[1], "sum")) {
		uint64_t mapped = by_mmap(4 << 20, true), copied = by_read(1 << 20, true);

		if (mapped != copied)
			fail("mmap and read of the whole file differ: %016lx, %016lx", mapped, copied);
		printf("ok sum %016lx of %lu bytes\n", mapped, file_bytes);
	} else {
		fail("%s: unknown", argv[1]);
	}
	return 0;
}
