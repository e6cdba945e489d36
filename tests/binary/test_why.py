"""``gomend binary why``, ``diff``, ``assert`` and ``sbom`` on files that really do not start, and on those that do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gomend.apps.binaries.causes import Machine, causes
from gomend.apps.cli.schema import schema
from gomend.binary.roots import Root
from tests.binary import roots

GOMEND = str(Path(sys.executable).parent / "gomend")


def gomend(*words: str, cwd: Path | None = None, prefix: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*prefix, GOMEND, "binary", *words], capture_output=True, text=True, check=False, cwd=cwd)


def why(*words: str, prefix: tuple[str, ...] = ()) -> tuple[int, dict[str, Any]]:
    done = gomend("why", *words, "--format", "json", prefix=prefix)
    assert "Traceback" not in done.stderr
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, schema("gomend.binary-why/1"))
    return done.returncode, answer


def starts(path: Path) -> bool:
    """What exec really does, without a shell's help."""
    try:
        return subprocess.run([str(path)], capture_output=True, check=False, timeout=20).returncode in {0, 1}
    except OSError:
        return False


def script(folder: Path, content: bytes, mode: int = 0o755) -> Path:
    path = folder / "script"
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("content", "mode", "cause"),
    [
        (b"#!/bin/sh\nexit 0\n", 0o755, None),
        (b"#!/usr/bin/env sh\nexit 0\n", 0o755, None),
        (b"#!/usr/bin/env -S sh -e\nexit 0\n", 0o755, None),
        (b"#!/bin/sh\nexit 0\n", 0o644, "not-executable"),
        (b"#!/no/such/sh\n", 0o755, "script-interpreter-missing"),
        (b"#!/usr/bin/env no-such-program\n", 0o755, "script-interpreter-missing"),
        (b"#!/bin/sh\r\nexit 0\r\n", 0o755, "script-line-ends"),
        (b"#!/usr/bin/env sh -e\nexit 0\n", 0o755, "script-interpreter-missing"),
        (b"#!\n", 0o755, "exec-format"),
        (b"echo hello\n", 0o755, "exec-format"),
        (b"", 0o755, "exec-format"),
        (b"PK\x03\x04\0\0", 0o755, "exec-format"),
        (b"<!DOCTYPE html><html>", 0o755, "exec-format"),
        (b"MZ\0\0", 0o755, "exec-format"),
        (b"\x7fELF\x02\x01\x01", 0o755, "binary-cut-off"),
    ],
)
def test_scripts_and_other_files(tmp_path: Path, content: bytes, mode: int, cause: str | None) -> None:
    path = script(tmp_path, content, mode)
    code, answer = why(str(path))
    assert [c["cause"] for c in answer["causes"]][:1] == ([cause] if cause else [])
    assert (code, answer["starts"]) == ((1, False) if cause else (0, True))
    if b"env" not in content or cause is None:
        assert starts(path) == (cause is None)


def test_binaries(built, tmp_path: Path) -> None:
    for name, cause in (
        ("linux-amd64", None),
        ("cgo", None),
        ("linux-s390x", "binary-wrong-cpu"),
        ("windows-amd64", "exec-format"),
        ("darwin-arm64", "exec-format"),
        ("cgo-dynamic-musl", None),
    ):
        code, answer = why(str(built(name)))
        assert [c["cause"] for c in answer["causes"]] == ([cause] if cause else []), name
        assert code == (1 if cause else 0)
    assert answer["tried"][0]["exit"] == 0
    cut = tmp_path / "cut"
    cut.write_bytes(built("cgo").read_bytes()[:300_000])
    cut.chmod(0o755)
    assert why(str(cut))[1]["causes"][0]["cause"] == "binary-cut-off"
    assert not starts(cut)


def test_in_other_roots(built, tmp_path: Path) -> None:
    code, answer = why(str(built("cgo")), "--root", str(roots.GLIBC["debian:11"]))
    assert (code, answer["causes"][0]["cause"]) == (1, "glibc-too-new")
    assert "pthread" in answer["causes"][0]["message"]
    assert any("zig cc -target x86_64-linux-gnu.2." in fix for fix in answer["causes"][0]["fixes"])
    assert why(str(built("cgo")), "--root", str(roots.GLIBC["debian:13"]))[0] == 0
    musl = roots.musl(tmp_path)
    assert why(str(built("cgo")), "--root", str(musl))[1]["causes"][0]["cause"] == "interpreter-missing"
    assert why(str(built("cgo-static-musl")), "--root", str(musl))[0] == 0
    code, answer = why(str(built("pie-without-cgo")), "--root", str(musl))
    assert "-buildmode=pie" in answer["causes"][0]["fixes"][0]
    code, answer = why(str(built("cgo")), "--on", "debian:11", "--on", "debian:12", "--on", "scratch")
    assert (code, [c["cause"] for c in answer["causes"]]) == (1, ["glibc-too-new", "interpreter-missing"])


def test_a_missing_library_and_who_wants_it(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("int a(void) { return 1; }\n")
    (tmp_path / "b.c").write_text("int a(void);\nint b(void) { return a(); }\n")
    (tmp_path / "main.c").write_text("int b(void);\nint main(void) { return b() - 1; }\n")
    for words in (
        ["-shared", "-fPIC", "-o", "liba.so", "a.c"],
        ["-shared", "-fPIC", "-o", "libb.so", "b.c", "-L.", "-la", "-Wl,-rpath,$ORIGIN"],
        ["-o", "main", "main.c", "-L.", "-lb", "-Wl,-rpath,$ORIGIN", "-Wl,-rpath-link,."],
    ):
        subprocess.run(["gcc", *words], cwd=tmp_path, check=True)
    assert why(str(tmp_path / "main"))[0] == 0
    assert starts(tmp_path / "main")
    (tmp_path / "liba.so").unlink()
    code, answer = why(str(tmp_path / "main"))
    assert (code, [c["cause"] for c in answer["causes"]]) == (1, ["shared-library-missing"])
    assert "libb.so" in answer["causes"][0]["message"]
    shutil.copy("/usr/aarch64-linux-gnu/lib/libm.so.6", tmp_path / "liba.so")
    assert why(str(tmp_path / "main"))[1]["causes"][0]["cause"] == "library-wrong-arch"


def test_noexec(tmp_path: Path) -> None:
    """A file system mounted so, in a mount name space of its own."""
    line = f"mount -t tmpfs -o noexec none {tmp_path} && cp /bin/true {tmp_path}/true && exec {GOMEND} binary why {tmp_path}/true --format json"
    done = subprocess.run(["unshare", "-rm", "sh", "-c", line], capture_output=True, text=True, check=False)
    assert [c["cause"] for c in json.loads(done.stdout)["causes"]] == ["noexec-mount"], done.stderr


def test_cpu_levels(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module example.com/t\n\ngo 1.20\n")
    (tmp_path / "main.go").write_text("package main\n\nfunc main() {}\n")
    env = {**os.environ, "GOAMD64": "v4", "CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false"}
    subprocess.run(["go", "build", "-o", "t", "."], cwd=tmp_path, env=env, check=True)
    v2 = frozenset({"cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3"})
    found = list(causes(str(tmp_path / "t"), Root(), Machine(arch="amd64", flags=v2)))
    assert [c.slug for c in found] == ["cpu-level-too-new"]
    assert "avx2" in found[0].message.parameters["flags"]
    (tmp_path / "c.c").write_text("int main(void) { return 0; }\n")
    subprocess.run(["gcc", "-march=x86-64-v3", "-mneeded", "-o", "c", "c.c"], cwd=tmp_path, check=True)
    found = list(causes(str(tmp_path / "c"), Root(), Machine(arch="amd64", flags=v2)))
    assert [c.slug for c in found] == ["cpu-level-too-new"]
    done = gomend("assert", "--cpu-max", "v2", str(tmp_path / "t"), str(tmp_path / "c"))
    assert (done.returncode, done.stdout.count("✗ cpu-max=v2")) == (1, 2)


def test_a_crash_is_told_when_asked_to_run(tmp_path: Path) -> None:
    (tmp_path / "c.c").write_text('int main(void) { __asm__("ud2"); }\n')
    subprocess.run(["gcc", "-o", "c", "c.c"], cwd=tmp_path, check=True)
    assert why(str(tmp_path / "c"))[0] == 0
    code, answer = why(str(tmp_path / "c"), "--run")
    assert (code, answer["causes"][0]["cause"]) == (1, "cpu-level-too-new")


def test_diff(built) -> None:
    done = gomend("diff", str(built("linux-amd64")), str(built("cgo")), "--format", "json")
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, schema("gomend.binary-diff/1"))
    changed = {c["what"]: (c["before"], c["after"]) for c in answer["traits"]}
    assert changed["glibc_min"][0] is None
    assert changed["cgo"] == ("false", "true")
    assert {c["what"] for c in answer["libraries"]} == {"libc.so.6"}
    assert any(name.startswith("pthread_") for name in answer["glibc_raised_by"])
    assert ("CGO_ENABLED", "0", "1") in {(c["what"], c["before"], c["after"]) for c in answer["settings"]}
    same = gomend("diff", str(built("cgo")), str(built("cgo")))
    assert (same.returncode, "the same" in same.stdout) == (0, True)


@pytest.mark.parametrize(
    ("words", "name", "code", "failed"),
    [
        (["--static", "--no-cgo", "--arch", "amd64", "--runs-on", "scratch,alpine:3.20"], "linux-amd64", 0, []),
        (
            ["--static", "--glibc-max", "2.28", "--runs-on", "debian:11"],
            "cgo",
            1,
            ["static", "glibc-max=2.28", "runs-on=debian:11"],
        ),
        (["--pie", "--no-rpath", "--relro", "partial", "--nx"], "cgo-pie", 0, []),
        (["--allow", "libm.so.6"], "cgo", 1, ["libraries=libm.so.6"]),
        (["--stripped", "--go", "go1"], "stripped", 0, []),
        (["--debug"], "stripped", 1, ["debug"]),
        (["--arch", "arm64"], "darwin-arm64", 0, []),
    ],
)
def test_assert(built, words: list[str], name: str, code: int, failed: list[str]) -> None:
    done = gomend("assert", *words, str(built(name)), "--format", "json")
    assert done.returncode == code, done.stdout
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, schema("gomend.binary-assert/1"))
    assert [c["condition"] for c in answer["files"][0]["checks"] if not c["ok"]] == failed
    assert all(c["why"] for c in answer["files"][0]["checks"] if not c["ok"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["assert", "/bin/sh"], "condition"),
        (["assert", "--glibc-max", "new", "/bin/sh"], "no version"),
        (["assert", "--runs-on", "plan9", "/bin/sh"], "plan9"),
        (["assert", "--static", "/etc/passwd"], "no ELF"),
        (["diff", "/bin/sh", "/nowhere"], "does not exist"),
        (["sbom", "/bin/sh"], "build information"),
        (["sbom", "/bin/sh", "/bin/ls"], "--output"),
        (["why", "/bin/sh", "--on", "plan9"], "plan9"),
        (["why", "/bin/sh", "--root", "/nowhere"], "nowhere"),
        (["inspect", "/bin/sh", "--root", "/etc/passwd"], "passwd"),
    ],
)
def test_usage(words: list[str], said: str) -> None:
    done = gomend(*words)
    assert done.returncode == 2, done.stdout
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_sbom(built, tmp_path: Path) -> None:
    dlv = Path(__file__).parents[2] / ".cache/tools/bin/dlv"
    done = gomend("sbom", "-o", str(tmp_path), str(dlv), str(built("cgo")))
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads((tmp_path / "dlv.cdx.json").read_text())
    assert found["metadata"]["component"]["name"] == "github.com/go-delve/delve"
    assert len(found["components"]) > 5
    assert json.loads((tmp_path / "cgo.cdx.json").read_text())["metadata"]["component"]["name"] == "example.com/shop"
