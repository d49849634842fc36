// SPDX-License-Identifier: GPL-2.0
/* LD_PRELOAD for a loader that does not know it: KEXEC_UPDATE_ELFCOREHDR with every kexec_load(2). */
#include <errno.h>
#include <stdarg.h>
#include <sys/syscall.h>

#define UPDATE_ELFCOREHDR	4

long syscall(long number, ...)
{
	register long r10 asm("r10");
	register long r8 asm("r8");
	register long r9 asm("r9");
	long arg[6], ret;
	va_list args;
	int i;

	va_start(args, number);
	for (i = 0; i < 6; i++)
		arg[i] = va_arg(args, long);
	va_end(args);
	if (number == SYS_kexec_load)
		arg[3] |= UPDATE_ELFCOREHDR;
	r10 = arg[3];
	r8 = arg[4];
	r9 = arg[5];
	asm volatile("syscall" : "=a" (ret)
		     : "a" (number), "D" (arg[0]), "S" (arg[1]), "d" (arg[2]), "r" (r10), "r" (r8), "r" (r9)
		     : "rcx", "r11", "memory");
	if (ret < 0 && ret > -4096) {
		errno = -ret;
		return -1;
	}
	return ret;
}
