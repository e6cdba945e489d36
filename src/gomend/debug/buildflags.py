"""What a ``go build`` or ``go test`` command line asks of compiler and linker, as far as a debugger cares.

Source: cmd/go (``go help build``; internal/quoted splits GOFLAGS, -ldflags and -gcflags; PerPackageFlag: the last
flag whose pattern matches a package wins) and cmd/link (-s implies -w unless -w=0 or -w=false).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from typing import Final

from gomend.model.base import Thing

_VALUE_FLAGS: Final = frozenset(
    [
        "C",
        "o",
        "p",
        "asmflags",
        "bench",
        "buildmode",
        "compiler",
        "count",
        "covermode",
        "coverpkg",
        "coverprofile",
        "cpu",
        "exec",
        "gccgoflags",
        "gcflags",
        "installsuffix",
        "ldflags",
        "mod",
        "modfile",
        "overlay",
        "parallel",
        "pgo",
        "pkgdir",
        "run",
        "skip",
        "tags",
        "timeout",
        "toolexec",
        "vet",
    ]
)
_VERBS: Final = frozenset({"build", "test", "install", "run"})
_ASSIGNMENT: Final = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_FALSE: Final = frozenset({"0", "f", "F", "false", "FALSE", "False"})


class Gcflags(Thing, frozen=True):
    """One -gcflags: the package ``pattern`` before ``=`` (empty: only the packages named) and the compiler's flags."""

    pattern: str
    flags: tuple[str, ...]

    @property
    def debuggable(self) -> bool:
        """Both -N and -l."""
        return "-N" in self.flags and "-l" in self.flags


class Flags(Thing, frozen=True):
    """Flags of one go command, GOFLAGS included."""

    trimpath: bool = False
    ldflags: tuple[str, ...] = ()
    gcflags: tuple[Gcflags, ...] = ()
    output: str = ""
    chdir: str = ""
    packages: tuple[str, ...] = ()

    @property
    def strip(self) -> str:
        """The linker flag that takes the debugger's information away (``-s``, ``-w``, ``-s -w``), empty if none does."""
        no_symbols = _is_on(self.ldflags, "s")
        no_dwarf = _is_on(self.ldflags, "w")
        if no_symbols is True:
            return "-s -w" if no_dwarf else "-s"
        return "-w" if no_dwarf else ""

    @property
    def everywhere(self) -> Gcflags | None:
        """The last -gcflags that reaches every package (``all=``)."""
        return next((g for g in reversed(self.gcflags) if g.pattern in {"all", "..."}), None)

    @property
    def main(self) -> Gcflags | None:
        """The last -gcflags that reaches the packages named on the command line."""
        return next((g for g in reversed(self.gcflags) if g.pattern in {"", "all", "..."}), None)


class GoCommand(Thing, frozen=True):
    """A go command found in a file: verb, flags, where it stands (line from 1), the words and the environment set for it."""

    verb: str
    argv: tuple[str, ...]
    flags: Flags
    env: dict[str, str] = {}
    line: int = 0

    @property
    def text(self) -> str:
        """The command as a person would type it."""
        return " ".join([*(f"{k}={v}" for k, v in self.env.items()), *map(quote, self.argv)])


def quote(word: str) -> str:
    """Quote a word for a shell, only where it must be; variables stay readable."""
    return word if re.fullmatch(r"[\w@%+=:,./${}()-]+", word) else shlex.quote(word)


def split_quoted(value: str) -> tuple[str, ...]:
    """Split as cmd/internal/quoted: blanks separate, a field may be quoted whole with ``'`` or ``"``; no escapes.

    An unterminated quote, which go refuses, gives the rest as one field.
    """
    fields = []
    rest = value.lstrip(" \t\r\n")
    while rest:
        if rest[0] in "\"'":
            field, _, rest = rest[1:].partition(rest[0])
        else:
            match = re.match(r"[^ \t\r\n]+", rest)
            field = match[0] if match else rest
            rest = rest[len(field) :]
        fields.append(field)
        rest = rest.lstrip(" \t\r\n")
    return tuple(fields)


def split_delve(text: str) -> tuple[str, ...]:
    """Delve's SplitQuotedFields with the quote ``'``; a backslash inside quotes takes the next character as it is."""
    fields = re.findall(r"(?:'(?:\\.|[^'\\])*'?|[^'\s])+", text)
    return tuple(re.sub(r"'((?:\\.|[^'\\])*)'?", lambda m: re.sub(r"\\(.)", r"\1", m[1]), field) for field in fields)


def parse_flags(argv: Iterable[str], goflags: str = "") -> Flags:
    """Read flags up to the first package; GOFLAGS come first, so the command line overrides them."""
    words = [w for w in split_quoted(goflags) if w.startswith("-")]
    reader = _Reader()
    for word in words:
        reader.take(word, iter(()))
    rest = iter(argv)
    packages: list[str] = []
    for word in rest:
        if word.startswith("-") and word not in {"-", "--"} and not packages:
            reader.take(word, rest)
        elif word not in {"-", "--"}:
            packages.append(word)
    return reader.done(tuple(packages))


class _Reader:
    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.ldflags: tuple[str, ...] = ()
        self.gcflags: list[Gcflags] = []

    def take(self, word: str, rest: Iterable[str]) -> None:
        name, equals, value = word.lstrip("-").partition("=")
        if not equals and name in _VALUE_FLAGS:
            value = next(iter(rest), "")
        if name == "ldflags":
            pattern, words = _per_package(value)
            if pattern in {"", "all", "..."}:
                self.ldflags = words
        elif name == "gcflags":
            pattern, words = _per_package(value)
            self.gcflags.append(Gcflags(pattern=pattern, flags=words))
        else:
            self.values[name] = value if equals or name in _VALUE_FLAGS else "true"

    def done(self, packages: tuple[str, ...]) -> Flags:
        return Flags(
            trimpath=self.values.get("trimpath", "false") not in _FALSE,
            ldflags=self.ldflags,
            gcflags=tuple(self.gcflags),
            output=self.values.get("o", ""),
            chdir=self.values.get("C", ""),
            packages=packages,
        )


def _per_package(value: str) -> tuple[str, tuple[str, ...]]:
    """``[pattern=]args``: a value that begins with ``-`` or a quote has no pattern (cmd/go, PerPackageFlag.Set)."""
    value = value.strip()
    if value and value[0] not in "-\"'" and "=" in value:
        pattern, _, value = value.partition("=")
        return pattern.strip(), split_quoted(value)
    return "", split_quoted(value)


def _is_on(words: tuple[str, ...], name: str) -> bool | None:
    found: bool | None = None
    for word in words:
        match = re.fullmatch(rf"--?{name}(?:=(.*))?", word)
        if match:
            found = match[1] not in _FALSE
    return found


def shell_commands(script: str, env: dict[str, str] | None = None) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """Words of every simple command in a shell script with its line (from 0); quotes and continuation lines are kept apart.

    Variables are filled in from ``env`` and from assignments on the way; a line that no shell would take is passed over.
    """
    around = dict(env or {})
    found = []
    for piece, at in _pieces(script):
        try:
            words = tuple(shlex.split(expand(piece.replace("\\\n", " "), around), comments=True))
        except ValueError:
            continue
        if not words:
            continue
        lead = re.match(r"(?:\s|\\\n)*", piece)
        found.append((at + (lead[0].count("\n") if lead else 0), words))
        own, rest = _assignments(words[1:] if words[0] == "export" else words)
        around |= {} if rest else own
    return tuple(found)


_SHELL: Final = re.compile(r"\\\n|\\.|'[^']*'|\"(?:\\.|[^\"\\])*\"|#[^\n]*|&&|\|\||[;|&\n()]|[^\\'\"#&|;\n()]+|.", re.DOTALL)


def _pieces(script: str) -> Iterable[tuple[str, int]]:
    piece, start, at = "", 0, 0
    before = "\n"
    for match in _SHELL.finditer(script):
        token = match[0]
        variable = token in {"(", ")"} and (piece.endswith("$") or "$(" in piece.rpartition(")")[2])
        if token.startswith("#") and before[-1:].isspace():
            token = ""
        elif token in {"&&", "||", ";", "|", "&", "\n", "(", ")"} and not variable:
            yield piece, start
            piece, token, start = "", "", at + match[0].count("\n")
        piece += token
        at += match[0].count("\n")
        before = match[0]
    yield piece, start


def go_commands(script: str, *, line: int = 1, env: dict[str, str] | None = None) -> tuple[GoCommand, ...]:
    """Every ``go build``, ``go test``, ``go install`` and ``go run`` in a shell script that starts at ``line``.

    ``env`` is the environment around it: GOFLAGS counts, and ``$NAME``, ``${NAME}`` and make's ``$(NAME)`` are filled in.
    """
    around = dict(env or {})
    found = []
    for at, words in shell_commands(script, around):
        own, rest = _assignments(words)
        if rest[:1] == ("export",):
            around |= _assignments(rest[1:])[0]
        elif not rest:
            around |= own
        made = go_command(rest, env=around | own, own=own, line=line + at)
        if made is not None:
            found.append(made)
    return tuple(found)


def go_command(
    argv: tuple[str, ...], *, env: dict[str, str] | None = None, own: dict[str, str] | None = None, line: int = 0
) -> GoCommand | None:
    """Read one command line, or None if it is not go building something."""
    if len(argv) < 2 or argv[0].rpartition("/")[2] not in {"go", "go.exe"}:
        return None
    rest = argv[1:]
    chdir = ""
    if rest[0] == "-C" and len(rest) > 2:
        chdir, rest = rest[1], rest[2:]
    if rest[0] not in _VERBS:
        return None
    flags = parse_flags((*(("-C", chdir) if chdir else ()), *rest[1:]), (env or {}).get("GOFLAGS", ""))
    return GoCommand(verb=rest[0], argv=argv, flags=flags, env=own or {}, line=line)


def _assignments(words: tuple[str, ...]) -> tuple[dict[str, str], tuple[str, ...]]:
    own = {}
    rest = list(words)
    while rest and (rest[0] == "env" or _ASSIGNMENT.fullmatch(rest[0])):
        match = _ASSIGNMENT.fullmatch(rest.pop(0))
        if match:
            own[match[1]] = match[2]
    return own, tuple(rest)


def expand(word: str, env: dict[str, str]) -> str:
    """Fill in ``$NAME``, ``${NAME}``, ``${NAME:-default}`` and make's ``$(NAME)``; unknown ones stay as they are."""

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2] or match[4]
        return env.get(name) or (match[3] if match[3] is not None else env.get(name, match[0]))

    return re.sub(r"\$(?:\{(\w+)\}|\{(\w+):?-([^}]*)\}|\(?(\w+)\)?)", value, word)
