"""Put together: two lists of packages a target, what the C code in them asks for, and what is left without cgo."""

from __future__ import annotations

import time
from collections.abc import Iterable

import anyio
import anyio.to_thread
import msgspec

from gomend.cgo.data import load
from gomend.cgo.needs import listing, without
from gomend.cgo.needs.listing import Listing, Package
from gomend.cgo.needs.reading import Reader
from gomend.cgo.needs.things import CPackage, Instead, Needs, TargetNeeds, Wanted
from gomend.ports.doors import Doors
from gomend.ports.processes import Cmd


async def needs(
    doors: Doors, root: str, pairs: tuple[tuple[str, str], ...], patterns: tuple[str, ...], *, download: bool = False
) -> Needs:
    """Ask go for every target at the same time, and read what the packages with C hold.

    An empty pair stands for the target that go builds for, whose name is asked meanwhile.
    """
    started = time.monotonic()
    lists: dict[tuple[str, str], dict[bool, Listing]] = {pair: {} for pair in pairs}
    answers: dict[tuple[str, str], TargetNeeds] = {}
    slots = anyio.Semaphore(4)
    named = anyio.Event()
    current: list[str] = ["", ""]

    async def name() -> None:
        done = await doors.runner.run(Cmd(argv=("go", "env", "GOOS", "GOARCH"), cwd=root, timeout=30))
        current[:] = (*done.stdout.split(), "", "")[:2]
        named.set()

    async def ask(pair: tuple[str, str], cgo: bool) -> None:
        async with slots:
            made = await listing.ask(doors, root, pair, cgo=cgo, patterns=patterns, download=download)
        if not pair[0]:
            await named.wait()
            made = msgspec.structs.replace(made, goos=current[0], goarch=current[1])
        lists[pair][cgo] = made
        if len(lists[pair]) == 2:
            answers[pair] = await anyio.to_thread.run_sync(of_list, doors, lists[pair][True], lists[pair][False])

    async with anyio.create_task_group() as tasks:
        if ("", "") in pairs:
            tasks.start_soon(name)
        for pair in pairs:
            for cgo in (True, False):
                tasks.start_soon(ask, pair, cgo)
    targets = tuple(answers[pair] for pair in pairs)
    every = [p for target in targets for p in target.packages]
    return Needs(
        module=next((p.module.path for held in lists.values() for p in _own(held) if p.module and p.module.main), ""),
        targets=targets,
        libraries=_libraries(every),
        instead=_instead(every),
        seconds=round(time.monotonic() - started, 3),
    )


def _own(held: dict[bool, Listing]) -> Iterable[Package]:
    return (p for made in held.values() for p in made.packages.values() if listing.own(p))


def of_list(doors: Doors, on: Listing, off: Listing | None = None) -> TargetNeeds:
    """What the packages of a list with cgo need; with the list without cgo also what is lost there."""
    if not on.packages:
        return TargetNeeds(target=on.target, problem=on.problem or "go list named no packages")
    reader = Reader(doors, on.goos, on.goarch)
    packages = tuple(
        reader.package(p, listing.chain(on.packages, path), own=listing.own(p))
        for path, p in on.packages.items()
        if p.native and not p.standard
    )
    errors = tuple((path, p.error.err.strip()[:400]) for path, p in on.packages.items() if p.error is not None)
    return TargetNeeds(
        target=on.target,
        packages=packages,
        listed=len(on.packages),
        standard=tuple(sorted(path for path, p in on.packages.items() if p.standard and p.cgo_files)),
        without=without.compare(doors, on, off) if off and (off.packages or not off.problem) else None,
        errors=errors,
        problem="" if not on.problem or on.packages else on.problem,
    )


def _libraries(packages: list[CPackage]) -> tuple[Wanted, ...]:
    """Libraries that no module carries, by what names them: pkg-config, then headers, then -l."""
    by_name = {library.name: library for library in load.libraries()}
    wanted: dict[str, dict[str, None]] = {}
    for package in packages:
        named = [lib.name for n in package.pkg_config if (lib := load.of_pkg_config(n)) is not None]
        named += [h.library for h in package.headers if h.kind == "library" and not h.conditional]
        named += [link.library for link in package.links if link.kind == "library"]
        for name in named:
            wanted.setdefault(name, {})[package.path] = None
    return tuple(
        Wanted(
            name=name,
            wanted_by=tuple(wanted[name]),
            debian=by_name[name].debian,
            alpine=by_name[name].alpine,
            fedora=by_name[name].fedora,
            homebrew=by_name[name].homebrew,
            vcpkg=by_name[name].vcpkg,
            verified=by_name[name].verified,
        )
        for name in sorted(wanted)
    )


def _instead(packages: list[CPackage]) -> tuple[Instead, ...]:
    known = load.alternatives()
    modules = dict.fromkeys(p.module for p in packages)
    return tuple(
        Instead(module=module, instead=known[module].instead, note=known[module].note, source=known[module].source)
        for module in modules
        if module in known
    )
