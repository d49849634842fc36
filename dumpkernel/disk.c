// SPDX-License-Identifier: GPL-2.0
/* What every disk driver checks in the same way.  Panic path: one CPU, nothing waits. */
#include "console.h"
#include "disk.h"
#include "pci.h"

int disk_check_io(const struct dump_target *target, const struct dump_io *io)
{
	if (io->op == DUMP_FLUSH)
		return 0;
	if (io->op != DUMP_READ && io->op != DUMP_WRITE)
		return -EINVAL;
	if (!io->bytes || io->bytes > target->max_transfer_bytes ||
	    io->bytes % target->block_bytes || io->offset % target->block_bytes)
		return -EINVAL;
	if (io->offset > target->size_bytes || io->bytes > target->size_bytes - io->offset)
		return -EINVAL;
	return (uintptr_t)io->buf % 4 ? -EINVAL : 0;
}

/* Copies an id without the padding at its ends, NUL terminated. */
static void disk_trim_id(char *out, size_t size, const char *id, size_t bytes)
{
	size_t start = 0, len;

	while (bytes && (id[bytes - 1] == ' ' || id[bytes - 1] == '\0'))
		bytes--;
	while (start < bytes && (id[start] == ' ' || id[start] == '\0'))
		start++;
	len = min_u64(bytes - start, size - 1);
	memcpy(out, id + start, len);
	out[len] = '\0';
}

int disk_check_identity(const struct config_target *config, const char *id, size_t id_bytes,
			u32 block_bytes, u64 blocks)
{
	char found[sizeof(config->serial) + 1], armed[sizeof(config->serial) + 1];

	disk_trim_id(armed, sizeof(armed), config->serial, sizeof(config->serial));
	disk_trim_id(found, sizeof(found), id, id_bytes);
	if (armed[0] && strcmp(armed, found)) {
		console_printf("disk " PCI_FORMAT " has serial \"%s\", armed was \"%s\": another disk, not written\n",
			       PCI_ARGS(config->pci), found, armed);
		return -ENXIO;
	}
	if (block_bytes != config->block_bytes || blocks != config->device_blocks) {
		console_printf("disk " PCI_FORMAT " has %llu blocks of %u bytes, armed were %llu of %u: not written\n",
			       PCI_ARGS(config->pci), (unsigned long long)blocks, block_bytes,
			       (unsigned long long)config->device_blocks, config->block_bytes);
		return -ENXIO;
	}
	return 0;
}

bool disk_id_differs(const u8 *armed, const u8 *found, size_t bytes)
{
	u8 any = 0;

	for (size_t i = 0; i < bytes; i++)
		any |= armed[i];
	return any && memcmp(armed, found, bytes);
}
