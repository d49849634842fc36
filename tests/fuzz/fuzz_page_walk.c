// SPDX-License-Identifier: GPL-2.0
/* Damaged vmcoreinfo and page tables; the first byte of the input: how many levels. */
#include "fake_kernel.h"
#include "fuzz.h"

#define TABLES_BYTES (8 * PAGE_BYTES)
#define READS_MOST 64u		/* of one translation; five levels take five */

static struct world {
	struct fake_kernel kernel;
	char text[sizeof(((struct fake_kernel *)0)->text)];
	u8 tables[TABLES_BYTES];
} worlds[2];	/* of four levels, of five */

static void make_valid(struct world *world, unsigned levels)
{
	fake_kernel_init(&world->kernel, levels);
	fake_kernel_map_leaf(&world->kernel, 0xffffc90000000000, 0x3000, 1);
	fake_kernel_map_leaf(&world->kernel, 0xffffd80000000000, 0, 3);
	memcpy(world->text, world->kernel.text, sizeof(world->text));
	memcpy(world->tables, fake_memory_at(&world->kernel.memory, FAKE_TABLES_PA), TABLES_BYTES);
}

static void translate(struct fake_kernel *kernel, u64 va)
{
	u64 pa, bytes, reads = kernel->memory.reads;
	u8 *buf = malloc(3 * PAGE_BYTES);

	if (!kernel_map_translate(&kernel->map, va, &pa, &bytes)) {
		FUZZ_REQUIRE(bytes && bytes <= 1ull << 30);
		FUZZ_REQUIRE(pa >> 52 == 0 && pa % PAGE_BYTES == va % PAGE_BYTES);
	}
	FUZZ_REQUIRE(kernel->memory.reads - reads < READS_MOST);
	kernel_map_read(&kernel->map, va, buf, 3 * PAGE_BYTES);
	free(buf);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes)
{
	static const u64 places[] = { FAKE_VA + 0x123, FAKE_VA + (2 << 20) - 5, FAKE_VMEMMAP + 0x40, 0xffffc90000000ff8,
				      0xffffd80000000000 + (1 << 30) - 1, ~0ull - PAGE_BYTES };
	unsigned five = bytes && data[0] & 1;
	struct world *world = &worlds[five];
	struct fake_kernel *kernel = &world->kernel;
	struct {
		u8 tables[TABLES_BYTES];
		char text[1024];
	} damaged;

	if (!kernel->memory.ram)
		make_valid(world, 4 + five);
	memcpy(damaged.tables, world->tables, sizeof(damaged.tables));
	memcpy(damaged.text, world->text, sizeof(damaged.text));
	if (bytes)
		fuzz_damage(&damaged, sizeof(damaged), data + 1, bytes - 1);
	memcpy(fake_memory_at(&kernel->memory, FAKE_TABLES_PA), damaged.tables, sizeof(damaged.tables));
	memcpy(kernel->text, damaged.text, sizeof(damaged.text));
	if (!kernel_map_init(&kernel->map, &kernel->memory.mem, &kernel->info))
		for (size_t i = 0; i < ARRAY_SIZE(places); i++)
			translate(kernel, places[i]);
	return 0;
}
