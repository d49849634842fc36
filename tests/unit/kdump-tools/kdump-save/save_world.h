/* SPDX-License-Identifier: GPL-2.0 */
/* A vmcore file of a made-up kernel, options to save it, and a look at what came of it. */
#ifndef TESTS_SAVE_WORLD_H
#define TESTS_SAVE_WORLD_H

#include "../../capture/fake_kernel.h"
#include "kdump-save/save.h"
#include "kdump-save/verify.h"

#define LOAD_OFFSET 0x3000u	/* of memory in the vmcore file */
#define FREE_PFN 0x300u		/* from here on the kernel's pages are free, but for its struct pages */
#define KEPT_PAGES (FREE_PFN + FAKE_KERNEL_PAGES * 64 / PAGE_BYTES)	/* at LEVEL_ALL */

extern struct fake_kernel kernel;
extern char core_path[64], dump_path[64], second_path[64];

/* The kernel, its vmcore at core_path; no file at the other two paths. */
int save_world_setup(void **state);
int save_world_teardown(void **state);

u8 *memory_at(u64 pa);
bool is_struct_page(u64 pfn);

/* A page of memory more, at this address, in the vmcore that is written next; 0: none. */
extern u64 far_page_pa;

/* The vmcore once more, cut off at file_bytes unless 0. */
void write_core(u64 file_bytes);

/* From core_path to dump_path, by three threads.  codec: a letter; 0: none. */
struct save_options make_options(unsigned level, char codec);

/* Every page of the dump is the one of memory; returns how many there are. */
u64 check_dump(const char *path);

enum verify_state verify(const char *path);

#endif
