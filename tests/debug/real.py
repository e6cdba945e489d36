"""A real Go project in a folder, looked at by the real collectors and mended by doing the fix's steps."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import anyio

from gomend.apps import registry
from gomend.debug.facts.binding import BreakpointBinding
from gomend.engine.gather import gather
from gomend.model.base import Severity
from gomend.model.facts import Answer, Fact
from gomend.model.finding import Finding
from gomend.model.outcome import Verdict, VerdictKind
from gomend.model.step import EditFile, RemovePath, Run, digest_bytes, edit_text
from gomend.ports.doors import Scope, real_doors

MAIN = """package main

import (
	"fmt"
	"os"

	"example.com/shop/internal/Calc"
)

type order struct {
	id  int
	sum int
}

// main does something that optimisation can fold away.
func main() {
	o := order{id: 1, sum: 20}
	n := Calc.Add(o.sum, o.id)
	_ = os.WriteFile("ran", nil, 0o600)
	fmt.Println(n)
}
"""
CALC = """package Calc

// Add is small enough to be inlined.
func Add(a, b int) int {
	c := a + b
	return c
}
"""
TEST = """package main

import "testing"

func TestNothing(t *testing.T) {
	got := 1
	if got != 1 {
		t.Fatal(got)
	}
}
"""
DEBUG_FLAGS = ("-gcflags=all=-N -l",)
RULES = {rule.code: rule for rule in registry.select(["GM3"])}


class Project:
    """The project's folder and the environment that its tools see."""

    def __init__(self, root: Path, package: str = ".") -> None:
        self.root = root
        self.package = package
        self.environ = {k: v for k, v in os.environ.items() if k not in {"GOFLAGS", "GOWORK", "GOPROXY"}}
        self.environ |= {"GOFLAGS": "", "GOTOOLCHAIN": "local", "GOPROXY": "off", "GOENV": str(root.parent / "goenv")}
        self.write("go.mod", "module example.com/shop\n\ngo 1.22\n")
        self.write(f"{package}/main.go", MAIN)
        self.write("internal/Calc/Calc.go", CALC)

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def launch(self, **config: Any) -> None:
        """Write launch.json with one configuration, as an editor would format it, and a comment."""
        whole = {"version": "0.2.0", "configurations": [{"name": "shop", "type": "go", "request": "launch", **config}]}
        self.write(".vscode/launch.json", "// what we debug\n" + json.dumps(whole, indent=4) + "\n")

    def go(self, *argv: str, cwd: Path | None = None) -> None:
        subprocess.run(["go", *argv], cwd=cwd or self.root, env=self.environ, check=True, capture_output=True)

    def build(self, *flags: str, output: str = "bin/app", cwd: Path | None = None) -> Path:
        target = self.root / output
        self.go("build", "-buildvcs=false", *flags, "-o", str(target), f"./{self.package}", cwd=cwd)
        return target

    def answers(self, facts: set[type[Fact]]) -> dict[type[Fact], Answer]:
        doors = real_doors(self.environ)
        return anyio.run(lambda: gather(facts, Scope(root=str(self.root)), doors))

    def judge(self, *codes: str) -> dict[str, Verdict]:
        """Verdicts of rules (all of the chapter if none is named) on fresh facts."""
        rules = [RULES[code] for code in codes or RULES]
        answers = self.answers({fact for rule in rules for fact in rule.facts | rule.fix_facts})
        return {rule.code: rule.judge(answers) for rule in rules}

    def finding(self, code: str) -> Finding:
        verdict = self.judge(code)[code]
        assert verdict.kind is VerdictKind.FINDING, verdict
        return verdict.findings[0]

    def binding(self) -> BreakpointBinding:
        answer = self.answers({BreakpointBinding})[BreakpointBinding]
        assert isinstance(answer, BreakpointBinding), answer
        return answer

    def bound(self) -> bool:
        (tried,) = self.binding().bindings
        assert not (self.root / "ran").exists()
        return tried.bound

    def mend(self, code: str) -> None:
        """Do the steps of the first fix of a rule's first finding."""
        fix = self.finding(code).fixes[0]
        assert fix.steps, fix
        for step in fix.steps:
            match step:
                case EditFile():
                    path = Path(step.path)
                    raw = path.read_bytes()
                    assert step.before == digest_bytes(raw)
                    path.write_bytes(edit_text(raw, step.edits))
                case RemovePath():
                    Path(step.path).unlink()
                case Run():
                    subprocess.run(step.argv, cwd=step.cwd, env=self.environ | step.env, check=True, capture_output=True)
                case _:
                    raise AssertionError(step)

    def errors(self) -> list[Finding]:
        return [f for v in self.judge().values() for f in v.findings if f.severity is not Severity.INFO]
