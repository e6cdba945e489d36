"""What the go command says about modules, parsed into symptoms with the line that says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from gomend.golang import modpath
from gomend.golang.facts.log import LogText
from gomend.model.base import Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Fact, collector
from gomend.modules.symptoms.kinds import CREDENTIALS, LATE, PLAIN, SUMDB, TIMEOUT, TLS, UNREACHABLE, Kind

_URL: Final = re.compile(r"(?:https?|file|ssh|git)://[^\s\"'<>]+[^\s\"'<>:;,.)]")
_STATUS: Final = re.compile(r"(?:reading|Get) \"?(?P<url>\S+?)\"?: (?P<status>[1-5]\d\d)(?: |$)")
_AT: Final = re.compile(r"(?<![\w/@.-])(?P<path>[A-Za-z0-9][\w.~+-]*(?:/[\w.~!+-]+)*)@(?P<version>[A-Za-z0-9<>=][\w.+<>=/-]*)")
_MODULE: Final = re.compile(r"(?:module|package|import path) \"?(?P<path>[\w.~-]+(?:/[\w.~+-]+)+|[\w~-]+\.[\w.~-]+)\"?")
_DOWNLOADING: Final = re.compile(r"^go: (?:downloading|finding|extracting) (?P<path>\S+) (?P<version>\S+)")
_CACHED: Final = re.compile(r"cache/download/(?P<path>\S+)/@v/(?P<version>\S+)\.zip")
_VERIFYING: Final = re.compile(r"verifying (?:go\.mod|module|\S+@\S+): |/sumdb/|initializing sumdb\.Client")
_MISMATCH: Final = re.compile(r"checksum mismatch")
_IGNORED: Final = re.compile(
    r"^go: (?:downloading|finding|extracting|added|upgraded|downgraded|removed|found|warning:|to switch|creating)\b|^\s*server response"
)
_DETAIL_LINES: Final = 8
_STOPPED: Final = frozenset({124, 130, 137, 143, -2, -9, -15})
"""Exit codes of a command that a time limit or a signal ended."""


def server_of(url: str) -> str:
    """Host and port of a URL, whatever stands in it (``urlsplit`` raises for what go happily prints)."""
    return re.sub(r"^\w+://|[/?#].*$", "", url).rpartition("@")[2]


class Symptom(Thing, frozen=True):
    """One error: what kind, about which module (``path`` or ``path@version``), which URL and status, and the lines."""

    kind: Kind
    line: int
    """Index of the log's line, from 0."""
    evidence: Evidence
    subject: str = ""
    url: str = ""
    status: int = 0
    detail: str = ""
    """The line without go's own prefix."""

    @property
    def server(self) -> str:
        """Host (and port) of the URL."""
        return server_of(self.url)

    @property
    def module(self) -> str:
        """The module path without its version."""
        return self.subject.partition("@")[0]

    @property
    def wanted(self) -> str:
        """Which file was asked for: ``info``, ``mod``, ``zip``, ``list``, ``latest`` or empty."""
        path = self.url
        if path.endswith("/@latest"):
            return "latest"
        tail = path.rpartition("/@v/")[2] if "/@v/" in path else ""
        return "list" if tail == "list" else tail.rpartition(".")[2] if tail else ""


class GoSymptoms(Fact, frozen=True):
    """Everything that the go command complained of in the log, in order."""

    symptoms: tuple[Symptom, ...]
    reads: ClassVar = frozenset({"command"})

    def of(self, *kinds: Kind) -> tuple[Symptom, ...]:
        """The symptoms of these kinds."""
        return tuple(s for s in self.symptoms if s.kind in kinds)


@collector
async def collect(log: LogText) -> GoSymptoms:
    """Parse the log."""
    return GoSymptoms(symptoms=parse(log))


def parse(log: LogText) -> tuple[Symptom, ...]:
    """All symptoms, each error once."""
    found: dict[tuple[Kind, str, str, int], Symptom] = {}
    for symptom in (*_every(log), *_hang(log)):
        found.setdefault((symptom.kind, symptom.subject, symptom.url, symptom.status), symptom)
    kinds = {s.kind for s in found.values()}
    dropped: set[Kind] = set()
    if Kind.TOOLCHAIN in kinds:
        dropped.add(Kind.GO_TOO_OLD)  # go was about to switch; that it could not is the reason
    if len(kinds) > 1:
        dropped.add(Kind.GOMOD_INVALID)  # "errors parsing go.mod:" introduces the line that says which error
    if Kind.VENDOR_INCONSISTENT in kinds:
        dropped.add(Kind.PACKAGE_MISSING)
    return tuple(s for s in found.values() if s.kind not in dropped)


def _hang(log: LogText) -> Iterator[Symptom]:
    """A go command that was stopped from outside while it fetched: it has no time limit of its own for an answer."""
    lines = [(i, line) for i, line in enumerate(log.lines) if line.strip()]
    fetching = log.command[:1] == ("go",) and log.command[1:2] in {("get",), ("mod",), ("install",), ("list",)}
    last = _DOWNLOADING.match(lines[-1][1]) if lines else None
    if log.exit not in _STOPPED or not (last or (fetching and not lines)):
        return
    index = lines[-1][0] if lines else 0
    subject = f"{last['path']}@{last['version']}" if last else ""
    quote = f"{' '.join(log.command) or 'the command'} was stopped (exit {log.exit})"
    shown = log.evidence(index) if last else Evidence(source=log.source, quote=quote)
    yield Symptom(kind=Kind.PROXY_TIMEOUT, line=index, evidence=shown, subject=subject, detail=quote)


def _every(log: LogText) -> Iterator[Symptom]:
    lines = log.lines
    last = ""
    skip = -1
    for index, line in enumerate(lines):
        if started := _DOWNLOADING.match(line):
            last = f"{started['path']}@{started['version']}"
        if index <= skip or not line.strip() or _IGNORED.search(line):
            continue
        kind = _kind(lines, index)
        if kind is None:
            continue
        more = _more(lines, index)
        status = _STATUS.search(line)
        url = _url(line)
        yield Symptom(
            kind=kind,
            line=index,
            evidence=log.evidence(index, more=more),
            subject=_subject(lines, index, kind, url) or (last if kind is Kind.PROXY_BAD_ZIP else ""),
            url=url,
            status=int(status["status"]) if status else 0,
            detail=line.strip().removeprefix("go: "),
        )
        skip = index + more


def _kind(lines: tuple[str, ...], index: int) -> Kind | None:
    line = lines[index]
    if _MISMATCH.search(line):
        below = "\n".join(lines[index + 1 : index + 4])
        return Kind.GOSUM_MISMATCH if re.search(r"go(?:\.work)?\.sum:", below + line) else Kind.SUMDB_MISMATCH
    if "checksum missing from sumdb response" in line:
        return Kind.SUMDB_MISMATCH
    about_sums = "golang.org/toolchain" not in line and _VERIFYING.search(line)
    kind = (_first(SUMDB, line) if about_sums else None) or _first(PLAIN, line)
    if kind in {Kind.VCS_FAILED, Kind.IMPORT_PATH}:
        told = "\n".join(lines[index : index + 1 + _more(lines, index)])
        return Kind.CREDENTIALS_WANTED if kind is Kind.VCS_FAILED and CREDENTIALS.search(told) else kind
    if kind is not None:
        return kind
    if CREDENTIALS.search(line) and line.startswith(("fatal: ", "remote: ", "git@", "go: ")):
        return Kind.CREDENTIALS_WANTED
    kind = _network(line) or _first(LATE, line)
    if kind is Kind.PROXY_STATUS and re.search(r": (?:404|410) ", line):
        told = "\n".join(lines[index + 1 : index + 1 + _more(lines, index)])
        return Kind.PRIVATE_ASKED if CREDENTIALS.search(told) else kind
    return kind


def _network(line: str) -> Kind | None:
    """An error of a request to a module proxy; a program's own network errors are none of ours."""
    url = _url(line)
    if not (line.startswith("go: ") or "/@v/" in url or url.endswith("/@latest")) or not url:
        return None
    if match := _STATUS.search(line):
        gone = int(match["status"]) in {404, 410}
        about_package = _first(LATE, line) is Kind.PACKAGE_MISSING
        return Kind.PACKAGE_MISSING if gone and about_package else Kind.PROXY_STATUS
    if url.startswith("file:"):
        return Kind.VERSION_UNKNOWN
    for kind, words in ((Kind.PROXY_TIMEOUT, TIMEOUT), (Kind.PROXY_TLS, TLS), (Kind.PROXY_UNREACHABLE, UNREACHABLE)):
        if words.search(line):
            return kind
    return None


def _first(table: tuple[tuple[Kind, re.Pattern[str]], ...], line: str) -> Kind | None:
    return next((kind for kind, words in table if words.search(line)), None)


def _url(line: str) -> str:
    urls = [m[0] for m in _URL.finditer(line)]
    return next((u for u in urls if "/@v/" in u or "/@latest" in u or "/sumdb/" in u), urls[0] if urls else "")


def _subject(lines: tuple[str, ...], index: int, kind: Kind, url: str) -> str:
    line = lines[index]
    if kind is Kind.PATH_MISMATCH and index and "@" not in line:
        line = f"{lines[index - 1]} {line}"
    outside = _URL.sub(" ", line)
    if cached := _CACHED.search(line):
        return modpath.unescape(cached["path"]) + "@" + modpath.unescape(cached["version"])
    if kind in {Kind.PACKAGE_MISSING, Kind.IMPORT_PATH} and (
        named := re.search(r"(?:package|import path) \"?([^\s\";:]+)", outside)
    ):
        return named[1]
    if at := _AT.search(outside):
        return f"{at['path']}@{at['version'].removesuffix('/go.mod')}".rstrip(":")
    if named := _MODULE.search(outside):
        return named["path"]
    if "/@" in url and "/sumdb/" not in url:
        return modpath.unescape(re.sub(r"^\w+://[^/]*/", "", url).partition("/@")[0])
    return ""


def _more(lines: tuple[str, ...], index: int) -> int:
    """How many lines after ``index`` belong to it: indented ones, and git's own."""
    count = 0
    for line in lines[index + 1 : index + 1 + _DETAIL_LINES]:
        if not line.startswith(("\t", "  ", "fatal:", "remote:", "git@")) or "imports" in line:
            break
        if _STATUS.search(line) or re.match(r"\s+\S+: \S+@\S+: ", line):
            break
        count += 1
    return count
