"""Going direct: go-import discovery, GOVCS, and version control programs that meet a wall.

Source: cmd/go/internal/vcs (RepoRootForImportPath, repoRootForImportDynamic, checkGOVCS), modfetch/codehost/git.go.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final, NamedTuple

from gomend.golang import patterns, semver
from gomend.modules.route import world
from gomend.modules.route.client import Response
from gomend.modules.route.errors import GoError, InvalidVersionError, ModuleError
from gomend.modules.route.machine import CACHE
from gomend.modules.route.process import Process
from gomend.modules.route.proxies import Info, ProxyRepo, Repo
from gomend.modules.route.served import Body

_META: Final = re.compile(r'<meta\s+name="go-import"\s+content="([^"]*)"', re.IGNORECASE)
_HOSTED: Final = re.compile(r"(?P<root>(?:github\.com|bitbucket\.org)/[\w.\-]+/[\w.\-]+)(?:/[\w.\-]+)*")
_SUFFIXED: Final = re.compile(
    r"(?P<root>(?P<repo>(?:[a-z0-9.\-]+\.)+[a-z0-9.\-]+(?::[0-9]+)?(?:/~?[\w.\-]+)+?)\.(?P<vcs>bzr|fossil|git|hg|svn))(?:/~?[\w.\-]+)*"
)
_SYSTEMS: Final = frozenset(("git", "hg", "svn", "bzr", "fossil"))
_FIRST_WORDS: Final = {
    "hg": "hg init .",
    "bzr": "bzr branch --use-existing-dir -- {} .",
    "fossil": "fossil clone -- {} .fossil",
}
"""What go runs first; none of these programs is there."""
_DEFAULT_GOVCS: Final = (("private", ("all",)), ("public", ("git", "hg")))


_HELP: Final = (
    "\nConfirm the import path was entered correctly.\n"
    "If this is a private repository, see https://golang.org/doc/faq#git_https for additional information."
)


class Import(NamedTuple):
    """A go-import tag."""

    prefix: str
    vcs: str
    repo: str
    subdir: str = ""


def direct(process: Process, path: str) -> Repo:
    """modfetch.lookupDirect.

    Raises:
        GoError: nobody knows where the code is; that is "missing".
    """
    try:
        found = _root(process, path)
    except GoError as error:
        raise GoError(str(error), missing=True) from None
    if found.vcs == "mod":
        return ProxyRepo(process, found.repo, path)
    if found.vcs in _FIRST_WORDS:
        folder = f"{CACHE}/cache/vcs/{hashlib.sha256(f'vcs1.{found.vcs}:{found.repo}'.encode()).hexdigest()}"
        words = _FIRST_WORDS[found.vcs].format(found.repo)
        raise GoError(f'{words} in {folder}: exec: "{found.vcs}": executable file not found in $PATH')
    return CodeRepo(process, found, path)


def _root(process: Process, path: str) -> Import:
    """vcs.RepoRootForImportPath."""
    if match := _HOSTED.fullmatch(path) or (None if path.startswith("github.com") else _SUFFIXED.fullmatch(path)):
        groups = match.groupdict()
        vcs = groups.get("vcs") or "git"
        _check_govcs(process, vcs, match["root"])
        return Import(match["root"], vcs, f"https://{match['root']}")
    try:
        return _dynamic(process, path)
    except GoError as error:
        raise GoError(f'unrecognized import path "{path}": {error}') from None


def _dynamic(process: Process, path: str) -> Import:
    """vcs.repoRootForImportDynamic."""
    insecure = patterns.matches(process.env.get("GOINSECURE", ""), path)
    response = _page(process, path, insecure=insecure)
    tags = _tags(response)
    if not tags and (failed := response.error()) is not None:
        raise failed
    found = _match(tags, path, response.url)
    if found.prefix != path:
        if found.prefix not in process.prefix_pages:
            process.prefix_pages[found.prefix] = _page(process, found.prefix, insecure=insecure)
        second = process.prefix_pages[found.prefix]
        again = _tags(second)
        if not again and (failed := second.error()) is not None:
            raise failed
        try:
            same = _match(again, path, second.url) == found
        except GoError:
            same = False
        if not same:
            raise GoError(f"{response.url} and {second.url} disagree about go-import for {found.prefix}")
    if "://" not in found.repo:
        raise GoError(f'{response.url}: invalid repo root "{found.repo}": no scheme')
    if found.vcs != "mod" and found.vcs not in _SYSTEMS:
        raise GoError(f'{response.url}: unknown vcs "{found.vcs}"')
    _check_govcs(process, found.vcs, found.prefix)
    return found


def _page(process: Process, path: str, *, insecure: bool) -> Response:
    host, _, rest = path.partition("/")
    if "." not in host:
        raise GoError("import path does not begin with hostname")
    try:
        return process.client.get(f"{host}/{rest}?go-get=1", insecure=insecure, scheme_free=True)
    except GoError as error:
        raise GoError(f"{'http/' if insecure else ''}https fetch: {error}") from None


def _tags(response: Response) -> list[Import]:
    text = response.body if isinstance(response.body, str) else ""
    found = [Import(*words[:4]) for content in _META.findall(text) if len(words := content.split()) in {3, 4}]
    proxied = {tag.prefix for tag in found if tag.vcs == "mod"}
    return [t for t in found if t.vcs == "mod"] + [t for t in found if t.vcs != "mod" and t.prefix not in proxied]


def _match(tags: list[Import], path: str, url: str) -> Import:
    fits = [t for t in tags if path == t.prefix or path.startswith(f"{t.prefix}/")]
    if not fits:
        said = ", ".join(f"meta tag {t.prefix} did not match import path {path}" for t in tags)
        raise GoError(f"parse {url}: no go-import meta tags ({said})")
    if len(fits) > 1 and not (fits[0].vcs == "mod" and fits[1].vcs != "mod"):
        raise GoError(f'parse {url}: multiple meta tags match import path "{path}"')
    return fits[0]


def _check_govcs(process: Process, vcs: str, root: str) -> None:
    """vcs.checkGOVCS."""
    if vcs == "mod":
        return
    rules: list[tuple[str, tuple[str, ...]]] = []
    for item in filter(None, [process.env.get("GOVCS", "").strip()]):
        for entry in item.split(","):
            rules.append(_rule(entry.strip(), rules))
    private = patterns.matches(process.env.get("GOPRIVATE", ""), root)
    for pattern, allowed in (*rules, *_DEFAULT_GOVCS):
        hit = {"private": private, "public": not private}.get(pattern)
        if hit if hit is not None else patterns.matches(pattern, root):
            if vcs in allowed or "all" in allowed:
                return
            break
    raise GoError(f"GOVCS disallows using {vcs} for {'private' if private else 'public'} {root}; see 'go help vcs'")


def _rule(entry: str, before: list[tuple[str, tuple[str, ...]]]) -> tuple[str, tuple[str, ...]]:
    if not entry:
        raise GoError("empty entry in GOVCS")
    pattern, colon, names = (part.strip() for part in entry.partition(":"))
    if not colon:
        raise GoError(f'malformed entry in GOVCS (missing colon): "{entry}"')
    if not pattern:
        raise GoError(f'empty pattern in GOVCS: "{entry}"')
    if not names:
        raise GoError(f'empty VCS list in GOVCS: "{entry}"')
    if any(pattern == known for known, _ in before):
        raise GoError(f'unreachable pattern in GOVCS: "{entry}" after "{pattern}"')
    return pattern, tuple(name.strip() for name in names.split("|"))


class CodeRepo:
    """modfetch.codeRepo over a program that asks a host behind the CONNECT proxy; nothing is ever cloned in a scenario."""

    def __init__(self, process: Process, found: Import, path: str) -> None:
        """Keep where the code should be."""
        self.process, self.found, self.path = process, found, path
        self._refs: GoError | None = None

    def versions(self, prefix: str) -> list[str]:
        """The tags; none can be had."""
        if self.found.vcs == "svn":
            return []
        raise ModuleError(self.path, "", self._fail())

    def stat(self, rev: str) -> Info:
        """A revision; none can be had."""
        if self.found.vcs == "svn":
            unknown = GoError(f"unknown revision {rev}", missing=True)
            raise ModuleError(self.path, "", InvalidVersionError(rev, semver.is_pseudo(rev), unknown))
        raise ModuleError(self.path, "", InvalidVersionError(rev, semver.is_pseudo(rev), self._fail()))

    def latest(self) -> Info:
        """The head; it cannot be had."""
        if self.found.vcs == "svn":
            raise ModuleError(self.path, "", GoError("no commits", missing=True))
        raise self._fail()

    def go_mod(self, version: str) -> str:
        """A go.mod; none can be had."""
        raise ModuleError(self.path, "", InvalidVersionError(version, semver.is_pseudo(version), self._fail()))

    def zip(self, version: str) -> Body:
        """A zip; none can be had."""
        raise ModuleError(self.path, "", InvalidVersionError(version, semver.is_pseudo(version), self._fail()))

    def _fail(self) -> GoError:
        if self._refs is None:
            self._refs = self._run()
        return self._refs

    def _run(self) -> GoError:
        url = self.found.repo
        folder = f"{CACHE}/cache/vcs/{hashlib.sha256(f'git3:{url}'.encode()).hexdigest()}"
        machine = self.process.machine
        mark = "--end-of-options " if machine.does("end-of-options") else ""
        told = f"git ls-remote -q {mark}{url if machine.does('git-by-url') else 'origin'} in {folder}: exit status 128:"
        said = self._git(url)
        missing = False
        if not machine.does("git-by-url") and url.startswith(("https:", "http:")):
            try:
                self.process.client.bytes(url)
            except GoError as error:
                missing = error.missing
        return GoError(f"{told}\n\t{said}{_HELP if 'could not read Username' in said else ''}", missing=missing)

    def _git(self, url: str) -> str:
        """What git says of a host that it cannot read."""
        if match := re.match(r"ssh://(?:[^/@]*@)?([^/:]+)", url):
            return (
                f"ssh: Could not resolve hostname {match[1]}: Name or service not known\r\n"
                "\tfatal: Could not read from remote repository.\n\t\n"
                "\tPlease make sure you have the correct access rights\n\tand the repository exists."
            )
        match = re.fullmatch(r"https://([^/:]+)(?::(\d+))?(/.*)?", url)
        if not match:
            host = re.sub(r"^\w+://(?:[^/@]*@)?([^/:]*).*", r"\1", url)
            return f"fatal: unable to access '{url}/': Could not resolve host: {host}"
        host, port, path = match[1], match[2] or "443", match[3] or ""
        machine = self.process.machine
        connect = machine.scenario.connect
        if isinstance(connect, str) or host not in connect:
            machine.record("PX", f"CONNECT {host}:{port} 502")
            return f"fatal: unable to access '{url}/': CONNECT tunnel failed, response 502"
        asked = f"{path}/info/refs?service=git-upload-pack"
        answer = world.answer(world.chosen("status:404", connect[host], asked), asked, machine.scenario.timeout, machine.shelf)
        machine.record(f"PX:{host}", f"{asked} {answer.status}")
        if answer.status == 401:
            return f"fatal: could not read Username for 'https://{host}': terminal prompts disabled"
        if answer.status == 404:
            return f"fatal: repository '{url}/' not found"
        if answer.status != 200:
            return f"fatal: unable to access '{url}/': The requested URL returned error: {answer.status}"
        return f"fatal: {url}/info/refs not valid: is this a git repository?"
