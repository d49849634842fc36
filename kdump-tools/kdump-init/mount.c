// SPDX-License-Identifier: GPL-2.0
#include "kdump-init/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/env.h"
#include "kdump-init/say.h"

static const struct {
	const char *word;
	unsigned long flag;	/* 0: nothing to tell the kernel */
} option_words[] = {
	{ "ro", MS_RDONLY }, { "noatime", MS_NOATIME }, { "nodiratime", MS_NODIRATIME }, { "relatime", MS_RELATIME },
	{ "strictatime", MS_STRICTATIME }, { "sync", MS_SYNCHRONOUS }, { "dirsync", MS_DIRSYNC },
	{ "nodev", MS_NODEV }, { "nosuid", MS_NOSUID }, { "noexec", MS_NOEXEC }, { "lazytime", MS_LAZYTIME },
	{ "defaults", 0 }, { "rw", 0 }, { "atime", 0 }, { "async", 0 }, { "dev", 0 }, { "suid", 0 }, { "exec", 0 },
	{ "auto", 0 }, { "noauto", 0 }, { "user", 0 }, { "users", 0 }, { "nouser", 0 }, { "owner", 0 }, { "group", 0 },
	{ "nofail", 0 }, { "_netdev", 0 },
};

static bool is_known(const char *word, size_t bytes, unsigned long *ret_flag)
{
	for (size_t i = 0; i < ARRAY_SIZE(option_words); i++) {
		if (strlen(option_words[i].word) != bytes || strncmp(option_words[i].word, word, bytes))
			continue;
		*ret_flag = option_words[i].flag;
		return true;
	}
	*ret_flag = 0;
	return !strncmp(word, "x-", 2) || !strncmp(word, "comment=", 8);
}

int mount_options(const char *options, unsigned long *ret_flags, char *data, size_t size)
{
	unsigned long flags = MS_NODEV | MS_NOSUID, flag;
	size_t used = 0;

	for (const char *word = options; *word; ) {
		size_t bytes = strcspn(word, ",");

		if (bytes && !is_known(word, bytes, &flag)) {
			if (used + bytes + 2 > size)
				return -ENAMETOOLONG;
			if (used)
				data[used++] = ',';
			memcpy(data + used, word, bytes);
			used += bytes;
		} else if (bytes) {
			flags |= flag;
		}
		word += bytes;
		word += *word == ',';
	}
	data[used] = 0;
	*ret_flags = flags;
	return 0;
}

static const char *advice(int err)
{
	switch (-err) {
	case ENODEV:
		return "; the kernel does not know this file system: its module is missing";
	case EINVAL:
		return "; no such file system is on it, it is damaged, or an option is unknown: the kernel's log says which";
	case EROFS:
	case EACCES:
		return "; the disk is write-protected";
	case EUCLEAN:
		return "; it is damaged: check it with fsck";
	default:
		return "";
	}
}

int mount_target(const struct capture_plan_target *target, const char *device, const char *folder)
{
	unsigned long flags;
	char data[512];
	int err = mount_options(target->options, &flags, data, sizeof(data));

	if (!err && mkdir(folder, 0700) && errno != EEXIST)
		err = -errno;
	if (!err && mount(device, folder, target->fstype, flags, data))
		err = -errno;
	if (err)
		say_error("%s (%s) can't be mounted as %s: %s%s", target->device, device, target->fstype, strerror(-err), advice(err));
	return err;
}

int mount_end(const char *folder, const char *name)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;

	if (fd < 0 || syncfs(fd))
		err = -errno;
	if (fd >= 0)
		close(fd);
	/* Something that a program left running may still use it; synced it is in any case. */
	if (umount2(folder, 0) && umount2(folder, MNT_DETACH) && !err)
		err = -errno;
	if (err)
		say_error("%s can't be unmounted: %s", name, strerror(-err));
	return err;
}
