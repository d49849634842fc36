#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The project's own commands; the Makefile calls this.  See tests/vm/README.md."""
import argparse
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent))
from vm import bench, cache, debian, demo, runner	# noqa: E402
from vm.story import Story, kernel	# noqa: E402


MAKE = ["make", "-s", f"-j{os.cpu_count()}"]


def build(*goals):
    cache.say("building")
    if subprocess.run([*MAKE, *goals], cwd=cache.REPO).returncode:
        raise cache.SetupError("the build failed")
    cache.BUILD.mkdir(exist_ok=True)


def unit():
    """One report line for `make unit`."""
    began = time.monotonic()
    done = subprocess.run([*MAKE, "unit"], cwd=cache.REPO, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    log = cache.BUILD / "unit.log"
    log.write_text(done.stdout)
    return "unit", "FAIL" if done.returncode else "ok", time.monotonic() - began, f"(log in {log})" if done.returncode else ""


def check(args):
    chosen = runner.collect(args.k)
    if args.list:
        print(*(name for name, _, _ in chosen), sep="\n")
        return 0
    prepare(chosen)
    return runner.run(chosen, args.j, args.repeat, [] if args.k else [unit()])


def prepare(chosen=()):
    """Fetches and makes what these cases need, before any test's clock runs."""
    build("all")
    kernel().folder, kernel().vmlinux, kernel().stuck_module
    if any("linux-" in name for name, _, _ in chosen):
        cache.linux_trees(debug=any("linux-debug" in name for name, _, _ in chosen))
    if os.geteuid() == 0:
        debian.base()


def soak(args):
    """Everything again and again; says which dumps were not complete."""
    chosen = runner.collect(args.k, soak=True)
    if args.list:
        print(*(name for name, _, _ in chosen), sep="\n")
        return 0
    prepare(chosen)
    return runner.run(chosen, args.j, args.repeat)


def measure(args):
    prepare()
    return bench.run(args.k, args.repeat if args.repeat > 1 else bench.RUNS)


def show(args):
    cache.say("Lifeboat's demo: everything happens in QEMU, this machine is never armed")
    prepare()
    return demo.run()


def shell(args):
    """A guest to try things in; reads commands from stdin."""
    build("all")
    story = Story("shell")
    story.disk("nvme"), story.disk("virtio")
    with story.guest(append=args.append, memory=args.memory, firmware=args.firmware, reboot=args.reboot,
                     timeout=3600) as guest:
        shown = 0

        def follow():
            nonlocal shown
            while True:
                time.sleep(0.1)
                print(guest.console.text(shown), end="", flush=True)
                shown = guest.console.mark()
        threading.Thread(target=follow, daemon=True).start()
        guest.boot()
        for line in sys.stdin:
            code, output = guest.run(line.strip(), 600)
            print(f"{output}exit {code}")
    return 0


def main():
    parser = argparse.ArgumentParser(prog="tests/lifeboat.py", description=__doc__)
    parser.add_argument("command", choices=["demo", "check", "soak", "bench", "shell"])
    parser.add_argument("-k", default="", metavar="PATTERN", help="only cases whose name matches")
    parser.add_argument("-j", type=int, default=2, metavar="N", help="cases at a time (default 2)")
    parser.add_argument("--list", action="store_true", help="only name the cases")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="how often (make soak N=20)")
    parser.add_argument("--append", default="crashkernel=1M", help="shell: kernel command line")
    parser.add_argument("--memory", default="1G", help="shell: of the guest")
    parser.add_argument("--firmware", default="bios", choices=["bios", "ovmf"], help="shell: of the guest")
    parser.add_argument("--reboot", action="store_true", help="shell: boot again at a reset")
    args = parser.parse_args()
    try:
        cache.need_packages()
        return {"check": check, "soak": soak, "bench": measure, "demo": show, "shell": shell}[args.command](args)
    except cache.SetupError as err:
        print(f"lifeboat: {err}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
