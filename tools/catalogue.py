"""Bring the Chinese catalogues up to date with the texts in the code: ``python tools/catalogue.py [ROOM …]``.

One file a room, ``src/gomend/locale/zh_CN/<room>.po``; an entry's context is the text's id, its msgid the English words.
New ids get an empty translation to fill in, changed words are marked fuzzy, ids that are gone are removed.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path

import polib

import gomend
from gomend.model.text import Text, known_texts

FOLDER = Path(__file__).parent.parent / "src/gomend/locale/zh_CN"
ROOM_OF_PREFIX = {"GM0": "sdk", "GM1": "modules", "GM2": "cgo", "GM3": "debug", "GM4": "govern"}


def every_text() -> dict[str, Text]:
    """All texts of the package, by id."""
    for module in pkgutil.walk_packages(gomend.__path__, "gomend."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return known_texts()


def room_of(text_id: str) -> str:
    """The catalogue that an id belongs to: its chapter, or the word before the first dot."""
    return ROOM_OF_PREFIX.get(text_id[:3], text_id.split(".", maxsplit=1)[0])


def update(room: str, texts: dict[str, Text]) -> tuple[int, int]:
    """Rewrite one catalogue; returns how many entries it has and how many still need words."""
    path = FOLDER / f"{room}.po"
    old = {e.msgctxt: e for e in polib.pofile(str(path))} if path.exists() else {}
    made = polib.POFile(wrapwidth=140)
    made.metadata = {"Content-Type": "text/plain; charset=UTF-8", "Content-Transfer-Encoding": "8bit", "Language": "zh_CN"}
    waiting = 0
    for text in sorted(texts.values(), key=lambda t: t.id):
        before = old.get(text.id)
        entry = polib.POEntry(msgctxt=text.id, msgid=text.english, msgstr=before.msgstr if before else "")
        if before and (before.msgid != text.english or before.fuzzy):
            entry.flags = ["fuzzy"]
        waiting += not entry.translated()
        made.append(entry)
    made.save(str(path))
    return len(texts), waiting


def main() -> int:
    rooms: dict[str, dict[str, Text]] = {}
    for text in every_text().values():
        rooms.setdefault(room_of(text.id), {})[text.id] = text
    FOLDER.mkdir(parents=True, exist_ok=True)
    total = 0
    for room in sorted(sys.argv[1:] or rooms):
        count, waiting = update(room, rooms.get(room, {}))
        total += waiting
        print(f"{room}.po: {count} texts, {waiting} to translate")
    return 1 if total else 0


if __name__ == "__main__":
    raise SystemExit(main())
