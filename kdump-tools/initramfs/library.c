// SPDX-License-Identifier: GPL-2.0
#include "initramfs/library.h"

#include <errno.h>
#include <gelf.h>
#include <glob.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"

#define LIBRARY_MAX_BYTES (256u << 20)
#define CONF_MAX_BYTES (1u << 20)
#define CONF_MAX_DEPTH 4
#define MAX_DEPTH 32

/* Where glibc's loader looks without a configuration: 64-bit lib folders, Debian's multiarch ones. */
static const char *const default_folders[] = {
	"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib",
};

/* One ELF file on its way in. */
struct library {
	const char *path;	/* of the file */
	char *runpath;		/* its DT_RUNPATH or DT_RPATH, "" */
	struct buffer needed;	/* DT_NEEDED, each with a NUL after it */
	char *loader;		/* PT_INTERP; NULL */
};

/* --- /etc/ld.so.conf ----------------------------------------------------------------------------- */

static int parse_conf(const char *root, char *text, struct buffer *folders, int depth);

static int include_conf(const char *root, const char *pattern, struct buffer *folders, int depth)
{
	char full[2 * PATH_MAX];
	glob_t found;
	int err = 0;

	snprintf(full, sizeof(full), "%s%s%s", root, pattern[0] == '/' ? "" : "/etc/", pattern);
	if (depth >= CONF_MAX_DEPTH || glob(full, 0, NULL, &found))
		return 0;
	for (size_t i = 0; !err && i < found.gl_pathc; i++) {
		char *text;
		size_t bytes;

		if (file_read(found.gl_pathv[i], CONF_MAX_BYTES, &text, &bytes))
			continue;
		err = parse_conf(root, text, folders, depth + 1);
		free(text);
	}
	globfree(&found);
	return err;
}

static int parse_conf(const char *root, char *text, struct buffer *folders, int depth)
{
	int err = 0;

	for (char *line; !err && (line = strsep(&text, "\n")); ) {
		bool include;

		line[strcspn(line, "#")] = 0;
		line += strspn(line, " \t");
		include = !strncmp(line, "include", 7) && (line[7] == ' ' || line[7] == '\t');
		if (include)
			line += 8 + strspn(line + 8, " \t");
		line[strcspn(line, " \t\r=")] = 0;
		if (include)
			err = include_conf(root, line, folders, depth);
		else if (line[0] == '/')
			err = buffer_add(folders, line, strlen(line) + 1);
	}
	return err;
}

int library_parse_conf(const char *root, const char *text, struct buffer *folders)
{
	char *copy = strdup(text);
	int err = copy ? parse_conf(root, copy, folders, 0) : -ENOMEM;

	free(copy);
	return err;
}

/* --- one ELF file -------------------------------------------------------------------------------- */

static void library_deinit(struct library *library)
{
	free(library->runpath);
	free(library->loader);
	buffer_deinit(&library->needed);
}

static int read_dynamic(Elf *elf, const GElf_Phdr *phdr, struct library *library)
{
	Elf_Scn *section = gelf_offscn(elf, phdr->p_offset);
	GElf_Shdr shdr;
	Elf_Data *data = section ? elf_getdata(section, NULL) : NULL;
	GElf_Dyn entry;
	int err = 0;

	if (!data || !gelf_getshdr(section, &shdr) || !shdr.sh_entsize)
		return -EINVAL;
	for (size_t i = 0; !err && i < shdr.sh_size / shdr.sh_entsize && gelf_getdyn(data, i, &entry); i++) {
		const char *text = NULL;

		if (entry.d_tag == DT_NEEDED || entry.d_tag == DT_RUNPATH || entry.d_tag == DT_RPATH)
			text = elf_strptr(elf, shdr.sh_link, entry.d_un.d_val);
		if (!text)
			continue;
		if (entry.d_tag == DT_NEEDED) {
			err = buffer_add(&library->needed, text, strlen(text) + 1);
		} else {
			free(library->runpath);
			library->runpath = strdup(text);
		}
	}
	return err;
}

static int library_init(struct library *library, const char *path, const void *data, size_t bytes)
{
	Elf *elf = elf_version(EV_CURRENT) == EV_NONE ? NULL : elf_memory((char *)data, bytes);
	size_t count = 0;
	int err = 0;

	*library = (struct library){ .path = path };
	if (!elf || gelf_getclass(elf) != ELFCLASS64 || elf_getphdrnum(elf, &count))
		err = -EINVAL;
	for (size_t i = 0; !err && i < count; i++) {
		GElf_Phdr phdr;

		if (!gelf_getphdr(elf, i, &phdr))
			err = -EINVAL;
		else if (phdr.p_type == PT_DYNAMIC)
			err = read_dynamic(elf, &phdr, library);
		else if (phdr.p_type == PT_INTERP && phdr.p_offset < bytes && phdr.p_filesz < bytes - phdr.p_offset)
			library->loader = strndup((const char *)data + phdr.p_offset, phdr.p_filesz);
	}
	elf_end(elf);
	if (err)
		library_deinit(library);
	return err;
}

/* --- finding ----------------------------------------------------------------------------------------- */

static bool try_folder(const struct programs_search *search, const char *folder, size_t length, const char *name,
		       char *ret_path)
{
	char full[2 * PATH_MAX];

	if (!length || length + strlen(name) + 2 > PATH_MAX)
		return false;
	snprintf(ret_path, PATH_MAX, "%.*s/%s", (int)length, folder, name);
	snprintf(full, sizeof(full), "%s%s", search->root, ret_path);
	return !access(full, R_OK);
}

/* "a:b", with $ORIGIN for the folder of the file that asks. */
static bool try_runpath(const struct programs_search *search, const struct library *library, const char *name, char *ret_path)
{
	size_t origin = strrchr(library->path, '/') - library->path;

	for (const char *at = library->runpath; at && *at; at += strcspn(at, ":"), at += *at == ':') {
		size_t length = strcspn(at, ":"), skip = 0;
		char folder[PATH_MAX];

		if (length >= 7 && !strncmp(at, "$ORIGIN", 7))
			skip = 7;
		else if (length >= 9 && !strncmp(at, "${ORIGIN}", 9))
			skip = 9;
		if (snprintf(folder, sizeof(folder), "%.*s%.*s", skip ? (int)origin : 0, library->path, (int)(length - skip),
			     at + skip) < (int)sizeof(folder) &&
		    try_folder(search, folder, strlen(folder), name, ret_path))
			return true;
	}
	return false;
}

static bool try_conf(const struct programs_search *search, const char *name, char *ret_path)
{
	struct buffer folders = { 0 };
	char full[2 * PATH_MAX], *text;
	size_t bytes;
	bool found = false;

	snprintf(full, sizeof(full), "%s/etc/ld.so.conf", search->root);
	if (file_read(full, CONF_MAX_BYTES, &text, &bytes))
		return false;
	if (!library_parse_conf(search->root, text, &folders))
		for (size_t at = 0; !found && at < folders.bytes; at += strlen(folders.data + at) + 1)
			found = try_folder(search, folders.data + at, strlen(folders.data + at), name, ret_path);
	free(text);
	buffer_deinit(&folders);
	return found;
}

/* Takes "folder/.." and "." out of an absolute path, as $ORIGIN/../lib leaves them; in place. */
static void simplify(char *path)
{
	char *to = path;

	for (const char *at = path; *at; ) {
		size_t length = strcspn(at + 1, "/") + 1;

		if (length == 3 && !memcmp(at, "/..", 3)) {
			while (to > path && *--to != '/')
				;
		} else if (length > 1 && !(length == 2 && at[1] == '.')) {
			memmove(to, at, length);
			to += length;
		}
		at += length;
	}
	*to = 0;
}

/* ret_place: its name in the archive. */
static int find_library(struct programs_search *search, const struct library *library, const char *name, char *ret_path,
			char *ret_place)
{
	if (strchr(name, '/'))
		return programs_fail(search, -EINVAL, "%s needs %s by a path, which is not supported", library->path, name);
	if (try_runpath(search, library, name, ret_path)) {
		strcpy(ret_place, ret_path);
		simplify(ret_place);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(default_folders); i++) {
		if (try_folder(search, default_folders[i], strlen(default_folders[i]), name, ret_path)) {
			strcpy(ret_place, ret_path);
			return 0;
		}
	}
	if (try_conf(search, name, ret_path)) {
		char libc[PATH_MAX];

		for (size_t i = 0; i < ARRAY_SIZE(default_folders); i++) {
			if (try_folder(search, default_folders[i], strlen(default_folders[i]), "libc.so.6", libc)) {
				snprintf(ret_place, PATH_MAX, "%s/%.255s", default_folders[i], name);
				return 0;
			}
		}
	}
	return programs_fail(search, -ENOENT, "%s needs the library %s, which is not installed", library->path, name);
}

/* --- all of them --------------------------------------------------------------------------------------- */

static int add_needed(struct programs_search *search, struct file_set *set, const char *path, const void *data,
		      size_t bytes, int depth);

static int add_file(struct programs_search *search, struct file_set *set, const char *path, const char *place, int depth)
{
	char full[2 * PATH_MAX], *data;
	size_t bytes;
	int err;

	if (file_set_has(set, place))
		return 0;
	snprintf(full, sizeof(full), "%s%s", search->root, path);
	err = file_read(full, LIBRARY_MAX_BYTES, &data, &bytes);
	if (err)
		return programs_fail(search, err, "cannot read %s: %s", path, strerror(-err));
	err = file_set_add_file(set, place, full, 0755);
	if (!err)
		err = add_needed(search, set, path, data, bytes, depth);
	free(data);
	return err;
}

static int add_needed(struct programs_search *search, struct file_set *set, const char *path, const void *data,
		      size_t bytes, int depth)
{
	char found[PATH_MAX], place[PATH_MAX];
	struct library library;
	int err = depth < MAX_DEPTH ? library_init(&library, path, data, bytes) : -EINVAL;

	if (err)
		return programs_fail(search, err, "%s is no 64-bit ELF file whose libraries can be told", path);
	if (library.loader)
		err = add_file(search, set, library.loader, library.loader, depth + 1);
	for (size_t at = 0; !err && at < library.needed.bytes; at += strlen(library.needed.data + at) + 1) {
		err = find_library(search, &library, library.needed.data + at, found, place);
		if (!err)
			err = add_file(search, set, found, place, depth + 1);
	}
	library_deinit(&library);
	return err;
}

int library_add_needed(struct programs_search *search, struct file_set *set, const char *path, const void *data, size_t bytes)
{
	return add_needed(search, set, path, data, bytes, 0);
}
