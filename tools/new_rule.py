"""Write a new rule: ``python tools/new_rule.py GM118 proxy-tls``. Its examples fail until they are made true."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from gomend.apps import registry

ROOT = Path(__file__).parent.parent
CHAPTER = {"0": "sdk", "1": "modules", "2": "cgo", "3": "debug", "4": "slo"}

TEMPLATE = '''"""One line that ends in a full stop: what is wrong.

What it finds     Which facts contradict each other.
Why it hurts      What a person sees, and when.
Example           The smallest project that shows it.
After the fix     What has changed.
Fix safety        Safe, because …
How it is proved  Which facts are gathered again, and what must be true of them.
References        The document, the function of cmd/go, or the public issue that says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang.facts.env import GoEnv
from gomend.golang.facts.project import GoMod
from gomend.model.base import Severity
from gomend.model.finding import Finding
from gomend.model.rule import Rule

rule = Rule(
    "{code}",
    "{slug}",
    severity=Severity.WARNING,
    since="0.1",
    title="One short line about {{module}}",
    message="One or two sentences about {{module}}.",
    doc=__doc__,
)


@rule.check
def check(mod: GoMod, env: GoEnv) -> Iterator[Finding]:
    for require in mod.mod.requires:
        if env["GOPROXY"] == "replace this by what the rule is about":
            yield rule.finding(
                mod.subject(require),
                evidence=[mod.file.evidence(require.line), *env.evidence("GOPROXY")],
                module=require.path,
            )


_MOD = "module example.com/x\\n\\ngo 1.22\\n\\nrequire example.com/y v1.0.0\\n"

rule.catches("replace this: a world in which the rule must speak", files={{"go.mod": _MOD}})
rule.passes("replace this: a world in which it must be silent", files={{"go.mod": _MOD}}, go={{"GOPROXY": "off"}})
rule.undetermined("go is not on PATH", files={{"go.mod": _MOD}}, programs=("!go",))
'''


def main() -> int:
    if (
        len(sys.argv) != 3
        or not re.fullmatch(r"GM[0-3]\d\d", sys.argv[1])
        or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", sys.argv[2])
    ):
        print(
            "usage: make new-rule CODE=GM118 SLUG=proxy-tls   (GM0 sdk, GM1 modules, GM2 cgo, GM3 debug; slugs: docs/causes.md)"
        )
        return 2
    code, slug = sys.argv[1], sys.argv[2]
    if code in registry.rule_files():
        print(f"{code} is taken: {registry.rule_files()[code][0]}")
        return 2
    path = ROOT / "src/gomend" / CHAPTER[code[2]] / "rules" / f"{code}_{slug.replace('-', '_')}.py"
    path.write_text(TEMPLATE.format(code=code, slug=slug), encoding="utf-8")
    print(f"wrote {path.relative_to(ROOT)}")
    print(
        f"next: edit it until `.venv/bin/python -m pytest tests/rules -k {code}` is green, then `make catalogues` and translate"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
