"""Errors of the go command as values: their text, what they wrap, and whether they mean "not there".

Source: cmd/go of Go 1.26 (modload, modfetch, gover) and x/mod/module; ``missing`` is ``errors.Is(err, fs.ErrNotExist)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeVar


class Mod(NamedTuple):
    """A module at a version (module.Version); the main module has no version."""

    path: str
    version: str

    def __str__(self) -> str:
        """``path@version``, as Go prints it."""
        return f"{self.path}@{self.version}" if self.version else self.path

    @property
    def sum_key(self) -> Mod:
        """The key of its go.mod in go.sum."""
        return Mod(self.path, f"{self.version}/go.mod")


class GoError(Exception):
    """An error with its text; ``inner`` is what it wraps, so that :func:`find` sees through it."""

    def __init__(self, text: str, *, missing: bool = False, inner: GoError | None = None) -> None:
        """Keep the text."""
        super().__init__(text)
        self.inner = inner
        self._missing = missing

    @property
    def missing(self) -> bool:
        """Whether it is equivalent to "does not exist", which lets a comma of GOPROXY pass on."""
        return self._missing or (self.inner is not None and self.inner.missing)


Kind = TypeVar("Kind", bound=GoError)


def find(error: GoError | None, kind: type[Kind]) -> Kind | None:
    """``errors.As``: the first error of this kind in the chain."""
    while error is not None:
        if isinstance(error, kind):
            return error
        error = error.inner
    return None


class InvalidVersionError(GoError):
    """module.InvalidVersionError: its text is what :class:`ModuleError` says of it."""

    def __init__(self, version: str, pseudo: bool, inner: GoError) -> None:
        """Wrap."""
        self.version = version
        self.noun = "pseudo-version" if pseudo else "version"
        super().__init__(f'{self.noun} "{version}" invalid: {inner}', inner=inner)


class ModuleError(GoError):
    """module.ModuleError: an error about a module (at a version)."""

    def __init__(self, path: str, version: str, inner: GoError) -> None:
        """Wrap."""
        self.mod = Mod(path, version)
        if isinstance(inner, InvalidVersionError):
            text = f"{path}@{inner.version}: invalid {inner.noun}: {inner.inner}"
        else:
            text = f"{path}@{version}: {inner}" if version else f"module {path}: {inner}"
        super().__init__(text, inner=inner)


def version_error(mod: Mod, error: GoError) -> GoError:
    """module.VersionError: wrap once."""
    known = find(error, ModuleError)
    return error if known is not None and known.mod == mod else ModuleError(mod.path, mod.version, error)


class HttpStatusError(GoError):
    """web.HTTPError: an answer that is not 200."""

    def __init__(self, text: str, status: int) -> None:
        """404 and 410 mean "not there"."""
        self.status = status
        super().__init__(text, missing=status in {404, 410})


class UseProxyError(GoError):
    """modfetch.errUseProxy: the path does not match GONOPROXY."""

    def __init__(self) -> None:
        """Say it."""
        super().__init__("path does not match GOPRIVATE/GONOPROXY", missing=True)


class NoMatchingVersionError(GoError):
    """modload.NoMatchingVersionError; it is not "missing"."""

    def __init__(self, query: str, current: str) -> None:
        """Say it."""
        tail = f" (current version is {current})" if query in {"upgrade", "patch"} and current not in {"", "none"} else ""
        super().__init__(f'no matching versions for query "{query}"{tail}')


class NoPatchBaseError(GoError):
    """modload.NoPatchBaseError."""

    def __init__(self, path: str) -> None:
        """Say it."""
        super().__init__(f'can\'t query version "patch" of module {path}: no existing version is required')


class InvalidPathError(GoError):
    """module.InvalidPathError: the path can be no module path."""


class PackageNotInModuleError(GoError):
    """modload.PackageNotInModuleError; it is not "missing"."""

    def __init__(self, mod: Mod, query: str, pattern: str, *, main: str = "") -> None:
        """Say it."""
        what = "packages matching" if "..." in pattern else "package"
        found = "" if query == mod.version else f" ({mod.version})"
        text = f"module {mod.path}@{query} found{found}, but does not contain {what} {pattern}"
        super().__init__(f"main module ({main}) does not contain {what} {pattern}" if main else text)


class DisallowedError(GoError):
    """modload.ErrDisallowed: excluded or retracted."""


class RetractedError(DisallowedError):
    """modload.ModuleRetractedError."""

    def __init__(self, rationale: str) -> None:
        """Say it."""
        super().__init__("retracted by module author" + (f": {rationale}" if rationale else ""))


class SumMissingError(GoError):
    """modload.sumMissingError."""

    def __init__(self, suggestion: str = "") -> None:
        """Say it."""
        super().__init__("missing go.sum entry" + suggestion)


class ImportMissingSumError(GoError):
    """modload.ImportMissingSumError; the importer is known only after loading."""

    def __init__(self, path: str, mods: list[Mod], found: bool) -> None:
        """Keep the parts."""
        self.path, self.mods, self.found = path, mods, found
        self.importer = Mod("", "")
        self.importer_is_test = False
        super().__init__("")

    def __str__(self) -> str:
        """As Go says it, with the hint that fits."""
        by = f" (imported by {self.importer.path})" if self.importer.path else ""
        text = f"missing go.sum entry for module providing package {self.path}{by}"
        if self.found:
            text = f"missing go.sum entry needed to verify package {self.path}{by} is provided by exactly one module"
        if self.importer.path:
            flag = " -t" if self.importer_is_test else ""
            return f"{text}; to add:\n\tgo get{flag} {self.importer}"
        names = " ".join(m.path for m in self.mods)
        return f"{text}; to add:\n\tgo mod download {names}" if names else text


class ImportMissingError(GoError):
    """modload.ImportMissingError."""

    def __init__(self, text: str, *, std: bool = False, inner: GoError | None = None) -> None:
        """Keep whether it would be a standard package."""
        self.std = std
        super().__init__(text, inner=inner)


class AmbiguousImportError(GoError):
    """modload.AmbiguousImportError."""

    def __init__(self, path: str, found: list[tuple[Mod, str]]) -> None:
        """Say it."""
        self.mods = [mod for mod, _ in found]
        lines = "".join(f"\n\t{m.path}{' ' + m.version if m.version else ''} ({d})" for m, d in found)
        super().__init__(f"ambiguous import: found package {path} in multiple modules:{lines}")


class ImplicitImportError(GoError):
    """modload.DirectImportFromImplicitDependencyError."""

    def __init__(self, importer: str, imported: str, mod: Mod) -> None:
        """Say it."""
        super().__init__(
            f"package {importer} imports {imported} from implicitly required module; "
            f"to add missing requirements, run:\n\tgo get {mod}"
        )


class TooNewError(GoError):
    """gover.TooNewError."""

    def __init__(self, what: str, go: str, running: str) -> None:
        """``running`` is the local version and what holds it there."""
        self.what, self.go = what, go
        super().__init__(f"{what} requires go >= {go} (running go {running})")


class VersionChangeError(GoError):
    """modget.errVersionChange."""

    def __init__(self) -> None:
        """Say it."""
        super().__init__("version change needed")


class Conflicting(Protocol):
    """A conflict that says itself in a line."""

    @property
    def path(self) -> Sequence[Mod]:
        """From a root to the module that is wrong."""
        ...

    @property
    def limit(self) -> Mod | None:
        """The version that was asked for."""
        ...

    @property
    def error(self) -> GoError | None:
        """What is wrong with the module."""
        ...

    @property
    def summary(self) -> str:
        """The line."""
        ...

    @property
    def bare_error(self) -> GoError | None:
        """The error without the module's name."""
        ...


class ConstraintError(GoError):
    """modload.ConstraintError: what was asked for cannot be had together."""

    def __init__(self, conflicts: Sequence[Conflicting]) -> None:
        """Say all of them."""
        self.conflicts = conflicts
        super().__init__("version constraints conflict:" + "".join(f"\n\t{c.summary}" for c in conflicts))


class BuildListError(GoError):
    """mvs.BuildListError: the way from the main module to the module that failed."""

    def __init__(self, inner: GoError, stack: list[Mod]) -> None:
        """Say the way, without the main module."""
        named = [m for i, m in enumerate(stack) if m.version or any(s.version for s in stack[:i])]
        text = "".join(f"{m} requires\n\t" for m in named[:-1])
        last = named[-1] if named else Mod("", "")
        if isinstance(inner, ModuleError):
            version = inner.inner.version if isinstance(inner.inner, InvalidVersionError) else inner.mod.version
            actual = Mod(inner.mod.path, version)
            text += str(inner) if actual == last or not named else f"{last} (replaced by {actual}): {inner.inner}"
        else:
            text += str(version_error(last, inner) if named else inner)
        super().__init__(text, inner=inner)


class Halt(Exception):  # noqa: N818 - the process ends; that is no error of ours
    """The go command exits with this code."""

    def __init__(self, code: int) -> None:
        """Keep the code."""
        super().__init__(code)
        self.code = code


class Hang(Exception):  # noqa: N818 - the process waits for ever
    """The go command waits for an answer that never comes; it has no time limit of its own."""

    def __init__(self, url: str) -> None:
        """Keep what it waits for."""
        super().__init__(url)
        self.url = url
