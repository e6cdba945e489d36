"""Fills a store before anybody asks: with what a project needs, named versions, or a whole module cache. Can be broken off and begun again."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterable
from typing import Final, Literal

import msgspec

from gomend.golang import modpath, semver
from gomend.golang.sumdb import Verifier
from gomend.model.base import Thing
from gomend.model.text import Translator, text
from gomend.proxy import asks
from gomend.proxy.kitchen import Kitchen
from gomend.proxy.serving import working
from gomend.proxy.settings import Setup
from gomend.proxy.upstream import Upstream

_AT_ONCE: Final = 32


_NO_VERSIONS: Final = text("proxy.fill.no-versions", "its list of versions is empty")


class FailedShape(Thing, frozen=True):
    """A file that could not be had, and why."""

    path: str
    reason: str


class FillShape(Thing, frozen=True):
    """The answer of ``proxy mirror`` and ``proxy import``: files that were there, that came in, and that did not."""

    there: int
    fetched: int
    failed: tuple[FailedShape, ...]
    schema: Literal["gomend.proxy-fill/1"] = "gomend.proxy-fill/1"


class Wish(Thing, frozen=True):
    """A file to have; ``h1`` is what go.sum says of it, empty if nothing."""

    place: str
    key: str = ""
    h1: str = ""


def of_gosum(text: str) -> list[Wish]:
    """All that a go.sum names: the .mod of each line, and .info and .zip where the zip is named."""
    found: dict[str, Wish] = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) != 3 or not words[2].startswith("h1:"):
            continue
        module, version, h1 = words
        info, mod, zip_ = asks.places(module, version.removesuffix("/go.mod"))
        if version.endswith("/go.mod"):
            found[mod] = Wish(place=mod, key=f"{module} {version}", h1=h1)
        else:
            found[zip_] = Wish(place=zip_, key=f"{module} {version}", h1=h1)
            found.setdefault(info, Wish(place=info))
    return list(found.values())


def of_list(content: str) -> list[str]:
    """The queries of a list: MODULE@VERSION, or what ``go list -m all`` prints, one a line; ``#`` begins a comment.

    A line without a version is a main module; of a replaced one the replacement counts, unless it is a folder.
    """
    found: list[str] = []
    for line in content.splitlines():
        words = line.partition("#")[0].split()
        if "=>" in words:
            words = words[words.index("=>") + 1 :]
        if words and ("@" in words[0] or len(words) > 1):
            found.append("@".join(words[:2]))
    return found


def of_cache(root: str) -> list[Wish]:
    """All files of versions in a tree in the layout of a module cache's ``cache/download``."""
    found: list[Wish] = []
    for folder, folders, names in os.walk(root):
        folders.sort()
        if folder.endswith("/@v"):
            base = os.path.relpath(folder, root)
            found += [Wish(place=f"{base}/{name}") for name in sorted(names) if name.endswith((".info", ".mod", ".zip"))]
    return found


async def fill(
    setup: Setup,
    by: Verifier | None,
    say: Translator,
    wishes: Iterable[Wish],
    queries: tuple[str, ...] = (),
    progress: Callable[[int, int], object] | None = None,
    first: tuple[Upstream, ...] = (),
) -> FillShape:
    """Fetch what is not there; ``queries`` are MODULE@VERSION, MODULE@latest or MODULE@all; ``first`` are asked before the set-up's upstreams.

    Raises:
        OSError: the store cannot be used.
    """
    counts = {"there": 0, "fetched": 0}
    failed: list[FailedShape] = []
    # Whoever fills a store waits for it.
    async with working(msgspec.structs.replace(setup, modes=()), say, by, first=first) as (kitchen, _, _):
        wanted = list(wishes)
        for query in queries:
            wanted += await _resolved(kitchen, query, failed)
        kitchen.wanted = {wish.key: wish.h1 for wish in wanted if wish.key}
        turn = asyncio.Semaphore(_AT_ONCE)
        done = 0

        async def one(wish: Wish) -> None:
            nonlocal done
            async with turn:
                there = kitchen.store.stat(wish.place) is not None
                if problem := await _had(kitchen, wish):
                    failed.append(FailedShape(path=wish.place, reason=problem))
                else:
                    counts["there" if there else "fetched"] += 1
            done += 1
            if progress is not None:
                progress(done, len(wanted))

        await asyncio.gather(*(one(wish) for wish in wanted))
    return FillShape(there=counts["there"], fetched=counts["fetched"], failed=tuple(sorted(failed, key=lambda f: f.path)))


async def _had(kitchen: Kitchen, wish: Wish) -> str:
    """Why a file is not in the store now; empty if it is, and is what go.sum says."""
    answer = await kitchen.answer("/" + wish.place.replace("%", "%25"))
    if answer.status != 200:
        return answer.body.decode("utf-8", "replace").strip()
    known = kitchen.ledger.known(wish.key) if wish.key else ""
    return f"go.sum says {wish.h1}, and it is {known}" if wish.h1 and known and known != wish.h1 else ""


async def _resolved(kitchen: Kitchen, query: str, failed: list[FailedShape]) -> list[Wish]:
    """The files of a version that is named, or that a name stands for; ``all`` stands for every version in the list."""
    module, _, version = query.partition("@")
    if version == "all":
        answer = await kitchen.answer(f"/{modpath.escape(module)}/@v/list")
        versions = [line.split()[0] for line in answer.body.decode("utf-8", "replace").splitlines() if line.strip()]
        if answer.status != 200 or not versions:
            reason = answer.body.decode("utf-8", "replace").strip() or kitchen.say(_NO_VERSIONS)
            failed.append(FailedShape(path=query, reason=reason))
            return []
        return [Wish(place=place) for version in versions for place in asks.places(module, version)]
    if semver.canonical(version) != version or not version:
        name = "@latest" if version in {"", "latest"} else f"@v/{modpath.escape(version)}.info"
        answer = await kitchen.answer(f"/{modpath.escape(module)}/{name}")
        if answer.status != 200:
            failed.append(FailedShape(path=query, reason=answer.body.decode("utf-8", "replace").strip()))
            return []
        version = str(json.loads(answer.body)["Version"])
    return [Wish(place=place) for place in asks.places(module, version)]
