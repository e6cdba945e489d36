"""Which modules cannot be part of a build list, and why. Source: cmd/go/internal/modload/edit.go (dqTracker, Conflict)."""

from __future__ import annotations

from dataclasses import dataclass, field

from gomend.modules.route.errors import GoError, InvalidVersionError, Mod, ModuleError, find


@dataclass(frozen=True)
class Conflict:
    """A way from a root to a module that cannot be had, or may not be so new."""

    path: tuple[Mod, ...]
    error: GoError | None = None
    limit: Mod | None = None

    @property
    def bare_error(self) -> GoError | None:
        """Conflict.UnwrapModuleError: the error without the module's name, if it is that of the last module."""
        wrapped = find(self.error, ModuleError)
        if wrapped is None or wrapped.inner is None or wrapped.mod.path != self.path[-1].path:
            return self.error
        inner = wrapped.inner
        return inner.inner if isinstance(inner, InvalidVersionError) and inner.version == self.path[-1].version else inner

    @property
    def summary(self) -> str:
        """Conflict.Summary."""
        first, last = self.path[0], self.path[-1]
        if len(self.path) == 1:
            return f"{first}: {self.bare_error}" if self.error else f"{first} is not {self.limit.version if self.limit else ''}"
        adverb = "indirectly " if len(self.path) > 2 else ""
        if self.error is not None:
            return f"{first} {adverb}requires {last}: {self.bare_error}"
        return f"{first} {adverb}requires {last}, but {self.limit} is requested"


@dataclass(frozen=True)
class Reason:
    """dqState: why a module is out: its go.mod, or a module that it is or requires."""

    error: GoError | None = None
    module: Mod | None = None


@dataclass
class Tracker:
    """dqTracker: ``roots`` says of each (upgraded) root whether the graph below it is pruned."""

    roots: dict[Mod, bool]
    pruned: dict[Mod, Reason] = field(default_factory=dict)
    unpruned: dict[Mod, Reason] = field(default_factory=dict)
    requiring: dict[Mod, list[Mod]] = field(default_factory=dict)

    def check(self, mod: Mod, *, pruned: bool) -> Reason | None:
        """Why a module is out; None if it is not."""
        return (self.pruned if pruned else self.unpruned).get(mod)

    def require(self, mod: Mod, need: Mod) -> bool:
        """A module requires another one; whether that may be."""
        if need in self.roots and self.check(need, pruned=self.roots[need]) is not None:
            self.disqualify(mod, Reason(module=need), pruned=True)
            return False
        if need in self.unpruned:
            self.disqualify(mod, Reason(module=need), pruned=False)
            if mod not in self.roots:
                return False
        self.requiring.setdefault(need, []).append(mod)
        return True

    def disqualify(self, mod: Mod, reason: Reason, *, pruned: bool) -> None:
        """A module is out, and so are those that require it."""
        if self.check(mod, pruned=pruned) is not None:
            return
        is_root, root_pruned = mod in self.roots, self.roots.get(mod, False)
        self.unpruned.setdefault(mod, reason)
        if pruned or (is_root and not root_pruned):
            self.pruned[mod] = reason
        outright = is_root and (pruned or not root_pruned)
        for other in list(self.requiring.get(mod, ())):
            self.disqualify(other, Reason(module=mod), pruned=outright)
        if outright or not is_root:
            self.requiring.pop(mod, None)

    def conflict(self, mod: Mod, *, pruned: bool) -> Conflict | None:
        """dqTracker.path: the way to what is wrong; None if nothing is."""
        path: list[Mod] = []
        while True:
            pruned = pruned and self.roots.get(mod, True)
            reason = self.check(mod, pruned=pruned)
            if reason is None:
                return Conflict(tuple(path)) if path else None
            path.append(mod)
            if reason.error is not None or reason.module == mod or reason.module is None:
                return Conflict(tuple(path), reason.error)
            mod = reason.module
