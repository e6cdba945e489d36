"""One module of a repository: its versions, what a revision is called, its go.mod and its zip.

Source of every rule: cmd/go/internal/modfetch/coderepo.go (``Versions``, ``Stat`` and ``convert``, ``findDir``, ``validatePseudoVersion``,
``Zip``) and golang.org/x/mod/module (``PseudoVersion``). Tests ask the real go for the same repositories.
"""

from __future__ import annotations

import datetime as dt
import posixpath
import re
import tempfile
from typing import Final, NamedTuple

from gomend.golang import modpath, semver
from gomend.proxy.git import zipping
from gomend.proxy.git.repo import Commit, Repo
from gomend.proxy.outcomes import AbsentError

_MODULE: Final = re.compile(r'^\s*module\s+(?:"([^"]*)"|`([^`]*)`|([^\s/"`(][^\s"`]*))', re.MULTILINE)
_PARTS: Final = re.compile(r"(v[0-9]+\.)(?:0\.0-|(\d+\.\d+-(?:[^+]*\.)?0\.))(\d{14})-([A-Za-z0-9]+)(\+[0-9A-Za-z.-]+)?")


class Info(NamedTuple):
    """What a version is: its name, the time of its commit in RFC 3339, the commit and the tag or branch behind it."""

    version: str
    time: str
    hash: str
    ref: str = ""


class Located(NamedTuple):
    """Where a version's module lies in the repository; ``mod`` None: it has no go.mod."""

    commit: Commit
    folder: str
    mod: bytes | None


class Module:
    """The module ``path`` of a repository whose root is the import path ``root``."""

    def __init__(self, repo: Repo, root: str, path: str) -> None:
        """``path`` is ``root``, or lies below it."""
        self.repo = repo
        self.path = path
        prefix, _ = modpath.split_major(path)
        self.major = path[len(prefix) :]
        """``/v2``, ``.v2`` or empty."""
        self._prefix = path if root == path else prefix
        self._root = root
        self.folder = "" if root == path else self._prefix[len(root) :].strip("/")
        """Where the module lies, apart from a folder for its major version."""
        self._tag = f"{self.folder}/" if self.folder else ""

    async def versions(self) -> list[str]:
        """Versions that are tagged, oldest first."""
        fitting: list[str] = []
        others: list[str] = []
        for name in await self.repo.tags(self._tag):
            version = name[len(self._tag) :]
            if semver.canonical(version) != version or "+" in version or semver.is_pseudo(version):
                continue
            if self._fits(version):
                fitting.append(version)
            elif not self.folder and not self.major and (modpath.major_of(version) or 0) > 1:
                others.append(version)
        for some in (fitting, others):
            some.sort(key=lambda v: semver.key(self.path, v))
        return [*fitting, *await self._incompatible(fitting, others)]

    async def _incompatible(self, fitting: list[str], others: list[str]) -> list[str]:
        """Versions from v2 on of a module that has no go.mod, unless its newest v0 or v1 has one (golang/go#34189)."""
        if not others or (fitting and await self._has_mod(fitting[-1])):
            return []
        newest = {modpath.major_of(v): v for v in others}
        without = {major for major, version in newest.items() if not await self._has_mod(version)}
        return [f"{v}+incompatible" for v in others if modpath.major_of(v) in without]

    async def _has_mod(self, version: str) -> bool:
        commit = await self.repo.commit(version)
        return await self.repo.file(commit.hash, "go.mod") is not None

    def _fits(self, version: str) -> bool:
        return semver.fits_major(self.path, version) and "+incompatible" not in version

    async def latest(self) -> Info:
        """What HEAD is called."""
        return await self._named(await self.repo.commit("HEAD"), "HEAD", "")

    async def info(self, query: str) -> Info:
        """What a version, branch, tag or hash is called.

        Raises:
            AbsentError: there is no such thing, or it is none of this module.
        """
        return await self._named(await self.repo.commit(self._revision(query)), self._revision(query), query)

    def _revision(self, query: str) -> str:
        if match := _PARTS.fullmatch(query) if semver.is_pseudo(query) else None:
            return match[4]
        if semver.valid(query):
            return self._tag + query.removesuffix("+incompatible")
        return query

    async def _named(self, commit: Commit, revision: str, query: str) -> Info:
        """The version of a commit that was asked for as ``query`` (empty: as HEAD)."""
        if semver.is_pseudo(query):
            await self._checked(commit, query, query)
            await self._true_pseudo(commit, query)
            return self._told(commit, query)
        retracted = await self._retracted()
        own = self._version(revision)
        if own and own == revision[len(self._tag) :]:
            try:
                return self._told(commit, await self._checked(commit, own, query), f"refs/tags/{revision}")
            except AbsentError:
                pass
        best, base = "", ""
        for tag in commit.tags:
            version = self._version(tag)
            if not version:
                continue
            canonical = version == tag[len(self._tag) :]
            if query and semver.valid(query) and semver.compare(self.path, version, query) == 0:
                if canonical:
                    return self._told(commit, await self._checked(commit, version, query), f"refs/tags/{tag}")
                base = version
            higher = not best or semver.compare(self.path, best, version) < 0
            if canonical and higher and not retracted(version) and await self._allowed(commit, version, query):
                best = version
        if best:
            return self._told(commit, await self._checked(commit, best, query), f"refs/tags/{self._tag}{best}")
        if not base:
            base = await self._recent(commit, query, retracted)
        made = _pseudo(self.major.lstrip("/."), base, commit)
        return self._told(commit, await self._checked(commit, made, query))

    def _version(self, tag: str) -> str:
        """The version that a tag means, whole but without build metadata; empty if none."""
        if not tag.startswith(self._tag) or semver.is_pseudo(tag):
            return ""
        rest = tag[len(self._tag) :]
        version = _canonical(rest)
        return version if version and rest.startswith(version) else ""

    async def _allowed(self, commit: Commit, version: str, query: str) -> bool:
        return self._fits(version) or await self._may_be_incompatible(commit, version, query)

    async def _may_be_incompatible(self, commit: Commit, version: str, query: str) -> bool:
        """Whether a version from v2 on may go without a /v2 in the module's path: nothing in it says that it is a module."""
        if self.folder or self.major or await self.repo.file(commit.hash, "go.mod") is not None:
            return False
        if query.endswith("+incompatible"):
            return True
        return await self.repo.file(commit.hash, f"v{modpath.major_of(version)}/go.mod") is None

    async def _recent(self, commit: Commit, query: str, retracted: Retracted) -> str:
        """The highest version that is tagged at an ancestor, for a pseudo-version to stand above."""
        highest = ""
        for tag in await self.repo.merged(commit.hash):
            version = self._version(tag)
            if not version or retracted(version) or (highest and semver.compare(self.path, version, highest) <= 0):
                continue
            if await self._allowed(commit, version, query):
                highest = version
        return highest

    async def _checked(self, commit: Commit, version: str, query: str) -> str:
        """The version as it may be used, with +incompatible if it needs that.

        Raises:
            AbsentError: the module is not there, or the version is none of its.
        """
        await self._at(commit)
        if version == query.removesuffix("+incompatible"):
            version = query
        plain = version.removesuffix("+incompatible")
        wrong = ""
        if not self._fits(plain):
            if await self._may_be_incompatible(commit, plain, query):
                version = f"{plain}+incompatible"
            elif self.major:
                wrong = "module path includes a major version suffix, so major version must match"
            else:
                wrong = f"module contains a go.mod file, so module path must match major version ({self._prefix}/v{modpath.major_of(plain)})"
        elif version.endswith("+incompatible"):
            wrong = "+incompatible suffix not allowed: the major version is compatible"
        if query and _canonical_module(query) == query and query.removesuffix("+incompatible") != plain:
            wrong = f"resolves to version {version} ({query.removesuffix('+incompatible')} is not a tag)"
        if wrong:
            raise AbsentError(f"{self.path}@{query or version}: invalid version: {wrong}")
        return version

    async def _true_pseudo(self, commit: Commit, version: str) -> None:
        """Whether a pseudo-version says of its commit what is so; else anybody could name any commit as high as he likes."""
        match = _PARTS.fullmatch(version)
        wrong = ""
        if match is None:
            wrong = "it is no pseudo-version"
        elif match[4] != commit.short:
            wrong = f"does not match short name of revision (expected {commit.short})"
        elif match[3] != _stamp(commit):
            wrong = f"does not match version-control timestamp (expected {_stamp(commit)})"
        elif not (base := _base(version)):
            if not self.major and version.startswith("v1."):
                wrong = "major version without preceding tag must be v0, not v1"
        elif self._tag + base in commit.tags:
            wrong = f"tag {self._tag}{base} found on revision {commit.short} is already canonical"
        else:
            tags = {n: c for n, c in (await self.repo.tags(self._tag + base)).items() if self._version(n) == base}
            if not tags:
                wrong = f"preceding tag ({base}) not found"
            elif not any([await self.repo.descends(commit.hash, target) for target in tags.values()]):
                wrong = f"revision {commit.short} is not a descendent of preceding tag ({next(iter(tags))})"
        if wrong:
            raise AbsentError(f"{self.path}@{version}: invalid pseudo-version: {wrong}")

    async def _retracted(self) -> Retracted:
        """What the newest go.mod takes back."""
        versions = [v for v in await self.versions() if not v.endswith("+incompatible")]
        if not versions:
            return Retracted(self.path, ())
        newest = next((v for v in reversed(versions) if not semver.prerelease(v)), versions[-1])
        try:
            found = await self._at(await self.repo.commit(self._revision(newest)))
        except AbsentError:
            return Retracted(self.path, ())
        text = (found.mod or b"").decode("utf-8", "replace")
        return Retracted(self.path, tuple(_intervals(text)))

    async def _at(self, commit: Commit) -> Located:
        """Where the module lies in a commit: a folder for its major version counts before the plain one.

        Raises:
            AbsentError: nowhere.
        """
        plain = posixpath.join(self.folder, "go.mod")
        first = await self.repo.file(commit.hash, plain)
        at_root = first is not None and _is_major(_path_of(first), self.major)
        if self.major.startswith("/") and self._root != self.path:
            folder = posixpath.join(self.folder, self.major[1:])
            second = await self.repo.file(commit.hash, f"{folder}/go.mod")
            inside = second is not None and _is_major(_path_of(second), self.major)
            if inside and at_root:
                raise AbsentError(f"{plain} and {folder}/go.mod both have {self.major} module paths at revision {commit.short}")
            if inside:
                return Located(commit, folder, second)
            if second is not None:
                raise AbsentError(f"{folder}/go.mod has another module path than ...{self.major} at revision {commit.short}")
        if at_root:
            return Located(commit, self.folder, first)
        if first is not None:
            raise AbsentError(f"{plain} has the module path {_path_of(first) or 'nothing'} at revision {commit.short}")
        if not self.folder and (not self.major or self.major.startswith(".")):
            return Located(commit, "", None)
        raise AbsentError(f"missing {plain} at revision {commit.short}")

    async def mod(self, version: str) -> bytes:
        """The go.mod of a version, one of a line if it has none.

        Raises:
            AbsentError: there is no such version.
        """
        found = await self._at(await self.repo.commit(self._revision(version)))
        return found.mod if found.mod is not None else f"module {self.path}\n".encode()

    async def zip(self, version: str, output: str) -> None:
        """Write the zip of a version.

        Raises:
            AbsentError: there is no such version.
            FailedError: go would refuse its files.
        """
        if semver.is_pseudo(version):
            await self.info(version)
        found = await self._at(await self.repo.commit(self._revision(version)))
        with tempfile.TemporaryDirectory(prefix="gomend-git-") as folder:
            await self.repo.archive(found.commit.hash, f"{folder}/all.tar", found.folder)
            license_ = await self.repo.file(found.commit.hash, "LICENSE") if found.folder else None
            zipping.write(f"{folder}/all.tar", found.folder, f"{self.path}@{version}/", output, license_)

    @staticmethod
    def _told(commit: Commit, version: str, ref: str = "") -> Info:
        when = dt.datetime.fromtimestamp(commit.time, dt.UTC)
        return Info(version, when.strftime("%Y-%m-%dT%H:%M:%SZ"), commit.hash, ref)


class Retracted(NamedTuple):
    """Versions that were taken back."""

    path: str
    intervals: tuple[tuple[str, str], ...]

    def __call__(self, version: str) -> bool:
        """Whether one of them is."""
        return any(
            semver.compare(self.path, low, version) <= 0 <= semver.compare(self.path, high, version)
            for low, high in self.intervals
        )


def _canonical(version: str) -> str:
    """``semver.Canonical``: whole, without build metadata; ``v1.2`` becomes ``v1.2.0``."""
    plain = version.partition("+")[0]
    return semver.canonical(plain) if semver.valid(plain) else ""


def _canonical_module(version: str) -> str:
    return semver.canonical(version) if semver.valid(version) else ""


def _stamp(commit: Commit) -> str:
    return dt.datetime.fromtimestamp(commit.time, dt.UTC).strftime("%Y%m%d%H%M%S")


def _pseudo(major: str, base: str, commit: Commit) -> str:
    """``module.PseudoVersion``: just above ``base``, below every later release."""
    segment = f"{_stamp(commit)}-{commit.short}"
    if not base:
        return f"{major or 'v0'}.0.0-{segment}"
    if semver.prerelease(base):
        return f"{base}.0.{segment}"
    head, _, patch = base.rpartition(".")
    return f"{head}.{int(patch) + 1}-0.{segment}"


def _base(version: str) -> str:
    """``module.PseudoVersionBase``: the version that a pseudo-version stands above; empty if there is none."""
    plain = version.removesuffix("+incompatible").rpartition("-")[0]
    if "." not in plain.rpartition("-")[2]:  # vX.0.0-yyyymmddhhmmss
        return ""
    head = plain[: plain.rindex(".")]  # without the time
    core, _, patch = head.removesuffix("-0").rpartition(".")
    if head.endswith("-0") and patch.isdecimal():
        return f"{core}.{int(patch) - 1}" if int(patch) else ""
    return head.removesuffix(".0")


def _path_of(mod: bytes) -> str:
    match = _MODULE.search(mod.decode("utf-8", "replace"))
    return next((g for g in match.groups() if g), "") if match else ""


def _is_major(path: str, major: str) -> bool:
    if not path or semver.path_problem(path):
        return False
    prefix, _ = modpath.split_major(path)
    own = path[len(prefix) :]
    if not major:
        return own.lstrip("/.") in {"", "v0", "v1"}
    return bool(own) and own[1:] == major[1:]


def _intervals(text: str) -> list[tuple[str, str]]:
    """``retract`` lines of a go.mod."""
    found = []
    block = re.compile(r"^\s*retract\s*(?:\(([^)]*)\)|(.+))$", re.MULTILINE)
    for match in block.finditer(re.sub(r"//[^\n]*", "", text)):
        for line in (match[1] or match[2]).splitlines():
            versions = re.findall(r"v[0-9][^\s,\]\[]*", line)
            if versions:
                found.append((versions[0], versions[-1]))
    return found
