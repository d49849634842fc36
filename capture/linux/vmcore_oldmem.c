// SPDX-License-Identifier: GPL-2.0
/* Reads old memory: through a window where one can be had, else page by page. */
#include "vmcore.h"

#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>

ssize_t __weak copy_oldmem_page_encrypted(struct iov_iter *iter, unsigned long pfn,
					  size_t csize, unsigned long offset)
{
	return copy_oldmem_page(iter, pfn, csize, offset);
}

/* At most to the end of pa's page; pages that are not RAM read as zeroes. */
static ssize_t read_page(struct iov_iter *iter, u64 pa, size_t count, bool encrypted)
{
	unsigned long offset = offset_in_page(pa);
	struct oldmem_range page = { pa - offset, pa - offset + PAGE_SIZE };

	count = min_t(size_t, count, PAGE_SIZE - offset);
	if (vmcore_callbacks_ram_end(page) == page.start)
		return iov_iter_zero(count, iter);
	if (encrypted)
		return copy_oldmem_page_encrypted(iter, PHYS_PFN(pa), count, offset);
	return copy_oldmem_page(iter, PHYS_PFN(pa), count, offset);
}

/* As much as lies in one window. */
static ssize_t read_piece(struct iov_iter *iter, struct oldmem_range within, u64 pa, size_t count, bool encrypted)
{
	struct oldmem_window *window = encrypted ? NULL : vmcore_window_get(within, pa);
	size_t bytes, copied;
	const void *from;

	if (!window)
		return read_page(iter, pa, count, encrypted);
	from = vmcore_window_at(window, pa, &bytes);
	copied = copy_to_iter(from, min(count, bytes), iter);
	vmcore_window_put(window);
	return copied;
}

ssize_t vmcore_oldmem_read(struct iov_iter *iter, struct oldmem_range within, u64 pa, size_t count, bool encrypted)
{
	size_t done = 0;

	while (done < count) {
		ssize_t copied = read_piece(iter, within, pa + done, count - done, encrypted);

		if (copied <= 0)
			return done ? done : copied ? copied : -EFAULT;
		done += copied;
		cond_resched();
	}
	return done;
}

ssize_t read_from_oldmem(struct iov_iter *iter, size_t count, u64 *ppos, bool encrypted)
{
	struct oldmem_range pages = { round_down(*ppos, PAGE_SIZE), PAGE_ALIGN(*ppos + count) };
	ssize_t done;
	int held;

	held = srcu_read_lock(&vmcore_srcu);
	done = vmcore_oldmem_read(iter, pages, *ppos, count, encrypted);
	srcu_read_unlock(&vmcore_srcu, held);
	if (done > 0)
		*ppos += done;
	return done >= 0 && done < count ? -EFAULT : done;
}
