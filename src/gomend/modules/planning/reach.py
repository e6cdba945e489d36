"""Who may be asked for what: the servers, the patterns of private modules, the checksum database."""

from __future__ import annotations

from collections.abc import Mapping

from gomend.modules.planning import globs
from gomend.modules.planning.needs import Needs, Server


def around(needs: Needs) -> tuple[str, ...]:
    """Patterns of private modules that are fetched from their hosts."""
    return globs.least(path for group in needs.private if group.via != "proxy" for path in group.paths)


def through(needs: Needs) -> tuple[str, ...]:
    """Patterns of private modules that come through a proxy of the company."""
    return globs.least(path for group in needs.private if group.via == "proxy" for path in group.paths)


def servers(needs: Needs) -> tuple[Server, ...]:
    """The named servers that may be asked, in order: the company's first; only those if private paths go through them."""
    ordered = sorted(needs.server, key=lambda s: not s.company)
    found = [s for s in ordered if s.company or not through(needs)]
    gate = next((i for i, s in enumerate(found) if s.gate), None)
    return tuple(found if gate is None else found[: gate + 1])


def vouched(needs: Needs) -> bool:
    """Whether some server that can be reached is known to offer the checksum database."""
    if any(s.sumdb for s in servers(needs)) or needs.sumdb.url:
        return True
    return needs.network in {"", "open"}


def database(needs: Needs, defaults: Mapping[str, str]) -> str:
    """The value of GOSUMDB: ``off`` only where nobody that can be reached offers a database, and the team wants modules all the same."""
    if needs.verify == "when-possible" and not vouched(needs):
        return "off"
    name = needs.sumdb.name or (defaults["GOSUMDB"] if defaults["GOSUMDB"] != "off" else "")
    return f"{name} {needs.sumdb.url}".strip() if name else "off"


def own(needs: Needs, url: str) -> bool:
    """Whether an entry of GOPROXY is a folder or a server of the company."""
    return url.startswith("file:") or any(s.company and s.url.rstrip("/") == url for s in needs.server)
