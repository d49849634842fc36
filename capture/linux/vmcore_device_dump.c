// SPDX-License-Identifier: GPL-2.0
/* Notes that drivers of the capture kernel add: what their device remembers of the crash. */
#include "vmcore.h"

#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

static bool disabled;
core_param(novmcoredd, disabled, bool, 0);

static LIST_HEAD(dumps);	/* under vmcore_change_lock */

/* The note's header; its descriptor goes on to the end of the buffer, padding included. */
static void write_header(struct vmcore_dump *dump, const struct vmcoredd_data *data)
{
	struct vmcoredd_header *header = dump->buf;

	header->n_namesz = sizeof(header->name);
	header->n_descsz = dump->bytes - offsetof(struct vmcoredd_header, dump_name);
	header->n_type = NT_VMCOREDD;
	strscpy_pad(header->name, VMCOREDD_NOTE_NAME, sizeof(header->name));
	memcpy(header->dump_name, data->dump_name, sizeof(header->dump_name));
}

static void free_dump(struct vmcore_dump *dump)
{
	vfree(dump->buf);
	kfree(dump);
}

/* A dump that is not in the file yet, or ERR_PTR(): -ENOMEM or what the driver says. */
static struct vmcore_dump *collect_dump(struct vmcoredd_data *data)
{
	struct vmcore_dump *dump;
	int err = -ENOMEM;

	dump = kzalloc(sizeof(*dump), GFP_KERNEL);
	if (!dump)
		return ERR_PTR(-ENOMEM);
	dump->bytes = PAGE_ALIGN(sizeof(struct vmcoredd_header) + (size_t)data->size);
	dump->buf = vmalloc_user(dump->bytes);
	if (dump->buf) {
		write_header(dump, data);
		err = data->vmcoredd_callback(data, dump->buf + sizeof(struct vmcoredd_header));
	}
	if (err) {
		free_dump(dump);
		return ERR_PTR(err);
	}
	return dump;
}

/* Puts the dump into the file, all of it or nothing. */
static int add_dump(struct vmcore_dump *dump)
{
	struct vmcore_layout *layout;
	int err = 0;

	mutex_lock(&vmcore_change_lock);
	list_add_tail(&dump->list, &dumps);
	layout = vmcore_elfcorehdr_layout(&dumps);
	if (IS_ERR(layout)) {
		list_del(&dump->list);
		err = PTR_ERR(layout);
	} else {
		vmcore_layout_publish(layout);
	}
	mutex_unlock(&vmcore_change_lock);
	return err;
}

int vmcore_add_device_dump(struct vmcoredd_data *data)
{
	struct vmcore_dump *dump;
	int err;

	if (disabled) {
		pr_err_once("a driver's device dump is left out, as novmcoredd says\n");
		return -EINVAL;
	}
	if (!data || !data->dump_name[0] || !data->vmcoredd_callback || !data->size ||
	    data->size > S32_MAX)	/* n_descsz has 32 bits, and padding */
		return -EINVAL;
	if (!vmcore_elfcorehdr_is_loaded())
		return -ENODEV;
	dump = collect_dump(data);
	if (IS_ERR(dump))
		return PTR_ERR(dump);
	err = add_dump(dump);
	if (err)
		free_dump(dump);
	else
		vmcore_callbacks_warn_late("a driver added a device dump");
	return err;
}
EXPORT_SYMBOL(vmcore_add_device_dump);

void vmcore_device_dump_free_all(void)
{
	struct vmcore_dump *dump, *next;

	list_for_each_entry_safe(dump, next, &dumps, list) {
		list_del(&dump->list);
		free_dump(dump);
	}
}
