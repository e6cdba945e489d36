"""What clients are told when there is no good answer."""

from __future__ import annotations

from typing import Final

from gomend.model.text import Translator
from gomend.proxy import words
from gomend.proxy.answers import Answer, said
from gomend.proxy.asks import Ask, Kind
from gomend.proxy.outcomes import AbsentError, FailedError

_STATUS: Final = {"silent": 504, "slow": 504, "open": 503, "busy": 503, "local": 500}


def what(ask: Ask) -> str:
    """The thing asked for, as people write it."""
    return ask.place if ask.kind is Kind.SUMDB else f"{ask.module}@{ask.version}".removesuffix("@")


def absent(say: Translator, ask: Ask, error: AbsentError, hint: str, *, fetch: bool, keep: float) -> Answer:
    """Nobody has it; ``hint`` says more, ``keep`` is how long it is remembered."""
    if not fetch:
        return said(error.status, "absent", say(words.NOT_HERE, what=what(ask)))
    if ask.kind is Kind.SUMDB and ask.version == "supported":
        return said(error.status, "absent", say(words.NO_SUMDB, name=ask.module), keep=keep)
    text = say(words.ABSENT, what=what(ask), said=str(error), prefix=_prefix(ask.module))
    return said(error.status, "absent", f"{text} {hint}", keep=keep)


def failed(say: Translator, ask: Ask, error: FailedError, hint: str) -> Answer:
    """It cannot be told, or must not be served."""
    named = what(ask)
    if error.kind == "forged":
        return said(502, "forged", say(words.UNTRUE, what=named, detail=str(error)))
    if error.kind == "ruled":
        return said(403, "denied", f"{error} {hint}")
    if error.kind == "unvouched":
        return said(502, "failed", say(words.UNVOUCHED, what=named, detail=str(error)))
    status = _STATUS.get(error.kind, 502)
    wait = f"Retry-After: {max(1, int(error.wait))}\r\n" if status == 503 else ""
    if error.kind == "local":
        return said(status, "failed", say(words.LOCAL, detail=str(error)), headers=wait)
    return said(status, "failed", say(words.FAILED, what=named, detail=str(error)), headers=wait)


def _prefix(module: str) -> str:
    """What a person would put into GOPRIVATE for it."""
    parts = module.split("/")
    return "/".join(parts[:2]) if len(parts) > 2 else module
