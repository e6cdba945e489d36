r"""What the go command writes into a binary: its version, the main package, the modules and the build settings.

Source: Go's ``debug/buildinfo`` and ``runtime/debug`` (``BuildInfo.String``). The blob starts with ``\xff Go buildinf:`` at
an offset that is a multiple of 16; since Go 1.18 two strings with varint lengths follow at byte 32: the version, and the
module information between two marks of 16 bytes. Binaries of older versions keep pointers there and are not read.
"""

from __future__ import annotations

from typing import Final

from gomend.binary.opening import Raw, find
from gomend.model.base import Thing

_MAGIC: Final = b"\xff Go buildinf:"
_ALIGN: Final = 16
_HEADER: Final = 32
_INLINE: Final = 2
_MARK: Final = 16
_ESCAPES: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class GoDep(Thing, frozen=True):
    """A module that was linked in; ``replace_path`` and ``replace_version`` say what a ``replace`` put in its place."""

    path: str
    version: str = ""
    sum: str = ""
    replace_path: str = ""
    replace_version: str = ""


class GoBuild(Thing, frozen=True):
    """A binary's build information, as ``go version -m`` shows it."""

    version: str
    """``go1.26.8``, with what experiments add (``go1.26.8 X:nocoverageredesign``)."""
    path: str = ""
    """Import path of the main package, ``command-line-arguments`` if files were named."""
    module: str = ""
    """Path of the main module, empty outside a module."""
    module_version: str = ""
    settings: dict[str, str] = {}
    """``CGO_ENABLED``, ``GOARCH``, ``-ldflags``, ``-trimpath``, ``vcs.revision`` … in the order of the blob."""
    deps: tuple[GoDep, ...] = ()


def read(raw: Raw, start: int = 0, end: int | None = None) -> GoBuild | None:
    """The build information in the bytes of an ELF, Mach-O or PE file; None where there is none that can be read.

    The bytes of the mark also occur as data in programs that read build information themselves, so every place between
    ``start`` and ``end`` is tried.
    """
    end = len(raw) if end is None else min(end, len(raw))
    start = find(raw, _MAGIC, start, end)
    while start >= 0:
        if start % _ALIGN == 0:
            found = _read_at(raw, start)
            if found is not None:
                return found
        start = find(raw, _MAGIC, start + 1, end)
    return None


def _read_at(raw: Raw, start: int) -> GoBuild | None:
    header = raw[start : start + _HEADER]
    if len(header) < _HEADER or not header[15] & _INLINE:
        return None
    version, after = _string(raw, start + _HEADER)
    if not version.startswith((b"go", b"devel")):
        return None
    info, _ = _string(raw, after)
    framed = len(info) > 2 * _MARK and info[-_MARK - 1 : -_MARK] == b"\n"
    return _parse(version.decode(errors="replace"), info[_MARK:-_MARK].decode(errors="replace") if framed else "")


def _string(raw: Raw, at: int) -> tuple[bytes, int]:
    """The string at an offset and the offset behind it; empty where the length runs out of the file."""
    size = shift = 0
    while at < len(raw) and shift < 64:
        byte = raw[at]
        at += 1
        size |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (raw[at : at + size], at + size) if at + size <= len(raw) else (b"", at)
        shift += 7
    return b"", at


def _parse(version: str, text: str) -> GoBuild:
    path = module = module_version = ""
    settings: dict[str, str] = {}
    deps: list[GoDep] = []
    for line in text.split("\n"):
        kind, _, rest = line.partition("\t")
        words = [*rest.split("\t"), "", "", ""]
        if kind == "path":
            path = rest
        elif kind == "mod":
            module, module_version = words[0], words[1]
        elif kind == "dep":
            deps.append(GoDep(path=words[0], version=words[1], sum=words[2]))
        elif kind == "=>" and deps:
            last = deps[-1]
            deps[-1] = GoDep(
                path=last.path, version=last.version, sum=words[2], replace_path=words[0], replace_version=words[1]
            )
        elif kind == "build":
            name, value = _setting(rest)
            settings[name] = value
    return GoBuild(
        version=version, path=path, module=module, module_version=module_version, settings=settings, deps=tuple(deps)
    )


def _setting(text: str) -> tuple[str, str]:
    if text[:1] in {'"', "`"}:
        end = _closing(text)
        return _unquote(text[: end + 1]), _unquote(text[end + 2 :])
    name, _, value = text.partition("=")
    return name, _unquote(value)


def _closing(text: str) -> int:
    i = 1
    while i < len(text) and text[i] != text[0]:
        i += 2 if text[i] == "\\" and text[0] == '"' else 1
    return i


def _unquote(text: str) -> str:
    """``strconv.Unquote`` for what ``strconv.Quote`` writes; other texts as they are."""
    if len(text) < 2 or text[0] != text[-1] or text[0] not in {'"', "`"}:
        return text
    body = text[1:-1]
    if text[0] == "`":
        return body
    out: list[str] = []
    i = 0
    while i < len(body):
        char = body[i]
        if char != "\\" or i + 1 >= len(body):
            out.append(char)
            i += 1
            continue
        kind = body[i + 1]
        width = {"x": 2, "u": 4, "U": 8}.get(kind, 0)
        if width:
            out.append(chr(int(body[i + 2 : i + 2 + width], 16)))
        else:
            out.append(_ESCAPES.get(kind, kind))
        i += 2 + width
    return "".join(out)
