"""What decides about modules here: the settings with their origins, the project's files, logins, and what is cached."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from gomend.apps.cli import base
from gomend.apps.loop import run_async
from gomend.apps.session import Options, Session
from gomend.engine.gather import Answers, gather
from gomend.golang import modfile, modpath
from gomend.golang.facts.env import GoEnv, Setting
from gomend.golang.facts.project import GoMod, GoSum, GoWork
from gomend.golang.modfile import Line, ModFile, Replace
from gomend.model.base import Thing
from gomend.model.facts import Fact
from gomend.model.reasons import tell
from gomend.modules.facts.netrc import Netrc
from gomend.modules.facts.vendor import Vendor
from gomend.ports.doors import Doors
from gomend.ports.files import read_text

NAMES: Final = (
    *("GOPROXY", "GOPRIVATE", "GONOPROXY", "GOSUMDB", "GONOSUMDB", "GOINSECURE", "GOVCS", "GOAUTH", "GOTOOLCHAIN"),
    *("GOFLAGS", "GOWORK", "GOMODCACHE", "GOVERSION", "GOENV"),
)
"""Settings that have a part in the decision."""
_ONE_RULE: Final = "GM101"
"""A session loads its rules; none is judged here, so one is enough."""
WHAT_IF: Final = "--what-if"
"""Origin of a value that the command line pretends."""


class Project(Thing, frozen=True):
    """The main module as far as it decides: its go.mod, go.sum lines, vendor folder and go.work."""

    root: str
    mod: ModFile
    sums: frozenset[str] = frozenset()
    """``path version`` and ``path version/go.mod``."""
    vendored: bool = False
    work: str = ""
    work_replaces: tuple[Replace, ...] = ()
    """Replace lines of go.work; they come before those of go.mod."""
    work_vendored: bool = False
    used: dict[str, Line] = {}
    """The workspace's modules: path → the use line that brings each in."""

    @property
    def go(self) -> str:
        """The go line."""
        return self.mod.go.value if self.mod.go else ""


class Here(Thing, frozen=True):
    """Everything that the pure explanation needs. ``settings`` are those of :data:`NAMES`."""

    settings: dict[str, Setting]
    file: str = ""
    """GOENV: the file of ``go env -w``."""
    netrc: str = ""
    """The netrc file, empty if there is none."""
    netrc_text: str = ""
    """Its text: credentials, never shown."""
    machines: tuple[str, ...] = ()
    home: str = ""
    variables: dict[str, str] = {}
    """The process environment (HTTPS_PROXY, SSL_CERT_FILE …)."""
    project: Project | None = None
    offline: bool = False
    shipped: dict[str, str] = {}
    """What the settings are where nobody sets them: go.env of GOROOT."""

    def __getitem__(self, name: str) -> str:
        """The value of a setting, empty if it is not set."""
        found = self.settings.get(name)
        return found.value if found else ""

    def origin(self, name: str) -> str:
        """Where the value comes from: ``environment``, ``go env -w``, ``GOROOT/go.env``, ``default``, ``--what-if``."""
        found = self.settings.get(name)
        return found.origin if found else "default"

    def cached(self, path: str, version: str) -> frozenset[str]:
        """Which of ``info``, ``mod``, ``zip`` and ``ziphash`` the module cache has of a version."""
        folder = self["GOMODCACHE"]
        if not folder or not version:
            return frozenset()
        names = f"{folder}/cache/download/{modpath.escape(path)}/@v/{modpath.escape(version)}"
        return frozenset(s for s in ("info", "mod", "zip", "ziphash") if os.path.isfile(f"{names}.{s}"))


def changed(here: Here, changes: Mapping[str, str]) -> Here:
    """The same with some settings pretended; GOPRIVATE is the default of GONOPROXY and GONOSUMDB."""
    import msgspec

    settings = dict(here.settings)
    for name, value in changes.items():
        settings[name] = Setting(value=value, origin=WHAT_IF)
    return msgspec.structs.replace(here, settings=settled(settings))


def settled(settings: dict[str, Setting]) -> dict[str, Setting]:
    """Fill GONOPROXY and GONOSUMDB from GOPRIVATE where nobody sets them (cmd/go, cfg.GONOPROXY)."""
    private = settings.get("GOPRIVATE", Setting(value="", origin="default"))
    for name in ("GONOPROXY", "GONOSUMDB"):
        own = settings.get(name)
        if own is None or own.origin == "default" or not own.value:
            settings[name] = Setting(value=private.value, origin="GOPRIVATE")
    return settings


def look(directory: str = ".", *, offline: bool = False) -> Here:
    """Collect it from this machine.

    Raises:
        Problem: go cannot be asked.
    """
    options = Options(directory=directory, offline=offline, select=(_ONE_RULE,))
    session = Session(options, project_needed=False)
    wanted: set[type[Fact]] = {GoEnv, GoMod, GoSum, GoWork, Netrc, Vendor}
    answers = run_async(lambda: gather(wanted, session.scope, session.doors))
    env = answers[GoEnv]
    if not isinstance(env, GoEnv):
        raise base.Problem(tell(session.say, env.reason))
    settings = {name: Setting(value=env[name], origin=env.origin(name)) for name in NAMES}
    shipped = read_text(session.doors.files, os.path.join(env["GOROOT"], "go.env")) or ""
    netrc, text = answers[Netrc], ""
    if isinstance(netrc, Netrc):
        text = read_text(session.doors.files, netrc.file) or ""
    return Here(
        settings=settled(settings),
        file=env.file,
        netrc=netrc.file if isinstance(netrc, Netrc) else "",
        netrc_text=text,
        machines=netrc.hosts if isinstance(netrc, Netrc) else (),
        home=session.doors.environ.home,
        variables=dict(session.doors.environ.variables),
        project=_project(answers, session.doors),
        offline=session.offline,
        shipped=dict(line.split("=", 1) for line in shipped.splitlines() if "=" in line and not line.startswith("#")),
    )


def _project(answers: Answers, doors: Doors) -> Project | None:
    mod, sums, work = answers[GoMod], answers[GoSum], answers[GoWork]
    vendor = answers[Vendor]
    if not isinstance(mod, GoMod):
        return None
    file = work.file.path if isinstance(work, GoWork) else ""
    folder = os.path.join(os.path.dirname(file), "vendor", "modules.txt") if file else ""
    return Project(
        root=os.path.dirname(mod.file.path),
        mod=mod.mod,
        sums=frozenset(sums.sums) if isinstance(sums, GoSum) else frozenset(),
        vendored=isinstance(vendor, Vendor) and vendor.used and not file,
        work=file,
        work_replaces=work.work.replaces if isinstance(work, GoWork) else (),
        work_vendored=bool(folder) and doors.files.entry(folder) is not None,
        used=_used(doors, work, file) if isinstance(work, GoWork) else {},
    )


def _used(doors: Doors, work: GoWork, file: str) -> dict[str, Line]:
    """The modules that go.work uses."""
    found: dict[str, Line] = {}
    for use in work.work.uses:
        folder = os.path.normpath(os.path.join(os.path.dirname(file), use.value))
        text = read_text(doors.files, os.path.join(folder, "go.mod"))
        if text is not None and (module := modfile.parse(text).module):
            found[module.value] = use
    return found
