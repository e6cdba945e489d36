"""The plan of each go command: what it does about modules, in order.

Source: the Run functions of cmd/go (modcmd, modget, list, work, run).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from gomend.golang import modfile, semver
from gomend.modules.route import building, commit, vendoring, verifying
from gomend.modules.route.errors import GoError, Halt, Mod
from gomend.modules.route.flags import check, flags_of
from gomend.modules.route.get import Getter
from gomend.modules.route.gomod import PRUNED_SINCE
from gomend.modules.route.graph import expand
from gomend.modules.route.listing import Listed, Mode, info, list_modules
from gomend.modules.route.loading import Loader
from gomend.modules.route.machine import CACHE, join
from gomend.modules.route.packages import Options
from gomend.modules.route.process import Process
from gomend.modules.route.query import begin
from gomend.modules.route.state import State, find_work
from gomend.modules.route.switching import Switcher, switch_or_fatal
from gomend.modules.route.toolchain import select

_SILENT: Final = frozenset(("version", "env", "help", "fmt", "doc", "tool", "bug", "telemetry"))


def run(process: Process, words: list[str]) -> int:
    """Run ``go …``; the exit code."""
    if len(words) < 2:
        return 2
    try:
        select(process, words)
        _run(process, words[1:])
    except Halt as halt:
        return halt.code
    except GoError as error:
        process.error(error)
    return process.status


def _run(process: Process, words: list[str]) -> None:
    name = " ".join(words[:2]) if words[0] in {"mod", "work"} else words[0]
    rest = words[2:] if words[0] in {"mod", "work"} else words[1:]
    process.command = name
    flags, arguments = flags_of(rest)
    flags = check(process, name, flags)
    if "mod" in flags and flags["mod"] and name != "get":
        process.build_mod, process.mod_explicit = flags["mod"], True
    find_work(process)
    if process.env.get("GO111MODULE") == "off":
        _without_modules(process, name, flags)
    if flags.get("modfile") and name in _PLANS and begin(process).work:
        process.fatal("go: -modfile cannot be used in workspace mode")
    if flags.get("modfile") and name in _PLANS and join(process.cwd, flags["modfile"]) not in process.machine.files:
        process.fatal(f"go: open {flags['modfile']}: no such file or directory")
    if name in _SILENT:
        return
    if name == "clean":
        _clean(process, flags)
        return
    plan = _PLANS.get(name)
    if plan is not None:
        plan(begin(process), flags, arguments)


def _without_modules(process: Process, name: str, flags: dict[str, str]) -> None:
    """GO111MODULE=off: commands about modules say no; what GOPATH mode does else is beyond the model."""
    if name == "list" and "m" in flags:
        process.fatal("go: list -m cannot be used with GO111MODULE=off")
    if name == "get":
        process.fatal("go: modules disabled by GO111MODULE=off; see 'go help modules'")
    if name.startswith("mod ") and name != "mod edit":
        process.fatal("go: modules disabled by GO111MODULE=off; see 'go help modules'")


def _init(state: State, flags: dict[str, str], arguments: list[str]) -> None:
    process = state.process
    path = f"{process.cwd}/go.mod"
    if path in process.machine.files:
        process.fatal(f"go: {path} already exists")
    if arguments:
        process.say(f"go: creating new go.mod: module {arguments[0]}")
        process.machine.files[path] = f"module {arguments[0]}\n\ngo {process.machine.go}\n"


def _work(state: State, flags: dict[str, str], arguments: list[str]) -> None:
    state.process.fatal(
        "go: no go.work file found\n\t(run 'go work init' first or specify path using GOWORK environment variable)"
    )


def _edit(state: State, flags: dict[str, str], arguments: list[str]) -> None:
    """``go mod edit`` with the flags that add a line."""
    if not state.root:
        commit.start(state, need_root=True)
    path = f"{state.root}/go.mod"
    text = state.process.machine.text(path) or ""
    if found := modfile.parse(text).errors:
        lines = "\n".join(f"{path}:{line}: {words}" for line, words in found)
        state.process.fatal(f"go: errors parsing go.mod:\n{lines}")
    for verb in ("require", "exclude", "replace"):
        if verb in flags:
            line = flags[verb].replace("=", " => ").replace("@", " ") if verb == "replace" else flags[verb].replace("@", " ")
            known = line.split()[0]
            text = re.sub(rf"(?m)^require {re.escape(known)} .*\n", "", text) if verb == "require" else text
            text += f"\n{verb} {line}\n"
    if "go" in flags:
        text = re.sub(r"(?m)^go .*$", f"go {flags['go']}", text)
    state.process.machine.files[path] = text


def _clean(process: Process, flags: dict[str, str]) -> None:
    if "modcache" in flags:
        process.machine.remove(CACHE)


def _download(state: State, flags: dict[str, str], arguments: list[str]) -> None:
    """``go mod download``."""
    process = state.process
    explicit = bool(arguments)
    commit.load(state)
    if state.work and not explicit:
        arguments = ["all"]
    elif state.root and not explicit and state.summary is not None:
        requires = [m for m in state.summary.requires if m.path not in semver.TOOLCHAINS]
        if not state.summary.pruned:
            arguments = ["all"] if requires else []
        else:
            try:
                state.requirements = expand(commit.load(state))
            except GoError as error:
                switch_or_fatal(state, error)
            arguments = [m.path for m in requires]
    if not arguments:
        if state.root:
            process.say("go: no module dependencies to download")
        else:
            process.error("go: no modules specified (see 'go help mod download')")
        raise Halt(process.status)
    if explicit:
        _skipped(state, arguments)
    found, failed = list_modules(state, arguments, Mode(explicit_write=True))
    _switch_for(state, [failed])
    if not explicit and not state.work:
        commit.write(state, None)
    wanted = [one for one in found if (one.version or one.error) and not one.main]
    errors = process.machine.together([partial(_fetch, state, one) for one in wanted])
    if explicit or state.work:
        _switch_for(state, errors)
    if "json" in flags:
        process.status = 1 if any(errors) else process.status
    else:
        for wrong in filter(None, errors):
            process.error(wrong)
        process.exit_if_errors()
    if explicit or state.work:
        try:
            commit.write(state, None)
        except GoError as error:
            process.error(error)
    if failed is not None:
        process.error(failed)


def _switch_for(state: State, errors: Sequence[GoError | None]) -> None:
    switcher = Switcher(state)
    for error in errors:
        switcher.add(error)
    if switcher.needed:
        switcher.switch()


def _skipped(state: State, arguments: list[str]) -> None:
    for argument in arguments:
        path, _, version = argument.partition("@")
        if state.root and state.is_main(path) and version in {"", "upgrade", "patch"}:
            state.process.say(f"go: skipping download of {argument} that resolves to the main module")


def _fetch(state: State, one: Listed) -> GoError | None:
    """modcmd.DownloadModule."""
    if one.error:
        return GoError(one.error)
    actual = Mod(one.path, one.version) if one.replace is None else Mod(one.replace.path, one.replace.version)
    if not actual.version:
        return None
    try:
        state.fetcher.info_file(actual)
        state.fetcher.go_mod(actual)
        state.fetcher.go_mod(actual)
        state.fetcher.download_zip(actual)
        state.fetcher.download(actual)
    except GoError as error:
        return error
    return None


def _tidy(state: State, flags: dict[str, str], arguments: list[str]) -> None:
    if flags.get("go") and state.process.needs_newer(flags["go"]):
        switch_or_fatal(state, state.process.too_new("-go flag", flags["go"]))
    commit.start(state, need_root=True)
    options = Options(
        resolve=True,
        tests=True,
        tidy=True,
        allow_errors="e" in flags,
        quiet_std=True,
        switcher=True,
        tidy_go=flags.get("go", ""),
    )
    loader = commit.run_loader(state, Loader(state, options, ["all"], commit.load(state)))
    loader.exit_if_errors()
    machine = state.process.machine
    before = dict(machine.files)
    commit.write(state, loader, trim=True)
    if "diff" in flags:
        if any(before.get(name) != machine.files.get(name) for name in (f"{state.root}/go.mod", f"{state.root}/go.sum")):
            state.process.status = 1
        machine.files = before


def _why(state: State, flags: dict[str, str], arguments: list[str]) -> None:
    rs = commit.start(state, need_root=True)
    options = Options(tests="vendor" not in flags, quiet=True, vendor_all="vendor" in flags)
    if "m" in flags:
        for argument in arguments:
            if "@" in argument:
                state.process.fatal(f"go: {argument}: 'go mod why' requires a module path, not a version query")
        _, failed = list_modules(state, arguments, Mode(explicit_write=True))
        if failed is not None:
            state.process.fatal(failed)
    else:
        rs = commit.run_loader(state, Loader(state, options, arguments, rs)).rs
    commit.run_loader(state, Loader(state, options, ["all"], commit.load(state)))


def _graph(state: State, flags: dict[str, str], arguments: list[str]) -> None:
    rs = commit.start(state, need_root=True)
    try:
        expand(rs)
    except GoError as error:
        state.process.fatal(error)


def _verify(state: State, flags: dict[str, str], arguments: list[str]) -> None:
    rs = commit.start(state, need_root=True)
    try:
        rs = expand(rs)
    except GoError as error:
        state.process.fatal(error)
    for mod in rs.read().build_list():
        if mod.path not in semver.TOOLCHAINS and not state.is_main(mod.path):
            for text in verifying.problems(state, mod):
                state.process.error(text)


def _vendor(state: State, flags: dict[str, str], arguments: list[str]) -> None:
    if state.work:
        state.process.fatal(
            "go: 'go mod vendor' cannot be run in workspace mode. Run 'go work vendor' to vendor the workspace "
            "or set 'GOWORK=off' to exit workspace mode."
        )
    commit.start(state, need_root=True)
    options = Options(tests=False, resolve=True, allow_errors="e" in flags, vendor_all=True)
    loader = commit.run_loader(state, Loader(state, options, ["all"], commit.load(state)))
    state.process.exit_if_errors()
    commit.write(state, loader)
    vendoring.write(state, loader)
    if semver.compare("go", state.go, PRUNED_SINCE) >= 0:
        for mod in vendoring.vendored(loader):
            info(state, loader.rs, mod, Mode())


def _get(state: State, flags: dict[str, str], arguments: list[str]) -> None:
    process = state.process
    if not state.root:
        process.fatal(
            "go: go.mod file not found in current directory or any parent directory.\n"
            "\t'go get' is no longer supported outside a module.\n"
            "\tTo build and install a command, use 'go install' with a version,\n"
            "\tlike 'go install example.com/cmd@latest'\n"
            "\tFor more information, see https://golang.org/doc/go-get-install-deprecation\n"
            "\tor run 'go help get' or 'go help install'."
        )
    state.allow_missing = True
    if "insecure" in flags:
        process.fatal("go: -insecure flag is no longer supported; use GOINSECURE instead")
    upgrade = {"": "", "true": "upgrade", "patch": "patch", "false": ""}.get(flags.get("u", ""))
    if upgrade is None:
        process.fatal(f"go: unknown upgrade flag -u={flags['u']}")
    Getter(state, arguments, upgrade, "t" in flags).run()


def _list(state: State, flags: dict[str, str], arguments: list[str]) -> None:
    if "m" not in flags:
        building.packages(
            state, arguments, tests="test" in flags, listing=not flags.keys() & {"deps", "test"}, lenient="e" in flags
        )
        return
    process = state.process
    commit.load(state)
    if process.build_mod == "vendor":
        wrong = next(
            (w for f, w in (("versions", "determine available versions"), ("u", "determine available upgrades")) if f in flags),
            "",
        )
        wrong = wrong or (
            "compute 'all'" if "all" in arguments else "match module patterns" if any("..." in a for a in arguments) else ""
        )
        if wrong:
            process.fatal(f"go: can't {wrong} using the vendor directory\n\t(Use -mod=mod or -mod=readonly to bypass.)")
    mode = Mode(upgrades="u" in flags, versions="versions" in flags, retracted="retracted" in flags)
    found, failed = list_modules(state, arguments, mode)
    if "e" not in flags:
        for one in found:
            if one.error:
                process.error(GoError(one.error))
        if failed is not None:
            process.error(failed)


def _build(state: State, flags: dict[str, str], arguments: list[str]) -> None:
    building.packages(state, arguments)


def _test(state: State, flags: dict[str, str], arguments: list[str]) -> None:
    building.packages(state, arguments, tests=True, vet=state.process.command == "vet")


def _install(state: State, flags: dict[str, str], arguments: list[str]) -> None:
    if any("@" in a and not a.startswith((".", "/")) for a in arguments):
        building.outside(state, arguments)
    else:
        building.packages(state, arguments)


def _go_run(state: State, flags: dict[str, str], arguments: list[str]) -> None:
    if arguments and "@" in arguments[0] and not arguments[0].startswith((".", "/")):
        building.outside(state, arguments, run=True)
    else:
        building.packages(state, arguments[:1], run=True)


_PLANS: Final[dict[str, Callable[[State, dict[str, str], list[str]], None]]] = {
    "mod download": _download,
    "mod init": _init,
    "mod edit": _edit,
    "work sync": _work,
    "work vendor": _work,
    "work use": _work,
    "mod tidy": _tidy,
    "mod why": _why,
    "mod graph": _graph,
    "mod verify": _verify,
    "mod vendor": _vendor,
    "get": _get,
    "list": _list,
    "build": _build,
    "vet": _test,
    "test": _test,
    "install": _install,
    "run": _go_run,
}
