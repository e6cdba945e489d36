"""Write ``src/gomend/cgo/data/libc.json``: which symbols and headers glibc and musl have, and since which glibc.

Symbols come from the tables that zig ships (glibc's own abilist files of every release, and the exports of musl), headers from the
files of Debian's libc6-dev, linux-libc-dev and musl-dev. ``tests/cgoneeds`` compares the result with the libc.so files of this machine.
"""

from __future__ import annotations

import json
import re
import struct
import subprocess
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import ziglang

ZIG = Path(ziglang.__file__).parent / "lib" / "libc"
OUT = Path(__file__).parent.parent / "src/gomend/cgo/data/libc.json"
CPUS = {"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}


class Reader:
    """Bytes one after the other."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.at = 0

    def byte(self) -> int:
        self.at += 1
        return self.raw[self.at - 1]

    def name(self) -> str:
        end = self.raw.index(b"\0", self.at)
        found, self.at = self.raw[self.at : end].decode(), end + 1
        return found

    def short(self) -> int:
        self.at += 2
        return int(struct.unpack_from("<H", self.raw, self.at - 2)[0])

    def number(self) -> int:
        """ULEB128."""
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value


def glibc() -> tuple[list[str], Iterator[tuple[str, str, list[str]]]]:
    """Every version, and (symbol, target, versions)."""
    read = Reader((ZIG / "glibc" / "abilists").read_bytes())
    for _ in range(read.byte()):
        read.name()
    versions = [".".join(map(str, (read.byte(), read.byte(), read.byte()))).removesuffix(".0") for _ in range(read.byte())]
    targets = [read.name() for _ in range(read.byte())]

    def entries() -> Iterator[tuple[str, str, list[str]]]:
        for sized in (False, True, True):
            if read.at >= len(read.raw):
                return
            name = ""
            for _ in range(read.short()):  # one round for each group of targets that has the symbol in the same versions
                name = name or read.name()
                mask = read.number()
                if sized:
                    read.number()
                last = bool(read.byte() & 128)
                found = []
                while True:
                    number = read.byte()
                    found.append(versions[number & 127])
                    if number & 128:
                        break
                for i, target in enumerate(targets):
                    if mask & 1 << i:
                        yield name, target, found
                name = "" if last else name

    return versions, entries()


def key(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


def musl() -> list[str]:
    """Exports of musl on every CPU."""
    text = (ZIG / "musl" / "libc.S").read_text()
    return sorted(set(re.findall(r"(?m)^(?:\.weak|\.globl|WEAK64|WEAKTIME64) (\w+)$", text)))


def headers(*packages: str) -> list[str]:
    """Header names of Debian packages, relative to the folder that compilers search."""
    listed = subprocess.run(["dpkg", "-L", *packages], capture_output=True, text=True, check=True).stdout.split("\n")
    found = set()
    for path in listed:
        match = re.fullmatch(r"/usr/include/(?:x86_64-linux-(?:gnu|musl)/)?((?:[\w+-]+/)*[\w+.-]+\.h)", path)
        if match and "/bits/" not in path:
            found.add(match[1])
    return sorted(found)


def main() -> None:
    versions, entries = glibc()
    first: dict[str, dict[str, str]] = {cpu: {} for cpu in CPUS}
    for name, target, since in entries:
        for cpu, triple in CPUS.items():
            if target == triple:
                lowest = min(since, key=key)
                held = first[cpu].get(name)
                first[cpu][name] = lowest if held is None else min(held, lowest, key=key)
    by_version = {
        cpu: {v: sorted(n for n, s in names.items() if s == v) for v in sorted(set(names.values()), key=key)}
        for cpu, names in first.items()
    }
    data = {
        "schema": "gomend.libc/1",
        "provenance": {
            "glibc": f"abilist files of glibc up to {versions[-1]}, as packed in ziglang {version('ziglang')} (MIT), lib/libc/glibc/abilists",
            "musl": f"exports of musl, as listed in ziglang {version('ziglang')}, lib/libc/musl/libc.S",
            "headers": "files of Debian 12's libc6-dev, linux-libc-dev and musl-dev",
        },
        "glibc": by_version,
        "musl": musl(),
        "headers": {
            "glibc": headers("libc6-dev"),
            "musl": headers("musl-dev"),
            "linux": sorted({h.split("/")[0] for h in headers("linux-libc-dev") if "/" in h}),
        },
    }
    OUT.write_text(json.dumps(data, separators=(",", ":")).replace('],"', '],\n"') + "\n")
    print(OUT, OUT.stat().st_size, {c: len(n) for c, n in first.items()}, len(data["musl"]))


if __name__ == "__main__":
    main()
