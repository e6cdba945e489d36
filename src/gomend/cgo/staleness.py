"""What the two rules about stale packages of go's build cache share: the finding, the fingerprint that ends it, and examples."""

from __future__ import annotations

from gomend.cgo import mending
from gomend.cgo.facts.cached import CachedPackages, StalePackage
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.targets import Targets
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule


def finding(rule: Rule, package: StalePackage, files: tuple[str, ...], changed: str) -> Finding:
    """A stale package; ``files`` changed after it was compiled."""
    return rule.finding(
        Subject(kind="package", name=package.path),
        evidence=[
            package.evidence("compiled again it is different"),
            *(Evidence(source=path, quote="changed after the package was compiled") for path in files),
        ],
        package=package.path,
        changed=changed,
    )


def fingerprint(name: str, cached: CachedPackages, targets: Targets, flags: BuildFlags | Absent | Unknown) -> Mend:
    """The build again, with a number for these inputs in CGO_CFLAGS, which is in go's key."""
    package = next(p for p in cached.stale if p.path == name)
    value = mending.with_words(targets.current, "CGO_CFLAGS", f"-DGOMEND_INPUTS_{package.digest}")
    return Mend(hints=mending.again(flags, env={"CGO_CFLAGS": value}))


def sample(**fields: object) -> tuple[CachedPackages]:
    """One stale package, for examples."""
    usual: dict[str, object] = {
        "path": "example.com/shop",
        "pkg_config": (),
        "newer": (),
        "newer_pc": (),
        "digest": "0123456789ab",
    }
    package = StalePackage(**{**usual, **fields})  # type: ignore[arg-type]
    return (CachedPackages(stale=(package,), looked_at=("example.com/shop",)),)
