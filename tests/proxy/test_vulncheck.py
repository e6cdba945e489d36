"""What is known against a version, beside the real govulncheck with the same database and the same modules."""

from __future__ import annotations

import json
import os
import random
import subprocess
from pathlib import Path

import pytest

from gomend.golang import semver
from gomend.lab import modules
from gomend.proxy.policy import osv
from tests.proxy.conftest import Behind
from tests.proxy.test_go import Project

VERSION = "v1.9.0"
COUNT = 150
PRE = ("", "", "", "-rc.1", "-0.20240102030405-0123456789ab", "-alpha", "-rc.1.0.20240102030405-0123456789ab")


@pytest.fixture(scope="module")
def govulncheck(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("vuln")
    environ = {**os.environ, "GOBIN": str(folder), "GOFLAGS": ""}
    subprocess.run(["go", "install", f"golang.org/x/vuln/cmd/govulncheck@{VERSION}"], env=environ, check=True)
    return f"{folder}/govulncheck"


def version(rng: random.Random) -> str:
    """Few numbers, so that versions and the ends of ranges meet."""
    return f"{rng.choice((0, 0, 1))}.{rng.randrange(3)}.{rng.randrange(3)}{rng.choice(PRE)}"


def events(rng: random.Random) -> list[dict[str, str]]:
    """Ranges as the database of Go writes them: introduced and fixed in turn, from old to new, perhaps open at the end."""
    points = sorted({version(rng) for _ in range(rng.randrange(1, 5))}, key=lambda v: semver.key("m", f"v{v}"))
    if rng.random() < 0.4:
        points[0] = "0"
    return [{("introduced", "fixed")[at % 2]: point} for at, point in enumerate(points)]


@pytest.mark.full
@pytest.mark.parametrize("seed", range(4))
def test_govulncheck_says_the_same(govulncheck: str, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    named = {f"example.com/m{n}": f"v{version(rng)}" for n in range(COUNT)}
    behind = Behind(modules.releases({m: {v: {"m.go": f"package {m[12:]}\n"}} for m, v in named.items()}))
    try:
        project = Project(tmp_path / "p", behind.url)
        (project.folder / "go.mod").write_text(
            "module example.com/shop\n\ngo 1.21\n\nrequire (\n" + "".join(f"\t{m} {v}\n" for m, v in named.items()) + ")\n"
        )
        imports = "".join(f'import _ "{m}"\n' for m in named)
        (project.folder / "main.go").write_text(f"package main\n\n{imports}\nfunc main() {{}}\n")
        project.fine("mod", "tidy")
        database = written(tmp_path / "db", rng, list(named))
        flaws = osv.Flaws(str(database))
        ours = {(flaw.id, module) for module, v in named.items() for flaw in flaws.of(module, v)}
        argv = [govulncheck, "-db", database.as_uri(), "-scan", "module", "-format", "json"]
        said = subprocess.run(argv, cwd=project.folder, env=project.environ, capture_output=True, text=True, check=True).stdout
    finally:
        behind.close()
    theirs = {(one["finding"]["osv"], one["finding"]["trace"][0]["module"]) for one in stream(said) if "finding" in one}
    assert ours == theirs
    assert 30 < len(ours) < 4 * COUNT


def written(folder: Path, rng: random.Random, names: list[str]) -> Path:
    """A database in the form of the Go project's, with one to three records a module, some withdrawn."""
    (folder / "ID").mkdir(parents=True)
    (folder / "index").mkdir()
    listed: dict[str, list[dict[str, str]]] = {}
    everything = []
    for number in range(2 * len(names)):
        module = rng.choice(names)
        name, when = f"GO-2024-{number:04d}", "2024-01-02T00:00:00Z"
        record: dict[str, object] = {
            "schema_version": "1.3.1",
            "id": name,
            "modified": when,
            "published": when,
            "summary": "a flaw",
        }
        affected = {
            "package": {"name": module, "ecosystem": "Go"},
            "ranges": [{"type": "SEMVER", "events": events(rng)}],
            "ecosystem_specific": {"imports": [{"path": module}]},
        }
        record["affected"] = [affected]
        if rng.random() < 0.1:
            record["withdrawn"] = when
        (folder / "ID" / f"{name}.json").write_text(json.dumps(record))
        listed.setdefault(module, []).append({"id": name, "modified": when})
        everything.append({"id": name, "modified": when})
    (folder / "index" / "db.json").write_text(json.dumps({"modified": "2024-01-02T00:00:00Z"}))
    (folder / "index" / "modules.json").write_text(json.dumps([{"path": m, "vulns": v} for m, v in listed.items()]))
    (folder / "index" / "vulns.json").write_text(json.dumps(everything))
    return folder


def stream(text: str) -> list[dict[str, dict[str, object]]]:
    """All JSON values of a text."""
    found, at, decoder = [], 0, json.JSONDecoder()
    while at < len(text.rstrip()):
        value, at = decoder.raw_decode(text, at + len(text[at:]) - len(text[at:].lstrip()))
        found.append(value)
    return found
