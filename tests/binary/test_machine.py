"""Every ELF file of this machine, read by gomend and by ``readelf`` and ``go version -m``: they agree."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from gomend.binary import elf
from gomend.binary.info import BinaryInfo

FOLDERS = ("/usr/bin", "/usr/sbin", "/usr/lib", "/usr/libexec", "/usr/aarch64-linux-gnu/lib")


def elf_files() -> list[str]:
    """All ELF files, links followed once."""
    goroot = subprocess.run(["go", "env", "GOROOT"], capture_output=True, text=True, check=True).stdout.strip()
    found = {}
    for folder in (*FOLDERS, f"{goroot}/bin", f"{goroot}/pkg/tool"):
        for place, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(place, name)
                try:
                    if os.path.islink(path) or not os.path.isfile(path):
                        continue
                    with open(path, "rb") as file:
                        if file.read(4) == b"\x7fELF":
                            found[path] = None
                except OSError:
                    continue
    return sorted(found)


def readelf(paths: list[str]) -> dict[str, str]:
    """What ``readelf`` says of each file."""
    words = ["readelf", "-WhldVS", *paths]
    done = subprocess.run(words, env={**os.environ, "LC_ALL": "C"}, capture_output=True, check=False)
    text = done.stdout.decode(errors="replace")
    if len(paths) == 1:
        return {paths[0]: text}
    parts = re.split(r"^File: (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def said(text: str) -> dict[str, object]:
    """The facts of one file, from readelf's words."""
    dynamic = text[text.find("Dynamic section") :] if "Dynamic section" in text else ""
    needs = text[text.find("Version needs section") :] if "Version needs section" in text else ""
    versions: dict[str, set[str]] = {}
    for line in needs.splitlines():
        if file := re.search(r"File: (\S+)", line):
            versions[file[1]] = set()
        elif (name := re.search(r"Name: (\S+)", line)) and versions:
            versions[list(versions)[-1]].add(name[1])
        elif line.startswith("Version definition"):
            break
    interpreter = re.search(r"\[Requesting program interpreter: (.+)\]", text)
    stack = re.search(r"GNU_STACK .* (R?W?E?) +0x", text)
    relro = " GNU_RELRO " in text
    now = bool(re.search(r"\(BIND_NOW\)|\(FLAGS\).*BIND_NOW|\(FLAGS_1\).*NOW", dynamic))
    return {
        "interpreter": interpreter[1] if interpreter else None,
        "needed": re.findall(r"\(NEEDED\) +Shared library: \[(.*)\]", dynamic),
        "soname": next(iter(re.findall(r"\(SONAME\) +Library soname: \[(.*)\]", dynamic)), None),
        "rpath": re.findall(r"\(R(?:UN)?PATH\) +Library r(?:un)?path: \[(.*)\]", dynamic),
        "versions": versions,
        "relro": ("full" if now else "partial") if relro else "none",
        "nx": stack is not None and "E" not in stack[1],
        "textrel": bool(re.search(r"\(TEXTREL\)|\(FLAGS\).*TEXTREL", dynamic)),
        "stripped": not re.search(r" \.symtab +SYMTAB", text),
        "dwarf": bool(re.search(r" \.z?debug_info ", text)),
    }


def ours(info: BinaryInfo) -> dict[str, object]:
    return {
        "interpreter": info.interpreter,
        "needed": list(info.needed),
        "soname": info.soname,
        "rpath": list(info.rpath),
        "versions": {library: set(names) for library, names in info.versions.items()},
        "relro": info.relro,
        "nx": info.nx,
        "textrel": info.textrel,
        "stripped": info.stripped,
        "dwarf": info.dwarf,
    }


def differences(paths: list[str]) -> list[str]:
    bad = []
    for start in range(0, len(paths), 40):
        part = paths[start : start + 40]
        for path, text in readelf(part).items():
            mine, theirs = ours(elf.inspect(path)), said(text)
            bad += [f"{path}: {name} {mine[name]!r} / {theirs[name]!r}" for name in mine if mine[name] != theirs[name]]
    return bad


def test_a_sample_agrees_with_readelf() -> None:
    paths = elf_files()
    assert len(paths) > 500
    assert differences(paths[:: len(paths) // 60]) == []


@pytest.mark.full
@pytest.mark.timeout(1200)
def test_all_files_agree_with_readelf() -> None:
    assert differences(elf_files()) == []


def go_version(path: str) -> dict[str, object] | None:
    done = subprocess.run(["go", "version", "-m", "-json", path], capture_output=True, text=True, check=False)
    return json.loads(done.stdout) if done.returncode == 0 and done.stdout.strip() else None


@pytest.mark.parametrize("part", [0, 1])
def test_go_binaries_agree_with_go_version(part: int) -> None:
    goroot = subprocess.run(["go", "env", "GOROOT"], capture_output=True, text=True, check=True).stdout.strip()
    paths = [f"{goroot}/bin/go", f"{goroot}/bin/gofmt", str(Path(__file__).parents[2] / ".cache/tools/bin/dlv"), "/bin/sh"]
    for path in paths[part::2]:
        theirs, mine = go_version(path), elf.inspect(path).go
        assert (theirs is None) == (mine is None), path
        if theirs is None or mine is None:
            continue
        assert theirs["GoVersion"] == mine.version
        assert theirs["Path"] == mine.path
        main = theirs.get("Main") or {}
        assert isinstance(main, dict)
        assert (main.get("Path", ""), main.get("Version", "")) == (mine.module, mine.module_version)
        deps = theirs.get("Deps") or []
        assert isinstance(deps, list)
        assert [(d["Path"], d["Version"], d.get("Sum", "")) for d in deps] == [(d.path, d.version, d.sum) for d in mine.deps]
        settings = theirs.get("Settings") or []
        assert isinstance(settings, list)
        assert {s["Key"]: s.get("Value", "") for s in settings} == mine.settings
