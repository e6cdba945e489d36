"""What changed in the go command's module fetching between versions, as data.

Read from cmd/go of each version, and compared with its real toolchain by the tests.
"""

from __future__ import annotations

from typing import Final, NamedTuple

NEWEST: Final = "1.26.8"
"""The newest go command that the model describes, and the one of a scenario that names none."""


class Change(NamedTuple):
    """A behaviour and the first version that has it."""

    since: str
    says: str


CHANGES: Final = {
    "malformed-sum-ends": Change("1.22", "a malformed go.sum ends the process; before, it only had no sums"),
    "patch-in-hints": Change("1.22", "hints about go and toolchain lines show a version with a patch number"),
    "toolchain-suffix": Change("1.22", "go1.2.3-custom is no newer than go1.2.3"),
    "install-deprecation": Change(
        "1.23", "go install and go run PACKAGE@VERSION look for a deprecation, at the newest version"
    ),
    "tidy-diff": Change("1.23", "go mod tidy -diff"),
    "too-new-first": Change("1.24", "a go line that is too new is told before other errors of go.mod"),
    "toolchain-default": Change("1.23", "the hint about a wrong toolchain line says default, and not local"),
    "goauth": Change("1.24", "GOAUTH is read; over https an answer of 4xx makes go ask again; before, netrc by host and port"),
    "get-tool": Change("1.24", "go get -tool"),
    "end-of-options": Change("1.24", "git is given --end-of-options"),
    "install-reads-go-mod": Change(
        "1.25", "go install and go run PACKAGE@VERSION choose a toolchain by the go.mod around, too"
    ),
    "get-in-workspace": Change("1.25", "go get loads the packages that it was asked for with the go.work around"),
    "no-added-toolchain": Change("1.25", "a new go line brings no toolchain line with it"),
    "git-by-url": Change(
        "1.25", "git ls-remote is given the URL; before, origin, and go itself asked a URL that git could not read"
    ),
    "absent-sum-is-error": Change("1.26", "a checksum database's record without the module's lines is an error"),
}
"""By name."""
