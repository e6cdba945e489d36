"""How the project builds what it debugs: tasks of VS Code and targets of Makefiles, with their go commands.

Source: VS Code's tasks.json schema (``shell``, ``process`` and vscode-go's ``go`` tasks) and GNU make's manual (recipes,
simple variables). Functions, conditionals and includes of make are not followed.
"""

from __future__ import annotations

import os
import re
from typing import Any, ClassVar, Final

from gomend.debug import buildflags, jsonc, mending, paths
from gomend.debug.buildflags import GoCommand
from gomend.debug.facts.files import DebugFiles, load
from gomend.debug.facts.launch import LaunchConfig, fill_in
from gomend.debug.jsontree import Value
from gomend.golang.facts.project import TextFile
from gomend.model.base import Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, collector
from gomend.model.finding import Subject
from gomend.model.step import Edit, EditFile, RemovePath, Run, Step
from gomend.ports.doors import Doors, Scope

_TARGET: Final = re.compile(r"([^\s:#=][^:#=]*?)\s*::?(?!=)\s*(.*)")
_VARIABLE: Final = re.compile(r"(?:export\s+)?([A-Za-z_]\w*)\s*(\?=|:=|::=|\+=|=)\s*(.*)")


class BuildTask(Thing, frozen=True):
    """A task (by label) or a make target: its go commands, and where its text can be changed."""

    name: str
    kind: str
    """``task`` or ``make``."""
    file: TextFile
    line: int
    cwd: str
    commands: tuple[GoCommand, ...] = ()
    calls: tuple[str, ...] = ()
    """Make targets that a task runs, prerequisites of a target."""
    depends: tuple[str, ...] = ()
    at: tuple[str | int, ...] = ()
    """Where a task stands in tasks.json."""
    spans: tuple[tuple[int, int], ...] = ()
    """Byte spans of a target's recipe lines and of the variables that they use."""

    def subject(self, line: int = 0) -> Subject:
        """This task as the subject of a finding."""
        return Subject(kind="build-task", name=self.name, path=self.file.name, line=line or self.line)

    def evidence(self, command: GoCommand) -> Evidence:
        """A go command of this task."""
        return Evidence(source=self.file.name, quote=command.text, where=f"{self.file.name}:{command.line or self.line}")

    def output(self, command: GoCommand) -> str:
        """The absolute path that a command writes to; empty if it names none."""
        if not command.flags.output or "$" in command.flags.output:
            return ""
        return paths.join(paths.join(self.cwd, command.flags.chdir or "."), command.flags.output)

    def rebuild(self, command: GoCommand, words: mending.WordsChange, program: str) -> tuple[Step, ...]:
        """The steps that build a command's output again with changed words; none if the command cannot be run as it is.

        The old output goes first: go does not link again what was only stripped afterwards.
        """
        argv = tuple(w for made in words(command.argv) for w in made)
        if any("$" in w or "`" in w for w in argv):
            return ()
        run = Run(argv=argv, cwd=self.cwd, env=command.env, writes=(program,), touches=("build",))
        return (RemovePath(path=program, touches=("build",)), run)

    def mend(self, text: mending.TextChange, words: mending.WordsChange) -> EditFile | None:
        """The step that changes this task's text or words, None if nothing changes."""
        edits = self._edits(text, words)
        return EditFile(path=self.file.path, before=self.file.digest, edits=edits) if edits else None

    def _edits(self, text: mending.TextChange, words: mending.WordsChange) -> tuple[Edit, ...]:
        if self.kind == "make":
            return tuple(e for start, end in self.spans for e in mending.edits_in(self.file.text, start, end, text))
        doc = jsonc.parse(self.file.text)
        command = doc.get(*self.at, "command")
        found: list[Edit] = []
        if command is not None and isinstance(command.data, str) and (new := text(command.data)) != command.data:
            found += doc.set((*self.at, "command"), new)
        listed = doc.get(*self.at, "args")
        given = [i.data for i in listed.items] if listed else []
        if not all(isinstance(w, str) for w in given) or not self.commands:
            return tuple(found)
        before = (str(command.data),) if command is not None and self._is_go(doc) else ()
        changed = words((*before, *given))
        for extra in (w for made in changed[: len(before)] for w in made[1:]):
            found += doc.prepend((*self.at, "args"), extra) if listed else doc.set((*self.at, "args"), [extra])
        changed = changed[len(before) :]
        gone = [i for i, made in enumerate(changed) if not made]
        for i in gone:
            if i - 1 not in gone:
                run = next(n for n in range(1, len(gone) + 1) if i + n not in gone)
                found += doc.remove((*self.at, "args", i), run)
        for i, made in enumerate(changed):
            at = (*self.at, "args", i)
            if made and made[0] != given[i]:
                found += doc.set(at, made[0])
            for extra in made[1:]:
                found += doc.insert_after(at, extra)
        return tuple(found)

    def _is_go(self, doc: jsonc.Document) -> bool:
        kind = doc.get(*self.at, "type")
        return kind is not None and kind.data == "go"


class BuildTasks(Fact, frozen=True):
    """All tasks and targets, and files that could not be read as (name, problem)."""

    tasks: tuple[BuildTask, ...]
    broken: tuple[tuple[str, str], ...] = ()
    reads: ClassVar = frozenset({"file:*.vscode/tasks.json", "file:*akefile", "file:*.mk", "file:*.code-workspace", "env"})

    def builders(self, config: LaunchConfig) -> tuple[tuple[BuildTask, GoCommand], ...]:
        """The go commands that make a configuration's binary: of its preLaunchTask, else those that write its program."""
        if config.task:
            reached = self._reach(config.task)
            every = tuple((t, c) for t in reached for c in t.commands if c.verb in {"build", "test"})
            named = tuple((t, c) for t, c in every if t.output(c) == config.program)
            return named or every
        return tuple((t, c) for t in self.tasks for c in t.commands if config.resolved and t.output(c) == config.program)

    def has(self, label: str) -> bool:
        """Whether a task with this label is known."""
        return any(_answers_to(t, label) for t in self.tasks)

    def _reach(self, label: str) -> list[BuildTask]:
        waiting = [t for t in self.tasks if _answers_to(t, label)]
        found: list[BuildTask] = []
        while waiting:
            task = waiting.pop(0)
            if task in found:
                continue
            found.append(task)
            waiting += [t for t in self.tasks if t.kind == "task" and t.name in task.depends]
            waiting += [t for t in self.tasks if t.kind == "make" and t.name in task.calls and t.cwd == task.cwd]
        return found


def _answers_to(task: BuildTask, label: str) -> bool:
    return task.kind == "task" and label in {task.name, f"shell: {task.name}", f"go: {task.name}"}


@collector
async def collect(doors: Doors, scope: Scope, files: DebugFiles) -> BuildTasks | Absent:
    """Read tasks.json and Makefiles."""
    tasks: list[BuildTask] = []
    broken = []
    for path in (*files.tasks, *files.workspaces):
        file = load(doors, scope.root, path)
        if file is None:
            continue
        doc = jsonc.parse(file.text)
        if doc.root is None:
            broken.append((file.name, doc.problem))
            continue
        at = ("tasks",) if path in files.tasks else ("tasks", "tasks")
        folder = os.path.dirname(path)
        workspace = os.path.dirname(folder) if path in files.tasks else folder
        listed = doc.get(*at)
        for index, item in enumerate(listed.items if listed else ()):
            if isinstance(item.data, dict):
                tasks.append(_task(doors, file, item, (*at, index), workspace))
    for path in files.makefiles:
        file = load(doors, scope.root, path)
        if file is not None:
            tasks += _make_targets(file)
    if not tasks and not broken:
        return Absent(reason="there are no build tasks and no Makefile")
    return BuildTasks(tasks=tuple(tasks), broken=tuple(broken))


def _task(doors: Doors, file: TextFile, item: Value, at: tuple[str | int, ...], workspace: str) -> BuildTask:
    data: dict[str, Any] = item.data
    environ = doors.environ

    def fill(value: object) -> str:
        text = value.get("value", "") if isinstance(value, dict) else value
        return fill_in(str(text), workspace, environ.home, environ.variables)

    options = data["options"] if isinstance(data.get("options"), dict) else {}
    cwd = paths.join(workspace, fill(options.get("cwd") or data.get("cwd") or "."))
    env = {str(k): fill(v) for k, v in (options.get("env") or {}).items()} if isinstance(options.get("env"), dict) else {}
    command = fill(data.get("command") or "")
    args = tuple(fill(a) for a in data.get("args") or ()) if isinstance(data.get("args"), list) else ()
    if data.get("type") == "go":
        made = buildflags.go_command(("go", command, *args), env=env, line=item.line)
        commands: tuple[GoCommand, ...] = (made,) if made else ()
        words: tuple[str, ...] = ("go", command, *args)
    elif args:
        head = tuple(command.split())
        words = (*head, *args)
        made = buildflags.go_command(words, env=env, line=item.line)
        commands = (made,) if made else buildflags.go_commands(mending.joined(words), line=item.line, env=env)
    else:
        commands = buildflags.go_commands(command, line=item.line, env=env)
        words = tuple(command.split())
    depends = data.get("dependsOn") or ()
    return BuildTask(
        name=str(data.get("label") or data.get("taskName") or command),
        kind="task",
        file=file,
        line=item.line,
        cwd=cwd,
        commands=commands,
        calls=tuple(w for w in words[1:] if not w.startswith("-")) if words[:1] == ("make",) else (),
        depends=(depends,) if isinstance(depends, str) else tuple(d for d in depends if isinstance(d, str)),
        at=at,
    )


def _make_targets(file: TextFile) -> list[BuildTask]:
    lines = file.text.split("\n")
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line.encode()) + 1)
    variables: dict[str, str] = {}
    spans_of: dict[str, tuple[int, int]] = {}
    targets: list[tuple[str, str, int, list[int]]] = []
    number = 0
    while number < len(lines):
        first = number
        while lines[number].rstrip("\r").endswith("\\") and number + 1 < len(lines):
            number += 1
        number += 1
        text = "\n".join(lines[first:number])
        if text.startswith("\t"):
            if targets:
                targets[-1][3].extend(range(first, number))
            continue
        if match := _VARIABLE.fullmatch(text.replace("\\\n", " ").strip()):
            name, how, value = match.groups()
            value = buildflags.expand(value, variables)
            variables[name] = f"{variables.get(name, '')} {value}".strip() if how == "+=" else value
            spans_of[name] = (offsets[first], offsets[number] - 1)
        elif (match := _TARGET.match(text)) and not text.startswith((" ", ".")):
            targets += [(name, match[2], first + 1, []) for name in match[1].split()]
    return [_make_target(file, t, lines, offsets, variables, spans_of) for t in targets]


def _make_target(
    file: TextFile,
    target: tuple[str, str, int, list[int]],
    lines: list[str],
    offsets: list[int],
    variables: dict[str, str],
    spans_of: dict[str, tuple[int, int]],
) -> BuildTask:
    name, needs, line, body = target
    spans: list[tuple[int, int]] = []
    commands: tuple[GoCommand, ...] = ()
    if body:
        script = "\n".join(re.sub(r"^\t[@+-]*", "", lines[i]) for i in body)
        commands = buildflags.go_commands(script.replace("$@", name), line=body[0] + 1, env=variables)
        spans.append((offsets[body[0]], offsets[body[-1] + 1] - 1))
        spans += [spans_of[v] for v in re.findall(r"\$[({](\w+)[)}]", script) if v in spans_of]
    return BuildTask(
        name=name,
        kind="make",
        file=file,
        line=line,
        cwd=os.path.dirname(file.path),
        commands=commands,
        calls=tuple(needs.split("#")[0].split()),
        spans=tuple(dict.fromkeys(spans)),
    )
