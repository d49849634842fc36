/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the capture kernel's init has to do.  kdumpctl writes it into the capture initramfs as
 * text, one "key value..." a line; kdump-init reads it.  Words are separated by spaces; in a
 * word, a space, tab, newline or backslash is written \040, \011, \012, \134, as in fstab.
 * The last value of a line is the rest of it as it is.  Everything that could be found out before the crash
 * stands here, so that little can go wrong after it.
 */
#ifndef COMMON_CAPTURE_PLAN_H
#define COMMON_CAPTURE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#define CAPTURE_PLAN_FILE "/kdump-plan"
#define CAPTURE_PLAN_MAX_TARGETS 8

enum capture_action { CAPTURE_REBOOT, CAPTURE_HALT, CAPTURE_POWEROFF, CAPTURE_SHELL, CAPTURE_DUMP_TO_ROOTFS };

/* A module of the initramfs, in loading order: "module PATH [PARAMETERS]". */
struct capture_plan_module {
	char *path;
	char *parameters;	/* "" for none */
};

/* A piece of a linear device-mapper device: "dm NAME START SECTORS DEVICE OFFSET", 512-byte sectors. */
struct capture_plan_dm {
	char *name;		/* becomes /dev/mapper/NAME; the pieces of one follow each other */
	uint64_t start;
	uint64_t sectors;
	char *device;
	uint64_t offset;
};

/*
 * A place for the dump, tried in order: "target FSTYPE DEVICE PATH [OPTIONS]", FSTYPE "raw" for
 * a target prepared by kdumpctl mkdump; PATH "-" there.  DEVICE is UUID=, LABEL=, PARTUUID=,
 * PARTLABEL= (as blkid tells them, LVM physical volumes too), or /dev/NAME.
 */
struct capture_plan_target {
	char *fstype;
	char *device;
	char *path;		/* folder in the file system, absolute */
	char *options;		/* for mount(2), "" for none */
};

struct capture_plan {
	char *host;		/* "host NAME": for the dump's folder, as kdumpctl collect names it */
	char *content;		/* "content HASH": which initramfs this is, for what is learned from it */
	struct capture_plan_module *module;
	unsigned int modules;
	struct capture_plan_dm *dm;
	unsigned int dms;
	struct capture_plan_target target[CAPTURE_PLAN_MAX_TARGETS];
	unsigned int targets;
	struct capture_plan_target rootfs;	/* "rootfs FSTYPE DEVICE PATH [OPTIONS]": of dump_to_rootfs; fstype NULL: none */
	/*
	 * "core_collector COMMAND...", words without quoting; /proc/vmcore (unless it is a word of it)
	 * and the file to write are added.  NULL: copy it as it is.
	 */
	char *core_collector;
	/*
	 * "pre PATH", "post PATH", "emergency PATH": executables of the initramfs, in order.  A pre that
	 * fails means no dump and final_action; with "-" before its path that is only told.
	 */
	char **pre;
	char **post;
	char **emergency;
	unsigned int pres, posts, emergencies;
	enum capture_action final_action;	/* "final_action WORD": reboot, halt, poweroff */
	enum capture_action failure_action;	/* "failure_action WORD": also shell, dump_to_rootfs */
	unsigned int time_limit_s;	/* "time_limit SECONDS" for all of it; 0: none */
	bool watchdog;		/* "watchdog yes": kick /dev/watchdog while there is progress */
};

/* "reboot" and so on. */
const char *capture_action_word(enum capture_action action);

/*
 * Reads a plan from text.  0; -EINVAL for a line that is not understood, *ret_line is its number;
 * -ENOMEM.  On failure the plan is empty.
 */
int capture_plan_parse(struct capture_plan *plan, const char *text, unsigned int *ret_line);

/* The text of a plan, that capture_plan_parse() reads back to the same; new memory, NULL when there is none. */
char *capture_plan_print(const struct capture_plan *plan);

/* Frees what capture_plan_parse() allocated. */
void capture_plan_deinit(struct capture_plan *plan);

#endif
