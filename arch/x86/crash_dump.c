// SPDX-License-Identifier: GPL-2.0
/* Old memory, in the capture kernel: not in its direct map, so it is mapped for each use. */
#include <linux/cc_platform.h>
#include <linux/crash_dump.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/uio.h>

/* map, copy, unmap: map is ioremap_cache or ioremap_encrypted. */
static ssize_t copy_through(void __iomem *(*map)(resource_size_t pa, unsigned long bytes),
			    struct iov_iter *iter, unsigned long pfn, size_t csize, unsigned long offset)
{
	void *page;
	size_t copied;

	if (csize == 0)
		return 0;
	page = (__force void *)map(PFN_PHYS(pfn), PAGE_SIZE);
	if (!page)
		return -ENOMEM;
	copied = copy_to_iter(page + offset, csize, iter);
	iounmap((__force void __iomem *)page);
	return copied;
}

ssize_t copy_oldmem_page(struct iov_iter *iter, unsigned long pfn, size_t csize, unsigned long offset)
{
	return copy_through(ioremap_cache, iter, pfn, csize, offset);
}

ssize_t copy_oldmem_page_encrypted(struct iov_iter *iter, unsigned long pfn, size_t csize, unsigned long offset)
{
	return copy_through(ioremap_encrypted, iter, pfn, csize, offset);
}

void *map_oldmem_run(u64 pa, size_t bytes)
{
	return (__force void *)ioremap_cache(pa, bytes);
}

ssize_t elfcorehdr_read(char *buf, size_t count, u64 *ppos)
{
	struct kvec place = { .iov_base = buf, .iov_len = count };
	struct iov_iter to;

	/* What the loader wrote is encrypted only if all of a guest's memory is. */
	iov_iter_kvec(&to, ITER_DEST, &place, 1, count);
	return read_from_oldmem(&to, count, ppos, cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT));
}
