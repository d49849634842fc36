/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A crash region at run time, where the boot has left none: the module crashmem (kernel/crashmem)
 * takes it, and the kernel itself takes it back.
 */
#ifndef KDUMPCTL_RESERVE_H
#define KDUMPCTL_RESERVE_H

#include "kdumpctl/conf.h"

/* Bytes of the region that crashmem took; 0: there is none of it. */
u64 reserve_own_bytes(void);

/*
 * Whether start would take a region at run time: the configuration allows it, and the module is
 * installed for this kernel.  why: else, the reason, a part of a sentence.
 */
bool reserve_is_possible(const struct conf *conf, char *why, size_t size);

/* What start takes when need_bytes are needed: as configured, else the recommended size. */
u64 reserve_wanted(const struct conf *conf, u64 need_bytes);

/* How large the region should be when need_bytes are needed: room to grow, in whole MiB. */
u64 reserve_recommended(u64 need_bytes);

/*
 * Takes a region of bytes, for which one that is there is given back first; no image may be
 * loaded.  Says its errors: -ENOMEM when memory can't be freed, -ENOENT without the module,
 * -EKEYREJECTED or -EPERM when the kernel does not trust it, what writing to sysfs says.
 */
int reserve_take(u64 bytes);

/* Gives crashmem's region back and unloads the module; nothing there is no error.  Says its errors. */
int reserve_give_back(void);

/*
 * Makes the region smaller, whoever took it, with no image loaded; *ret_freed_bytes came back to
 * the system.  Says its errors.
 */
int reserve_shrink(u64 bytes, u64 *ret_freed_bytes);

#endif
