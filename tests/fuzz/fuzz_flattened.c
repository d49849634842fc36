// SPDX-License-Identifier: GPL-2.0
/* A damaged flattened stream; it may write nothing but what its records say. */
#include <endian.h>
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/file.h"
#include "fuzz.h"
#include "kdump-save/flattened.h"

#define RECORDS 4u

static struct stream {
	struct flattened_header header;
	struct {
		struct flattened_record record;
		u8 data[48];
	} part[RECORDS];
	struct flattened_record end;
} valid;

static int from = -1, to = -1;

static void make_valid(void)
{
	memcpy(valid.header.signature, FLATTENED_SIGNATURE, sizeof(FLATTENED_SIGNATURE));
	valid.header.type = htobe64(FLATTENED_TYPE);
	valid.header.version = htobe64(FLATTENED_VERSION);
	for (u32 i = 0; i < RECORDS; i++)
		valid.part[i].record = (struct flattened_record){ htobe64(i * 40), htobe64(sizeof(valid.part[i].data)) };
	valid.end = (struct flattened_record){ FLATTENED_END, FLATTENED_END };
	from = memfd_create("from", MFD_CLOEXEC);
	to = memfd_create("to", MFD_CLOEXEC);
}

/* The input: damage, but for the page of the header only in its first bytes. */
int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes)
{
	static struct stream damaged;
	size_t skip = sizeof(damaged.header) - 32;
	u8 parts[sizeof(damaged) - sizeof(damaged.header) + 32];
	int err;

	if (from < 0)
		make_valid();
	damaged = valid;
	memcpy(parts, &damaged, 32);
	memcpy(parts + 32, (u8 *)&damaged + 32 + skip, sizeof(parts) - 32);
	fuzz_damage(parts, sizeof(parts), data, bytes);
	memcpy(&damaged, parts, 32);
	memcpy((u8 *)&damaged + 32 + skip, parts + 32, sizeof(parts) - 32);
	if (ftruncate(to, 0) || file_pwrite_all(from, &damaged, sizeof(damaged), 0) || lseek(from, 0, SEEK_SET))
		abort();
	err = flattened_rebuild(from, to);
	FUZZ_REQUIRE(bytes >= FUZZ_DAMAGE_BYTES || !err);
	FUZZ_REQUIRE(bytes >= FUZZ_DAMAGE_BYTES || lseek(to, 0, SEEK_END) == (RECORDS - 1) * 40 + 48);
	return 0;
}
