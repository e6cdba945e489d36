"""Write docs/cache-damage.md by really inflicting every damage on a real cache and running go and gomend on it."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.cache.world import DAMAGES, A, World, at, named  # noqa: E402

from gomend.ports.state import remove_tree  # noqa: E402

PAGE = ROOT / "docs" / "cache-damage.md"
GO = (("build", "-o", os.devnull, "."), ("mod", "verify"), ("mod", "download", f"{A}@v1.0.0"))
HEAD = f"""# Damage of the module cache, and who sees it

Made by `tools/cache_table.py`: each damage is inflicted on a fresh copy of a real cache, filled by Go from servers on loopback; each
command runs on a copy of its own. **fails**: exit code other than 0. **heals**: exit code 0, and `gomend mod cache verify` finds nothing
afterwards. **silent**: exit code 0, the damage is still there. *after mend* is what go build, go mod verify and gomend verify say after
`gomend mod cache mend --all --yes`, and *offline* the outcome of the same without network (refused: nothing was changed).

{len(DAMAGES)} kinds of damage.

| damage | go build | go mod verify | go mod download | gomend verify | after mend | offline |
|---|---|---|---|---|---|---|
"""


def row(world: World, name: str) -> str:
    """One line of the table."""
    cells = [name]
    for words in GO:
        cache = _damaged(world, name)
        done = world.go(list(words), cache)
        cells.append("fails" if done.returncode else "silent" if named(world.look(cache)) else "heals")
    cache = _damaged(world, name)
    found = named(world.look(cache))
    cells.append(", ".join(dict.fromkeys(f"`{what}`" for _, what in found)) or "**nothing**")
    _mend(world, cache)
    works = [world.go(list(words), cache).returncode == 0 for words in GO[:2]]
    cells.append("good" if all(works) and not named(world.look(cache)) else "**still damaged**")
    cache = _damaged(world, name)
    cells.append(", ".join(sorted(_mend(world, cache, GOPROXY="off"))))
    return f"| {' | '.join(cells)} |\n"


def _damaged(world: World, name: str) -> Path:
    cache = world.copy()
    DAMAGES[name].inflict(cache)
    assert at(cache, "info").parent.exists()
    return cache


def _mend(world: World, cache: Path, **env: str) -> set[str]:
    words = ("mod", "cache", "mend", "--all", "--yes", "--format", "json")
    done = world.gomend(*words, cache=cache, **({"GOMEND_STATE": f"{cache}-state"} | env))
    return {item["outcome"] for item in json.loads(done.stdout)["items"]}


def page(world: World) -> str:
    """The whole page."""
    return HEAD + "".join(row(world, name) for name in DAMAGES)


def main() -> int:
    folder = Path(tempfile.mkdtemp(prefix="gomend-table-"))
    world = World(folder)
    try:
        PAGE.write_text(page(world), encoding="utf-8")
    finally:
        world.stage.close()
        remove_tree(str(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
