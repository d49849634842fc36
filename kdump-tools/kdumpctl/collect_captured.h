/* SPDX-License-Identifier: GPL-2.0 */
/* Dumps of Linux mode lie where they belong already: they are told of, and learned from. */
#ifndef KDUMPCTL_COLLECT_CAPTURED_H
#define KDUMPCTL_COLLECT_CAPTURED_H

#include "kdumpctl/conf.h"

/*
 * Looks for a dump that is newer than the one last seen, below path of every configured
 * file system that is mounted, says what it is, and keeps how much memory it took.
 */
void collect_captured(const struct conf *conf);

#endif
