// SPDX-License-Identifier: GPL-2.0
/* A printk ring and its vmcoreinfo, damaged. */
#include "capture/printk_ring.h"
#include "fake_ring.h"
#include "fuzz.h"

#define BASE 0x100000ull
#define COUNT_BITS 4
#define SIZE_BITS 9
#define INFO_BYTES 1024u

static struct fake_memory memory;
static u8 *right;		/* the ring undamaged */
static u64 ring_bytes;
static char right_info[INFO_BYTES];
static u8 damaged[PAGE_BYTES];
static u32 info_bytes;

static void make_valid(void)
{
	struct fake_ring ring;

	fake_memory_init(&memory, BASE, 4 * PAGE_BYTES, 1);
	fake_memory_add_phdr(&memory, PT_NOTE, BASE, 0);
	fake_memory_add_load(&memory, BASE, 4 * PAGE_BYTES);
	fake_ring_init(&ring, &memory, BASE, COUNT_BITS, SIZE_BITS, 1);
	for (u32 i = 0; i < 40; i++)
		fake_ring_add(&ring, i * 1000000ull, i % 5 ? "a line\nand another" : NULL, FAKE_FINALIZED);
	ring_bytes = fake_ring_bytes(COUNT_BITS, SIZE_BITS);
	FUZZ_REQUIRE(ring_bytes + INFO_BYTES <= sizeof(damaged));
	right = fuzz_copy(fake_memory_at(&memory, BASE), ring_bytes);
	info_bytes = fake_ring_vmcoreinfo(&ring, right_info, sizeof(right_info));
}

static int emit(void *context, const char *text, u32 bytes)
{
	volatile char last;
	u64 *total = context;

	for (u32 i = 0; i < bytes; i++)
		last = text[i];
	(void)last;
	*total += bytes;
	return *total > 1 << 20 ? -ENOSPC : 0;	/* enough seen */
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes)
{
	struct vmcoreinfo info;
	struct printk_ring ring;
	struct elfcore core;
	u64 total = 0;

	if (!memory.ram)
		make_valid();
	memcpy(damaged, right, ring_bytes);
	memcpy(damaged + ring_bytes, right_info, info_bytes);
	fuzz_damage(damaged, ring_bytes + info_bytes, data, bytes);
	memcpy(fake_memory_at(&memory, BASE), damaged, ring_bytes);
	info = (struct vmcoreinfo){ fuzz_copy(damaged + ring_bytes, info_bytes), info_bytes };
	core = fake_memory_core(&memory);
	/* A ring of millions of descriptors is allowed; here it would only cost time. */
	if (!printk_ring_open(&ring, &core, &memory.mem, &info) && ring.count_bits < 12)
		printk_ring_print(&ring, emit, &total);
	free((void *)(uintptr_t)info.text);
	return 0;
}
