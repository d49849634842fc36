// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/plan_build.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "initramfs/programs.h"
#include "kdumpctl/collector_check.h"
#include "kdumpctl/sysfs.h"

#define WORD_SPACE " \t"

/* Notes what failed and why; err again. */
static int __attribute__((format(printf, 4, 5))) build_fail(struct plan_build *build, int err, const char *what,
							    const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	snprintf(build->what, sizeof(build->what), "%.*s", (int)sizeof(build->what) - 1, what);
	vsnprintf(build->reason, sizeof(build->reason), fmt, args);
	va_end(args);
	return err;
}

/* --- targets and devices ------------------------------------------------------------------------- */

static const char *root_of(const struct plan_build *build)
{
	return build->request->world->root;
}

/* One that can't be used is left out as long as there is another one. */
int plan_build_targets(struct plan_build *build, struct device_use *use)
{
	const struct conf *conf = build->request->conf;
	char subject[sizeof(build->what)];
	int err = 0, first_err = 0;

	build->targets = conf->targets ? conf->targets : 1;
	for (unsigned int i = 0; i < build->targets; i++) {
		struct capture_target *target = &build->target[i];

		err = conf->targets ? capture_target_add(use, &conf->target[i], conf->path, target) :
				      capture_target_add_holder(use, conf->path, target);
		target->usable = !err;
		if (err)
			memcpy(target->why, use->reason, sizeof(target->why));
		if (err && !first_err) {
			first_err = err;
			snprintf(subject, sizeof(subject), "%s %.900s", conf->targets ? target->fstype : "the file system of", target->spec);
			build_fail(build, err, subject, "%s", use->reason);
		}
	}
	if (!build->plan.targets)
		return first_err;
	build->what[0] = build->reason[0] = 0;
	if (conf->failure_action != CAPTURE_DUMP_TO_ROOTFS)
		return 0;
	err = capture_target_add_rootfs(use, conf->path);
	return err ? build_fail(build, err, "dump_to_rootfs", "%s", use->reason) : 0;
}

struct watchdog_search {
	struct plan_build *build;
	struct device_use *use;
};

/* Modules that use the watchdog core; softdog died with the kernel. */
static int add_watchdog_driver(const char *name, void *context)
{
	const struct watchdog_search *search = context;

	return strcmp(name, "softdog") ? device_use_add_module(search->use, name) : 0;
}

/* One that runs now goes on to run.  Many drivers do not tell whose device it is; then all drivers go along. */
static int add_watchdog(const char *name, void *context)
{
	struct watchdog_search *search = context;
	const char *root = root_of(search->build);
	char state[32], folder[PATH_MAX];
	int err;

	if (sysfs_read_line(root, state, sizeof(state), "/sys/class/watchdog/%s/state", name) || strcmp(state, "active"))
		return 0;
	search->build->plan.watchdog = true;
	if (!sysfs_real_path(root, folder, "/sys/class/watchdog/%s/device", name))
		return device_use_add_drivers(search->use, folder);
	err = sysfs_for_each(root, "/sys/module/watchdog/holders", add_watchdog_driver, search);
	return err == -ENOENT ? 0 : err;
}

static int add_watchdogs(struct plan_build *build, struct device_use *use)
{
	struct watchdog_search search = { .build = build, .use = use };
	int err = sysfs_for_each(root_of(build), "/sys/class/watchdog", add_watchdog, &search);

	return err && err != -ENOENT ? build_fail(build, err, "watchdog", "%s", use->reason) : 0;
}

/* --- modules ------------------------------------------------------------------------------------------ */

/* What the running kernel has as a module, the same kernel lacks without the module's file. */
static bool is_loaded(const struct plan_build *build, const char *name)
{
	return build->request->kernel->is_running &&
	       sysfs_exists(root_of(build), "/sys/module/%s/initstate", strncmp(name, "fs-", 3) ? name : name + 3);
}

/* What the running kernel has, and not as a module, the same kernel has again. */
static bool is_built_in(const struct plan_build *build, const char *name)
{
	const char *root = root_of(build);
	char line[80], *text;
	size_t bytes;
	bool found;

	if (!build->request->kernel->is_running || is_loaded(build, name))
		return false;
	if (strncmp(name, "fs-", 3))
		return sysfs_exists(root, "/sys/module/%s", name);
	if (sysfs_read_all(root, &text, &bytes, "/proc/filesystems"))
		return false;
	snprintf(line, sizeof(line), "\t%s\n", name + 3);
	found = strstr(text, line);
	free(text);
	return found;
}

static int add_module(struct plan_build *build, const char *name)
{
	int err = module_set_add(&build->modules, name);

	if (err == -ENOENT && !strncmp(name, "fs-", 3))
		err = module_set_add(&build->modules, name + 3);
	if (err == -ENOENT && is_built_in(build, name))
		err = 0;
	if (!err)
		return 0;
	return build_fail(build, err, "modules", "%s is not among the modules of %s in %s; install the kernel's package again", name,
			  build->request->kernel->release, build->request->kernel->modules);
}

static int append_module_line(struct plan_build *build, const struct module_entry *module)
{
	struct capture_plan *plan = &build->plan;
	struct capture_plan_module *larger = realloc(plan->module, (plan->modules + 1) * sizeof(*larger)), *line;
	char place[PATH_MAX];

	if (!larger)
		return -ENOMEM;
	plan->module = larger;
	line = &larger[plan->modules++];
	snprintf(place, sizeof(place), "/lib/modules/%.200s.ko", module->name);
	*line = (struct capture_plan_module){ .path = strdup(place), .parameters = strdup(module->options) };
	if (!line->path || !line->parameters)
		return -ENOMEM;
	return file_set_add_file(&build->files, place, module->path, 0644);
}

static int add_named_modules(struct plan_build *build, const struct device_use *use)
{
	const struct buffer *names = &use->modules;
	char words[CONF_TEXT_BYTES], *rest = words;
	int err = 0;

	for (size_t at = 0; !err && at < names->bytes; at += strlen(names->data + at) + 1)
		err = add_module(build, names->data + at);
	memcpy(words, build->request->conf->extra_modules, sizeof(words));
	for (char *word; !err && (word = strsep(&rest, WORD_SPACE)); )
		err = *word ? add_module(build, word) : 0;
	return err;
}

/* A kernel with everything in it, or one whose modules are gone. */
static int do_without_modules(struct plan_build *build, const struct device_use *use)
{
	const struct buffer *names = &use->modules;
	const char *release = build->request->kernel->release;

	for (size_t at = 0; at < names->bytes; at += strlen(names->data + at) + 1)
		if (is_loaded(build, names->data + at))
			return build_fail(build, -ENOENT, "modules", "%s is a module here, and /lib/modules/%s is gone or has no modules.dep.bin; "
					  "install the kernel's package again or run 'depmod'", names->data + at, release);
	if (build->request->conf->extra_modules[0])
		return build_fail(build, -ENOENT, "extra_modules", "%s has no modules in /lib/modules/%s", release, release);
	return 0;
}

int plan_build_modules(struct plan_build *build, const struct device_use *use)
{
	const char *folder = build->request->kernel->modules;
	int err;

	if (!folder[0])
		return do_without_modules(build, use);
	err = module_set_init(&build->modules, folder, NULL);
	if (err)
		return build_fail(build, err, "modules", "%s can't be read: %s; run 'depmod %s'", folder, strerror(-err),
				  build->request->kernel->release);
	err = add_named_modules(build, use);
	for (size_t i = 0; !err && i < build->modules.count; i++) {
		err = append_module_line(build, &build->modules.module[i]);
		if (err)
			build_fail(build, err, "modules", "out of memory");
	}
	return err;
}

/* --- programs ----------------------------------------------------------------------------------------- */

static int append_word(char ***list, unsigned int *count, const char *word)
{
	char **larger = realloc(*list, (*count + 1) * sizeof(*larger));

	if (!larger)
		return -ENOMEM;
	*list = larger;
	larger[*count] = strdup(word);
	return larger[(*count)++] ? 0 : -ENOMEM;
}

struct script_list {
	struct plan_build *build;
	struct programs_search *search;
	const char *folder;
	char ***list;
	unsigned int *count;
};

/* An executable of /etc/kdump/pre.d and so on: its failure is no reason to give up. */
static int add_script(const char *name, void *context)
{
	const struct script_list *scripts = context;
	char path[PATH_MAX], line[PATH_MAX + 1];
	int err;

	snprintf(path, sizeof(path), "%s/%s", scripts->folder, name);
	if (programs_find(scripts->search, path, path))
		return 0;	/* as Fedora: what is not executable is none */
	snprintf(line, sizeof(line), "-%s", path);
	err = programs_add(scripts->search, &scripts->build->files, path);
	if (err)
		return build_fail(scripts->build, err, path, "%s", scripts->search->reason);
	return append_word(scripts->list, scripts->count, line);
}

static int add_configured(const struct script_list *scripts, const char *directive, const char *path)
{
	char found[PATH_MAX];
	int err;

	if (!path[0])
		return 0;
	err = programs_find(scripts->search, path, found);
	if (!err)
		err = programs_add(scripts->search, &scripts->build->files, path);
	if (err)
		return build_fail(scripts->build, err, directive, "%s", scripts->search->reason);
	return append_word(scripts->list, scripts->count, path);
}

/* Fedora's order: kdump_pre before the folder's, the others after. */
static int add_scripts(struct plan_build *build, struct programs_search *search)
{
	const struct conf *conf = build->request->conf;
	struct capture_plan *plan = &build->plan;
	const struct {
		const char *directive, *path;
		bool first;
		struct script_list list;
	} kinds[] = {
		{ "kdump_pre", conf->pre, true, { build, search, "/etc/kdump/pre.d", &plan->pre, &plan->pres } },
		{ "kdump_post", conf->post, false, { build, search, "/etc/kdump/post.d", &plan->post, &plan->posts } },
		{ "kdump_emergency", conf->emergency, false,
		  { build, search, "/etc/kdump/emergency.d", &plan->emergency, &plan->emergencies } },
	};
	int err = 0;

	for (size_t i = 0; !err && i < ARRAY_SIZE(kinds); i++) {
		if (kinds[i].first)
			err = add_configured(&kinds[i].list, kinds[i].directive, kinds[i].path);
		if (!err)
			err = sysfs_for_each(search->root, kinds[i].list.folder, add_script, (void *)&kinds[i].list);
		if (err == -ENOENT && !build->reason[0])
			err = 0;	/* no such folder */
		if (!err && !kinds[i].first)
			err = add_configured(&kinds[i].list, kinds[i].directive, kinds[i].path);
	}
	return err;
}

/* The command with its program's whole path.  kdump-save is the one that needs no library. */
static int add_core_collector(struct plan_build *build, struct programs_search *search)
{
	const char *command = conf_core_collector(build->request->conf);
	char word[CONF_TEXT_BYTES], path[PATH_MAX];
	size_t length;
	bool ours;
	int err;

	if (!command)
		return 0;
	length = strcspn(command, WORD_SPACE);
	snprintf(word, sizeof(word), "%.*s", (int)length, command);
	ours = !strcmp(word, CONF_KDUMP_SAVE);
	err = programs_find(search, ours ? build->request->save : word, path);
	if (!err)
		err = programs_add(search, &build->files, path);
	if (!err && ours)
		err = collector_check_options(path, command + length, search->reason, sizeof(search->reason));
	if (err)
		return build_fail(build, err, "core_collector", "%s", search->reason);
	return asprintf(&build->plan.core_collector, "%s%s", path, command + length) < 0 ? -ENOMEM : 0;
}

static int add_extra_bins(struct plan_build *build, struct programs_search *search)
{
	char words[CONF_TEXT_BYTES], path[PATH_MAX], *rest = words;
	int err = 0;

	memcpy(words, build->request->conf->extra_bins, sizeof(words));
	for (char *word; !err && (word = strsep(&rest, WORD_SPACE)); ) {
		if (!*word)
			continue;
		err = programs_find(search, word, path);
		if (!err)
			err = programs_add(search, &build->files, path);
		if (err)
			build_fail(build, err, "extra_bins", "%s", search->reason);
	}
	return err;
}

static int add_programs(struct plan_build *build)
{
	struct programs_search *search = calloc(1, sizeof(*search));
	int err = search ? 0 : -ENOMEM;

	if (err)
		return build_fail(build, err, "programs", "out of memory");
	search->root = root_of(build);
	err = add_core_collector(build, search);
	if (!err)
		err = add_extra_bins(build, search);
	if (!err)
		err = add_scripts(build, search);
	if (!err && (search->wants_busybox || build->request->conf->failure_action == CAPTURE_SHELL)) {
		err = programs_add_busybox(search, &build->files);
		if (err)
			build_fail(build, err, search->wants_busybox ? "a script" : "failure_action shell", "%s", search->reason);
	}
	if (err && !build->reason[0])
		build_fail(build, err, "programs", "%s", strerror(-err));
	free(search);
	return err;
}

/* --- all of it -------------------------------------------------------------------------------------------- */

static int fill_policy(struct plan_build *build)
{
	const struct conf *conf = build->request->conf;
	struct capture_plan *plan = &build->plan;
	char host[HOST_NAME_MAX + 1] = "";

	gethostname(host, sizeof(host) - 1);
	plan->host = strdup(host[0] ? host : "localhost");
	plan->final_action = conf->final_action;
	plan->failure_action = conf->failure_action;
	plan->time_limit_s = conf->time_limit_s;
	return plan->host ? 0 : build_fail(build, -ENOMEM, "plan", "out of memory");
}

int plan_build(struct plan_build *build)
{
	struct device_use use = { .world = build->request->world, .plan = &build->plan };
	int err = fill_policy(build);

	if (!err && file_set_add_file(&build->files, "init", build->request->init, 0755))
		err = build_fail(build, -ENOMEM, "init", "out of memory");
	if (!err)
		err = plan_build_targets(build, &use);
	if (!err)
		err = add_watchdogs(build, &use);
	if (!err)
		err = plan_build_modules(build, &use);
	if (!err)
		err = add_programs(build);
	device_use_deinit(&use);
	return err;
}

void plan_build_deinit(struct plan_build *build)
{
	capture_plan_deinit(&build->plan);
	file_set_deinit(&build->files);
	if (build->modules.kmod)
		module_set_deinit(&build->modules);
}
