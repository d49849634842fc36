#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What the rest of a kernel needs from the kexec and crash subsystem, and what ours provides.

    symbols.py UPSTREAM_TREE OUR_TREE     both built with the same config

Needed: symbols that an upstream object of the subsystem defines and another object uses, and its
exports.  Prints what is missing; exit 1 if anything is.
"""
import re
import subprocess
import sys
from pathlib import Path

UPSTREAM = re.compile(r"^(kernel/(kexec|kexec_core|crash_core|crash_dump)|fs/proc/vmcore|"
                      r"arch/x86/kernel/(machine_kexec_64|relocate_kernel_64|crash|crash_core_64|crash_dump_64))\.o$")
OURS = re.compile(r"^(kernel/kexec|arch/x86/kexec|fs/proc/vmcore)/\w+\.o$")


def nm(objects, cwd):
    """{object: (defined, undefined, weakly defined)}; weak undefined references count as uses."""
    out = subprocess.run(["nm", "-A", *objects], cwd=cwd, capture_output=True, text=True).stdout
    table = {o: (set(), set(), set()) for o in objects}
    for line in out.splitlines():
        file, _, rest = line.partition(":")
        fields = rest.split()
        kind, name = fields[-2], fields[-1]
        if kind in "Uw" and len(fields) == 2:
            table[file][1].add(name)
        elif kind.isupper():
            table[file][0].add(name)
            if kind in "WV":
                table[file][2].add(name)
    return table


def subsystem(tree, pattern):
    """(defined by it, used by the others, exported by it)."""
    objects = [str(p.relative_to(tree)) for p in Path(tree).rglob("*.o")
               if not re.search(r"(^|/)(vmlinux|built-in|\.tmp|modules)|^(scripts|tools|arch/x86/(boot|realmode|tools|purgatory|entry/vdso))/",
                                str(p.relative_to(tree)))]
    table = nm(objects, tree)
    inside = [o for o in objects if pattern.search(o)]
    if not inside:
        raise SystemExit(f"{tree} is not built, or is not what it should be")
    defined = set().union(*(table[o][0] for o in inside))
    # A weak definition elsewhere is there to be replaced.
    used = set().union(*(table[o][1] | table[o][2] for o in objects if o not in inside))
    exports = {n.removeprefix("__ksymtab_") for o in inside for n in nm_exports(tree, o)}
    return defined, used, exports


def nm_exports(tree, obj):
    out = subprocess.run(["nm", obj], cwd=tree, capture_output=True, text=True).stdout
    return re.findall(r" (__ksymtab_\w+)$", out, re.M)


def compare(upstream, ours):
    """(needed, missing, exports needed, exports missing)."""
    their_defined, their_used, their_exports = subsystem(upstream, UPSTREAM)
    our_defined, _, our_exports = subsystem(ours, OURS)
    needed = their_defined & their_used
    return sorted(needed), sorted(needed - our_defined), sorted(their_exports), sorted(their_exports - our_exports)


def main():
    needed, missing, exports, exports_missing = compare(*sys.argv[1:3])
    print(f"{len(needed)} symbols needed: {' '.join(needed)}")
    print(f"{len(exports)} exports: {' '.join(exports)}")
    print(f"missing: {' '.join(missing + exports_missing) or 'none'}")
    return bool(missing or exports_missing)


if __name__ == "__main__":
    sys.exit(main())
