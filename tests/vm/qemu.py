# SPDX-License-Identifier: GPL-2.0
"""A guest in QEMU: start, talk, crash, look inside.  It never outlives its `with` block."""
import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path

OVMF = Path("/usr/share/OVMF")
ACCEL = os.environ.get("ACCEL", "tcg,thread=multi")


class GuestError(AssertionError):
    """The guest did not do what the story says."""


class Serial:
    """One serial line: what came, line by line with the host's time, and a way to wait for text."""

    def __init__(self, listener, log):
        self._listener, self._log = listener, log
        self.lines = []			# (host's time.monotonic() of the first byte, text)
        self._text = ""
        self._open = True
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)

    def start(self):
        self._socket, _ = self._listener.accept()
        self._listener.close()
        self._thread.start()

    def _read(self):
        began, at, partial = time.monotonic(), None, ""
        with open(self._log, "w") as log:
            while True:
                try:
                    data = self._socket.recv(65536)
                except OSError:
                    data = b""
                now = time.monotonic()
                text = data.decode("ascii", "replace").replace("\r", "")
                for piece in re.findall(r"[^\n]*\n|[^\n]+", text):
                    at = at if partial else now
                    partial += piece
                    if piece.endswith("\n"):
                        self.lines.append((at, partial[:-1]))
                        log.write(f"{at - began:9.3f} {partial}")
                        log.flush()
                        partial = ""
                with self._changed:
                    self._text += text
                    self._open = bool(data)
                    self._changed.notify_all()
                if not data:
                    log.write(f"{now - began:9.3f} {partial}(end)\n")
                    return

    def mark(self):
        """The place where a later expect() or text() may begin to look."""
        return len(self._text)

    def text(self, mark=0):
        return self._text[mark:]

    def expect(self, pattern, timeout, mark=0):
        """Waits for the regular expression after mark; the match, or GuestError."""
        until = time.monotonic() + timeout
        with self._changed:
            while True:
                found = re.compile(pattern, re.M).search(self._text, mark)
                if found:
                    return found
                left = until - time.monotonic()
                if not self._open:
                    raise GuestError(f"the guest ended before it said {pattern!r}")
                if left <= 0:
                    raise GuestError(f"the guest did not say {pattern!r} in {timeout:g} s")
                self._changed.wait(left)

    def when(self, pattern, first=0):
        """Host's time of the first line that matches, from lines[first] on."""
        for at, line in self.lines[first:]:
            if re.search(pattern, line):
                return at
        raise GuestError(f"no line matches {pattern!r}")

    def send(self, text):
        self._socket.sendall(text.encode())


class Qmp:
    """QEMU's machine protocol; events are kept."""

    def __init__(self, listener):
        self._listener = listener
        self.events = []

    def start(self):
        conn, _ = self._listener.accept()
        self._listener.close()
        conn.settimeout(60)
        self._file = conn.makefile("rw")
        self._next()
        self("qmp_capabilities")

    def _next(self):
        line = self._file.readline()
        if not line:
            raise GuestError("QEMU has ended")
        return json.loads(line)

    def __call__(self, command, **arguments):
        try:
            self._file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
            self._file.flush()
            while True:
                answer = self._next()
                if "event" in answer:
                    self.events.append(answer["event"])
                elif "error" in answer:
                    raise GuestError(f"QMP {command}: {answer['error']['desc']}")
                else:
                    return answer["return"]
        except OSError as err:
            raise GuestError(f"QMP {command}: {err}") from err


    def wait_event(self, name, timeout):
        """Waits until this event has come, ever."""
        until = time.monotonic() + timeout
        while name not in self.events:
            if time.monotonic() > until:
                raise GuestError(f"QEMU did not report {name} in {timeout:g} s")
            time.sleep(0.05)
            self("query-status")	# events come with answers


class Gdb:
    """QEMU's gdbstub: physical memory and breakpoints; the guest is stopped while it is open, but for run()."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(30)
        self._socket.connect(str(path))
        self._file = self._socket.makefile("rb")
        if self("Qqemu.PhyMemMode:1") != "OK":
            raise GuestError("this QEMU's gdbstub can't address physical memory")

    def __call__(self, packet):
        self._send(packet)
        return self._receive()

    def _send(self, packet):
        body = packet.encode()
        self._socket.sendall(b"$" + body + b"#%02x" % (sum(body) % 256))

    def _receive(self):
        """The next packet; "W" when QEMU exits, whether it says so or not."""
        packet = b""
        while not packet.endswith(b"#"):
            byte = self._file.read(1)
            if not byte:
                return "W"
            packet = b"" if byte == b"$" else packet + byte	# before it come acknowledgements
        self._file.read(2)
        if not packet.startswith(b"W"):
            self._socket.sendall(b"+")
        return packet[:-1].decode()

    def run(self, addresses):
        """Lets the guest run until a CPU comes to one of these virtual addresses, at most four; see next_hit()."""
        for address in addresses:
            if self(f"Z1,{address:x},1") != "OK":
                raise GuestError(f"gdbstub can't set a breakpoint at {address:#x}")
        self._send("c")

    def next_hit(self, timeout):
        """Waits for a breakpoint and takes it away, the guest runs on; its address, or None if the guest has ended."""
        self._socket.settimeout(timeout)
        try:
            if self._receive().startswith("W"):
                return None
        except TimeoutError:
            raise GuestError(f"no breakpoint was hit in {timeout:g} s") from None
        pc = int.from_bytes(bytes.fromhex(self("g"))[128:136], "little")	# RIP follows sixteen registers
        self(f"z1,{pc:x},1")
        self._send("c")
        return pc

    def stop_at(self, address, timeout):
        """Lets the guest run until a CPU comes to this virtual address; it is stopped there.  Which CPU, QEMU's number."""
        self.run([address])
        self._socket.settimeout(timeout)
        if (reason := self._receive()).startswith("W"):
            raise GuestError(f"the guest ended before it came to {address:#x}")
        self(f"z1,{address:x},1")
        return int(re.match(r"T..thread:(\w+);", reason)[1], 16) - 1

    def catch(self, address, cpu, timeout):
        """Lets the guest run until this CPU, QEMU's number, comes to this virtual address; it is stopped there."""
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            if self.stop_at(address, timeout) == cpu:
                return
            self("s")	# past it
        raise GuestError(f"CPU {cpu} did not come to {address:#x} in {timeout:g} s")

    def jump(self, address):
        """Where the CPU that was caught will go on."""
        registers = bytearray.fromhex(self("g"))
        registers[128:136] = address.to_bytes(8, "little")	# RIP follows sixteen registers
        if self("G" + registers.hex()) != "OK":
            raise GuestError("gdbstub can't set registers")

    def run_only(self, cpu):
        """Lets one CPU run, the others stay where they are; there is no way back."""
        self._send(f"vCont;c:{cpu + 1:x}")

    def read(self, pa, count):
        data = b""
        while len(data) < count:
            data += bytes.fromhex(self(f"m{pa + len(data):x},{min(1024, count - len(data)):x}"))
        return data

    def write(self, pa, data):
        for at in range(0, len(data), 1024):
            piece = data[at:at + 1024]
            if self(f"M{pa + at:x},{len(piece):x}:{piece.hex()}") != "OK":
                raise GuestError(f"gdbstub can't write {len(piece)} bytes at {pa + at:#x}")

    def close(self):
        """Lets go of the guest, which runs on."""
        self("D")
        self._file.close()
        self._socket.close()


class Guest:
    """One virtual machine.

    folder: for its logs and sockets.  kernel, initrd: Paths, or None to boot from the
    first disk.  disks: see disk.Disk.  nodes: of NUMA, a CPU each.  reboot: False ends QEMU at the guest's reset.
    cpu: without ERMS, because emulation copies byte by byte when Linux trusts in it.
    """

    def __init__(self, folder, kernel=None, initrd=None, append="", disks=(), firmware="bios", memory="1G",
                 cpus=2, cpu="max,erms=off", machine="q35", devices=(), drives=(), nodes=1,
                 reboot=False, timeout=300):
        self.folder, self.disks = Path(folder), disks
        self.folder.mkdir(parents=True, exist_ok=True)
        self.console = Serial(self._listen("console"), self.folder / "console.log")
        self.shell = Serial(self._listen("shell"), self.folder / "shell.log")
        self.qmp = Qmp(self._listen("qmp"))
        argv = ["qemu-system-x86_64", "-machine", machine, "-accel", ACCEL, "-cpu", cpu,
                "-m", memory, "-smp", f"{cpus},sockets={nodes}", "-nodefaults", "-display", "none", "-vga", "none",
                "-chardev", f"socket,id=qmp,path={self._socket_path('qmp')}", "-mon", "chardev=qmp,mode=control"]
        for name in ("console", "shell"):
            argv += ["-chardev", f"socket,id={name},path={self._socket_path(name)}", "-serial", f"chardev:{name}"]
        if firmware == "ovmf":
            shutil.copy(OVMF / "OVMF_VARS_4M.fd", self.folder / "vars.fd")
            argv += ["-drive", f"if=pflash,format=raw,readonly=on,file={OVMF}/OVMF_CODE_4M.fd",
                     "-drive", f"if=pflash,format=raw,file={self.folder}/vars.fd"]
        if kernel:
            argv += ["-kernel", str(kernel), "-append", f"console=ttyS0 no_timer_check panic=5 {append}"]
        for node in range(nodes if nodes > 1 else 0):	# memory and CPUs in equal parts
            size = (int(memory[:-1]) << {"M": 20, "G": 30}[memory[-1]]) // nodes
            argv += ["-object", f"memory-backend-ram,id=node{node},size={size}", "-numa", f"node,memdev=node{node},cpus={node}"]
        if initrd:
            argv += ["-initrd", str(initrd)]
        if not reboot:
            argv += ["-no-reboot"]
        for drive in drives:
            argv += ["-drive", drive]
        for device in devices:
            argv += ["-device", device]
        for place, disk in enumerate(disks):
            argv += disk.arguments(place)
        self.argv, self.timeout = argv, timeout

    def _socket_path(self, name):
        # A short path: Unix sockets allow 107 bytes.
        return Path("/tmp") / f"lifeboat-{os.getpid()}-{id(self):x}.{name}"

    def _listen(self, name):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self._socket_path(name)))
        listener.listen(1)
        listener.settimeout(20)
        return listener

    def __enter__(self):
        (self.folder / "qemu.cmd").write_text(" ".join(f"'{a}'" if " " in a else a for a in self.argv) + "\n")
        with open(self.folder / "qemu.log", "w") as log:
            self._process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *self.argv],
                                             stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._late = False
        self._timer = threading.Timer(self.timeout, self._kill_late)
        self._timer.daemon = True
        self._timer.start()
        try:
            for line in (self.qmp, self.console, self.shell):
                line.start()
        except OSError as err:
            said = (self.folder / "qemu.log").read_text().strip()
            self.__exit__()
            raise GuestError(f"QEMU did not start: {said or err}") from err
        return self

    def __exit__(self, *unused):
        self._timer.cancel()
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for name in ("console", "shell", "qmp", "gdb"):
            self._socket_path(name).unlink(missing_ok=True)

    def _kill_late(self):
        self._late = True
        self._process.kill()

    # --- talking to the shell in guest/init ---------------------------------------

    def boot(self, timeout=120):
        """Waits until the guest takes commands."""
        self.shell.expect(r"^@exit 0\n", timeout)
        return self

    def run(self, command, timeout=60):
        """Runs one line of shell in the guest; (exit code, output)."""
        mark = self.shell.mark()
        self.shell.send(command.replace("\n", ";") + "\n")
        found = self.shell.expect(r"^@exit (\d+)\n", timeout, mark)
        return int(found[1]), self.shell.text(mark)[:found.start() - mark]

    def check(self, command, timeout=60):
        """As run(), but the command must succeed; its output."""
        code, output = self.run(command, timeout)
        if code:
            raise GuestError(f"in the guest, `{command}`: exit {code}: {output.strip()[-600:]}")
        return output

    def refuse(self, command, *words):
        """As run(), but the command must fail, and its output match every one of the words."""
        code, output = self.run(command)
        if not code:
            raise GuestError(f"in the guest, `{command}` succeeded: {output.strip()[-600:]}")
        for word in words:
            if not re.search(word, output):
                raise GuestError(f"in the guest, `{command}` does not say {word!r}: {output.strip()[-600:]}")

    def send(self, command):
        """Starts a command that may never answer."""
        self.shell.send(command + "\n")

    # --- crashing -------------------------------------------------------------------

    def panic(self, cpu=0):
        """Panics in a process on this CPU; returns at once."""
        self.send(f"taskset -c {cpu} sh -c 'echo c > /proc/sysrq-trigger'")

    def panic_time(self, timeout=60):
        """Host's time at which the panic line came."""
        self.console.expect(r"Kernel panic - not syncing.*\n", timeout)
        return self.console.when("Kernel panic - not syncing")

    def wait_end(self, timeout=120):
        """Waits for the guest's reset or poweroff (reboot=False)."""
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise GuestError(f"the guest did not reset in {timeout:g} s") from None
        if self._late:
            raise GuestError(f"the guest still ran after {self.timeout} s, its limit, and was ended")

    # --- looking inside --------------------------------------------------------------

    def gdb(self):
        """Stops the guest and opens its physical memory; close() lets it run on."""
        self.qmp("stop")	# else the stub reports a stop of its own between our answers
        path = self._socket_path("gdb")
        self.qmp("human-monitor-command", **{"command-line": f"gdbserver unix:{path},server=on,wait=off"})
        return Gdb(path)

    def save_memory(self, pa, count, path):
        """Writes guest-physical [pa, pa + count) to a file."""
        self.qmp("pmemsave", val=pa, size=count, filename=str(path))
