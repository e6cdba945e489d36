"""Write ``src/gomend/cgo/data/libraries.json`` from ``cgo_libraries.txt``, and check its Debian names: ``cgo_libraries.py [--verify]``.

``--verify`` asks apt-file (run ``apt-file update`` first) which package has each header, and marks what agrees as verified. Names of
other distributions were written down from their package indexes and stay unverified until somebody checks them there.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).with_suffix(".txt")
OUT = Path(__file__).parent.parent / "src/gomend/cgo/data/libraries.json"
LISTS = ("headers", "pkg_config", "libs")
NAMES = ("debian", "alpine", "fedora", "homebrew", "vcpkg")


def rows() -> list[dict[str, object]]:
    found = []
    for line in SOURCE.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split("|")]
        assert len(cells) == 9, line
        row: dict[str, object] = {"name": cells[0]}
        row |= {key: cell.split() for key, cell in zip(LISTS, cells[1:4], strict=True) if cell}
        row |= {key: cell for key, cell in zip(NAMES, cells[4:], strict=True) if cell}
        found.append(row)
    return found


def debian() -> dict[str, set[str]]:
    """Path below /usr/include (without the multiarch folder) or pkg-config name → packages of this Debian release."""
    words = ["apt-file", "search", "--regexp", r"^/usr/(include|lib/x86_64-linux-gnu/pkgconfig|lib/pkgconfig|share/pkgconfig)/"]
    text = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    found: dict[str, set[str]] = {}
    for line in text.splitlines():
        package, _, path = line.partition(": ")
        path = re.sub(r"^/usr/include/(x86_64-linux-gnu/)?", "", path.strip())
        path = re.sub(r"^/usr/(lib|share)/(x86_64-linux-gnu/)?pkgconfig/", "", path)
        found.setdefault(path, set()).add(package)
        parts = path.split("/")
        for i in range(1, len(parts)):
            found.setdefault("/".join(parts[:i]) + "/", set()).add(package)
        if len(parts) > 1:  # headers in a folder of their own, which pkg-config names
            found.setdefault("/".join(parts[1:]), set()).add(package)
            for i in range(2, len(parts)):
                found.setdefault("/".join(parts[1:i]) + "/", set()).add(package)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--verify", action="store_true")
    verify = parser.parse_args().verify
    old = {row["name"]: row for row in json.loads(OUT.read_text())["libraries"]} if OUT.exists() else {}
    libraries = rows()
    held = debian() if verify else {}
    wrong = 0
    for row in libraries:
        before = old.get(row["name"], {})
        if not verify:
            same = {k: v for k, v in before.items() if k != "verified"} == row
            if same and "verified" in before:
                row["verified"] = before["verified"]
            continue
        keys = [*row.get("headers", ()), *(f"{n}.pc" for n in row.get("pkg_config", ()))]  # type: ignore[attr-defined]
        there = [key for key in keys if row.get("debian") in held.get(key, ())]
        if row.get("debian") and there:
            row["verified"] = ["debian"]
        elif row.get("debian"):
            wrong += 1
            print(row["name"], row["debian"], "not found; has", {k: sorted(held.get(k, ()))[:4] for k in keys})
    data = {
        "schema": "gomend.libraries/1",
        "provenance": {
            "debian": "compared with the Contents index of Debian 12 (bookworm, amd64) by apt-file where marked verified",
            "alpine": "pkgs.alpinelinux.org, written down by hand, unverified",
            "fedora": "packages.fedoraproject.org, written down by hand, unverified",
            "homebrew": "formulae.brew.sh, written down by hand, unverified",
            "vcpkg": "vcpkg.io/en/packages, written down by hand, unverified",
        },
        "libraries": libraries,
    }
    lines = ",\n".join(json.dumps(row) for row in libraries)
    head = json.dumps({k: v for k, v in data.items() if k != "libraries"}, indent=1)[:-2]
    OUT.write_text(f'{head},\n "libraries": [\n{lines}\n]}}\n')
    print(
        OUT.name,
        len(libraries),
        "libraries,",
        sum("verified" in row for row in libraries),
        "verified on Debian,",
        wrong,
        "wrong",
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
