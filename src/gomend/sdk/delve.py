"""Which Go versions each Delve supports. Source: pkg/goversion/compat.go of Delve's releases 1.20 to 1.27."""

from __future__ import annotations

from typing import Final

from gomend.golang import version

RELEASES: Final = {
    20: "v1.20.2",
    21: "v1.21.2",
    22: "v1.22.1",
    23: "v1.23.1",
    24: "v1.24.2",
    25: "v1.25.2",
    26: "v1.26.0",
    27: "v1.27.2",
}
"""A release of each minor version; Delve 1.N supports Go up to 1.N (MaxSupportedVersionOfGoMinor) and two minors back."""
OLDEST_LISTED: Final = 20
"""Minor version of the oldest Delve in the table; of older ones nothing is claimed."""


def minor(name: str) -> int:
    """The minor number of a Go or Delve version (``go1.26.8`` and ``1.26.0`` give 26), 0 if it is none."""
    key = version.key(name)
    return key[1] if key and key[0] == 1 else 0


def newest_go(dlv: str) -> int:
    """The newest Go minor that a Delve supports; 0 if the table does not tell (before 1.20 the numbers do not go together)."""
    number = minor(dlv)
    return number if number >= OLDEST_LISTED else 0


def release_for(go: str) -> str:
    """The Delve release to install for a Go version: the one of the same minor, within what is known."""
    return RELEASES[min(max(minor(go), min(RELEASES)), max(RELEASES))]
