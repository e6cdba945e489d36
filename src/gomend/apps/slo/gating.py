"""``gomend slo gate``: every objective from its source, judged; only a pass of all exits 0."""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Final

import msgspec

from gomend.apps.cli import base
from gomend.apps.slo.asking import SKEW, Asker, folder_of
from gomend.model.text import text
from gomend.slo import gate, reader
from gomend.slo.gate import Assessment
from gomend.slo.objective import Config, Objective
from gomend.slo.sources.prometheus import BadAnswer
from gomend.slo.yamltree import SIZE, BadConfig, duration

_NO_FILE: Final = text("slogate.no-file", "{path} cannot be read: {reason}")
_BAD: Final = text("slogate.bad", "{path}: {reason}")
_NO_SERVER: Final = text("slogate.no-server", "--prometheus {url}: it must be an http:// or https:// address")
_NO_TIME: Final = text(
    "slogate.no-time", "{option} {given}: it must be seconds since 1970 or a time with a zone such as 2026-11-28T03:04:05Z"
)
_NO_SLO: Final = text("slogate.no-slo", "--slo {name}: there is no such objective; there are {names}")
_NO_MARK: Final = text("slogate.no-mark", "--deploy-query: {reason}")
_THREADS: Final = 2


def config(path: str, environ: Mapping[str, str] | None = None) -> Config:
    """Read a file of objectives (``-``: standard input).

    Raises:
        Problem: it cannot be read or used.
    """
    try:
        if path == "-":
            raw = sys.stdin.buffer.read(SIZE + 1)
        else:
            with open(path, "rb") as file:
                raw = file.read(SIZE + 1)
    except OSError as error:
        raise base.Problem(_NO_FILE, path=path, reason=error.strerror or str(error)) from None
    try:
        return reader.read(raw, os.environ if environ is None else environ)
    except BadConfig as error:
        raise base.Problem(_BAD, path=path, reason=str(error)) from None


def moment(option: str, given: str | None) -> Fraction | None:
    """A time as given on the command line.

    Raises:
        Problem: it is none, or has no zone.
    """
    if given is None:
        return None
    words = given.strip()
    if words.replace(".", "", 1).isdigit() and 9 <= len(words.split(".")[0]) <= 10:
        return Fraction(words)
    try:
        found = dt.datetime.fromisoformat(words)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise base.Problem(_NO_TIME, option=option, given=given)
    return Fraction(round(found.timestamp() * 1000), 1000)


def asker(made: Config, path: str, prometheus: str | None, at: Fraction | None) -> Asker:
    """Who asks the sources.

    Raises:
        Problem: the server's address is none.
    """
    if prometheus is not None and not prometheus.startswith(("http://", "https://")):
        raise base.Problem(_NO_SERVER, url=prometheus)
    return Asker(made, folder_of(path), prometheus, at)


def chosen(made: Config, names: tuple[str, ...]) -> tuple[Objective, ...]:
    """The objectives asked for; all of them where none is named.

    Raises:
        Problem: there is no such objective.
    """
    known = {o.name: o for o in made.objectives}
    for name in names:
        if name not in known:
            raise base.Problem(_NO_SLO, name=name, names=", ".join(known))
    return tuple(known[name] for name in names) or made.objectives


def run(objectives: tuple[Objective, ...], ask: Asker, deploy: Fraction | None = None) -> list[Assessment]:
    """Judge all of them, several at a time."""

    def one(objective: Objective) -> Assessment:
        try:
            now, skew = ask.now(objective)
        except BadAnswer as error:
            return gate.unknown(objective, "problem", str(error))
        found = gate.assess(objective, ask.ask, now, deploy)
        if found.verdict == "pass" and deploy is not None and ask.at is None and abs(skew) > SKEW:
            return msgspec.structs.replace(found, verdict="unknown", reason="skew", detail=f"{float(skew):+.0f} s")
        return found

    if len(objectives) == 1:
        return [one(objectives[0])]
    with ThreadPoolExecutor(max_workers=_THREADS) as pool:
        return list(pool.map(one, objectives))


def run_until(objectives: tuple[Objective, ...], ask: Asker, deploy: Fraction | None, seconds: int) -> list[Assessment]:
    """Judge again and again until something blocks, or every objective has as many judged periods as would block; or time is up.

    So a release is not waved through on its first good minute.
    """
    if ask.at is not None:  # recorded data does not change
        return run(objectives, ask, deploy)
    until = time.monotonic() + seconds
    pause = max(1.0, min(15.0, min(o.period for o in objectives) / 2))
    while True:
        found = run(objectives, ask, deploy)
        left = until - time.monotonic()
        if left <= 0 or any(a.verdict == "block" for a in found) or not any(_open(a) for a in found):
            return found
        time.sleep(min(pause, left))


def _open(found: Assessment) -> bool:
    return found.judgement is None or found.judgement.judged < found.objective.policy.need


def span(option: str, given: str | None) -> int:
    """A length of time as given on the command line, in seconds; 0 where none is.

    Raises:
        Problem: it is none.
    """
    try:
        return duration(given) if given is not None else 0
    except ValueError as error:
        raise base.Problem(_BAD, path=option, reason=str(error)) from None


def marked(query: str, ask: Asker, objectives: tuple[Objective, ...]) -> Fraction:
    """When the deploy was, from a marker metric.

    Raises:
        Problem: the server does not say.
    """
    target = next((o for o in objectives if o.sli.kind == "promql"), None)
    if target is None:
        raise base.Problem(_NO_MARK, reason="no objective is read from a Prometheus")
    try:
        now, _ = ask.now(target)
        source = ask.source(target.sli)
        found = None if not hasattr(source, "url") else ask.server(source).value(query, int(now))  # type: ignore[arg-type]
    except BadAnswer as error:
        raise base.Problem(_NO_MARK, reason=str(error)) from None
    if found is None or not 10**8 < found < 10**11:
        raise base.Problem(_NO_MARK, reason="the query must answer seconds since 1970, and answers nothing like it")
    return found
