/* SPDX-License-Identifier: GPL-2.0 */
/* Port and memory-mapped I/O, MSRs: one instruction each. */
#ifndef DUMPKERNEL_IO_H
#define DUMPKERNEL_IO_H

#include "capture/env.h"

static inline void outb(u16 port, u8 value)
{
	asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void outw(u16 port, u16 value)
{
	asm volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static inline void outl(u16 port, u32 value)
{
	asm volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static inline u8 inb(u16 port)
{
	u8 value;

	asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline u16 inw(u16 port)
{
	u16 value;

	asm volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline u32 inl(u16 port)
{
	u32 value;

	asm volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline u8 mmio_read8(const volatile void *base, u32 offset)
{
	return *(const volatile u8 *)((const volatile u8 *)base + offset);
}

static inline u16 mmio_read16(const volatile void *base, u32 offset)
{
	return *(const volatile u16 *)((const volatile u8 *)base + offset);
}

static inline u32 mmio_read32(const volatile void *base, u32 offset)
{
	return *(const volatile u32 *)((const volatile u8 *)base + offset);
}

static inline u64 mmio_read64(const volatile void *base, u32 offset)
{
	return mmio_read32(base, offset) | (u64)mmio_read32(base, offset + 4) << 32;
}

static inline void mmio_write8(volatile void *base, u32 offset, u8 value)
{
	*(volatile u8 *)((volatile u8 *)base + offset) = value;
}

static inline void mmio_write16(volatile void *base, u32 offset, u16 value)
{
	*(volatile u16 *)((volatile u8 *)base + offset) = value;
}

static inline void mmio_write32(volatile void *base, u32 offset, u32 value)
{
	*(volatile u32 *)((volatile u8 *)base + offset) = value;
}

static inline void mmio_write64(volatile void *base, u32 offset, u64 value)
{
	mmio_write32(base, offset, (u32)value);
	mmio_write32(base, offset + 4, (u32)(value >> 32));
}

static inline u64 rdmsr(u32 msr)
{
	u32 low, high;

	asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return low | (u64)high << 32;
}

static inline void wrmsr(u32 msr, u64 value)
{
	asm volatile("wrmsr" : : "a"((u32)value), "d"((u32)(value >> 32)), "c"(msr));
}

static inline void cpuid(u32 leaf, u32 *eax, u32 *ebx, u32 *ecx, u32 *edx)
{
	asm volatile("cpuid" : "=a"(*eax), "=b"(*ebx), "=c"(*ecx), "=d"(*edx) : "a"(leaf), "c"(0));
}

/* Orders stores to memory before the doorbell that tells a device of them. */
static inline void dma_write_barrier(void)
{
	asm volatile("sfence" : : : "memory");
}

/* Orders loads of memory after the load of the flag that said they are there. */
static inline void dma_read_barrier(void)
{
	asm volatile("lfence" : : : "memory");
}

/* All loads and stores before it are done, also for a WRMSR that follows. */
static inline void memory_barrier(void)
{
	asm volatile("mfence; lfence" : : : "memory");
}

static inline void cpu_relax(void)
{
	asm volatile("pause" : : : "memory");
}

/*
 * For CPUs that wait for each other: few instructions in flight, as with PAUSE.  That one makes an
 * emulator leave its loop and take the lock that another CPU needs to reach a device.
 */
static inline void cpu_wait(void)
{
	asm volatile("lfence" : : : "memory");
}

#endif
