"""Where a scenario happens: a throw-away folder, its servers, and the environment that its commands see."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Final

from gomend.lab import actions, sumdb, tls
from gomend.lab.actions import Response
from gomend.lab.git import GitProblem, Repositories
from gomend.lab.modules import releases
from gomend.lab.server import Deaf, Front, Handler, Journal, Rules, Server, Tunnels, ruled
from gomend.lab.spec import Observed, Scenario, ScenarioProblem, Spec
from gomend.ports.state import remove_tree

_PROXY: Final = "PX"
_CA: Final = "ca.pem"
_SETTINGS: Final = (".config", "Library/Application Support")
"""Where go and dlv keep settings: their telemetry is off, or a child of theirs would still write when all is removed."""


class Stage:
    """A scenario laid out, with its servers running."""

    def __init__(self, scenario: Scenario, folder: Path, *, go: str | None = None) -> None:
        """Start the servers and write the files.

        Raises:
            ScenarioProblem: go or git is not there, or certificates cannot be made.
        """
        self.scenario = scenario
        self.folder = folder
        self.project = folder / "m"
        self.journal = Journal()
        self.database = sumdb.SumDB(releases=releases(scenario.modules))
        self._open: list[Server | Deaf] = []
        self._repositories = Repositories(folder / "git")
        try:
            self.ports = self._serve()
            self.environ = self._environment(go)
            self._write_files()
        except (tls.NoCertificates, GitProblem) as problem:
            self.close()
            raise ScenarioProblem(str(problem)) from None
        except BaseException:
            self.close()
            raise

    # Servers ------------------------------------------------------------------------------------------------------

    def _serve(self) -> dict[str, int]:
        """Start everything that listens; the ports must all be known before the first request is answered."""
        ports: dict[str, int] = {}
        for name, spec in self.scenario.servers.items():
            made = Deaf(listening=not spec.refused) if spec.refused or spec.tls == tls.SILENT else self._server(name, spec)
            self._open.append(made)
            ports[name] = made.port
        hosts: dict[str, Callable[[Handler], Response]] = {}
        if not isinstance(self.scenario.connect, str):
            hosts = {host: self._ruled(rules, "status:404") for host, rules in self.scenario.connect.items()}
        tunnels = Tunnels(_PROXY, hosts, self.journal, lambda host: tls.authority().context("good", host))
        proxy = Server(tunnels)
        self._open.append(proxy)
        ports[_PROXY] = proxy.port
        if any(action.partition(":")[0] == "git" for action in self._every_action()):
            self._repositories.prepare()
        return ports

    def _server(self, name: str, spec: Spec) -> Server:
        context = tls.authority().context(spec.tls) if isinstance(spec.tls, str) and spec.tls != tls.SILENT else None
        return Server(Front(name, self._ruled(spec.rules, spec.default), self.journal, login=spec.needauth), context)

    def _ruled(self, rules: Rules, default: str) -> Callable[[Handler], Response]:
        good = actions.healthy(self.database)

        def act(action: str, handler: Handler) -> Response:
            name, _, rest = action.partition(":")
            if name == "git":
                return handler.refusal(rest) or self._repositories.answer(handler)
            return actions.respond(self.fill(action), handler.path, good)

        return ruled(rules, default, act)

    def _every_action(self) -> Generator[str]:
        for spec in self.scenario.servers.values():
            yield spec.default
            yield from (action for _, action in spec.rules)
        if not isinstance(self.scenario.connect, str):
            for rules in self.scenario.connect.values():
                yield from (action for _, action in rules)

    # Placeholders -------------------------------------------------------------------------------------------------

    @functools.cached_property
    def _placeholders(self) -> dict[str, str]:
        return {
            **{f"{{{name}}}": str(port) for name, port in self.ports.items()},
            "{CACHE}": str(self.folder / "mod"),
            "{WORK}": str(self.folder),
            "{KEY}": self.database.key,
            "{SUMDB}": self.database.name,
        }

    def fill(self, words: str) -> str:
        """Put ports, folders and the key where their placeholders stand."""
        for placeholder, value in self._placeholders.items():
            words = words.replace(placeholder, value)
        return words

    def hide(self, words: str) -> str:
        """Put placeholders back."""
        for name, port in self.ports.items():
            words = re.sub(rf"127\.0\.0\.1:{port}(?!\d)", f"127.0.0.1:{{{name}}}", words)
        for placeholder in ("{CACHE}", "{WORK}", "{KEY}"):
            words = words.replace(self._placeholders[placeholder], placeholder)
        return words

    # Files and settings -------------------------------------------------------------------------------------------

    def _write_files(self) -> None:
        self.project.mkdir(exist_ok=True)
        for name, text in self.scenario.files.items():
            path = self.folder / name
            if not path.resolve().is_relative_to(self.folder.resolve()):
                msg = f"{name} lies outside the scenario's folder"
                raise ScenarioProblem(msg)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.fill(text), encoding="utf-8")

    def _environment(self, go: str | None) -> dict[str, str]:
        path = os.environ.get("PATH", os.defpath)
        if go is not None:
            path = f"{go}{os.pathsep}{path}"
        if shutil.which("go", path=path) is None:
            msg = "go is not on PATH"
            raise ScenarioProblem(msg)
        home = self.folder / "home"
        for settings in _SETTINGS:
            telemetry = home / settings / "go" / "telemetry"
            telemetry.mkdir(parents=True)
            (telemetry / "mode").write_text("off\n", encoding="utf-8")
        (self.folder / "tmp").mkdir()
        made = {
            "PATH": path,
            "HOME": str(home),
            "TMPDIR": str(self.folder / "tmp"),
            "LC_ALL": "C",
            "GOMODCACHE": str(self.folder / "mod"),
            "GOCACHE": _build_cache(path),
            "GOFLAGS": "-modcacherw",
            "GOSUMDB": "off",
            "GOTOOLCHAIN": "local",
            "HTTPS_PROXY": f"http://127.0.0.1:{self.ports[_PROXY]}",
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        if self._needs_certificates():
            pem = self.folder / _CA
            pem.write_bytes(tls.authority().pem)
            made |= {"SSL_CERT_FILE": str(pem), "SSL_CERT_DIR": str(self.folder / "tmp"), "GIT_SSL_CAINFO": str(pem)}
        return made | {name: self.fill(value) for name, value in self.scenario.env.items()}

    def _needs_certificates(self) -> bool:
        return not isinstance(self.scenario.connect, str) or any(spec.tls for spec in self.scenario.servers.values())

    # Running ------------------------------------------------------------------------------------------------------

    def prepare(self) -> tuple[str, ...]:
        """Run the setup commands; what those that failed said. Their requests are forgotten."""
        environ = self.environ | {name: self.fill(value) for name, value in self.scenario.setup_env.items()}
        failed = []
        for line in self.scenario.setup:
            done = shell(self.fill(line), self.project, environ, 600)
            if done.exit != 0:
                failed.append(f"{line}: {self.hide(done.stderr).strip()}")
        self.journal.clear()
        return tuple(failed)

    def perform(self) -> Observed:
        """Run the setup and the command."""
        failed = self.prepare()
        done = shell(self.fill(self.scenario.command), self.project, self.environ, self.scenario.timeout)
        return Observed(
            exit=done.exit,
            stderr=self.hide(done.stderr),
            stdout=self.hide(done.stdout),
            requests=self.journal.requests,
            order=self.journal.order,
            seconds=done.seconds,
            setup=failed,
        )

    def close(self) -> None:
        """Stop the servers."""
        for server in self._open:
            server.close()


def shell(line: str, where: Path, environ: dict[str, str], seconds: float) -> Observed:
    """Run one shell line in a process group of its own, which is killed when the line or its time ends."""
    started = time.monotonic()
    process = subprocess.Popen(
        ["/bin/sh", "-c", line],
        cwd=where,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    late = False
    try:
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            late = True
            _kill(process.pid)
            out, err = process.communicate()
    finally:
        _kill(process.pid)
    return Observed(
        exit=None if late else process.returncode,
        stdout=out.decode(errors="replace"),
        stderr=err.decode(errors="replace"),
        requests={},
        order=(),
        seconds=round(time.monotonic() - started, 2),
    )


def _kill(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


@functools.cache
def _build_cache(path: str) -> str:
    """The build cache of this user: compiling the standard library again for every scenario proves nothing."""
    environ = os.environ | {"PATH": path, "GOTOOLCHAIN": "local"}
    done = subprocess.run(["go", "env", "GOCACHE"], env=environ, cwd="/", capture_output=True, text=True, check=False)
    return done.stdout.strip() or os.path.join(tempfile.gettempdir(), "gomend-lab-build")


@contextlib.contextmanager
def staged(scenario: Scenario, *, go: str | None = None) -> Generator[Stage]:
    """Lay a scenario out; the folder and the servers are gone afterwards.

    Raises:
        ScenarioProblem: go or git is not there, or certificates cannot be made.
    """
    folder = tempfile.mkdtemp(prefix="gomend-lab-")
    stage: Stage | None = None
    try:
        stage = Stage(scenario, Path(folder), go=go)
        yield stage
    finally:
        if stage is not None:
            stage.close()
        remove_tree(folder)
