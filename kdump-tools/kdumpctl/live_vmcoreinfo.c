// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/live_vmcoreinfo.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/elfcore.h"
#include "common/file.h"

#define NOTES_MAX_BYTES (1u << 20)

static int find_note(const char *notes, u32 bytes, char **ret_text, u32 *ret_bytes)
{
	struct elfcore_note note;

	for (u32 at = 0; elfcore_next_note(notes, bytes, &at, &note); ) {
		char *text;

		if (!elfcore_note_is(&note, "VMCOREINFO", 0))
			continue;
		text = malloc(note.desc_bytes + 1);
		if (!text)
			return -ENOMEM;
		memcpy(text, note.desc, note.desc_bytes);
		text[note.desc_bytes] = 0;
		*ret_text = text;
		*ret_bytes = note.desc_bytes;
		return 0;
	}
	return -ENOENT;
}

static int read_notes(int fd, const Elf64_Phdr *phdr, char **ret_text, u32 *ret_bytes)
{
	char *notes;
	int err;

	if (!phdr->p_filesz || phdr->p_filesz > NOTES_MAX_BYTES)
		return -EBADMSG;
	notes = malloc(phdr->p_filesz);
	if (!notes)
		return -ENOMEM;
	err = file_pread_all(fd, notes, phdr->p_filesz, phdr->p_offset);
	if (!err)
		err = find_note(notes, phdr->p_filesz, ret_text, ret_bytes);
	free(notes);
	return err;
}

static int read_core(int fd, char **ret_text, u32 *ret_bytes)
{
	Elf64_Ehdr ehdr;
	Elf64_Phdr phdr;
	int err = file_pread_all(fd, &ehdr, sizeof(ehdr), 0);

	if (err)
		return err;
	if (memcmp(ehdr.e_ident, ELFMAG, SELFMAG) || ehdr.e_phentsize != sizeof(phdr))
		return -EBADMSG;
	for (u32 i = 0; i < ehdr.e_phnum; i++) {
		err = file_pread_all(fd, &phdr, sizeof(phdr), ehdr.e_phoff + i * sizeof(phdr));
		if (err)
			return err;
		if (phdr.p_type == PT_NOTE)
			return read_notes(fd, &phdr, ret_text, ret_bytes);
	}
	return -ENOENT;
}

int live_vmcoreinfo_read(const char *root, char **ret_text, u32 *ret_bytes)
{
	char path[PATH_MAX];
	int fd, err;

	snprintf(path, sizeof(path), "%s/proc/kcore", root);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = read_core(fd, ret_text, ret_bytes);
	close(fd);
	return err;
}
