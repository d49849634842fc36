// SPDX-License-Identifier: GPL-2.0
/* reboot(LINUX_REBOOT_CMD_KEXEC): devices shut down in order, one CPU, interrupts still on. */
#include <linux/cpu.h>
#include <linux/kexec.h>
#include <linux/kmsg_dump.h>
#include <linux/printk.h>
#include <linux/reboot.h>

#include "internal.h"

bool kexec_in_progress;
struct kimage *kexec_image;

int kernel_kexec(void)
{
	if (!kexec_trylock())
		return -EBUSY;
	if (!kexec_image) {
		kexec_unlock();
		return -EINVAL;
	}

	/* From here there is no way back. */
	kexec_in_progress = true;
	kernel_restart_prepare("kexec reboot");
	migrate_to_reboot_cpu();
	/* Which has frozen CPU hotplug, and machine_shutdown() may take CPUs down by it. */
	cpu_hotplug_enable();

	pr_notice("Starting new kernel\n");
	machine_shutdown();
	kmsg_dump(KMSG_DUMP_SHUTDOWN);
	machine_kexec(kexec_image);
	return 0;
}
