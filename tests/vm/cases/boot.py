# SPDX-License-Identifier: GPL-2.0
"""Booting another kernel by kexec, without firmware: every image type, entry, system call and firmware."""
import functools
import gzip
import lzma
import re
import tarfile
import zlib

from .. import cache
from ..cache import BUILD
from ..runner import case
from ..story import initrd, kernel

LINUX = "console=ttyS0 no_timer_check panic=5"
KEXEC_TEST = BUILD / "kexec_test"

# What the next kernel must see just as the first one did: memory map, ACPI, EFI's runtime services, CPUs.
TABLES = ("cd /sys/firmware; ls acpi/tables; cat efi/fw_platform_size efi/config_table efi/fw_vendor 2>/dev/null; "
          "for m in efi/runtime-map/*; do echo $(cat $m/* 2>/dev/null); done | sort")
MACHINE = f"{TABLES}; for m in memmap/*; do echo $(cat $m/start $m/end $m/type); done | sort; nproc"


@functools.lru_cache(None)
def vmlinux():
    """Debian's kernel as ELF, as it lies inside its bzImage: without debug information."""
    def make(path):
        cache.run("objcopy", "--strip-all", kernel().vmlinux, path)
    return cache.entry(f"{kernel().name}/vmlinux-stripped", make, 100)


def boot_disk(story, files=()):
    """A virtio disk with a tar archive: kernel and initrd, which an initramfs can't hold of itself."""
    image = story.folder / "boot.tar"
    every = {"vmlinuz": kernel().vmlinuz, "initrd": initrd(story.folder / "boot-initrd"), **dict(files)}
    with tarfile.open(image, "w") as tar:
        for name, path in every.items():
            tar.add(path, name)
    return story.disk("virtio", base=image)


def unpack(guest):
    guest.check("mkdir -p /boot && tar xf /dev/vda -C /boot", 60)


def kexec(guest, command, timeout=120):
    """Runs a command that must end in another kernel's shell."""
    mark = guest.shell.mark()
    guest.send(command)
    code = guest.shell.expect(r"^@exit (\d+)\n", timeout, mark)
    assert code[1] == "0", f"`{command}`: {guest.shell.text(mark).strip()[-600:]}"


def load_linux(option="-c", append="hop=1", image="vmlinuz"):
    return f"kexec -l {option} /boot/{image} --initrd=/boot/initrd --append='{LINUX} {append}'"


def same_machine(guest, first):
    now = guest.check(MACHINE)
    assert now == first, f"the next kernel sees another machine:\n{first}\nnow:\n{now}"


@case("x86_64-none-boot_kexec_load")
@case("x86_64-none-boot_file_load", option="-s")
@case("x86_64-none-boot_auto", soak=True, option="-a")
@case("x86_64-none-boot_6g", soak=True, memory="6G")
@case("x86_64-none-boot_ovmf", firmware="ovmf")
@case("x86_64-none-boot_ovmf_6g", soak=True, firmware="ovmf", memory="6G")
@case("x86_64-none-boot_4level", cpu="qemu64")
@case("x86_64-none-boot_32bit", option="-c --entry-32bit")
@case("x86_64-none-boot_32bit_6g", soak=True, option="-t bzImage", memory="6G")
@case("x86_64-none-boot_32bit_ovmf", soak=True, option="-t bzImage", firmware="ovmf")
@case("x86_64-none-boot_noapic", soak=True, append="noapic")
@case("x86_64-none-boot_nosmp", soak=True, append="nosmp", cpus=1)
def boot(story, option="-c", append="", cpus=2, memory="512M", **options):
    """Stock kernel to stock kernel; the second sees the same machine, and EFI's runtime services answer it."""
    efi = options.get("firmware") == "ovmf"
    boot_disk(story, {m.name: m for m in kernel().modules(["efivarfs"])} if efi else ())
    with story.guest(append="quiet", memory=memory, **options) as guest:
        guest.boot()
        unpack(guest)
        first = guest.check(MACHINE)
        guest.check(load_linux(option, f"hop=1 {append}"))
        kexec(guest, "kexec -e")
        guest.check("grep -q hop=1 /proc/cmdline")
        if cpus == 2:
            same_machine(guest, first)
        if efi:
            unpack(guest)
            guest.check("for m in /boot/*.ko; do insmod $m || exit 1; done; mount -t efivarfs none /mnt && ls /mnt/BootOrder-*")
    story.untouched()


TEXT = "kexec_test says: " + "0123456789abcdef " * 20
TEST_INITRD = bytes(range(251)) * 4001		# neither a page's nor a sector's multiple

# What a report must hold on every path.
ALIVE = (
    r"own page tables: ok", r"boot_params: 0x\w+, protocol 2\.15, magic ok, loader type \w+, .* sentinel 0$",
    r"e820: \d+ entries, \d+ KiB of RAM", r"8259A: mask \w{4}", r"local APIC: base fee00900 \(xAPIC, boot CPU\), id 0,",
    r"IO-APIC: id \w+, version 20, 24 inputs", r"8254: ticks; TSC runs at [1-9]\d+ kHz", r"RTC: .* runs; a second has \d+ ticks",
    r"local APIC timer: [1-9]\d* counts .* ok", r"timer interrupts through the 8259A: [1-9]\d* in 20 ticks: ok",
    r"PCI 00:00\.0 8086:29c0 class 060000", r"PCI: \d+ functions: ok", r"reset: keyboard controller")
ENTRY_64 = (r"entry: 64-bit at", r"mode: long mode, [45]-level paging", r" cs 10 ds 18 es 18 fs 18 gs 18 ss 18 ")
ENTRY_32 = (r"entry: 32-bit at", r"mode: 32-bit protected mode, paging off", r"^cr0 \w*[13579bdf] cr3 0 cr4 0 efer (0|1|800|801) flags \w{1,2}$",
            r"^rax 0 rbx 0 rcx 0 rdx 0 rsi [1-9a-f]\w+ rdi 0 rbp 0 ", r" cs 10 ds 18 es 18 fs 18 gs 18 ss 18 ")
OLD_STYLE = (r"entry: \d\d-bit at",)		# stock kexec-tools' purgatory has ideas of its own


def report(guest, *patterns, timeout=60):
    """The lines of kexec_test, which must say all this."""
    guest.console.expect(r"==== kexec_test end", timeout)
    guest.wait_end(30)
    text = guest.console.text()
    text = text[text.index("==== kexec_test"):]
    for pattern in (*ALIVE, *patterns):
        assert re.search(pattern, text, re.M), f"kexec_test does not say {pattern!r}"
    return text


def handed_over(text, initrd_too=True):
    """Command line and initrd came whole."""
    crc = zlib.crc32(TEXT.encode())
    assert re.search(rf"command line: at 0x\w+, \d+ bytes, crc32 {crc:08x}: ", text) or TEXT.strip() in text, "command line"
    if initrd_too:
        want = f"{len(TEST_INITRD)} bytes, crc32 {zlib.crc32(TEST_INITRD):08x}"
        assert re.search(rf"initrd: at 0x\w+, {want}", text), f"the initrd is not {want}"


def test_files():
    files = {f"/test/{p.name}": p for p in KEXEC_TEST.iterdir()}
    return {**files, "/test/initrd": TEST_INITRD}


@case("x86_64-none-kexec_test_bzimage", image="bzImage", option="-c", entry=ENTRY_64)
@case("x86_64-none-kexec_test_bzimage_4level", soak=True, image="bzImage", option="-c", entry=ENTRY_64, cpu="qemu64")
@case("x86_64-none-kexec_test_bzimage_6g", soak=True, image="bzImage", option="-c --mem-min=0x100000000", entry=ENTRY_64, memory="6G")
@case("x86_64-none-kexec_test_file_load", image="bzImage", option="-s", entry=(r"entry: 64-bit at",))
@case("x86_64-none-kexec_test_32bit", image="bzImage", option="--entry-32bit", entry=ENTRY_32)
@case("x86_64-none-kexec_test_32bit_6g", soak=True, image="bzImage", option="-t bzImage", entry=ENTRY_32, memory="6G")
@case("x86_64-none-kexec_test_elf64", image="elf64", option="", entry=(*ENTRY_64, r"image: 0x2000000-"))
@case("x86_64-none-kexec_test_elf32", soak=True, image="elf32", option="-t elf-x86", entry=(*ENTRY_32, r"image: 0x2000000-"))
@case("x86_64-none-kexec_test_ovmf", soak=True, image="bzImage", option="-c", entry=(*ENTRY_64, r"efi: system table 0x\w+, .* of 40 each", r"setup_data: 0x\w+ type 4, 96 bytes", r"acpi rsdp: 0x[1-9a-f]"), firmware="ovmf")
@case("x86_64-none-kexec_test_stock", image="bzImage", option="-c", entry=OLD_STYLE, tool="/sbin/kexec")
@case("x86_64-none-kexec_test_stock_file_load", soak=True, image="bzImage", option="-s", entry=OLD_STYLE, tool="/sbin/kexec")
@case("x86_64-none-kexec_test_stock_32bit", soak=True, image="bzImage", option="-c -t bzImage", entry=OLD_STYLE, tool="/sbin/kexec")
def kexec_test(story, image, option, entry, tool="/usr/local/sbin/kexec", memory="512M", **options):
    """The diagnostic payload on every entry path: what it was given, and that the machine works after the jump."""
    initrd_too = not image.startswith("elf32") or tool != "/sbin/kexec"
    with story.guest(append="quiet", files=test_files(), memory=memory, **options) as guest:
        guest.boot()
        guest.check(f"{tool} -l {option} /test/kexec_test.{image} --initrd=/test/initrd --command-line='{TEXT}'")
        guest.send(f"{tool} -e")
        text = report(guest, *entry)
    handed_over(text, initrd_too)


@case("x86_64-none-kexec_test_crash", option="-c", entry=ENTRY_64)
@case("x86_64-none-kexec_test_crash_file_load", option="-s", entry=(r"entry: 64-bit at",))
@case("x86_64-none-kexec_test_crash_stock", option="-c", entry=OLD_STYLE, tool="/sbin/kexec", region="16M")
def kexec_test_crash(story, option, entry, tool="/usr/local/sbin/kexec", region="4M"):
    """The same after a panic."""
    with story.guest(append=f"quiet crashkernel={region}", files=test_files(), memory="512M") as guest:
        guest.boot()
        guest.check(f"{tool} -p {option} /test/kexec_test.bzImage --initrd=/test/initrd --command-line='{TEXT}'")
        guest.panic(cpu=0)
        text = report(guest, *entry, r"command line: .*elfcorehdr=\w+")
    handed_over(text)


@case("x86_64-none-boot_vmlinux", pack=None)
@case("x86_64-none-boot_vmlinux_gz", soak=True, pack=gzip.compress)
@case("x86_64-none-boot_vmlinux_xz", soak=True, pack=functools.partial(lzma.compress, preset=1))
@case("x86_64-none-boot_vmlinux_zst", soak=True, pack=lambda data: cache.run("zstd", "-c", input=data))
@case("x86_64-none-boot_bzimage_gz", soak=True, pack=gzip.compress, elf=False, option="-s")
def boot_other_file(story, pack, elf=True, option=""):
    """The kernel as ELF (entered in long mode at 16 MiB) and as a packed file."""
    image = vmlinux() if elf else kernel().vmlinuz
    if pack:
        packed = story.folder / "packed"
        packed.write_bytes(pack(image.read_bytes()))
        image = packed
    boot_disk(story, {"image": image})
    with story.guest(append="quiet", memory="1G" if elf else "512M") as guest:
        guest.boot()
        unpack(guest)
        first = guest.check(MACHINE)
        guest.check(load_linux(option, image="image"))
        kexec(guest, "kexec -e")
        guest.check("grep -q hop=1 /proc/cmdline")
        same_machine(guest, first)


@case("x86_64-none-boot_force", command="-f")
@case("x86_64-none-boot_load_and_exec", soak=True, command="-l -e -x -y")
@case("x86_64-none-boot_shutdown", command="")
def boot_at_once(story, command):
    """Without -e of its own: by force, and through the distribution's shutdown (here a script)."""
    boot_disk(story)
    shutdown = b"#!/bin/sh\n[ \"$*\" = '-r now' ] && exec kexec -e\n"
    with story.guest(append="quiet first=1", memory="512M", files={"/sbin/shutdown": (shutdown, 0o755)}) as guest:
        guest.boot()
        unpack(guest)
        kexec(guest, f"kexec {command} /boot/vmlinuz --initrd=/boot/initrd --reuse-cmdline --append=hop=1")
        line = guest.check("cat /proc/cmdline")
        assert "first=1" in line and "no_timer_check" in line and line.endswith("hop=1\n"), line


@case("x86_64-none-boot_longest_cmdline", option="-c", length=2047)
@case("x86_64-none-boot_longest_cmdline_file_load", soak=True, option="-s", length=2016)
def longest_cmdline(story, option, length):
    """Every byte of the longest command line arrives; one more is refused."""
    boot_disk(story)
    line = f"{LINUX} ".ljust(length - 6, "x") + " hop=1"
    with story.guest(append="quiet", memory="512M") as guest:
        guest.boot()
        unpack(guest)
        command = f"kexec -l {option} /boot/vmlinuz --initrd=/boot/initrd --append="
        code, said = guest.run(f"{command}'x{line}'")
        assert code == 1 and "command line is too long" in said, f"{code}: {said}"
        guest.check(f"{command}'{line}'")
        kexec(guest, "kexec -e")
        assert guest.check("cat /proc/cmdline") == f"{line}\n", "the command line is another one"


@case("x86_64-none-boot_refusals")
def refusals(story):
    """What can't be booted is refused with the reason; -S and -u tell and throw away."""
    cut = vmlinux().read_bytes()[:1 << 20]
    files = {**test_files(), "/cut": cut, "/text": b"hello\n" * 1000, "/cut.gz": gzip.compress(kernel().vmlinuz.read_bytes())[:1 << 16]}
    with story.guest(append="quiet", files=files, memory="512M") as guest:
        guest.boot()

        def refused(command, *words):
            code, said = guest.run(f"kexec {command}")
            assert code == 1, f"kexec {command}: exit {code}: {said}"
            for word in words:
                assert word in said, f"kexec {command} does not say '{word}': {said}"
        refused("-e", "no kernel is loaded")
        refused("-l /cut", "/cut", "truncated")
        refused("-l /text", "/text", "not a bzImage")
        refused("-l /cut.gz", "/cut.gz", "damaged or cut off")
        refused("-l -t elf-x86_64 /test/kexec_test.bzImage", "not an ELF file")
        refused("-l -t elf-x86_64 /test/kexec_test.elf32", "32-bit ELF")
        refused("-l --entry-32bit /test/kexec_test.elf64", "64-bit ELF")
        refused("-l -s /test/kexec_test.elf64", "kexec_file_load", "bzImage")
        refused("-l --mem-max=0x2000000 /test/kexec_test.elf64", "0x2000000", "--mem-max")
        refused("-l -c --mem-min=0x100000000 /test/kexec_test.bzImage", "KiB of free RAM in one piece", "--mem-min")
        refused("-p /test/kexec_test.elf64", "not a bzImage")
        refused("-p --entry-32bit /test/kexec_test.bzImage", "do not go together")
        assert guest.run("kexec -S -l")[0] == 0, "something is loaded"
        guest.check("kexec -l /test/kexec_test.elf64")
        assert guest.run("kexec -S -l")[0] == 1, "nothing is loaded"
        assert guest.run("kexec -S")[0] == 0, "a crash kernel is loaded"
        guest.check("kexec -u && kexec -S -l")
        guest.check("echo 1 > /proc/sys/kernel/kexec_load_disabled")
        refused("-l /test/kexec_test.elf64", "kexec_load_disabled")
