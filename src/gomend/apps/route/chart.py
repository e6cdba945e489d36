"""The decision as a flow chart: every branch is drawn, the taken one is marked by colour, by a thick line and by a word."""

from __future__ import annotations

from typing import Final

from gomend.apps.route.decision import Decision, Step, words
from gomend.apps.route.probed import Asked, Probed
from gomend.model.base import Thing
from gomend.model.text import Translator

_TITLE: Final = words("chart.title", "How go fetches {module}")
_TITLE_PROBED: Final = words("chart.title-probed", "How go fetches {module}, as the servers answered just now")
_TAKEN: Final = words("chart.taken", "taken")
_VENDOR: Final = words("chart.vendor", "Does the build read the vendor folder?")
_VENDOR_YES: Final = words("chart.vendor-yes", "go build asks nobody")
_REPLACED: Final = words("chart.replaced", "Does go.mod replace it by a folder?")
_REPLACED_YES: Final = words("chart.replaced-yes", "The folder is used, nothing is fetched")
_CACHE: Final = words("chart.cache", "Is the version whole in the module cache?")
_CACHE_YES: Final = words("chart.cache-yes", "Nothing is asked")
_LIST: Final = words("chart.list", "Can the GOPROXY list be read?")
_LIST_NO: Final = words("chart.list-no", "One bad entry: every fetch fails")
_MATCH: Final = words("chart.match", "Does the path match {variable}={value}?")
_MATCH_YES: Final = words("chart.match-yes", "No proxy is asked: the origin, with {tools}")
_SERVER: Final = words("chart.server", "Ask {server}")
_OK: Final = words("chart.ok", "The file is taken")
_STOP: Final = words("chart.stop", "go stops with this error")
_WAIT: Final = words("chart.wait", "go waits for ever and says nothing")
_DIRECT: Final = words("chart.direct", "direct: the origin, with {tools}")
_OFF: Final = words("chart.off", "off: nothing may be fetched")
_FETCHED: Final = words("chart.fetched", "The code comes from version control")
_EXHAUSTED: Final = words("chart.exhausted", "The list ends here")
_ERROR: Final = words("chart.error", "go stops with the most telling error")
_SUMS: Final = words("chart.sums", "Are the sums checked with a database? {variable}={value}")
_SUMS_KNOWN: Final = words("chart.sums-known", "Are both sums in go.sum?")
_SUMS_NO: Final = words("chart.sums-no", "Taken unchecked by others: go.sum remembers the first download")
_SUMS_OFF: Final = words("chart.sums-off", "GOSUMDB is wrong: the check fails")
_LOOKUP: Final = words("chart.lookup", "Ask {name}: first through the proxy (/supported), then /lookup and tiles")
_AGREES: Final = words("chart.agrees", "Into the module cache and go.sum")
_DIFFERS: Final = words("chart.differs", "SECURITY ERROR: go stops")
_LABELS: Final = {
    "yes": words("chart.yes", "yes"),
    "no": words("chart.no", "no"),
    "200": words("chart.200", "200"),
    "gone": words("chart.gone", "404, 410"),
    "any": words("chart.any", "any error"),
    "other": words("chart.other", "other error"),
    "every": words("chart.every", "error"),
    "silent": words("chart.silent", "no answer"),
    "agrees": words("chart.same", "same sums"),
    "differs": words("chart.other-sums", "other sums"),
    "found": words("chart.found", "found"),
}


class Out(Thing, frozen=True):
    """A side branch: its label, the box it leads to (``good``, ``bad`` or ``plain``), and whether it goes on to the sums."""

    label: str
    words: str
    mood: str
    joins: bool = False
    taken: bool = False


class Row(Thing, frozen=True):
    """One box of the main line (``start``, ``question``, ``server`` or ``end``), the way down and the side branches."""

    id: str
    words: str
    shape: str
    down: str = ""
    down_taken: bool = False
    outs: tuple[Out, ...] = ()
    reached: bool = False


class Chart(Thing, frozen=True):
    """The rows in order; ``joined`` is the row where side branches with ``joins`` come in again."""

    title: str
    rows: tuple[Row, ...]
    joined: str
    taken: str


def build(decision: Decision, say: Translator, probed: Probed | None = None) -> Chart:
    """Lay out what may happen, and mark what does: as probed, else as if every server were healthy."""
    made = _Builder(decision, say, probed)
    title = _TITLE if probed is None else _TITLE_PROBED
    return Chart(title=say(title, module=decision.name), rows=tuple(made.rows()), joined="sums", taken=say(_TAKEN))


class _Builder:
    def __init__(self, decision: Decision, say: Translator, probed: Probed | None) -> None:
        self.d, self.say, self.probed = decision, say, probed
        self.alive = True
        """Whether the taken path is still on the main line."""
        self.arrives = False
        """Whether it comes to the sums."""

    def rows(self) -> list[Row]:
        """All rows from top to bottom."""
        found = [Row(id="start", words=self.d.name, shape="start", down_taken=True, reached=True)]
        if self.d.step("vendor"):
            found.append(self._question("vendor", self.say(_VENDOR), False, self.say(_VENDOR_YES), "plain"))
        replaced = self.d.step("replaced")
        found.append(
            self._question("replaced", self.say(_REPLACED), bool(replaced and replaced.ends), self.say(_REPLACED_YES), "plain")
        )
        cached = self.d.step("cache")
        found.append(self._question("cache", self.say(_CACHE), bool(cached and cached.ends), self.say(_CACHE_YES), "good"))
        bad = self.d.step("list") is not None
        found.append(self._question("list", self.say(_LIST), bad, self.say(_LIST_NO), "bad", flipped=True))
        found.append(self._match())
        servers = self.d.of("server")
        found += [self._server(i, step) for i, step in enumerate(servers)]
        found.append(self._end())
        return [*found, *self._sums()]

    def _label(self, name: str) -> str:
        return self.say(_LABELS[name])

    def _question(self, id: str, question: str, hit: bool, answer: str, mood: str, *, flipped: bool = False) -> Row:
        side, down = ("no", "yes") if flipped else ("yes", "no")
        out = Out(label=self._label(side), words=answer, mood=mood, taken=self.alive and hit)
        row = Row(
            id=id,
            words=question,
            shape="question",
            down=self._label(down),
            down_taken=self.alive and not hit,
            outs=(out,),
            reached=self.alive,
        )
        self.alive = self.alive and not hit
        return row

    def _match(self) -> Row:
        step = self.d.step("private") or self.d.step("public")
        hit = self.d.step("private") is not None
        variable, value = (step.variable, step.value) if step else ("GONOPROXY", "")
        row = self._question(
            "match",
            self.say(_MATCH, variable=variable, value=value or '""'),
            hit,
            self.say(_MATCH_YES, tools=self._tools()),
            "plain",
        )
        self.arrives = row.outs[0].taken and not (self.probed and not self.probed.fetchable)
        return Row(
            **{f: getattr(row, f) for f in ("id", "words", "shape", "down", "down_taken", "reached")},
            outs=(_joining(row.outs[0]),),
        )

    def _tools(self) -> str:
        direct = self.d.step("direct")
        return direct.said.parameters.get("tools", "-") if direct else "git, hg"

    def _server(self, index: int, step: Step) -> Row:
        end = self._ending(step)
        alive, self.alive = self.alive, self.alive and end == "next"
        self.arrives = self.arrives or (alive and end == "answers")
        outs = [Out(label=self._label("200"), words=self.say(_OK), mood="good", joins=True, taken=alive and end == "answers")]
        if not step.falls_on_any:
            outs.append(Out(label=self._label("other"), words=self.say(_STOP), mood="bad", taken=alive and end == "stop"))
        outs.append(Out(label=self._label("silent"), words=self.say(_WAIT), mood="bad", taken=alive and end == "waits"))
        down = self._label("any" if step.falls_on_any else "gone")
        return Row(
            id=f"server{index}",
            words=self.say(_SERVER, server=step.server),
            shape="server",
            down=down,
            down_taken=alive and end == "next",
            outs=tuple(outs),
            reached=alive,
        )

    def _ending(self, step: Step) -> str:
        """How asking this server ends: as probed for the files of the module, else well."""
        if self.probed is None:
            return "answers"
        about = [a for a in self.probed.asked if a.server == step.server and not _about_sums(a)]
        for kind in ("waits", "stop", "next"):
            if any(a.reaction == kind for a in about):
                return "next" if kind == "stop" and step.falls_on_any else kind
        return "answers" if about else "next"

    def _end(self) -> Row:
        if self.d.step("private") is None and self.d.step("direct"):
            tools = self.say(_DIRECT, tools=self._tools())
            fine = self.alive and (self.probed is None or self.probed.fetchable)
            self.arrives = self.arrives or fine
            outs = (
                Out(label=self._label("found"), words=self.say(_FETCHED), mood="good", joins=True, taken=fine),
                Out(label=self._label("every"), words=self.say(_ERROR), mood="bad", taken=self.alive and not fine),
            )
            row = Row(id="last", words=tools, shape="server", outs=outs, reached=self.alive)
        else:
            off = self.d.step("off") is not None
            out = Out(label="", words=self.say(_ERROR), mood="bad", taken=self.alive)
            row = Row(id="last", words=self.say(_OFF if off else _EXHAUSTED), shape="end", outs=(out,), reached=self.alive)
        self.alive = False
        return row

    def _sums(self) -> list[Row]:
        """From where a file has arrived to where it may stay."""
        step = next((self.d.step(k) for k in ("sumdb", "sums", "sumdb-off", "sumdb-invalid") if self.d.step(k)), None)
        self.alive = self.arrives
        kind = step.kind if step else "sumdb-off"
        variable, value = (step.variable, step.value) if step and step.kind != "sums" else ("GOSUMDB", "")
        question = self.say(_SUMS_KNOWN) if kind == "sums" else self.say(_SUMS, variable=variable, value=_short(value) or '""')
        if kind in {"sums", "sumdb-off"}:
            known = kind == "sums"
            answer = self.say(_AGREES if known else _SUMS_NO)
            row = self._question("sums", question, True, answer, "good" if known else "plain", flipped=not known)
        elif kind == "sumdb-invalid":
            row = self._question("sums", question, True, self.say(_SUMS_OFF), "bad", flipped=True)
        else:
            row = self._question("sums", question, False, self.say(_SUMS_NO), "plain", flipped=True)
        name = step.said.parameters.get("name", "") if step else ""
        return [row, self._lookup(name or "GOSUMDB")]

    def _lookup(self, name: str) -> Row:
        ends = "agrees"
        if self.probed is not None and self.alive:
            about = [a for a in self.probed.asked if _about_sums(a)]
            if self.probed.walk.waits or any(a.reaction == "waits" for a in about):
                ends = "silent"
            elif not self.probed.fetchable:
                ends = "differs" if self.probed.walk.cause == "sumdb-mismatch" else "every"
        moods = (("agrees", _AGREES, "good"), ("differs", _DIFFERS, "bad"), ("every", _STOP, "bad"), ("silent", _WAIT, "bad"))
        outs = tuple(
            Out(label=self._label(key), words=self.say(said), mood=mood, taken=self.alive and ends == key)
            for key, said, mood in moods
        )
        return Row(id="lookup", words=self.say(_LOOKUP, name=name), shape="server", outs=outs, reached=self.alive)


def _joining(out: Out) -> Out:
    return Out(label=out.label, words=out.words, mood=out.mood, joins=True, taken=out.taken)


def _about_sums(one: Asked) -> bool:
    return "/@v/" not in one.url and any(part in one.url for part in ("/supported", "/lookup/", "/tile/"))


def _short(value: str) -> str:
    """A verifier key without its key."""
    return value.partition("+")[0] if value.count("+") >= 2 else value
