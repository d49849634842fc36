// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/capture_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kdumpctl/image.h"
#include "kdumpctl/sysfs.h"
#include "kexec/bzimage.h"

/* Where distributions put it: Debian and Fedora, Fedora's own copy, Arch. */
static const char *const places[] = { "/boot/vmlinuz-%s", "/lib/modules/%s/vmlinuz", "/usr/lib/modules/%s/vmlinuz" };

static int find_file(const char *root, const char *release, char *ret_path, char *reason, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		snprintf(ret_path, PATH_MAX, places[i], release);
		if (sysfs_exists(root, "%s", ret_path))
			return 0;
	}
	snprintf(reason, size, "the file of the running kernel %s is not in /boot; install it, or name a kernel: 'kernel PATH' in the configuration",
		 release);
	return -ENOENT;
}

static int parse_image(struct capture_kernel *kernel, const void *data, size_t bytes, char *reason, size_t size)
{
	struct bzimage image;
	const char *why;
	int err = bzimage_parse(&image, data, bytes, &why);

	if (!err && bzimage_is_dumpkernel(&image)) {
		why = "it is the standalone dump kernel, not Linux";
		err = -ENOEXEC;
	}
	if (err) {
		snprintf(reason, size, "%s can't be used: %s", kernel->path, why);
		return err;
	}
	snprintf(kernel->release, sizeof(kernel->release), "%.*s", (int)strcspn(image.version, " "), image.version);
	kernel->memory_bytes = image.memory_bytes;
	kernel->is_signed = image_has_certificate(data, bytes);
	return 0;
}

/* Mapped rather than read: only its head is looked at. */
static int map_image(const char *path, void **ret_data, size_t *ret_bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	struct stat st;
	void *data;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		err = -errno;
	else if (!S_ISREG(st.st_mode) || !st.st_size)
		err = -ENOEXEC;
	data = err ? MAP_FAILED : mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (!err && data == MAP_FAILED)
		err = -errno;
	close(fd);
	if (err)
		return err;
	*ret_data = data;
	*ret_bytes = st.st_size;
	return 0;
}

static int read_image(const char *root, struct capture_kernel *kernel, char *reason, size_t size)
{
	char full[2 * PATH_MAX];
	size_t bytes = 0;
	void *data = NULL;
	int err;

	snprintf(full, sizeof(full), "%s%s", root, kernel->path);
	err = map_image(full, &data, &bytes);
	if (err) {
		snprintf(reason, size, "cannot read the kernel %s: %s", kernel->path, strerror(-err));
		return err;
	}
	err = parse_image(kernel, data, bytes, reason, size);
	munmap(data, bytes);
	return err;
}

/* Without its configuration: gzip, which no distribution leaves out. */
static void read_config(const char *root, struct capture_kernel *kernel)
{
	size_t bytes;
	char *config;

	kernel->pack = PACK_GZIP;
	if (sysfs_read_all(root, &config, &bytes, "/boot/config-%s", kernel->release) &&
	    sysfs_read_all(root, &config, &bytes, "/lib/modules/%s/config", kernel->release))
		return;
	if (strstr(config, "\nCONFIG_RD_ZSTD=y\n"))
		kernel->pack = PACK_ZSTD;
	kernel->can_lock_down = strstr(config, "\nCONFIG_SECURITY_LOCKDOWN_LSM=y\n");
	free(config);
}

int capture_kernel_find(const char *root, const char *wanted, struct capture_kernel *ret_kernel, char *reason, size_t size)
{
	struct capture_kernel kernel = { 0 };
	char running[128] = "";
	int err = 0;

	sysfs_read_line(root, running, sizeof(running), "/proc/sys/kernel/osrelease");
	if (wanted[0])
		snprintf(kernel.path, sizeof(kernel.path), "%s", wanted);
	else
		err = find_file(root, running, kernel.path, reason, size);
	if (!err)
		err = read_image(root, &kernel, reason, size);
	if (err)
		return err;
	kernel.is_running = !strcmp(kernel.release, running);
	read_config(root, &kernel);
	if (sysfs_exists(root, "/lib/modules/%s/modules.dep.bin", kernel.release))
		snprintf(kernel.modules, sizeof(kernel.modules), "%s/lib/modules/%s", root, kernel.release);
	*ret_kernel = kernel;
	return 0;
}
