// SPDX-License-Identifier: GPL-2.0
/*
 * Text on the screen that the dead kernel left: linear framebuffer or VGA text mode.
 *
 * Panic path: one CPU, nothing waits.  Screen memory is mapped uncached: writing is
 * slow and reading slower.  So nothing is read and nothing scrolls: after the last
 * row the text goes on at the top, and one cleared row ahead shows where it is.
 */
#include "font.h"
#include "framebuffer.h"
#include "io.h"
#include "paging.h"

#include <linux/screen_info.h>	/* layout and VIDEO_TYPE_* only */

/* Linux's setup code puts 1 where it found a VGA in text mode. */
#define VIDEO_TYPE_VGA_TEXT 1
#define VIDEO_MODE_MONO 7
#define VGA_TEXT_COLOR 0xb8000
#define VGA_TEXT_MONO 0xb0000
#define VGA_COLUMNS 80
#define VGA_ROWS 25
#define VGA_ATTRIBUTE 0x0700u		/* light grey on black */

/* Room around a glyph, in dots. */
#define CELL_WIDTH (FONT_WIDTH + 1u)
#define CELL_HEIGHT (FONT_HEIGHT + 3u)
#define WIDE_SCREEN 1280u		/* pixels; from here on a dot is 2 x 2 */
#define MAX_COLUMNS 100u		/* bounds the cost of a row on a wide screen */

static struct {
	volatile u8 *base;	/* NULL: no screen */
	u32 columns, rows;
	u32 column, row;
	u32 line_bytes;		/* of a row of pixels */
	u32 pixel_bytes;	/* 0: VGA text mode */
	u32 ink;		/* pixel value of text */
	u32 scale;		/* pixels of a dot */
} screen;

static void framebuffer_put_pixel(volatile u8 *at, u32 value)
{
	switch (screen.pixel_bytes) {
	case 4:
		mmio_write32(at, 0, value);
		break;
	case 3:
		mmio_write8(at, 2, (u8)(value >> 16));
		/* fall through */
	case 2:
		mmio_write8(at, 0, (u8)value);
		mmio_write8(at, 1, (u8)(value >> 8));
	}
}

/* One line of pixels of one row of dots. */
static void framebuffer_put_pixels(volatile u8 *at, u32 dots)
{
	u64 pair = (u64)screen.ink << 32 | screen.ink;

	for (u32 dot = 0; dot < CELL_WIDTH; dot++) {
		bool on = dots << dot & 1u << (FONT_WIDTH - 1);

		if (screen.scale == 2 && screen.pixel_bytes == 4) {
			/* The common screen, at half the cost. */
			*(volatile u64 *)at = on ? pair : 0;
			at += sizeof(u64);
			continue;
		}
		for (u32 n = 0; n < screen.scale; n++, at += screen.pixel_bytes)
			framebuffer_put_pixel(at, on ? screen.ink : 0);
	}
}

static void framebuffer_put_char(u32 column, u32 row, u8 c)
{
	u32 cell_bytes = CELL_WIDTH * screen.scale * screen.pixel_bytes;
	u32 lines = CELL_HEIGHT * screen.scale;
	const u8 *glyph;

	if (c < FONT_FIRST || c > FONT_LAST)
		c = '?';
	if (!screen.pixel_bytes) {
		mmio_write16(screen.base, 2 * (row * screen.columns + column), VGA_ATTRIBUTE | c);
		return;
	}
	glyph = font_rows[c - FONT_FIRST];
	for (u32 line = 0; line < lines; line++) {
		u32 y = line / screen.scale;

		framebuffer_put_pixels(screen.base + (row * lines + line) * (size_t)screen.line_bytes +
				       column * cell_bytes, y < FONT_HEIGHT ? glyph[y] : 0);
	}
}

static void framebuffer_new_line(void)
{
	screen.column = 0;
	screen.row = (screen.row + 1) % screen.rows;
	for (u32 column = 0; column < screen.columns; column++)
		framebuffer_put_char(column, (screen.row + 1) % screen.rows, ' ');
}

void framebuffer_write(const char *text, size_t len)
{
	if (!screen.base)
		return;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n') {
			framebuffer_new_line();
		} else if (text[i] == '\r') {
			screen.column = 0;
		} else {
			if (screen.column == screen.columns)
				framebuffer_new_line();
			framebuffer_put_char(screen.column++, screen.row, (u8)text[i]);
		}
	}
}

static int framebuffer_init_text(const struct screen_info *info)
{
	u64 pa = info->orig_video_mode == VIDEO_MODE_MONO ? VGA_TEXT_MONO : VGA_TEXT_COLOR;

	screen.columns = VGA_COLUMNS;
	screen.rows = VGA_ROWS;
	screen.base = paging_map_mmio(pa, 2 * VGA_COLUMNS * VGA_ROWS);
	return screen.base ? 0 : -ENOMEM;
}

/* All bits of one colour; where the boot loader left no sizes, every bit is right. */
static u32 framebuffer_color_mask(u8 size, u8 pos)
{
	return size && size <= 8 && pos < 32 ? ((1u << size) - 1) << pos : 0;
}

static int framebuffer_init_linear(const struct screen_info *info)
{
	u32 width = info->lfb_width, height = info->lfb_height, line_bytes = info->lfb_linelength;
	u32 pixel_bytes = (info->lfb_depth + 7u) / 8;
	u32 scale = width >= WIDE_SCREEN ? 2 : 1;
	u64 pa = info->lfb_base;

	if (info->capabilities & VIDEO_CAPABILITY_64BIT_BASE)
		pa |= (u64)info->ext_lfb_base << 32;
	if (!pa)
		return -ENODEV;
	if (pixel_bytes < 2 || pixel_bytes > 4 || width < 40 * CELL_WIDTH * scale ||
	    height < 4 * CELL_HEIGHT * scale || line_bytes < width * pixel_bytes)
		return -EINVAL;

	screen.columns = (u32)min_u64(width / (CELL_WIDTH * scale), MAX_COLUMNS);
	screen.rows = height / (CELL_HEIGHT * scale);
	screen.line_bytes = line_bytes;
	screen.pixel_bytes = pixel_bytes;
	screen.scale = scale;
	screen.ink = framebuffer_color_mask(info->red_size, info->red_pos) |
		     framebuffer_color_mask(info->green_size, info->green_pos) |
		     framebuffer_color_mask(info->blue_size, info->blue_pos);
	if (!screen.ink)
		screen.ink = ~0u;
	screen.base = paging_map_mmio(pa, (u64)line_bytes * height);
	return screen.base ? 0 : -ENOMEM;
}

int framebuffer_init(const struct screen_info *info)
{
	int err;

	switch (info->orig_video_isVGA) {
	case VIDEO_TYPE_VGA_TEXT:
		err = framebuffer_init_text(info);
		break;
	case VIDEO_TYPE_VLFB:
	case VIDEO_TYPE_EFI:
		err = framebuffer_init_linear(info);
		break;
	default:
		err = -ENODEV;
	}
	if (!err) {
		/* Clears the first row and the one ahead of it. */
		screen.row = screen.rows - 2;
		framebuffer_new_line();
		framebuffer_new_line();
	}
	return err;
}
