"""Where go.sum, the checksum database, the copy here and the proxy disagree: who stands alone, and what that means. Pure.

The database is append-only and the same for everyone: its signed, proved record is what was published first. go.sum is what
this project trusted first. The copy here and the proxy are only what was delivered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from gomend.model.base import Thing
from gomend.model.text import Said, Text, say, text
from gomend.modules.cache.kinds import Damage
from gomend.modules.cache.records import Records
from gomend.modules.cache.scan import Entry

GO_SUM: Final = "go.sum"
"""The project's record."""
DATABASE: Final = "sumdb"
"""The checksum database's signed answer."""
CACHE: Final = "cache"
"""What the bits in the cache hash to."""
PROXY: Final = "proxy"
"""What a server sent just now."""
WITNESSES: Final = (GO_SUM, DATABASE, CACHE, PROXY)
"""Who can say what a version hashes to."""


class Claim(Thing, frozen=True):
    """What one witness says. ``where`` is the file and line, the database's name, or empty."""

    who: str
    h1: str
    where: str = ""
    proved: bool = False


class Reading(Thing, frozen=True):
    """What a disagreement means. ``alone`` is who stands against all others, empty if nobody or it cannot be told."""

    case: str
    alone: str
    claims: tuple[Claim, ...]
    meaning: Said
    todo: Said
    fetch_helps: bool = False
    """Whether fetching again can settle it."""


_MEANING: Final[dict[str, Text]] = {}
_TODO: Final[dict[str, Text]] = {}


def _case(name: str, meaning: str, todo: str) -> None:
    _MEANING[name] = text(f"cache.security.{name}", meaning)
    _TODO[name] = text(f"cache.security.{name}.todo", todo)


_case(
    "cache-alone",
    "Only the copy in this cache differs: it was damaged or changed on this machine.",
    "gomend mod cache mend replaces it. If nobody edited it, ask who can write to this cache.",
)
_case(
    "cache-against-go-sum",
    "The copy in this cache is not what go.sum recorded, and no third witness was heard yet.",
    "gomend mod cache mend fetches it again: what comes then tells which of the two is wrong.",
)
_case(
    "cache-against-ziphash",
    "The copy in this cache is not what it was when it was downloaded; nothing else is recorded of this version.",
    "gomend mod cache mend fetches it again. A go.sum that names it would protect it.",
)
_case(
    "go-sum-alone",
    "Only go.sum differs; the checksum database and what was delivered agree. The line in go.sum came from a wrong merge, an edit, "
    "a fork's go.sum, or from a time when the tag pointed elsewhere.",
    "Find out with git log -S'{hash}' -- go.sum who brought the line in and from where; then put the database's hash into that one "
    "line. Fetching again changes nothing, and a deleted go.sum would hide all its other lines too.",
)
_case(
    "proxy-alone",
    "Only the proxy differs; go.sum and the checksum database agree. The proxy, or something before it, delivers other bits than "
    "were published: tampered, broken, or fetched after the tag was moved.",
    "Do not accept its bits. Fetch through another proxy, and tell whoever runs this one: its copy has to be replaced.",
)
_case(
    "proxy-and-cache",
    "The proxy and the copy from it differ from the published hash: the proxy delivers other bits than the checksum database recorded.",
    "Do not use this copy. Fetch through another proxy, and tell whoever runs this one: its copy has to be replaced.",
)
_case(
    "re-tagged",
    "The checksum database stands alone: go.sum and what was delivered agree with each other, not with what was published first. "
    "Most likely the tag was moved after its first publication, and this project fetched it without asking the database.",
    "Ask the module's author which commit the version should be, and for a new version: a published one cannot be changed. "
    "gomend mod cache report writes that message. Until then the newer bits are unverified.",
)
_case(
    "other-source",
    "go.sum and the copy here agree with each other; the checksum database and the proxy agree on something else. This project got "
    "the version from another place: a fork, an own mirror, or the tag before it was moved.",
    "Compare both zips before you trust either. If nothing speaks for yours, put the database's hash into that line of go.sum.",
)
_case(
    "go-sum-and-proxy",
    "go.sum and the proxy agree; the checksum database and the copy here agree on something else. go.sum was written from this "
    "proxy without asking the database.",
    "Look into who runs the proxy and why it serves other bits; with GONOSUMDB or GOFLAGS=-insecure set, nothing would have told you.",
)
_case(
    "go-sum-against-database",
    "go.sum and the checksum database disagree; there is no copy that could be a third witness.",
    "Find out with git log -S'{hash}' -- go.sum where the line came from before anything is fetched.",
)
_case(
    "two-lines",
    "go.sum itself names two hashes of this version: a wrong merge, or modules of a workspace that trusted different bits.",
    "See with git log -S'{hash}' -- go.sum where each line came from; one of them has to go.",
)
_case(
    "upstream-changed",
    "The proxy or the repository now delivers other bits than go.sum and the copy here have. Of this version the checksum database "
    "has no record here (a private module, or it was never asked), so the tag was probably moved.",
    "Ask the author whether the tag was moved. Keep the copy: it is what this project was built with.",
)
_case(
    "go-sum-against-proxy",
    "What is delivered differs from go.sum, and the checksum database has no record here that could decide: a tag that was moved, "
    "a wrong merge of go.sum, or another fork's go.sum.",
    "See with git log -S'{hash}' -- go.sum where the line came from, and ask the author whether the tag was moved.",
)
_case(
    "all-differ",
    "No two witnesses agree. Trust the checksum database alone.",
    "Do not build with this version. Fetch through another proxy, and see where the line in go.sum came from.",
)


def of(entry: Entry, records: Records, damages: Iterable[Damage], proxy: dict[str, str] | None = None) -> Reading | None:
    """The disagreement about a version's zip, else about its go.mod; None where nobody disagrees.

    ``proxy`` are hashes that a fetch brought just now: by the name in go.sum (``version`` or ``version/go.mod``).
    """
    by_what = {d.what: d for d in damages}
    for key, what in ((entry.version, "zip-mismatch"), (f"{entry.version}/go.mod", "mod-mismatch")):
        claims = recorded(records, entry.module, key)
        damage = by_what.get(what)
        if damage and damage.said_by == ".ziphash":
            claims.append(Claim(who=".ziphash", h1=damage.expected))
        if damage:
            claims.append(Claim(who=CACHE, h1=damage.actual))
        if proxy and key in proxy:
            claims.append(Claim(who=PROXY, h1=proxy[key]))
        if found := read(claims):
            return found
    return None


def recorded(records: Records, module: str, key: str) -> list[Claim]:
    """What go.sum files and checksum databases say of a version (``key`` is ``version`` or ``version/go.mod``)."""
    return [
        Claim(who=GO_SUM, h1=r.h1, where=f"{r.path}:{r.line}")
        if r.by == GO_SUM
        else Claim(who=DATABASE, h1=r.h1, where=r.by, proved=r.proved)
        for r in records.of(module, key)
    ]


def read(claims: Sequence[Claim]) -> Reading | None:
    """What it means that these witnesses disagree; None if they do not."""
    if len({c.h1 for c in claims}) < 2:
        return None
    said = {who: {c.h1 for c in claims if c.who == who} for who in (*WITNESSES, ".ziphash")}
    own = said[GO_SUM]
    if len(own) > 1:
        return _reading("two-lines", GO_SUM, claims, own)
    database, here, proxy = said[DATABASE], said[CACHE], said[PROXY]
    if said[".ziphash"] and not own and not database:
        return _reading("cache-against-ziphash", CACHE, claims, own)
    case, alone = _with_database(own, database, here, proxy) if database else _without(own, here, proxy)
    return _reading(case, alone, claims, own)


def _with_database(own: set[str], database: set[str], here: set[str], proxy: set[str]) -> tuple[str, str]:
    """``own`` is what go.sum says; each set has one hash, or none where the witness is silent."""
    if not own or own == database:
        if proxy and proxy != database:
            return (
                ("proxy-and-cache", "") if here == proxy else ("proxy-alone", PROXY) if here <= database else ("all-differ", "")
            )
        return "cache-alone", CACHE
    delivered = here | proxy
    if not delivered:
        return "go-sum-against-database", ""
    if delivered <= database:
        return "go-sum-alone", GO_SUM
    if delivered <= own:
        return "re-tagged", DATABASE
    if here == own and proxy == database:
        return "other-source", ""
    if here == database and proxy == own:
        return "go-sum-and-proxy", ""
    return "all-differ", ""


def _without(own: set[str], here: set[str], proxy: set[str]) -> tuple[str, str]:
    if not proxy:
        return "cache-against-go-sum", ""
    if here == own:
        return "upstream-changed", PROXY
    if proxy == own:
        return "cache-alone", CACHE
    return "go-sum-against-proxy", GO_SUM if here == proxy else ""


_CURED: Final = frozenset({"cache-alone", "cache-against-go-sum", "cache-against-ziphash"})


def _reading(case: str, alone: str, claims: Sequence[Claim], own: set[str]) -> Reading:
    todo = _TODO[case]
    return Reading(
        case=case,
        alone=alone,
        claims=tuple(claims),
        meaning=say(_MEANING[case]),
        todo=say(todo, hash=min(own, default="")) if todo.fields else say(todo),
        fetch_helps=case in _CURED,
    )
