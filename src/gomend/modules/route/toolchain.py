"""Which go runs: GOTOOLCHAIN against the ``go`` and ``toolchain`` lines, and fetching another one.

Source: cmd/go/internal/toolchain/select.go (Select, Exec), modfetch/toolchain.go.
"""

from __future__ import annotations

from gomend.golang import semver
from gomend.golang import version as gover
from gomend.modules.route.errors import GoError, TooNewError, find
from gomend.modules.route.gomod import lookup_go, lookup_toolchain
from gomend.modules.route.goversions import LANGUAGE, version_of
from gomend.modules.route.process import Process
from gomend.modules.route.query import begin, is_revision
from gomend.modules.route.search import query_packages
from gomend.modules.route.state import State, find_work
from gomend.modules.route.switching import execute, switch_or_fatal


def select(process: Process, words: list[str]) -> None:
    """toolchain.Select: run on, or become another toolchain.

    Raises:
        Halt: another toolchain is needed and cannot be had.
    """
    wanted = process.env.get("GOTOOLCHAIN", "")
    if not wanted or words[1:3] in (["env", "GOMOD"], ["env", "GOWORK"]):
        return
    chosen, least, mode = f"go{process.machine.go}", process.machine.go, wanted
    if wanted not in {"auto", "path"}:
        first, plus, mode = wanted.partition("+")
        if first != "local":
            least = version_of(first)
            if not least:
                more = f': invalid minimum toolchain "{first}"' if plus else ""
                process.fatal(f'go: invalid GOTOOLCHAIN "{wanted}"{more}')
            chosen = first
        if plus and mode not in {"auto", "path"}:
            process.fatal(f'go: invalid GOTOOLCHAIN "{wanted}": only version suffixes are +auto and +path')
    state = begin(process)
    if mode in {"auto", "path"}:
        versioned = _argument(words) != ""
        if process.machine.does("install-reads-go-mod") or not versioned:
            chosen, least = _by_file(state, chosen, least)
        if versioned:
            _by_argument(state, _argument(words), least)
    if chosen not in {"local", f"go{process.machine.go}"}:
        execute(state, chosen)


def _by_file(state: State, chosen: str, least: str) -> tuple[str, str]:
    work = find_work(state.process)
    name = "go.work" if work in state.process.machine.files else "go.mod"
    file = work if name == "go.work" else f"{state.root}/go.mod"
    text = (state.process.machine.text(file) or "") if state.root or name == "go.work" else ""
    go, toolchain = lookup_go(text), lookup_toolchain(text)
    if toolchain == "default":
        state.process.auto_file = f"; {name} sets toolchain default"
        return chosen, least
    if toolchain:
        version = version_of(toolchain)
        if not version:
            state.process.fatal(
                f'go: invalid toolchain "{toolchain}" in {state.process.short(file) if name == "go.work" else name}'
            )
        later = "-" in toolchain and version == least and not state.process.machine.does("toolchain-suffix")
        if gover.older(least, version) or later:
            chosen, least = toolchain, version
            state.process.auto_file = f"; {name} sets toolchain {toolchain}"
    if go and gover.older(least, go):
        chosen, least = f"go{go}", go
        if LANGUAGE.fullmatch(go) and not gover.older(go, "1.21"):
            chosen += ".0"
        state.process.auto_file = f"; {name} sets go {go}"
    return chosen, least


def _argument(words: list[str]) -> str:
    """The PACKAGE@VERSION of ``go install`` or ``go run``; empty if there is none."""
    if words[1:2] not in (["install"], ["run"]):
        return ""
    argument = next((w for w in words[2:] if not w.startswith("-")), "")
    path, _, version = argument.partition("@")
    return "" if not version or path.startswith((".", "/")) or path in semver.TOOLCHAINS else argument


def _by_argument(state: State, argument: str, least: str) -> None:
    """maybeSwitchForGoInstallVersion: the package may need a newer go."""
    path, _, version = argument.partition("@")
    fresh = begin(state.process)
    fresh.forget_root()
    fresh.set_build_mod()
    allowed = None if is_revision(path, version) else fresh.check_allowed
    try:
        query_packages(fresh, path, version, lambda _: "none", allowed)
    except GoError as error:
        found = find(error, TooNewError)
        if found is not None and gover.older(least, found.go):
            state.process.prefix = "go: "
            switch_or_fatal(fresh, error)
    state.process.build_mod = ""
