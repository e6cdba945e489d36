"""Compile the gettext catalogues (``.po`` to ``.mo``): as a hatch build hook, and as ``python tools/hatch_catalogues.py``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polib

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # only compiling, not building
    BuildHookInterface = object


def compile_all(root: Path) -> list[Path]:
    """Merge the rooms' catalogues of each language below ``root`` into one ``gomend.mo``; returns the files written."""
    written = []
    for folder in sorted(p for p in (root / "src/gomend/locale").iterdir() if p.is_dir()):
        merged = polib.POFile()
        merged.metadata = {"Content-Type": "text/plain; charset=UTF-8", "Language": folder.name}
        for source in sorted(folder.glob("*.po")):
            merged.extend(entry for entry in polib.pofile(str(source)) if entry.translated())
        target = folder / "LC_MESSAGES" / "gomend.mo"
        target.parent.mkdir(exist_ok=True)
        merged.save_as_mofile(str(target))
        written.append(target)
    return written


class CustomBuildHook(BuildHookInterface):  # type: ignore[misc]
    """Run by hatch before a wheel is put together."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        del version, build_data
        compile_all(Path(self.root))


if __name__ == "__main__":
    for path in compile_all(Path(__file__).parent.parent):
        print(f"compiled {path.relative_to(Path(__file__).parent.parent)}")
