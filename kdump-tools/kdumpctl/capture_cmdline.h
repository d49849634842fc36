/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The capture kernel's command line: the running one's, less what would take its little
 * memory or lead it away from its task, plus what keeps it small.
 */
#ifndef KDUMPCTL_CAPTURE_CMDLINE_H
#define KDUMPCTL_CAPTURE_CMDLINE_H

#include "capture/env.h"

/* The defaults of Fedora's KDUMP_COMMANDLINE_REMOVE and KDUMP_COMMANDLINE_APPEND for x86_64, as far as they concern us. */
#define CAPTURE_CMDLINE_REMOVE "hugepages hugepagesz slub_debug quiet log_buf_len swiotlb hugetlb_cma cma ignition.firstboot"
#define CAPTURE_CMDLINE_APPEND "irqpoll nr_cpus=1 reset_devices cgroup_disable=memory mce=off numa=off panic=10 " \
	"acpi_no_memhotplug transparent_hugepage=never nokaslr novmcoredd hest_disable hugetlb_cma=0 cma=0 " \
	"kfence.sample_interval=0 pcie_ports=compat"

/*
 * The only switch for tracefs, whose files for some thousand events take 8 MiB at boot (Linux
 * 6.1, tracing_init_dentry()).  In that mode no unsigned module can be loaded.
 */
#define CAPTURE_CMDLINE_NO_TRACING "lockdown=confidentiality"

/*
 * New memory, to be freed; NULL: no memory.  remove: names, which go with or without a
 * value; append: options.  Always removed is what would start something else than our
 * init, or limit what it may do: init, rdinit, root and so on, crashkernel, panic_on_warn.
 * no_tracing: also CAPTURE_CMDLINE_NO_TRACING, unless `remove` names lockdown.
 */
char *capture_cmdline_build(const char *running, const char *remove, const char *append, bool no_tracing);

#endif
