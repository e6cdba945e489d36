"""Module zips: what is in one, whether go would take it, and the bytes of each member. Fast enough for whole module caches.

Source of the rules: golang.org/x/mod/zip (checkZip), golang.org/x/mod/module (CheckFilePath), archive/zip (NewReader).
The central directory is walked here rather than with ``zipfile``: ten times cheaper, and bytes that belong to no member are seen.
Inflating is libdeflate's work for members of ordinary size and zlib's, in pieces, for large ones, so that memory stays small.
"""

from __future__ import annotations

import re
import string
import zlib
from collections.abc import Iterator
from struct import Struct
from typing import Final, NamedTuple

from deflate import DeflateError, crc32, deflate_decompress

MAX_ZIP: Final = 500 << 20
"""Bytes of a module zip, and of its unpacked files together, that go takes (x/mod/zip, MaxZipFile)."""
MAX_MOD: Final = 16 << 20
"""Bytes of a go.mod or LICENSE that go takes (MaxGoMod, MaxLICENSE)."""
MAX_MEMBERS: Final = 200_000
"""Members that are looked at. Go has no such limit; the largest modules have some 40,000."""
MAX_DIRECTORY: Final = 32 << 20
"""Bytes of a central directory that are looked at, for the same reason."""
LARGE: Final = 16 << 20
"""Bytes of a member from which on it is unpacked in pieces."""
PIECE: Final = 1 << 18
"""Bytes of one piece."""

_END: Final = Struct("<4s4H2IH")
_END64: Final = Struct("<4sQ2H2I4Q")
_LOCATOR: Final = Struct("<4sIQI")
_HEADER: Final = Struct("<4s6H3I5H2I")
_LOCAL: Final = Struct("<4s22xHH")
_PAIR: Final = Struct("<2I")
_DESCRIPTOR: Final = 0x08074B50
_RATIO: Final = 1040
"""Deflate cannot make data larger than this many times its packed size."""
_WINDOWS: Final = re.compile(r"[\n/](?:con|prn|aux|nul|com[0-9]|lpt[0-9])[./\n]", re.IGNORECASE)
"""Names that Windows keeps for itself."""
_ALLOWED: Final = frozenset("!#$%&()+,-.=@[]^_{}~ ")
_ALLOWED_BYTES: Final = ("".join(_ALLOWED) + string.ascii_letters + string.digits + "/\n").encode()


class ZipError(Exception):
    """Go would not take this zip; ``what`` is empty, truncated, corrupt, refused or foreign, the message says why."""

    def __init__(self, what: str, detail: str) -> None:
        """Keep both."""
        super().__init__(detail)
        self.what = what


class Member(NamedTuple):
    """One member: name, method (0 stored, 8 deflated), CRC-32, packed and unpacked bytes, where its local header starts, flags."""

    name: str
    method: int
    crc: int
    packed: int
    size: int
    at: int
    flags: int


class Archive:
    """An open zip over a buffer (bytes or a memory map)."""

    def __init__(self, raw: memoryview) -> None:
        """Read the central directory.

        Raises:
            ZipError: there is none, or it does not fit the bytes.
        """
        self.raw = raw
        self.size = len(raw)
        if not self.size:
            raise ZipError("empty", "0 bytes")
        if self.size > MAX_ZIP:
            raise ZipError("refused", f"{self.size} bytes; go takes at most {MAX_ZIP}")
        self.members: list[Member] = []
        self.accounted = 0
        """Bytes of local headers and members read so far."""
        count, self.start, base, self.trailing = self._directory()
        self._walk(count, base)

    def _directory(self) -> tuple[int, int, int, int]:
        """Members, where the directory starts, what to add to offsets, and bytes behind the end that no comment accounts for."""
        tail_at = max(0, self.size - _END.size - 0xFFFF)
        tail = bytes(self.raw[tail_at:])
        found = tail.rfind(b"PK\5\6")
        if found < 0 or found + _END.size > len(tail):
            raise ZipError("truncated", f"{self.size} bytes without a directory at the end")
        at = tail_at + found
        _, _, _, _, count, length, offset, comment = _END.unpack_from(tail, found)
        trailing = self.size - at - _END.size - comment
        if trailing < 0:
            raise ZipError("truncated", "the comment at the end is cut off")
        if count == 0xFFFF or length == 0xFFFF or offset == 0xFFFFFFFF:  # 0xFFFF, not more: as archive/zip has it
            count, length, offset, at = self._directory64(at, count, length, offset)
        base = at - length - offset
        # As archive/zip does: something may stand before the zip, unless the offset fits as it is.
        if base > 0 and self._signature(offset) == b"PK\1\2":
            base = 0
        start = base + offset
        if not 0 <= start < self.size:
            raise ZipError("truncated", "the directory lies outside of the file")
        if count > MAX_MEMBERS or at - start > MAX_DIRECTORY:
            raise ZipError("refused", f"{count} members in a directory of {at - start} bytes")
        return count, start, base, trailing

    def _directory64(self, at: int, count: int, length: int, offset: int) -> tuple[int, int, int, int]:
        where = at - _LOCATOR.size
        if where < 0 or self._signature(where) != b"PK\6\7":
            return count, length, offset, at
        _, _, place, _ = _LOCATOR.unpack_from(self.raw, where)
        if place + _END64.size > self.size or self._signature(place) != b"PK\6\6":
            raise ZipError("truncated", "the directory's large end record is not where it should be")
        fields = _END64.unpack_from(self.raw, place)
        return fields[7], fields[8], fields[9], place

    def _signature(self, at: int) -> bytes:
        return bytes(self.raw[at : at + 4])

    def _walk(self, count: int, base: int) -> None:
        """Read headers until there is none; only then is the count compared, by its low 16 bits (archive/zip, init)."""
        raw, unpack, add, at = self.raw, _HEADER.unpack_from, self.members.append, self.start
        room = MAX_MEMBERS
        while room and at + 46 <= self.size:
            sig, _, _, flags, method, _, _, crc, packed, size, names, extra, comment, _, _, _, local = unpack(raw, at)
            after = at + 46 + names + extra + comment
            if sig != b"PK\1\2" or after > self.size:
                break
            name = bytes(raw[at + 46 : at + 46 + names])
            if size == 0xFFFFFFFF or packed == 0xFFFFFFFF or local == 0xFFFFFFFF:
                values = _large(bytes(raw[at + 46 + names : at + 46 + names + extra]), size, packed, local)
                if values is None:
                    break
                size, packed, local = values
            add(Member(name.decode("utf-8", "surrogateescape"), method, crc, packed, size, base + local, flags))
            at = after
            room -= 1
        if not room:
            raise ZipError("refused", f"more than {MAX_MEMBERS} members")
        if len(self.members) & 0xFFFF != count & 0xFFFF:
            raise ZipError("truncated", f"the directory breaks off after {len(self.members)} members")

    def data(self, member: Member) -> bytes | bytearray:
        """The unpacked bytes of a member that is not :data:`LARGE`.

        Raises:
            ZipError: they are not what the directory promises.
        """
        # The ordinary case in one go, for it is the hot path of a whole cache; anything odd is told below.
        name, method, crc, packed, size, at, flags = member
        if method == 8 and 0 < size <= packed * _RATIO and 0 <= at <= self.size - 30 and name[-1:] != "/":
            sig, names, extra = _LOCAL.unpack_from(self.raw, at)
            start = at + 30 + names + extra
            end = start + packed
            data: bytes | bytearray
            try:
                data = deflate_decompress(self.raw[start:end], size)
            except DeflateError:
                data = b""
            good = sig == b"PK\3\4" and len(data) == size and crc32(data) == crc
            if good and (not flags & 8 or (end + 12 <= self.size and _PAIR.unpack_from(self.raw, end) == (_DESCRIPTOR, crc))):
                self.accounted += end - at
                return data
        return self._data(member)

    def _data(self, member: Member) -> bytes | bytearray:
        name, method, crc, packed, size, _, flags = member
        start = self._start(member)
        if name[-1:] == "/":
            return self._of_folder(member)
        raw = self.raw[start : start + packed]
        data: bytes | bytearray
        if method == 0:
            data = bytes(raw)
        elif size > packed * _RATIO + 64:
            raise ZipError("refused", f"{name}: {packed} bytes cannot hold {size}")
        else:
            try:
                data = deflate_decompress(raw, size) if size else _nothing(raw)
            except DeflateError:
                raise ZipError("corrupt", f"{name} cannot be unpacked") from None
        if len(data) != size or (crc32(data) != crc and (crc or flags & 8)):
            raise ZipError("corrupt", f"{name} is not what the directory says of it")
        if flags & 8:
            self._check_descriptor(member, start + packed)
        return data

    def pieces(self, member: Member) -> Iterator[bytes]:
        """The unpacked bytes of a member, in pieces of at most :data:`PIECE` bytes.

        Raises:
            ZipError: they are not what the directory promises.
        """
        start = self._start(member)
        raw = self.raw[start : start + member.packed]
        if member.method == 8 and member.size > member.packed * _RATIO + 64:
            raise ZipError("refused", f"{member.name}: {member.packed} bytes cannot hold {member.size}")
        seen, crc = 0, 0
        for piece in _inflated(raw, member.name) if member.method == 8 else _cut(raw):
            seen += len(piece)
            if seen > member.size:
                break
            crc = crc32(piece, crc)
            yield piece
        if seen != member.size or (crc != member.crc and (member.crc or member.flags & 8)):
            raise ZipError("corrupt", f"{member.name} is not what the directory says of it")
        if member.flags & 8:
            self._check_descriptor(member, start + member.packed)

    def _of_folder(self, member: Member) -> bytes:
        if member.size:
            raise ZipError("corrupt", f"{member.name} is a folder, yet has content")
        return b""

    def _check_descriptor(self, member: Member, at: int) -> None:
        """The CRC is said again behind the member, with or without a signature before it (archive/zip, readDataDescriptor)."""
        at += 4 if self._signature(at) == b"PK\7\x08" else 0
        if self._signature(at) != member.crc.to_bytes(4, "little") or at + 12 > self.size:
            raise ZipError("corrupt", f"{member.name} is followed by another checksum than the directory's")

    def _start(self, member: Member) -> int:
        """Where the packed bytes of a member start."""
        name, method, _, packed, _, at, _ = member
        if not 0 <= at <= self.size - 30:
            raise ZipError("truncated", f"{name} lies outside of the file")
        sig, names, extra = _LOCAL.unpack_from(self.raw, at)
        if sig != b"PK\3\4":
            raise ZipError("corrupt", f"{name} does not start where the directory says")
        start: int = at + 30 + names + extra
        if method not in (0, 8) and name[-1:] != "/":
            raise ZipError("corrupt", f"{name} is packed in a way that go does not know ({method})")
        self.accounted += start - at + packed
        return start

    def hidden(self) -> int:
        """Bytes that belong to no member, directory or comment: before, between or behind them. No hash of go covers them.

        To be asked once every member has been read.
        """
        if not self.trailing and self.accounted + sum(16 for m in self.members if m[6] & 8) == self.start:
            return 0
        at = 0
        lost = self.trailing
        for member in sorted(self.members, key=lambda m: m.at):
            start = self._start(member)
            lost += max(0, member.at - at)
            at = start + member.packed
            if member.flags & 8:
                at += self._descriptor(at)
        return lost + max(0, self.start - at)

    def _descriptor(self, at: int) -> int:
        """The length of a data descriptor: with or without a signature, 32 or 64 bits; the next thing starts with ``PK``."""
        for length in (16, 12, 24, 20):
            if self._signature(at + length)[:2] == b"PK":
                return length
        return 0


def refused(archive: Archive, prefix: str) -> str:
    """Why go would not unpack this zip as module ``prefix`` (``path@version/``), empty if it would.

    All names are looked at in one go, as one text; only where that is not clean, name by name.
    """
    names = [m[0] for m in archive.members]
    total = sum([m[4] for m in archive.members if m[0][-1:] != "/"])
    if total > MAX_ZIP:
        return f"unpacked it would have {total} bytes; go takes at most {MAX_ZIP}"
    text = "\n".join(["", *names, ""])
    if text.count("\n" + prefix) != len(names) or text.count("\n") != len(names) + 1:
        return f"{_shown(next((n for n in names if not n.startswith(prefix)), 'a file name'))} does not start with {prefix}"
    skip = len(prefix)
    if not _clean(text.replace("\n" + prefix, "\n")):
        for name in names:
            if why := _name_problem(name[skip:].removesuffix("/") if len(name) > skip + 1 else name[skip:]):
                return f"{_shown(name)}: {why}"
    lowered = _folded(text)
    if lowered.count("/go.mod\n") != 1 or f"\n{prefix}go.mod\n" not in text:
        wrong = next((n for n in names if n.lower().endswith("/go.mod") and n != prefix + "go.mod"), "")
        if wrong:
            return f"{_shown(wrong)}: a go.mod that is not at the top or not in lower case"
    if why := _collision(names, lowered):
        return why
    for name in ("go.mod", "LICENSE"):
        size = next((m.size for m in archive.members if m[0] == prefix + name), 0) if f"{prefix}{name}\n" in text else 0
        if size > MAX_MOD:
            return f"{name} has {size} bytes; go takes at most {MAX_MOD}"
    return ""


def _clean(text: str) -> bool:
    """Whether all names, each between line ends, are clean beyond doubt."""
    if not text.isascii() or text.encode().translate(None, _ALLOWED_BYTES):
        return False
    odd = ("//", "/\n", "\n/", "./", ".\n")
    return not any(part in text for part in odd) and not _WINDOWS.search(text)


def _name_problem(name: str) -> str:
    """What x/mod/module's CheckFilePath would say of one name."""
    if not name:
        return ""
    for element in name.split("/"):
        if not element or element.endswith("."):
            return "not a clean path inside the module"
        if _WINDOWS.search(f"\n{element}\n"):
            return "not allowed on Windows"
    wrong = next((c for c in name if c != "/" and not (c.isalpha() or (c.isascii() and (c.isalnum() or c in _ALLOWED)))), "")
    return f"the character {wrong!r} is not allowed" if wrong else ""


def _collision(names: list[str], lowered: str) -> str:
    """Two names that one file system could not keep apart."""
    files = [n for n in names if n[-1] != "/"]
    above: set[str] = set()
    for start in {n.rpartition("/")[0] for n in names}:
        folder = start
        while folder and folder not in above:
            above.add(folder)
            folder = folder.rpartition("/")[0]
    if len(set(files)) != len(files):
        return f"{_shown(_twice(files))} is there more than once"
    if both := above.intersection(files):
        return f"{_shown(min(both))} is both a file and a folder"
    every, folders = set(lowered.split("\n")), {_folded(f) for f in above}
    if len(every) == len(names) + 1 and len(folders) == len(above) and every.isdisjoint(folders):
        return ""
    seen: dict[str, str] = {}
    for name in [*files, *above]:
        other = seen.setdefault(_folded(name), name)
        if other != name:
            return f"{_shown(min(other, name))} and {_shown(max(other, name))} differ in case only"
    return ""


def _twice(names: list[str]) -> str:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return ""


def _folded(text: str) -> str:
    """Simple case folding: one character for one (x/mod/zip, strToFold)."""
    if text.isascii():
        return text.lower()
    return "".join(c.lower() if c.isascii() else _one(c) for c in text)


def _one(c: str) -> str:
    full = c.casefold()
    if len(full) == 1:
        return full
    low = c.lower()
    return low if len(low) == 1 else c


def _large(fields: bytes, size: int, packed: int, local: int) -> tuple[int, int, int] | None:
    """The 64-bit values of the zip64 extra field (APPNOTE 4.5.3); None where archive/zip would find the header malformed."""
    at = 0
    want_size, want_packed, want_local = (value == 0xFFFFFFFF for value in (size, packed, local))
    while at + 4 <= len(fields):
        kind, length = int.from_bytes(fields[at : at + 2], "little"), int.from_bytes(fields[at + 2 : at + 4], "little")
        rest = fields[at + 4 : at + 4 + length]
        if len(rest) < length:
            break
        if kind == 1:
            values = iter([int.from_bytes(rest[i : i + 8], "little") for i in range(0, len(rest) - 7, 8)])
            try:
                size = next(values) if want_size else size
                packed = next(values) if want_packed else packed
                local = next(values) if want_local else local
            except StopIteration:
                return None
            want_size = want_packed = want_local = False
        at += 4 + length
    return None if want_packed or want_local else (size, packed, local)


def _nothing(raw: memoryview) -> bytes:
    """The content of a deflated member of no bytes; its stream still must be one, and end."""
    unpacker = zlib.decompressobj(-15)
    try:
        data = unpacker.decompress(raw, 1)
    except zlib.error:
        raise DeflateError from None
    if not unpacker.eof:
        raise DeflateError
    return data


def _inflated(raw: memoryview, name: str) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(-15)
    at = 0
    try:
        while not unpacker.eof and (at < len(raw) or unpacker.unconsumed_tail):
            waiting = unpacker.unconsumed_tail
            if not waiting:
                waiting, at = bytes(raw[at : at + PIECE]), at + PIECE
            if piece := unpacker.decompress(waiting, PIECE):
                yield piece
    except zlib.error:
        raise ZipError("corrupt", f"{name} cannot be unpacked") from None
    if not unpacker.eof:
        raise ZipError("corrupt", f"{name} breaks off")


def _cut(raw: memoryview) -> Iterator[bytes]:
    for at in range(0, len(raw), PIECE):
        yield bytes(raw[at : at + PIECE])


def _shown(name: str) -> str:
    return name[:200].encode("utf-8", "backslashreplace").decode()
