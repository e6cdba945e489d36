"""``gomend debug map``: the rules between the sources here and the paths in a binary, in the form of each tool."""

from __future__ import annotations

import json
import os
from typing import Final

from gomend.apps.cli import base
from gomend.apps.loop import run_async
from gomend.binary.info import BinaryError
from gomend.debug import paths
from gomend.debug.pathmap import rules
from gomend.debug.pathmap.here import Machine
from gomend.debug.pathmap.recorded import Module
from gomend.debug.pathmap.rules import Rule
from gomend.debug.why.product import Product
from gomend.model.base import Thing
from gomend.model.text import Translator, text
from gomend.ports.doors import Doors, real_doors
from gomend.ports.files import FileProblem
from gomend.ports.processes import Cmd

_NO_TABLE: Final = text("debugmap.no-table", "{path} has no Go function table: it is no Go program, or it is packed.")
_NONE: Final = text("debugmap.none", "No rules are needed: the binary records the paths that are here.")
_RULES: Final = text("debugmap.rules", "Rules (the editor's folder → the binary's), the first match wins:")
_COUNT: Final = text("debugmap.count", "{mapped} of {all} source files of the binary are here; the others belong to {modules}.")
_ALL: Final = text("debugmap.all", "All {all} source files of the binary are here.")
_DLV: Final = text("debugmap.dlv", "dlv command line (the other way round: the binary's first):")
_GOLAND: Final = text(
    "debugmap.goland", "GoLand: the rules above, as path mappings of a Go Remote configuration (local → remote)."
)
_VSCODE: Final = text("debugmap.vscode", "VS Code launch.json, nvim-dap, Zed and Emacs (dape):")


class MapShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """The answer of ``gomend debug map``: rules in the order in which they must be applied, and recorded files that are not here."""

    schema_: str
    rules: tuple[Rule, ...]
    unmapped: tuple[str, ...]
    files: int
    modules: tuple[Module, ...]


def machine(doors: Doors, folder: str) -> Machine:
    """Where go says that it and its module cache are."""
    argv = ("go", "env", "-json", "GOROOT", "GOMODCACHE")
    done = run_async(lambda: doors.runner.run(Cmd(argv=argv, cwd=folder if os.path.isdir(folder) else None)))
    try:
        found = json.loads(done.stdout)
    except ValueError:
        found = {}
    return Machine(goroot=found.get("GOROOT", ""), gomodcache=found.get("GOMODCACHE", ""))


def opened(binary: str) -> tuple[Product, tuple[str, ...]]:
    """A binary and the source files that it records, without those that the build itself wrote.

    Raises:
        Problem: the file cannot be read, is damaged, or has no Go table.
    """
    try:
        product = Product(binary)
        if product.symbols is None:
            raise base.Problem(_NO_TABLE, path=binary)
        files = tuple(f for f in product.symbols.files() if not f.startswith("<") and not _made(f))
    except (FileProblem, BinaryError) as problem:
        raise base.Problem(str(problem) if isinstance(problem, FileProblem) else f"{binary}: {problem}") from None
    return product, files


def recorded(binary: str) -> tuple[str, ...]:
    """The source files that a binary records, without those that the build itself wrote.

    Raises:
        Problem: the file cannot be read, is damaged, or has no Go table.
    """
    return opened(binary)[1]


def infer(binary: str, sources: tuple[str, ...]) -> MapShape:
    """Read a binary and find its sources.

    Raises:
        Problem: the file cannot be read, is damaged, or has no Go table.
    """
    product, files = opened(binary)
    folders = tuple(os.path.abspath(s) for s in sources) or (os.getcwd(),)
    try:
        modules = product.modules
    except BinaryError as problem:
        raise base.Problem(f"{binary}: {problem}") from None
    found, _ = rules.infer(modules, files, folders, machine(real_doors(), folders[0]))
    known = reverse(found)
    missing = tuple(f for f in files if not os.path.isfile(paths.substitute(f, known)))
    return MapShape(schema_="gomend.map/1", rules=found, unmapped=missing, files=len(files), modules=modules)


def reverse(found: tuple[Rule, ...]) -> tuple[tuple[str, str], ...]:
    """The rules as a debugger reads them to show a recorded file: the other way round, longest first."""
    return tuple((r.to, r.from_) for r in sorted(found, key=lambda r: -len(r.to)))


def _made(file: str) -> bool:
    """Written by the build itself: cgo's files, and those of no folder that a test binary has."""
    name = file.rpartition("/")[2]
    return name.startswith("_cgo_") or name == "_testmain.go" or file.endswith("?")


def told(answer: MapShape, say: Translator) -> str:
    """The answer for people, with the rules in every tool's form."""
    lines = []
    if not answer.rules:
        lines.append(say(_NONE))
    else:
        width = max(len(r.from_) for r in answer.rules)
        lines += [say(_RULES), *(f"  {r.from_:<{width}}  →  {r.to or '(empty)'}" for r in answer.rules)]
        pairs = ",\n".join(f'    {{"from": {json.dumps(r.from_)}, "to": {json.dumps(r.to)}}}' for r in answer.rules)
        lines += ["", say(_VSCODE), '  "substitutePath": [', pairs, "  ]"]
        lines += ["", say(_DLV), *(f"  config substitute-path {_quoted(r.to)} {_quoted(r.from_)}" for r in answer.rules)]
        lines += ["", say(_GOLAND)]
    lines.append("")
    if answer.unmapped:
        names = sorted({_owner(f, answer.modules) for f in answer.unmapped})
        lines.append(say(_COUNT, mapped=answer.files - len(answer.unmapped), all=answer.files, modules=", ".join(names[:6])))
    else:
        lines.append(say(_ALL, all=answer.files))
    return "\n".join(lines) + "\n"


def _quoted(path: str) -> str:
    return f'"{path}"' if not path or " " in path else path


def _owner(file: str, modules: tuple[Module, ...]) -> str:
    fitting = [m for m in modules if m.prefix and file.startswith(f"{m.prefix}/")]
    return max(fitting, key=lambda m: len(m.prefix)).path if fitting else file.partition("/")[0] or file
