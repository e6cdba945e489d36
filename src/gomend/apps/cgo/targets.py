"""The targets that a command was asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gomend.apps.cli import base
from gomend.apps.loop import run_async
from gomend.cgo import gosource
from gomend.model.text import text
from gomend.ports.processes import Cmd

if TYPE_CHECKING:
    from gomend.apps.session import Session

_NO_GO: Final = text("cgocli.no-go", "go cannot be asked: {reason}")
_UNKNOWN: Final = text("cgocli.unknown-target", "{target} is no target of this go; go tool dist list names them all.")
_FIRST: Final = [
    "linux/amd64",
    "linux/arm64",
    "linux/386",
    "linux/arm",
    "darwin/amd64",
    "darwin/arm64",
    "windows/amd64",
    "windows/arm64",
]


def session(directory: str, targets: tuple[str, ...], rules: tuple[str, ...] = ("GM201",)) -> Session:
    """A session on a project; targets are checked for their shape."""
    from gomend.apps.session import Options, Session

    return Session(Options(directory=directory, targets=targets, select=rules), project_needed=False)


def pairs(made: Session, asked: tuple[str, ...], *, everything: bool = False) -> tuple[tuple[str, str], ...]:
    """The (GOOS, GOARCH) pairs asked for; the one that go builds for now and those of gomend.toml if none was named.

    Raises:
        Problem: go is not there, or a target is none.
    """
    chosen = asked or (_now(made), *made.settings.targets)
    for target in chosen:
        check(target)
    if everything:
        listed = run_async(lambda: made.doors.runner.run(Cmd(argv=("go", "tool", "dist", "list"), cwd=made.root, timeout=60)))
        known = set(listed.stdout.split())
        chosen = (*chosen, *(t for t in _FIRST if t in known))
    return tuple((goos, goarch) for goos, _, goarch in (t.partition("/") for t in dict.fromkeys(chosen)))


def check(target: str) -> None:
    """Whether go knows a target.

    Raises:
        Problem: it does not.
    """
    goos, _, goarch = target.partition("/")
    if not gosource.known(goos, goarch):
        raise base.Problem(_UNKNOWN, target=target)


def _now(made: Session) -> str:
    done = run_async(lambda: made.doors.runner.run(Cmd(argv=("go", "env", "GOOS", "GOARCH"), cwd=made.root, timeout=30)))
    if not done.ok:
        raise base.Problem(_NO_GO, reason=done.why)
    return "/".join(done.stdout.split())
