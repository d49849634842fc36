/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Instructions of both entries: all but the general registers goes to entry_state, then
 * interrupts are off and the direction is up.
 *
 *	in:	a stack of one word; STATE(offset), the place in entry_state as this mode addresses it;
 *		STATE_WORD, eax or rax; STATE_BITS
 *	uses:	RAX, RCX, RDX
 */
	pushf
	pop	STATE(ENTRY_FLAGS)
	cli
	cld
	mov	%cr0, STATE_WORD
	mov	STATE_WORD, STATE(ENTRY_CR0)
	mov	%cr3, STATE_WORD
	mov	STATE_WORD, STATE(ENTRY_CR3)
	mov	%cr4, STATE_WORD
	mov	STATE_WORD, STATE(ENTRY_CR4)
	movl	$ENTRY_MSR_EFER, %ecx
	rdmsr
	movl	%eax, STATE(ENTRY_EFER)
	movw	%cs, STATE(ENTRY_SEGMENTS)
	movw	%ds, STATE(ENTRY_SEGMENTS + 2)
	movw	%es, STATE(ENTRY_SEGMENTS + 4)
	movw	%fs, STATE(ENTRY_SEGMENTS + 6)
	movw	%gs, STATE(ENTRY_SEGMENTS + 8)
	movw	%ss, STATE(ENTRY_SEGMENTS + 10)
	str	STATE(ENTRY_SEGMENTS + 12)
	sldt	STATE(ENTRY_SEGMENTS + 14)
	sgdt	STATE(ENTRY_GDTR)
	sidt	STATE(ENTRY_IDTR)
	movl	$STATE_BITS, STATE(ENTRY_BITS)
