"""Every kind of damage that a vendor folder can have: its cause, and what it means, in words for people."""

from __future__ import annotations

from typing import Final

from gomend.model.base import Thing
from gomend.model.text import Text, text


class Kind(Thing, frozen=True):
    """One kind and its cause slug."""

    name: str
    slug: str
    text: Text


KINDS: Final[dict[str, Kind]] = {}
"""All kinds by name, the ones that matter most first."""
UNKNOWNS: Final[dict[str, Text]] = {}
"""Why something could not be told."""


def _kind(name: str, slug: str, english: str) -> None:
    KINDS[name] = Kind(name=name, slug=slug, text=text(f"vendor.kind.{name}", english))


def _unknown(name: str, english: str) -> None:
    UNKNOWNS[name] = text(f"vendor.unknown.{name}", english)


_TAMPERED: Final = "vendor-tampered"
_kind("file-changed", _TAMPERED, "Files hold other bytes than the module; go compiles what stands here.")
_kind("file-extra", _TAMPERED, "There are files that the module does not have; go compiles them too.")
_kind("package-extra", _TAMPERED, "There are packages that no module has and modules.txt does not list.")
_kind("link", _TAMPERED, "There are links or other things that are no plain files.")
_kind("file-missing", _TAMPERED, "Files are missing that go mod vendor copies.")
_kind("licence-missing", _TAMPERED, "Licence files are missing that go mod vendor keeps.")
_kind("file-unneeded", "vendor-inconsistent", "The module has these files, but go mod vendor does not copy them.")
_kind("file-executable", _TAMPERED, "Files may be executed; go mod vendor makes none such.")
_kind("package-unknown", "vendor-inconsistent", "modules.txt lists packages that the module does not have.")
_kind("list-inconsistent", "vendor-inconsistent", "modules.txt and go.mod disagree; go refuses to build.")
_kind("list-changed", "vendor-inconsistent", "modules.txt is not what go would write.")
_kind("list-missing", "vendor-inconsistent", "There is no vendor/modules.txt; go cannot tell what is vendored.")
_kind(
    "native-dropped",
    "vendor-drops-c-files",
    "cgo includes files that vendoring leaves out: folders without Go files are not copied.",
)
_kind("zip-mismatch", "cache-zip-damaged", "The module's zip is not what was recorded, so its files prove nothing.")
_kind("sum-mismatch", "sumdb-mismatch", "go.sum and the checksum database name different hashes for this version.")
_kind("sum-missing", "gosum-missing", "go.sum does not name this version.")

_unknown("zip-absent", "The module cache does not have this zip; --download lets go fetch it.")
_unknown("zip-unreadable", "The zip cannot be read.")
_unknown("zip-mismatch", "The zip is not what was recorded, so the files could not be compared.")
_unknown("folder-absent", "The folder that replaces this module is not there.")
_unknown("unreadable", "These files cannot be read by this user.")
_unknown("not-recorded", "Neither go.sum nor the checksum database says what this zip should be.")
_unknown(
    "go-refused", "go could not make the vendor folder anew to compare with, so embedded files and modules.txt are not proved."
)


class Damage(Thing, frozen=True):
    """One thing that is wrong. ``paths`` are below the project, ``said_by`` is who expected something else."""

    module: str
    version: str
    what: str
    paths: tuple[str, ...]
    expected: str = ""
    actual: str = ""
    said_by: str = ""
    detail: str = ""

    @property
    def kind(self) -> Kind:
        """Its kind."""
        return KINDS[self.what]


class Doubt(Thing, frozen=True):
    """One thing that could not be told: a key of :data:`UNKNOWNS`, of which module, and why in detail."""

    module: str
    version: str
    why: str
    paths: tuple[str, ...] = ()
    detail: str = ""
