"""What a probe found, said to people and programs."""

from __future__ import annotations

from typing import Final

from gomend.apps.route.decision import Decision, words
from gomend.apps.route.shapes import CertificateShape, DecisionShape, ExchangeShape, ProbeShape
from gomend.apps.route.wish import Walk
from gomend.model.base import Thing
from gomend.model.text import Translator
from gomend.modules.probing import Exchange

_ASKED: Final = words("probe.asked", "Asked for real")
_RESULT: Final = words("probe.result", "What go mod download would make of it, with an empty cache")
_FETCHED: Final = words("probe.fetched", "The module can be fetched: {server} answers.")
_FAILS: Final = words("probe.fails", "The module cannot be fetched ({cause}).")
_WAITS: Final = words("probe.waits", "go would wait for ever, without a word, for {url}")
_UNJUDGED: Final = words(
    "probe.unjudged", "A body was too large or too slow to be judged; the rest of the answer holds without it."
)
_ORIGIN: Final = words("probe.origin", "git can list the repository at {url}; what it holds was not looked at.")
_SECONDS: Final = words("probe.seconds", "{count} requests in {seconds} s")
_REACTIONS: Final = {
    "answers": words("probe.answers", "go takes it"),
    "next": words("probe.next", "go asks the next"),
    "stop": words("probe.stop", "go stops here"),
    "waits": words("probe.hangs", "no answer in {seconds} s; go itself would wait for ever"),
}
_PROBLEMS: Final = {
    "dns": words("probe.dns", "the name cannot be resolved"),
    "refused": words("probe.refused", "connection refused"),
    "connect-timeout": words("probe.connect-timeout", "no connection within {seconds} s"),
    "tls": words("probe.tls", "TLS failed: {detail}"),
    "tls-timeout": words("probe.tls-timeout", "no TLS handshake within {seconds} s"),
    "hang": words("probe.hang", "HANGS"),
    "slow": words("probe.slow", "the body trickles"),
    "reset": words("probe.reset", "the connection was closed without an answer"),
    "cut": words("probe.cut", "the body ends before its announced length"),
    "large": words("probe.large", "the body is too large to be judged"),
    "offline": words("probe.offline", "not asked: offline"),
    "other": words("probe.other", "{detail}"),
}
_KINDS: Final = {
    "info": words("probe.kind.info", "version information"),
    "mod": words("probe.kind.mod", "a go.mod"),
    "list": words("probe.kind.list", "a list of versions"),
    "zip": words("probe.kind.zip", "a zip"),
    "record": words("probe.kind.record", "a record of the checksum database"),
    "tile": words("probe.kind.tile", "a tile of the checksum database"),
    "login": words("probe.kind.login", "a login page"),
    "html": words("probe.kind.html", "a web page"),
    "empty": words("probe.kind.empty", "nothing"),
    "text": words("probe.kind.text", "plain text"),
    "other": words("probe.kind.other", "something else"),
}
_CERTIFICATE: Final = words("probe.certificate", "certificate for {names} by {issuer}, valid until {expires}: {verdict}")
_TRUSTED: Final = words("probe.trusted", "trusted")
_UNTRUSTED: Final = words("probe.untrusted", "NOT trusted ({problem})")
_REDIRECTED: Final = words("probe.redirected", "redirected to {url}")
_WITH_LOGIN: Final = words("probe.with-login", "a login was sent")
_FIRST_BYTE: Final = words("probe.first-byte", "first byte")
_VIA: Final = words("probe.via", "through the HTTP proxy {url}")


class Asked(Thing, frozen=True):
    """One request: the server that it was for, how it ended after redirects, and what go does then."""

    server: str
    url: str
    exchange: Exchange
    reaction: str
    kind: str = ""
    redirect: str | None = None
    login: bool = False


class Probed(Thing, frozen=True):
    """All requests, and the walk of the model over their answers."""

    decision: Decision
    asked: tuple[Asked, ...]
    walk: Walk
    answered_by: str
    seconds: float
    complete: bool
    repository: str = ""
    """The repository that git could list, where the origin is asked."""

    @property
    def fetchable(self) -> bool:
        """Whether go would get the module."""
        return self.walk.exit == 0

    def text(self, say: Translator) -> str:
        """For people."""
        told = [self.decision.text(say), say(_ASKED)]
        server = ""
        for one in self.asked:
            told += [f"  {one.server}"] if one.server != server else []
            server = one.server
            told += _told(one, say)
        told += ["", say(_RESULT)]
        told.append("  " + self._verdict(say))
        told += [f"    {line}" for line in self.walk.stderr.strip().splitlines()]
        if self.repository:
            told.append(f"  {say(_ORIGIN, url=self.repository)}")
        elif not self.complete:
            told.append(f"  {say(_UNJUDGED)}")
        told.append(f"  {say(_SECONDS, count=len(self.asked), seconds=f'{self.seconds:g}')}")
        return "\n".join(told) + "\n"

    def _verdict(self, say: Translator) -> str:
        if self.walk.waits:
            return say(_WAITS, url=self.walk.waits)
        if self.fetchable:
            return say(_FETCHED, server=self.answered_by)
        return say(_FAILS, cause=self.walk.cause)

    def shape(self, say: Translator) -> DecisionShape:
        """For programs."""
        import msgspec

        probe = ProbeShape(
            exchanges=tuple(_shape(one) for one in self.asked),
            requests=self.walk.requests,
            fetchable=self.fetchable,
            answered_by=self.answered_by,
            cause=self.walk.cause,
            stderr=self.walk.stderr,
            waits=self.walk.waits,
            seconds=self.seconds,
            complete=self.complete,
        )
        return msgspec.structs.replace(self.decision.shape(say), probe=probe)


def outcome(one: Asked, say: Translator) -> str:
    """How one request ended, in few words."""
    x = one.exchange
    ended = _PROBLEMS.get(x.problem)
    words_ = [str(x.status)] if x.status is not None else []
    if ended is not None:
        words_.append(say(ended, **{f: {"detail": x.detail, "seconds": f"{x.waited:g}"}[f] for f in ended.fields}))
    elif one.kind:
        words_.append(say(_KINDS[one.kind]))
    return ", ".join(words_)


def reaction(one: Asked, say: Translator) -> str:
    """What go does then."""
    said = _REACTIONS[one.reaction]
    return say(said, seconds=f"{one.exchange.waited:g}") if said.fields else say(said)


def _told(one: Asked, say: Translator) -> list[str]:
    x, t = one.exchange, one.exchange.timing
    found = [f"    GET {one.url.removeprefix(one.server.rstrip('/'))}", f"      {outcome(one, say)} → {reaction(one, say)}"]
    phases = (("DNS", t.dns), ("TCP", t.connect), ("TLS", t.tls), (say(_FIRST_BYTE), t.first_byte))
    times = [f"{name} {ms:g} ms" for name, ms in phases if ms is not None]
    more = [say(_REDIRECTED, url=one.redirect)] if one.redirect else []
    more += [say(_WITH_LOGIN)] if one.login else []
    more += [say(_VIA, url=x.via)] if x.via else []
    found.append("      " + ", ".join([*times, *more]))
    c = x.certificate
    if c is not None and (one.url.endswith((".info", "list")) or not c.trusted):
        verdict = say(_TRUSTED) if c.trusted else say(_UNTRUSTED, problem=c.problem)
        names = ", ".join(c.names[:3]) or c.subject
        found.append("      " + say(_CERTIFICATE, names=names, issuer=c.issuer, expires=c.expires[:10], verdict=verdict))
    return [line for line in found if line.strip()]


def _shape(one: Asked) -> ExchangeShape:
    x, t, c = one.exchange, one.exchange.timing, one.exchange.certificate
    certificate = None
    if c is not None:
        certificate = CertificateShape(
            issuer=c.issuer, subject=c.subject, names=c.names, expires=c.expires, trusted=c.trusted, problem=c.problem
        )
    return ExchangeShape(
        server=one.server,
        url=one.url,
        status=x.status,
        problem=x.problem,
        detail=x.detail,
        body=one.kind,
        reaction=one.reaction,
        redirect=one.redirect,
        login=one.login,
        address=x.address,
        via=x.via,
        dns_ms=t.dns,
        connect_ms=t.connect,
        tls_ms=t.tls,
        first_byte_ms=t.first_byte,
        total_ms=t.total,
        certificate=certificate,
    )
