// SPDX-License-Identifier: GPL-2.0
#include "kdump-save/window.h"

#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>

#define WINDOW_BYTES (2u << 20)

struct window {
	int fd;
	u8 *map;		/* NULL: none */
	u64 map_bytes;
	u64 start_pa, end_pa;	/* what it shows */
	u8 *start;		/* where in map */
};

/* A thread has no other place of its own that both a reader and a signal handler know. */
static __thread struct window window;
static __thread sigjmp_buf *volatile on_fault;

static void handle_fault(int number)
{
	if (on_fault)
		siglongjmp(*on_fault, 1);
	signal(number, SIG_DFL);
	raise(number);
}

static void catch_faults(void)
{
	struct sigaction action = { .sa_handler = handle_fault, .sa_flags = SA_NODEFER };

	sigaction(SIGBUS, &action, NULL);
}

void window_close(void)
{
	if (window.map)
		munmap(window.map, window.map_bytes);
	window = (struct window){ 0 };
}

static int move_to(const struct source *source, u64 pa)
{
	u64 offset, here = source_find(source, pa, &offset), back;
	void *map;

	window_close();
	if (!here)
		return -EFAULT;
	catch_faults();
	back = offset % PAGE_BYTES;
	here = min_u64(here, WINDOW_BYTES - back);
	map = mmap(NULL, back + here, PROT_READ, MAP_SHARED, source->fd, (off_t)(offset - back));
	if (map == MAP_FAILED)
		return -EFAULT;
	window = (struct window){ .fd = source->fd, .map = map, .map_bytes = back + here,
				  .start_pa = pa, .end_pa = pa + here, .start = (u8 *)map + back };
	return 0;
}

static int copy_guarded(void *buf, const void *from, size_t bytes)
{
	sigjmp_buf fault;

	if (sigsetjmp(fault, 0)) {
		on_fault = NULL;
		return -EFAULT;
	}
	on_fault = &fault;
	memcpy(buf, from, bytes);
	on_fault = NULL;
	return 0;
}

int window_read(const struct source *source, u64 pa, void *buf, size_t bytes)
{
	if ((window.fd != source->fd || pa < window.start_pa || pa + bytes > window.end_pa) && move_to(source, pa))
		return -EFAULT;
	if (bytes > window.end_pa - pa)
		return -EFAULT;
	return copy_guarded(buf, window.start + (pa - window.start_pa), bytes);
}
