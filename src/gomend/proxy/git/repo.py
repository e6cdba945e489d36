"""One repository: a mirror beside the store, brought up to date when it is asked of, read with git's own commands.

What go does is done (cmd/go/internal/modfetch/codehost/git.go): no line endings are changed, and export-subst and export-ignore of
.gitattributes are switched off, so that a zip is the same wherever it is made. Git never asks for a password, and what it says is redacted.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from gomend.model.redact import redact
from gomend.ports.files import write_whole
from gomend.ports.processes import Cmd, Done, Runner
from gomend.proxy.outcomes import AbsentError, FailedError, one_line

_ATTRIBUTES: Final = b"* -export-subst -export-ignore\n"
_QUIET: Final = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_SSH_COMMAND": "ssh -o ControlMaster=no -o BatchMode=yes",
    "GCM_INTERACTIVE": "never",
    "LC_ALL": "C",
}
_FETCH: Final = 600.0
"""Seconds that git may take to fetch."""
_READ: Final = 120.0
_POLL: Final = 0.05
_LARGEST: Final = 16 << 20
"""Bytes of a go.mod or LICENSE that go reads (codehost.MaxGoMod)."""
_ABSENT: Final = ("not found", "does not exist", "does not appear to be a git repository")


class Commit(NamedTuple):
    """A commit: its hash, the time of its committer in seconds since 1970, and the tags that name it."""

    hash: str
    time: int
    tags: tuple[str, ...]

    @property
    def short(self) -> str:
        """The twelve digits that pseudo-versions have."""
        return self.hash[:12]


class Repo:
    """A mirror in ``folder`` of what ``url`` has."""

    def __init__(self, runner: Runner, folder: str, url: str, *, fresh: float) -> None:
        """``fresh`` are the seconds that a mirror is good for."""
        self._runner = runner
        self._folder = folder
        self.url = url
        self._fresh = fresh
        self._until = 0.0
        self._lock = asyncio.Lock()
        self.options: tuple[str, ...] = ()
        """Of git itself (``-c NAME=VALUE``), for whatever it asks of the remote."""

    async def update(self, *, now: bool = False) -> None:
        """Mirror what the remote has, if that was not done lately; ``now`` asks in any case.

        Raises:
            AbsentError: there is no such repository.
            FailedError: git could not fetch it.
        """
        async with self._lock:
            if time.monotonic() < self._until and not now:
                return
            os.makedirs(os.path.dirname(self._folder), exist_ok=True)
            async with _locked(f"{self._folder}.lock"):
                if os.path.isdir(self._folder):
                    done = await self._run(self._folder, "remote", "update", "--prune", limit=_FETCH)
                    if not done.ok:
                        raise _trouble(done)
                    await self._head()
                else:
                    await self._clone()
            self._until = time.monotonic() + self._fresh

    async def _clone(self) -> None:
        draft = tempfile.mkdtemp(prefix=".clone-", dir=os.path.dirname(self._folder))
        try:
            done = await self._run("/", "clone", "--mirror", "--quiet", "--", self.url, draft, limit=_FETCH)
            if not done.ok:
                raise _trouble(done)
            os.makedirs(os.path.join(draft, "info"), exist_ok=True)
            write_whole(os.path.join(draft, "info/attributes"), _ATTRIBUTES)
            os.rename(draft, self._folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    async def _head(self) -> None:
        """A mirror keeps the default branch that it was cloned with; follow the remote's."""
        done = await self._run(self._folder, "ls-remote", "--symref", "--", self.url, "HEAD", limit=_FETCH)
        first = done.stdout.partition("\n")[0]
        if done.ok and first.startswith("ref: ") and first.endswith("\tHEAD"):
            await self._git("symbolic-ref", "HEAD", first.removeprefix("ref: ").removesuffix("\tHEAD"))

    async def _run(self, cwd: str, *words: str, limit: float = _READ) -> Done:
        return await self._runner.run(Cmd(argv=("git", *self.options, *words), cwd=cwd, env=_QUIET, timeout=limit))

    async def _git(self, *words: str) -> Done:
        return await self._run(self._folder, *words)

    async def tags(self, prefix: str = "") -> dict[str, str]:
        """Tags that start with a prefix, and the commit of each."""
        done = await self._git("for-each-ref", "--format=%(refname:strip=2)%09%(objectname)%09%(*objectname)", "refs/tags")
        found = {}
        for line in done.stdout.splitlines():
            name, own, peeled = line.split("\t")
            if name.startswith(prefix):
                found[name] = peeled or own
        return found

    async def commit(self, revision: str) -> Commit:
        """What a tag, a branch, HEAD or a hash (seven digits at least) names, looked for in this order.

        Raises:
            AbsentError: nothing.
        """
        names = ["HEAD"] if revision == "HEAD" else [f"refs/tags/{revision}", f"refs/heads/{revision}"]
        if 7 <= len(revision) <= 64 and not revision.strip("0123456789abcdef"):
            names.append(revision)
        for name in names:
            done = await self._git("log", "-1", "--format=%H %ct", "--end-of-options", f"{name}^{{commit}}", "--")
            if done.ok and done.stdout.strip():
                full, when = done.stdout.split()
                tags = tuple(sorted(name for name, target in (await self.tags()).items() if target == full))
                return Commit(full, int(when), tags)
        raise AbsentError(f"unknown revision {one_line(revision)}")

    async def merged(self, commit: str) -> tuple[str, ...]:
        """Tags of a commit and its ancestors."""
        done = await self._git("for-each-ref", f"--merged={commit}", "--format=%(refname:strip=2)", "refs/tags")
        return tuple(done.stdout.splitlines())

    async def descends(self, commit: str, ancestor: str) -> bool:
        """Whether a commit has another one among its ancestors, or is it."""
        return (await self._git("merge-base", "--is-ancestor", ancestor, commit)).ok

    async def file(self, commit: str, path: str) -> bytes | None:
        """A regular file of a commit.

        Raises:
            FailedError: it is too large, or git could not read it.
        """
        listed = await self._git("ls-tree", "-l", "-z", commit, "--", path)
        entry = listed.stdout.split("\0")[0].partition("\t")
        words = entry[0].split()
        if len(words) != 4 or words[1] != "blob" or entry[2] != path:
            return None
        if int(words[3]) > _LARGEST:
            raise FailedError("untrue", f"{path} is larger than {_LARGEST} bytes")
        with tempfile.TemporaryDirectory(prefix="gomend-git-") as folder:
            await self.archive(commit, f"{folder}/one.tar", path)
            return _only(f"{folder}/one.tar", path)

    async def archive(self, commit: str, output: str, path: str = "") -> None:
        """Write a tar of a commit, or of one path of it.

        Raises:
            FailedError: git would not.
        """
        words = ("-c", "core.autocrlf=input", "-c", "core.eol=lf", "archive", "--format=tar", f"--output={output}", commit)
        done = await self._git(*words, *(("--", path) if path else ()))
        if not done.ok:
            raise FailedError("local", f"git archive: {one_line(redact(done.why))}")


@asynccontextmanager
async def _locked(path: str) -> AsyncGenerator[None]:
    """Only one process at a time changes a mirror."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(_POLL)
        yield
    finally:
        os.close(file)


def _only(tar: str, path: str) -> bytes | None:
    import tarfile

    with tarfile.open(tar) as archive:
        for member in archive:
            if member.name == path:
                file = archive.extractfile(member) if member.isreg() else None
                return file.read() if file else (b"" if member.issym() else None)
    return None


def _trouble(done: Done) -> AbsentError | FailedError:
    said = one_line(redact(done.stderr or done.why))
    if any(words in said.lower() for words in _ABSENT):
        return AbsentError(f"git: {said}")
    kind = (
        "denied"
        if "denied" in said.lower() or "authentication" in said.lower() or "could not read" in said.lower()
        else "refused"
    )
    return FailedError("silent" if done.exit is not None and done.exit < 0 else kind, f"git: {said}")
