"""What we say of a zip against what golang.org/x/mod says of it: random names, random damage, and zips made to harm."""

from __future__ import annotations

import io
import json
import random
import struct
import subprocess
import tracemalloc
import warnings
import zipfile
import zlib
from pathlib import Path

import pytest

from gomend.golang import zips
from gomend.golang.zips import Archive, ZipError
from gomend.modules.cache.content import Job, read

PREFIX = "example.com/a@v1.0.0/"
CHECKER = Path(__file__).parent / "zipcheck"
NAMES = [
    "a.go", "b.go", "go.mod", "GO.MOD", "sub/go.mod", "sub/x.go", "Sub/x.go", "sub", "sub/", "LICENSE", "a b.txt", "ä.go", "名.go",
    "q?.go", "c:d.go", "..", "../up.go", "/abs.go", "x//y.go", "x/./y.go", "dot.", "dot./x.go", "...", "con", "CON.txt", "aux.c",
    "com1", "lpt9.x/y", "nul/x", "conn.go", "x/", "é.go", "É.go", "a\\b.go", "tab\t.go", "star*.go", 'quote".go', "pipe|.go",
    "tick`.go", "apo'.go", "a-b_c~d^e{f}g[h].go", ".hidden", "_under.go", "-dash.go", "A.GO", "deep/er/and/deeper.txt", "ſ.go", "S.go",
    "\u200b.go", "emoji😀.go", "x" * 200 + ".go", "", "K.go", "k.go", "combining\u0301.go",
]  # fmt: skip


def made(names: list[str], seed: random.Random) -> bytes:
    out = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(out, "w") as archive:  # a name twice is what we want
        for name in names:
            info = zipfile.ZipInfo(name if seed.random() < 0.02 else PREFIX + name)
            info.compress_type = seed.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
            data = (
                b"" if name.endswith("/") else seed.randbytes(seed.choice([0, 1, 50, 3000])) + b"text " * seed.choice([0, 400])
            )
            archive.writestr(info, data)
    return out.getvalue()


def damaged(raw: bytes, seed: random.Random) -> bytes:
    """One random change of bytes."""
    changed = bytearray(raw)
    kind = seed.randrange(7)
    at = seed.randrange(len(changed))
    if kind == 0:
        changed[at] ^= 1 << seed.randrange(8)
    elif kind == 1:
        del changed[at:]
    elif kind == 2:
        del changed[:at]
    elif kind == 3:
        changed += seed.randbytes(seed.randrange(1, 200))
    elif kind == 4:
        changed[:0] = seed.randbytes(seed.randrange(1, 200))
    elif kind == 5:
        found = changed.find(b"PK\1\2", at)
        found = found if found >= 0 else changed.find(b"PK\1\2")
        if found >= 0:
            changed[found + seed.randrange(46)] = seed.randrange(256)
    else:
        end = changed.rfind(b"PK\5\6")
        changed[end + seed.randrange(22)] = seed.randrange(256)
    return bytes(changed)


def ours(path: Path) -> tuple[str, str, str]:
    """What we say: why it is refused, why it cannot be hashed, its hash."""
    raw = memoryview(path.read_bytes())
    try:
        archive = Archive(raw)
    except ZipError as error:
        return str(error), str(error), ""
    check = zips.refused(archive, PREFIX)
    try:
        for member in archive.members:
            _ = archive.data(member)
    except ZipError as error:
        return check, str(error), ""
    found = read(Job(0, str(path), "", PREFIX))
    return check, "", found.h1


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("zipcheck") / "zipcheck"
    subprocess.run(["go", "build", "-o", str(path), "."], cwd=CHECKER, check=True)
    return path


@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(n, marks=pytest.mark.full) for n in range(4, 60))])
def test_as_go_says(checker: Path, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    paths = []
    for number in range(400):
        names = chance.sample(NAMES, chance.randrange(1, 6))
        if chance.random() < 0.1 and names[0]:
            names.append(names[0])
        raw = made(names if chance.random() < 0.6 else ["a.go", "go.mod", "sub/x.go"], chance)
        path = tmp_path / f"{number}.zip"
        path.write_bytes(damaged(raw, chance) if chance.random() < 0.5 else raw)
        paths.append(path)
    done = subprocess.run([str(checker)], input="\n".join(map(str, paths)), capture_output=True, text=True, check=True)
    seen = {"refused": 0, "unreadable": 0, "hashed": 0}
    for path, line in zip(paths, done.stdout.splitlines(), strict=True):
        real = json.loads(line)
        check, hashing, h1 = ours(path)
        assert bool(check) == bool(real["check"]), (path, check, real)
        assert check or bool(hashing) == bool(real["hash"]), (path, hashing, real)
        if not check and not hashing:
            assert h1 == real["h1"], path
            seen["hashed"] += 1
        seen["refused"] += bool(check)
        seen["unreadable"] += bool(hashing)
    assert min(seen.values()) > 40, seen


def look(path: Path) -> tuple[str, int]:
    """What is found, and by how many bytes memory grew."""
    tracemalloc.start()
    try:
        found = read(Job(0, str(path), "", PREFIX))
        return " ".join(kind for kind, _, _ in found.found), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def entry(
    name: str, packed: bytes, size: int, *, crc: int = 0, method: int = 8, declared: int | None = None
) -> tuple[bytes, bytes]:
    raw = (PREFIX + name).encode()
    length = len(packed) if declared is None else declared
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, method, 0, 0, crc, length, size & 0xFFFFFFFF, len(raw), 0) + raw + packed
    central = struct.pack(
        "<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, method, 0, 0, crc, length, size & 0xFFFFFFFF, len(raw), 0, 0, 0, 0, 0, 0
    )
    return local, central + raw


def archive(local: bytes, central: bytes, count: int = 1) -> bytes:
    return local + central + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(central), len(local), 0)


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    """400 MB of zeros in 400 kB; x/mod would unpack it, for it is below its limit: so it is read, in little memory."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = bytes(1 << 20)
    packed = b"".join(packer.compress(block) for _ in range(400)) + packer.flush()
    crc = 0
    for _ in range(400):
        crc = zlib.crc32(block, crc)
    path = tmp_path / "bomb.zip"
    path.write_bytes(archive(*entry("zeros", packed, 400 << 20, crc=crc)))
    kinds, grown = look(path)
    assert kinds == ""
    assert grown < 64 << 20


def test_a_bomb_over_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    parts = [entry(f"f{i}", b"\x03\x00", 300 << 20) for i in range(2)]
    path.write_bytes(archive(parts[0][0] + parts[1][0], parts[0][1] + parts[1][1], 2))
    assert look(path)[0] == "zip-refused"


def test_a_size_that_lies_is_refused(tmp_path: Path) -> None:
    """Four bytes that claim to hold 450 MB; and a member that claims less than it holds."""
    path = tmp_path / "lie.zip"
    path.write_bytes(archive(*entry("f", b"\x03\x00\x00\x00", 450 << 20)))
    kinds, grown = look(path)
    assert kinds == "zip-refused"
    assert grown < 8 << 20
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(bytes(64 << 20)) + packer.flush()
    path.write_bytes(archive(*entry("f", packed, 10)))
    kinds, grown = look(path)
    assert kinds == "zip-corrupt"
    assert grown < 8 << 20


def test_four_gigabytes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "lie.zip"
    path.write_bytes(archive(*entry("f", b"\x03\x00", 0xFFFFFFFF, declared=0xFFFFFFFF)))
    kinds, grown = look(path)
    assert kinds.startswith("zip-")
    assert grown < 8 << 20


def test_a_million_members_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    local, central = entry("f", b"", 0, method=0)
    many = central * 1_000_000
    end64 = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1_000_000, 1_000_000, len(many), len(local))
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, len(local) + len(many), 1)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    path.write_bytes(local + many + end64 + locator + end)
    kinds, grown = look(path)
    assert kinds == "zip-refused"
    assert grown < 8 << 20


def test_a_link_in_the_place_of_a_zip_is_not_followed(tmp_path: Path) -> None:
    real = tmp_path / "real.zip"
    real.write_bytes(made(["a.go"], random.Random(1)))
    link = tmp_path / "link.zip"
    link.symlink_to(real)
    assert [k for k, _, _ in read(Job(0, str(link), "", PREFIX)).found] == ["unreadable"]
