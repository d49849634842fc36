# SPDX-License-Identifier: GPL-2.0
"""kexec_load(2): the kernel's own test of it, and calls by hostile hands (tests/linux/hostile.c)."""
import re
from pathlib import Path

from ..runner import case
from .linux import TOOLS, Tree, calls, free_pages, program, region

REPORT = re.compile(r"BUG|WARNING|Oops|Bad page|general protection|possible .* locking|suspicious RCU|inconsistent lock|INFO: |Out of memory", re.M)
QUIET = "nowatchdog rcupdate.rcu_cpu_stall_suppress=1"	# a host with other work to do makes slow guests


def no_report(text, but="$^"):
    """Insists that the kernel has not complained of itself, but for what was provoked."""
    lines = [line for line in text.splitlines() if REPORT.search(line) and not re.search(but, line)]
    assert not lines, "\n".join(lines[:20])


@case("x86_64-linux-ours_hostile_calls", tree="ours", count=40000)
@case("x86_64-linux-ours_hostile_calls_1m", soak=True, tree="ours", count=1000000)
@case("x86_64-linux-debug_hostile_calls_1m", soak=True, tree="debug", count=1000000)
def hostile_calls(story, tree, count):
    """Loads with arguments that are almost right, by one process and by two and a third that resizes: then all is as before."""
    seed = story.seed + 1
    with story.guest(linux=Tree(tree).bzimage, files={"/calls": calls(), "/hostile": program("hostile")}, append=f"crashkernel=1M {QUIET}",
                     memory="512M", timeout=10800) as guest:
        guest.boot(300)
        guest.check("/hostile together 0 2000")
        before = free_pages(guest)
        for how in ("calls", "together"):
            said = guest.check(f"/hostile {how} {seed} {count // 2}", timeout=5000)
            assert re.search(r"calls: [1-9]\d* loaded or unloaded, EINVAL [1-9]\d*, EADDRNOTAVAIL [1-9]\d*, EFAULT [1-9]\d*, ENOMEM [1-9]", said), said.strip()
        assert guest.check("cat /sys/kernel/kexec_loaded /sys/kernel/kexec_crash_loaded").split() == ["0", "0"]
        guest.check("echo 1048576 > /sys/kernel/kexec_crash_size")
        lost = before - free_pages(guest)
        # The CPUs' lists of free pages come and go; a page of one call in a hundred would be more.
        assert lost < 600, f"seed {seed}: {lost} pages are lost: {said}"
        no_report(guest.check("dmesg"))
        guest.check(f"/calls image {region(guest)[0]:x} 1 first")
        guest.panic(cpu=1)
        guest.console.expect("the first image runs", 60)
        guest.wait_end()


@case("x86_64-linux-hostile_answers")
def same_answers(story):
    """The same 10,000 calls are answered as upstream answers them."""
    said = {}
    for name in ("upstream", "ours"):
        with story.guest(linux=Tree(name).bzimage, files={"/hostile": program("hostile")}, memory="512M") as guest:
            guest.boot()
            said[name] = guest.check("/hostile answers 1 10000", timeout=200)
    answers = {name: "".join(re.findall(r"^[.iafmb]+$", text, re.M)) for name, text in said.items()}
    assert len(answers["ours"]) == 10000, said["ours"][-500:]
    differ = [i for i in range(10000) if answers["ours"][i] != answers["upstream"][i]]
    assert not differ, ", ".join(f"call {i}: {answers['ours'][i]} (upstream: {answers['upstream'][i]})" for i in differ[:20])


@case("x86_64-linux-ours_selftest", tool="ours")
@case("x86_64-linux-ours_selftest_stock_kexec", tool="stock")
def selftest(story, tool):
    """The kernel's tools/testing/selftests/kexec/test_kexec_load.sh, from the tree, with either kexec."""
    tree = Tree("ours")
    release = (tree.path / "include/config/kernel.release").read_text().strip()
    tests = tree.path / "tools/testing/selftests/kexec"
    files = {f"/selftest/{name}": tests / name for name in ("test_kexec_load.sh", "kexec_common_lib.sh")}
    files |= {f"/boot/vmlinuz-{release}": tree.bzimage, f"/lib/modules/{release}/config": tree.path / ".config"}
    with story.guest(linux=tree.bzimage, append="", files=files) as guest:
        guest.boot()
        said = guest.check(f"cd /selftest; PATH={Path(TOOLS[tool]).parent}:$PATH ./test_kexec_load.sh")
        assert "kexec_load succeeded [PASS]" in said, said
        no_report(guest.check("dmesg"))
