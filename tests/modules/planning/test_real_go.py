"""What the simulation says of an outage, against the real go command on servers that fail in the same way."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gomend.lab import scenario, sumdb, tls
from gomend.modules.planning import needs, outages, settings, simulate
from gomend.modules.route.causes import cause
from gomend.modules.route.predict import STOPPED, Prediction

ROOT = Path(__file__).parents[3]
DEFAULTS = {"GOPROXY": "https://proxy.example.org,direct", "GOSUMDB": sumdb.SumDB().key, "GOTOOLCHAIN": "auto"}
TEAMS = {path.stem: needs.read(path.read_bytes()) for path in sorted((ROOT / "examples" / "plans").glob("*.toml"))}
LAPTOP = settings.plan(TEAMS["laptop"], DEFAULTS)
ALL = [
    (team, outage, need)
    for team, wants in TEAMS.items()
    for made in [settings.plan(wants, DEFAULTS)]
    for outage in outages.rows(wants, made.values)
    for need in outages.columns(wants)
]
HANGS = {(team, outage, need) for team, outage, need in ALL if outage.endswith("hang")}
SAMPLE = sorted({*[c for c in ALL if c not in HANGS][::4], *sorted(HANGS)[1:3]})


def real(wants: needs.Needs, values: dict[str, str], outage: str, need: str) -> simulate.Cell:
    """The cell that the real go command gives."""
    made = outages.scene(wants, values, outage, need)
    seen = scenario.run(scenario.load({"id": "plan", **made}))
    assert seen.setup == (), seen.setup
    code = STOPPED if seen.exit is None else seen.exit
    requests = {server: list(lines) for server, lines in seen.requests.items()}
    said = Prediction(requests=requests, order=[], exit=code, cause="", stderr=seen.stderr)
    return simulate.judged(wants, values, need, code, cause(code, seen.stderr), said)


def difference(case: tuple[str, str, str]) -> str:
    team, outage, need = case
    made = settings.plan(TEAMS[team], DEFAULTS)
    said = simulate.cell(made.needs, made.values, outage, need)
    seen = real(made.needs, made.values, outage, need)
    return "" if said == seen else f"{case}: said {said}, seen {seen}"


def compare(cases: list[tuple[str, str, str]]) -> None:
    tls.authority()
    with ThreadPoolExecutor(2) as pool:
        told = [text for text in pool.map(difference, cases) if text]
    assert told == [], f"{len(cases) - len(told)} of {len(cases)} agree\n" + "\n".join(told)


def test_a_sample() -> None:
    assert len(SAMPLE) > 30
    compare(SAMPLE)


@pytest.mark.full
@pytest.mark.timeout(900)
def test_every_cell() -> None:
    compare(ALL)


@pytest.mark.parametrize("outage", [row for row in outages.rows(TEAMS["laptop"], LAPTOP.values) if not row.endswith("hang")])
def test_a_toolchain_comes_like_a_new_public_module(outage: str) -> None:
    """The stand-in of the simulation against a toolchain that go really downloads, checks and becomes."""
    platform = subprocess.run(["go", "env", "GOOS", "GOARCH"], capture_output=True, text=True, check=True).stdout.split()
    release = f"v0.0.1-go1.99.0.{'-'.join(platform)}"
    scene = outages.scene(LAPTOP.needs, LAPTOP.values, outage, "toolchain")
    scene["modules"] = {
        "golang.org/toolchain": {
            release: {"bin/go": "#!/bin/sh\nexit 0\n", "bin/gofmt": "\n", "lib/x": "\n", "pkg/tool/x": "\n"}
        }
    }
    scene["files"] = {"m/go.mod": "module m\n\ngo 1.99.0\n", "m/m.go": "package m\n"}
    scene["env"]["GOTOOLCHAIN"] = "auto"
    scene["command"] = "go build ./..."
    if "example.com" in scene["connect"]:
        meta = "meta:golang.org/toolchain mod https://origin.example.com"
        scene["connect"]["golang.org"] = [("^/toolchain\\?go-get=1", meta)]
    seen = scenario.run(scenario.load({"id": "toolchain", **scene}))
    said = simulate.cell(LAPTOP.needs, LAPTOP.values, outage, "toolchain")
    assert ("builds" if seen.exit == 0 else "fails") == said.outcome, seen
    looked = any(
        "/lookup/golang.org/toolchain@" in line and line.endswith(" 200") for lines in seen.requests.values() for line in lines
    )
    if said.outcome == "builds":
        assert ("sumdb" if looked else "none") == said.verified
