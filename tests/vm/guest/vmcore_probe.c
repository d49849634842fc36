// SPDX-License-Identifier: GPL-2.0
/*
 * A driver of the capture kernel as /proc/vmcore knows them, for tests:
 * insmod vmcore_probe.ko hole_mb=16 dump=70000
 *   hole_mb: in the 16 MiB from this address on, page frames 4n + 2 are not RAM
 *   dump: adds a device dump of so many bytes, whose byte i is i * 7
 */
#include <linux/crash_dump.h>
#include <linux/mm.h>
#include <linux/module.h>

static unsigned long hole_mb;
module_param(hole_mb, ulong, 0444);
static unsigned int dump;
module_param(dump, uint, 0444);
static unsigned long asked;
module_param(asked, ulong, 0444);

static bool is_ram(struct vmcore_cb *cb, unsigned long pfn)
{
	unsigned long start = hole_mb << (20 - PAGE_SHIFT);

	asked++;
	return pfn < start || pfn >= start + (16 << (20 - PAGE_SHIFT)) || pfn % 4 != 2;
}

static struct vmcore_cb cb = {
	.pfn_is_ram = is_ram,
};

static int fill(struct vmcoredd_data *data, void *buf)
{
	unsigned int i;

	for (i = 0; i < data->size; i++)
		((u8 *)buf)[i] = i * 7;
	return 0;
}

static int __init probe_init(void)
{
	struct vmcoredd_data data = { .dump_name = "vmcore_probe", .size = dump, .vmcoredd_callback = fill };
	int err = dump ? vmcore_add_device_dump(&data) : 0;

	if (!err && hole_mb)
		register_vmcore_cb(&cb);
	return err;
}

static void __exit probe_exit(void)
{
	if (hole_mb)
		unregister_vmcore_cb(&cb);
}

module_init(probe_init);
module_exit(probe_exit);
MODULE_DESCRIPTION("tells /proc/vmcore of pages and dumps, for tests");
MODULE_LICENSE("GPL");
