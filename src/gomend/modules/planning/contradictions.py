"""Needs that cannot all be met: the first contradiction is said, in one clear message."""

from __future__ import annotations

from collections.abc import Mapping

from gomend.golang import patterns, verifier
from gomend.model.text import Said, say
from gomend.modules.planning import globs, words
from gomend.modules.planning.needs import Needs
from gomend.modules.planning.reach import around, database, servers, through, vouched


class Contradiction(Exception):  # noqa: N818 - it is told to people, not a fault of ours
    """The needs cannot all be met; ``said`` is the reason."""

    def __init__(self, said: Said) -> None:
        """Keep the reason."""
        super().__init__(said.english.format_map(said.parameters))
        self.said = said


def check(needs: Needs, defaults: Mapping[str, str]) -> None:
    """Say the first contradiction.

    Raises:
        Contradiction: there is one.
    """
    public = next((s for s in needs.server if not s.company), None)
    paths = tuple(path for group in needs.private for path in group.paths)
    if needs.network == "air-gap" and public is not None:
        raise Contradiction(say(words.AIR_GAP_PUBLIC, server=public.url))
    if needs.network == "air-gap" and not needs.server and not needs.bundle:
        raise Contradiction(say(words.AIR_GAP_EMPTY))
    if needs.network == "default-blocked" and not needs.server and not needs.bundle:
        raise Contradiction(say(words.BLOCKED_EMPTY))
    if (stranger := next((s for s in needs.server if s.private and not s.company), None)) is not None:
        raise Contradiction(say(words.NOT_COMPANY, server=stranger.url))
    if through(needs) and not any(s.private for s in needs.server):
        raise Contradiction(say(words.PROXY_NONE, paths=", ".join(through(needs))))
    if (empty := next((path for path in paths if not globs.example(path)), None)) is not None:
        raise Contradiction(say(words.UNMATCHED, path=empty))
    if paths and not globs.stranger(paths):
        raise Contradiction(say(words.EVERYTHING, paths=", ".join(paths)))
    for one, other in ((through(needs), around(needs)), (around(needs), through(needs))):
        for path in one:
            if patterns.matches(",".join(other), globs.example(path)):
                raise Contradiction(say(words.OVERLAP, path=path))
    if (gate := next((s for s in servers(needs) if s.gate), None)) is not None:
        after = next((s for s in needs.server if s not in servers(needs) and (s.company or not through(needs))), None)
        if after is not None:
            raise Contradiction(say(words.GATE_MIRROR, server=gate.url, other=after.url))
    if reason := verifier.problem(database(needs, defaults)):
        raise Contradiction(say(words.BAD_SUMDB, reason=reason))
    if needs.toolchains and not vouched(needs) and not _only_bundle(needs):
        raise Contradiction(say(words.AIR_GAP_SUMDB))


def _only_bundle(needs: Needs) -> bool:
    return bool(needs.bundle) and not servers(needs) and needs.network == "air-gap"
