/* SPDX-License-Identifier: GPL-2.0 */
/* The dump kernel's libc: what capture/env.h asks for, and vsnprintf. */
#ifndef DUMPKERNEL_LIBK_H
#define DUMPKERNEL_LIBK_H

#include "capture/env.h"

#include <stdarg.h>

/* As snprintf() of env.h. */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list args);

#endif
