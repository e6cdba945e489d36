"""What go itself says of each damage: it builds most of them without a word, and go mod verify sees none."""

from __future__ import annotations

import json
import re

import pytest

from tests.vendor.world import DAMAGES, GOMEND, LIB, World, at

FAILS = {"file removed", "embedded file removed", "package removed", "module removed"}
REFUSES = {
    "list removed",
    "list: version",
    "list: not explicit",
    "list: replacement removed",
    "list: other replacement",
    "list: replacement added",
    "list: module removed",
    "go.mod moved on",
}
ONLY_OURS = {"vendor/modules.txt is for a workspace, but there is no go.work"}
"""What go says only of the other way round."""


@pytest.mark.parametrize("name", DAMAGES)
def test_what_go_says(world: World, name: str) -> None:
    project = world.copy()
    DAMAGES[name].inflict(project)
    built = world.run(["go", "build", "-mod=vendor", "-o", "/dev/null", "./..."], project)
    verified = world.run(["go", "mod", "verify"], project)
    refused = "inconsistent vendoring" in built.stderr
    said = "refuses" if refused else "fails" if built.returncode else "builds"
    assert said == ("refuses" if name in REFUSES else "fails" if name in FAILS else "builds"), built.stderr
    assert (verified.returncode, verified.stdout) == (0, "all modules verified\n")
    # Where go refuses, prove says the same of modules.txt, line by line.
    if name == "list removed":
        return
    answer = world.prove(project)
    ours = {
        re.sub(r" \(line \d+\)$", "", line)
        for b in answer["bad"]
        if b["what"] == "list-inconsistent"
        for line in b["detail"].split("; ")
    }
    gos = {m[1].replace(": ", " ", 1) for m in re.finditer(r"^\t(\S+: is .*)$", built.stderr, re.MULTILINE)}
    assert ours - ONLY_OURS == gos


def test_go_runs_what_was_slipped_in(world: World) -> None:
    project = world.copy()
    DAMAGES["file added"].inflict(project)
    ran = world.run(["go", "run", "-mod=vendor", "."], project)
    assert (ran.returncode, ran.stderr) == (0, "tampered\n")


def test_the_difference_is_shown(world: World) -> None:
    project = world.copy()
    DAMAGES["file edited"].inflict(project)
    DAMAGES["line ends converted"].inflict(world.copy())
    answer = world.prove(project, "--diff")
    assert [line for line in answer["diff"] if line.startswith(("+", "-"))] == [
        f"--- {LIB}@v1.0.0/lib.go",
        f"+++ vendor/{LIB}/lib.go",
        "+",
        "+func init() { println(`tampered`) }",
    ]
    told = world.run([GOMEND, "mod", "vendor", "prove", "--diff", "--lang", "zh-CN"], project)
    assert told.returncode == 1
    assert "+func init() { println(`tampered`) }" in told.stdout
    assert "file-changed" in told.stdout


def test_the_rule_finds_it_too(world: World) -> None:
    project = world.copy()
    words = [GOMEND, "check", "--probe", "--select", "GM121", "--format", "json"]
    clean = world.run(words, project)
    assert (json.loads(clean.stdout)["findings"], json.loads(clean.stdout)["undetermined"]) == ([], [])
    DAMAGES["file edited"].inflict(project)
    DAMAGES["package added"].inflict(project)
    at(project, "nested/LICENSE").write_text("mine")
    found = json.loads(world.run(words, project).stdout)["findings"]
    names = [f"vendor/{LIB}/evil/evil.go", f"vendor/{LIB}/lib.go", f"vendor/{LIB}/nested/LICENSE"]
    assert sorted(f["subject"]["path"] for f in found) == names
    assert {f["slug"] for f in found} == {"vendor-tampered"}
