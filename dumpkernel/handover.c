// SPDX-License-Identifier: GPL-2.0
/*
 * One CPU, interrupts off, own IDT.  boot_params and the command line are read through
 * the loader's page tables; a pointer into nowhere ends in the exception dump.
 */
#include "handover.h"

#include "capture/crc32.h"
#include "chain.h"
#include "image.h"
#include "layout.h"
#include "mem.h"
#include "paging.h"

#define LOW_MEMORY_END 0x100000ull
#define CMDLINE_BYTES 2048
#define MAX_HANDOVER_PIECE (64ull << 20)
#define FREE_RANGES 24

static char cmdline_copy[CMDLINE_BYTES];
static struct memrange free_ranges[FREE_RANGES];
static struct memrange_set free_set;

/* The value of "name=..." or NULL. */
static const char *find_option(const char *cmdline, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = cmdline; *at; at++)
		if ((at == cmdline || at[-1] == ' ') && !strncmp(at, name, length))
			return at + length;
	return NULL;
}

/* A number with 0x and K, M, G as Linux's memparse() takes them; *text moves past it. */
static u64 read_size(const char **text)
{
	unsigned base = 10;
	u64 value = 0;

	if ((*text)[0] == '0' && ((*text)[1] | 0x20) == 'x') {
		base = 16;
		*text += 2;
	}
	for (;; (*text)++) {
		char c = **text;
		unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0') :
				 (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (unsigned)((c | 0x20) - 'a') + 10 : 99;

		if (digit >= base)
			break;
		value = value * base + digit;
	}
	switch (**text | 0x20) {
	case 'g':
		value <<= 10;	/* fall through */
	case 'm':
		value <<= 10;	/* fall through */
	case 'k':
		value <<= 10;
		(*text)++;
	}
	return value;
}

/* elfcorehdr=[size@]offset */
static u64 read_elfcorehdr_option(const char *cmdline)
{
	const char *value = find_option(cmdline, "elfcorehdr=");
	u64 pa;

	if (!value)
		return 0;
	pa = read_size(&value);
	if (*value == '@') {
		value++;
		pa = read_size(&value);
	}
	return pa;
}

static bool is_piece(u64 pa, u64 bytes)
{
	return bytes && bytes <= MAX_HANDOVER_PIECE && pa >= LOW_MEMORY_END && pa + bytes > pa &&
	       (pa + bytes <= (u64)_image || pa >= (u64)_end);
}

static enum dump_error read_boot_params(struct handover *h, const struct boot_params *params)
{
	const struct setup_header *header = &params->hdr;
	u64 cmdline_pa = header->cmd_line_ptr | (u64)params->ext_cmd_line_ptr << 32;
	const char *text = "";
	u32 length = 0;

	if (cmdline_pa) {
		if (!is_piece(cmdline_pa, 1))
			return DUMP_BAD_BOOT_PARAMS;
		text = (const char *)cmdline_pa;
	}
	for (; length < CMDLINE_BYTES - 1 && text[length]; length++)
		cmdline_copy[length] = text[length];
	if (text[length])
		return DUMP_BAD_BOOT_PARAMS;
	h->boot_params = params;
	h->cmdline = cmdline_copy;
	h->initrd_pa = header->ramdisk_image | (u64)params->ext_ramdisk_image << 32;
	h->initrd_bytes = header->ramdisk_size | (u64)params->ext_ramdisk_size << 32;
	if (h->initrd_bytes && !is_piece(h->initrd_pa, h->initrd_bytes))
		return DUMP_BAD_BOOT_PARAMS;
	return DUMP_OK;
}

/* The e820 range of RAM that holds our image, never below 1 MiB. */
static enum dump_error find_region(const struct boot_params *params, struct memrange *ret_region)
{
	for (u32 i = 0; i < params->e820_entries && i < E820_MAX_ENTRIES_ZEROPAGE; i++) {
		struct boot_e820_entry entry = params->e820_table[i];

		if (entry.type != 1 || entry.addr + entry.size < entry.addr ||
		    entry.addr > (u64)_image || entry.addr + entry.size < (u64)_end)
			continue;
		ret_region->start = align_up(entry.addr < LOW_MEMORY_END ? LOW_MEMORY_END : entry.addr, PAGE_BYTES);
		ret_region->end = align_down(entry.addr + entry.size, PAGE_BYTES);
		return DUMP_OK;
	}
	return DUMP_BAD_BOOT_PARAMS;
}

static int reserve(u64 pa, u64 bytes)
{
	return bytes ? memrange_subtract(&free_set, align_down(pa, PAGE_BYTES), align_up(pa + bytes, PAGE_BYTES)) : 0;
}

/* What of the region is free; at most LAYOUT_MAX_POOL_BYTES of it, so that a few tables map it. */
static enum dump_error find_free(struct handover *h, const struct boot_params *params)
{
	u64 cmdline_pa = params->hdr.cmd_line_ptr | (u64)params->ext_cmd_line_ptr << 32;
	struct memrange pool;
	enum dump_error error = find_region(params, &pool);

	if (error)
		return error;
	if (pool.end - pool.start > LAYOUT_MAX_POOL_BYTES) {
		if ((u64)_image > pool.start + LAYOUT_MAX_POOL_BYTES / 2)
			pool.start = align_down((u64)_image, PAGE_BYTES) - LAYOUT_MAX_POOL_BYTES / 2;
		pool.end = min_u64(pool.end, pool.start + LAYOUT_MAX_POOL_BYTES);
	}
	free_set = (struct memrange_set){ .range = free_ranges, .capacity = FREE_RANGES };
	if (memrange_add(&free_set, pool.start, pool.end) ||
	    reserve((u64)_image, (u64)(_end - _image)) ||
	    reserve((u64)params, sizeof(*params)) ||
	    reserve(cmdline_pa, CMDLINE_BYTES) ||
	    reserve(h->initrd_pa, h->initrd_bytes) ||
	    reserve(h->elfcorehdr_pa, PAGE_BYTES) ||
	    reserve(h->sums_pa, h->sums_pa ? sizeof(struct handover_sums) : 0) ||
	    chain_reserve(&free_set))
		return DUMP_BAD_BOOT_PARAMS;
	h->free = &free_set;
	if (paging_map(pool.start, pool.end, PAGING_OWN))
		return DUMP_NO_MEMORY;
	return DUMP_OK;
}

enum dump_error handover_open(struct handover *h, u64 boot_params_pa)
{
	const struct boot_params *params = (const struct boot_params *)boot_params_pa;
	const char *sums, *chain;
	u64 chain_pa;
	enum dump_error error;

	memset(h, 0, sizeof(*h));
	if (!boot_params_pa)
		return DUMP_NO_BOOT_PARAMS;
	if (!is_piece(boot_params_pa, sizeof(*params)))
		return DUMP_BAD_BOOT_PARAMS;
	error = read_boot_params(h, params);
	if (error)
		return error;
	h->elfcorehdr_pa = read_elfcorehdr_option(h->cmdline);
	if (!is_piece(h->elfcorehdr_pa, PAGE_BYTES))
		return DUMP_NO_ELFCOREHDR;
	sums = find_option(h->cmdline, HANDOVER_SUMS_OPTION);
	if (sums)
		h->sums_pa = read_size(&sums);
	if (sums && !is_piece(h->sums_pa, sizeof(struct handover_sums)))
		return DUMP_BAD_SUMS;
	/* Damage to it is no reason to have no dump. */
	chain = find_option(h->cmdline, HANDOVER_CHAIN_OPTION);
	chain_pa = chain ? read_size(&chain) : 0;
	if (is_piece(chain_pa, sizeof(struct handover_chain)))
		chain_open(chain_pa);

	paging_init();
	if (paging_map((u64)_image, (u64)_etext, PAGING_TEXT) || paging_map((u64)_etext, (u64)_end, PAGING_OWN))
		return DUMP_NO_MEMORY;
	error = find_free(h, params);
	if (error)
		return error;
	if (paging_map((u64)params, (u64)(params + 1), PAGING_OLD) ||
	    paging_map(h->initrd_pa, h->initrd_pa + h->initrd_bytes, PAGING_OLD) ||
	    paging_map(h->elfcorehdr_pa, h->elfcorehdr_pa + PAGE_BYTES, PAGING_OLD))
		return DUMP_NO_MEMORY;
	paging_switch();
	return DUMP_OK;
}

enum dump_error handover_check_sums(const struct handover *h)
{
	const struct handover_sums *sums = (const struct handover_sums *)h->sums_pa;
	struct handover_sums copy;

	if (!sums)
		return DUMP_OK;
	if (paging_map(h->sums_pa, h->sums_pa + sizeof(*sums), PAGING_OLD))
		return DUMP_NO_MEMORY;
	copy = *sums;
	copy.crc32 = 0;
	if (sums->magic != HANDOVER_SUMS_MAGIC || sums->count > HANDOVER_MAX_SUMS ||
	    crc32_update(0, &copy, sizeof(copy)) != sums->crc32)
		return DUMP_BAD_SUMS;
	for (u32 i = 0; i < sums->count; i++) {
		u64 pa = sums->piece[i].pa;
		u32 bytes = sums->piece[i].bytes;

		if (!is_piece(pa, bytes))
			return DUMP_BAD_SUMS;
		if (paging_map(pa, pa + bytes, PAGING_OLD))
			return DUMP_NO_MEMORY;
		if (crc32_update(0, (const void *)pa, bytes) != sums->piece[i].crc32)
			return DUMP_BAD_SUMS;
	}
	return DUMP_OK;
}

enum dump_error handover_open_core(const struct handover *h, struct elfcore *ret_core)
{
	u64 pa = h->elfcorehdr_pa, bytes = elfcore_header_bytes((const void *)pa);

	if (!bytes || !is_piece(pa, bytes))
		return DUMP_BAD_ELFCOREHDR;
	if (memrange_subtract(h->free, align_down(pa, PAGE_BYTES), align_up(pa + bytes, PAGE_BYTES)) ||
	    paging_map(pa, pa + bytes, PAGING_OLD))
		return DUMP_NO_MEMORY;
	if (elfcore_open((const void *)pa, bytes, ret_core))
		return DUMP_BAD_ELFCOREHDR;
	for (u32 i = 0; i < ret_core->count; i++) {
		const Elf64_Phdr *load = &ret_core->phdr[i];
		int err;

		if (load->p_type != PT_LOAD || !load->p_memsz)
			continue;
		err = paging_map(load->p_paddr, load->p_paddr + load->p_memsz, PAGING_OLD);
		if (err)
			return err == -EINVAL ? DUMP_BAD_ELFCOREHDR : DUMP_NO_MEMORY;
	}
	return DUMP_OK;
}

enum dump_error handover_open_config(const struct handover *h, struct config *ret_config)
{
	if (!h->initrd_bytes)
		return DUMP_NO_CONFIG;
	if (h->initrd_pa % 8 || config_open((const void *)h->initrd_pa, h->initrd_bytes, ret_config))
		return DUMP_BAD_CONFIG;
	return DUMP_OK;
}
