"""An incident's page as one HTML file that needs no server, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

from gomend.apps.incidents.page import draw, words
from gomend.apps.incidents.page.gather import Page, Row
from gomend.apps.incidents.shapes import moment
from gomend.apps.incidents.telling import KINDS, SIGNALS, said
from gomend.apps.incidents.warnings import PARTS, warning
from gomend.model.text import Translator

_STYLE: Final = """
:root{color-scheme:light dark;--ink:#1f2328;--dim:#59636e;--line:#d0d7de;--soft:#f6f8fa;--page:#fff;--bar:#7aa7d9;--bad:#cf222e;--after:#fff1e5}
@media(prefers-color-scheme:dark){:root{--ink:#f0f6fc;--dim:#9198a1;--line:#3d444d;--soft:#151b23;--page:#0d1117;--bar:#4a7db5;--bad:#ff7b72;--after:#2b2117}}
*{box-sizing:border-box}body{margin:0 auto;max-width:60rem;padding:2rem 1.25rem;font:16px/1.55 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;color:var(--ink);background:var(--page)}
h1{font-size:1.5rem;margin:0 0 .5rem}h2{font-size:1.1rem;margin:2rem 0 .4rem}p{margin:.3rem 0}.lead{font-size:1.1rem}.note{color:var(--dim);font-size:.875rem}
svg{width:100%;height:auto;display:block}svg text{font:12px system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;fill:var(--ink)}
svg .dim{fill:var(--dim);font-size:11px}svg .small{font-size:11px}svg .on{fill:#fff;font-weight:600}svg .halo{stroke:var(--page);stroke-width:3px;paint-order:stroke}.bar,.span{fill:var(--bar)}.bad{fill:var(--bad)}.after{fill:var(--after)}.axis{stroke:var(--line)}
.onset{stroke:var(--bad);stroke-width:2}.node{fill:var(--soft);stroke:var(--dim)}.blame{fill:var(--bad)}.edge{fill:none;stroke:var(--line);stroke-width:1.5}
.edge.hot{stroke:var(--bad);stroke-width:2.5}svg .hotlabel{fill:var(--bad);font-weight:600;stroke:var(--page);stroke-width:4px;paint-order:stroke}.cell{fill:var(--soft);stroke:var(--line)}.full{fill:var(--bar)}
table{border-collapse:collapse;width:100%;font-size:.8125rem}td,th{border-bottom:1px solid var(--line);padding:.35rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}td:first-child{overflow-wrap:normal}
td.n,th.n{text-align:right;white-space:nowrap}code{font:12px ui-monospace,Menlo,Consolas,monospace}ul{margin:.4rem 0;padding-left:1.2rem}
"""


def headline(page: Page, say: Translator) -> tuple[str, str]:
    """The first two sentences."""
    if not page.found.suspects:
        return say(words.NOTHING), ""
    first, *rest = page.found.suspects
    head = say(
        words.HEAD,
        service=first.service,
        kind=say(KINDS[first.kind]),
        start=moment(page.found.start),
        end=moment(page.found.end),
    )
    others = ", ".join(f"{s.service} ({s.score:.2f})" for s in rest[:3] if s.score >= 0.005)
    score = f"{first.score:.2f}"
    return head, say(words.SURE, score=score, others=others) if others else say(words.ALONE, score=score)


def _step(page: Page, say: Translator) -> str:
    first = page.found.suspects[0]
    words_ = words.STEPS[first.kind]
    return say(words_, **({"service": first.service} if words_.fields else {}))


def _cells(row: Row, say: Translator) -> tuple[str, ...]:
    def number(value: float | None) -> str:
        if value is None:
            return "–"
        return f"{value:.0%}" if row.unit == "share" else f"{value:.4g} {row.unit}".strip()

    after = f"{row.after_start:+.1f} s" if row.after_start is not None else ""
    return row.service, say(SIGNALS[row.signal]), said(row.what, say), after, number(row.before), number(row.after), row.ref


def as_html(page: Page, say: Translator) -> str:
    """One file: no scripts, nothing from outside, light and dark."""
    lead, belief = headline(page, say)
    title = say(words.TITLE, service=page.found.suspects[0].service) if page.found.suspects else say(words.NOTHING)
    lang = "zh-Hans" if say.language == "zh-CN" else "en"
    body = "\n".join(_sections(page, say)) if page.found.suspects else ""
    return (
        f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body>\n<h1>{escape(title)}</h1>\n"
        f'<p class="lead">{escape(lead)}</p>\n<p class="note">{escape(belief)}</p>\n{body}\n</body></html>\n'
    )


def _sections(page: Page, say: Translator) -> Iterator[str]:
    def section(name: str, note: str, inside: str) -> str:
        lead = f'<p class="note">{escape(note)}</p>' if note else ""
        return f"<h2>{escape(name)}</h2>{lead}{inside}"

    yield section(say(words.TIMELINE), say(words.TIMELINE_SAYS), draw.timeline(page, say))
    if page.edges:
        yield section(say(words.TOPOLOGY), say(words.TOPOLOGY_SAYS), draw.topology(page, say))
    heads = (words.SERVICE, words.SIGNAL, words.WHAT, words.DELTA, words.BEFORE, words.AFTER, words.EXAMPLE)
    numbers = {3, 4, 5}
    top = "".join(f'<th class="{"n" if i in numbers else ""}">{escape(say(h))}</th>' for i, h in enumerate(heads))
    rows = "".join(
        "<tr>"
        + "".join(f'<td class="{"n" if i in numbers else ""}">{_code(i, c)}</td>' for i, c in enumerate(_cells(r, say)))
        + "</tr>"
        for r in page.rows
    )
    yield section(say(words.EVIDENCE), "", f"<table><thead><tr>{top}</tr></thead><tbody>{rows}</tbody></table>")
    if page.slow:
        blamed = page.found.suspects[0].service
        longest = max(b.start + b.length for b in (*page.slow, *page.normal))
        both = f'<p class="note">{escape(say(words.SLOW))}</p>{draw.waterfall(page.slow, longest, blamed, say(words.SLOW))}'
        if page.normal:
            both += f'<p class="note">{escape(say(words.NORMAL))}</p>{draw.waterfall(page.normal, longest, blamed, say(words.NORMAL))}'
        yield section(say(words.WATERFALL), "", both)
    yield section(say(words.DIFFERS), "", draw.differs(page, say))
    yield section(say(words.NEXT_STEP), "", f"<p>{escape(_step(page, say))}</p>")
    names = {name: say(words_) for name, words_ in PARTS.items()}
    flaws = "".join(f"<li>{escape(warning(f, say).message)}</li>" for f in page.flaws)
    note = say(words.QUALITY_SAYS, minutes=len(page.strip[0][1]))
    yield section(say(words.QUALITY), note, draw.strip(page, names, say) + (f"<ul>{flaws}</ul>" if flaws else ""))


def _code(column: int, value: str) -> str:
    return f"<code>{escape(value)}</code>" if column == 6 and value else escape(value)


def as_markdown(page: Page, say: Translator) -> str:
    """GitHub-flavoured Markdown, for an issue or a chat."""
    lead, belief = headline(page, say)
    if not page.found.suspects:
        return lead + "\n"
    first = page.found.suspects[0]
    heads = (words.SERVICE, words.SIGNAL, words.WHAT, words.DELTA, words.BEFORE, words.AFTER, words.EXAMPLE)
    lines = [
        f"# {_md(say(words.TITLE, service=first.service))}",
        "",
        _md(lead),
        "",
        _md(belief),
        "",
        f"## {say(words.EVIDENCE)}",
        "",
    ]
    lines += ["| " + " | ".join(say(h) for h in heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(_md(c) for c in _cells(r, say)) + " |" for r in page.rows]
    hot = [e for e in sorted(page.edges, key=lambda e: -e.weight) if e.weight > 0][:8]
    if hot:
        lines += ["", f"## {say(words.TOPOLOGY)}", ""]
        lines += [f"- {_md(e.caller)} → {_md(e.callee)}: {e.before:.1f} → {e.after:.1f} ms" for e in hot]
    lines += ["", f"## {say(words.NEXT_STEP)}", "", _md(_step(page, say))]
    if page.flaws:
        lines += ["", f"## {say(words.QUALITY)}", "", *(f"- {_md(warning(f, say).message)}" for f in page.flaws)]
    return "\n".join(lines) + "\n"


def _md(value: str) -> str:
    for char in "\\`*_[]<>|#":
        value = value.replace(char, "\\" + char)
    return value.replace("\n", " ")
