"""Formats that people open: Markdown and one self-contained HTML file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Final

from gomend.model.base import Severity
from gomend.model.finding import Finding
from gomend.model.reasons import tell
from gomend.model.rule import Rule
from gomend.model.text import Translator
from gomend.outputs import words
from gomend.outputs.run import Run, label

Rules = Mapping[str, Rule]
_ICON: Final = {Severity.ERROR: "❌", Severity.WARNING: "⚠️", Severity.INFO: "ℹ️"}


def as_markdown(run: Run, say: Translator, rules: Rules) -> str:
    """GitHub-flavoured Markdown, for a pull request comment or a job summary."""
    out = [f"# {say(words.REPORT)}: {run.config.project.module or run.config.project.root}", "", _counts(run, say), ""]
    for finding in run.findings:
        severity = say(words.SEVERITY[finding.severity])
        out += [f"## {_ICON[finding.severity]} {finding.code} {finding.slug}: {_md(say(finding.title))}", ""]
        note = f" · {say(words.EXPLAINED)}" if finding.explained_by else ""
        out += [f"{severity} · {say(words.CONFIDENCE[finding.confidence])} · `{_place(finding)}`{note}", ""]
        out += [_md(say(finding.message)), ""]
        for evidence in finding.evidence:
            out += [f"- {_md(label(evidence))}", "", *_fenced(evidence.quote, "", "  "), ""]
        for fix in finding.fixes:
            out += [f"**{say(words.FIX)}** {_md(say(fix.title))} _{say(words.SAFETY[fix.safety])}_", ""]
            out += [*_fenced("\n".join(fix.shell), "sh"), ""] if fix.shell else []
    if run.outcome is not None:
        text = words.OUTCOME[run.outcome.kind]
        out += [f"**{_md(say(text, **({'reason': run.outcome.reason} if text.fields else {})))}**", ""]
    if run.summary.undetermined:
        out += [f"{say(words.UNDETERMINED)}", ""]
        out += [f"- {v.code}: {_md(tell(say, v.reason))}" for v in run.summary.undetermined]
    return "\n".join(out).rstrip() + "\n"


def _counts(run: Run, say: Translator) -> str:
    s = run.summary
    if not run.findings:
        return say(words.CLEAN, clean=s.clean)
    return say(words.COUNTS, error=s.error, warning=s.warning, info=s.info, clean=s.clean)


def _place(finding: Finding) -> str:
    subject = finding.subject
    return f"{subject.path}:{subject.line}" if subject.path and subject.line else subject.path or subject.name


def _md(value: str) -> str:
    for char in "\\`*_[]<>|#":
        value = value.replace(char, "\\" + char)
    return value


def _fenced(value: str, language: str, indent: str = "") -> list[str]:
    fence = "```"
    while fence in value:
        fence += "`"
    return [indent + line for line in (fence + language, *value.split("\n"), fence)]


_STYLE: Final = """
:root{color-scheme:light dark;--line:#d0d7de;--soft:#f6f8fa;--err:#cf222e;--warn:#9a6700;--info:#0969da;--ok:#1a7f37;--ink:#1f2328;--dim:#59636e;--page:#fff}
@media(prefers-color-scheme:dark){:root{--line:#3d444d;--soft:#151b23;--err:#ff7b72;--warn:#d29922;--info:#58a6ff;--ok:#3fb950;--ink:#f0f6fc;--dim:#9198a1;--page:#0d1117}}
*{box-sizing:border-box}body{margin:0 auto;max-width:60rem;padding:2rem 1.25rem;font:16px/1.55 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;color:var(--ink);background:var(--page)}
h1{font-size:1.5rem;margin:0 0 .25rem}header p{color:var(--dim);margin:.1rem 0}
article{border:1px solid var(--line);border-left:.3rem solid var(--c);border-radius:.5rem;padding:1rem 1.25rem;margin:1.25rem 0}
article.child{margin-left:2rem}article.error{--c:var(--err)}article.warning{--c:var(--warn)}article.info{--c:var(--info)}
h2{font-size:1.05rem;margin:0 0 .25rem}.tag{color:var(--c);font-weight:600}.meta{color:var(--dim);font-size:.875rem;margin:.2rem 0 .6rem}
dl{margin:.5rem 0}dt{color:var(--dim);font-size:.8125rem;margin-top:.5rem}dd{margin:0}
pre,code{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}pre{background:var(--soft);border:1px solid var(--line);border-radius:.375rem;padding:.5rem .75rem;overflow-x:auto;margin:.25rem 0;white-space:pre-wrap;overflow-wrap:anywhere}
.fix{border-top:1px solid var(--line);margin-top:.75rem;padding-top:.6rem}.fix b{color:var(--ok)}
.outcome{border:1px solid var(--line);border-radius:.5rem;padding:.75rem 1.25rem;font-weight:600}
"""


def as_html(run: Run, say: Translator, rules: Rules) -> str:
    """One file without scripts or outside resources; light and dark."""
    project = run.config.project
    name = project.module or project.root
    body = [
        f"<header><h1>{escape(say(words.REPORT))}</h1><p><strong>{escape(name)}</strong> {escape(project.go)}</p>",
        f"<p>{escape(_counts(run, say))}</p></header>",
    ]
    body += [_article(f, say, rules) for f in run.findings]
    if run.outcome is not None:
        text = words.OUTCOME[run.outcome.kind]
        said = say(text, **({"reason": run.outcome.reason} if text.fields else {}))
        body.append(f'<p class="outcome">{escape(said)}</p>')
    if run.summary.undetermined:
        items = "".join(f"<li>{v.code}: {escape(tell(say, v.reason))}</li>" for v in run.summary.undetermined)
        body.append(f"<h2>{escape(say(words.UNDETERMINED))}</h2><ul>{items}</ul>")
    lang = "zh-Hans" if say.language == "zh-CN" else "en"
    return (
        f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(say(words.REPORT))}: {escape(name)}</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def _prose(value: str) -> str:
    """Text of a rule's page as HTML: ``words`` between double backticks are code."""
    return re.sub(r"``(.+?)``", r"<code>\1</code>", escape(value))


def _article(finding: Finding, say: Translator, rules: Rules) -> str:
    evidence = "".join(f"<dt>{escape(label(e))}</dt><dd><pre>{escape(e.quote)}</pre></dd>" for e in finding.evidence)
    fixes = "".join(
        f'<div class="fix"><b>{escape(say(words.FIX))}</b> {escape(say(x.title))} <span class="meta">'
        f"{escape(say(words.SAFETY[x.safety]))}</span>"
        + "".join(f"<pre>{escape(command)}</pre>" for command in x.shell)
        + "</div>"
        for x in finding.fixes
    )
    rule = rules.get(finding.code)
    why = f"<p>{_prose(say(rule.sections['Why it hurts']))}</p>" if rule else ""
    child = " child" if finding.explained_by else ""
    note = f" · {escape(say(words.EXPLAINED))}" if finding.explained_by else ""
    return (
        f'<article class="{finding.severity}{child}" id="{finding.fingerprint}">'
        f'<h2><span class="tag">{finding.code}</span> {escape(say(finding.title))}</h2>'
        f'<p class="meta">{escape(say(words.SEVERITY[finding.severity]))} · {escape(finding.slug)} · '
        f"{escape(say(words.CONFIDENCE[finding.confidence]))} · <code>{escape(_place(finding))}</code>{note}</p>"
        f"<p>{escape(say(finding.message))}</p>{why}<dl>{evidence}</dl>{fixes}</article>"
    )
