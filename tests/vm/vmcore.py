# SPDX-License-Identifier: GPL-2.0
"""An ELF core of a kernel: a structural check of our own, and the outside readers."""
import re
import struct
import subprocess
from pathlib import Path

PT_LOAD, PT_NOTE, NT_PRSTATUS = 1, 4, 1
EHDR, PHDR = struct.Struct("<16sHHIQQQIHHHHHH"), struct.Struct("<IIQQQQQQ")


class Vmcore:
    """The headers of an ELF64 core; path stays the caller's."""

    def __init__(self, path):
        self.path = Path(path)
        with open(path, "rb") as core:
            ident, kind, machine, _, _, phoff, _, _, _, phentsize, phnum, _, _, _ = EHDR.unpack(core.read(EHDR.size))
            assert ident[:6] == b"\x7fELF\2\1" and (kind, machine, phentsize) == (4, 62, PHDR.size), "not an x86_64 ELF core"
            core.seek(phoff)
            self.loads, self.notes = [], []
            for kind, _, offset, vaddr, paddr, filesz, memsz, _ in PHDR.iter_unpack(core.read(phnum * PHDR.size)):
                if kind == PT_LOAD:
                    self.loads.append((offset, vaddr, paddr, filesz, memsz))
                elif kind == PT_NOTE:
                    core_at = core.tell()
                    core.seek(offset)
                    self.notes += self._notes(core.read(filesz))
                    core.seek(core_at)
        self.size = self.path.stat().st_size

    @staticmethod
    def _notes(data):
        found, at = [], 0
        while at + 12 <= len(data):
            namesz, descsz, kind = struct.unpack_from("<III", data, at)
            at += 12
            name = data[at:at + namesz].rstrip(b"\0").decode()
            at += (namesz + 3) // 4 * 4
            found.append((name, kind, data[at:at + descsz]))
            at += (descsz + 3) // 4 * 4
        return found

    @property
    def vmcoreinfo(self):
        text = next(desc for name, _, desc in self.notes if name == "VMCOREINFO").decode()
        return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)

    def check(self, notes, memory_mb, region_mb=1):
        """The headers make sense and hold all memory but the crash region and firmware's share."""
        statuses = [n for n in self.notes if n[:2] == ("CORE", NT_PRSTATUS)]
        assert len(statuses) == notes, f"{len(statuses)} PRSTATUS notes, expected {notes}"
        assert "OSRELEASE" in self.vmcoreinfo, "no vmcoreinfo"
        end = 0
        for offset, vaddr, paddr, filesz, memsz in sorted(self.loads):
            if vaddr >= 0xffffffff80000000:
                continue	# the kernel's text shares the bytes of the RAM that holds it
            assert filesz == memsz, f"PT_LOAD {paddr:#x}: filesz {filesz:#x}, memsz {memsz:#x}"
            assert end <= offset and offset + filesz <= self.size, f"PT_LOAD {paddr:#x}: bad place in the file"
            end = offset + filesz
        total = sum(size for _, vaddr, _, size, _ in self.loads if vaddr < 0xffffffff80000000) / (1 << 20)
        assert 0.94 * memory_mb - region_mb < total < memory_mb, f"{total:.1f} MiB of {memory_mb} in the dump"

    # --- outside readers ---------------------------------------------------------------

    def _run(self, *argv, stdin="", timeout=120):
        done = subprocess.run([str(a) for a in argv], input=stdin, capture_output=True, text=True, timeout=timeout,
                              errors="replace")
        if done.returncode:
            raise AssertionError(f"{argv[0]}: exit {done.returncode}: {(done.stderr or done.stdout).strip()[-800:]}")
        return done.stdout

    def readelf(self):
        return self._run("readelf", "-lnW", self.path)

    def dmesg(self):
        out = self.path.with_suffix(".dmesg")
        out.unlink(missing_ok=True)
        self._run("makedumpfile", "--dump-dmesg", self.path, out)
        return out.read_text(errors="replace")

    def refiltered(self):
        """The same dump through makedumpfile -d 31, as a compressed kdump."""
        out = self.path.with_suffix(".kdump")
        out.unlink(missing_ok=True)
        self._run("makedumpfile", "-l", "-d", "31", self.path, out)
        return out

    def crash(self, vmlinux, *commands, path=None):
        """What crash says to each command, in one session (loading the symbols is what takes long)."""
        script = "".join(f"!echo '@@@'\n{command}\n" for command in commands) + "quit\n"
        said = self._run("crash", "-s", vmlinux, path or self.path, stdin=script).split("@@@\n")[1:]
        return said if len(commands) > 1 else said[0]

    def gdb(self, vmlinux):
        """gdb's backtrace of the CPU that panicked, at the place where KASLR put the kernel."""
        offset = int(self.vmcoreinfo["KERNELOFFSET"], 16)
        return self._run("gdb", "-q", "-batch", "-nx", "-ex", f"symbol-file -o {offset:#x} {vmlinux}",
                         "-ex", f"core-file {self.path}", "-ex", "info threads", "-ex", "thread apply all bt")

    def drgn(self, vmlinux):
        program = ("from drgn.helpers.linux import *\n"
                   "print('tasks', len(list(for_each_task(prog))))\n"
                   "print('cpus', len(list(for_each_online_cpu(prog))))\n"
                   "print(prog['init_uts_ns'].name.release.string_().decode())\n")
        script = self.path.with_suffix(".drgn.py")
        script.write_text(program)
        return self._run("/usr/bin/python3", "/usr/bin/drgn", "-q", "-c", self.path, "-s", vmlinux, script)


class Kdump(Vmcore):
    """A compressed kdump, for the outside readers alone."""

    def __init__(self, path):
        self.path = Path(path)


def panic_backtrace(text):
    """Functions of crash's first backtrace down to the system call; below it crash guesses, differently each time."""
    frames = re.findall(r"^ *#\d+ \[\w+\] (\S+) at", text, re.M)
    return frames[:frames.index("do_syscall_64") + 1] if "do_syscall_64" in frames else frames
