// SPDX-License-Identifier: GPL-2.0
/* Drivers that know which pages of old memory are not there: balloons, virtio-mem, GART. */
#include "vmcore.h"

#include <linux/export.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/rculist.h>
#include <linux/spinlock.h>

static DEFINE_SPINLOCK(lock);		/* over the three below */
static LIST_HEAD(callbacks);		/* readers: vmcore_srcu */
static unsigned long generation;
static bool opened;

void vmcore_callbacks_note_open(void)
{
	WRITE_ONCE(opened, true);
}

void vmcore_callbacks_warn_late(const char *what)
{
	if (READ_ONCE(opened))
		pr_warn("%s after /proc/vmcore was opened: its readers may have seen other content\n", what);
}

unsigned long vmcore_callbacks_generation(void)
{
	return READ_ONCE(generation);
}

bool vmcore_callbacks_exist(void)
{
	return !list_empty(&callbacks);
}

void register_vmcore_cb(struct vmcore_cb *cb)
{
	spin_lock(&lock);
	list_add_tail_rcu(&cb->next, &callbacks);
	WRITE_ONCE(generation, generation + 1);
	spin_unlock(&lock);
	vmcore_callbacks_warn_late("a driver registered a callback");
}
EXPORT_SYMBOL_GPL(register_vmcore_cb);

void unregister_vmcore_cb(struct vmcore_cb *cb)
{
	spin_lock(&lock);
	list_del_rcu(&cb->next);
	WRITE_ONCE(generation, generation + 1);
	spin_unlock(&lock);
	vmcore_callbacks_warn_late("a driver withdrew its callback");
	synchronize_srcu(&vmcore_srcu);		/* nobody is in it any more */
}
EXPORT_SYMBOL_GPL(unregister_vmcore_cb);

static bool is_ram(unsigned long pfn)
{
	struct vmcore_cb *cb;

	list_for_each_entry_srcu(cb, &callbacks, next, srcu_read_lock_held(&vmcore_srcu))
		if (cb->pfn_is_ram && !cb->pfn_is_ram(cb, pfn))
			return false;
	return true;
}

u64 vmcore_callbacks_ram_end(struct oldmem_range range)
{
	u64 pa = range.start;

	if (!vmcore_callbacks_exist())
		return range.end;
	while (pa < range.end && is_ram(PHYS_PFN(pa)))
		pa += PAGE_SIZE;
	return pa;
}
