"""The plan of each go command: what it does about modules, in order.

Source: the Run functions of cmd/go (modcmd, modget, list, work, run).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gomend.modules.route import building, commit, semver, vendoring, verifying
from gomend.modules.route.errors import GoError, Halt, Mod
from gomend.modules.route.get import Getter
from gomend.modules.route.gomod import PRUNED_SINCE
from gomend.modules.route.graph import expand
from gomend.modules.route.listing import Listed, Mode, info, list_modules
from gomend.modules.route.loading import Loader
from gomend.modules.route.packages import Options
from gomend.modules.route.process import Process
from gomend.modules.route.query import begin
from gomend.modules.route.state import State
from gomend.modules.route.switching import Switcher, switch_or_fatal
from gomend.modules.route.toolchain import select

_VALUED: Final = frozenset(("-o", "-f", "-tags", "-ldflags", "-gcflags", "-run", "-p", "-C", "-modfile", "-go", "-compat"))
_SILENT: Final = frozenset(("version", "env", "help", "fmt", "doc", "tool", "bug", "telemetry"))


def flags_of(words: list[str]) -> tuple[dict[str, str], list[str]]:
    """Flags (without their dashes) and arguments."""
    flags: dict[str, str] = {}
    at = 0
    while at < len(words) and words[at].startswith("-") and words[at] != "-":
        name, equals, value = words[at].lstrip("-").partition("=")
        if not equals and f"-{name}" in _VALUED and at + 1 < len(words):
            at += 1
            value = words[at]
        flags[name] = value if equals or value else "true"
        at += 1
    return flags, words[at:]


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
    outer, _ = flags_of(process.env.get("GOFLAGS", "").split())
    chosen = flags.get("mod") or outer.get("mod", "")
    if chosen and (name not in {"get", "mod download", "mod tidy", "mod why", "mod graph", "mod verify", "mod vendor"}):
        process.build_mod, process.mod_explicit = chosen, True
    if name in _SILENT:
        return
    if name == "clean":
        _clean(process, flags)
        return
    plan = _PLANS.get(name)
    if plan is not None:
        plan(begin(process), flags, arguments)


def _clean(process: Process, flags: dict[str, str]) -> None:
    from gomend.modules.route.machine import CACHE

    if "modcache" in flags:
        process.machine.remove(CACHE)


def _download(state: State, flags: dict[str, str], arguments: list[str]) -> None:
    """``go mod download``."""
    process = state.process
    explicit = bool(arguments)
    commit.load(state)
    if state.root and not explicit and state.summary is not None:
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
    found, failed = list_modules(state, arguments, Mode(explicit_write=True))
    if failed is not None:
        switcher = Switcher(state)
        switcher.add(failed)
        if switcher.needed:
            switcher.switch()
    if not explicit:
        commit.write(state, None)
    errors = [_fetch(state, one) for one in found if (one.version or one.error) and not one.main]
    if explicit:
        switcher = Switcher(state)
        for wrong in errors:
            switcher.add(wrong)
        if switcher.needed:
            switcher.switch()
    if "json" in flags:
        process.status = 1 if any(errors) else process.status
    else:
        for wrong in filter(None, errors):
            process.error(wrong)
        process.exit_if_errors()
    if explicit:
        try:
            commit.write(state, None)
        except GoError as error:
            process.error(error)
    if failed is not None:
        process.error(failed)


def _fetch(state: State, one: Listed) -> GoError | None:
    """modcmd.DownloadModule."""
    if one.error:
        return GoError(one.error)
    mod = Mod(one.path, one.version)
    actual = state.replacement(mod) or mod
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
    commit.write(state, loader, trim=True)


def _why(state: State, flags: dict[str, str], arguments: list[str]) -> None:
    rs = commit.start(state, need_root=True)
    options = Options(tests="vendor" not in flags, quiet=True, vendor_all="vendor" in flags)
    if "m" in flags:
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
        if mod.path not in semver.TOOLCHAINS and mod.path != state.main:
            for text in verifying.problems(state, mod):
                state.process.error(text)


def _vendor(state: State, flags: dict[str, str], arguments: list[str]) -> None:
    commit.start(state, need_root=True)
    options = Options(tests=False, resolve=True, quiet="e" in flags, allow_errors="e" in flags, vendor_all=True)
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
    upgrade = {"": "", "true": "upgrade", "patch": "patch", "false": ""}.get(flags.get("u", ""))
    if upgrade is None:
        process.fatal(f"go: unknown upgrade flag -u={flags['u']}")
    Getter(state, arguments, upgrade, "t" in flags).run()


def _list(state: State, flags: dict[str, str], arguments: list[str]) -> None:
    if "m" not in flags:
        building.packages(state, arguments, tests="test" in flags, listing=True)
        return
    process = state.process
    commit.load(state)
    if not state.root and not arguments:
        process.fatal(
            "go: cannot match \"\": go.mod file not found in current directory or any parent directory; see 'go help modules'"
        )
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
    building.packages(state, arguments, tests=True)


def _install(state: State, flags: dict[str, str], arguments: list[str]) -> None:
    if any("@" in a and not a.startswith((".", "/")) for a in arguments):
        building.outside(state, arguments)
    else:
        building.packages(state, arguments)


def _go_run(state: State, flags: dict[str, str], arguments: list[str]) -> None:
    if arguments and "@" in arguments[0] and not arguments[0].startswith((".", "/")):
        building.outside(state, arguments, run=True)
    else:
        building.packages(state, arguments[:1])


_PLANS: Final[dict[str, Callable[[State, dict[str, str], list[str]], None]]] = {
    "mod download": _download,
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
