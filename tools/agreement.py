"""Write docs/agreement.md: how the model and `gomend why` do on runs of the real go that were recorded, cause by cause.

``python tools/agreement.py [--check]``; with ``--check`` it only says whether the page is as it would be written.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import anyio

from gomend.apps import registry
from gomend.engine.check import check
from gomend.model.base import Cost
from gomend.model.outcome import VerdictKind
from gomend.model.rule import Example
from gomend.modules.route.predict import predict
from gomend.modules.route.scenario import read
from gomend.modules.route.versions import CHANGES
from gomend.ports.memory import World, scope_of

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "agreement.md"
HEAD = """# Agreement with the real go command

Made by `tools/agreement.py` from runs of go 1.26.8 against servers that broke on purpose (`tests/route/data`, `tests/modules/data`).
`mod route` predicts each run without network and without go: requests (in order where go asks in order), exit code, cause, and the text of
the error. `why` is given the text alone, and the settings of the run; its first finding counts.

Random scenarios: `make test-full` compares the model with the real go on 1,499 scenarios (ten themes) and on 1,250 more with Go 1.21 to
1.25; requests, exit and cause must agree in all of them, and the text in at least 95 %.

| cause | runs | requests | exit and cause | text | `why`: runs | first finding right |
|---|---|---|---|---|---|---|
"""


def load(name: str) -> list[dict[str, Any]]:
    return json.loads((ROOT / "tests" / name / "data" / "observed.json").read_text(encoding="utf-8"))


def route() -> dict[str, Counter[str]]:
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for case in load("route"):
        said, seen = predict(read(json.dumps({k: v for k, v in case.items() if k != "observed"}))), case["observed"]
        row = table[case["cause"]]
        row["runs"] += 1
        row["end"] += (said.exit, said.cause) == (seen["exit"], case["cause"])
        if case["stable"]:
            row["stable"] += 1
            same = said.requests == seen["requests"] and said.order == seen["order"]
            if not case["ordered"]:
                same = {s: Counter(r) for s, r in said.requests.items()} == {s: Counter(r) for s, r in seen["requests"].items()}
            row["requests"] += same
        if case["stderr_stable"]:
            row["texts"] += 1
            row["text"] += said.stderr == seen["stderr"]
    return table


def why() -> dict[str, Counter[str]]:
    rules = registry.select(["GM0", "GM1"])
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for case in load("modules"):
        example = Example(name="observed", expect=VerdictKind.FINDING, env=case["env"], log=case["stderr"])
        report, _ = anyio.run(lambda e=example: check(rules, scope_of(e), World(e).doors(), depth=Cost.CHEAP))
        errors = [f for f in report.findings if case["cause"] != "none" or f.severity.value == "error"]
        first = errors[0].slug if errors else "none"
        table[case["cause"]]["runs"] += 1
        table[case["cause"]]["right"] += first == case["cause"]
    return table


def page() -> str:
    ours, whys = route(), why()
    rows = []
    whole: Counter[str] = Counter()
    for cause in sorted({*ours, *whys}):
        a, b = ours[cause], whys[cause]
        whole.update(a)
        whole.update({f"why {k}": v for k, v in b.items()})
        rows.append((cause, a, b))
    rows.append(("**all**", whole, Counter({"runs": whole["why runs"], "right": whole["why right"]})))
    lines = [
        f"| {cause} | {a['runs']} | {a['requests']}/{a['stable']} | {a['end']}/{a['runs']} | {a['text']}/{a['texts']} "
        f"| {b['runs']} | {b['right']}/{b['runs']} |"
        for cause, a, b in rows
    ]
    changes = [f"| {change.since} | {change.says} |" for change in sorted(CHANGES.values())]
    table = "\n## What changed between versions of go\n\n| since | what |\n|---|---|\n" + "\n".join(changes)
    return HEAD + "\n".join(lines) + "\n" + table + "\n"


def main() -> int:
    made = page()
    if "--check" in sys.argv:
        return 0 if PAGE.read_text(encoding="utf-8") == made else 1
    PAGE.write_text(made, encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
