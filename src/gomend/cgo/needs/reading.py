"""One package: which headers its C code includes, which libraries it links, which prebuilt files it carries."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

from gomend.cgo import archives, csource
from gomend.cgo.archives import Prebuilt
from gomend.cgo.data import load
from gomend.cgo.needs.listing import Package
from gomend.cgo.needs.things import CPackage, Header, Link
from gomend.ports.doors import Doors
from gomend.ports.files import FileProblem

MOST_FILES: Final = 400
"""C files of one package that are read."""
MOST_BYTES: Final = 24 * 1024 * 1024
"""Bytes of them."""
_LIBC: Final = frozenset(["c", "m", "pthread", "dl", "rt", "util", "resolv", "crypt", "anl", "nsl", "execinfo"])
_COMPILER: Final = frozenset(
    ["stdc++", "c++", "c++abi", "gcc", "gcc_s", "gomp", "omp", "gfortran", "quadmath", "atomic", "ssp"]
)
_PREBUILT: Final = (".a", ".o", ".so", ".syso", ".lib", ".dylib")


class Reader:
    """Reads packages of one target."""

    def __init__(self, doors: Doors, goos: str, goarch: str) -> None:
        """Remember the target."""
        self._doors = doors
        self._goos, self._goarch = goos, goarch

    def package(self, package: Package, why: tuple[str, ...], *, own: bool) -> CPackage:
        """Everything about one package."""
        headers, partly = self._headers(package)
        prebuilt = tuple(self._prebuilt(package))
        carried = {os.path.basename(p.path) for p in prebuilt}
        sources = {
            "c": len(package.c_files),
            "c++": len(package.cxx_files),
            "objective-c": len(package.m_files),
            "fortran": len(package.f_files),
            "assembly": len(package.s_files),
            "swig": len(package.swig_files) + len(package.swig_cxx_files),
            "syso": len(package.syso_files),
        }
        flags = {
            "CFLAGS": package.cflags,
            "CPPFLAGS": package.cppflags,
            "CXXFLAGS": package.cxxflags,
            "LDFLAGS": package.ldflags,
        }
        module = package.module
        return CPackage(
            path=package.import_path,
            module=module.path if module else "",
            version=module.version if module else "",
            own=own,
            why=why,
            cgo_files=package.cgo_files,
            sources={kind: count for kind, count in sources.items() if count},
            flags={k: tuple(w.replace(package.dir, "${SRCDIR}") for w in v) for k, v in flags.items() if v and package.dir},
            pkg_config=package.pkg_config,
            headers=headers,
            links=tuple(self._links(package, carried)),
            prebuilt=prebuilt,
            partly=partly,
        )

    # Headers ------------------------------------------------------------------------------------------------------

    def _headers(self, package: Package) -> tuple[tuple[Header, ...], bool]:
        places = [package.dir, *_folders(package.cflags + package.cppflags + package.cxxflags, package.dir)]
        found: dict[str, Header] = {}
        todo = [(name, True) for name in package.cgo_files]
        todo += [(n, False) for n in (*package.c_files, *package.cxx_files, *package.m_files)]
        seen = {name for name, _ in todo}
        size, count, partly = 0, 0, False
        while todo:
            name, go = todo.pop(0)
            if count >= MOST_FILES or size >= MOST_BYTES:
                partly = True
                break
            text = self._text(os.path.join(package.dir, name))
            if text is None:
                partly = True
                continue
            count, size = count + 1, size + len(text)
            text = csource.preamble(text) if go else text
            for include in csource.includes(text, self._goos, self._goarch):
                base = os.path.dirname(os.path.join(package.dir, name))
                path = self._carried(include.header, [base, *places])
                if path is not None:
                    local = os.path.relpath(path, package.dir)
                    if local not in seen:
                        seen.add(local)
                        todo.append((local, False))
                kind, library = ("carried", "") if path is not None else classify(include.header)
                held = found.get(include.header)
                if held is None or (held.conditional and not include.conditional):
                    found[include.header] = Header(
                        name=include.header,
                        kind=kind,
                        where=f"{name}:{include.line}",
                        library=library,
                        conditional=include.conditional,
                    )
        return tuple(found[name] for name in sorted(found)), partly

    def _carried(self, header: str, places: list[str]) -> str | None:
        for place in places:
            path = os.path.normpath(os.path.join(place, header))
            entry = self._doors.files.entry(path)
            if entry is not None and entry.kind != "folder":
                return path
        return None

    def _text(self, path: str) -> str | None:
        try:
            raw = self._doors.files.read(path, 16 * 1024 * 1024)
        except FileProblem:
            return None
        return raw.decode(errors="replace") if raw is not None else None

    # Libraries ----------------------------------------------------------------------------------------------------

    def _links(self, package: Package, carried: set[str]) -> Iterator[Link]:
        names = [w[2:] for w in package.ldflags if w.startswith("-l") and len(w) > 2]
        frameworks = [package.ldflags[i + 1] for i, w in enumerate(package.ldflags[:-1]) if w == "-framework"]
        for name in dict.fromkeys(names):
            if carried & {f"lib{name}.a", f"lib{name}.so", f"{name}.lib", f"lib{name}.dylib"}:
                yield Link(name=name, kind="carried")
            elif self._goos in {"windows", "darwin", "ios"} and load.of_lib(name) is None:
                yield Link(name=name, kind="compiler" if name in _COMPILER else "system")
            elif name in _LIBC or name in _COMPILER:
                yield Link(name=name, kind="libc" if name in _LIBC else "compiler")
            else:
                library = load.of_lib(name)
                yield Link(name=name, kind="library" if library else "unknown", library=library.name if library else "")
        for name in dict.fromkeys(frameworks):
            yield Link(name=name, kind="system")

    def _prebuilt(self, package: Package) -> Iterator[Prebuilt]:
        paths = [os.path.join(package.dir, name) for name in package.syso_files]
        libraries = [w[2:] for w in package.ldflags if w.startswith("-l")]
        for word in package.ldflags:
            if word.endswith(_PREBUILT) and not word.startswith("-"):
                paths.append(os.path.normpath(os.path.join(package.dir, word)))
            elif word.startswith("-L") and self._inside(word[2:], package):
                folder = os.path.normpath(os.path.join(package.dir, word[2:]))
                names = set(self._doors.files.names(folder))
                for library in libraries:
                    mine = (f"lib{library}.so", f"lib{library}.a", f"{library}.lib", f"lib{library}.dylib")
                    paths += [os.path.join(folder, n) for n in mine if n in names]
        for path in dict.fromkeys(paths):
            if self._doors.files.entry(path) is not None:
                yield archives.read(path)

    @staticmethod
    def _inside(folder: str, package: Package) -> bool:
        home = package.module.dir if package.module and package.module.dir else package.dir
        path = os.path.normpath(os.path.join(package.dir, folder))
        return path == home or path.startswith(home + os.sep)


def classify(header: str) -> tuple[str, str]:
    """Kind of a header that no module carries, and the library that it belongs to."""
    kind = load.system_header(header)
    library = load.of_header(header)
    if kind in {"libc", "glibc"} or (kind and library is None):
        return kind, ""
    if library is not None:
        return "library", library.name
    return ("c++", "") if "." not in header and "/" not in header else ("unknown", "")


def _folders(flags: tuple[str, ...], base: str) -> list[str]:
    found = [w[2:] for w in flags if w.startswith("-I") and len(w) > 2]
    found += [flags[i + 1] for i, w in enumerate(flags[:-1]) if w in {"-I", "-isystem", "-iquote"}]
    return [os.path.normpath(os.path.join(base, folder)) for folder in found]
