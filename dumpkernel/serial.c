// SPDX-License-Identifier: GPL-2.0
#include "serial.h"

#include "io.h"

/* Registers, as offsets from the base port; the first two depend on DLAB. */
#define THR 0		/* transmitter holding; divisor low with DLAB */
#define IER 1		/* interrupt enable; divisor high with DLAB */
#define FCR 2
#define LCR 3
#define MCR 4
#define LSR 5
#define SCR 7

#define LCR_8N1 0x03
#define LCR_DLAB 0x80
#define FCR_ENABLE_CLEAR 0x07
#define MCR_DTR_RTS 0x03
#define LSR_THRE 0x20
#define CLOCK_HZ 115200u	/* 1.8432 MHz / 16 */
#define FIFO_BYTES 16

/* Each read takes about a microsecond; a real UART sends 16 bytes in a seventh of that at 1200 baud. */
#define WAIT_READS 1000000

static u16 open_port[SERIAL_PORTS];

static u16 base_of(u32 index)
{
	const u16 base[SERIAL_PORTS] = { 0x3f8, 0x2f8, 0x3e8, 0x2e8 };

	return base[index];
}

bool serial_open(u32 index, u32 baud)
{
	u16 port;

	if (index >= SERIAL_PORTS)
		return false;
	port = base_of(index);
	outb(port + SCR, 0x5a);
	if (inb(port + SCR) != 0x5a || inb(port + LSR) == 0xff)
		return false;
	outb(port + LCR, LCR_8N1);
	outb(port + IER, 0);
	if (baud && baud <= CLOCK_HZ) {
		outb(port + LCR, LCR_8N1 | LCR_DLAB);
		outb(port + THR, (u8)(CLOCK_HZ / baud));
		outb(port + IER, (u8)(CLOCK_HZ / baud >> 8));
		outb(port + LCR, LCR_8N1);
	}
	outb(port + FCR, FCR_ENABLE_CLEAR & ~0x04);	/* what is still being sent stays */
	outb(port + MCR, MCR_DTR_RTS);
	open_port[index] = port;
	return true;
}

static bool wait_empty(u16 port)
{
	for (u32 i = 0; i < WAIT_READS; i++)
		if (inb(port + LSR) & LSR_THRE)
			return true;
	return false;
}

static bool write_port(u16 port, const char *text, size_t bytes)
{
	u32 room = 0;

	for (size_t i = 0; i < bytes; i++) {
		if (room < 2) {
			if (!wait_empty(port))
				return false;
			room = FIFO_BYTES;
		}
		if (text[i] == '\n') {
			outb(port + THR, '\r');
			room--;
		}
		outb(port + THR, (u8)text[i]);
		room--;
	}
	return true;
}

void serial_write(const char *text, size_t bytes)
{
	for (u32 i = 0; i < SERIAL_PORTS; i++)
		if (open_port[i] && !write_port(open_port[i], text, bytes))
			open_port[i] = 0;
}
