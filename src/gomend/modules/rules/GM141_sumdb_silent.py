"""The checksum database takes requests and does not answer; go waits for it without a word.

What it finds     The lookup in the checksum database, by the way that go takes, gets no answer within five seconds.
Why it hurts      The module itself has arrived, but go has no time limit for the check and prints nothing. The proxy that offers the database decides for the whole run.
Example           ``timeout 60 go mod download`` ends with 124, and the proxy's log shows .info and .mod with 200.
After the fix     The database answers, or GOSUMDB names a place that does; sums stay verified.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The database is asked again and answers.
References        go.dev/ref/mod#checksum-database; cmd/go, modfetch/sumdb.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang.facts.env import GoEnv
from gomend.model.base import Confidence, Safety, Severity
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule
from gomend.modules import proxylist
from gomend.modules.facts.silence import Answered, Answers

rule = Rule(
    "GM141",
    "sumdb-timeout",
    severity=Severity.ERROR,
    since="0.1",
    title="The checksum database at {server} takes requests and does not answer",
    message="{server} was asked for the sums of {module} and gave no answer within {seconds} s. go itself would wait for ever and say nothing.",
    doc=__doc__,
    explains=("GM155", "GM176"),
)


@rule.check
def check(env: GoEnv, answers: Answers) -> Iterator[Finding]:
    found = answers.database
    proxies = [a for a in answers.answered if a.about == "proxy"]
    if found is None or not found.silent or any(a.silent for a in proxies):
        return  # a proxy that is silent stops go before it comes to the sums
    yield rule.finding(
        Subject(kind="server", name=found.server),
        confidence=Confidence.HIGH,
        evidence=[found.evidence(), *env.evidence("GOSUMDB", "GOPROXY"), *(a.evidence() for a in proxies[:2])],
        server=found.server,
        module=answers.module,
        seconds=f"{found.seconds:g}",
    )


@rule.fix("Let the sums be checked at a place that answers", safety=Safety.MANUAL)
def elsewhere(finding: Finding, env: GoEnv) -> Mend | None:
    del finding
    name = env["GOSUMDB"].split()[0]
    others = [e.url for e in proxylist.parse(env["GOPROXY"]).servers if "@" not in e.url]
    hints = [f"go env -w 'GOSUMDB={name} https://MIRROR.example.com'"]
    if len(others) > 1:
        hints.append(f"curl -m 5 {others[1].rstrip('/')}/sumdb/{name.partition('+')[0]}/supported")
    return Mend(hints=tuple(hints))


def _answered(about: str, status: int | None, problem: str = "") -> Answered:
    url = "https://one.example.com/sumdb/sum.example.com/lookup/example.com/a@v1.0.0"
    return Answered(server="https://one.example.com", url=url, about=about, status=status, problem=problem, seconds=5.0)


def _answers(*answered: Answered) -> Answers:
    return Answers(module="example.com/a@v1.0.0", answered=answered)


_ENV = {"GOPROXY": "https://one.example.com,https://two.example.com"}

rule.catches("the lookup hangs", goenv=_ENV, facts=(_answers(_answered("proxy", 200), _answered("sumdb", None, "timeout")),))
rule.passes("it answers", goenv=_ENV, facts=(_answers(_answered("proxy", 200), _answered("sumdb", 200)),))
rule.passes("it refuses", goenv=_ENV, facts=(_answers(_answered("proxy", 200), _answered("sumdb", 403)),))
rule.passes(
    "the proxy itself hangs",
    goenv=_ENV,
    facts=(_answers(_answered("proxy", None, "timeout"), _answered("sumdb", None, "timeout")),),
)
rule.not_applicable("there is no module to ask for")
rule.undetermined("no socket may be opened", files={"go.mod": "module m\n\nrequire example.com/a v1.0.0\n"})
