#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The longest run of tokens that a file of ours shares with an upstream file it replaces.

    own_work.py UPSTREAM_TREE        prints a table; exit 1 if a run is longer than LIMIT

Comments and white space do not count; a C string is one token.  What is an ABI table (marked
so in our file) is left out up to the end of its block: there is one way to write it.
"""
import re
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
LIMIT = 40
FOLDERS = ("kernel", "kernel/include", "arch/x86", "arch/x86/include", "capture/linux")
REPLACED = ("kernel/kexec.c", "kernel/kexec_core.c", "kernel/kexec_internal.h", "kernel/crash_core.c", "kernel/crash_dump.c",
            "include/linux/kexec.h", "include/linux/crash_core.h", "include/linux/crash_dump.h",
            "arch/x86/kernel/machine_kexec_64.c", "arch/x86/kernel/relocate_kernel_64.S", "arch/x86/kernel/crash.c",
            "arch/x86/kernel/crash_core_64.c", "arch/x86/kernel/crash_dump_64.c", "arch/x86/include/asm/kexec.h",
            "arch/x86/kernel/setup.c", "fs/proc/vmcore.c")
ABI_TABLE = re.compile(r"/\*[\s*]*ABI table.*?(\n[ \t]*\n|\Z)", re.S)
COMMENT = re.compile(r'("(?:\\.|[^"\\\n])*")|/\*.*?\*/|//[^\n]*', re.S)
TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|\w+|<[\w/.]+\.h>|[^\w\s]')


def tokens(text):
    return TOKEN.findall(COMMENT.sub(lambda m: m[1] or " ", text))


def longest_shared_run(ours, theirs):
    """(length, place in ours) of the longest common run, by runs that end at each pair of places."""
    places = {}
    for at, token in enumerate(theirs):
        places.setdefault(token, []).append(at)
    best, where, above = 0, 0, {}
    for at, token in enumerate(ours):
        row = {}
        for other in places.get(token, ()):
            row[other] = above.get(other - 1, 0) + 1
            if row[other] > best:
                best, where = row[other], at + 1 - row[other]
        above = row
    return best, where


def compare(tree):
    """[(length, our file, upstream's file, the run)] for each upstream file, the longest of all our files."""
    own = {}
    for folder in FOLDERS:
        for file in sorted((REPO / folder).glob("*.[chS]")):
            own[file] = tokens(ABI_TABLE.sub("", file.read_text()))
    rows = []
    for name in REPLACED:
        theirs = tokens((Path(tree) / name).read_text())
        (length, at), file = max((longest_shared_run(ours, theirs), file) for file, ours in own.items())
        rows.append((length, str(file.relative_to(REPO)), name, " ".join(own[file][at:at + length])))
    return rows


def main():
    rows = compare(sys.argv[1])
    for length, ours, theirs, run in rows:
        print(f"{length:4} {theirs:40} {ours:32} {run[:100]}")
    longest = max(rows)
    print(f"longest run: {longest[0]} tokens, limit {LIMIT}")
    return longest[0] > LIMIT


if __name__ == "__main__":
    sys.exit(main())
