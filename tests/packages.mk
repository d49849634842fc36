# SPDX-License-Identifier: GPL-2.0
# Debian 12 packages: to build, and to test.  tests/lifeboat.py reads this file too.
BUILD_PACKAGES := gcc make libc6-dev linux-libc-dev libblkid-dev libjson-c-dev libelf-dev libkmod-dev zlib1g-dev liblzma-dev libzstd-dev libdeflate-dev \
	liblzo2-dev libsnappy-dev pkg-config python3
TEST_PACKAGES := libcmocka-dev qemu-system-x86 qemu-utils ovmf seabios busybox-static kexec-tools makedumpfile crash \
	python3-drgn gdb sbsigntool openssl mmdebstrap clang-14 libclang-rt-14-dev e2fsprogs xfsprogs dosfstools dmsetup fdisk kmod cpio xz-utils zstd binutils lvm2 dkms
LINUX_PACKAGES := flex bison bc libssl-dev sparse
