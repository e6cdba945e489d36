"""What gomend finds in a failure of the lab, while its servers are still running."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gomend.apps.loop import run_async
from gomend.apps.session import Options, Session
from gomend.lab.catalogue import Failure
from gomend.lab.spec import Observed
from gomend.lab.stage import Stage
from gomend.model.base import Cost, Severity
from gomend.model.redact import redact
from gomend.model.text import Translator
from gomend.ports.doors import real_doors

_STOPPED: Final = 124
"""What ``timeout`` answers for a command that it had to stop."""


def performed(failure: Failure, stage: Stage, say: Translator) -> dict[str, Any]:
    """Make it happen; for programs: what go did and said, what was asked, what gomend found, and whether that is right."""
    seen = stage.perform()
    found, right = verdict(failure, examined(failure, stage, seen), seen)
    return {
        "name": failure.name,
        "what": say(failure.what),
        "cause": failure.cause,
        "command": stage.fill(failure.scenario.command),
        "exit": seen.exit,
        "seconds": seen.seconds,
        "stderr": redact(stage.fill(seen.stderr)),
        "requests": {server: list(entries) for server, entries in seen.requests.items()},
        "found": found,
        "right": right,
    }


def examined(failure: Failure, stage: Stage, seen: Observed) -> Session:
    """What gomend's own rules say of what happened, with the servers still running."""
    session = Session(Options(directory=str(stage.project), select=("GM0", "GM1"), quiet=True), project_needed=False)
    session.doors = real_doors(stage.environ)
    ended = _STOPPED if seen.exit is None else seen.exit
    log = None if ended == 0 else stage.fill(seen.stdout + seen.stderr)
    session.scope = msgspec.structs.replace(
        session.scope,
        log=log,
        log_source="" if log is None else "command output",
        command=tuple(failure.scenario.command.split()),
        command_exit=ended,
    )
    run_async(lambda: session.check(depth=Cost.PROBE))
    return session


def verdict(failure: Failure, session: Session, seen: Observed) -> tuple[list[str], bool]:
    """The slugs found, first one first, and whether that is what the catalogue says."""
    found = [finding.slug for finding in session.run.findings]
    if failure.cause == "none":
        errors = [f.slug for f in session.run.findings if f.severity is Severity.ERROR]
        return errors, seen.exit == 0 and not errors
    return found, found[:1] == [failure.cause]
