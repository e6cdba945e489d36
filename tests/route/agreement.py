"""What the model says of a scenario against what the real go command did in the lab."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from gomend.lab import modules
from gomend.lab.scenario import Observed, load, run
from gomend.modules.route.causes import cause
from gomend.modules.route.predict import STOPPED, Prediction, predict
from gomend.modules.route.scenario import read

_RECORDED: Final = "h1:i5UFDFnbYrYGvqnaYZClmsZYqAk/1LymfMGsN8JIVoI="
"""The sum of example.com/a@v1.0.0 in the recorded runs, which the model keeps to; the lab's has the same name, not the same bytes."""
_RACES: Final = (
    # Whether the end of a connection or its reset arrives first is a race, and ports differ from run to run.
    (r"read tcp 127\.0\.0\.1:\d+->\S+ read: connection reset by peer|read tcp: read: connection reset by peer", "EOF"),
    (r"current time \S+ is", "current time {NOW} is"),
    (r" on [\d.:]+:53\b", ""),
    (r"invalid port \":\d+", 'invalid port ":N'),
    # The database's key, and so its signature, is this lab's own.
    (r"adding h1:\S+", "adding h1:"),
    (r"(?ms)(invalid signature for key sum\.example\.com).*?(?=^go: |\Z)", "\\1\n"),
)


@dataclass(frozen=True)
class Verdict:
    """Where model and go differ; ``wrong`` is empty if requests, exit and cause agree."""

    wrong: str = ""
    same_text: bool = True


def plain(text: str) -> list[str]:
    """The lines of what go said, without what differs between two runs of the same; go prints some in parallel."""
    for release in modules.RELEASES:
        if (release.path, release.version) == ("example.com/a", "v1.0.0"):
            text = text.replace(release.sums[0].split()[2], _RECORDED)
    for pattern, new in _RACES:
        text = re.sub(pattern, new, text)
    return sorted(text.split("\n"))


def compare(scene: dict[str, Any], *, folder: str | None = None) -> Verdict:
    """Run a scenario with the go in ``folder`` (or the one on PATH), and compare."""
    seen = run(load({k: v for k, v in scene.items() if k != "go"}), go=folder)
    said = predict(read(json.dumps(scene)))
    wrong = [f"exit {said.exit}, go {seen.exit}"] if said.exit != (STOPPED if seen.exit is None else seen.exit) else []
    wrong += list(_requests(said, seen))
    if not wrong and seen.exit is not None and said.cause != cause(seen.exit, seen.stderr):
        wrong.append(f"cause {said.cause}, of what go said {cause(seen.exit, seen.stderr)}")
    if wrong:
        told = "; ".join(wrong)
        return Verdict(f"{scene['id']}: {told}\n{json.dumps(scene)}\ngo: {seen.stderr}\nmodel: {said.stderr}", same_text=False)
    return Verdict("", seen.exit is None or plain(said.stderr) == plain(seen.stderr))


def _requests(said: Prediction, seen: Observed) -> list[str]:
    """Requests as multisets: go asks in parallel. Those that are under way while an error ends go may miss, no others."""
    told: list[str] = []
    for server in sorted({*said.requests, *seen.requests}):
        ours, real = Counter(said.requests.get(server, ())), Counter(seen.requests.get(server, ()))
        if not (real <= ours and ours - real <= Counter(said.optional.get(server, ()))):
            told.append(f"{server}: only the model {dict(ours - real)}, only go {dict(real - ours)}")
    return told
