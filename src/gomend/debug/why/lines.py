"""The file is in the binary: does the line have code, why not, and is the source here the one that was built?"""

from __future__ import annotations

import os
import re
from typing import Final
from urllib.parse import quote

from gomend.binary.gorecords import Function
from gomend.binary.gosym import GoSymbols
from gomend.binary.info import BinaryError
from gomend.debug.pathmap.recorded import package_of
from gomend.debug.why.absent import WITHOUT_G
from gomend.debug.why.ask import Fix, Place, Verdict
from gomend.debug.why.gofile import Func, GoFile
from gomend.debug.why.mends import Mends
from gomend.debug.why.product import Product

_NEAR: Final = 30
"""Lines that are looked at for the nearest one with code."""
_WRITTEN: Final = re.compile(r"(?:\(\*\w+\)\.|\w+\.)?\w+")
_MADE: Final = re.compile(r"\.(?:func|gowrap|deferwrap)\d+$")
_LINKNAME: Final = re.compile(r"^//go:linkname \S+ \S*?\.(\w+)$", re.MULTILINE)
"""Names that stand in the source (``Add``, ``(*Cart).Add``), and closures and wrappers that the compiler names after them."""


def look(file: str, line: int, recorded: str, source: str, product: Product, mends: Mends) -> Verdict:
    """The verdict on a line of a file that the binary has."""
    symbols = product.symbols
    if symbols is None:
        return Verdict(file=file, line=line, bound=True, cause="none")
    try:
        code = symbols.lines_of(recorded)
    except BinaryError as error:
        return Verdict(file=file, line=line, bound=True, cause="none", evidence=(str(error),))
    made = GoFile(source.replace("\r\n", "\n")) if source and recorded.endswith(".go") else None
    functions = _functions(symbols, recorded, code)
    bound = line in code
    inside = next((package_of(f.name) for f in functions.values()), None)
    flags = product.optimised(inside or _package(recorded, code, symbols))
    if made and (stale := _stale(made, functions, code, optimised=flags[0])):
        return Verdict(file=file, line=line, bound=bound, cause="stale", evidence=stale, fix=mends.rebuild())
    if bound:
        if elsewhere := _put_elsewhere(line, code, symbols, product):
            return Verdict(file=file, line=line, bound=True, cause=elsewhere[0], evidence=elsewhere[1], fix=mends.rebuild())
        return Verdict(file=file, line=line, bound=True, cause="none")
    cause, evidence = (
        _why(made, line, recorded, functions, product, flags, code)
        if made
        else ("no-statement", (f"{recorded}: line {line} has no code",))
    )
    if cause in {"optimised", "inlined"}:
        fix = mends.rebuild()
    elif cause == "cgo-c-line":
        fix = mends.with_c()
    else:
        fix = _nearest(file, line, code, made) if cause != "dead-code" else None
    return Verdict(file=file, line=line, bound=False, cause=cause, evidence=evidence, fix=fix)


def _put_elsewhere(line: int, code: object, symbols: GoSymbols, product: Product) -> tuple[str, tuple[str, ...]] | None:
    """The line's function was put into its callers: dlv binds, yet stops in them, without the variables, or never."""
    assert isinstance(code, dict)
    for place in code[line]:
        frames = symbols.at(place.pc)
        name = frames[0].name if frames else place.function.name
        optimised, inlined = product.optimised(package_of(place.function.name))
        if not inlined:
            continue
        callers = {place.function.name} if name != place.function.name else {c.name for c in symbols.places_of(name)}
        if callers:
            shown = f"{name} was put into {', '.join(sorted(callers)[:3])}"
            return "optimised" if optimised else "inlined", (
                shown,
                f"go version -m: -gcflags={product.setting('-gcflags') or 'none'}",
            )
    return None


def _functions(symbols: GoSymbols, recorded: str, code: object) -> dict[str, Function]:
    """Functions that start in the file, by the name behind the package."""
    del code
    found: dict[str, dict[str, Function]] = {}
    for place in (p for places in symbols.lines_of(recorded).values() for p in places):
        function = place.function
        frames = symbols.at(function.entry)
        if frames and frames[-1].file == recorded:
            package = package_of(function.name)
            escaped = quote(package.rpartition("/")[2], safe="") if package else ""
            name = function.name.rpartition("/")[2]
            short = name.removeprefix(f"{escaped}.") if name.startswith(f"{escaped}.") else name.partition(".")[2]
            found.setdefault(package, {})[short] = function
    # ``//go:linkname`` gives a function a name of another package; the file's own is the one that most have.
    return max(found.values(), key=len, default={})


def _stale(made: GoFile, functions: dict[str, Function], code: object, *, optimised: bool) -> tuple[str, ...]:
    """What shows that the source was changed after the build: functions at other lines, gone, or code where there is none now."""
    here = {f.name: f for f in made.functions}
    renamed = set(_LINKNAME.findall(made.text))
    moved, gone = [], []
    for name, function in functions.items():
        if not _WRITTEN.fullmatch(name) or _MADE.search(name) or name.startswith("init") or name in renamed:
            continue
        if name not in here:
            gone.append(name)
        elif function.start_line and function.start_line != here[name].start:
            moved.append(f"{name}: line {function.start_line} when built, {here[name].start} now")
    if moved or gone:
        return (*moved[:3], *(f"{name}: in the binary, not in the source" for name in gone[:3]))
    assert isinstance(code, dict)
    last = len(made.lines)
    beyond = [n for n in code if n > last]
    if beyond:
        return (f"the binary has code in line {max(beyond)}, the source has {last} lines",)
    if not optimised:
        ends = [f for n, f in here.items() if n in functions and made.runs_to_its_end(f) and f.end not in code]
        if ends:
            return (
                f"{ends[0].name}: its closing brace (line {ends[0].end}) has no code in the binary, so it ended elsewhere when built",
            )
        for name, written in here.items():
            if name in functions and (pair := made.contradicts(written, code)):
                return (
                    f"{name}: line {pair[0]} has no code in the binary, line {pair[1]} has; in this source it is the other way round",
                )
    wrong = [n for n in code if not made.plain[n - 1].strip() and made.around(n)]
    if wrong:
        return (f"the binary has code in line {wrong[0]}, which is blank or a comment now",)
    return ()


def _why(
    made: GoFile,
    line: int,
    recorded: str,
    functions: dict[str, Function],
    product: Product,
    flags: tuple[bool, bool],
    code: object,
) -> tuple[str, tuple[str, ...]]:
    where = f"{os.path.basename(recorded)}:{line}"
    text = made.lines[line - 1].strip() if 0 < line <= len(made.lines) else ""
    if made.preamble(line):
        return "cgo-c-line", (f"{where} is C code of the preamble", WITHOUT_G)
    inside = made.around(line)
    if inside is None or (made.empty(line) and line != inside.end):
        return "no-statement", (f"{where}: {text or 'an empty line'}",)
    shown = (f"{where}: {text}", f"go version -m: -gcflags={product.setting('-gcflags') or 'none'}")
    return _code(made, line, shown, inside, functions, flags, code)


def _package(recorded: str, code: object, symbols: GoSymbols) -> str:
    """The package of a file none of whose functions stands alone: by a call that was replaced by one's body."""
    assert isinstance(code, dict)
    frames = (f for places in code.values() for place in places for f in symbols.at(place.pc)[:1] if f.file == recorded)
    return next((package_of(f.name) for f in frames), "main")


def _code(
    made: GoFile,
    line: int,
    shown: tuple[str, ...],
    inside: Func,
    functions: dict[str, Function],
    flags: tuple[bool, bool],
    code: object,
) -> tuple[str, tuple[str, ...]]:
    assert isinstance(code, dict)
    optimised, inlined = flags
    present = inside.name in functions
    if not present:
        if optimised:
            return "optimised", (*shown, f"{inside.name} is no function of the binary: inlined, or nothing calls it")
        if inlined:
            return "inlined", (*shown, f"{inside.name} was put into its callers (no -l)")
        return "dead-code", (shown[0], f"{inside.name} is not in the binary: nothing calls it, so the linker left it out")
    if made.dead(line, inside):
        return "dead-code", (shown[0], "the compiler leaves out code that is never reached")
    if not optimised and made.branch_without(line, inside, code):
        return "dead-code", (shown[0], "the compiler leaves out a branch whose condition it knows to be false")
    if optimised:
        return "optimised", (*shown, f"{inside.name} was compiled without -N")
    if inlined:
        return "inlined", shown
    return "no-statement", (shown[0], f"no code of {inside.name} belongs to this line")


def _nearest(file: str, line: int, code: object, made: GoFile | None) -> Fix | None:
    """The nearest line with code, below first, as an editor would move it."""
    assert isinstance(code, dict)
    inside = made.around(line) if made else None
    for step in range(1, _NEAR):
        for number in (line + step, line - step):
            if number in code and (inside is None or inside.start <= number <= inside.end):
                return Fix(breakpoint=Place(file=file, line=number))
    later = min((n for n in code if n > line), default=max(code, default=0))
    return Fix(breakpoint=Place(file=file, line=later)) if later else None
