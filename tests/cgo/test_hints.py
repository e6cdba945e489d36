"""Every fix of this chapter that a person does is lines that a shell takes: a command, or a comment."""

from __future__ import annotations

import re
import subprocess

from gomend.apps import registry
from gomend.model.outcome import VerdictKind
from gomend.ports.memory import World
from tests.rules.test_examples import judge

PLACEHOLDER = re.compile(r"…|\.\.\.\s*$|THAT|FOLDER")


def test_hints_are_shell_lines() -> None:
    lines: dict[str, str] = {}
    for rule in registry.select(("GM2",)):
        for example in rule.examples:
            if example.expect is VerdictKind.FINDING:
                for finding in judge(rule, example, World(example)).findings:
                    lines |= {line: f"{rule.code} {example.name}" for fix in finding.fixes for line in fix.hints}
    assert len(lines) > 60
    commands = {line: where for line, where in lines.items() if not line.startswith("#")}
    unfinished = {line: w for line, w in commands.items() if PLACEHOLDER.search(line) and not line.endswith("./...")}
    assert not unfinished
    for line, where in commands.items():
        done = subprocess.run(["bash", "-n", "-c", line], capture_output=True, text=True, check=False)
        assert done.returncode == 0, (where, line, done.stderr)
