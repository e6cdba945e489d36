"""A module proxy takes requests and does not answer; go waits for it without a word.

What it finds     A server of GOPROXY that go would come to takes a request, and no answer comes within five seconds.
Why it hurts      go has no time limit for an answer and prints nothing: builds stand still until somebody stops them. Neither ``,`` nor ``|`` passes a hang on.
Example           ``timeout 60 go mod download`` ends with 124 and an empty log.
After the fix     A server that answers comes first in GOPROXY.
Fix safety        Unsafe: another server of your own list is asked first, and learns the paths of all public modules.
How it is proved  The servers are asked again, in the new order.
References        go.dev/ref/mod#goproxy-protocol; cmd/go, web/http.go (no Timeout is set).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang.facts.env import GoEnv
from gomend.model.base import Confidence, Safety, Severity
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule
from gomend.modules import proxylist
from gomend.modules.facts.silence import Answered, Answers
from gomend.modules.proxylist import ProxyEntry

rule = Rule(
    "GM140",
    "proxy-timeout",
    severity=Severity.ERROR,
    since="0.1",
    title="{server} takes requests and does not answer",
    message="{server} was asked for {module} and gave no answer within {seconds} s. go itself would wait for ever and say nothing.",
    doc=__doc__,
    explains=("GM155",),
)


def _reached(env: GoEnv, answers: Answers) -> Iterator[tuple[ProxyEntry, Answered]]:
    """The servers that go would come to, with their answers."""
    for entry in proxylist.parse(env["GOPROXY"]).servers:
        answered = answers.of(entry.url)
        if answered is None:
            return
        yield entry, answered
        if not answered.passes(on_any=entry.falls_on_any):
            return


@rule.check
def check(env: GoEnv, answers: Answers) -> Iterator[Finding]:
    for entry, answered in _reached(env, answers):
        if answered.silent:
            others = [a.evidence() for a in answers.answered if a.about == "proxy" and a.server != answered.server]
            yield rule.finding(
                Subject(kind="server", name=entry.host),
                confidence=Confidence.HIGH,
                evidence=[answered.evidence(), *env.evidence("GOPROXY"), *others[:3]],
                server=entry.host,
                module=answers.module,
                seconds=f"{answered.seconds:g}",
            )


@rule.fix("Ask {server} first", safety=Safety.UNSAFE)
def answering_first(finding: Finding, env: GoEnv, answers: Answers) -> Mend | None:
    entries = proxylist.parse(env["GOPROXY"]).entries
    good = next((e for e in entries if e.is_server and (a := answers.of(e.url)) and a.awake), None)
    if good is None or "@" in env["GOPROXY"]:
        return None
    rest = [e for e in entries if e is not good]
    value = "".join(f"{e.url}{'|' if e.falls_on_any or e is good else ','}" for e in [good, *rest])[:-1]
    if env.origin("GOPROXY") == "go env -w" and env.settable("GOPROXY"):
        return Mend(steps=(env.set("GOPROXY", value),), parameters={"server": good.host})
    return Mend(hints=(f"export GOPROXY='{value}'",), parameters={"server": good.host})


@rule.fix("Take {server} out of GOPROXY for now", safety=Safety.MANUAL)
def without(finding: Finding, env: GoEnv) -> Mend | None:
    name = finding.subject.name
    parsed = proxylist.parse(env["GOPROXY"])
    kept = [e for e in parsed.entries if e.host != name]
    if not kept or "@" in env["GOPROXY"]:
        return Mend(hints=("go env -w 'GOPROXY=https://MIRROR.example.com,direct'",), parameters={"server": name})
    value = "".join(f"{e.url}{'|' if e.falls_on_any else ','}" for e in kept)[:-1]
    return Mend(hints=(f"go env -w 'GOPROXY={value}'",), parameters={"server": name})


_ONE, _TWO = "https://one.example.com", "https://two.example.com"


def _answers(one: Answered, two: Answered) -> Answers:
    return Answers(module="example.com/a@v1.0.0", answered=(one, two))


def _answered(server: str, status: int | None, problem: str = "") -> Answered:
    url = f"{server}/example.com/a/@v/v1.0.0.info"
    return Answered(server=server, url=url, about="proxy", status=status, problem=problem, seconds=5.0 if problem else 0.1)


_HANG = _answered(_ONE, None, "timeout")

rule.catches(
    "the first of two hangs",
    subject="one.example.com",
    goenv={"GOPROXY": f"{_ONE},{_TWO}"},
    facts=(_answers(_HANG, _answered(_TWO, 200)),),
)
rule.catches(
    "the second hangs, and go comes to it",
    subject="two.example.com",
    env={"GOPROXY": f"{_ONE}|{_TWO}"},
    facts=(_answers(_answered(_ONE, 500), _answered(_TWO, None, "timeout")),),
)
rule.passes(
    "go does not come to the one that hangs",
    goenv={"GOPROXY": f"{_TWO},{_ONE}"},
    facts=(_answers(_HANG, _answered(_TWO, 200)),),
)
rule.passes(
    "refused is an answer", goenv={"GOPROXY": _ONE}, facts=(_answers(_answered(_ONE, None, "refused"), _answered(_TWO, 200)),)
)
rule.not_applicable("there is no module to ask for")
rule.undetermined("no socket may be opened", files={"go.mod": "module m\n\nrequire example.com/a v1.0.0\n"})
