# SPDX-License-Identifier: GPL-2.0
"""Our kernel tree beside upstream's, from the same source and config (make linux linux-upstream).

The two take turns, so that whatever else the machine does slows both down.  What is measured
happens between two lines on a serial port; the host's clock says when they came.
"""
import functools
import re
import statistics

from . import bench, cache
from .cases.boot import KEXEC_TEST
from .cases.linux import TOOLS, Tree, calls, own_work, region, second_image
from .cases.vmcore import crash_into, reader
from .story import initrd

TOOL = {"ours": TOOLS["ours"], "upstream": TOOLS["stock"]}	# whose kexec goes with which kernel


def took(guest, command, times=3):
    """Seconds between the lines "begin" and "end" of a command in the guest; the median of so many times."""
    results = []
    for _ in range(times):
        first = len(guest.shell.lines)
        guest.check(command, 300)
        results.append(guest.shell.when("^end$", first) - guest.shell.when("^begin$", first))
    return statistics.median(results)


def panic_to_image(story, name):
    """Milliseconds from the panic's line on the console to the first line of what was loaded.

    That is kexec_test, which prints as its first act, with an initrd of 32 MiB: together as large
    as a capture kernel with its initramfs.  In between: what else the panic prints, the stop of
    the other CPU, the interrupt hardware, the check of every byte of the image, the jump.  Our
    kernel checks before the jump, by xxHash.  Upstream's does not check; stock kexec's purgatory
    does, behind the jump, by SHA-256.
    """
    with story.guest(append="crashkernel=96M", files={"/kexec_test": KEXEC_TEST / "kexec_test.bzImage"}, linux=Tree(name).bzimage) as guest:
        guest.boot()
        guest.check("dd if=/dev/zero of=/initrd bs=1M count=32")
        guest.check(f"{TOOL[name]} -p -c /kexec_test --initrd=/initrd --command-line=x")
        guest.panic(cpu=1)
        guest.console.expect("==== kexec_test .* begin.*\n", 60)
        return [(guest.console.when("==== kexec_test .* begin") - guest.panic_time(1)) * 1e3]


def loads(story, name):
    """Milliseconds of kexec_load(2) alone, without a tool: load and unload, again and again."""
    with story.guest(append="crashkernel=16M", files={"/calls": calls()}, linux=Tree(name).bzimage) as guest:
        guest.boot()
        return [took(guest, "/calls loads 10 65536 0") / 10 * 1e3, took(guest, "/calls loads 1000 1024 0") * 1e3,
                took(guest, f"/calls loads 1000 1024 {region(guest)[0]:x}") * 1e3]


def reads(story, name):
    """MB/s of /proc/vmcore in a capture kernel with one CPU, of the same kernel that crashed with 2 GiB."""
    tree = Tree(name)
    inner = initrd(story.folder / "capture", {"/bin/vmcore_reader": reader()})
    files = {"/capture/bzImage": tree.bzimage, "/capture/initrd": inner}
    with story.guest(append="crashkernel=160M", files=files, linux=tree.bzimage, memory="2G") as guest:
        crash_into(story, tree, guest)
        megabytes = int(guest.check("stat -c %s /proc/vmcore")) / 1e6
        return [megabytes / took(guest, f"echo begin; {command}; echo end", 5) for command in
                ("dd if=/proc/vmcore of=/dev/null bs=1M", "vmcore_reader mmap /proc/vmcore 4194304")]


def kexec_boot(story, name, on=None):
    """Seconds from `kexec -l` to the first line of the kernel that `kexec -e` starts, which is upstream's for both.

    on: the kernel that both tools run on, if it is to be the same.
    """
    files = {"/second/bzImage": Tree("upstream").bzimage, "/second/initrd": second_image(story)}
    tool = TOOL[name]
    with story.guest(append="quiet", files=files, linux=Tree(on or name).bzimage) as guest:
        guest.boot()
        mark, first = guest.console.mark(), len(guest.console.lines)
        guest.send(f"echo begin; {tool} -l -c /second/bzImage --initrd=/second/initrd --command-line='console=ttyS0 no_timer_check' && {tool} -e")
        guest.console.expect("Linux version .*\n", 60, mark)
        return [guest.console.when("Linux version ", first) - guest.shell.when("^begin$")]


# --- lines of code ---------------------------------------------------------------------------

OFF = re.compile(r"\bCONFIG_(KEXEC_FILE|KEXEC_JUMP|X86_32)\b")	# what upstream's files also hold, and ours don't


def code_lines(text):
    """Lines of C or assembly that are not blank, no comment, and not within an #ifdef of what ours lacks."""
    count, left_out = 0, []	# of each #if that is open: are its lines left out?
    for line in own_work.COMMENT.sub(lambda found: found[1] or "\n" * found[0].count("\n"), text).splitlines():
        word = (re.match(r"\s*#\s*(ifdef|ifndef|if|else|endif)\b", line) or [None, None])[1]
        if word in ("ifdef", "ifndef", "if"):
            left_out.append(word == "ifdef" if word != "if" and OFF.search(line) else None)
        elif word == "else" and left_out[-1] is not None:
            left_out[-1] = not left_out[-1]
        count += bool(line.strip()) and True not in left_out
        if word == "endif":
            left_out.pop()
    return count


def lines_of_code():
    """(ours, upstream's): all that the overlay puts in, what only ours can do included; all that it takes out."""
    def total(paths):
        return sum(code_lines(path.read_text()) for path in paths)
    ours = total(file for folder in own_work.FOLDERS for file in (cache.REPO / folder).glob("*.[chS]"))
    remains = total([Tree("ours").path / "arch/x86/kernel/setup.c"])	# only its crashkernel= part goes
    return ours, total(Tree("upstream").path / name for name in own_work.REPLACED) - remains


# --- the figures -------------------------------------------------------------------------------

# What is done, in how many of the runs (one of so many), with what; and the figures that it gives: unit, digits.
MEASURED = (
    (panic_to_image, 1, {}, {"kernel_panic_to_image": ("ms", 1)}),
    (loads, 2, {}, {"kernel_load_64m": ("ms", 1), "kernel_load_cycles": ("ms", 0), "kernel_load_cycles_crash": ("ms", 0)}),
    (reads, 2, {}, {"vmcore_read": ("MB/s", 0), "vmcore_mmap": ("MB/s", 0)}),
    (kexec_boot, 1, {}, {"kexec_boot": ("s", 2)}),
    (kexec_boot, 2, {"on": "upstream"}, {"kexec_boot_tools": ("s", 2)}),
)


def taking_turns(what, runs, options):
    """{"ours": rows, "upstream": rows}, a row of figures for each run."""
    rows = {"ours": [], "upstream": []}
    for _ in range(runs):
        for name in rows:
            rows[name] += bench.repeated(f"{what.__name__}-{name}", functools.partial(what, name=name, **options), 1)
    return rows


def run(wanted, runs):
    """Prints the figures for whose name wanted() is true."""
    chosen = [m for m in MEASURED if any(map(wanted, m[3]))]
    if not chosen and not wanted("lines_of_code"):
        return
    cache.linux_trees()
    for what, share, options, figures in chosen:
        rows = taking_turns(what, max(1, runs // share), options)
        for place, (figure, (unit, digits)) in enumerate(figures.items()):
            ours, theirs = (statistics.median(row[place] for row in rows[name]) for name in ("ours", "upstream"))
            bench.line(figure, ours, theirs, unit, digits, larger_is_better=unit == "MB/s")
    if wanted("lines_of_code"):
        bench.line("lines_of_code", *lines_of_code(), "lines", 0)
