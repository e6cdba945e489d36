"""The model against the real go command on loopback servers, on scenarios made at random."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from gomend.lab import tls
from gomend.lab.scenario import load, run
from gomend.modules.route.predict import STOPPED, predict
from gomend.modules.route.scenario import read

from .scenes import scene

SAMPLE = range(10_000, 10_060)
MANY = range(20_000, 22_000)
ENOUGH = 0.98
"""Two errors that end the process at once race; the model knows one of them."""


def difference(seed: int) -> str:
    """What the model said otherwise; empty if nothing."""
    made = scene(seed)
    seen, said = run(load(made)), predict(read(json.dumps(made)))
    told = []
    if said.exit != (STOPPED if seen.exit is None else seen.exit):
        told.append(f"exit {said.exit}, go {seen.exit}: {seen.stderr}")
    for server in sorted({*said.requests, *seen.requests}):
        ours, real = Counter(said.requests.get(server, ())), Counter(seen.requests.get(server, ()))
        if ours != real:
            told.append(f"{server}: only the model {dict(ours - real)}, only go {dict(real - ours)}")
    return f"seed {seed}: {made['command']}: {'; '.join(told)}" if told else ""


def compare(seeds: range) -> None:
    tls.authority()
    with ThreadPoolExecutor(2) as pool:
        told = [text for text in pool.map(difference, seeds) if text]
    print(f"{len(seeds) - len(told)} of {len(seeds)} agree")
    assert len(told) <= (1 - ENOUGH) * len(seeds), "\n".join(told)


def test_a_sample() -> None:
    compare(SAMPLE)


@pytest.mark.full
@pytest.mark.timeout(1500)
def test_many() -> None:
    compare(MANY)
