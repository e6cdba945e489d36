"""What is done about a file that is not in the store: fetched first, fetched meanwhile, had elsewhere, or not at all."""

from __future__ import annotations

import urllib.parse
from collections.abc import Sequence
from typing import Final

from gomend.golang import patterns
from gomend.proxy.settings import ModeRule, Setup
from gomend.proxy.upstream import Upstream, Web

SYNC: Final = ModeRule(pattern="*", mode="sync")
"""Where no rule says anything."""


def rule_of(setup: Setup, module: str) -> ModeRule:
    """The first rule about a module."""
    return next((rule for rule in setup.modes if patterns.matches(rule.pattern, module)), SYNC)


def elsewhere(rule: ModeRule, upstreams: Sequence[Upstream], place: str) -> str:
    """Where the client is sent for a file; empty if no upstream can be named. A URL with credentials is never given away."""
    base = rule.url.rstrip("/")
    if not base:
        able = [u for u in upstreams if isinstance(u, Web) and u.open]
        healthy = [u for u in able if u.health.state != "open"]
        base = next((u.base for u in healthy or able), "")
    return f"{base}/{urllib.parse.quote(place, safe='/@$&+=:~,;')}" if base else ""
