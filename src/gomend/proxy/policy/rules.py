"""All rules of one server about what may be served, and what is said beside an answer.

Where each is asked: what is stored already was let in, so its age is not asked again; a vulnerability or a licence refuses the zip alone,
for go reads the go.mod of many versions that it never builds, and without one it could not even choose another.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, NoReturn

import aiohttp

from gomend.golang import patterns, semver
from gomend.model.text import Text, Translator
from gomend.ports.processes import Runner
from gomend.proxy import asks, content, words
from gomend.proxy.asks import Ask, Kind
from gomend.proxy.outcomes import AbsentError, FailedError
from gomend.proxy.policy import hints, licences, osv
from gomend.proxy.policy.hook import Asker
from gomend.proxy.settings import Setup
from gomend.proxy.store import Store

KEEP: Final = 300.0
"""Seconds that the hot path keeps an answer that a rule might refuse later: a database may be replaced, a hook change its mind."""
_LOOK: Final = 30.0
"""Seconds until it is looked again whether the database was replaced."""
_REFUSED: Final = "ruled"

Told = Callable[[str, str], Awaitable[bytes]]
"""The .info of a module's version, fetched if it is not here."""


class Rules:
    """Of one set-up."""

    def __init__(
        self, setup: Setup, store: Store, say: Translator, told: Told, session: aiohttp.ClientSession | None, runner: Runner
    ) -> None:
        """Read the database, if one is set.

        Raises:
            OSVError: it cannot be read.
        """
        self._setup = setup
        self._store = store
        self._say = say
        self._told = told
        self._flaws = osv.Flaws(setup.vulnerabilities.database) if setup.vulnerabilities.database else None
        self._looked = time.monotonic()
        hook = setup.hook
        self._hook = Asker(hook, session, runner) if hook.url or hook.program else None
        self._licences: dict[str, tuple[str, ...]] = {}
        self._said: dict[str, tuple[tuple[int, int], hints.Words]] = {}
        keep = [KEEP] if self._flaws or setup.filters.licences else []
        self.keep = min([*keep, hook.keep] if self._hook else keep, default=float("inf"))
        """Seconds that an answer is good for."""

    async def allow(self, ask: Ask) -> None:
        """A file of a version may be served.

        Raises:
            FailedError: a rule is against it (``ruled``).
        """
        refuse = ask.kind is Kind.ZIP and self._setup.vulnerabilities.mode == "refuse"
        if refuse and (found := await self.flaws(ask.module, ask.version)):
            self._refuse(words.VULNERABLE, ask.module, ask.version, flaws="; ".join(f"{f.id} {f.summary}" for f in found))
        hook = self._setup.hook
        if self._hook is None or not patterns.matches(hook.pattern, ask.module):
            return
        try:
            said = await self._hook.problem(ask.module, ask.version)
        except FailedError as error:
            self._refuse(words.NO_WORD, ask.module, ask.version, reason=str(error))
        if said is not None:
            self._refuse(words.HOOKED, ask.module, ask.version, reason=said or "-")

    async def old_enough(self, module: str, version: str) -> None:
        """A version has the age that it must have before its files are fetched.

        Raises:
            FailedError: it has not (``ruled``), or its .info cannot be had.
        """
        days = self._setup.filters.min_age
        if not days or self._is_here(module, version):
            return
        made = content.made_at(await self._told(module, version))
        if made is None or time.time() - made.timestamp() < days * 86400:
            self._refuse(words.YOUNG, module, version, time=made.isoformat() if made else "?", days=f"{days:g}")

    async def licensed(self, ask: Ask) -> None:
        """A zip of the store has a licence that is allowed.

        Raises:
            FailedError: it has another one (``ruled``).
            OSError: it cannot be read.
        """
        allowed = self._setup.filters.licences
        if not allowed or ask.kind is not Kind.ZIP:
            return
        key = f"{ask.module}@{ask.version}"
        if key not in self._licences:
            self._licences[key] = await asyncio.to_thread(licences.of_zip, self._store.path(ask.place), ask.module, ask.version)
        found = self._licences[key]
        if not set(found) <= set(allowed):
            self._refuse(words.LICENCE, ask.module, ask.version, licences=", ".join(found))

    @property
    def hides(self) -> bool:
        """Whether a list may have versions that it must not show."""
        return bool(self._setup.filters.min_age) or (self._flaws is not None and self._setup.vulnerabilities.mode == "refuse")

    async def visible(self, module: str, versions: Iterable[str]) -> list[str]:
        """The versions that may be chosen; one of which nobody can say how old it is, is not."""

        async def may(version: str) -> bool:
            if self._setup.vulnerabilities.mode == "refuse" and await self.flaws(module, version):
                return False
            try:
                await self.old_enough(module, version)
            except (FailedError, AbsentError):
                return False
            return True

        named = list(versions)
        fine = await asyncio.gather(*(may(version) for version in named))
        return [version for version, shown in zip(named, fine, strict=True) if shown]

    async def flaws(self, module: str, version: str) -> list[osv.Flaw]:
        """What is known against a version, but for what the set-up ignores."""
        if self._flaws is None:
            return []
        database = self._setup.vulnerabilities.database
        if time.monotonic() - self._looked > _LOOK:
            self._looked = time.monotonic()
            if osv.stamp(database) != self._flaws.stamp:
                # Half written, perhaps: then the old one is good until the new one can be read.
                with contextlib.suppress(osv.OSVError):
                    self._flaws = await asyncio.to_thread(osv.Flaws, database)
        ignored = self._setup.vulnerabilities.ignore
        return [flaw for flaw in self._flaws.of(module, version) if flaw.id not in ignored]

    def said(self, module: str) -> hints.Words:
        """What the newest go.mod that is here says of its module's versions."""
        newest = self._store.newest(module)
        place = asks.places(module, newest)[1] if newest else ""
        info = self._store.stat(place) if newest else None
        if info is None:
            return hints.Words()
        stamp = (info.st_mtime_ns, info.st_size)
        before = self._said.get(place)
        if before is None or before[0] != stamp:
            before = stamp, hints.read((self._store.read(place) or b"").decode("utf-8", "replace"))
            self._said[place] = before
        return before[1]

    async def headers(self, ask: Ask) -> str:
        """Header lines that say what is worth knowing of a version: retracted, deprecated, vulnerable."""
        lines = ""
        said = self.said(ask.module)
        if (gone := said.retraction(ask.module, ask.version)) is not None:
            lines += f"Gomend-Retracted: {_plain(gone.why) or 'yes'}\r\n"
        if said.deprecated:
            lines += f"Gomend-Deprecated: {_plain(said.deprecated)}\r\n"
        if found := await self.flaws(ask.module, ask.version):
            lines += f"Gomend-Vulnerable: {_plain(', '.join(f.id for f in found))}\r\n"
        return lines

    def words(self, module: str, version: str) -> str:
        """The same for the text of a refusal; empty if there is nothing to say."""
        said = self.said(module)
        gone = said.retraction(module, version) if version else None
        lines = [self._say(words.RETRACTED, version=version, why=gone.why or "-")] if gone else []
        lines += [self._say(words.DEPRECATED, module=module, why=said.deprecated)] if said.deprecated else []
        return " ".join(lines)

    def _is_here(self, module: str, version: str) -> bool:
        return self._store.stat(asks.places(module, version)[2]) is not None

    def _refuse(self, text: Text, module: str, version: str, **given: object) -> NoReturn:
        raise FailedError(_REFUSED, self._say(text, what=f"{module}@{version}", **given))


def _plain(text: str) -> str:
    """Words in a header: one line of printable ASCII."""
    return "".join(c if " " <= c <= "~" else "?" for c in " ".join(text.split()))[:300]


def setup_problem(setup: Setup) -> str:
    """What is wrong with the database of vulnerabilities; empty if nothing is."""
    path = setup.vulnerabilities.database
    if not path:
        return ""
    if not os.path.exists(path):
        return f"{path} is not there"
    try:
        osv.Flaws(path)
    except osv.OSVError as error:
        return str(error)
    return ""


def best(module: str, versions: Iterable[str]) -> str:
    """What @latest stands for among these: the newest release, else the newest pre-release; empty if there is none."""
    ordered = sorted(versions, key=lambda v: semver.key(module, v))
    releases = [v for v in ordered if not semver.prerelease(v) and not v.endswith("+incompatible")]
    plain = [v for v in ordered if not semver.prerelease(v)]
    return (releases or plain or ordered or [""])[-1]
