"""Breakpoints that really do not bind in a real dlv, mended by the rule's own fix, and then do."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from gomend.apps import registry
from gomend.debug.facts.binding import BreakpointBinding
from gomend.engine.check import judge as judge_all
from gomend.engine.gather import gather
from gomend.model.base import Cost, Severity
from gomend.model.facts import Unknown
from gomend.model.outcome import VerdictKind
from gomend.ports.doors import Doors, Scope, real_doors
from gomend.ports.processes import Runner
from tests.debug.real import Project

DEBUG = "-gcflags=all=-N -l"
BIN = "${workspaceFolder}/bin/app"
TASK = {"label": "build", "type": "shell", "command": "go"}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "Shop")


def trimpath_binary(p: Project) -> None:
    p.build(DEBUG, "-trimpath")
    p.launch(mode="exec", program=BIN)


def trimpath_flags(p: Project) -> None:
    p.launch(mode="debug", program="${workspaceFolder}", buildFlags="-trimpath")


def trimpath_file(p: Project) -> None:
    p.launch(mode="debug", program="${workspaceFolder}/main.go", buildFlags=["-trimpath"])


def trimpath_goflags(p: Project) -> None:
    p.environ["GOFLAGS"] = "-trimpath"
    p.launch(mode="auto", program="${workspaceFolder}")


def trimpath_test(p: Project) -> None:
    p.write("main_test.go", 'package main\n\nimport "testing"\n\nfunc TestX(t *testing.T) {\n\tt.Log(1)\n}\n')
    p.launch(mode="test", program="${workspaceFolder}", env={"GOFLAGS": "-trimpath"})


def reversed_rule(p: Project) -> None:
    p.build(DEBUG, "-trimpath")
    p.launch(mode="exec", program=BIN, substitutePath=[{"from": "example.com/shop", "to": "${workspaceFolder}"}])


def elsewhere(p: Project, rules: list[dict[str, str]] | None = None) -> Path:
    """Build in a second checkout."""
    other = p.root.parent / "other"
    subprocess.run(["cp", "-r", str(p.root), str(other)], check=True)
    p.build(DEBUG, cwd=other)
    p.launch(mode="exec", program=BIN, **({"substitutePath": rules} if rules else {}))
    return other


def other_checkout(p: Project) -> None:
    elsewhere(p)


def rule_of_an_older_build(p: Project) -> None:
    p.build(DEBUG)
    p.launch(mode="exec", program=BIN, substitutePath=[{"from": "${workspaceFolder}", "to": "example.com/shop"}])


def wrong_order(p: Project) -> None:
    p.package = "cmd/app"
    p.write("cmd/app/main.go", (p.root / "main.go").read_text())
    other = str(p.root.parent / "other")
    root = {"from": "${workspaceFolder}", "to": "/nowhere"}
    elsewhere(p, [root, {"from": "${workspaceFolder}/cmd", "to": f"{other}/cmd"}])


def unclean(p: Project) -> None:
    elsewhere(p, [{"from": "${workspaceFolder}/../Shop", "to": str(p.root.parent / "other")}])


def relative(p: Project) -> None:
    elsewhere(p, [{"from": "./", "to": str(p.root.parent / "other") + "/"}])


def stripped_flags(p: Project) -> None:
    p.launch(mode="debug", program="${workspaceFolder}", buildFlags="-ldflags='-s -w -X main.v=1'")


def stripped_task(p: Project) -> None:
    p.build(DEBUG, "-ldflags=-s -w")
    args = ["build", DEBUG, "-ldflags", "-s -w", "-o", "bin/app", "."]
    p.write(".vscode/tasks.json", json.dumps({"version": "2.0.0", "tasks": [{**TASK, "args": args}]}, indent=2))
    p.launch(mode="exec", program=BIN, preLaunchTask="build")


def stripped_make(p: Project) -> None:
    p.build("-ldflags=-w", DEBUG)
    p.write("Makefile", 'FLAGS = -gcflags="all=-N -l"\n\nbin/app: main.go\n\tgo build $(FLAGS) -ldflags=-w -o $@ .\n')
    p.launch(mode="exec", program=BIN)


def optimised_task(p: Project) -> None:
    p.build()
    p.write(".vscode/tasks.json", json.dumps({"tasks": [{**TASK, "command": "go build -o bin/app ."}]}))
    p.launch(mode="exec", program=BIN, preLaunchTask="build")


def own_gcflags(p: Project) -> None:
    p.launch(mode="debug", program="${workspaceFolder}", buildFlags="-gcflags=-l")


def not_used(p: Project) -> None:
    p.write("lib/go.mod", "module example.com/lib\n\ngo 1.22\n")
    p.write("go.work", "go 1.22\n\nuse ./lib\n")
    p.launch(mode="debug", program="${workspaceFolder}")


def mod_mod(p: Project) -> None:
    p.write("go.work", "go 1.22\n\nuse (\n\t.\n)\n")
    p.launch(mode="debug", program="${workspaceFolder}", env={"GOFLAGS": "-mod=mod"})


def not_main(p: Project) -> None:
    p.write("cmd/app/main.go", (p.root / "main.go").read_text())
    p.write("main.go", "// Package shop.\npackage shop\n")
    p.launch(mode="debug", program="${workspaceFolder}")


BROKEN: list[tuple[str, Callable[[Project], None]]] = [
    ("GM301", trimpath_binary),
    ("GM301", trimpath_flags),
    ("GM301", trimpath_file),
    ("GM301", trimpath_goflags),
    ("GM301", trimpath_test),
    ("GM302", reversed_rule),
    ("GM303", wrong_order),
    ("GM304", stripped_flags),
    ("GM304", stripped_task),
    ("GM304", stripped_make),
    ("GM305", optimised_task),
    ("GM307", own_gcflags),
    ("GM309", unclean),
    ("GM310", relative),
    ("GM314", not_used),
    ("GM314", mod_mod),
    ("GM317", not_main),
    ("GM322", other_checkout),
    ("GM322", rule_of_an_older_build),
]


@pytest.mark.parametrize(("code", "breaks"), BROKEN, ids=lambda v: v if isinstance(v, str) else v.__name__)
def test_unbound_then_mended_then_bound(project: Project, code: str, breaks: Callable[[Project], None]) -> None:
    breaks(project)
    assert not project.bound()
    assert project.judge("GM360")["GM360"].kind is VerdictKind.FINDING
    remarks = (project.root / ".vscode/launch.json").read_text().count("// what we debug")
    project.mend(code)
    assert project.judge(code)[code].kind is VerdictKind.CLEAN
    assert project.bound()
    assert (project.root / ".vscode/launch.json").read_text().count("// what we debug") == remarks == 1


def healthy_debug(p: Project) -> None:
    p.launch(mode="debug", program="${workspaceFolder}")


def healthy_exec(p: Project) -> None:
    p.build(DEBUG)
    p.launch(mode="exec", program=BIN)


def healthy_pie(p: Project) -> None:
    p.build(DEBUG, "-buildmode=pie")
    p.launch(mode="exec", program=BIN)


def healthy_debuglink(p: Project) -> None:
    binary = str(p.build(DEBUG))
    subprocess.run(["objcopy", "--only-keep-debug", binary, f"{binary}.debug"], check=True)
    subprocess.run(["objcopy", "--strip-debug", binary], check=True)
    subprocess.run(["objcopy", f"--add-gnu-debuglink={binary}.debug", binary], check=True)
    p.launch(mode="exec", program=BIN)


def healthy_release_makefile(p: Project) -> None:
    p.write("Makefile", 'release:\n\tgo build -trimpath -ldflags="-s -w" -o dist/app .\n')
    p.write("Dockerfile", 'FROM golang\nWORKDIR /app\nCOPY . .\nRUN go build -ldflags="-s -w" -o /a .\nCMD ["/a"]\n')
    p.launch(mode="debug", program="${workspaceFolder}", buildFlags="-tags=dev -ldflags=-X=main.v=1")


@pytest.mark.parametrize(
    "makes", [healthy_debug, healthy_exec, healthy_pie, healthy_debuglink, healthy_release_makefile], ids=lambda f: f.__name__
)
def test_healthy_projects_bind_and_are_left_in_peace(project: Project, makes: Callable[[Project], None]) -> None:
    makes(project)
    assert project.bound()
    assert project.errors() == []


def test_a_debug_file_of_another_build_is_named(project: Project) -> None:
    healthy_debuglink(project)
    with (project.root / "bin/app.debug").open("ab") as file:
        file.write(b"\0")
    finding = project.finding("GM319")
    assert any("another checksum" in e.quote for e in finding.evidence)
    assert not project.bound()


def test_strip_after_a_clean_build_is_only_hinted_at(project: Project) -> None:
    project.launch(mode="exec", program=BIN)
    subprocess.run(["strip", str(project.build(DEBUG))], check=True)
    fix = project.finding("GM304").fixes[0]
    assert not fix.steps
    assert any(hint.startswith("rm ") for hint in fix.hints)
    assert not project.bound()


def test_a_windows_rule_lower_cases_what_others_map(project: Project) -> None:
    project.package = "cmd/App"
    project.write("cmd/App/main.go", (project.root / "main.go").read_text())
    other = elsewhere(project, [{"from": "C:\\shop", "to": "/shop"}, {"from": "${workspaceFolder}", "to": "OTHER"}])
    text = (project.root / ".vscode/launch.json").read_text()
    project.write(".vscode/launch.json", text.replace("OTHER", str(other)))
    assert not project.bound()
    assert project.finding("GM308").message.parameters["windows"] == "C:\\shop"
    project.write(".vscode/launch.json", text.replace("OTHER", str(other)).replace("C:\\\\shop", "/elsewhere"))
    assert project.bound()
    assert project.judge("GM308")["GM308"].kind is VerdictKind.CLEAN


def test_no_debug_takes_no_breakpoints_and_is_mended(project: Project) -> None:
    project.launch(mode="debug", program="${workspaceFolder}", noDebug=True)
    project.mend("GM315")
    assert project.bound()


def test_the_cause_explains_the_unbound_breakpoint(project: Project) -> None:
    trimpath_binary(project)
    rules = registry.select(["GM301", "GM360"])
    answers = project.answers({fact for rule in rules for fact in rule.facts | rule.fix_facts})
    report = judge_all(rules, answers, depth=Cost.DEEP)
    root, below = report.findings
    assert (root.code, below.code) == ("GM301", "GM360")
    assert below.explained_by == root.fingerprint
    assert root.severity is Severity.ERROR
    quotes = [e.quote for e in below.evidence]
    assert any(q.startswith("could not find file") for q in quotes)


def test_a_build_error_is_told_with_the_words_of_go(project: Project) -> None:
    project.launch(mode="debug", program="${workspaceFolder}", buildFlags="-no-such-flag")
    finding = project.finding("GM360")
    assert any("flag provided but not defined" in e.quote for e in finding.evidence)


def test_a_recording_or_an_example_starts_no_dlv(project: Project) -> None:
    healthy_debug(project)
    doors = real_doors(project.environ)
    replayed = Doors(runner=Answered(doors.runner), files=doors.files, environ=doors.environ, http=doors.http)
    answers = anyio.run(lambda: gather({BreakpointBinding}, Scope(root=str(project.root)), replayed))
    assert answers[BreakpointBinding] == Unknown(reason="a conversation with dlv cannot be replayed")


class Answered:
    """A runner that is none of the real ones."""

    live = False

    def __init__(self, inner: Runner) -> None:
        self.which = inner.which
        self.run = inner.run
