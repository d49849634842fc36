/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The capture kernel's view: this kernel was started by another one's panic, and that
 * one's memory is outside of what we manage.
 */
#ifndef LINUX_CRASH_DUMP_H
#define LINUX_CRASH_DUMP_H

#include <linux/elf.h>
#include <linux/kexec.h>
#include <linux/pgtable.h>
#include <linux/proc_fs.h>
#include <uapi/linux/vmcore.h>

struct iov_iter;
struct vm_area_struct;

/* Values of elfcorehdr_addr which are no address: not given; given, but of no use. */
#define ELFCORE_ADDR_MAX	(~0ULL)
#define ELFCORE_ADDR_ERR	(ELFCORE_ADDR_MAX - 1)

/* Physical address and size in bytes (0: not said) of the ELF header, from elfcorehdr=. */
extern unsigned long long elfcorehdr_addr;
extern unsigned long long elfcorehdr_size;

#ifdef CONFIG_CRASH_DUMP

/*
 * Where the ELF header comes from; weak in vmcore_elfcorehdr.c, an architecture may have its own.
 * The reading functions return the count of bytes, or a negative errno, and advance *ppos.
 */
int elfcorehdr_alloc(unsigned long long *addr, unsigned long long *size);
void elfcorehdr_free(unsigned long long addr);
ssize_t elfcorehdr_read(char *buf, size_t count, u64 *ppos);
ssize_t elfcorehdr_read_notes(char *buf, size_t count, u64 *ppos);

/* Gives up the dump: frees what /proc/vmcore holds. */
void vmcore_cleanup(void);

/* Maps old memory into a process; weak in vmcore_mmap.c. */
int remap_oldmem_pfn_range(struct vm_area_struct *vma, unsigned long from,
			   unsigned long pfn, unsigned long size, pgprot_t prot);

/*
 * Maps a run of whole pages of old memory, to be read and given to memunmap(); NULL if
 * it can't be mapped as one.  Weak in vmcore_window.c, where it returns NULL: all is read
 * by copy_oldmem_page() then.
 */
void *map_oldmem_run(u64 pa, size_t bytes);

/*
 * Copies csize bytes at offset in the old kernel's page pfn (offset + csize within the
 * page).  Returns the count copied, or -ENOMEM if the page can't be mapped.  The first is for
 * memory that the old kernel had encrypted.
 */
ssize_t copy_oldmem_page_encrypted(struct iov_iter *iter, unsigned long pfn, size_t csize,
				   unsigned long offset);
ssize_t copy_oldmem_page(struct iov_iter *iter, unsigned long pfn, size_t csize,
			 unsigned long offset);

/* An architecture that can be dumped by a sibling of other width says so in asm/kexec.h. */
#ifndef vmcore_elf_check_arch_cross
# define vmcore_elf_check_arch_cross(ehdr)	0
#endif
#ifndef vmcore_elf64_check_arch
# define vmcore_elf64_check_arch(ehdr)	(vmcore_elf_check_arch_cross(ehdr) || elf_check_arch(ehdr))
#endif
#ifndef vmcore_elf32_check_arch
# define vmcore_elf32_check_arch(ehdr)	elf_check_arch(ehdr)
#endif

/* True in a kernel that another one's panic started. */
static inline bool is_kdump_kernel(void)
{
	return elfcorehdr_addr != ELFCORE_ADDR_MAX;
}

/* True if there is a dump to read as well. */
static inline int is_vmcore_usable(void)
{
	return elfcorehdr_addr < ELFCORE_ADDR_ERR;
}

/* Gives up on the dump; is_kdump_kernel() stays what it is. */
static inline void vmcore_unusable(void)
{
	elfcorehdr_addr = is_kdump_kernel() ? ELFCORE_ADDR_ERR : ELFCORE_ADDR_MAX;
}

#else /* CONFIG_CRASH_DUMP */

static inline bool is_kdump_kernel(void)
{
	return false;
}

#endif /* CONFIG_CRASH_DUMP */

/* Old memory at *ppos (a physical address) to iter; the count of bytes, or a negative errno. */
#ifndef CONFIG_PROC_VMCORE
static inline ssize_t read_from_oldmem(struct iov_iter *to, size_t bytes, u64 *ppos, bool encrypted)
{
	return -EOPNOTSUPP;
}
#else
ssize_t read_from_oldmem(struct iov_iter *to, size_t bytes, u64 *ppos, bool encrypted);
#endif

/*
 * A driver's own dump of its device becomes a note of the vmcore: size bytes, which the
 * callback puts into buf; it returns 0 or a negative errno.
 */
struct vmcoredd_data;

#ifndef CONFIG_PROC_VMCORE_DEVICE_DUMP
static inline int vmcore_add_device_dump(struct vmcoredd_data *data)
{
	return -EOPNOTSUPP;
}
#else
int vmcore_add_device_dump(struct vmcoredd_data *data);
#endif

struct vmcoredd_data {
	char dump_name[VMCOREDD_MAX_NAME_BYTES];
	unsigned int size;
	int (*vmcoredd_callback)(struct vmcoredd_data *data, void *buf);
};

#ifdef CONFIG_CRASH_DUMP

/*
 * A driver that knows of pages which the ELF header calls RAM and which must not be read,
 * such as a balloon's.  pfn_is_ram returns false for those and true for all others; next
 * belongs to the list.  Pages it denies read as zeroes.
 */
struct vmcore_cb {
	bool (*pfn_is_ram)(struct vmcore_cb *cb, unsigned long pfn);
	struct list_head next;
};
void unregister_vmcore_cb(struct vmcore_cb *callback);
void register_vmcore_cb(struct vmcore_cb *callback);

#endif

#endif /* LINUX_CRASH_DUMP_H */
