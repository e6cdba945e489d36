"""Reading binaries, against `readelf` with `go version -m`, and against pyelftools, on the same files in the same run: ``python bench/binary.py``.

200 ELF files of this machine, the largest ones among them. A row has the whole command with the start of Python; the next one the start alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from run import GOMEND, pair, show

ROUNDS = 7
FOLDERS = ("/usr/bin", "/usr/lib", "/usr/libexec")
PYELFTOOLS = """
import sys
from elftools.elf.elffile import ELFFile
from elftools.elf.dynamic import DynamicSection
from elftools.elf.gnuversions import GNUVerNeedSection
for path in open(sys.argv[1]).read().split("\\n"):
    with open(path, "rb") as file:
        elf = ELFFile(file)
        for segment in elf.iter_segments():
            if segment["p_type"] == "PT_INTERP":
                segment.get_interp_name()
        for section in elf.iter_sections():
            if isinstance(section, DynamicSection):
                [tag.needed for tag in section.iter_tags() if tag.entry.d_tag == "DT_NEEDED"]
            elif isinstance(section, GNUVerNeedSection):
                [[a.name for a in auxiliaries] for _, auxiliaries in section.iter_versions()]
"""


def files(count: int = 200) -> list[str]:
    """The largest quarter by size, and the rest spread evenly over all sizes."""
    goroot = subprocess.run(["go", "env", "GOROOT"], capture_output=True, text=True, check=True).stdout.strip()
    found = []
    for folder in (*FOLDERS, goroot):
        for place, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(place, name)
                try:
                    if not os.path.islink(path) and os.path.isfile(path):
                        with open(path, "rb") as file:
                            if file.read(4) == b"\x7fELF":
                                found.append((os.path.getsize(path), path))
                except OSError:
                    continue
    found.sort(reverse=True)
    large, rest = found[: count // 4], found[count // 4 :]
    return [path for _, path in [*large, *rest[:: max(1, len(rest) // (count - len(large)))]]][:count]


def rows() -> list[dict[str, object]]:
    """All rows of this file."""
    paths = files()
    size = sum(os.path.getsize(p) for p in paths) // 1_000_000
    with tempfile.TemporaryDirectory() as name:
        every, script = Path(name) / "list", Path(name) / "peer.sh"
        every.write_text("\n".join(paths))
        script.write_text(f"xargs readelf -Whld -V < {every}\nxargs go version -m < {every}\nexit 0\n")
        (Path(name) / "peer.py").write_text(PYELFTOOLS)
        ours = [GOMEND, "binary", "inspect", "--format", "json", *paths]
        start = [GOMEND, "binary", "inspect", "--format", "json", "/bin/true"]
        return [
            pair(
                f"binary inspect, {len(paths)} files, {size} MB / readelf + go version -m",
                ours,
                ["sh", str(script)],
                rounds=ROUNDS,
            ),
            pair("the same / pyelftools", ours, [sys.executable, str(Path(name) / "peer.py"), str(every)], rounds=ROUNDS),
            pair("binary inspect, one file / python -c pass", start, [sys.executable, "-c", "pass"], rounds=ROUNDS),
        ]


if __name__ == "__main__":
    show(rows())
