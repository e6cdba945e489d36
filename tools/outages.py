"""Write docs/outages.md: the plans of examples/plans and what each outage does to them. ``--check`` only compares."""

from __future__ import annotations

import sys
from pathlib import Path

from gomend.model.text import Translator
from gomend.modules.planning import needs, settings, simulate, telling

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "outages.md"
PLANS = ("laptop", "ci", "air-gap")
DEFAULTS = {"GOPROXY": "https://proxy.example.org,direct", "GOSUMDB": "", "GOTOOLCHAIN": "auto"}
HEAD = """# What outages do to three typical plans

Made by `tools/outages.py` from `examples/plans/*.toml` with the model that `gomend mod route` uses; `gomend mod plan --team FILE`
makes the same for your team. Go's own default server stands here as `https://proxy.example.org`. Cells: ✓ it works, and what checks
the module; ✗ it fails, with the cause's name; ⧗ go waits for ever; ! a private path reaches a public server. “First server” is the
first one of GOPROXY. A private module is checked by go.sum from its second use on.
"""


def page() -> str:
    """The whole page."""
    say = Translator()
    parts = [HEAD]
    for name in PLANS:
        path = ROOT / "examples" / "plans" / f"{name}.toml"
        raw = path.read_bytes()
        plan = settings.plan(needs.read(raw), DEFAULTS | {"GOSUMDB": _name()})
        found = simulate.table(plan.needs, plan.values)
        title = raw.decode().splitlines()[0].removeprefix("# ").rstrip(".")
        lines = [f"\n## {title}\n", f"`examples/plans/{name}.toml`\n", "```"]
        lines += [f"{line.name}={line.value}" for line in plan.lines]
        lines += [f"# netrc: {extra.text}" if extra.kind == "netrc" else extra.text for extra in plan.extras]
        lines += ["```", ""]
        lines += [f"- `{line.name}`: {' '.join(say(said) for said in line.why)}" for line in plan.lines]
        lines += ["", telling.markdown(telling.grid(found, say))]
        lines += ["Left open, and what would cure it:", ""]
        lines += [f"- {say(said)}" for said in plan.open]
        lines += [f"- {text}" for text in telling.curing(simulate.cures(plan, found), say)]
        parts.append("\n".join(lines) + "\n")
    return "".join(parts)


def _name() -> str:
    """A database with a key of its own stands for go's."""
    from gomend.lab.sumdb import SumDB

    return SumDB().key


def main() -> int:
    if "--check" in sys.argv[1:]:
        return int(PAGE.read_text(encoding="utf-8") != page())
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
