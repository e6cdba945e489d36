"""Write docs/cgo-accuracy.md: what `gomend run` and `gomend why` said of cgo failures that the real tools made here, and what the fixes did.

``python tools/cgo_accuracy.py [ID …]`` replays every case, or only those named (all take about 20 minutes on 2 cores; they need the
compilers, linkers and emulators that they name), keeps what came of it in ``tests/cgo/data/accuracy.json``, and writes the page
from that. ``--page`` only writes the page.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.cgo.replay import REPRODUCED, Case, leave, replay, right  # noqa: E402
from tests.cgo.variants import CASES, HEALTHY  # noqa: E402

PAGE = ROOT / "docs" / "cgo-accuracy.md"
DATA = ROOT / "tests" / "cgo" / "data" / "accuracy.json"
FAILING = (*REPRODUCED, *CASES)
HEAD = """# What gomend says of cgo failures, and what its fixes do

Made by `tools/cgo_accuracy.py`, which lets real compilers, linkers, loaders and emulators fail (`tests/cgo/data/reproduced.json`,
`tests/cgo/variants`) and asks gomend: `run` sees the command and the machine, `why` only the text that was printed, in an empty
folder. The first finding counts. A fix is the first one of that finding: its shell lines are run, then the command again; `-` where no
program can know the mend (a symbol that nobody defines). Silent failures print nothing that a log could be read for.

"""


def play(case: Case, cache: Path) -> dict[str, Any] | None:
    """Replay one case: slugs of the first findings, and whether the fix was proved (None: there is none to try).

    None if the machine was too slow for it.
    """
    healthy = case.cause == "none"
    folder = Path(tempfile.mkdtemp(prefix="cgo-accuracy-"))
    try:
        got = replay(case, folder, cache, why=not healthy, fix=not healthy)
    except (AssertionError, OSError, subprocess.SubprocessError) as error:
        print(case.id, "could not be played:", str(error)[-300:], flush=True)
        return None
    finally:
        leave(folder)
    print(case.id, case.cause, got.run, got.why, got.fixed, flush=True)
    return {"run": got.run, "why": got.why, "fixed": got.fixed}


def page(results: dict[str, dict[str, Any]]) -> str:
    """The page of these results."""
    causes: dict[str, Counter[str]] = defaultdict(Counter)
    wrong: Counter[tuple[str, str, str]] = Counter()
    rows = []
    for case in sorted((c for c in FAILING if c.id in results), key=lambda c: (c.cause, c.id)):
        got = results[case.id]
        run, why = right(case, got["run"]), right(case, got["why"], log=True)
        for row in (causes[case.cause], causes["~all"]):
            row.update(cases=1, run=int(run), logs=int(not case.silent), why=int(why and not case.silent))
            row.update(fixes=int(got["fixed"] is not None), fixed=int(got["fixed"] is True))
        wrong[case.cause, "run", got["run"]] += int(not run)
        wrong[case.cause, "why", got["why"]] += int(not why and not case.silent)
        said = "silent" if case.silent else "right" if why else got["why"]
        fix = "-" if got["fixed"] is None else "proved" if got["fixed"] else "not proved"
        rows.append(f"| {case.id} | {case.cause} | {'right' if run else got['run']} | {said} | {fix} |")
    lines = ["| cause | cases | `run` right | logs | `why` right | fixes | proved |", "|---|---|---|---|---|---|---|"]
    lines += [
        f"| {'**all**' if c == '~all' else c} | {r['cases']} | {r['run']} | {r['logs']} | {r['why']} | {r['fixes']} | {r['fixed']} |"
        for c, r in sorted(causes.items())
    ]
    lines += ["", "## Taken for another cause", "", "| cause | asked | said | times |", "|---|---|---|---|"]
    lines += [f"| {c} | `{how}` | {said} | {n} |" for (c, how, said), n in sorted(wrong.items()) if n] or ["| – | – | – | 0 |"]
    lines += ["", "## Case by case", "", "| case | cause | `run` | `why` | fix |", "|---|---|---|---|---|", *rows]
    healthy = [c for c in HEALTHY if c.id in results]
    calm = sum(results[c.id]["run"] == "none" for c in healthy)
    lines += ["", "## Healthy builds", "", f"{calm} of {len(healthy)} without any finding:", ""]
    lines += [f"- {c.id}" + ("" if results[c.id]["run"] == "none" else f": {results[c.id]['run']}") for c in healthy]
    missing = [c.id for c in (*FAILING, *HEALTHY) if c.id not in results]
    lines += ["", "## Not replayed yet", "", ", ".join(missing)] if missing else []
    return HEAD + "\n".join(lines) + "\n"


def main() -> int:
    """Replay, keep, write."""
    wanted = set(sys.argv[1:]) - {"--page"}
    results: dict[str, dict[str, Any]] = json.loads(DATA.read_text(encoding="utf-8")) if DATA.exists() else {}
    chosen = [c for c in (*FAILING, *HEALTHY) if c.id in wanted or not (wanted or "--page" in sys.argv)]
    cache = ROOT / ".cache" / "cgo-accuracy" / "go-build"
    cache.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(2) as workers:
        for case, got in zip(chosen, workers.map(lambda c: play(c, cache), chosen), strict=True):
            if got is None:
                continue
            results[case.id] = got
            known = {c.id for c in (*FAILING, *HEALTHY)}
            kept = {name: results[name] for name in sorted(results) if name in known}
            DATA.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(results), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
