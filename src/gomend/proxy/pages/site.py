"""Which page shows what. Only what the reader may read is shown, and everything comes from the store and the counters: no upstream is asked."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
import urllib.parse
from collections.abc import Callable
from typing import Final

from gomend.golang import semver
from gomend.model.text import Text, Translator
from gomend.proxy import asks, content
from gomend.proxy.answers import Answer
from gomend.proxy.evict import Held, held
from gomend.proxy.kitchen import Kitchen
from gomend.proxy.pages import words
from gomend.proxy.pages.html import HEADERS, Markup, joined, page, table, tag

_FRESH: Final = 5.0
"""Seconds that a look over the store is good for."""
_PAGE: Final = 200
_UNITS: Final = ("B", "kB", "MB", "GB", "TB")
_LANGUAGES: Final = {"en": "zh-CN", "zh-CN": "en"}
May = Callable[[str], bool]


class Site:
    """The pages of one server, below ``/-/``."""

    def __init__(self, kitchen: Kitchen) -> None:
        """Nothing is read yet."""
        self._kitchen = kitchen
        self._seen: tuple[float, dict[str, list[Held]]] = (0.0, {})
        self._looking = asyncio.Lock()
        self._say = {language: Translator(language) for language in _LANGUAGES}

    async def answer(self, target: str, may: May) -> Answer:
        """A page; ``may`` says whether the reader may read a module."""
        path, _, query = target.partition("?")
        given = urllib.parse.parse_qs(query[:2000], errors="replace")
        language = given.get("lang", [self._kitchen.say.language])[0]
        language = language if language in _LANGUAGES else "en"
        view = _View(self._say[language], language, path, {k: v[0] for k, v in given.items() if k != "lang"})
        modules = {name: found for name, found in (await self._modules()).items() if may(name)}
        if path == "/-/":
            return view.page(words.MODULES, _index(view, modules))
        if path == "/-/health":
            return view.page(words.HEALTH, _health(view, self._kitchen, may))
        name = urllib.parse.unquote(path.removeprefix("/-/m/"))
        if path.startswith("/-/m/") and name in modules:
            return view.page(name, await self._module(view, name, modules[name]))
        return view.page(words.NO_SUCH, tag("p", view.say(words.NO_SUCH)), status=404)

    async def _modules(self) -> dict[str, list[Held]]:
        async with self._looking:
            if time.monotonic() - self._seen[0] > _FRESH or not self._seen[0]:
                found: dict[str, list[Held]] = {}
                for one in await asyncio.to_thread(held, self._kitchen.store):
                    found.setdefault(one.module, []).append(one)
                self._seen = time.monotonic(), found
            return self._seen[1]

    async def _module(self, view: _View, name: str, versions: list[Held]) -> Markup:
        say, store, rules = view.say, self._kitchen.store, self._kitchen.rules
        said = rules.said(name)
        rows, fine = [], ""
        for one in _newest_first(name, versions):
            info = store.read(asks.places(name, one.version)[0])
            made = content.made_at(info) if info else None
            notes = [] if any(p.endswith(".zip") for p in one.places) else [tag("span", say(words.ONLY_MOD), class_="soft")]
            if (gone := said.retraction(name, one.version)) is not None:
                notes.append(tag("span", say(words.RETRACTED, why=gone.why or "-"), class_="warn"))
            for flaw in await rules.flaws(name, one.version):
                words_ = say(words.VULNERABLE, flaw=f"{flaw.id} {flaw.summary}")
                notes.append(tag("span", words_, class_="bad"))
            fine = fine or ("" if notes else one.version)
            h1 = self._kitchen.ledger.known(f"{name} {one.version}")
            rows.append(
                (
                    tag("span", one.version, class_="m"),
                    f"{made:%Y-%m-%d}" if made else "",
                    _size(one.size),
                    _day(one.used),
                    tag("span", h1, class_="m soft"),
                    joined(notes, " · "),
                )
            )
        heads = [say(w) for w in (words.VERSION, words.MADE, words.SIZE, words.USED, words.HASH, words.NOTES)]
        newest = store.newest(name)
        mod = store.read(asks.places(name, newest)[1]) if newest else None
        parts = [
            tag("h1", name),
            tag("p", say(words.DEPRECATED, why=said.deprecated), class_="warn") if said.deprecated else "",
            tag("p", say(words.USE), " ", tag("code", f"go get {name}@{fine}")) if fine else "",
            table(heads, rows, frozenset({2})),
        ]
        if mod is not None:
            parts += [tag("h2", say(words.GO_MOD, version=newest)), tag("pre", mod.decode("utf-8", "replace"))]
        return joined(parts)


class _View:
    """One reader's look at a page: language and place."""

    def __init__(self, say: Translator, language: str, path: str, given: dict[str, str]) -> None:
        self.say = say
        self.language = language
        self.path = path
        self.given = given

    def link(self, path: str, text: object, **more: str) -> Markup:
        """A link that keeps the language."""
        query = urllib.parse.urlencode({**more, "lang": more.get("lang", self.language)})
        current = {"aria_current": "page"} if path == self.path and "lang" not in more and "page" not in more else {}
        return tag("a", text, href=f"{path}?{query}", **current)

    def page(self, title: Text | str, body: Markup, status: int = 200) -> Answer:
        """The answer with a whole page."""
        name = self.say(title) if isinstance(title, Text) else title
        other = _LANGUAGES[self.language]
        head = joined(
            [
                tag("b", self.say(words.TITLE)),
                self.link("/-/", self.say(words.MODULES)),
                self.link("/-/health", self.say(words.HEALTH)),
                tag(
                    "span",
                    self.link(self.path, "中文" if other == "zh-CN" else "English", **{**self.given, "lang": other}),
                    class_="end",
                ),
            ]
        )
        whole = page(self.language, f"{name} - {self.say(words.TITLE)}", head, body)
        return Answer(status, "page", HEADERS, whole, size=len(whole))


def _index(view: _View, modules: dict[str, list[Held]]) -> Markup:
    say = view.say
    wanted = view.given.get("q", "").strip()
    names = sorted(name for name in modules if wanted.casefold() in name.casefold())
    number = view.given.get("page", "1")
    start = (int(number) - 1) * _PAGE if number.isascii() and number.isdigit() and 0 < int(number) < 1e6 else 0
    shown = names[start : start + _PAGE]
    total = sum(one.size for found in modules.values() for one in found)
    box = Markup(
        f'<input name="q" value="{joined([wanted])}" placeholder="{joined([say(words.SEARCH)])}" aria-label="{joined([say(words.SEARCH)])}">'
        f'<input name="lang" value="{view.language}" type="hidden">'
    )
    form = tag("form", box, tag("button", say(words.FIND)), action="/-/", method="get")
    if not modules:
        return joined([form, tag("p", say(words.NONE), class_="soft")])
    rows = [
        (
            tag("span", view.link(f"/-/m/{urllib.parse.quote(name)}", name), class_="m"),
            len(modules[name]),
            tag("span", _newest_first(name, modules[name])[0].version, class_="m"),
            _size(sum(one.size for one in modules[name])),
            _day(max(one.used for one in modules[name])),
        )
        for name in shown
    ]
    heads = [say(w) for w in (words.MODULE, words.VERSIONS, words.NEWEST, words.SIZE, words.USED)]
    more = {"q": wanted, "page": str(start // _PAGE + 2)}
    return joined(
        [
            form,
            tag("p", say(words.COUNT, shown=len(shown), count=len(modules), size=_size(total)), class_="soft"),
            table(heads, rows, frozenset({1, 3})),
            tag("p", view.link("/-/", say(words.MORE), **more)) if start + _PAGE < len(names) else "",
        ]
    )


def _health(view: _View, kitchen: Kitchen, may: May) -> Markup:
    say = view.say
    colour = {"closed": "good", "half-open": "warn", "open": "bad"}
    upstreams = [
        (
            tag("span", one.name, class_="m"),
            tag("span", say(words.STATES[one.health.state]), class_=f"s {colour[one.health.state]}"),
            one.health.good,
            one.health.bad,
            f"{one.health.hedge():.2f} s",
            one.health.last,
        )
        for one in kitchen.upstreams
    ]
    heads = [say(w) for w in (words.UPSTREAM, words.STATE, words.ANSWERS, words.FAILURES, words.PATIENCE, words.LAST)]
    now = [(say(words.UNDER_WAY), len(kitchen.flights))]
    named = {"fetched": words.FETCHED, "pulled": words.PULLED, "served_stale": words.STALE, "evicted": words.EVICTED}
    now += [(say(word), kitchen.counts.get(name, 0)) for name, word in named.items()]
    now += [(say(words.OWED), len(kitchen.behind.owed))] if kitchen.behind is not None else []
    troubles = [
        (tag("span", _time(t.at), class_="s soft"), tag("span", t.what, class_="m"), t.words)
        for t in reversed(kitchen.troubles)
        if not t.module or may(t.module)
    ]
    quiet = tag("p", say(words.QUIET), class_="soft")
    return joined(
        [
            tag("h2", say(words.UPSTREAMS)),
            table(heads, upstreams, frozenset({2, 3, 4})) if upstreams else quiet,
            tag("h2", say(words.NOW)),
            table((), now, frozenset({1})),
            tag("h2", say(words.ALARMS)),
            joined(tag("p", alarm.words, class_="bad") for alarm in kitchen.refused if not alarm.module or may(alarm.module))
            or quiet,
            tag("h2", say(words.TROUBLES)),
            table([say(w) for w in (words.WHEN, words.WHAT, words.WHY)], troubles) if troubles else quiet,
        ]
    )


def _newest_first(module: str, versions: list[Held]) -> list[Held]:
    return sorted(versions, key=lambda one: (not semver.prerelease(one.version), semver.key(module, one.version)), reverse=True)


def _size(size: float) -> str:
    unit = 0
    while size >= 1024 and unit < len(_UNITS) - 1:
        size /= 1024
        unit += 1
    return f"{size:.0f} {_UNITS[unit]}" if unit == 0 or size >= 100 else f"{size:.1f} {_UNITS[unit]}"


def _day(seconds: float) -> Markup:
    return tag("span", f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%d}", class_="s")


def _time(seconds: float) -> str:
    return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%m-%d %H:%M:%S}"
