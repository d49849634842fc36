/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From the configuration and the running system to the capture plan and the files of the
 * initramfs that goes with it.
 */
#ifndef KDUMPCTL_PLAN_BUILD_H
#define KDUMPCTL_PLAN_BUILD_H

#include "initramfs/file_set.h"
#include "initramfs/module_set.h"
#include "kdumpctl/capture_kernel.h"
#include "kdumpctl/capture_target.h"

struct plan_request {
	const struct conf *conf;
	const struct capture_kernel *kernel;
	const struct device_world *world;
	const char *init;	/* path of kdump-init */
	const char *save;	/* path of the static kdump-save */
};

struct plan_build {
	const struct plan_request *request;
	struct capture_plan plan;
	struct file_set files;		/* all but the plan itself */
	struct module_set modules;
	struct capture_target target[CONF_MAX_TARGETS];	/* as configured; plan.target[] has the usable ones */
	unsigned int targets;
	char what[CONF_TEXT_BYTES];	/* which directive or target failed */
	char reason[640];		/* why */
};

/*
 * Fills all of it but request, which the caller has set.  plan.content is left to the
 * caller.  Any error is told in what and reason; deinit in any case.
 */
int plan_build(struct plan_build *build);
void plan_build_deinit(struct plan_build *build);

/* Stages of the above, for tests: the targets alone, then the modules of `use`. */
int plan_build_targets(struct plan_build *build, struct device_use *use);
int plan_build_modules(struct plan_build *build, const struct device_use *use);

#endif
