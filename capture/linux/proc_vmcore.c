// SPDX-License-Identifier: GPL-2.0
/* /proc/vmcore: the dead kernel's memory as an ELF core file, in the capture kernel. */
#include "vmcore.h"

#include <linux/atomic.h>
#include <linux/cc_platform.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/printk.h>
#include <linux/proc_fs.h>
#include <linux/rcupdate.h>

DEFINE_SRCU(vmcore_srcu);
DEFINE_MUTEX(vmcore_change_lock);

static struct vmcore_layout __rcu *current_layout;
static struct proc_dir_entry *entry;
static atomic_t open_files = ATOMIC_INIT(0);

const struct vmcore_layout *vmcore_layout_get(void)
{
	return srcu_dereference(current_layout, &vmcore_srcu);
}

void vmcore_layout_publish(struct vmcore_layout *layout)
{
	struct vmcore_layout *old = rcu_replace_pointer(current_layout, layout, lockdep_is_held(&vmcore_change_lock));

	if (entry && layout)
		proc_set_size(entry, layout->bytes);
	synchronize_srcu(&vmcore_srcu);
	vmcore_elfcorehdr_layout_free(old);
}

static int proc_vmcore_open(struct inode *inode, struct file *file)
{
	vmcore_callbacks_note_open();
	atomic_inc(&open_files);
	return 0;
}

static int proc_vmcore_release(struct inode *inode, struct file *file)
{
	if (atomic_dec_and_test(&open_files))
		vmcore_window_drop();
	return 0;
}

static ssize_t read_part(struct iov_iter *iter, const struct vmcore_part *part, u64 skip)
{
	size_t bytes = min_t(u64, iov_iter_count(iter), part->bytes - skip);

	if (!part->buf)
		return vmcore_oldmem_read(iter, (struct oldmem_range){ part->pa, part->pa + part->bytes },
					  part->pa + skip, bytes, cc_platform_has(CC_ATTR_MEM_ENCRYPT));
	bytes = copy_to_iter(part->buf + skip, bytes, iter);
	return bytes ? bytes : -EFAULT;
}

/* What came before a fault counts; the next read reports it. */
static ssize_t proc_vmcore_read(struct kiocb *iocb, struct iov_iter *iter)
{
	const struct vmcore_layout *layout;
	const struct vmcore_part *part;
	ssize_t copied = 0, done = 0;
	int held;

	held = srcu_read_lock(&vmcore_srcu);
	layout = vmcore_layout_get();
	while (iov_iter_count(iter) && (part = vmcore_layout_find(layout, iocb->ki_pos))) {
		copied = read_part(iter, part, iocb->ki_pos - part->offset);
		if (copied < 0)
			break;
		iocb->ki_pos += copied;
		done += copied;
	}
	srcu_read_unlock(&vmcore_srcu, held);
	return done ? done : copied;
}

/* A device dump may have come after the inode took its size. */
static loff_t proc_vmcore_seek(struct file *file, loff_t offset, int whence)
{
	int held = srcu_read_lock(&vmcore_srcu);
	loff_t bytes = vmcore_layout_get()->bytes;

	srcu_read_unlock(&vmcore_srcu, held);
	return generic_file_llseek_size(file, offset, whence, MAX_LFS_FILESIZE, bytes);
}

static const struct proc_ops proc_vmcore_ops = {
	.proc_open = proc_vmcore_open,
	.proc_release = proc_vmcore_release,
	.proc_read_iter = proc_vmcore_read,
	.proc_lseek = proc_vmcore_seek,
	.proc_mmap = vmcore_mmap,
};

/* Everything but the file itself, which needs this first. */
static int __init proc_vmcore_load(u64 pa)
{
	struct vmcore_layout *layout;
	LIST_HEAD(no_dumps);
	int err;

	err = vmcore_elfcorehdr_load(pa);
	if (err)
		return err;
	layout = vmcore_elfcorehdr_layout(&no_dumps);
	if (IS_ERR(layout)) {
		vmcore_elfcorehdr_forget();
		return PTR_ERR(layout);
	}
	mutex_lock(&vmcore_change_lock);
	vmcore_layout_publish(layout);
	entry = proc_create("vmcore", 0400, NULL, &proc_vmcore_ops);
	if (entry)
		proc_set_size(entry, layout->bytes);
	mutex_unlock(&vmcore_change_lock);
	if (entry)
		return 0;
	vmcore_cleanup();
	return -ENOMEM;
}

static int __init proc_vmcore_init(void)
{
	int err;

	err = elfcorehdr_alloc(&elfcorehdr_addr, &elfcorehdr_size);
	if (err || !is_vmcore_usable())
		return err;
	err = proc_vmcore_load(elfcorehdr_addr);
	if (err)
		pr_warn("no /proc/vmcore: error %d with the elfcorehdr at %#llx\n", err, elfcorehdr_addr);
	vmcore_window_drop();
	/* It has been read, or is of no use: nobody shall come back to it. */
	elfcorehdr_free(elfcorehdr_addr);
	elfcorehdr_addr = ELFCORE_ADDR_ERR;
	return err;
}
fs_initcall(proc_vmcore_init);

/* Takes the file away and gives back what it needed, as when a capture kernel becomes an ordinary one. */
void vmcore_cleanup(void)
{
	mutex_lock(&vmcore_change_lock);
	if (entry)
		proc_remove(entry);	/* waits for readers */
	entry = NULL;
	vmcore_layout_publish(NULL);
	vmcore_window_drop();
	vmcore_device_dump_free_all();
	vmcore_elfcorehdr_forget();
	mutex_unlock(&vmcore_change_lock);
}
