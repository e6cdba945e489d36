"""A rehearsal of the C half of a build, within seconds and in a private folder.

Every preamble and small C file is checked (``-fsyntax-only``), and what is linked is linked into an empty program. What the compiler says
is put into the words that go build would use, so that the rules for logs read it.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from typing import Final

import anyio

from gomend.cgo import csource, gosource, quoting
from gomend.cgo.facts.compilers import Compiler
from gomend.cgo.facts.targets import Target
from gomend.cgo.preflight.native import Native
from gomend.model.base import Thing
from gomend.ports.doors import Doors
from gomend.ports.files import FileProblem, write_whole
from gomend.ports.processes import Cmd, Done

MOST: Final = 40
"""Compiler calls of one target."""
SMALL: Final = 120_000
"""Bytes of a C file that is checked; larger ones take longer than the answer is worth."""
ONE: Final = 10.0
"""Seconds that one call may take."""
_NAME: Final = re.compile(r"\bC\.(\w+)")
_BUILT_IN: Final = frozenset(
    [
        "CString",
        "GoString",
        "GoStringN",
        "GoBytes",
        "CBytes",
        "malloc",
        "free",
        "char",
        "schar",
        "uchar",
        "short",
        "ushort",
        "int",
        "uint",
        "long",
        "ulong",
        "longlong",
        "ulonglong",
        "float",
        "double",
        "complexfloat",
        "complexdouble",
        "size_t",
    ]
)
_CGO: Final = re.compile(r"(?m)^[ \t]*#cgo\b.*$")
_MAIN: Final = "int main(void) { return 0; }\n"
_CXX: Final = "#include <vector>\nint main() { std::vector<int> v(1); return v[0]; }\n"
_LOST: Final = re.compile(r"^gomend-names:(\d+):\d+: (?:fatal )?error: (.*)$", re.MULTILINE)
_MODES: Final = {
    "386": ("-m32",),
    "amd64": ("-m64",),
    "arm": ("-marm",),
    "s390x": ("-m64", "-march=z196"),
    "mips64": ("-mabi=64",),
    "mips64le": ("-mabi=64",),
    "mips": ("-mabi=32", "-march=mips32"),
    "mipsle": ("-mabi=32", "-march=mips32"),
    "loong64": ("-mabi=lp64d",),
    "ppc64": ("-m64",),
    "ppc64le": ("-m64",),
}
"""What go passes itself (cmd/go/internal/work, gccArchArgs)."""


class Rehearsed(Thing, frozen=True):
    """What the compilers said, as go would show it, and after how many calls; ``partly`` if some were left out or took too long."""

    log: str
    calls: int
    partly: bool


async def rehearse(
    doors: Doors,
    target: Target,
    compiler: Compiler,
    natives: tuple[Native, ...],
    pkg: Mapping[str, tuple[str, ...]],
    *,
    budget: float,
) -> Rehearsed:
    """Check the packages of one target, those of the project first.

    ``pkg`` has the flags of pkg-config packages by name; packages that ask for others are left out (a rule speaks of those). ``budget``
    is the seconds for all of it.
    """
    asked = [one for one in natives if all(name in pkg for name in one.package.pkg_config if not name.startswith("-"))]
    ordered = sorted(asked, key=lambda one: not one.package.own)
    with tempfile.TemporaryDirectory(prefix="gomend-preflight-") as folder:
        stage = _Stage(doors, target, compiler, pkg, folder)
        with anyio.move_on_after(budget) as limit:
            async with anyio.create_task_group() as tasks:
                for one in ordered:
                    tasks.start_soon(stage.package, one)
                tasks.start_soon(stage.cxx, ordered)
        return Rehearsed(log=stage.log(ordered), calls=stage.calls, partly=stage.partly or limit.cancelled_caught)


class _Stage:
    def __init__(
        self, doors: Doors, target: Target, compiler: Compiler, pkg: Mapping[str, tuple[str, ...]], folder: str
    ) -> None:
        self._doors = doors
        self._target = target
        self._compiler = compiler
        self._pkg = pkg
        self._folder = folder
        self._files = 0
        self._slots = anyio.Semaphore(2)
        self._said: dict[str, list[str]] = {}
        self.calls = 0
        self.partly = False

    def log(self, natives: list[Native]) -> str:
        """What was said, a paragraph a package, as go prints it."""
        parts = []
        for path in (*(one.package.path for one in natives), "C++"):
            said = [text for text in self._said.get(path, ()) if text.strip()]
            if said:
                parts.append(f"# {path}\n" + "\n".join(text.strip() for text in said) + "\n")
        return "".join(parts)

    async def package(self, one: Native) -> None:
        """Preambles, then C files, then the link."""
        clean = True
        for file in one.package.cgo_files:
            clean = await self._preamble(one, file) and clean
        for name in self._sources(one):
            done = await self._compile(one, *self._checking(), "-w", name)
            clean = self._passed(one, done) and clean
        if clean and self._target.goos == "linux" and (one.package.own or one.package.flags.get("LDFLAGS")):
            done = await self._compile(one, self._file("main.c", _MAIN), "-o", self._file("main", ""), link=True)
            self._passed(one, done)

    async def cxx(self, natives: list[Native]) -> None:
        """A C++ program, if a package has C++ files."""
        one = next((n for n in natives if n.package.sources.get("c++")), None)
        words = quoting.words(self._target["CXX"])
        if one is None or not words:
            return
        if self._doors.runner.which(words[0]) is None:
            reason = f'exec: "{words[0]}": executable file not found in $PATH'
            self._said["C++"] = [f'cgo: C++ compiler "{words[0]}" not found: {reason}']
            return
        # The headers of a C++ library for glibc do not help a program for musl.
        words = self._compiler.words if self._compiler.musl and not self._compiler.zig else words
        argv = (*words, *self._modes(), *self._checking(), self._file("main.cc", _CXX))
        done = await self._run(Cmd(argv=argv, cwd=one.dir, env={"LC_ALL": "C"}, timeout=ONE))
        if done is not None and done.exit and not done.problem:
            self._said["C++"] = [done.stderr.replace(self._folder, ".")]

    async def _preamble(self, one: Native, file: str) -> bool:
        text = self._text(os.path.join(one.dir, file))
        preamble = csource.preamble(text)
        # Names are looked for below the preamble; its lines are kept so that line numbers hold.
        code = gosource.without_comments(text)
        start = sum(len(line) + 1 for line in code.split("\n")[: preamble.count("\n") + 1]) if preamble else 0
        places: dict[str, int] = {}
        for match in _NAME.finditer(code, min(start, len(code))):
            places.setdefault(match[1], code.count("\n", 0, match.start()) + 1)
        names = [n for n in places if n not in _BUILT_IN and not n.startswith(("sizeof_", "_", "cgo_"))]
        lines = [f'#line 1 "./{file}"', _CGO.sub("", preamble), '#line 1 "gomend-names"']
        for i, name in enumerate(names):
            plain = re.sub(r"^(struct|union|enum)_", r"\1 ", name)
            lines.append(f"void gomend_name_{i}(void) {{ (void)sizeof(__typeof__({plain}) *); }}")
        done = await self._compile(one, *self._checking(), "-w", self._file("preamble.c", "\n".join(lines) + "\n"))
        if done is None or done.problem or done.exit == 0:
            return self._passed(one, done)
        lost = [names[int(m[1]) - 1] for m in _LOST.finditer(done.stderr) if int(m[1]) <= len(names)]
        told = [line for line in done.stderr.splitlines() if "gomend-names" not in line and "gomend_name_" not in line]
        if lost and not any(": error: " in line or ": fatal error: " in line for line in told):
            for name in dict.fromkeys(lost):
                self._tell(one, f"./{file}:{places[name]}:2: could not determine what C.{name} refers to")
        else:
            self._tell(one, "\n".join(told))
        return False

    def _sources(self, one: Native) -> Iterator[str]:
        """Small C files of the package that take part on the target."""
        held = gosource.tags(self._target.goos, self._target.goarch)
        for name in self._doors.files.names(one.dir) if one.package.sources.get("c") else ():
            entry = self._doors.files.entry(os.path.join(one.dir, name))
            if not name.endswith(".c") or entry is None:
                continue
            if entry.size > SMALL:
                self.partly = True
            elif gosource.takes_part(name.removesuffix(".c") + ".go", self._text(os.path.join(one.dir, name)), held):
                yield name

    def _passed(self, one: Native, done: Done | None) -> bool:
        if done is None or done.problem:
            self.partly = True
            return True
        if done.exit:
            self._tell(one, done.stderr.replace(self._folder, "."))
        return not done.exit

    async def _compile(self, one: Native, *words: str, link: bool = False) -> Done | None:
        target = self._target
        argv = [*self._compiler.words, "-I", ".", *self._modes()]
        if target.goos in {"darwin", "ios"}:
            argv += ["-arch", {"amd64": "x86_64"}.get(target.goarch, target.goarch)]
        pkg = [word for name in one.package.pkg_config for word in self._pkg.get(name, ())]
        for kind in ("CPPFLAGS", "CFLAGS"):
            argv += [*quoting.words(target[f"CGO_{kind}"]), *one.flags(kind)]
        argv += [word for word in pkg if not word.startswith(("-l", "-L", "-Wl,"))]
        argv += words
        if link:
            argv += [*quoting.words(target["CGO_LDFLAGS"]), *one.flags("LDFLAGS")]
            argv += [word for word in pkg if word.startswith(("-l", "-L", "-Wl,"))]
        env = {"LC_ALL": "C", "PWD": one.dir}
        return await self._run(Cmd(argv=tuple(argv), cwd=one.dir, env=env, timeout=ONE))

    def _checking(self) -> tuple[str, ...]:
        # zig moves the object that it expects and fails where there is none.
        return ("-c", "-o", self._file("out.o", "")) if self._compiler.zig else ("-fsyntax-only",)

    def _modes(self) -> tuple[str, ...]:
        return () if self._compiler.zig else _MODES.get(self._target.goarch, ())

    async def _run(self, cmd: Cmd) -> Done | None:
        if self.calls >= MOST:
            return None
        self.calls += 1
        async with self._slots:
            return await self._doors.runner.run(cmd)

    def _tell(self, one: Native, text: str) -> None:
        self._said.setdefault(one.package.path, []).append(text[-6000:])

    def _file(self, name: str, text: str) -> str:
        """A file of its own in the private folder."""
        self._files += 1
        path = os.path.join(self._folder, f"{self._files}-{name}")
        if text:
            write_whole(path, text.encode(errors="surrogateescape"))
        return path

    def _text(self, path: str) -> str:
        try:
            return (self._doors.files.read(path) or b"").decode(errors="replace")
        except FileProblem:
            return ""
