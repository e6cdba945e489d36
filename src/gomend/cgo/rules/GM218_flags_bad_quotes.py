"""Quotes in CGO_CFLAGS and its like are written for a shell, not for go.

What it finds     In CGO_CFLAGS, CGO_CPPFLAGS, CGO_CXXFLAGS, CGO_FFLAGS or CGO_LDFLAGS a quote is never closed, or stands inside a word and its partner in the next.
Why it hurts      go splits at blanks and honours quotes only where a word starts: the C compiler gets the second half as a file name.
Example           ``CGO_CFLAGS=-DNAME='a b'`` becomes the words ``-DNAME='a`` and ``b'``.
After the fix     The quotes stand around the whole word: ``'-DNAME=a b'``.
Fix safety        Safe: the same words as a shell would have made, in ``go env -w``; a value from the environment is only said.
How it is proved  go's splitting of the new value gives whole words.
References        cmd/internal/quoted; go.dev/issue/43927.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, quoting, worlds
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.targets import Targets
from gomend.golang.facts.env import GoEnv
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

_NAMES = ("CGO_CFLAGS", "CGO_CPPFLAGS", "CGO_CXXFLAGS", "CGO_FFLAGS", "CGO_LDFLAGS")

rule = Rule(
    "GM218",
    "flags-bad-quotes",
    severity=Severity.ERROR,
    since="0.1",
    title="The quotes in {name} do not hold its words together",
    message="go splits {name} into {words}: a quote counts only where a word starts.",
    doc=__doc__,
    explains=("GM290", "GM260", "GM266"),
    proved_by=("GM260",),
)


def _split(value: str) -> tuple[str, ...] | None:
    """The words that go makes, None if the quotes are in order."""
    try:
        words = quoting.split(value)
    except quoting.QuoteError as error:
        return (str(error),)
    return words if quoting.torn(value) else None


@rule.check
def check(targets: Targets, packages: CgoPackages) -> Iterator[Finding]:
    seen = set()
    for target in targets.items:
        for name in _NAMES:
            words = _split(target[name])
            if not target.cgo or not packages.of(target) or words is None or (name, target[name]) in seen:
                continue
            seen.add((name, target[name]))
            shown = ", ".join(f"‹{w}›" for w in words)
            yield rule.finding(
                Subject(kind="setting", name=name),
                key=target.name,
                evidence=[*target.evidence(name), Evidence(source="cmd/internal/quoted", quote=shown)],
                name=name,
                words=shown,
            )


@rule.fix("Write {name}={value}", safety=Safety.SAFE)
def regroup(finding: Finding, targets: Targets, env: GoEnv) -> Mend | None:
    name = finding.subject.name
    target = next(t for t in targets.items if _split(t[name]) is not None)
    # go env shows the words in quotes of its own. A quote that is never closed was meant to close at the end.
    written = " ".join(quoting.words(target[name])) or target[name]
    value = quoting.regroup(written) or quoting.closed(written)
    if value is None:
        return None
    parameters = {"name": name, "value": value}
    if target.origin(name) == target.file_name:
        return Mend(steps=(target.write({name: value}),), parameters=parameters)
    if not env.settable(name):
        return Mend(hints=(mending.plain(name, value),), parameters=parameters)
    return Mend(steps=(env.set(name, value),), parameters=parameters)


rule.catches("a quote inside a word", subject="CGO_CFLAGS", files=worlds.cgo_project(), goenv={"CGO_CFLAGS": "-O2 -DX='a b'"})
rule.catches("never closed", files=worlds.cgo_project(), env={"CGO_CFLAGS": "-DX='a b"})
rule.catches("never closed at the start of a word", files=worlds.cgo_project(), env={"CGO_LDFLAGS": "'-L/a b"})
rule.passes("around the word", files=worlds.cgo_project(), env={"CGO_CFLAGS": "'-DX=a b' -g"})
rule.passes("closed inside its word", files=worlds.cgo_project(), env={"CGO_CFLAGS": '-DX="a"'})
rule.not_applicable("no package uses cgo", files=worlds.pure_project(), env={"CGO_CFLAGS": "-DX='a b"})
rule.undetermined("go is not on PATH", files=worlds.cgo_project(), programs=("!go",))
