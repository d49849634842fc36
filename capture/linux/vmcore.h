/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of /proc/vmcore share.  The interface to the rest of the kernel is
 * <linux/crash_dump.h>.
 *
 * All of it runs in process context, in the capture kernel, with everything working.
 * Readers run at the same time: they hold vmcore_srcu, which keeps the layout and the
 * callbacks alive, and no lock while they copy, so that a fault in user space (which
 * takes mmap_lock, held by our mmap) can't make a circle.
 */
#ifndef VMCORE_H
#define VMCORE_H

#include <linux/crash_dump.h>
#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/srcu.h>
#include <linux/uio.h>

#include "vmcore_layout.h"

#undef pr_fmt
#define pr_fmt(fmt) "vmcore: " fmt

extern struct srcu_struct vmcore_srcu;

/* Physical addresses [start, end), whole pages. */
struct oldmem_range {
	u64 start, end;
};

/* --- proc_vmcore.c -------------------------------------------------------------- */

/* Held by whoever changes the layout, or what it is made of. */
extern struct mutex vmcore_change_lock;

/* The layout in use, NULL without a dump; the caller holds vmcore_srcu. */
const struct vmcore_layout *vmcore_layout_get(void);

/* Replaces the layout (NULL: none), waits for readers of the old one and frees it with its head. */
void vmcore_layout_publish(struct vmcore_layout *layout);

/* --- vmcore_elfcorehdr.c -------------------------------------------------------- */

struct vmcore_dump {
	struct list_head list;
	void *buf;	/* vmalloc_user() */
	size_t bytes;	/* a multiple of a page */
};

/*
 * Reads the elfcorehdr at pa and the notes it points to; they stay until vmcore_elfcorehdr_forget().
 * Returns 0, -EINVAL: not an ELF core header for this machine, -EIO or -ENOMEM.
 */
int vmcore_elfcorehdr_load(u64 pa);
void vmcore_elfcorehdr_forget(void);
bool vmcore_elfcorehdr_is_loaded(void);

/*
 * Makes the layout of the loaded elfcorehdr with a list of struct vmcore_dump.
 * Returns it, to be published, or ERR_PTR(): -ENODEV: none is loaded, -ENOMEM, -EINVAL: a segment beyond 2^64,
 * -EFBIG: the file's ELF class is too small for it.
 */
struct vmcore_layout *vmcore_elfcorehdr_layout(const struct list_head *dumps);
void vmcore_elfcorehdr_layout_free(struct vmcore_layout *layout);

/* --- vmcore_callbacks.c --------------------------------------------------------- */

/* Notes that /proc/vmcore was opened: a change of its content from now on is worth a warning. */
void vmcore_callbacks_note_open(void);
/* Warns if it was: "<what> after /proc/vmcore was opened". */
void vmcore_callbacks_warn_late(const char *what);

/* Another number after each change of the callbacks. */
unsigned long vmcore_callbacks_generation(void);
bool vmcore_callbacks_exist(void);

/*
 * Where the run of RAM that begins at range.start ends: range.end at most, range.start if
 * its first page is not RAM.  Asks the callbacks for every page; the caller holds vmcore_srcu.
 */
u64 vmcore_callbacks_ram_end(struct oldmem_range range);

/* --- vmcore_window.c ------------------------------------------------------------ */

struct oldmem_window;

/*
 * A mapping of old memory around pa, RAM only, no further than within.  It stays mapped
 * after vmcore_window_put(), for the next reader.  The caller holds vmcore_srcu.
 * Returns NULL if none can be had or pa is not RAM: the caller goes on with that page alone.
 */
struct oldmem_window *vmcore_window_get(struct oldmem_range within, u64 pa);
void vmcore_window_put(struct oldmem_window *window);

/* The address of pa in the window; ret_bytes: how much there is from there on. */
const void *vmcore_window_at(const struct oldmem_window *window, u64 pa, size_t *ret_bytes);

/* Unmaps the windows that nobody uses. */
void vmcore_window_drop(void);

/* --- vmcore_oldmem.c ------------------------------------------------------------ */

/*
 * Copies up to count bytes of old memory at pa; mappings may cover all of within.
 * Returns how many were copied, fewer than count only at a fault, or a negative errno
 * if none: -EFAULT, or what the architecture says of an unreadable page.
 */
ssize_t vmcore_oldmem_read(struct iov_iter *iter, struct oldmem_range within, u64 pa, size_t count, bool encrypted);

/* --- vmcore_mmap.c -------------------------------------------------------------- */

int vmcore_mmap(struct file *file, struct vm_area_struct *vma);

/* --- vmcore_device_dump.c ------------------------------------------------------- */

#ifdef CONFIG_PROC_VMCORE_DEVICE_DUMP
/* The caller holds vmcore_change_lock, and no layout refers to them. */
void vmcore_device_dump_free_all(void);
#else
static inline void vmcore_device_dump_free_all(void) {}
#endif

#endif
