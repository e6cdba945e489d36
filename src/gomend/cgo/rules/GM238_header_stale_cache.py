"""go took a package from its build cache although a header that it includes has changed.

What it finds     A package with headers outside its own folder is compiled again with a private cache, and the outcome is not what go had cached.
Why it hurts      go's cache key has neither the answers of pkg-config nor headers of other folders: go links the old code and says nothing.
Example           A header below ``third_party/include`` is edited, ``go build`` is run again, and the program has the old constants.
After the fix     CGO_CFLAGS, which is in the key, carries a fingerprint of these inputs, and go compiles the package again.
Fix safety        Manual: the export holds for one shell. It is a macro that no code uses; ``go clean -cache`` does the same once, for everything.
How it is proved  The package is compiled again with a private cache and no longer differs.
References        golang/go#73033; cmd/go/internal/work, buildActionID.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import staleness
from gomend.cgo.facts.cached import CachedPackages
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.targets import Targets
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM238",
    "header-stale-cache",
    severity=Severity.WARNING,
    since="0.1",
    title="{package} comes from the build cache, compiled with old headers",
    message="{package} includes headers outside its folder that have changed ({changed}), and go does not see the difference.",
    doc=__doc__,
)


@rule.check
def check(cached: CachedPackages) -> Iterator[Finding]:
    for package in cached.stale:
        if package.by_header is True:
            yield staleness.finding(rule, package, package.newer, ", ".join(package.newer) or "?")


@rule.fix("Put a fingerprint of these inputs into CGO_CFLAGS", safety=Safety.MANUAL)
def fingerprint(
    finding: Finding, cached: CachedPackages, targets: Targets, flags: BuildFlags | Absent | Unknown
) -> Mend | None:
    return staleness.fingerprint(finding.subject.name, cached, targets, flags)


_PROJECT = {"go.mod": "module example.com/shop\n"}

rule.catches("a header changed", subject="example.com/shop", files=_PROJECT, facts=staleness.sample(newer=("/sdk/a.h",)))
rule.passes("other flags", files=_PROJECT, facts=staleness.sample(pkg_config=("foo",)))
rule.passes("nothing is stale", files=_PROJECT, facts=(CachedPackages(stale=(), looked_at=("example.com/shop",)),))
rule.not_applicable("go sees every input", without={"CachedPackages": Absent(reason="go sees all inputs of C")})
rule.undetermined("go list fails", without={"CachedPackages": Unknown(reason="go list failed")})
