"""The projects and servers of the modules chapter serve here too."""

from __future__ import annotations

from tests.modules.conftest import lab, server, store

__all__ = ["lab", "server", "store"]
