// SPDX-License-Identifier: GPL-2.0
/*
 * move_extent FILE DONOR START COUNT: ext4 gives COUNT blocks of FILE another place, as a
 * defragmenter makes it do; DONOR, a new file, keeps the old ones.
 */
#include <fcntl.h>
#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Linux 6.1, fs/ext4/ext4.h; there is no header for user space. */
struct move_extent {
	__u32 reserved, donor_fd;
	__u64 orig_start, donor_start, len, moved_len;	/* in blocks */
};
#define EXT4_IOC_MOVE_EXT _IOWR('f', 15, struct move_extent)

int main(int argc, char **argv)
{
	struct move_extent move = { 0 };
	struct stat st;
	__u64 end;
	int fd;

	if (argc != 5)
		return 2;
	fd = open(argv[1], O_RDWR);
	if (fd < 0 || fstat(fd, &st)) {
		perror(argv[1]);
		return 1;
	}
	move.donor_fd = open(argv[2], O_RDWR | O_CREAT | O_EXCL, 0600);
	if ((int)move.donor_fd < 0 || fallocate(move.donor_fd, 0, 0, st.st_size)) {
		perror(argv[2]);
		return 1;
	}
	move.orig_start = move.donor_start = strtoull(argv[3], NULL, 0);
	end = move.orig_start + strtoull(argv[4], NULL, 0);
	while (move.orig_start < end) {
		move.len = end - move.orig_start;
		if (ioctl(fd, EXT4_IOC_MOVE_EXT, &move) || !move.moved_len) {
			perror("EXT4_IOC_MOVE_EXT");
			return 1;
		}
		move.orig_start += move.moved_len;
		move.donor_start = move.orig_start;
		move.moved_len = 0;
	}
	return fsync(fd) || fsync(move.donor_fd);
}
