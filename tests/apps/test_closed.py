"""--offline opens no socket; the same facts give the same bytes; the help path imports nothing heavy."""

from __future__ import annotations

import itertools
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from gomend.apps import registry
from gomend.engine.check import judge
from gomend.engine.gather import gather
from gomend.model.base import Cost
from gomend.model.message import FindingSeen
from gomend.model.text import Translator
from gomend.outputs.machine import as_json
from gomend.outputs.run import Run
from gomend.ports.memory import World, scope_of


@pytest.fixture
def project(tmp_path: Path, home: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "go.mod").write_text("module example.com/x\n\ngo 1.22\n\nrequire corp.example.com/pay v1.0.0\n")
    (folder / "main.go").write_text('package main\n\nimport _ "corp.example.com/pay"\n\nfunc main() {}\n')
    (folder / "gomend.toml").write_text("private = ['corp.example.com']\n")
    return folder


COMMANDS = (
    ("check", "--offline", "--format", "json"),
    ("check", "--offline", "--probe", "--format", "json"),
    ("check", "--offline", "--deep", "--format", "json"),
    ("plan", "--offline", "--format", "json"),
    ("facts", "--offline", "--format", "json", "--probe"),
)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_offline_opens_no_socket(project: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    """In an empty network namespace, under strace: no Internet socket by gomend or by anything that it starts."""
    trace = tmp_path / "trace"
    argv = ["unshare", "--map-root-user", "--net"] if os.geteuid() else ["unshare", "--net"]
    argv += ["strace", "-f", "-qq", "-e", "trace=socket", "-o", str(trace), sys.executable, "-m", "gomend", *words]
    done = subprocess.run(argv, cwd=project, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode in {0, 1}, done.stderr
    json.loads(done.stdout)
    calls = trace.read_text().splitlines()
    assert [line for line in calls if "AF_INET" in line or "AF_NETLINK" in line] == []


def test_strace_would_see_a_socket(project: Path, tmp_path: Path) -> None:
    """The check above can fail."""
    trace = tmp_path / "trace"
    argv = [
        "strace",
        "-f",
        "-qq",
        "-e",
        "trace=socket",
        "-o",
        str(trace),
        "go",
        "mod",
        "download",
        "corp.example.com/pay@v1.0.0",
    ]
    env = {**os.environ, "GOPROXY": "http://127.0.0.1:9", "GOFLAGS": "-mod=mod"}
    subprocess.run(argv, cwd=project, capture_output=True, timeout=60, check=False, env=env)
    assert "AF_INET" in trace.read_text()


def test_same_facts_same_bytes() -> None:
    """Answers, rules and examples in shuffled order give identical JSON."""
    rules = list(registry.select())
    shuffle = random.Random(7).shuffle
    compared = 0
    for rule in rules:
        for example in rule.examples[:2]:
            world = World(example)
            known = {type(fact): fact for fact in example.facts}
            wanted = {f for r in rules for f in r.facts | r.fix_facts if f.cost <= Cost.CHEAP}
            answers = anyio.run(lambda w=wanted, e=example, d=world.doors(), k=known: gather(w, scope_of(e), d, known=k))
            results = set()
            for _ in range(3):
                items = list(answers.items())
                shuffle(items)
                shuffle(rules)
                run = Run()
                for finding in judge(rules, dict(items)).findings:
                    run.take(FindingSeen(finding=finding))
                results.add(as_json(run, Translator(), {}))
            assert len(results) == 1
            compared += 1
    assert compared > 40


def test_same_bytes_for_any_hash_seed(project: Path) -> None:
    seen = set()
    for seed, format in itertools.product(("0", "1", "4242"), ("json",)):
        done = subprocess.run(
            [sys.executable, "-m", "gomend", "check", "--offline", "--format", format],
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        assert '"findings"' in done.stdout
        seen.add(done.stdout)
    assert len(seen) == 1


HEAVY = ("anyio", "asyncio", "rich", "httpx2", "elftools", "nacl", "tree_sitter", "subprocess", "email", "xml", "http", "ssl")


@pytest.mark.parametrize("words", [["--help"], ["check", "--help"], ["--version"], ["run", "--help"]], ids=" ".join)
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    script = (
        "import sys\nfrom gomend.apps.cli.main import run\n"
        f"code = run({words!r})\n"
        f"heavy = [m for m in {HEAVY!r} if m in sys.modules]\n"
        "rules = [m for m in sys.modules if m.startswith('gomend.') and '.rules' in m and 'cli' not in m]\n"
        "print('heavy:', heavy, 'rules:', rules, 'code:', int(code))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "heavy: [] rules: [] code: 0"


def test_selecting_modules_never_loads_binary_readers() -> None:
    script = (
        "import sys\nfrom gomend.apps import registry\nregistry.select(['GM1'])\n"
        "print([m for m in sys.modules if m.startswith(('gomend.binary', 'gomend.debug', 'gomend.cgo', 'elftools'))])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
