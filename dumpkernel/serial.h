/* SPDX-License-Identifier: GPL-2.0 */
/* 8250-compatible UARTs on the PC's four I/O ports (16550D data sheet, 8). */
#ifndef DUMPKERNEL_SERIAL_H
#define DUMPKERNEL_SERIAL_H

#include "capture/env.h"

#define SERIAL_PORTS 4

/*
 * Opens ttyS<index>; baud 0 leaves the line as the dead kernel set it.
 * False when there is no UART.
 */
bool serial_open(u32 index, u32 baud);

/* To every open port, "\n" as "\r\n".  A port that does not take a byte in time is closed. */
void serial_write(const char *text, size_t bytes);

#endif
