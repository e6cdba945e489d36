"""How symptom rules speak: one finding per server or module, with go's own line and the settings that bear on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from gomend.golang.facts.env import GoEnv
from gomend.model.base import Confidence, Severity
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Rule
from gomend.modules import proxylist
from gomend.modules.symptoms.go import GoSymptoms, Symptom, server_of
from gomend.modules.symptoms.kinds import Kind

Env = GoEnv | Absent | Unknown


def about_modules(
    rule: Rule,
    told: GoSymptoms,
    *kinds: Kind,
    where: Callable[[Symptom], bool] = lambda _: True,
    evidence: Iterable[Evidence] = (),
    confidence: Confidence = Confidence.MEDIUM,
    severity: Severity | None = None,
) -> Iterator[Finding]:
    """One finding per module (or package) that symptoms of these kinds name.

    Texts may use ``{target}``, ``{module}``, ``{server}``, ``{status}``, ``{url}`` and ``{detail}``.
    """
    groups: dict[str, list[Symptom]] = {}
    for symptom in told.of(*kinds):
        if where(symptom):
            groups.setdefault(symptom.subject or symptom.server or "go", []).append(symptom)
    for name, group in groups.items():
        yield _finding(rule, "module", name, group, tuple(evidence), confidence, severity)


def about_servers(
    rule: Rule, told: GoSymptoms, env: Env, *kinds: Kind, where: Callable[[Symptom], bool] = lambda _: True
) -> Iterator[Finding]:
    """One finding per server; sure if this machine's GOPROXY names it."""
    groups: dict[str, list[Symptom]] = {}
    for symptom in told.of(*kinds):
        if where(symptom):
            groups.setdefault(symptom.server or symptom.subject or "go", []).append(symptom)
    for name, group in groups.items():
        known = isinstance(env, GoEnv) and name in servers(env)
        evidence = env.evidence("GOPROXY") if isinstance(env, GoEnv) and known else ()
        confidence = Confidence.HIGH if known else Confidence.MEDIUM
        yield _finding(rule, "server", name, group, evidence, confidence, None)


def servers(env: GoEnv) -> frozenset[str]:
    """Hosts (with ports) of GOPROXY."""
    return frozenset(server_of(e.url) for e in proxylist.parse(env["GOPROXY"]).servers)


def stops_at(env: Env, server: str) -> str:
    """GOPROXY with every comma turned into ``|``, if a comma after ``server`` keeps an error from passing on; else empty."""
    if not isinstance(env, GoEnv):
        return ""
    entries = proxylist.parse(env["GOPROXY"]).entries
    at = next((i for i, e in enumerate(entries) if e.is_server and server_of(e.url) == server), None)
    if at is None or at + 1 >= len(entries) or entries[at].falls_on_any:
        return ""
    return env["GOPROXY"].replace(",", "|")


def pass_on_hints(env: Env, server: str) -> tuple[str, ...]:
    """What to type so that the next entry of the list is asked, if there is one that the comma hides."""
    value = stops_at(env, server)
    return (f"go env -w 'GOPROXY={value}'",) if value else ()


def _finding(
    rule: Rule,
    kind: str,
    name: str,
    group: list[Symptom],
    evidence: tuple[Evidence, ...],
    confidence: Confidence,
    severity: Severity | None,
) -> Finding:
    first = group[0]
    fields = rule.title.fields | rule.message.fields
    values = {
        "target": first.subject or name,
        "module": first.module or name,
        "server": first.server or name,
        "status": first.status or "?",
        "url": first.url or name,
        "detail": first.detail,
    }
    return rule.finding(
        Subject(kind=kind, name=name),
        evidence=[*(s.evidence for s in group[:3]), *evidence],
        confidence=confidence,
        severity=severity,
        **{field: str(values[field]) for field in sorted(fields)},
    )
