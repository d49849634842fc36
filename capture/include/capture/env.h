/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All that capture/ knows about the world it is compiled into.  Every build
 * (dump kernel, userspace, sanitizer tests) provides the same few functions;
 * the declarations are libc's own, so both may be included in one file.
 */
#ifndef CAPTURE_ENV_H
#define CAPTURE_ENV_H

#include <asm/errno.h>	/* numbers only */
#include <elf.h>	/* types and numbers only */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;

void *memcpy(void *dst, const void *src, size_t len);
void *memmove(void *dst, const void *src, size_t len);
void *memset(void *dst, int byte, size_t len);
int memcmp(const void *a, const void *b, size_t len);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t len);

/* The dump kernel's knows %s %c %d %u %x %lx %lu %llx %llu %p %%, width, 0 and -. */
int snprintf(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Monotonic time in microseconds; the zero is arbitrary. */
u64 env_clock_us(void);

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define PAGE_BYTES 4096u

static inline u64 align_down(u64 value, u64 power_of_2)
{
	return value & ~(power_of_2 - 1);
}

static inline u64 align_up(u64 value, u64 power_of_2)
{
	return align_down(value + power_of_2 - 1, power_of_2);
}

static inline u64 min_u64(u64 a, u64 b)
{
	return a < b ? a : b;
}

#endif
