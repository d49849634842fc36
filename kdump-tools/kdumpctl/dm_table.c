// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/dm_table.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>


#define DM_CONTROL "/dev/" DM_DIR "/" DM_CONTROL_NODE
#define DM_ROOM_BYTES (64u << 10)	/* for some hundred targets */
#define DM_MAX_ROOM_BYTES (4u << 20)

int dm_table_parse_linear(const char *parameters, struct dm_piece *piece)
{
	unsigned int major_number, minor_number;
	unsigned long long offset;
	int used = 0;

	if (sscanf(parameters, "%u:%u %llu%n", &major_number, &minor_number, &offset, &used) != 3 || parameters[used])
		return -EINVAL;
	piece->device = makedev(major_number, minor_number);
	piece->offset = offset;
	return 0;
}

void dm_table_deinit(struct dm_table *table)
{
	free(table->piece);
	*table = (struct dm_table){ 0 };
}

/* The ioctl's answer: after data_start one dm_target_spec after another, each with its text. */
static int copy_targets(const struct dm_ioctl *answer, struct dm_table *table)
{
	const char *base = (const char *)answer + answer->data_start;
	size_t room = answer->data_size - answer->data_start, at = 0;

	table->piece = calloc(answer->target_count ?: 1, sizeof(*table->piece));
	if (!table->piece)
		return -ENOMEM;
	for (u32 i = 0; i < answer->target_count; i++) {
		struct dm_piece *piece = &table->piece[i];
		struct dm_target_spec spec;
		const char *parameters = base + at + sizeof(spec);

		if (at > room || room - at < sizeof(spec))
			return -EINVAL;
		memcpy(&spec, base + at, sizeof(spec));
		if (strnlen(parameters, room - at - sizeof(spec)) == room - at - sizeof(spec))
			return -EINVAL;
		piece->start = spec.sector_start;
		piece->sectors = spec.length;
		snprintf(piece->type, sizeof(piece->type), "%.*s", (int)sizeof(piece->type) - 1, spec.target_type);
		if (!strcmp(piece->type, "linear") && dm_table_parse_linear(parameters, piece))
			return -EINVAL;
		table->count++;
		at = spec.next;	/* counted from the first one */
	}
	return 0;
}

static int read_status(int control, dev_t device, size_t room, struct dm_table *table)
{
	struct dm_ioctl *request = calloc(1, room);
	int err = 0;

	if (!request)
		return -ENOMEM;
	request->version[0] = DM_VERSION_MAJOR;
	request->data_size = room;
	request->data_start = sizeof(*request);
	request->flags = DM_STATUS_TABLE_FLAG;
	request->dev = gnu_dev_makedev(major(device), minor(device));
	if (ioctl(control, DM_TABLE_STATUS, request))
		err = errno == ENXIO ? -ENODEV : -errno;
	else if (request->flags & DM_BUFFER_FULL_FLAG)
		err = -ENOSPC;
	else
		err = copy_targets(request, table);
	if (!err)
		snprintf(table->name, sizeof(table->name), "%.*s", (int)sizeof(table->name) - 1, request->name);
	free(request);
	return err;
}


int dm_table_read(dev_t device, struct dm_table *ret_table)
{
	struct dm_table table = { 0 };
	int control = open(DM_CONTROL, O_RDWR | O_CLOEXEC), err = -ENOSPC;

	if (control < 0)
		return -errno;
	for (size_t room = DM_ROOM_BYTES; err == -ENOSPC && room <= DM_MAX_ROOM_BYTES; room *= 4) {
		dm_table_deinit(&table);
		err = read_status(control, device, room, &table);
	}
	close(control);
	if (err)
		dm_table_deinit(&table);
	else
		*ret_table = table;
	return err;
}
