# SPDX-License-Identifier: GPL-2.0
"""What a test needs and does not change: Debian's kernel, its symbols, a built module.

Entries live in ${XDG_CACHE_HOME:-~/.cache}/lifeboat under a name that says their
content (package version, hash of the inputs), so a security update or an edit just
makes a new entry.  An entry appears by rename, when it is whole.
"""
import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "lifeboat"
LINUX_TREES_MB = 5000
BUILD = Path(os.environ.get("BUILD", REPO / "build"))


class SetupError(Exception):
    """The machine lacks something; the text says what and what to do."""


def say(text):
    print(f"... {text}", flush=True)


def run(*argv, **kwargs):
    """Runs a command, returns its stdout; a failure shows what it said."""
    done = subprocess.run([str(a) for a in argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kwargs)
    if done.returncode:
        text = done.stderr.decode(errors="replace") or done.stdout.decode(errors="replace")
        raise SetupError(f"{' '.join(map(str, argv))}: exit {done.returncode}: {text.strip()[-2000:]}")
    return done.stdout


def content_hash(*parts):
    """Hash of strings, bytes and the contents of Paths."""
    total = hashlib.sha256()
    for part in parts:
        data = part.read_bytes() if isinstance(part, Path) else part.encode() if isinstance(part, str) else part
        total.update(hashlib.sha256(data).digest())
    return total.hexdigest()[:16]


@contextlib.contextmanager
def _locked():
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _need_disk(need_mb, what):
    free_mb = shutil.disk_usage(CACHE).free >> 20
    if free_mb < need_mb:
        raise SetupError(f"{CACHE}: {need_mb} MB needed for {what}, {free_mb} MB free; "
                         "free some, or set XDG_CACHE_HOME to a larger disk")


def entry(name, make, need_mb=0):
    """The path CACHE/name; make(path) creates it (a file or folder) if it is not there."""
    path = CACHE / name
    if path.exists():
        return path
    with _locked():
        if path.exists():
            return path
        _need_disk(need_mb, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
            make(Path(scratch) / "new")
            (Path(scratch) / "new").rename(path)
    return path


def _package_lists():
    lists = {}
    for name, words in re.findall(r"^(\w+_PACKAGES) := ((?:.*\\\n)*.*)$", (REPO / "tests/packages.mk").read_text(), re.M):
        lists[name] = words.replace("\\\n", " ").split()
    return sum(lists.values(), [])


def need_packages():
    """Installs what tests/packages.mk lists, when it can; says what to do when it can't."""
    have = subprocess.run(["dpkg-query", "-W", "-f=${Package} ${db:Status-Status}\n"], capture_output=True, text=True)
    installed = {line.split()[0] for line in have.stdout.splitlines() if line.endswith(" installed")}
    missing = [p for p in _package_lists() if p not in installed]
    if not missing:
        return
    if os.geteuid():
        raise SetupError(f"not installed: {' '.join(missing)}; run 'make deps' as root, or this command as root")
    say(f"installing {len(missing)} Debian packages: {' '.join(missing)}")
    run("make", "-s", "deps", cwd=REPO)


def _update_lists():
    """Fetches apt's lists, which a new machine may lack and an old one may have outlived."""
    if os.geteuid():
        raise SetupError("apt's package lists are missing or old: run 'apt-get update' as root")
    run("apt-get", "update", "-qq")


def _fetch(package, folder):
    """Downloads a .deb into folder; needs apt's lists, not root."""
    try:
        run("apt-get", "download", "-q", package, cwd=folder)
    except SetupError:
        _update_lists()
        run("apt-get", "download", "-q", package, cwd=folder)
    return next(folder.glob(f"{package}_*.deb"))


CLOUD = "cloud-amd64"	# what nearly every test boots: small, fast


def linux_trees(debug=False):
    """Builds Linux 6.1 with our subsystem in it and without, when that is not done; debug: with KASAN and its like, too."""
    with _locked():
        if not (Path(os.environ.get("UPSTREAM_TREE") or CACHE / "linux-source/upstream") / ".built").exists():
            _need_disk(LINUX_TREES_MB, "two Linux trees")
            say("fetching linux-source-6.1, building it with our kexec and without (some 5 minutes each)")
        if subprocess.run(["make", "-s", "linux", "linux-upstream", *["linux-debug"] * debug], cwd=REPO, stdout=subprocess.DEVNULL).returncode:
            raise SetupError("Linux could not be built")


class Kernel:
    """Debian's stock kernel of today, as apt knows it; series: of another one that Debian 12 has ("6.12"); flavour: amd64
    has all drivers."""

    def __init__(self, series="", flavour=CLOUD):
        self.series, self.flavour = series, flavour
        meta = "-".join(filter(None, ["linux-image", series, flavour]))
        found = self._stock(meta)
        if not found:
            _update_lists()
            found = self._stock(meta)
        if not found:
            raise SetupError(f"apt knows no {meta}: this needs Debian 12's main and security archives")
        self.release, self.version = found.groups()
        self.name = f"linux-{self.version}" + ("" if flavour == CLOUD else f"-{flavour}")

    @staticmethod
    def _stock(meta):
        """(release, version) as a match, out of what the meta package depends on; None."""
        shown = subprocess.run(["apt-cache", "show", "--no-all-versions", meta],
                               capture_output=True, text=True).stdout
        return re.search(r"Depends:.*linux-image-(\S+) \(= (\S+)\)", shown)

    @property
    def folder(self):
        """The unpacked image package, with modules.dep."""
        def make(path):
            say(f"fetching Debian kernel {self.release} ({self.version}), 30 MB, or 70 with all drivers")
            path.mkdir()
            deb = _fetch(f"linux-image-{self.release}", path)
            run("dpkg-deb", "-x", deb, path)
            deb.unlink()
            run("depmod", "-b", path, self.release)
        return entry(f"{self.name}/image", make, 500)

    @property
    def vmlinuz(self):
        return self.folder / f"boot/vmlinuz-{self.release}"

    @property
    def vmlinux(self):
        """The kernel with debug information, for crash, gdb and drgn."""
        def make(path):
            say(f"fetching debug symbols of {self.release}, 283 MB")
            deb = _fetch(f"linux-image-{self.release}-dbg", path.parent)
            with open(path, "wb") as out:
                tar = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE)
                subprocess.run(["tar", "-xO", f"./usr/lib/debug/boot/vmlinux-{self.release}"],
                               stdin=tar.stdout, stdout=out, check=True)
                tar.stdout.close()
                tar.wait()
        return entry(f"{self.name}/vmlinux", make, 1500)

    def modules(self, names):
        """Files of these modules and all they need, in loading order."""
        base = self.folder / f"lib/modules/{self.release}"
        needs = {}
        for line in (base / "modules.dep").read_text().splitlines():
            file, _, rest = line.partition(":")
            needs[Path(file).stem.replace("-", "_")] = [file, *rest.split()]
        order = []
        for name in names:
            for file in reversed(needs.get(name, ())):	# else built in
                if base / file not in order:
                    order.append(base / file)
        return order

    @property
    def headers(self):
        """The header packages, made to work where they are unpacked."""
        def make(path):
            say("fetching kernel headers, 14 MB")
            path.mkdir()
            common = re.sub(r"-cloud-amd64$", "-common", self.release)
            needs = subprocess.run(["apt-cache", "show", "--no-all-versions", f"linux-headers-{self.release}"], capture_output=True, text=True).stdout
            kbuild = re.search(r"linux-kbuild-[^ ,]+", needs)[0]
            for package in (f"linux-headers-{self.release}", f"linux-headers-{common}", kbuild):
                deb = _fetch(package, path)
                run("dpkg-deb", "-x", deb, path)
                deb.unlink()
            final = CACHE / self.name / "headers"
            tree = path / f"usr/src/linux-headers-{self.release}"
            for file in (tree / "Makefile", tree / ".config", tree / ".kernelvariables"):
                if file.exists():
                    text = file.read_text()
                    file.unlink()
                    file.write_text(text.replace("/usr/src/", f"{final}/usr/src/"))
            for link in [p for p in path.rglob("*") if p.is_symlink() and str(p.readlink()).startswith("/")]:
                where = Path(f"{final}{link.readlink()}")
                link.unlink()
                link.symlink_to(where)
        return entry(f"{self.name}/headers", make, 200) / f"usr/src/linux-headers-{self.release}"

    def _built(self, name, *sources):
        """The module NAME.ko made of these files; one without a Kbuild file is all of it."""
        def make(path):
            with tempfile.TemporaryDirectory() as work:
                for source in sources:
                    shutil.copy(source, work)
                if not (Path(work) / "Kbuild").exists():
                    (Path(work) / "Kbuild").write_text(f"obj-m := {name}.o\n")
                run("make", "-C", headers, f"M={work}", "CONFIG_DEBUG_INFO_BTF_MODULES=", "modules")
                shutil.copy(Path(work) / f"{name}.ko", path)
        headers = self.headers
        return entry(f"{self.name}/{name}-{content_hash(*sources)}.ko", make)

    @property
    def stuck_module(self):
        """tests/vm/guest/stuck.c built for this kernel."""
        return self._built("stuck", REPO / "tests/vm/guest/stuck.c")

    @property
    def crashmem(self):
        """kernel/crashmem/ built for this kernel."""
        return self._built("crashmem", *(REPO / "kernel" / name for name in ("crashmem/Kbuild", "crashmem/main.c", "crash_range.c", "crash_range.h")))
