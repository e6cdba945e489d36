"""The page of a war room: what blocks a release, drawn and told, whose it is, and what to talk about, in Markdown and in HTML."""

from __future__ import annotations

import hashlib
import html
import os
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from gomend.apps.slo import alignshapes, gateshapes, judging
from gomend.apps.slo.aligning import Aligned
from gomend.model.base import Thing
from gomend.model.text import Translator, text
from gomend.ports.files import write_whole
from gomend.slo import burn, drawing
from gomend.slo.gate import Assessment
from gomend.slo.judge import decimal
from gomend.slo.webhooks import Note
from gomend.slo.yamltree import spelled

_TITLE: Final = text("slowar.title", "Release blocked: {names}")
_WHEN: Final = text("slowar.when", "Judged at {at}")
_WHEN_BOTH: Final = text("slowar.when-both", "Judged at {at}, deployed at {deploy}")
_OWNER: Final = text("slowar.owner", "Owner: {owner}")
_NO_OWNER: Final = text("slowar.no-owner", "Owner: nobody is named; name one in slo.yaml")
_LIMIT: Final = text("slowar.limit", "limit")
_OBJECTIVE: Final = text("slowar.objective", "objective")
_MARK: Final = text("slowar.mark", "deploy")
_BUDGET: Final = text("slowar.budget", "Error budget")
_LEFT: Final = text("slowar.left", "{left} % of {window} left")
_BURN: Final = text("slowar.burn", "Burn rate")
_TEAMS: Final = text("slowar.teams", "The teams' numbers")
_TEAM: Final = text("slowar.team", "Team")
_SEES: Final = text("slowar.sees", "Sees")
_READ_AS: Final = text("slowar.read-as", "Read as")
_AGAINST: Final = text("slowar.against", "Against the objective")
_OTHERS: Final = text("slowar.others", "Other objectives")
_INCIDENTS: Final = text("slowar.incidents", "What broke at that time")
_NO_INCIDENT: Final = text("slowar.no-incident", "The telemetry has no incident at that time.")
_AGENDA: Final = text("slowar.agenda", "Agenda")
_ROLL: Final = text("slowar.agenda.roll", "Take the release back, or mend it forward? {owner} decides.")
_BEFORE: Final = text("slowar.agenda.before", "{name} was as bad before the deploy: look for another cause first.")
_ALIGN: Final = text(
    "slowar.agenda.align", "The teams do not mean the same by {name} ({codes}): agree on one number before arguing about it."
)
_SPENT: Final = text("slowar.agenda.spent", "The error budget of {name} is spent: what stops until it is back?")
_BLIND: Final = text("slowar.agenda.blind", "{name} could not be judged: who mends its measurement?")
_NEXT: Final = text("slowar.agenda.next", "Who writes down what was found, and by when?")
_STYLE: Final = (
    "body{font:15px/1.55 system-ui,'Noto Sans CJK SC',sans-serif;max-width:900px;margin:2em auto;padding:0 1em;color:#222}"
    "h1{color:#c22f2f;font-size:1.5em}h2{margin-top:1.6em;border-bottom:1px solid #ddd;font-size:1.2em}svg{width:100%;height:auto}"
    "table{border-collapse:collapse;margin:.6em 0}td,th{border:1px solid #ccc;padding:.3em .7em;text-align:left;overflow-wrap:anywhere}"
    "th{background:#f3f3f3}.why{font-weight:600}"
)


class Room(Thing, frozen=True):
    """What the page is about. ``aligned`` has the teams' numbers of blocked objectives by name."""

    found: tuple[Assessment, ...]
    aligned: dict[str, Aligned] = {}
    deploy: Fraction | None = None
    incidents: tuple[str, ...] | None = None
    """What the telemetry says broke at that time, a line each; None if it was not asked."""

    @property
    def blocked(self) -> tuple[Assessment, ...]:
        """The objectives that block."""
        return tuple(a for a in self.found if a.verdict == "block")

    @property
    def began(self) -> Fraction:
        """When the trouble began: the deploy, else the first bad period of the longest streak as far as it was read."""
        return self.deploy if self.deploy is not None else min((_began(a) for a in self.blocked), default=Fraction(0))

    @property
    def ended(self) -> int:
        """When the newest judged period ended."""
        return max(a.end for a in self.found)

    @property
    def incident(self) -> str:
        """A name for the trouble when it is seen first."""
        words = [a.objective.name for a in self.blocked]
        return hashlib.sha256("\n".join([*words, str(self.began)]).encode()).hexdigest()[:12]


def _began(found: Assessment) -> Fraction:
    """When the first bad period of the streak began."""
    at = Fraction(found.end)
    for status, period in zip(
        reversed(found.judgement.statuses if found.judgement else ()), reversed(found.periods), strict=True
    ):
        if status in {"ok", "early"}:
            break
        if status == "bad" and period.start is not None:
            at = period.start
    return at


def title(room: Room, say: Translator) -> str:
    """The head line."""
    return say(_TITLE, names=", ".join(a.objective.name for a in room.blocked))


def _when(room: Room, say: Translator) -> str:
    at = gateshapes.stamp(Fraction(room.ended))
    return say(_WHEN, at=at) if room.deploy is None else say(_WHEN_BOTH, at=at, deploy=gateshapes.stamp(room.deploy))


def _owner(found: Assessment, say: Translator) -> str:
    return say(_OWNER, owner=found.objective.owner) if found.objective.owner else say(_NO_OWNER)


def _facts(found: Assessment, say: Translator) -> list[tuple[str, str]]:
    rates = [(spelled(w), found.burn(w)) for w in burn.windows(found.objective.window)]
    told = ", ".join(f"{name} {decimal(rate, 2)}" for name, rate in rates if rate is not None)
    rows = [(say(_BURN), told)] if told else []
    if found.budget_left is not None:
        left = say(_LEFT, left=decimal(found.budget_left * 100, 1), window=spelled(found.objective.window))
        rows.append((say(_BUDGET), left))
    return rows


def agenda(room: Room, say: Translator) -> list[str]:
    """What to talk about, first things first."""
    items = []
    for each in room.blocked:
        name = each.objective.name
        if each.judgement is not None and each.judgement.before:
            items.append(say(_BEFORE, name=name))
        if each.budget_left is not None and each.budget_left <= 0:
            items.append(say(_SPENT, name=name))
        if (found := room.aligned.get(name)) is not None and found.divergences:
            codes = ", ".join(dict.fromkeys(d.code for d in found.divergences))
            items.append(say(_ALIGN, name=name, codes=codes))
    owners = dict.fromkeys(a.objective.owner or "?" for a in room.blocked)
    items.append(say(_ROLL, owner=", ".join(owners)))
    items += [say(_BLIND, name=a.objective.name) for a in room.found if a.verdict in {"unknown", "insufficient"}]
    return [*items, say(_NEXT)]


def _heads(say: Translator) -> list[str]:
    return [say(_TEAM), say(_SEES), say(_READ_AS), say(_AGAINST)]


def _teams(found: Aligned, say: Translator) -> list[list[str]]:
    return [[n.team, n.value or "-", n.reading, n.verdict] for n in alignshapes.shape([found], say).slis[0].numbers]


def markdown(room: Room, say: Translator) -> str:
    """The page in Markdown; the series is a row of signs."""
    lines = [f"# {title(room, say)}", "", _when(room, say), ""]
    for each in room.blocked:
        statuses = each.judgement.statuses if each.judgement else ()
        lines += [f"## {each.objective.name}", "", gateshapes.reason(each, say), "", f"`[{judging.marks(statuses[-60:])}]`", ""]
        lines += [f"- {name}: {value}" for name, value in _facts(each, say)] + [f"- {_owner(each, say)}", ""]
        if (found := room.aligned.get(each.objective.name)) is not None:
            lines += ["| " + " | ".join(_heads(say)) + " |", "| --- | --- | --- | --- |"]
            lines += ["| " + " | ".join(row) + " |" for row in _teams(found, say)] + [""]
    if room.incidents is not None:
        lines += [f"## {say(_INCIDENTS)}", "", *(f"- {one}" for one in room.incidents or (say(_NO_INCIDENT),)), ""]
    others = [a for a in room.found if a.verdict != "block"]
    if others:
        lines += [f"## {say(_OTHERS)}", ""]
        lines += [f"- {a.objective.name}: {gateshapes.line(a, say)}" for a in others] + [""]
    lines += [f"## {say(_AGENDA)}", "", *(f"{at}. {item}" for at, item in enumerate(agenda(room, say), 1)), ""]
    return "\n".join(lines)


def page(room: Room, say: Translator) -> str:
    """The page in HTML: one file that needs nothing else."""
    esc = html.escape
    body = [f"<h1>{esc(title(room, say))}</h1><p>{esc(_when(room, say))}</p>"]
    names = (say(_LIMIT), say(_OBJECTIVE), say(_MARK))
    for each in room.blocked:
        statuses = each.judgement.statuses if each.judgement else ()
        body.append(f"<h2>{esc(each.objective.name)}</h2><p class=why>{esc(gateshapes.reason(each, say))}</p>")
        body.append(drawing.draw(each.objective.policy, each.periods[-120:], statuses[-120:], names))
        body.append(_table([], [list(row) for row in _facts(each, say)]) + f"<p>{esc(_owner(each, say))}</p>")
        if (found := room.aligned.get(each.objective.name)) is not None:
            body.append(f"<h3>{esc(say(_TEAMS))}</h3>" + _table(_heads(say), _teams(found, say)))
    if room.incidents is not None:
        told = "".join(f"<li>{esc(one)}</li>" for one in room.incidents or (say(_NO_INCIDENT),))
        body.append(f"<h2>{esc(say(_INCIDENTS))}</h2><ul>{told}</ul>")
    others = [a for a in room.found if a.verdict != "block"]
    if others:
        rows = [[a.objective.name, say(judging.VERDICTS[a.verdict]), gateshapes.reason(a, say)] for a in others]
        body.append(f"<h2>{esc(say(_OTHERS))}</h2>" + _table([], rows))
    items = "".join(f"<li>{esc(item)}</li>" for item in agenda(room, say))
    body.append(f"<h2>{esc(say(_AGENDA))}</h2><ol>{items}</ol>")
    head = f'<meta charset="utf-8"><title>{esc(title(room, say))}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="{say.language}"><head>{head}</head><body>{"".join(body)}</body></html>\n'


def _table(head: Sequence[str], rows: list[list[str]]) -> str:
    top = "<tr>" + "".join(f"<th>{html.escape(c)}</th>" for c in head) + "</tr>" if head else ""
    return (
        "<table>"
        + top
        + "".join("<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in r) + "</tr>" for r in rows)
        + "</table>"
    )


def note(room: Room, say: Translator) -> Note:
    """What is posted to a chat."""
    lines = [_when(room, say)]
    for each in room.blocked:
        lines.append(f"**{each.objective.name}**: {gateshapes.reason(each, say)} {_owner(each, say)}")
        lines += [f"{name}: {value}" for name, value in _facts(each, say)]
    return Note(title=title(room, say), lines=(*lines, *(f"{at}. {item}" for at, item in enumerate(agenda(room, say), 1))))


def write(room: Room, incident: str, folder: str, say: Translator) -> tuple[str, str]:
    """Both pages of an incident into a folder; answers their paths.

    Raises:
        OSError: they cannot be written.
    """
    os.makedirs(folder, exist_ok=True)
    paths = tuple(os.path.join(folder, f"warroom-{incident}.{kind}") for kind in ("html", "md"))
    write_whole(paths[0], page(room, say).encode())
    write_whole(paths[1], markdown(room, say).encode())
    return paths[0], paths[1]
