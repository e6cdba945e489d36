"""Write docs/cgo-accuracy.md: what `gomend run` and `gomend why` said of cgo failures that the real tools made here, and what the fixes did.

``python tools/cgo_accuracy.py [ID …]`` replays every case (about 20 minutes on 2 cores; it needs the compilers, linkers and
emulators that the cases name) and writes the page; with ids it only prints those.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.cgo.replay import REPRODUCED, Case, Replayed, leave, replay, right  # noqa: E402
from tests.cgo.variants import CASES, HEALTHY  # noqa: E402

PAGE = ROOT / "docs" / "cgo-accuracy.md"
HEAD = """# What gomend says of cgo failures, and what its fixes do

Made by `tools/cgo_accuracy.py`, which lets real compilers, linkers, loaders and emulators fail (`tests/cgo/data/reproduced.json`,
`tests/cgo/variants.py`) and asks gomend: `run` sees the command and the machine, `why` only the text that was printed, in an empty
folder. The first finding counts. A fix is the first one of that finding: its shell lines are run, then the command again; `-` where no
program can know the mend (a symbol that nobody defines). Silent failures print nothing that a log could be read for.

"""


def play(case: Case, cache: Path, *, healthy: bool) -> tuple[Case, Replayed]:
    folder = Path(tempfile.mkdtemp(prefix="cgo-accuracy-"))
    try:
        return case, replay(case, folder, cache, why=not healthy, fix=not healthy)
    finally:
        leave(folder)


def page(played: list[tuple[Case, Replayed]], healthy: list[tuple[Case, Replayed]]) -> str:
    causes: dict[str, Counter[str]] = defaultdict(Counter)
    wrong: Counter[tuple[str, str, str]] = Counter()
    for case, got in played:
        for row in (causes[case.cause], causes["~all"]):
            row["cases"] += 1
            row["run"] += right(case, got.run)
            row["logs"] += not case.silent
            row["why"] += not case.silent and right(case, got.why, log=True)
            row["fixes"] += got.fixed is not None
            row["fixed"] += got.fixed is True
        if not right(case, got.run):
            wrong[case.cause, "run", got.run] += 1
        if not case.silent and not right(case, got.why, log=True):
            wrong[case.cause, "why", got.why] += 1
    lines = ["| cause | cases | `run` right | logs | `why` right | fixes | proved |", "|---|---|---|---|---|---|---|"]
    lines += [
        f"| {'**all**' if c == '~all' else c} | {r['cases']} | {r['run']} | {r['logs']} | {r['why']} | {r['fixes']} | {r['fixed']} |"
        for c, r in sorted(causes.items())
    ]
    lines += ["", "## Taken for another cause", "", "| cause | asked | said | times |", "|---|---|---|---|"]
    lines += [f"| {c} | `{how}` | {said} | {n} |" for (c, how, said), n in sorted(wrong.items())] or ["| – | – | – | 0 |"]
    lines += ["", "## Case by case", "", "| case | cause | `run` | `why` | fix |", "|---|---|---|---|---|"]
    for case, got in sorted(played, key=lambda p: (p[0].cause, p[0].id)):
        why = "silent" if case.silent else "right" if right(case, got.why, log=True) else got.why
        fix = "-" if got.fixed is None else "proved" if got.fixed else "not proved"
        lines.append(f"| {case.id} | {case.cause} | {'right' if right(case, got.run) else got.run} | {why} | {fix} |")
    calm = sum(not got.answer["findings"] for _, got in healthy)
    lines += ["", "## Healthy builds", "", f"{calm} of {len(healthy)} without any finding:", ""]
    lines += [f"- {case.id}{'' if not got.answer['findings'] else ': ' + got.run}" for case, got in healthy]
    return HEAD + "\n".join(lines) + "\n"


def main() -> int:
    wanted = set(sys.argv[1:])
    with tempfile.TemporaryDirectory(prefix="cgo-accuracy-") as folder, ThreadPoolExecutor(2) as workers:
        cache = Path(folder) / "go-build"
        cache.mkdir()

        def each(cases: tuple[Case, ...], *, healthy: bool) -> list[tuple[Case, Replayed]]:
            chosen = [c for c in cases if not wanted or c.id in wanted]
            done = []
            for case, got in workers.map(lambda c: play(c, cache, healthy=healthy), chosen):
                print(case.id, case.cause, got.run, got.why, got.fixed, flush=True)
                done.append((case, got))
            return done

        made = page(each((*REPRODUCED, *CASES), healthy=False), each(HEALTHY, healthy=True))
    if not wanted:
        PAGE.write_text(made, encoding="utf-8")
        print(f"wrote {PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
