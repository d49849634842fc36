// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/linux_mode.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/capture_report.h"
#include "common/file.h"
#include "kdumpctl/capture_cmdline.h"

#define CMDLINE_FILE "/proc/cmdline"
#define CMDLINE_MAX_BYTES 65536u
#define KDUMP_INIT PREFIX "/lib/lifeboat/kdump-init"
#define KDUMP_SAVE PREFIX "/lib/lifeboat/kdump-save"

struct linux_mode *linux_mode_new(void)
{
	struct linux_mode *mode = calloc(1, sizeof(*mode));

	if (mode)
		mode->image.fd = -1;
	return mode;
}

void linux_mode_free(struct linux_mode *mode)
{
	if (!mode)
		return;
	capture_image_deinit(&mode->image);
	plan_build_deinit(&mode->build);
	free(mode->cmdline);
	free(mode);
}

u64 linux_mode_region(void)
{
	u64 bytes = 0;

	file_read_u64("/sys/kernel/kexec_crash_size", 10, &bytes);
	return bytes;
}

struct crash_load linux_mode_request(const struct linux_mode *mode)
{
	return (struct crash_load){
		.kernel = mode->kernel.path, .initrd = mode->image.path, .cmdline = mode->cmdline, .syscall = mode->syscall,
	};
}

static int build_cmdline(struct linux_mode *mode, const struct conf *conf)
{
	char *running, *options;
	size_t bytes;
	int err = file_read(CMDLINE_FILE, CMDLINE_MAX_BYTES, &running, &bytes);

	if (err)
		return err;
	running[strcspn(running, "\n")] = 0;
	mode->no_tracing = mode->kernel.can_lock_down && module_set_is_trusted(&mode->build.modules, mode->kernel.modules);
	options = capture_cmdline_build(running, conf->cmdline_remove, conf->cmdline_append, mode->no_tracing);
	free(running);
	if (!options)
		return -ENOMEM;
	/* An administrator may have taken it out again. */
	mode->no_tracing = strstr(options, CAPTURE_CMDLINE_NO_TRACING);
	if (asprintf(&mode->cmdline, "%s " CAPTURE_REPORT_REGION "%llu", options, (unsigned long long)mode->region_bytes) < 0)
		mode->cmdline = NULL;
	free(options);
	return mode->cmdline ? 0 : -ENOMEM;
}

static int compute_need(struct linux_mode *mode)
{
	struct linux_need_input input = {
		.packed_bytes = mode->image.packed_bytes, .unpacked_bytes = mode->image.unpacked_bytes,
		.module_bytes = mode->image.module_bytes, .tracing = !mode->no_tracing,
	};
	struct crash_load request = linux_mode_request(mode);
	struct last_capture *last = malloc(sizeof(*last));
	bool known = last && !last_capture_read(last) && !strcmp(last->content, mode->image.content);
	int err = crash_load_need(&request, &input.load_bytes);

	if (!err)
		err = linux_need_read_iomem(&mode->kernel, &input);
	if (!err)
		linux_need_compute(&input, known ? last : NULL, &mode->need);
	else
		snprintf(mode->reason, sizeof(mode->reason), "how much memory is needed can't be computed: %s", strerror(-err));
	free(last);
	return err;
}

int linux_mode_prepare(struct linux_mode *mode, const struct conf *conf, u64 region_bytes, enum capture_image_use use)
{
	struct plan_build *build = &mode->build;
	int err = capture_kernel_find("", conf->kernel, &mode->kernel, mode->reason, sizeof(mode->reason));

	if (err)
		return err;
	mode->kernel_ok = true;
	mode->request = (struct plan_request){
		.conf = conf, .kernel = &mode->kernel, .world = &device_world_running, .init = KDUMP_INIT,
		.save = KDUMP_SAVE,
	};
	mode->region_bytes = region_bytes;
	build->request = &mode->request;
	err = plan_build(build);
	if (err) {
		snprintf(mode->reason, sizeof(mode->reason), "%s: %s", build->what, build->reason);
		return err;
	}
	mode->plan_ok = true;
	err = capture_image_make(&mode->image, build, use, mode->reason, sizeof(mode->reason));
	if (err)
		return err;
	mode->image_ok = true;
	err = build_cmdline(mode, conf);
	if (err) {
		snprintf(mode->reason, sizeof(mode->reason), "cannot read " CMDLINE_FILE ": %s", strerror(-err));
		return err;
	}
	err = compute_need(mode);
	mode->need_ok = !err;
	return err;
}
