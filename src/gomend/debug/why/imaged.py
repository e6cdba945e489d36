"""The program runs in an image: what its Dockerfile does to it, and how to build the same program here, with the image's folders recorded.

No container is started: of all that an image does, a debugger sees the go build, what strips its output, and the folder that it ran in.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from typing import Final

from gomend.debug import buildflags, mending
from gomend.debug.dockerfile import Instruction
from gomend.debug.facts.images import Build, DebugImage, debug_images
from gomend.debug.pathmap import here
from gomend.debug.why.ask import Ask, Fix
from gomend.golang.facts.project import TextFile
from gomend.model.base import Thing
from gomend.model.step import digest_bytes, edit_text

CAUSES: Final = {
    "stripped": "image-strips-dwarf",
    "no-symtab": "image-strips-dwarf",
    "optimised": "image-binary-optimised",
    "inlined": "image-binary-optimised",
    "container-path": "image-source-path",
    "path-mismatch": "image-source-path",
    "trimpath": "image-source-path",
}
"""Names of causes where the image makes the binary."""
_BUILDERS: Final = frozenset({"docker", "podman", "nerdctl", "buildah"})
_MOST: Final = 1 << 20


class Imaged(Thing, frozen=True):
    """The stage that runs dlv, and the folder here that is copied into the image."""

    image: DebugImage
    context: str

    @property
    def build(self) -> Build:
        """The go build whose output is debugged."""
        return self.image.builds[-1]

    def recorded(self) -> str:
        """The folder of the image that the context is copied to."""
        copies = [c for c in self.build.stage.copies() if not c.stage]
        whole = [c for c in copies if c.sources in {(".",), ("./",)}]
        named = [c for c in copies if any(s.rpartition("/")[2] == "go.mod" for s in c.sources)]
        found = (whole or named or copies)[-1:]
        return found[0].target.rstrip("/") or "/" if found else self.build.folder

    def command(self, output: str) -> tuple[str, tuple[str, ...], dict[str, str]]:
        """The folder here, the words and the environment that build the same program to ``output``."""
        root, build = self.recorded(), self.build
        inside = os.path.relpath(build.folder, root)
        where = self.context if inside.startswith("..") else os.path.normpath(os.path.join(self.context, inside))
        flags = build.command.flags
        words = list(_without_output(build.command.argv))
        if not flags.trimpath:
            more = [f"-trimpath={self.context}=>{root}"]
            everywhere = list(flags.everywhere.flags) if flags.everywhere else []
            own = list(flags.main.flags) if flags.main else []
            local = (here.module_at(self.context), *here.replaced_folders(self.context), *here.workspace(self.context)[1])
            at = words.index(build.command.verb) + 1
            given = [f"-gcflags={m}/...={' '.join(everywhere + more)}" for m in dict.fromkeys(local) if m]
            words[at:at] = [w for w in words[at:] if w.startswith("-gcflags")]
            last = max((i for i, w in enumerate(words) if w.lstrip("-").startswith("gcflags")), default=at - 1)
            last += 1 if last >= at and words[last].lstrip("-") == "gcflags" else 0
            words[last + 1 : last + 1] = [*given, f"-gcflags={' '.join(own + more)}"]
        at = words.index(build.command.verb) + 1
        words[at:at] = ["-o", output]
        env = {
            k: v for k, v in build.stage.environment.items() if k.startswith(("GO", "CGO_")) and k not in {"GOPATH", "GOROOT"}
        }
        return where, tuple(words), {**env, **build.command.env}

    def spoiled(self) -> tuple[str, tuple[str, ...]]:
        """What the image does to the program after or with the build: the cause and what shows it; empty if nothing."""
        image, file = self.image, self.image.file
        if image.strips or image.builds[-1].command.flags.strip:
            shown = [_shown(file, i) for i in image.strips] or [
                f"{file.name}:{self.build.command.line}: {self.build.command.text}"
            ]
            return "image-strips-dwarf", tuple(shown)
        if image.link and not image.has_debug_file:
            return "image-debug-file-missing", (
                _shown(file, image.link),
                f"{file.name} ({image.stage.name}): no COPY brings {image.debug_file}",
            )
        return "", ()

    def mended(self, cause: str) -> tuple[Fix, str] | None:
        """The instructions as they should stand, and the whole text with them; None where a person has to."""
        image = self.image
        if cause == "image-debug-file-missing" and image.link:
            at = image.start.line - 1
            line = image.copy_line()
            lines = image.file.text.split("\n")
            whole = "\n".join([*lines[:at], line, *lines[at:]])
            return (Fix(image=(f"{image.file.name}:{image.start.line}: {line}",)), whole) if line else None
        changes: dict[str, mending.TextChange] = {
            "image-strips-dwarf": mending.unstripped,
            "image-binary-optimised": mending.build_for_debugging,
        }
        change = changes.get(cause)
        whole = _changed(image, change) if change else image.file.text
        if whole == image.file.text:
            return None
        pairs = zip(image.file.text.split("\n"), whole.split("\n"), strict=False)
        shown = tuple(f"{image.file.name}:{n}: {new}" for n, (old, new) in enumerate(pairs, 1) if old != new)
        return Fix(image=shown), whole


def find(ask: Ask) -> Imaged | None:
    """The image that a remote session debugs: of the Dockerfile that ``build`` names, else of the only one in the folder that runs dlv."""
    for path, context in (*_named(ask), *((p, ask.folder) for p in _listed(ask.folder))):
        text = _text(path)
        if text and (found := of_text(path, text, context)):
            return found
    return None


def of_text(path: str, text: str, context: str) -> Imaged | None:
    """The image that a Dockerfile's text makes; None if it runs no dlv on a program that it builds."""
    file = TextFile(path=path, name=os.path.basename(path), text=text, digest=digest_bytes(text.encode()))
    images = [i for i in debug_images(file) if i.builds]
    return Imaged(image=images[-1], context=context) if images else None


def _named(ask: Ask) -> Iterator[tuple[str, str]]:
    for script in reversed(ask.build):
        folder = ask.folder
        for _, words in buildflags.shell_commands(script):
            if words[0] == "cd" and len(words) == 2:
                folder = os.path.join(folder, words[1])
            elif words[0] in _BUILDERS and "build" in words[1:3]:
                rest = words[words.index("build") + 1 :]
                named = next((_value(w, f) for w, f in zip(rest, (*rest[1:], ""), strict=True) if _value(w, f)), "Dockerfile")
                context = rest[-1] if rest and not rest[-1].startswith("-") else "."
                yield os.path.join(folder, named), os.path.normpath(os.path.join(folder, context))


def _value(word: str, following: str) -> str:
    name, equals, value = word.partition("=")
    return (value if equals else following) if name in {"-f", "--file"} else ""


def _listed(folder: str) -> list[str]:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    return [
        f"{folder}/{n}"
        for n in names
        if n.lower().startswith(("dockerfile", "containerfile")) or n.lower().endswith(".dockerfile")
    ]


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace", newline="") as file:
            return file.read(_MOST)
    except OSError:
        return ""


def _without_output(argv: tuple[str, ...]) -> Iterator[str]:
    words = iter(argv)
    for word in words:
        if word.lstrip("-") == "o" and word.startswith("-"):
            next(words, None)
        elif not word.startswith(("-o=", "--o=")):
            yield word


def _shown(file: TextFile, instruction: Instruction) -> str:
    return f"{file.name}:{instruction.line}: {instruction.word} {' '.join(instruction.value.split())}"


def _changed(image: DebugImage, change: mending.TextChange) -> str:
    edit = image.mend(change)
    return edit_text(image.file.text.encode(), edit.edits).decode() if edit else image.file.text


def shell(where: str, words: tuple[str, ...], env: dict[str, str]) -> str:
    """A build as a person would type it."""
    return f"cd {shlex.quote(where)} && {''.join(f'{k}={shlex.quote(v)} ' for k, v in env.items())}{shlex.join(words)}"
