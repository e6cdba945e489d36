"""Failures that were observed with the real tools: the first finding must name the cause.

``data/cases.json``: files of a project, ``setup`` (a shell script), environment, command, cause. The command is run for real, except
where a case has a ``log`` that was recorded (compilers of megabytes, privileges).
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.cgo.bench import GO, Bench, zig_script

CASES = json.loads((Path(__file__).parent / "data" / "cases.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=[c["id"] for c in CASES])
def test_first_finding_names_the_cause(case, tmp_path: Path, cache: Path) -> None:
    bench = Bench(tmp_path, cache, case["files"])
    zig = zig_script(tmp_path)

    def fill(text: str) -> str:
        return text.replace("{W}", str(tmp_path)).replace("{ZIG}", str(zig)).replace("{GO}", GO)

    if case["setup"]:
        subprocess.run(["/bin/bash", "-c", fill(case["setup"])], cwd=bench.root, env=bench.env, check=True, capture_output=True)
    bench.env |= {k: fill(v) for k, v in case["env"].items()}
    command = ("/bin/bash", "-c", fill(case["cmd"]))
    if "log" in case:
        log, code = fill(case["log"]), 1
    else:
        done = bench.run(*command)
        log, code = done.stdout + done.stderr, done.returncode
    report = bench.check(log=log, log_source="log", command=command, command_exit=code)
    assert [f.slug for f in report.findings][:1] == [case["cause"]], [(f.code, f.slug, f.title) for f in report.findings]
    assert report.findings[0].fixes
    assert report.findings[0].evidence
