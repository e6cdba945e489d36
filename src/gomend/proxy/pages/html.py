"""HTML, written so that nothing from elsewhere is ever markup: all text goes through :func:`escape`."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from html import escape as _escape
from typing import Final

STYLE: Final = """
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5d6b7c;--line:#dde3ea;--back:#f6f8fa;--card:#fff;--link:#00758d;--bad:#b3261e;--good:#1a7f4b;--warn:#8a5a00}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#97a3b3;--line:#2c3542;--back:#11161d;--card:#181f29;--link:#5ac8db;--bad:#ff8a80;--good:#6fd39b;--warn:#e8b75a}}
*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--ink);font:15px/1.55 system-ui,"Noto Sans CJK SC",sans-serif}
header{background:var(--card);border-bottom:1px solid var(--line)}header>div,main{max-width:1080px;margin:0 auto;padding:14px 20px}
header>div{display:flex;gap:22px;align-items:baseline;flex-wrap:wrap}header b{font-size:17px}header .end{margin-left:auto}
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}a[aria-current]{color:var(--ink);font-weight:600}
h1{font-size:22px;margin:18px 0 6px;overflow-wrap:anywhere}h2{font-size:16px;margin:26px 0 8px}p{margin:8px 0}.soft{color:var(--soft)}
.wide{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:8px}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:8px 12px;border-top:1px solid var(--line);vertical-align:top}thead th{border:0;color:var(--soft);font-weight:600;font-size:13px;white-space:nowrap}
td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}th.n{text-align:right}code,pre,.m{font:13px/1.5 ui-monospace,"SF Mono",Consolas,monospace}
.m{overflow-wrap:anywhere}td>.m{display:inline-block;min-width:14em}pre{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px;overflow-x:auto;margin:8px 0}
.bad{color:var(--bad)}.good{color:var(--good)}.warn{color:var(--warn)}.s{white-space:nowrap}form{display:flex;gap:8px;margin:14px 0}
input{flex:1;min-width:0;padding:8px 12px;border:1px solid var(--line);border-radius:8px;background:var(--card);color:inherit;font:inherit}
button{padding:8px 16px;border:0;border-radius:8px;background:var(--link);color:var(--card);font:inherit;font-weight:600}
""".replace("\n", "")
"""All of the style; the policy names its hash, so that no other style is taken."""
_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS: Final = (
    "Content-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
    f"Content-Security-Policy: default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\n"
    "Referrer-Policy: no-referrer\r\n"
)
"""Header lines of every page."""


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def escape(value: object) -> Markup:
    """Anything as HTML that shows it."""
    return value if isinstance(value, Markup) else Markup(_escape(str(value)))


def tag(name: str, *inside: object, **attributes: str) -> Markup:
    """An element; an attribute's name may end in ``_`` (``class_``)."""
    given = "".join(f' {key.rstrip("_").replace("_", "-")}="{_escape(value)}"' for key, value in attributes.items())
    return Markup(f"<{name}{given}>{''.join(escape(part) for part in inside)}</{name}>")


def joined(parts: Iterable[object], between: str = "") -> Markup:
    """Parts in a row."""
    return Markup(_escape(between).join(escape(part) for part in parts))


def table(heads: Iterable[object], rows: Iterable[Iterable[object]], numbers: frozenset[int] = frozenset()) -> Markup:
    """A table; the columns in ``numbers`` stand at the right."""

    def cells(name: str, row: Iterable[object]) -> Markup:
        return tag("tr", *(tag(name, cell, **({"class_": "n"} if i in numbers else {})) for i, cell in enumerate(row)))

    named = list(heads)
    head = tag("thead", cells("th", named)) if named else ""
    return tag("div", tag("table", head, tag("tbody", *(cells("td", row) for row in rows))), class_="wide")


def page(language: str, title: str, head: Markup, body: Markup) -> bytes:
    """A whole page."""
    start = (
        f'<!doctype html><html lang="{_escape(language)}"><head><meta charset="utf-8"><title>{_escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
    )
    whole = tag("body", tag("header", tag("div", head)), tag("main", body))
    return f"{start}{whole}</html>\n".encode("utf-8", "replace")
