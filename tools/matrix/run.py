"""Build the matrix with ``gomend cgo build`` and write ``docs/cgo-matrix.md``: ``python tools/matrix/run.py [--project P]… [--target T]… [--libc L]…``.

Cells that were built before (``docs/cgo-matrix.json``) are kept unless ``--again`` is given. Every cell was built, proved and, where this machine can, run; or it
says why not, in the tool's own words.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from projects import PROJECTS, Project

ROOT = Path(__file__).parents[2]
DATA, PAGE = ROOT / "docs" / "cgo-matrix.json", ROOT / "docs" / "cgo-matrix.md"
ARCHS = ("amd64", "arm64", "arm", "386", "riscv64", "s390x", "ppc64le", "loong64")
LIBCS = ("musl static", "glibc:2.17 dynamic", "glibc:2.28 dynamic", "glibc:2.31 dynamic", "glibc:2.36 dynamic")
OTHERS = ("windows/amd64", "windows/arm64", "windows/386", "darwin/amd64", "darwin/arm64")


def place(project: Project, folder: Path) -> Path:
    """Write a project and resolve its modules."""
    (folder / "go.mod").write_text("module example.com/matrix\n\ngo 1.24\n")
    for name, text in project.files.items():
        (folder / name).write_text(text)
    if project.modules:
        subprocess.run(["go", "get", *project.modules], cwd=folder, check=True, capture_output=True)
        subprocess.run(["go", "mod", "tidy"], cwd=folder, check=True, capture_output=True)
    return folder


def cell(project: Project, folder: Path, target: str, libc: str) -> dict[str, object]:
    """Build one cell."""
    kind, _, link = libc.partition(" ")
    words = ["--target", target, "--libc", kind, "--link", link or "dynamic"]
    system, _, cpu = target.partition("/")
    if project.debian and system == "linux" and (not project.debian_for or cpu in project.debian_for):
        more = (
            ("--release", project.release) if project.release and kind != "musl" else ()
        )  # recipes take the usual one's sources
        made = gomend(
            "cgo",
            "sysroot",
            "make",
            "--target",
            target,
            "--libc",
            kind.partition(":")[0],
            "--format",
            "json",
            *more,
            *project.debian,
        )
        if made.returncode:
            return {"ok": False, "why": made.stderr.strip()[-200:]}
        words += ["--sysroot", json.loads(made.stdout)["path"]]
    started = time.monotonic()
    done = gomend("cgo", "build", *words, str(folder), "-o", str(folder / "out"), "--format", "json")
    seconds = round(time.monotonic() - started, 1)
    if not done.stdout:
        return {"ok": False, "why": done.stderr.strip().removeprefix("gomend: ")[-300:], "seconds": seconds}
    answer = json.loads(done.stdout)
    if not answer["proved"]:
        lines = (answer["error"] or "; ".join((answer["proof"] or {}).get("wrong", ()))).splitlines()
        telling = ("undefined symbol", "undefined reference", "error:", "error")
        why = next((line for word in telling for line in lines if word in line.lower()), lines[-1] if lines else "")
        return {"ok": False, "why": why.strip()[-300:], "toolchain": answer["toolchain"], "seconds": seconds}
    proof = answer["proof"]
    ran = proof["ran"]
    size = (folder / "out").stat().st_size
    return {
        "ok": True,
        "toolchain": answer["toolchain"],
        "ran": f"{ran['with']}: {ran['exit']}" if ran else None,
        "not_run": proof["not_run"],
        "glibc": proof["glibc_min"],
        "size": size,
        "seconds": seconds,
    }


def flags(project: Project, folder: Path) -> list[str]:
    """What each kind of build of a project needs beside CGO_ENABLED and a compiler, with the reason."""
    found: dict[str, list[str]] = {}
    for libc in ("musl static", "glibc:2.28 dynamic"):
        kind, _, link = libc.partition(" ")
        words = ["--target", "linux/arm64", "--libc", kind, "--link", link, str(folder), "-o", str(folder / "out"), "--dry-run"]
        done = gomend("cgo", "build", *words, "--format", "json")
        for reason in json.loads(done.stdout)["reasons"] if done.stdout else ():
            if reason["name"] not in {"CGO_ENABLED", "CC", "CGO_CFLAGS"}:
                value = reason["value"] if not reason["value"].startswith("/") else os.path.basename(reason["value"])
                found.setdefault(f"`{reason['name']} {value}` ({reason['why']})", []).append(libc.split()[0])
    return [f"{flag}: {', '.join(kinds)}" for flag, kinds in found.items()]


def gomend(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gomend", *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )


def needs_page() -> list[str]:
    """The section about flags."""
    lines = [
        "## What each project needs",
        "",
        "Beside CGO_ENABLED=1, CC and CXX (`gomend cgo build --dry-run`, for linux/arm64):",
        "",
    ]
    for project in PROJECTS:
        with tempfile.TemporaryDirectory() as name:
            lines += [f"- {project.name}: {'; '.join(flags(project, place(project, Path(name)))) or 'nothing'}"]
    return [*lines, ""]


def page(data: dict[str, dict[str, object]]) -> str:
    """The page of all cells that were tried."""
    good = sum(bool(c["ok"]) for c in data.values())
    ran = sum(bool(c.get("ran")) for c in data.values())
    lines = [
        "# What `gomend cgo build` makes of real projects",
        "",
        f"Written by `make matrix` (`tools/matrix/run.py`). {len(data)} cells were tried: {good} built and proved, {ran} of them also started (natively or in qemu-user).",
        "",
        "✓ built, proved and started; ○ built and proved, not started here; ✗ not built: the reason stands below.",
        "",
    ]
    places = sorted({k.split("|", 1)[1] for k in data}, key=_order)
    projects = [p.name for p in PROJECTS if any(k.startswith(f"{p.name}|") for k in data)]
    lines += ["| target | " + " | ".join(projects) + " |", "|---|" + "---|" * len(projects)]
    reasons = []
    for place_ in places:
        row = []
        for name in projects:
            found = data.get(f"{name}|{place_}")
            if found is None:
                row.append("")
                continue
            mark = "✗" if not found["ok"] else "✓" if found.get("ran") else "○"
            if found["ok"]:
                row.append(f"{mark} {str(found['toolchain']).split()[0]} {int(str(found['size'])) / 1e6:.1f} MB")
            else:
                reasons.append(f"- {name}, {place_.replace('|', ', ')}: {found['why']}")
                row.append(mark)
        lines.append(f"| {place_.replace('|', ' ')} | " + " | ".join(row) + " |")
    return "\n".join([*lines, "", *needs_page(), *(["## Reasons", "", *reasons, ""] if reasons else [])])


def _order(column: str) -> tuple[int, int, str]:
    target, _, libc = column.partition("|")
    arch = target.partition("/")[2]
    return (not target.startswith("linux"), ARCHS.index(arch) if arch in ARCHS else 99, libc)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--project", action="append")
    parser.add_argument("--target", action="append")
    parser.add_argument("--libc", action="append")
    parser.add_argument("--again", action="store_true")
    asked = parser.parse_args()
    data: dict[str, dict[str, object]] = json.loads(DATA.read_text()) if DATA.exists() else {}
    for project in PROJECTS:
        if asked.project and project.name not in asked.project:
            continue
        with tempfile.TemporaryDirectory() as name:
            folder = None
            for target in asked.target or [*(f"linux/{a}" for a in ARCHS), *OTHERS]:
                for libc in (asked.libc or LIBCS) if target.startswith("linux/") else ("",):
                    key = f"{project.name}|{target}|{libc}" if libc else f"{project.name}|{target}"
                    if key in data and not asked.again:
                        continue
                    folder = folder or place(project, Path(name))
                    made = cell(project, folder, target, libc)
                    data = {**(json.loads(DATA.read_text()) if DATA.exists() else {}), key: made}  # another run may write too
                    print(key, data[key], flush=True)
                    DATA.write_text(json.dumps(dict(sorted(data.items())), indent=1).replace(str(Path.home()), "~") + "\n")
    PAGE.write_text(page(data))


if __name__ == "__main__":
    main()
