"""What the engine says to people when it refuses."""

from __future__ import annotations

from typing import Final

from gomend.model.text import Said, text

INTERRUPTED: Final = text("engine.interrupted", "An earlier change was interrupted; run `gomend recover` first.")
CHANGED: Final = text("engine.changed", "{path} has changed since the plan was made; make a new plan.")
GONE: Final = text("engine.gone", "{path} is gone already; make a new plan.")
EXISTS: Final = text("engine.exists", "{path} exists already; make a new plan.")
NO_PROGRAM: Final = text("engine.no-program", "{program} is not on PATH, and a step needs it.")
SECRET_URL: Final = text("engine.secret-url", "A URL of the plan holds a secret, which a journal may not keep: {url}")
NOTHING_TO_UNDO: Final = text("engine.nothing-to-undo", "There is nothing to undo.")
NO_SUCH_PLAN: Final = text("engine.no-such-plan", "There is no applied plan {name}.")
CHANGED_AFTER: Final = text(
    "engine.changed-after", "{paths} changed after the plan; --force overwrites them with what was there before it."
)


class Refused(Exception):  # noqa: N818 - people read it
    """Nothing was changed; ``said`` says why and what to do."""

    def __init__(self, *said: Said) -> None:
        """Keep the reasons; the English words are the exception's own text."""
        super().__init__(" ".join(s.english.format_map(s.parameters) for s in said))
        self.said = said
