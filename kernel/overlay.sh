#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Puts Lifeboat's kexec and crash subsystem in a Linux 6.1 tree, in place of upstream's; takes it out again.
#
#	overlay.sh check TREE	does it fit?  (0 fits, 0 and a word if it is in already, 1 does not fit: why)
#	overlay.sh apply TREE	put it in; again: bring the files up to date
#	overlay.sh undo TREE	every byte as it was
#
# What it replaces or changes is kept in TREE/.lifeboat/, which also says that it is in.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)

# <ours> <in the tree>; a place that upstream fills is replaced, any other is new.
ours='
kernel/include/kexec.h		include/linux/kexec.h
kernel/include/crash_core.h	include/linux/crash_core.h
kernel/include/crash_dump.h	include/linux/crash_dump.h
arch/x86/include/kexec.h	arch/x86/include/asm/kexec.h
'
folders='
kernel		kernel/kexec
arch/x86	arch/x86/kexec
capture/linux	fs/proc/vmcore
'
removed='
kernel/kexec.c kernel/kexec_core.c kernel/kexec_internal.h kernel/crash_core.c kernel/crash_dump.c
arch/x86/kernel/machine_kexec_64.c arch/x86/kernel/relocate_kernel_64.S arch/x86/kernel/crash.c
arch/x86/kernel/crash_core_64.c arch/x86/kernel/crash_dump_64.c
fs/proc/vmcore.c
'
changed='
kernel/Makefile fs/proc/Makefile arch/x86/kernel/Makefile arch/x86/Kbuild arch/Kconfig arch/x86/Kconfig arch/x86/kernel/setup.c
'

# The lines that are changed: <file>|<line as it is>|<line as it becomes; nothing: deleted>|<context: the line above, or nothing>
lines='
kernel/Makefile|obj-$(CONFIG_CRASH_CORE) += crash_core.o|obj-y += kexec/|
kernel/Makefile|obj-$(CONFIG_KEXEC_CORE) += kexec_core.o||
kernel/Makefile|obj-$(CONFIG_KEXEC) += kexec.o||
kernel/Makefile|obj-$(CONFIG_CRASH_DUMP) += crash_dump.o||
fs/proc/Makefile|proc-$(CONFIG_PROC_VMCORE)	+= vmcore.o|obj-$(CONFIG_PROC_VMCORE)	+= vmcore/|
arch/x86/kernel/Makefile|obj-$(CONFIG_CRASH_CORE)	+= crash_core_$(BITS).o||
arch/x86/kernel/Makefile|obj-$(CONFIG_KEXEC_CORE)	+= machine_kexec_$(BITS).o||
arch/x86/kernel/Makefile|obj-$(CONFIG_KEXEC_CORE)	+= relocate_kernel_$(BITS).o crash.o||
arch/x86/kernel/Makefile|obj-$(CONFIG_CRASH_DUMP)	+= crash_dump_$(BITS).o||
arch/x86/Kbuild|obj-$(CONFIG_KEXEC_FILE) += purgatory/|obj-$(CONFIG_X86_64) += kexec/|
arch/Kconfig|	select CRASH_CORE|	select CRASH_CORE\n	select XXHASH|config KEXEC_CORE
arch/x86/Kconfig|	bool "kexec system call"|	bool "kexec system call"\n	depends on X86_64|config KEXEC
arch/x86/Kconfig|	bool "kexec file based system call"|	bool "kexec file based system call"\n	depends on BROKEN|config KEXEC_FILE
arch/x86/Kconfig|	depends on X86_64 \|\| (X86_32 \&\& HIGHMEM)|	depends on X86_64|	bool "kernel crash dumps"
arch/x86/Kconfig|	depends on KEXEC \&\& HIBERNATION|	depends on BROKEN|	bool "kexec jump"
arch/x86/kernel/setup.c|	reserve_crashkernel();|	crashkernel_reserve();|
'

# The part of setup.c that reserves the region: from the comment that names it to the end of the last function.
setup=arch/x86/kernel/setup.c
setup_first='^ [*] --------- Crashkernel reservation -*$'
setup_last='^static void __init reserve_crashkernel[(]void[)]$'
setup_hash=e861367f48753a175f1e14ed49e3cf9a94e3fe65b3feb3c5a246048bd762c50c

say() { echo "overlay.sh: $*"; }
die() { echo "overlay.sh: $*" >&2; exit 1; }

# Its line numbers, for sed: FIRST,LAST.  The comment opens one line above the words that name it.
setup_lines() {
	awk -v first="$setup_first" -v last="$setup_last" '
		$0 ~ first { from = NR - 1 }
		$0 ~ last { ending = 1 }
		ending && /^}$/ { print from "," NR; exit }' "$tree/$setup"
}

# Calls "$1 file old new above" for each changed line.
each_line() {
	printf '%s\n' "$lines" | while IFS= read -r line; do
		[ -n "$line" ] || continue
		# "\|" is a bar of the line itself.
		line=$(printf '%s' "$line" | sed 's/\\|/\x01/g; s/\\&/\&/g')
		field() { printf '%s' "$line" | cut -d'|' -f"$1" | tr '\001' '|'; }
		"$1" "$(field 1)" "$(field 2)" "$(field 3)" "$(field 4)" || exit 1
	done
}

line_is_there() {
	n=$(OLD=$2 ABOVE=$4 awk '$0 == ENVIRON["OLD"] && (ENVIRON["ABOVE"] == "" || above == ENVIRON["ABOVE"]) { n++ }
		{ above = $0 } END { print n + 0 }' "$tree/$1")
	[ "$n" = 1 ] || die "$tree/$1: the line '$2' is there $n times, not once"
}

line_change() {
	OLD=$2 NEW=$3 ABOVE=$4 awk '
		$0 == ENVIRON["OLD"] && (ENVIRON["ABOVE"] == "" || above == ENVIRON["ABOVE"]) {
			above = $0
			if (ENVIRON["NEW"] != "") { text = ENVIRON["NEW"]; gsub(/\\n/, "\n", text); print text }
			next
		}
		{ above = $0; print }' "$tree/$1" >"$tree/.lifeboat/new"
	cat "$tree/.lifeboat/new" >"$tree/$1"
	rm "$tree/.lifeboat/new"
}

fits() {
	[ -f "$tree/Makefile" ] || die "$tree is no Linux tree"
	version=$(sed -n 's/^VERSION = //p; s/^PATCHLEVEL = /./p' "$tree/Makefile" | tr -d '\n')
	[ "$version" = 6.1 ] || die "$tree is Linux $version; this is for 6.1"
	for file in $removed $changed; do
		[ -f "$tree/$file" ] || die "$tree/$file is missing"
	done
	printf '%s\n' "$ours" | while read -r _ to; do
		[ -z "$to" ] || [ -f "$tree/$to" ] || die "$tree/$to is missing"
	done
	each_line line_is_there
	part=$(setup_lines)
	[ -n "$part" ] || die "$tree/$setup: no crashkernel= part found"
	hash=$(sed -n "${part}p" "$tree/$setup" | sha256sum | cut -d' ' -f1)
	[ "$hash" = "$setup_hash" ] || die "$tree/$setup: the crashkernel= part is not the one of Debian's 6.1.192 (sha256 $hash)"
}

copy_ours() {
	put() { # from, to
		cmp -s "$1" "$2" || cp "$1" "$2"
	}
	printf '%s\n' "$ours" | while read -r from to; do
		[ -z "$from" ] || put "$here/$from" "$tree/$to"
	done
	printf '%s\n' "$folders" | while read -r from to; do
		[ -n "$from" ] || continue
		mkdir -p "$tree/$to"
		for old in "$tree/$to"/*.[chS]; do
			[ -f "$here/$from/${old##*/}" ] || rm -f "$old"
		done
		for file in "$here/$from"/*.[chS] "$here/$from/Makefile"; do
			put "$file" "$tree/$to/${file##*/}"
		done
	done
}

apply() {
	if cmp -s "$0" "$tree/.lifeboat/overlay.sh"; then
		copy_ours
		say "$tree: brought up to date"
		return
	fi
	# Another version of this script may have changed other lines: it knows how to undo them.
	[ ! -d "$tree/.lifeboat" ] || sh "$tree/.lifeboat/overlay.sh" undo "$tree"
	fits
	mkdir "$tree/.lifeboat"
	cp "$0" "$tree/.lifeboat/overlay.sh"
	(cd "$tree" && cp -p --parents $removed $changed $(printf '%s\n' "$ours" | awk '{ print $2 }') .lifeboat/)
	for file in $removed; do
		rm "$tree/$file"
	done
	each_line line_change
	sed -i "$(setup_lines)d" "$tree/$setup"
	copy_ours
	say "$tree: applied"
}

undo() {
	[ -d "$tree/.lifeboat" ] || die "$tree: not applied here"
	printf '%s\n' "$folders" | while read -r _ to; do
		[ -z "$to" ] || rm -rf "${tree:?}/$to"
	done
	(cd "$tree/.lifeboat" && find . -type f ! -name overlay.sh -exec cp -p --parents '{}' .. ';')
	rm -rf "$tree/.lifeboat"
	say "$tree: undone"
}

[ $# = 2 ] || die "usage: overlay.sh apply|undo|check TREE"
tree=${2%/}
case $1 in
apply) apply ;;
undo) undo ;;
check)
	if [ -d "$tree/.lifeboat" ]; then
		say "$tree: applied"
	else
		fits
		say "$tree: fits"
	fi ;;
*) die "usage: overlay.sh apply|undo|check TREE" ;;
esac
