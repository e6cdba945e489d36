"""Texts for people: an id, the English words, and parameters. Chinese lives in the catalogue under the same id."""

from __future__ import annotations

import gettext
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gomend.model.base import Thing
from gomend.model.redact import redact

LOCALES: Final = Path(__file__).parent.parent / "locale"
"""Folder of the compiled catalogues, ``<language>/LC_MESSAGES/gomend.mo``."""
LANGUAGES: Final = ("en", "zh-CN")
"""Languages that every text exists in."""

_KNOWN: dict[str, Text] = {}


class Text(Thing, frozen=True):
    """A text that people read: ``id`` is stable, ``english`` has ``{name}`` fields."""

    id: str
    english: str

    @property
    def fields(self) -> frozenset[str]:
        """Names of the parameters that the words use."""
        return frozenset(name for _, name, _, _ in string.Formatter().parse(self.english) if name)


class Said(Thing, frozen=True):
    """A text together with its parameters, ready to be said in any language."""

    id: str
    english: str
    parameters: dict[str, str] = {}


def text(id: str, english: str) -> Text:
    """Define a text once.

    Raises:
        ValueError: the id is taken by other words.
    """
    made = Text(id=id, english=english)
    if _KNOWN.setdefault(id, made) != made:
        msg = f"two texts share the id {id!r}"
        raise ValueError(msg)
    return made


def known_texts() -> dict[str, Text]:
    """All texts defined so far in this process, by id (the catalogue test imports every room first)."""
    return dict(sorted(_KNOWN.items()))


def say(words: Text, /, **parameters: object) -> Said:
    """Bind parameters to a text.

    Raises:
        ValueError: a parameter is missing or unknown.
    """
    if words.fields != parameters.keys():
        msg = f"{words.id} takes {sorted(words.fields)}, got {sorted(parameters)}"
        raise ValueError(msg)
    bound = {name: redact(str(value)) for name, value in sorted(parameters.items())}
    return Said(id=words.id, english=words.english, parameters=bound)


class Translator:
    """Says texts in one language; English words stand in where the catalogue has none."""

    def __init__(self, language: str = "en") -> None:
        """Load the catalogue of ``language`` (``en`` needs none)."""
        self.language = language
        folder = language.replace("-", "_")
        self._catalogue: gettext.NullTranslations = gettext.NullTranslations()
        if language != "en":
            self._catalogue = gettext.translation("gomend", LOCALES, [folder], fallback=True)

    def words(self, id: str, english: str) -> str:
        """The words of one text in this language, unformatted."""
        return self._catalogue.pgettext(id, english)

    def __call__(self, said: Said | Text, /, **parameters: object) -> str:
        """Say it. A text without parameters is said as it stands (a rule's page may show braces)."""
        if isinstance(said, Text) and not parameters:
            return self.words(said.id, said.english)
        bound: Mapping[str, object] = {**said.parameters, **parameters} if isinstance(said, Said) else parameters
        return self.words(said.id, said.english).format_map(bound).replace("``", "`")
