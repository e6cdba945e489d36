"""What the project's own files decide: toolchain, workspace, vendor folder, replace and exclude. Pure.

Source: cmd/go (toolchain/select.go, modload/init.go, modload/modfile.go).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gomend.apps.route.decision import Step, words
from gomend.apps.route.here import Here, Project
from gomend.golang import version as gover
from gomend.golang.modfile import Replace
from gomend.model.redact import redact
from gomend.model.text import Said, say

_VENDOR_FLAG: Final = words("vendor-flag", "The vendor folder is used: go build, test and list look nothing up.")
_VENDOR: Final = words(
    "vendor", "go build, test and list read the vendor folder and look nothing up; go get, go mod download and tidy still ask."
)
_READONLY: Final = words(
    "readonly", "go build stops where go.mod or go.sum would have to change; it fetches only what they name."
)
_MOD_MOD: Final = words("mod-mod", "go build may change go.mod, and look up modules that it does not name.")
_WORKSPACE: Final = words(
    "workspace", "A workspace is in force: its modules and its replace lines come before those of go.mod."
)
_REPLACED_FOLDER: Final = words("replaced-folder", "The module is replaced by the folder {to}: nothing is fetched.")
_REPLACED: Final = words("replaced", "The module is replaced: everything below is about {to}.")
_EXCLUDED: Final = words("excluded", "Version {version} is excluded: go takes the next higher one.")
_MAIN: Final = words("main", "This is the main module itself: nothing is fetched.")
_USED: Final = words("used", "The workspace uses it from the folder {folder}: nothing is fetched.")
_TOOLCHAIN: Final = words("toolchain", "{go} does the work; no other toolchain is fetched.")
_TOOLCHAIN_OLD: Final = words(
    "toolchain-old", "go.mod wants {wanted}, this is {go}, and switching is forbidden: every command stops."
)
_TOOLCHAIN_SWITCH: Final = words(
    "toolchain-switch",
    "go.mod wants {wanted} and this is {go}: go first fetches that toolchain, as a module, by the same list.",
)
_TOOLCHAIN_PATH: Final = words(
    "toolchain-path", "go.mod wants {wanted} and this is {go}: go looks for {wanted} on PATH and fetches none."
)
_TOOLCHAIN_NAMED: Final = words(
    "toolchain-named", "{wanted} is wanted by name; if it is not this go, it is looked for on PATH and fetched."
)
_LOCAL_GO: Final = re.compile(r"go(\d[\w.]*)")


def of_project(module: str, query: str, project: Project, here: Here) -> Iterator[Step]:
    """The steps that go.work and go.mod decide for a module; the last one ends if nothing is fetched."""
    if project.work:
        yield Step(kind="workspace", variable="go.work", value=project.work, said=say(_WORKSPACE), origin="")
    yield from flag(here)
    if project.mod.module and project.mod.module.value == module:
        yield file_step("main", "module", module, say(_MAIN), project.mod.module.line, ends=True)
        return
    if used := project.used.get(module):
        yield file_step("main", "use", used.value, say(_USED, folder=used.value), used.line, file="go.work", ends=True)
        return
    excluded = next((e for e in project.mod.excludes if (e.path, e.version) == (module, query)), None)
    if excluded:
        yield file_step("excluded", "exclude", f"{module} {query}", say(_EXCLUDED, version=query), excluded.line)
    replaced = replacement(project, module, query)
    if replaced is not None:
        to = f"{replaced.to} {replaced.to_version}".strip()
        said = say(_REPLACED_FOLDER if replaced.local else _REPLACED, to=to)
        file = "go.work" if replaced in project.work_replaces else "go.mod"
        yield file_step("replaced", "replace", f"{module} => {to}", said, replaced.line, file=file, ends=replaced.local)


def flag(here: Here) -> Iterator[Step]:
    """Where builds read from: ``-mod`` in GOFLAGS, else the vendor folder."""
    chosen, project = mod_flag(here), here.project
    if chosen == "vendor":
        yield setting_step(here, "vendor", "GOFLAGS", say(_VENDOR_FLAG))
    elif chosen:
        yield setting_step(here, "mod-flag", "GOFLAGS", say(_MOD_MOD if chosen == "mod" else _READONLY))
    elif project is not None and (project.vendored or project.work_vendored):
        yield Step(
            kind="vendor",
            variable="vendor/modules.txt",
            value="",
            said=say(_VENDOR),
            origin="go.work" if project.work else "go.mod",
        )


def mod_flag(here: Here) -> str:
    """The value of ``-mod`` in GOFLAGS; empty if it is not there."""
    found = re.search(r"(?:^|\s)--?mod=(\w+)(?=\s|$)", here["GOFLAGS"])
    return found[1] if found else ""


def replacement(project: Project, module: str, query: str) -> Replace | None:
    """The replace line that applies: go.work before go.mod, one with a version before one without."""
    for lines in (project.work_replaces, project.mod.replaces):
        fits = [r for r in lines if r.path == module and r.version in {"", query}]
        if fits:
            return max(fits, key=lambda r: bool(r.version))
    return None


def required(project: Project | None, module: str) -> str:
    """The version that go.mod requires; empty if it does not name the module."""
    return next((r.version for r in project.mod.requires if r.path == module), "") if project else ""


def toolchain(here: Here) -> Step:
    """toolchain.Select, as far as files and GOTOOLCHAIN say."""
    own = here["GOVERSION"]
    match = _LOCAL_GO.match(own)
    local, chosen = (match[1] if match else ""), here["GOTOOLCHAIN"]
    project = here.project
    wanted = project.go if project else ""
    line = project.mod.toolchain.value.removeprefix("go") if project and project.mod.toolchain else ""
    if line and line != "default" and wanted and gover.older(wanted, line):
        wanted = line
    first, _, mode = chosen.partition("+")
    if first not in {"auto", "path", "local", ""}:
        return setting_step(here, "toolchain", "GOTOOLCHAIN", say(_TOOLCHAIN_NAMED, wanted=first), value=chosen)
    newer = bool(local and wanted and gover.older(local, wanted))
    switching = mode or first
    if not newer:
        return setting_step(here, "toolchain", "GOTOOLCHAIN", say(_TOOLCHAIN, go=own))
    if switching == "local":
        stops = bool(project and project.go and gover.older(local, project.go))
        said = say(_TOOLCHAIN_OLD, wanted=f"go{wanted}", go=own) if stops else say(_TOOLCHAIN, go=own)
        return setting_step(here, "toolchain", "GOTOOLCHAIN", said, ends=stops)
    said = say(_TOOLCHAIN_PATH if switching == "path" else _TOOLCHAIN_SWITCH, wanted=f"go{wanted}", go=own)
    return setting_step(here, "toolchain", "GOTOOLCHAIN", said)


def setting_step(
    here: Here,
    kind: str,
    name: str,
    said: Said,
    *,
    value: str | None = None,
    requests: tuple[str, ...] = (),
    server: str = "",
    falls_on_any: bool = False,
    ends: bool = False,
) -> Step:
    """A step that a setting of ``go env`` decided."""
    origin = here.origin(name)
    return Step(
        kind=kind,
        variable=name,
        value=redact(here[name] if value is None else value),
        said=said,
        origin=origin,
        where=here.file if origin == "go env -w" else "",
        requests=requests,
        server=server,
        falls_on_any=falls_on_any,
        ends=ends,
    )


def file_step(kind: str, verb: str, value: str, said: Said, line: int, *, file: str = "go.mod", ends: bool = False) -> Step:
    """A step that a line of go.mod or go.work decided."""
    return Step(kind=kind, variable=verb, value=value, said=said, origin=f"{file}:{line}", ends=ends)
