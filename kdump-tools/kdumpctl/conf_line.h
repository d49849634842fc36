/* SPDX-License-Identifier: GPL-2.0 */
/* One line of the configuration on its way into struct conf. */
#ifndef KDUMPCTL_CONF_LINE_H
#define KDUMPCTL_CONF_LINE_H

#include "common/log.h"
#include "kdumpctl/conf.h"

#define CONF_SPACE " \t\r\v\f"

struct conf_line {
	const char *file;
	unsigned number;
	const char *key;
	char *value;	/* the rest of the line, trimmed; "" when there is none */
};

/* Says it with file, line and directive; -EINVAL. */
#define conf_complain(line, fmt, ...) \
	(log_error("%s:%u: %s: " fmt, (line)->file, (line)->number, (line)->key, ##__VA_ARGS__), -EINVAL)

/* The value as one word of less than size bytes.  -EINVAL (said). */
int conf_take_word(const struct conf_line *line, char *ret_word, size_t size);

/* The same for an absolute path, of PATH_MAX bytes. */
int conf_take_path(const struct conf_line *line, char *ret_path);

/*
 * Parses a target line into conf, conf_target.c; -EINVAL (said).  false from
 * conf_is_target(): the key is none of theirs.
 */
bool conf_is_target(const char *key);
int conf_parse_target(const struct conf_line *line, struct conf *conf);

/* Why a directive of Fedora's or another's is refused; NULL: it is not known. */
const char *conf_why_unsupported(const char *key);

#endif
