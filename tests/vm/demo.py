# SPDX-License-Identifier: GPL-2.0
"""A stock Debian 12 arms, panics, is dumped, boots again and collects; then crash opens the vmcore."""
import re

from .bench import Watch
from .cache import say
from .cases import debian
from .story import Story, kernel
from .target import COMPLETE
from .vmcore import Vmcore

MEMORY_MB = 1024


def run():
    """Tells the story as it happens and ends with a table of what was measured; exit code."""
    story, watches = Story("demo"), []
    say(f"booting Debian 12, kernel {kernel().release}, {MEMORY_MB} MiB, 2 CPUs, crashkernel=1M")

    def at_panic(guest, disk):
        for line in re.findall(r"story: ((?:mkdump|status|kdump.service): .*)", guest.console.text()):
            print(f"    {line}")
        say("it panics: echo c > /proc/sysrq-trigger")
        watches.append(Watch(disk, 0))
        guest.console.expect(r"dump\[.*complete", 60)
        for line in re.findall(r"^dump\[.*", guest.console.text(), re.M):
            print(f"    {line}")
        say("the machine has reset; Debian boots again and collects")

    told, guest, _, core = debian.live(story, MEMORY_MB, raw=True, at_panic=at_panic)
    watches[0].close()
    for line in told[told.index("second boot"):-1]:
        print(f"    {line}")
    panic, watch = guest.panic_time(1), watches[0]
    say("crash opens the collected vmcore")
    vmcore = Vmcore(core)
    backtrace = vmcore.crash(kernel().vmlinux, "bt")
    assert watch.complete, f"the host never saw state {COMPLETE} in the header"
    size_mb = vmcore.size / 1e6
    frames = [line for line in backtrace.splitlines() if re.match(r"PID:| *#\d+ ", line)][:8]
    need = re.search(r"(\d+) KiB crash region, (\d+) KiB needed", "\n".join(told))
    print("\n".join([
        "",
        f"  crash region              {need[1] if need else 1024} KiB" + (f" ({need[2]} KiB needed)" if need else ""),
        f"  panic -> first byte       {(watch.first_byte - panic) * 1e3:.0f} ms",
        f"  panic -> complete dump    {watch.complete - panic:.2f} s",
        f"  dump                      {size_mb:.0f} MB, an ELF core, {size_mb / (watch.complete - watch.first_byte):.0f} MB/s",
        "  crash> bt", *(f"    {line}" for line in frames)]))
    story.close(False)
    return 0 if "sysrq_handle_crash" in backtrace else 1
