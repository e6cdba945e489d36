"""Sysroots: nothing in a package reaches outside, links work, an interrupted make leaves nothing half, musl libraries are proved by use."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gomend.binary import elf
from gomend.cgo.sysroot import archives, libraries, recipes
from gomend.cgo.sysroot.problem import SysrootProblem


def deb(path: Path, fill: Callable[[tarfile.TarFile], None], kind: str = "xz") -> Path:
    """A package with these files, packed as dpkg-deb packs."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=f"w:{kind}", format=tarfile.GNU_FORMAT) as archive:  # type: ignore[call-overload]
        fill(archive)
    members = (("debian-binary", b"2.0\n"), ("control.tar.xz", b""), (f"data.tar.{kind}", data.getvalue()))
    raw = b"!<arch>\n"
    for name, content in members:
        raw += f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode() + content + b"\n" * (len(content) % 2)
    path.write_bytes(raw)
    return path


def add(archive: tarfile.TarFile, name: str, *, link: str = "", kind: bytes = tarfile.REGTYPE, content: bytes = b"x") -> None:
    member = tarfile.TarInfo(name)
    member.type = tarfile.SYMTYPE if link and kind == tarfile.REGTYPE else kind
    member.linkname = link
    member.size = len(content) if member.type == tarfile.REGTYPE else 0
    archive.addfile(member, io.BytesIO(content) if member.size else None)


@pytest.mark.parametrize(
    "members",
    [
        [("../evil", "")],
        [("/etc/evil", "")],
        [("usr/../../evil", "")],
        [("out", "../.."), ("out/evil", "")],
        [("a", "."), ("b", "a/.."), ("b/evil", "")],
        [("a/b", "../.."), ("a/b/evil", "")],
        [("deep/er/way", "../.."), ("deep/er/way/out", "../../..")],
    ],
)
def test_a_package_that_reaches_outside_is_refused(members: list[tuple[str, str]], tmp_path: Path) -> None:
    package = deb(tmp_path / "p.deb", lambda a: [add(a, n, link=target) for n, target in members])
    (tmp_path / "in").mkdir()
    with pytest.raises(SysrootProblem) as caught:
        archives.unpack_deb(str(package), str(tmp_path / "in/tree"))
    assert caught.value.what == "hostile"
    assert not list(tmp_path.rglob("evil"))


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_devices_and_pipes_are_refused(kind: bytes, tmp_path: Path) -> None:
    package = deb(tmp_path / "p.deb", lambda a: add(a, "dev/null", kind=kind))
    with pytest.raises(SysrootProblem, match="hostile"):
        archives.unpack_deb(str(package), str(tmp_path / "tree"))


def test_a_hard_link_to_a_file_of_this_machine_is_refused(tmp_path: Path) -> None:
    package = deb(tmp_path / "p.deb", lambda a: (add(a, "out", link="../x"), add(a, "y", link="out", kind=tarfile.LNKTYPE)))
    (tmp_path / "x").write_text("secret")
    with pytest.raises(SysrootProblem, match="hostile"):
        archives.unpack_deb(str(package), str(tmp_path / "tree"))
    assert not (tmp_path / "tree/y").exists()


_NAMES = st.sampled_from(["a", "b", "c", "..", ".", "/", "d/e"])
_PATHS = st.lists(_NAMES, min_size=1, max_size=4).map("/".join)


@given(members=st.lists(st.tuples(_PATHS, _PATHS | st.just(""), st.booleans()), max_size=8))
def test_no_order_of_links_and_files_writes_outside(
    members: list[tuple[str, str, bool]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("world")

    def fill(archive: tarfile.TarFile) -> None:
        for name, link, hard in members:
            add(archive, name, link=link, kind=tarfile.LNKTYPE if hard and link else tarfile.REGTYPE)

    package = deb(folder / "p.deb", fill, "gz")
    tree = folder / "in" / "tree"
    tree.mkdir(parents=True)
    problem = ""
    try:
        archives.unpack_deb(str(package), str(tree))
    except SysrootProblem as caught:
        problem = caught.what
    assert problem in {"", "hostile", "unpack"}
    assert {p.name for p in folder.iterdir()} == {"p.deb", "in"}
    assert [p.name for p in tree.parent.iterdir()] == ["tree"]
    if not problem:
        assert all(os.path.realpath(path).startswith(str(tree)) for path in tree.rglob("*"))


def test_absolute_links_lead_into_the_folder(tmp_path: Path) -> None:
    def fill(archive: tarfile.TarFile) -> None:
        add(archive, "./lib/x86_64-linux-gnu/libz.so.1", content=b"library")
        add(archive, "./usr/lib/x86_64-linux-gnu/libz.so", link="/lib/x86_64-linux-gnu/libz.so.1")
        add(archive, "./usr/lib/x86_64-linux-gnu/same.so", link="libz.so")

    package = deb(tmp_path / "p.deb", fill)
    archives.unpack_deb(str(package), str(tmp_path / "tree"))
    link = tmp_path / "tree/usr/lib/x86_64-linux-gnu/libz.so"
    assert not os.readlink(link).startswith("/")
    assert link.read_bytes() == (link.parent / "same.so").read_bytes() == b"library"


def test_manuals_stay_out_and_licences_and_files_stay(tmp_path: Path) -> None:
    kept = ["usr/include/z.h", "usr/share/doc/zlib1g/copyright", "usr/share/pkgconfig/z.pc", "usr/lib/locale/C.utf8/LC_CTYPE"]
    left = ["usr/share/doc/zlib1g/changelog.gz", "usr/share/man/man3/zlib.3.gz", "usr/share/locale/de/LC_MESSAGES/z.mo"]
    package = deb(tmp_path / "p.deb", lambda a: [add(a, f"./{n}") for n in (*kept, *left)])
    archives.unpack_deb(str(package), str(tmp_path / "tree"))
    assert {str(p.relative_to(tmp_path / "tree")) for p in (tmp_path / "tree").rglob("*") if p.is_file()} == set(kept)


@pytest.mark.parametrize("raw", [b"", b"!<arch>\n", b"!<arch>\n" + b"x" * 60, b"PK\x03\x04"])
def test_what_is_no_package_is_said(raw: bytes, tmp_path: Path) -> None:
    (tmp_path / "p.deb").write_bytes(raw)
    with pytest.raises(SysrootProblem, match="unpack"):
        archives.unpack_deb(str(tmp_path / "p.deb"), str(tmp_path / "tree"))


def test_a_recipe_comes_after_what_it_needs_and_debian_names_are_known() -> None:
    order = recipes.chosen(("librdkafka-dev", "zlib1g-dev"))
    assert order.index("librdkafka") > max(order.index(n) for n in ("zlib", "zstd", "openssl"))
    assert order.count("zlib") == 1
    with pytest.raises(SysrootProblem, match="no-recipe"):
        recipes.chosen(("libnone",))
    assert all(r.why and r.steps and r.tools for r in recipes.every().values())


def test_pkg_config_of_a_static_library_names_all_that_it_needs(tmp_path: Path) -> None:
    """The real pkg-config gives without ``--static`` what it gave with it before."""
    (tmp_path / "a.pc").write_text(
        "libdir=/usr/lib\n\nName: a\nDescription: a\nVersion: 1\nRequires.private: b\nLibs: -L${libdir} -la\nLibs.private: -lm -ldl\nCflags: -DA\n"
    )
    (tmp_path / "b.pc").write_text("Name: b\nDescription: b\nVersion: 1\nLibs: -lb\n")
    env = {**os.environ, "PKG_CONFIG_LIBDIR": str(tmp_path)}

    def libs(*words: str) -> str:
        return subprocess.run(["pkg-config", "--libs", *words, "a"], env=env, capture_output=True, text=True, check=True).stdout

    before = libs("--static")
    assert libs() != before
    (tmp_path / "a.pc").write_text(libraries.static_pc((tmp_path / "a.pc").read_text()))
    assert libs().split() == before.split()


def gomend(*words: str, state: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "GOMEND_STATE": str(state), "GOFLAGS": "-buildvcs=false", "GOWORK": "off"}
    return subprocess.run([sys.executable, "-m", "gomend", "cgo", *words], capture_output=True, text=True, check=False, env=env)


def test_what_cannot_be_made_is_said_in_one_line(tmp_path: Path) -> None:
    for words, says in (
        (("--target", "darwin/arm64", "zlib1g-dev"), "darwin/arm64"),
        (("--target", "linux/arm64", "--libc", "musl", "libnone"), "zlib, zstd, libpcap, openssl"),
    ):
        done = gomend("sysroot", "make", *words, state=tmp_path)
        assert done.returncode == 2
        assert says in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "sysroots").exists()


@pytest.mark.full
@pytest.mark.timeout(1500)
def test_musl_libraries_from_source_link_into_a_program_that_runs(tmp_path: Path) -> None:
    """libpcap for another CPU, from Debian's source: static, started in qemu; Debian's own archive cannot be linked with musl."""
    made = gomend(
        "sysroot", "make", "--target", "linux/arm64", "--libc", "musl", "libpcap-dev", "--format", "json", state=tmp_path
    )
    assert made.returncode == 0, made.stderr
    answer: dict[str, Any] = json.loads(made.stdout)
    assert (answer["libc"], answer["asked"]) == ("musl", ["libpcap"])
    root = Path(answer["path"])
    text = 'package main\n\n// #cgo pkg-config: libpcap\n// #include <pcap.h>\nimport "C"\nimport "fmt"\n\nfunc main() { fmt.Println("OK", C.GoString(C.pcap_lib_version())) }\n'
    source = tmp_path / "src"
    source.mkdir()
    (source / "go.mod").write_text("module example.com/shop\n\ngo 1.22\n")
    (source / "main.go").write_text(text)
    done = gomend(
        "build", "--target", "linux/arm64", "--libc", "musl", "--sysroot", str(root), str(source), "-o", str(tmp_path / "out"), "--format", "json",
        state=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["proof"]["ran"] == {"with": "qemu-aarch64", "exit": 0}
    assert elf.inspect(str(tmp_path / "out")).static
    assert gomend("sysroot", "verify", str(root), state=tmp_path).returncode == 0
    # The same inputs give the same bytes, in another folder.
    other = gomend(
        "sysroot", "make", "--target", "linux/arm64", "--libc", "musl", "libpcap", "--format", "json", state=tmp_path / "b"
    )
    again = Path(json.loads(other.stdout)["path"])
    assert json.loads((again / "sysroot.json").read_text())["files"] == json.loads((root / "sysroot.json").read_text())["files"]
    # A changed archive is seen, and a changed cache is compiled anew.
    cached = next((tmp_path / "libraries").glob("arm64-libpcap-*")) / "own/usr/include/pcap.h"
    cached.write_text("changed")
    shutil.rmtree(root)
    assert gomend("sysroot", "make", "--target", "linux/arm64", "--libc", "musl", "libpcap", state=tmp_path).returncode == 0
    assert "changed" not in (root / "own/usr/include/pcap.h").read_text()[:8]


@pytest.mark.full
def test_an_interrupted_make_leaves_nothing_half(tmp_path: Path) -> None:
    """Killed at several moments: each time there is a whole sysroot or none, and the next make gives the same files."""
    words = ("cgo", "sysroot", "make", "--target", "linux/arm64,linux/s390x", "zlib1g-dev", "--format", "json")
    env = {**os.environ, "GOMEND_STATE": str(tmp_path)}
    for seconds in (1.5, 6.0, 9.0, 11.0):
        process = subprocess.Popen(
            [sys.executable, "-m", "gomend", *words],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        for folder in (tmp_path / "sysroots").glob("[!.]*"):
            assert gomend("sysroot", "verify", str(folder), state=tmp_path).returncode == 0
    done = gomend(*words[1:], state=tmp_path)
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [f["target"] for f in found] == ["linux/arm64", "linux/s390x"]
    assert all(gomend("sysroot", "verify", f["path"], state=tmp_path).returncode == 0 for f in found)
    assert [p.name for p in (tmp_path / "sysroots").iterdir() if p.name.startswith(".")] == []
