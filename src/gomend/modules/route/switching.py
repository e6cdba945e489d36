"""Errors that a newer go would not have: collect them, and switch if GOTOOLCHAIN lets it.

Source: cmd/go/internal/toolchain/switch.go (Switcher, NewerToolchain).
"""

from __future__ import annotations

from gomend.golang import semver
from gomend.golang import version as gover
from gomend.modules.route.errors import GoError, Halt, Mod, TooNewError, find
from gomend.modules.route.goversions import LANGUAGE, PLATFORM, version_of
from gomend.modules.route.proxies import try_proxies
from gomend.modules.route.state import State


class Switcher:
    """toolchain.Switcher."""

    def __init__(self, state: State) -> None:
        """No errors yet."""
        self.state = state
        self.errors: list[GoError] = []
        self.too_new: TooNewError | None = None

    def add(self, error: GoError | None) -> None:
        """Keep an error."""
        if error is None:
            return
        self.errors.append(error)
        found = find(error, TooNewError)
        if found is not None and (self.too_new is None or gover.older(self.too_new.go, found.go)):
            self.too_new = found

    @property
    def needed(self) -> bool:
        """Whether a switch would help and is allowed."""
        chosen = self.state.process.env.get("GOTOOLCHAIN", "")
        return self.too_new is not None and (chosen in {"auto", "path"} or chosen.endswith(("+auto", "+path")))

    def switch(self) -> None:
        """Switch, else say the errors.

        Raises:
            Halt: the other toolchain took over, or could not be had.
        """
        process = self.state.process
        if not self.needed or self.too_new is None:
            for error in self.errors:
                process.error(error)
            return
        try:
            chosen = self._newer(self.too_new.go)
        except GoError as error:
            for known in self.errors:
                process.error(known)
            process.error(GoError(f"switching to go >= {self.too_new.go}: {error}"))
            return
        process.say(f"go: {self.too_new.what} requires go >= {self.too_new.go}; switching to {chosen}")
        execute(self.state, chosen)

    def _newer(self, need: str) -> str:
        mode = self.state.process.env.get("GOTOOLCHAIN", "")
        versions: list[str] = []
        if mode == "auto" or mode.endswith("+auto"):
            versions = try_proxies(self.state.process, lambda proxy: self.state.fetcher.repo(proxy, "go").versions(""))
        newest = [v for v in versions if semver.compare("go", v, need) >= 0]
        if not newest:
            raise GoError(f"no releases found for go >= {need}")
        return f"go{newest[-1]}"


def switch_or_fatal(state: State, error: GoError) -> None:
    """toolchain.SwitchOrFatal.

    Raises:
        Halt: always.
    """
    switcher = Switcher(state)
    switcher.add(error)
    switcher.switch()
    raise Halt(state.process.status)


def execute(state: State, name: str) -> None:
    """toolchain.Exec: fetch a toolchain and become it.

    Raises:
        Halt: always; what another toolchain would then do is beyond the model.
    """
    process = state.process
    mode = process.env.get("GOTOOLCHAIN", "")
    if mode == "path" or mode.endswith("+path"):
        process.fatal(f'go: cannot find "{name}" in PATH')
    mod = Mod("golang.org/toolchain", f"v0.0.1-{name}.{PLATFORM}")
    try:
        state.fetcher.download(mod)
    except GoError as error:
        if not error.missing:
            process.fatal(f"go: download {name}: {error}")
        version = version_of(name)
        if LANGUAGE.fullmatch(version) and not gover.older(version, "1.21"):
            process.fatal(f"go: invalid toolchain: {name} is a language version but not a toolchain version ({name}.x)")
        process.fatal(f"go: download {name} for {PLATFORM.replace('-', '/')}: toolchain not available")
    raise Halt(0)
