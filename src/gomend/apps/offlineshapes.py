"""The shape of ``gomend mod prove-offline --format json``."""

from __future__ import annotations

from gomend.apps.boxing import Socket
from gomend.apps.offline import Proof, Ran, Tests
from gomend.model.base import Thing
from gomend.model.text import Translator

OFFLINE: str = "gomend.prove-offline/1"
"""Its schema."""


class MissingShape(Thing, frozen=True):
    """What was not there, and the command that adds it."""

    name: str
    add: str


class OfflineShape(Thing, frozen=True, rename={"schema_": "schema", "from_": "from"}):
    """A proof. ``verdict`` is proved, not-proved or unknown; ``audit`` names what recorded the sockets, empty if nothing did."""

    schema_: str
    verdict: str
    from_: str
    project: str
    go: str
    packages: int
    commands: tuple[Ran, ...]
    tests: Tests | None
    sockets: tuple[Socket, ...]
    audit: str
    missing: tuple[MissingShape, ...]
    cgo: bool
    compiler: str
    env: dict[str, str]
    why: tuple[str, ...]
    kept: str


def offline_shape(proof: Proof, say: Translator) -> OfflineShape:
    """The answer of one proof."""
    return OfflineShape(
        schema_=OFFLINE,
        verdict=proof.verdict,
        from_=proof.source,
        project=proof.project,
        go=proof.go,
        packages=proof.packages,
        commands=proof.ran,
        tests=proof.tests,
        sockets=proof.sockets,
        audit="strace" if proof.audited else "",
        missing=tuple(MissingShape(name=m.name, add=say(m.add)) for m in proof.missing),
        cgo=proof.cgo,
        compiler=proof.compiler,
        env=proof.env,
        why=tuple(say(w) for w in proof.why),
        kept=proof.kept,
    )
