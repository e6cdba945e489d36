"""Repositories made up at random, with everything that makes a module zip hard, written by ``git fast-import``."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

_FILES = (
    "a.go", "b_test.go", "doc/readme.md", "LICENSE", "sub/LICENSE", "vendor/modules.txt", "vendor/x.com/y/y.go", "vendor/top.go",
    "pkg/vendor/vendor.go", "pkg/vendor/z/z.go", "nested/mod/deep.go", "sub/s.go", "sub/inner/t.go", "v2/two.go", "sub/v3/three.go", "sub/vendor/q.go",
    ".gitattributes", "export.txt", "Ünïcode.go", "space in name.txt", "sub/.hidden", ".hg_archival.txt", "empty.txt",
)  # fmt: skip
_MODS = ("go.mod", "sub/go.mod", "nested/mod/go.mod", "v2/go.mod", "sub/v3/go.mod", "nested/GO.MOD")
_TAGS = (
    "v0.1.0", "v0.2.0-rc.1", "v1.0.0", "v1.0.1", "v1.2.0-pre", "v1.2.0", "v2.0.0", "v2.1.0", "v3.0.0", "v1.3", "v1.4.0+meta", "v1.05.0", "release-1",
    "sub/v0.1.0", "sub/v1.0.0", "sub/v3.0.0", "sub/v3.1.0-beta.2", "nested/mod/v0.0.1", "v0.0.0-20200101000000-abcdefabcdef", "V1.9.0", "sub/v2.0.0",
)  # fmt: skip


def make(folder: Path, name: str, seed: int) -> tuple[list[str], list[str]]:
    """A repository ``folder/name``; module paths that may be in it, and revisions to ask for."""
    dice = random.Random(seed)
    root = f"example.com/{name}.git"
    stream: list[bytes] = []
    tree: dict[str, tuple[str, bytes]] = {}
    marks: list[tuple[int, str]] = []
    branches = ["main", "side"]
    when = 1_600_000_000 + dice.randrange(10_000_000)
    last: dict[str, int] = {}
    for mark in range(1, dice.randrange(3, 8)):
        for path in dice.sample(_FILES, dice.randrange(1, 9)):
            tree[path] = _content(dice, path)
        for path in _MODS:
            if dice.random() < {"go.mod": 0.45, "sub/go.mod": 0.5, "nested/GO.MOD": 0.03}.get(path, 0.35):
                tree[path] = ("100644", _mod(dice, root, path))
            elif dice.random() < 0.2:
                tree.pop(path, None)
        if dice.random() < 0.3:
            tree["link.go"] = ("120000", b"a.go")
        if dice.random() < 0.2:
            tree["run.sh"] = ("100755", b"#!/bin/sh\n")
        if dice.random() < 0.2:
            tree["third"] = ("160000", b"1" * 40)
        when += dice.randrange(1, 90_000)
        branch = dice.choice(branches) if mark > 1 else "main"
        stream.append(
            f"commit refs/heads/{branch}\nmark :{mark}\ncommitter A <a@example.com> {when} +0{dice.randrange(3)}00\n".encode()
        )
        stream.append(b"data 1\nx\n")
        if branch in last:
            stream.append(f"from :{last[branch]}\n".encode())
        elif last:
            stream.append(f"from :{last['main']}\n".encode())
        last[branch] = mark
        stream.append(b"deleteall\n")
        for path, (mode, data) in tree.items():
            if mode == "160000":
                stream.append(f"M 160000 {data.decode()} {path}\n".encode())
            else:
                stream.append(f"M {mode} inline {path}\ndata {len(data)}\n".encode() + data + b"\n")
        marks.append((mark, branch))
        for tag in dice.sample(_TAGS, dice.randrange(0, 4)):
            if not any(f"refs/tags/{tag}\n".encode() in piece or f"tag {tag}\n".encode() in piece for piece in stream):
                if dice.random() < 0.3:
                    stream.append(f"tag {tag}\nfrom :{mark}\ntagger A <a@example.com> {when + 5} +0000\ndata 1\nt\n".encode())
                else:
                    stream.append(f"reset refs/tags/{tag}\nfrom :{mark}\n\n".encode())
    place = folder / name
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(place)], check=True)
    subprocess.run(["git", "fast-import", "--quiet"], cwd=place, input=b"".join(stream), check=True)
    hashes = subprocess.run(["git", "rev-list", "--all"], cwd=place, capture_output=True, text=True, check=True).stdout.split()
    paths = [root, f"{root}/sub", f"{root}/v2", f"{root}/sub/v3", f"{root}/nested/mod"]
    chosen = dice.sample(hashes, min(2, len(hashes)))
    queries = [
        "v0.1.0",
        "v1.0.0",
        "v1.2.0",
        "v2.0.0",
        "v2.0.0+incompatible",
        "v3.0.0",
        "v3.1.0-beta.2",
        "v1.4.0+meta",
        "main",
        "side",
    ]
    queries += ["release-1", *(h[:12] for h in chosen), chosen[0]]
    return paths, queries


def _content(dice: random.Random, path: str) -> tuple[str, bytes]:
    if path == ".gitattributes":
        return "100644", b"export.txt export-subst\ndoc export-ignore\n*.go text eol=crlf\n"
    if path == "export.txt":
        return "100644", b"$Format:%H$ of %d\n"
    if path == "empty.txt":
        return "100644", b""
    return "100644", f"{path} {dice.randrange(5)}{dice.choice([chr(10), chr(13) + chr(10)])}".encode()


def _mod(dice: random.Random, root: str, path: str) -> bytes:
    folder = path.rpartition("/")[0]
    module = f"{root}/{folder}".rstrip("/")
    if path == "go.mod":
        module = dice.choice([root, root, root, f"{root}/v2", "example.com/other"])
    go = dice.choice(["go 1.21\n", "go 1.24\n", "go 1.23.4\n", ""])
    retract = dice.choice(["", "", "retract v1.2.0\n", "retract (\n\tv1.0.0 // oops\n\t[v0.1.0, v0.2.0]\n)\n"])
    return f"module {module}\n\n{go}{retract}".encode()
