// SPDX-License-Identifier: GPL-2.0
/*
 * The last resort.  chain_start() may run in an exception handler, on its stack: it
 * allocates nothing, and a fault in it resets.  Its large pieces are summed only then.
 */
#include "chain.h"

#include "capture/crc32.h"
#include "console.h"
#include "disks.h"
#include "image.h"
#include "paging.h"
#include "smp.h"
#include "watchdog.h"

#define LOW_MEMORY_END 0x100000ull
#define FOUR_GIB (1ull << 32)
#define MAX_MEMORY (1ull << 30)		/* of a piece */
#define SUM_STEP (4u << 20)

enum chain_state { CHAIN_NONE, CHAIN_DAMAGED, CHAIN_READ, CHAIN_READY };

static struct handover_chain chain;
static enum chain_state state;
static const struct config *config;
static u64 flat_root;

bool chain_is_sane(const struct handover_chain *found, u64 image, u64 image_end)
{
	struct handover_chain copy = *found;
	bool has_entry = false;

	copy.crc32 = 0;
	if (found->magic != HANDOVER_CHAIN_MAGIC || !found->count || found->count > HANDOVER_MAX_CHAIN ||
	    crc32_update(0, &copy, sizeof(copy)) != found->crc32)
		return false;
	for (u32 i = 0; i < found->count; i++) {
		u64 pa = found->piece[i].pa, bytes = found->piece[i].memory_bytes, end = pa + bytes;

		if (pa < LOW_MEMORY_END || !bytes || bytes > MAX_MEMORY || end < pa ||
		    found->piece[i].bytes > bytes || (pa < image_end && image < end))
			return false;
		has_entry |= found->entry_pa >= pa && found->entry_pa < pa + found->piece[i].bytes;
	}
	return has_entry;
}

void chain_open(u64 pa)
{
	chain = *(const struct handover_chain *)pa;
	state = chain_is_sane(&chain, (u64)_image, (u64)_end) ? CHAIN_READ : CHAIN_DAMAGED;
}

int chain_reserve(struct memrange_set *free)
{
	int err = 0;

	for (u32 i = 0; state == CHAIN_READ && !err && i < chain.count; i++)
		err = memrange_subtract(free, align_down(chain.piece[i].pa, PAGE_BYTES),
					align_up(chain.piece[i].pa + chain.piece[i].memory_bytes, PAGE_BYTES));
	return err;
}

/* It may look at anything below 4 GiB before it has its own tables: ACPI, EFI, the first MiB. */
void chain_prepare(const struct config *ours)
{
	struct memrange ranges[HANDOVER_MAX_CHAIN + 2] = { { 0, FOUR_GIB }, { (u64)_image, (u64)_end } };
	int err = 0;

	if (state != CHAIN_READ)
		return;
	config = ours;
	for (u32 i = 0; !err && i < chain.count; i++) {
		u64 pa = chain.piece[i].pa;

		ranges[i + 2] = (struct memrange){ pa, pa + chain.piece[i].memory_bytes };
		err = paging_map(pa, pa + chain.piece[i].bytes, PAGING_OLD);
	}
	if (!err)
		err = paging_build_flat(ranges, chain.count + 2, &flat_root);
	if (err)
		console_printf("no memory to prepare the fallback kernel: it won't be started\n");
	state = err ? CHAIN_NONE : CHAIN_READY;
}

static bool is_intact(void)
{
	for (u32 i = 0; i < chain.count; i++) {
		u32 bytes = chain.piece[i].bytes, crc32 = 0;

		for (u32 at = 0; at < bytes; at += SUM_STEP) {
			watchdog_kick();
			crc32 = crc32_update(crc32, (const void *)(chain.piece[i].pa + at),
					     bytes - at < SUM_STEP ? bytes - at : SUM_STEP);
		}
		if (crc32 != chain.piece[i].crc32) {
			console_printf("the fallback kernel's piece at %llx is damaged\n", (unsigned long long)chain.piece[i].pa);
			return false;
		}
	}
	return true;
}

/* No IDT, as at every kexec: ours is about to be overwritten. */
static void __attribute__((noreturn)) jump(u64 entry_pa)
{
	static const struct {
		u16 limit;
		u64 base;
	} __attribute__((packed)) no_idt = { 0, 0 };

	asm volatile("cli\n\t"
		     "lidt %0\n\t"
		     "mov %1, %%cr3\n\t"
		     "jmp *%2"
		     : : "m"(no_idt), "r"(flat_root), "r"(entry_pa) : "memory");
	__builtin_unreachable();
}

void chain_start(void)
{
	enum chain_state was = state;

	state = CHAIN_NONE;
	if (was == CHAIN_DAMAGED)
		console_printf("the fallback kernel's description is damaged\n");
	if (was != CHAIN_READY || !is_intact())
		return;
	/* Our queues lie in memory that will be its. */
	disks_stop(config);
	smp_stop_all();
	watchdog_kick();
	console_printf("no dump; starting the fallback kernel\n");
	jump(chain.entry_pa);
}
