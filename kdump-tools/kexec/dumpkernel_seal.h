/* SPDX-License-Identifier: GPL-2.0 */
/* The seal of a Lifeboat dump kernel: a CRC of its loaded part, written by dumpkernel/seal.c. */
#ifndef KEXEC_DUMPKERNEL_SEAL_H
#define KEXEC_DUMPKERNEL_SEAL_H

#include "capture/env.h"

/* True when code[bytes], the protected-mode part of a dump kernel, is as it was sealed. */
bool dumpkernel_seal_matches(const u8 *code, u64 bytes);

#endif
