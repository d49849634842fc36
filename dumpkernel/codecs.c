// SPDX-License-Identifier: GPL-2.0
/* Intel SDM volume 3A (2023-06), 13.1 and 9.6: what SSE needs of CR0 and CR4.  Without OSXSAVE no library takes AVX. */
#include "codecs.h"

#include "capture/kdump_format.h"
#include "io.h"
#include "mem.h"

#define CR4_OSFXSR (1ull << 9)
#define CR4_OSXMMEXCPT (1ull << 10)
#define MXCSR_DEFAULT 0x1f80u	/* all exceptions masked */
#define MSR_FS_BASE 0xc0000100

/* Absent in an image that was linked without it. */
extern const struct codec codec_zstd __attribute__((weak));

void *malloc(size_t bytes);
void *calloc(size_t count, size_t bytes);
void free(void *memory);
void __stack_chk_fail(void) __attribute__((noreturn));

/* What is at %fs:0x28 guards the libraries' stacks (x86-64 psABI's TLS, as gcc uses it); it need not be secret. */
static u64 stack_guard[6];

const struct codec *codecs_find(u32 kdump_flag)
{
	const struct codec *const codecs[] = { &codec_lzo, &codec_zlib, &codec_zstd };

	for (u32 i = 0; i < ARRAY_SIZE(codecs); i++)
		if (codecs[i] && codecs[i]->kdump_flag == kdump_flag)
			return codecs[i];
	return NULL;
}

void codecs_enable_cpu(void)
{
	u32 mxcsr = MXCSR_DEFAULT;
	u64 cr4;

	asm volatile("mov %%cr4, %0" : "=r"(cr4));
	asm volatile("mov %0, %%cr4" : : "r"(cr4 | CR4_OSFXSR | CR4_OSXMMEXCPT));
	asm volatile("fninit; ldmxcsr %0" : : "m"(mxcsr));
	wrmsr(MSR_FS_BASE, (u64)stack_guard);
}

/* --- the libraries' libc; what moves and compares memory is in libk.c ---------------------- */

/* For codec.init(), a few times at the beginning: never given back. */
void *malloc(size_t bytes)
{
	return mem_alloc_pages((u32)(align_up(bytes, PAGE_BYTES) / PAGE_BYTES));
}

void *calloc(size_t count, size_t bytes)
{
	return malloc(count * bytes);	/* zeroed, as all pages are */
}

void free(void *memory)
{
}

/* An exception, which says where. */
void __stack_chk_fail(void)
{
	__builtin_trap();
}
