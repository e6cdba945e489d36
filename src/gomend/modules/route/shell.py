"""The few shell commands that a scenario's setup uses, on the scenario's own files."""

from __future__ import annotations

import fnmatch
import re
import shlex
from itertools import pairwise
from typing import Final

from gomend.modules.route.commands import run
from gomend.modules.route.machine import WORK, Machine, fill, join
from gomend.modules.route.process import Process
from gomend.modules.route.served import Zip

_WORDS: Final = re.compile(r"\w+=.*")
_SPLIT: Final = re.compile(r"(&&|\|\||;|\n)")


class Shell:
    """A shell in the project's folder."""

    def __init__(self, machine: Machine) -> None:
        """Start in ``m``."""
        self.machine = machine
        self.cwd = f"{WORK}/m"
        self.last: Process | None = None

    def run(self, line: str) -> int:
        """Run a command line; the exit code of what ran last."""
        status = 0
        skipped = False
        words: list[str] = []
        lexer = shlex.shlex(fill(line), posix=True, punctuation_chars=";&|<>")
        lexer.whitespace_split = True
        for piece in [*lexer, ";"]:
            if piece not in {"&&", "||", ";", "&"}:
                words.append(piece)
                continue
            if words and not skipped:
                status = self._one(words)
            words = []
            skipped = (piece == "&&" and status != 0) or (piece == "||" and status == 0)
        return status

    def _one(self, words: list[str]) -> int:
        env: dict[str, str] = {}
        while words and _WORDS.fullmatch(words[0]) and words[0] != "=":
            name, _, value = words[0].partition("=")
            env[name] = value
            words = words[1:]
        if words[:1] == ["env"]:
            return self._one(words[1:])
        if not words:
            self.machine.env.update(env)
            return 0
        if words[0] != "go":
            self._file_command(words)
            return 0
        before = self.machine.env
        self.machine.env = {**before, **env}
        quiet = any(a == "2" and b.startswith(">") for a, b in pairwise(words))
        words = _without_redirects(words)
        self.last = Process(self.machine, self.cwd)
        status = run(self.last, words)
        if quiet:
            self.last.stderr.clear()
        self.machine.env = before
        return status

    def _paths(self, words: list[str]) -> list[str]:
        found: list[str] = []
        for word in words:
            path = join(self.cwd, word)
            if any(c in path for c in "*?["):
                known = {n[: len(n)] for n in self.machine.files} | {p for n in self.machine.files for p in _parents(n)}
                depth = path.count("/")
                found += sorted(p for p in known if p.count("/") == depth and fnmatch.fnmatchcase(p, path))
            else:
                found.append(path)
        return found

    def _file_command(self, words: list[str]) -> None:
        files = self.machine.files
        name, rest = words[0], words[1:]
        if ">" in words or ">>" in words:
            sign = ">" if ">" in words else ">>"
            at = words.index(sign)
            target = join(self.cwd, words[at + 1])
            text = "" if name in {":", ">", "true"} else self._output(words[:at])
            old = files.get(target, "")
            if not self._writable(target):
                return
            if sign == ">>" and isinstance(old, Zip):
                return
            files[target] = text if sign == ">" or not isinstance(old, str) else old + text
            return
        arguments = [w for w in rest if not w.startswith("-")]
        if name == "rm":
            for path in self._paths(arguments):
                self.machine.remove(path)
        elif name == "sed":
            self._sed(arguments[0], self._paths(arguments[1:]))
        elif name in {"cp", "mv"} and len(arguments) == 2:
            self._copy(*self._paths(arguments), keep=name == "cp")
        elif name == "truncate":
            for path in self._paths([w for w in arguments if not w.isdigit()]):
                if self._writable(path):
                    files[path] = ""
        elif name == "touch":
            for path in self._paths(arguments):
                if self._writable(path):
                    files.setdefault(path, "")
        elif name == "mkdir":
            for path in self._paths(arguments):
                files.setdefault(f"{path}/.", "")
        elif name == "chmod":
            self.machine.executables |= set(self._paths(arguments[1:]))
        elif name == "cd" and arguments:
            self.cwd = join(self.cwd, arguments[0])

    def _writable(self, path: str) -> bool:
        folder = path.rpartition("/")[0]
        return folder == self.cwd or self.machine.is_dir(folder)

    def _output(self, words: list[str]) -> str:
        if words[0] == "echo":
            plain = words[1:] if words[1:2] != ["-n"] else words[2:]
            return " ".join(plain) + ("" if words[1:2] == ["-n"] else "\n")
        if words[0] == "printf":
            return words[1].replace("\\n", "\n").replace("\\t", "\t") if len(words) > 1 else ""
        if words[0] == "cat":
            return "".join(self.machine.text(p) or "" for p in self._paths(words[1:]))
        return ""

    def _sed(self, script: str, paths: list[str]) -> None:
        for path in paths:
            text = self.machine.text(path)
            if text is None:
                continue
            for part in script.split(";") if script[:1] == "/" else [script]:
                text = _edited(part.strip(), text)
            self.machine.files[path] = text

    def _copy(self, source: str, target: str, *, keep: bool) -> None:
        files = self.machine.files
        if self.machine.is_dir(target):
            target = f"{target}/{source.rpartition('/')[2]}"
        moved = {
            target + name.removeprefix(source): files[name] for name in [source, *self.machine.below(source)] if name in files
        }
        if not keep:
            self.machine.remove(source)
        files.update(moved)


def _edited(part: str, text: str) -> str:
    """One sed command: ``s#a#b#g``, ``/a/d`` or ``Nd``."""
    if part.startswith("s") and len(part) > 2:
        _, pattern, new, flags = (*part.split(part[1]), "", "", "")[:4]
        pattern = re.sub(r"\\([(){}|+?])", r"\1", pattern)
        lines = [re.sub(pattern, new.replace("&", r"\g<0>"), line, count=0 if "g" in flags else 1) for line in text.split("\n")]
        return "\n".join(lines)
    if match := re.fullmatch(r"/(.*)/d", part):
        return "".join(line for line in text.splitlines(keepends=True) if not re.search(match[1], line))
    if match := re.fullmatch(r"(\d+|\$)d", part):
        lines = text.splitlines(keepends=True)
        at = len(lines) - 1 if match[1] == "$" else int(match[1]) - 1
        return "".join(line for i, line in enumerate(lines) if i != at)
    return text


def _without_redirects(words: list[str]) -> list[str]:
    kept: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in {">", ">>", ">&"}:
            skip = True
            if kept and kept[-1] in {"1", "2"}:
                kept.pop()
        else:
            kept.append(word)
    return kept


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:n]) for n in range(2, len(parts))]
