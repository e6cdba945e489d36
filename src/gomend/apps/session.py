"""One run: options and settings in, doors and rules chosen, messages collected, an answer written."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from typing import Any

import msgspec

from gomend import __version__
from gomend.apps import config, registry
from gomend.apps.cli import base, words
from gomend.apps.config import ConfigError, Settings
from gomend.apps.exits import Exit
from gomend.engine import ignores, preview
from gomend.engine.check import Policy, Report, check
from gomend.engine.gather import Answers
from gomend.model.base import Cost, Severity
from gomend.model.message import STREAM_VERSION, Command, Config, FindingSeen, Message, Progress, Project
from gomend.model.rule import Rule
from gomend.ports.doors import Doors, Scope, real_doors
from gomend.ports.files import FileProblem
from gomend.ports.state import state_folder

_PROJECTS = frozenset({"incidents.jsonl"})
"""Files of projects that need not be Go's: a store of incidents."""
_TARGET = re.compile(r"[a-z0-9]+/[a-z0-9]+")


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line said; None and empty mean: as gomend.toml says."""

    directory: str = "."
    config: str | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    private: tuple[str, ...] = ()
    deploy: str | None = None
    offline: bool = False
    probe: bool = False
    deep: bool = False
    strict: bool = False
    fail_on: str | None = None
    format: str = "text"
    output: str | None = None
    save: str | None = None
    record: str | None = None
    replay: str | None = None
    quiet: bool = False

    @property
    def depth(self) -> Cost:
        """How dear facts may be."""
        return Cost.DEEP if self.deep else Cost.PROBE if self.probe else Cost.CHEAP


class Session:
    """Everything that a command needs for one run."""

    def __init__(self, options: Options, *, project_needed: bool = True) -> None:
        """Read the settings, choose rules and open doors.

        Raises:
            Problem: the folder, the settings, a rule's name or a target is wrong.
        """
        self.options = options
        self.doors = self._open_doors(options)
        self.root = self._find_root(options, project_needed=project_needed)
        try:
            self.settings, self.settings_file = config.load(self.doors.files, self.root, options.config)
        except ConfigError as error:
            raise base.Problem(str(error)) from None
        if self.settings.offline and not options.offline and options.replay is None:
            self.doors = self._open_doors(msgspec.structs.replace(options, offline=True))
        self.say = base.speak(None, self.settings.language)
        self.rules = self._choose(options.select or self.settings.select, (*self.settings.ignore, *options.ignore))
        self.offline = options.offline or self.settings.offline
        self.scope = Scope(
            root=self.root,
            targets=self._targets(options, self.settings),
            private=(*self.settings.private, *options.private),
            deploy=options.deploy or self.settings.deploy or None,
            offline=self.offline,
        )
        self.policy = Policy(
            severities=self.settings.severity,
            ignores=tuple((rule, entry.path) for entry in self.settings.ignore_path for rule in entry.rules),
        )
        from gomend.outputs.run import Run

        self.run = Run()
        self._progress = _Progress(enabled=not options.quiet and base.is_terminal(sys.stderr))

    @staticmethod
    def _open_doors(options: Options) -> Doors:
        if options.replay is not None:
            from gomend.ports.recording import replayed_doors

            try:
                return replayed_doors(options.replay)
            except FileProblem as problem:
                raise base.Problem(str(problem)) from None
        doors = real_doors(offline=options.offline)
        if options.record is not None:
            from gomend.ports.recording import recording_doors

            doors = recording_doors(doors, options.record)
        return doors

    def _find_root(self, options: Options, *, project_needed: bool) -> str:
        folder = os.path.abspath(options.directory)
        if options.replay is None:
            try:
                os.listdir(folder)
            except OSError as error:
                reason = error.strerror or str(error)
                raise base.Problem(words.NO_FOLDER, path=options.directory, reason=reason) from None
        found = self._upwards(folder)
        if found is not None:
            return found
        names = self.doors.files.names(folder)
        if project_needed and not any(name.endswith(".go") or name in _PROJECTS for name in names):
            if "go.work" in names:
                raise base.Problem(words.WORKSPACE, path=options.directory, modules=self._work_modules(folder))
            raise base.Problem(words.NOT_GO, path=options.directory)
        return folder

    def _upwards(self, folder: str) -> str | None:
        """The nearest folder with a go.mod, as go looks for it."""
        while True:
            entry = self.doors.files.entry(os.path.join(folder, "go.mod"))
            if entry is not None:
                return folder
            parent = os.path.dirname(folder)
            if parent == folder:
                return None
            folder = parent

    def _work_modules(self, folder: str) -> str:
        from gomend.golang import modfile
        from gomend.ports.files import read_text

        try:
            work = modfile.parse(read_text(self.doors.files, os.path.join(folder, "go.work")) or "", work=True)
        except FileProblem as problem:
            raise base.Problem(str(problem)) from None
        return " ".join(line.value for line in work.uses) or "(none)"

    @staticmethod
    def _choose(selectors: Sequence[str], ignore: Sequence[str]) -> tuple[Rule, ...]:
        try:
            return registry.select(selectors, ignore)
        except registry.UnknownRule as unknown:
            say = base.translator()
            hint = " " + say(words.DID_YOU_MEAN, names=", ".join(unknown.names)) if unknown.names else ""
            raise base.Problem(say(words.UNKNOWN_RULE, name=unknown.selector) + hint) from None

    @staticmethod
    def _targets(options: Options, settings: Settings) -> tuple[str, ...]:
        for target in options.targets:
            if not _TARGET.fullmatch(target):
                raise base.Problem(words.BAD_TARGET, target=target)
        return tuple(dict.fromkeys((*settings.targets, *options.targets)))

    @property
    def state(self) -> Any:
        """The state folder of this user."""
        return state_folder(self.doors.environ.variables, self.doors.environ.home)

    def observe(self, message: Message) -> None:
        """Collect one message and move the progress line."""
        self.run.take(message)
        self._progress.take(message)

    async def check(self, *, command: Command | None = None, depth: Cost | None = None) -> tuple[Report, Answers]:
        """Run the rules; findings with their previews, without those that a comment silences, are in :attr:`run`."""
        from gomend.golang.facts.env import GoTool
        from gomend.golang.facts.project import GoMod

        depth = self.options.depth if depth is None else depth
        late: list[Message] = []

        def observe(message: Message) -> None:
            if isinstance(message, FindingSeen) or type(message).__name__ == "Summary":
                late.append(message)
            else:
                self.observe(message)

        report, answers = await check(
            self.rules, self.scope, self.doors, depth=depth, policy=self.policy, also=(GoMod, GoTool), observe=observe
        )
        silent, bare = ignores.ignored(report.findings, self.root, self.doors.files)
        for place in bare:
            base.note(self.say(words.BARE_IGNORE, place=place))
        findings = tuple(
            preview.complete(f, self.doors.files, self.root) for f in report.findings if f.fingerprint not in silent
        )
        report = msgspec.structs.replace(report, findings=findings)
        self.observe(self._config(answers, command, depth))
        for finding in findings:
            self.observe(FindingSeen(finding=finding))
        self.observe(report.summary())
        return report, answers

    def _config(self, answers: Answers, command: Command | None, depth: Cost) -> Config:
        from gomend.golang.facts.env import GoTool
        from gomend.golang.facts.project import GoMod

        mod, tool = answers.get(GoMod), answers.get(GoTool)
        return Config(
            schema=STREAM_VERSION,
            version=__version__,
            project=Project(
                root=self.root,
                module=mod.module if isinstance(mod, GoMod) else "",
                go=tool.version if isinstance(tool, GoTool) else "",
            ),
            selected=tuple(rule.code for rule in self.rules),
            depth=depth.name.lower(),
            offline=self.offline,
            command=command,
            log=self.scope.log_source if self.scope.log is not None else "",
        )

    def answer(self, *, diffs: bool = False) -> None:
        """Write the run in the format asked for, and save it if asked."""
        self._progress.clear()
        write_run(self.run, self.options, self.rules, diffs=diffs)

    def exit_code(self) -> Exit:
        """The exit code of what was found."""
        if self.run.faults:
            return self._own_fault()
        limit = self.options.fail_on or self.settings.fail_on
        worst = self.run.worst()
        if limit != "never" and worst is not None and worst.rank <= Severity(limit).rank:
            return Exit.FINDINGS
        if (self.options.strict or self.settings.strict) and self.run.summary.undetermined:
            return Exit.UNDETERMINED
        return Exit.CLEAN

    def _own_fault(self) -> Exit:
        from gomend.apps.crash import write_faults

        names = ", ".join(dict.fromkeys(f"{f.where}: {f.error}" for f in self.run.faults))
        base.note(self.say(words.CRASH, error=names, path=write_faults(self.run.faults)))
        return Exit.CRASH


def write_run(run: Any, options: Options, rules: Sequence[Rule], *, diffs: bool = False) -> None:
    """Write a run to standard output or ``--output``, and to ``--save``.

    Raises:
        Problem: a file cannot be written.
    """
    import io

    from gomend.outputs.formats import write
    from gomend.outputs.run import save
    from gomend.ports.files import write_whole

    say = base.translator()
    by_code = {rule.code: rule for rule in rules}
    to_file = options.output is not None
    buffer = io.StringIO()
    colour = not to_file and base.is_terminal(sys.stdout)
    write(options.format, run, say, by_code, buffer, colour=colour, diffs=diffs)
    try:
        if options.output is not None:
            write_whole(options.output, buffer.getvalue().encode(errors="replace"))
        else:
            sys.stdout.write(buffer.getvalue())
            sys.stdout.flush()
        if options.save is not None:
            saved = io.StringIO()
            save(run, saved)
            write_whole(options.save, saved.getvalue().encode())
    except BrokenPipeError:
        raise
    except OSError as error:
        raise base.Problem(f"{error.filename}: {error.strerror}") from None


class _Progress:
    """One line on a terminal's standard error; nothing elsewhere."""

    def __init__(self, *, enabled: bool) -> None:
        self._enabled = enabled
        self._count = 0
        self._shown = False

    def take(self, message: Message) -> None:
        if not self._enabled:
            return
        name = getattr(message, "name", None)
        if isinstance(message, Progress):
            self._show(message.what)
        elif name:
            self._count += 1
            self._show(f"{self._count} {name}")

    def _show(self, text: str) -> None:
        sys.stderr.write(f"\r\x1b[K\x1b[2m… {text}\x1b[0m")
        sys.stderr.flush()
        self._shown = True

    def clear(self) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._shown = False
