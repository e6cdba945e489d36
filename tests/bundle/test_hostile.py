"""Bundles made to do harm are refused at once, with little memory, and nothing is written."""

from __future__ import annotations

import hashlib
import io
import json
import os
import resource
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gomend.modules.bundle import tar
from gomend.modules.bundle.manifest import SCHEMA, BundleError, File, Manifest, Module, decoded, encoded
from gomend.modules.bundle.read import Bundle
from gomend.modules.bundle.verify import verify
from gomend.modules.bundle.write import small, write

EMPTY = hashlib.sha256(b"").hexdigest()


def manifest(*files: File, modules: tuple[Module, ...] = (), inherited: tuple[File, ...] = ()) -> Manifest:
    return Manifest(
        schema_=SCHEMA,
        go="go1.21.0",
        toolchains=(),
        tools=(),
        projects=(),
        parent="",
        databases=(),
        modules=modules,
        files=files,
        inherited=inherited,
    )


def named(*names: str) -> bytes:
    return encoded(manifest(*(File(path=n, size=0, sha256=EMPTY) for n in names)))


REFUSED: dict[str, Callable[[], bytes]] = {
    "climbs out": lambda: named("proxy/../../etc/passwd"),
    "absolute": lambda: named("/etc/passwd"),
    "another room": lambda: named("etc/passwd"),
    "empty element": lambda: named("proxy//a"),
    "dots": lambda: named("proxy/..."),
    "backslash": lambda: named("proxy/a\\b"),
    "a line end": lambda: named("proxy/a\nb"),
    "NUL": lambda: named("proxy/a\0b"),
    "not ASCII": lambda: named("proxy/ａ"),
    "twice": lambda: named("proxy/a", "proxy/a"),
    "out of order": lambda: named("proxy/b", "proxy/a"),
    "two spellings": lambda: named("proxy/A", "proxy/a"),
    "file and folder": lambda: named("proxy/a", "proxy/a/b"),
    "very long": lambda: named("proxy/" + "a" * 2000),
    "negative size": lambda: encoded(manifest(File(path="proxy/a", size=-1, sha256=EMPTY))),
    "a size of exabytes": lambda: encoded(manifest(File(path="proxy/a", size=1 << 62, sha256=EMPTY))),
    "no hash": lambda: encoded(manifest(File(path="proxy/a", size=1, sha256="0"))),
    "inherits what climbs out": lambda: encoded(manifest(inherited=(File(path="proxy/../x", size=0, sha256=EMPTY),))),
    "a million files": lambda: named(*(f"proxy/{i:07d}" for i in range(1_000_000))),
    "a million empty names": lambda: b'{"schema":"' + b'","'.join([b""] * 1_000_000) + b'"}',
    "deep": lambda: b"[" * 1_000_000,
    "no JSON": lambda: b"\xff\xfe",
    "another schema": lambda: encoded(manifest()).replace(SCHEMA.encode(), b"gomend.bundle-manifest/9"),
    "an unknown field": lambda: encoded(manifest()).replace(b"{", b'{"more": 1,', 1),
}


def archive(raw: bytes) -> bytes:
    """What the writer would make of a manifest that names only empty files."""
    names = [f["path"] for f in json.loads(raw)["files"]] if raw.startswith(b"{") and b'"files"' in raw else []
    members = [(tar.MANIFEST, raw), *((n, b"") for n in names[:1000]), (tar.FOOTER, tar.footer(raw))]
    return b"".join(tar.header(n, len(d)) + d + tar.padding(len(d)) for n, d in members) + tar.END


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_manifest_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BundleError):
        decoded(REFUSED[name]())


HARM = """
import resource, sys
from gomend.modules.bundle.read import Bundle
from gomend.modules.bundle.manifest import BundleError
base = resource.getrusage(resource.RUSAGE_SELF)
try:
    Bundle(sys.argv[1])
    print("taken")
except BundleError as error:
    print("refused")
after = resource.getrusage(resource.RUSAGE_SELF)
print((after.ru_maxrss - base.ru_maxrss) >> 10, after.ru_utime + after.ru_stime - base.ru_utime - base.ru_stime)
"""


def big(path: Path) -> Iterator[str]:
    """Files that are large in one way or another."""
    path.write_bytes(archive(named(*(f"proxy/{i:07d}" for i in range(300_000)))))
    yield "a manifest of 30 MB"
    with path.open("wb") as out:
        out.write(tar.header(tar.MANIFEST, 20 << 20))
        out.truncate(40 << 30)
    yield "40 GB of nothing"
    raw = encoded(manifest())
    with path.open("wb") as out:
        out.write(tar.header(tar.MANIFEST, len(raw)) + raw + tar.padding(len(raw)))
        for i in range(1_000_000):
            if i % 1000 == 0:
                out.write(b"".join(tar.header(f"proxy/{i + j:07d}", 0) for j in range(1)) * 1000)
    yield "a million members that no manifest names"
    most = named(*(f"proxy/{i:05d}" for i in range(99_000)))
    path.write_bytes(archive(most))
    yield "nearly as many files as are allowed, and none of them there"


def test_large_ones_are_refused_within_2_cpu_seconds_and_64_mb(tmp_path: Path) -> None:
    path = tmp_path / "big.tar"
    seen = 0
    for what in big(path):
        done = subprocess.run([sys.executable, "-c", HARM, str(path)], capture_output=True, text=True, check=True)
        verdict, numbers = done.stdout.splitlines()
        grown, seconds = numbers.split()
        assert (verdict, int(grown) < 64, float(seconds) < 2) == ("refused", True, True), (what, numbers)
        seen += 1
    assert seen == 4
    assert resource.getpagesize() > 0


@pytest.mark.parametrize("kind", ["link", "hard link", "device", "folder", "second manifest", "junk between", "pax header"])
def test_members_that_a_tar_may_have_and_a_bundle_not(tmp_path: Path, bundle: Path, kind: str) -> None:
    """A good bundle written anew by tarfile, with one member more; verify and import refuse it and write nothing."""
    path = tmp_path / "bad.tar"
    with tarfile.open(bundle) as old, tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as new:
        for member in old:
            new.addfile(member, old.extractfile(member))
            if member.name.endswith("a/@v/list"):
                extra = tarfile.TarInfo("proxy/evil")
                if kind == "link":
                    extra.type, extra.linkname = tarfile.SYMTYPE, "/etc"
                elif kind == "hard link":
                    extra.type, extra.linkname = tarfile.LNKTYPE, "/etc/passwd"
                elif kind == "device":
                    extra.type = tarfile.CHRTYPE
                elif kind == "folder":
                    extra.type = tarfile.DIRTYPE
                elif kind == "second manifest":
                    extra.name = tar.MANIFEST
                elif kind == "pax header":
                    extra.pax_headers = {"path": "/etc/evil"}
                new.addfile(extra, io.BytesIO())
    with pytest.raises(BundleError):
        Bundle(str(path))


@given(st.binary(max_size=3000), st.integers(0, 20000), st.sampled_from(["insert", "replace", "cut"]))
def test_random_damage_is_always_found(bundle: Path, data: bytes, at: int, how: str) -> None:
    """Whatever is done to the bytes: refused, or found by reading, or it is the same file."""
    raw = bundle.read_bytes()
    end = at + len(data) if how == "replace" else at
    changed = raw[:at] + (b"" if how == "cut" else data) + (b"" if how == "cut" and at else raw[end:])
    path = bundle.parent / "changed.tar"
    path.write_bytes(changed)
    if changed == raw:
        return
    try:
        with Bundle(str(path)) as opened:
            assert verify(opened, (), {}).bad
    except BundleError:
        return


def test_a_manifest_that_fits_its_files_but_not_their_modules(tmp_path: Path) -> None:
    """Every hash of the archive is right; the zip is one that go would refuse, the .mod another's, the .info of another version."""
    import zipfile

    slip = io.BytesIO()
    with zipfile.ZipFile(slip, "w") as made:
        made.writestr("example.com/a@v1.0.0/../../evil.go", "package evil\n")
    base = "proxy/example.com/a/@v/v1.0.0"
    pieces = [
        small(f"{base}.info", b'{"Version":"v2.0.0"}'),
        small(f"{base}.mod", b"module b\n"),
        small(f"{base}.zip", slip.getvalue()),
        small("proxy/example.com/z/@v/v1.0.0.mod", b"module z\n"),
    ]
    module = Module(module="example.com/a", version="v1.0.0", mod_h1="h1:x", h1="h1:y", by=("go.sum",))
    path = tmp_path / "b.tar"
    write(str(path), manifest(*(p.file for p in pieces), modules=(module,)), pieces)
    with Bundle(str(path)) as opened:
        found = [b.name for b in verify(opened, (), {}).bad]
    assert found == [p.file.path for p in pieces]


def test_a_forged_proof_is_found(world: object, bundle: Path, tmp_path: Path) -> None:
    """An answer with another hash, the manifest with the same one: only the signed tree tells."""
    with Bundle(str(bundle)) as opened:
        pieces = {p: small(p, opened.read(p)) for p in opened.files}
        old = opened.manifest
        key = world.stage.database.key
    lookup = next(p for p in pieces if p.endswith("lookup/example.com/a@v1.0.0"))
    raw = pieces[lookup].data
    start = raw.index(b"/go.mod h1:") + 11
    pieces[lookup] = small(lookup, raw[:start] + b"AAAA" + raw[start + 4 :])
    forged = (raw[start - 3 : start] + b"AAAA" + raw[start + 4 : start + 44]).decode()
    modules = tuple(
        Module(module=m.module, version=m.version, mod_h1=forged, h1=m.h1, by=m.by) if m.module == "example.com/a" else m
        for m in old.modules
    )
    path = tmp_path / "b.tar"
    made = Manifest(
        **{
            **{f: getattr(old, f) for f in old.__struct_fields__},
            "modules": modules,
            "files": tuple(pieces[p].file for p in sorted(pieces)),
        }
    )
    write(str(path), made, list(pieces.values()))
    with Bundle(str(path)) as opened:
        found = verify(opened, (), {"sum.example.com": key})
    assert any("not in the signed tree" in b.said.parameters.get("reason", "") for b in found.bad)
    assert found.proved == 2


@given(st.text("abcXYZ019!-._~/", min_size=1, max_size=260), st.integers(0, 4 << 30))
def test_headers_are_those_that_tarfile_writes(name: str, size: int) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o644, 0
    assert tar.header(name, size) == info.tobuf(tarfile.PAX_FORMAT)


def test_verify_never_writes(world: object, bundle: Path, tmp_path: Path) -> None:
    before = sorted(os.listdir(tmp_path))
    with Bundle(str(bundle)) as opened:
        assert verify(opened, (), {}).bad == ()
    assert sorted(os.listdir(tmp_path)) == before
