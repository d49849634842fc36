// SPDX-License-Identifier: GPL-2.0
/* Damaged vmcoreinfo, mem_section and struct pages; the first byte of the input is the level. */
#include "fake_kernel.h"
#include "fuzz.h"

#define STRUCTS 1024u		/* of the struct pages, so many are damaged */
#define WALKED (4 * STRUCTS)

static struct fake_kernel kernel;

struct damageable {
	char text[1280];
	u8 sections[64];
	struct fake_page page[STRUCTS];
};

static struct damageable valid;

static void exchange(struct damageable *from)
{
	memcpy(kernel.text, from->text, sizeof(from->text));
	memcpy(fake_memory_at(&kernel.memory, FAKE_ROOTS_PA + PAGE_BYTES), from->sections, sizeof(from->sections));
	memcpy(fake_kernel_page(&kernel, 0), from->page, sizeof(from->page));
}

static void make_valid(void)
{
	fake_kernel_init(&kernel, 4);
	for (u64 pfn = 0x80; pfn < STRUCTS; pfn += 0x80) {
		*fake_kernel_page(&kernel, pfn) = (struct fake_page){ .mapcount = FAKE_BUDDY, .private = 4 };
		*fake_kernel_page(&kernel, pfn + 0x10) = (struct fake_page){ .refcount = 1, .flags = 1ull << FAKE_PG_LRU };
		*fake_kernel_page(&kernel, pfn + 0x11) = (struct fake_page){ .refcount = 1, .mapping = 1 };
		*fake_kernel_page(&kernel, pfn + 0x12) = (struct fake_page){ .mapcount = FAKE_OFFLINE };
		*fake_kernel_page(&kernel, pfn + 0x13) = (struct fake_page){ .mapcount = ~0u, .flags = 1ull << FAKE_PG_HWPOISON };
		fake_kernel_make_compound(&kernel, pfn + 0x20, 5);
		fake_kernel_page(&kernel, pfn + 0x20)->mapping = 1;
		for (u64 i = 0; i < 2; i++) {
			struct fake_page *page = fake_kernel_page(&kernel, pfn + 0x14 + i);

			*page = (struct fake_page){ .mapcount = ~0u };
			page->lru.next = page->lru.prev = fake_kernel_page_va(pfn + 0x15 - i) + 8;
		}
	}
	memcpy(valid.text, kernel.text, sizeof(valid.text));
	memcpy(valid.sections, fake_memory_at(&kernel.memory, FAKE_ROOTS_PA + PAGE_BYTES), sizeof(valid.sections));
	memcpy(valid.page, fake_kernel_page(&kernel, 0), sizeof(valid.page));
}

/* What was dropped is what was counted, and nothing else has a bit. */
static void walk_all(const struct page_filter *filter)
{
	u8 *buffer = malloc(PAGE_FILTER_BUFFER_BYTES(filter));
	struct page_filter_walk walk;
	u64 bits = 0, sum = 0;

	page_filter_walk_init(&walk, filter, buffer);
	for (u64 pfn = 0; pfn < WALKED; pfn += PAGE_FILTER_BATCH) {
		u32 count = pfn + PAGE_FILTER_BATCH < WALKED ? PAGE_FILTER_BATCH : PAGE_FILTER_BATCH - 3;
		u8 dropped[PAGE_FILTER_BATCH / 8];

		page_filter_batch(&walk, pfn, count, dropped);
		for (u32 i = 0; i < PAGE_FILTER_BATCH; i++) {
			bool bit = dropped[i / 8] >> (i % 8) & 1;

			FUZZ_REQUIRE(!bit || i < count);
			bits += bit;
		}
	}
	for (int kind = 0; kind < PAGE_KINDS; kind++)
		sum += walk.pages[kind];
	FUZZ_REQUIRE(sum == WALKED - 3);
	FUZZ_REQUIRE(bits == sum - walk.pages[PAGE_KEPT] - walk.pages[PAGE_UNKNOWN]);
	free(buffer);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes)
{
	unsigned level = bytes ? data[0] % (LEVEL_ALL + 1) : LEVEL_ALL;
	struct damageable damaged;
	struct page_filter filter;
	const char *key;

	if (!kernel.memory.ram)
		make_valid();
	damaged = valid;
	if (bytes)
		fuzz_damage(&damaged, sizeof(damaged), data + 1, bytes - 1);
	exchange(&damaged);
	if (kernel_map_init(&kernel.map, &kernel.memory.mem, &kernel.info) ||
	    mem_map_init(&kernel.mem_map, &kernel.map, &kernel.info, &key))
		return 0;
	page_filter_init(&filter, level, &kernel.mem_map, &kernel.info);
	FUZZ_REQUIRE(!(filter.level & ~(level | (level & LEVEL_CACHE_PRIVATE ? LEVEL_CACHE : 0))));
	walk_all(&filter);
	return 0;
}
