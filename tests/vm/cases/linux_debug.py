# SPDX-License-Identifier: GPL-2.0
"""Our subsystem in a kernel that watches itself (make linux-debug): KASAN, lockdep, kmemleak, failing allocations."""
import re

from .. import cache
from ..runner import case
from ..story import GUARDED, TARGET_PART
from .linux import TOOLS, Tree, calls, files, free_pages, module, phase_log, program, region
from .linux_calls import QUIET, no_report
from .vmcore import layout

# no5lvl: identify_cpu() forgets for a moment how many levels there are, and KASAN complains if an interrupt comes just then.
DEBUG = f"{QUIET} page_owner=on kmemleak=on no5lvl"
SIZE = "/sys/kernel/kexec_crash_size"


def debug_guest(story, append="crashkernel=1M", files=(), tree="debug", **options):
    options = {"memory": "512M", "timeout": 7200} | options
    return story.guest(linux=Tree(tree).bzimage, append=f"{append} {DEBUG}", files=files, **options)


def begin(guest):
    """Boots; from here on nothing may be lost."""
    guest.boot(600)
    guest.check("mount -t debugfs debugfs /sys/kernel/debug; echo clear > /sys/kernel/debug/kmemleak", 300)


def nothing_is_left(guest):
    """No page and no object of ours is still allocated, when nothing is loaded; no report."""
    # Pages that a load took for others, slab caches and page tables, stay theirs.
    left = guest.check("cat /sys/kernel/debug/page_owner | awk -v RS= "
                       "'/kexec_load|kimage_|crash_shrink_memory/ && !/allocate_slab|change_page_attr|kasan_populate|pte_alloc|pmd_alloc|stack_depot/'", 900)
    assert not left.strip(), f"pages are left: {left[:3000]}"
    # What was only just freed from a list may still be in a register of somebody: it counts when it is found twice.
    guest.check("sleep 6; echo scan > /sys/kernel/debug/kmemleak; sleep 1; echo scan > /sys/kernel/debug/kmemleak", 900)
    leaks = guest.check("cat /sys/kernel/debug/kmemleak", 300)
    assert "unreferenced" not in leaks, leaks[:3000]
    no_report(guest.console.text())


@case("x86_64-linux-debug_failing_loads", soak=True)
def failing_loads(story):
    """Each allocation and each copy of a load fails, once and for ever: refused, and all is as it was; then what was loaded runs."""
    with debug_guest(story, files={"/calls": calls(), "/failing": program("failing")}) as guest:
        begin(guest)
        start, _ = region(guest)
        said = guest.check(f"/failing load {start:x}", 3600)
        counts = re.findall(r"^(.*); (.*): (\d+) failures, (\d+) refused$", said, re.M)
        assert len(counts) == 33, said
        for kind, how, failures, refused in counts:
            assert kind == "unload" or int(failures) and int(refused), f"{kind}, {how}: {failures} failures, {refused} refused"
        nothing_is_left(guest)
        guest.check(f"/calls image {start:x} 1 first")
        guest.panic(cpu=1)
        guest.console.expect("the first image runs", 120)
        guest.wait_end()
        no_report(guest.console.text())


@case("x86_64-linux-debug_failing_resize", soak=True)
def failing_resize(story):
    """The same for growing and shrinking the region."""
    with debug_guest(story, append="crashkernel=16M", files={"/calls": calls(), "/failing": program("failing")}) as guest:
        begin(guest)
        before = free_pages(guest)
        for old, new in ((0, 1 << 20), (1 << 20, 24 << 20), (8 << 20, 4096), (4 << 20, 0)):
            said = guest.check(f"/failing write {SIZE} {old} {new}", 3600)
            assert len(re.findall(r"failures, \d+ refused$", said, re.M)) == 3, said
        guest.check(f"echo 16777216 > {SIZE}")
        lost = before - free_pages(guest)
        assert lost < 600, f"{lost} pages are lost"
        guest.check(f"echo 0 > {SIZE}")
        nothing_is_left(guest)
        guest.check(f"echo 1048576 > {SIZE}")
        guest.check(f"/calls image {region(guest)[0]:x} 1 first")
        guest.panic(cpu=1)
        guest.console.expect("the first image runs", 120)
        guest.wait_end()


@case("x86_64-linux-debug_failing_online", soak=True)
def failing_online(story):
    """Memory that comes online without memory to note it: it comes, and the log says that a dump would lack it."""
    with debug_guest(story, append="crashkernel=1M memhp_default_state=offline", files={"/failing": program("failing")},
                     memory="512M,slots=1,maxmem=1G") as guest:
        begin(guest)
        guest.qmp("object-add", **{"qom-type": "memory-backend-ram", "id": "more", "size": 128 << 20})
        guest.qmp("device_add", driver="pc-dimm", id="dimm", memdev="more")
        state = guest.check("sleep 5; grep -lx offline /sys/devices/system/memory/memory*/state").split()[0]
        guest.check(f"echo online_movable > {state}", 300)
        said = guest.check(f"/failing online {state}", 5000)
        assert re.search(r"online; slab for ever: [1-9]\d* failures", said), said
        assert "no memory to note that memory has changed" in guest.console.text()
        nothing_is_left(guest)


def use_up_memory(guest, mb):
    """A file in memory, and two processes that write and remove others."""
    guest.check("mkdir -p /fill; mount -t tmpfs -o size=95% fill /fill")
    guest.check(f"dd if=/dev/zero of=/fill/rest bs=1M count={mb}", 300)
    for number in (1, 2):
        guest.check(f"(while [ ! -e /stop ]; do dd if=/dev/zero of=/fill/{number} bs=64k count=200; rm -f /fill/{number}; done; > /stopped{number}) >/dev/null 2>&1 &")


def give_memory_back(guest):
    guest.check("> /stop; while [ ! -e /stopped1 ] || [ ! -e /stopped2 ]; do sleep 0.2; done; umount /fill", 120)


@case("x86_64-linux-ours_pressure", soak=True, tree="ours", rounds=40)
@case("x86_64-linux-debug_pressure", soak=True, tree="debug", rounds=60)
def pressure(story, tree, rounds):
    """Loads, unloads, failing loads, grows and shrinks with little memory left: -ENOMEM at worst, nobody is killed, every page comes back."""
    with debug_guest(story, files={"/calls": calls()}, tree=tree) as guest:
        guest.boot(600)
        guest.check(f"/calls cycles 20 {region(guest)[0]:x}", 300)
        before = free_pages(guest)
        free_kib = int(guest.check("awk '/MemAvailable/ { print $2 }' /proc/meminfo"))
        use_up_memory(guest, (free_kib >> 10) - 160)
        granted = refused = 0
        for number in range(rounds):
            code, said = guest.run(f"echo $(({[1, 24, 3, 60, 8, 200][number % 6]} << 20)) > {SIZE}", 300)
            assert not code or "Cannot allocate memory" in said or "ENOMEM" in said, said
            granted, refused = granted + (not code), refused + bool(code)
            if number % 5 == 0:
                guest.check(f"/calls cycles 30 {region(guest)[0]:x}", 300)
        assert granted > rounds // 3 and refused >= rounds // 8, f"{granted} resized, {refused} refused"
        give_memory_back(guest)
        guest.check(f"echo 1048576 > {SIZE}")
        lost = before - free_pages(guest)
        assert lost < 600, f"{lost} pages are lost"
        no_report(guest.console.text())
        guest.check(f"/calls image {region(guest)[0]:x} 1 first")
        guest.panic(cpu=1)
        guest.console.expect("the first image runs", 120)
        guest.wait_end()


@case("x86_64-linux-debug_panic", soak=True, word="sysrq triggered crash", how=lambda guest: guest.panic(1))
@case("x86_64-linux-debug_bug_softirq", soak=True, word="RIP: 0010:crash_in_softirq", how=lambda guest: guest.send("insmod /crash_in.ko where=softirq"))
@case("x86_64-linux-debug_bug_nmi", soak=True, word="RIP: 0010:crash_in_nmi", how=lambda guest: guest.send("taskset -c 0 insmod /crash_in.ko where=nmi"))
def panic(story, word, how):
    """A dump, and no report on the way to it."""
    tree = Tree("debug")
    disk = story.disk("nvme", partitions=GUARDED)
    with debug_guest(story, append="crashkernel=1M panic_on_oops=1 oops=panic", memory="1G",
                     files={"/crash_in.ko": module(tree, cache.REPO / "tests/linux/crash_in.c")}) as guest:
        guest.boot(600)
        story.arm(guest, disk.device(0, TARGET_PART))
        no_report(guest.console.text())
        how(guest)
        guest.wait_end(600)
        no_report(guest.console.text(), but="Kernel BUG at ")
    _, core = story.dumped(disk, TARGET_PART, panic=word)
    assert phase_log(core)[1][-1] == "jump"
    # What is said in an NMI is no longer printed.
    no_report(core.dmesg(), but="Kernel BUG at ")


@case("x86_64-linux-debug_kexec_e", soak=True)
def kexec_e(story):
    """Another kernel, loaded three times over, is started in order; neither complains."""
    with debug_guest(story, append="", files=files(story, Tree("ours")), memory="1G") as guest:
        guest.boot(600)
        for tool in ("ours", "stock", "ours"):
            guest.check(f"{TOOLS[tool]} -l -c /second/bzImage --initrd=/second/initrd --command-line='console=ttyS0 no_timer_check word=4711'", 300)
        guest.send(f"{TOOLS['ours']} -e")
        guest.console.expect("second kernel: .*word=4711", 300)
        guest.wait_end()
        no_report(guest.console.text())


@case("x86_64-linux-debug_vmcore", soak=True)
def vmcore(story):
    """As a capture kernel: /proc/vmcore in every way of reading."""
    layout(story, "debug", True)
    no_report((story.folder / "guest1/console.log").read_text())
