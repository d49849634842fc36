// SPDX-License-Identifier: GPL-2.0
#include "kexec/kcore.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"

#define KCORE_PATH "/proc/kcore"
#define KCORE_HEAD_BYTES (1u << 20)

/*
 * Linux Documentation/x86/x86_64/mm.rst: the kernel image's mapping starts here, all
 * of the direct map lies below.  Areas that are not linear have p_paddr -1 (or 0 on
 * kernels before 4.10, which have no KASLR for the direct map).
 */
#define KERNEL_MAP_VA 0xffffffff80000000ull
#define KERNEL_HALF_VA 0xff00000000000000ull

int kcore_parse(struct kcore_map *ret_map, const void *head, size_t bytes, u64 code_pa)
{
	const Elf64_Ehdr *ehdr = head;
	struct kcore_map map = { 0 };

	if (bytes < sizeof(*ehdr) || memcmp(ehdr->e_ident, ELFMAG, SELFMAG) ||
	    ehdr->e_ident[EI_CLASS] != ELFCLASS64 || ehdr->e_phentsize != sizeof(Elf64_Phdr) ||
	    ehdr->e_phoff > bytes || ehdr->e_phnum * sizeof(Elf64_Phdr) > bytes - ehdr->e_phoff)
		return -EBADMSG;
	for (u32 i = 0; i < ehdr->e_phnum; i++) {
		Elf64_Phdr phdr;

		memcpy(&phdr, (const char *)head + ehdr->e_phoff + i * sizeof(phdr), sizeof(phdr));
		if (phdr.p_type != PT_LOAD || phdr.p_paddr == UINT64_MAX || phdr.p_vaddr < KERNEL_HALF_VA)
			continue;
		if (phdr.p_vaddr < KERNEL_MAP_VA) {
			map.direct_map_va = phdr.p_vaddr - phdr.p_paddr;
		} else if (code_pa >= phdr.p_paddr && code_pa - phdr.p_paddr < phdr.p_memsz) {
			map.text_va = phdr.p_vaddr;
			map.text_pa = phdr.p_paddr;
			map.text_bytes = phdr.p_memsz;
		}
	}
	if (!map.text_bytes || !map.direct_map_va)
		return -ENOENT;
	*ret_map = map;
	return 0;
}

int kcore_read(struct kcore_map *ret_map, u64 code_pa)
{
	int fd = open(KCORE_PATH, O_RDONLY | O_CLOEXEC);
	int err = fd < 0 ? -errno : 0;
	char *head = NULL;
	ssize_t got;

	if (!err) {
		head = malloc(KCORE_HEAD_BYTES);
		got = head ? pread(fd, head, KCORE_HEAD_BYTES, 0) : -1;
		err = got < 0 ? -errno : kcore_parse(ret_map, head, got, code_pa);
		free(head);
		close(fd);
	}
	if (err)
		log_error("cannot tell from " KCORE_PATH " where this kernel and its memory are mapped: %s%s",
			  strerror(-err),
			  err == -EPERM ? "; lockdown hides it, only kexec_file_load (-s) can work" : "");
	return err;
}
