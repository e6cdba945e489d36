"""What goes wrong with sysroots."""

from __future__ import annotations


class SysrootProblem(Exception):  # noqa: N818 - the name is what people read
    """A sysroot cannot be made or used; ``what`` names the reason (see ``apps/cgo/sysroots.py``)."""

    def __init__(self, what: str, **details: str) -> None:
        """Keep the reason and its details."""
        super().__init__(what)
        self.what = what
        self.details = details
