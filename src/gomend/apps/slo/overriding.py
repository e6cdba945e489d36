"""Overrides of the gate: only what stands in a signed commit counts, as git and its signers file see it.

The last commit that touched the file must carry a good signature, the file must be as committed, and the clone must not be
shallow: at the edge of a shallow clone git takes any commit for the one that wrote the file.
"""

from __future__ import annotations

import datetime as dt
import os
from typing import Final

from gomend.apps.cli import base
from gomend.apps.loop import run_async
from gomend.model.text import text
from gomend.ports.processes import Cmd, Done, RealRunner
from gomend.slo import overrides
from gomend.slo.gate import Assessment
from gomend.slo.overrides import Override
from gomend.slo.yamltree import SIZE, BadConfig

_BAD: Final = text("slogate.override.bad", "--overrides {path} is not honoured: {reason}")
_NO_REPO: Final = text("slogate.override.no-repo", "it is in no git work tree")
_SHALLOW: Final = text(
    "slogate.override.shallow", "the clone is shallow, so git cannot say who wrote it; clone with full history (fetch-depth: 0)"
)
_CHANGED: Final = text("slogate.override.changed", "it is not as committed at HEAD")
_UNSIGNED: Final = text(
    "slogate.override.unsigned", "commit {commit}, the last one that touched it, has no signature that git accepts: {why}"
)


class NotHonoured(Exception):  # noqa: N818 - told in one line
    """Why no entry of the file counts."""


def honoured(path: str, signers: str | None, found: list[Assessment]) -> dict[str, Override]:
    """Objective → the entry that lets it through. A file that cannot be trusted lets nothing through, and says why on standard error."""
    try:
        return _honoured(path, signers, found)
    except NotHonoured as error:
        base.note(base.translator()(_BAD, path=path, reason=str(error)))
        return {}


def _honoured(path: str, signers: str | None, found: list[Assessment]) -> dict[str, Override]:
    try:
        with open(path, "rb") as file:
            entries = overrides.read(file.read(SIZE + 1), dt.datetime.now(dt.UTC))
    except OSError as error:
        raise NotHonoured(error.strerror or str(error)) from None
    except BadConfig as error:
        raise NotHonoured(str(error)) from None
    wanted = {
        a.objective.name: entry
        for a in found
        for entry in entries
        if a.verdict in entry.verdicts and a.objective.name in entry.slos
    }
    if not wanted:
        return {}
    commit, who = run_async(lambda: _signed(os.path.abspath(path), signers))
    return {
        name: Override(by=who, reason=entry.reason, expires=entry.expires.isoformat(), commit=commit, file=path)
        for name, entry in wanted.items()
    }


async def _signed(path: str, signers: str | None) -> tuple[str, str]:
    """The commit that wrote the file and who signed it.

    Raises:
        NotHonoured: there is none that git accepts.
    """
    say = base.translator()
    runner = RealRunner(os.environ)
    trust = () if signers is None else ("-c", f"gpg.ssh.allowedSignersFile={os.path.abspath(signers)}")

    async def git(*words: str) -> Done:
        folder, name = os.path.split(path)
        return await runner.run(Cmd(argv=("git", "-C", folder, *trust, *(w.replace("FILE", name) for w in words))))

    inside = await git("rev-parse", "--is-shallow-repository")
    if not inside.ok:
        raise NotHonoured(say(_NO_REPO))
    if inside.stdout.strip() != "false":
        raise NotHonoured(say(_SHALLOW))
    same = await git("diff", "--quiet", "HEAD", "--", ":(literal)FILE")
    commit = (await git("log", "-1", "--format=%H", "--", ":(literal)FILE")).stdout.strip()
    tracked = await git("ls-files", "--error-unmatch", "--", ":(literal)FILE")
    if not same.ok or not commit or not tracked.ok:
        raise NotHonoured(say(_CHANGED))
    checked = await git("verify-commit", commit)
    if not checked.ok:
        last = (checked.stderr or checked.stdout).strip().splitlines()
        raise NotHonoured(say(_UNSIGNED, commit=commit[:12], why=last[-1] if last else say(_NONE)))
    return commit, (await git("log", "-1", "--format=%GS", commit)).stdout.strip()


_NONE: Final = text("slogate.override.none", "it is not signed")
