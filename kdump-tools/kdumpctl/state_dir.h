/* SPDX-License-Identifier: GPL-2.0 */
/* /var/lib/lifeboat: what is worth keeping over a reboot. */
#ifndef KDUMPCTL_STATE_DIR_H
#define KDUMPCTL_STATE_DIR_H

#define STATE_DIR "/var/lib/lifeboat"
#define STATE_HASHES STATE_DIR "/hashes"		/* initramfs/hash_index.h */
#define STATE_INITRAMFS STATE_DIR "/initramfs-"		/* and its content hash */
#define STATE_INITRAMFS_SUM STATE_DIR "/initramfs.sum"	/* of the image's bytes */
#define STATE_LAST_CAPTURE STATE_DIR "/last-capture"	/* kdumpctl/last_capture.h */

/* Makes the folder.  What mkdir(2) says. */
int state_dir_make(void);

#endif
