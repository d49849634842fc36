/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A dump in the KDUMP format as a source.  It is shown as the ELF core that it was made of: its
 * PT_LOADs are made up from bitmap 1 and the kernel's own page tables.  Pages that it lacks can't
 * be read, and source->present tells which it has.
 */
#ifndef KDUMP_SAVE_SOURCE_KDUMP_H
#define KDUMP_SAVE_SOURCE_KDUMP_H

#include "kdump-save/codecs.h"
#include "kdump-save/source.h"

#define SOURCE_TEXT_VA 0xffffffff80000000ull	/* __START_KERNEL_map: what lies there is mapped a second time */
#define SOURCE_TEXT_END_VA 0xffffffffc0000000ull	/* modules (Linux Documentation/x86/x86_64/mm.rst) */
#define SOURCE_NOTES_MAX_BYTES (16u << 20)

/*
 * All but source->ram.  -EBADMSG: not such a file; -EXDEV: files that do not belong together;
 * -ENODATA: cut off within its headers; what the system calls say, -ENOMEM.
 */
int source_kdump_open(struct source *source, const char *const *paths, u32 count);
void source_kdump_close(struct source *source);

/* What its pages are compressed by, as its header says; NULL: nothing.  -EOPNOTSUPP: this program was built without. */
int source_kdump_codec(const struct source *source, const struct page_codec **ret_codec);

#endif
