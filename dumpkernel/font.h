/* SPDX-License-Identifier: GPL-2.0 */
/* A 5 x 7 dot font for ASCII 32..126, drawn for this console. */
#ifndef DUMPKERNEL_FONT_H
#define DUMPKERNEL_FONT_H

#include "capture/env.h"

#define FONT_FIRST 32
#define FONT_LAST 126
#define FONT_WIDTH 5
#define FONT_HEIGHT 7

/* Rows from the top; bit 4 is the leftmost dot. */
extern const u8 font_rows[FONT_LAST - FONT_FIRST + 1][FONT_HEIGHT];

#endif
