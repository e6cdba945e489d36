"""The set-up of a server from the command line and its file, checked before anything starts."""

from __future__ import annotations

import importlib.util
import os
import re
import tomllib
import urllib.parse
from typing import Any, Final

import msgspec

from gomend.golang import signing, sumdb, verifier
from gomend.golang.signing import Signer
from gomend.golang.sumdb import Verifier
from gomend.model.redact import redact
from gomend.model.text import Said, Text, say, text
from gomend.ports.processes import Cmd, RealRunner
from gomend.proxy import evict
from gomend.proxy.behind import Behind
from gomend.proxy.hot.secure import context
from gomend.proxy.policy import licences
from gomend.proxy.policy.rules import setup_problem
from gomend.proxy.serving import split_upstreams
from gomend.proxy.settings import Setup

ADDRESS: Final = text("proxy.bad.address", "{value} is no HOST:PORT such as 127.0.0.1:8080.")
NO_STORE: Final = text("proxy.bad.no-store", 'Say where to keep modules: --store DIR, or store = "DIR" in the file.')
NO_UPSTREAM: Final = text(
    "proxy.bad.no-upstream",
    'Say where modules come from: --upstream URL (may be repeated), or upstreams = ["URL"] in the file.',
)
UPSTREAM: Final = text("proxy.bad.upstream", "{value} is no upstream: write https://HOST, http://HOST or file:///FOLDER.")
FOLDER: Final = text("proxy.bad.folder", "The upstream {value} is no folder here.")
FILE: Final = text("proxy.bad.file", "{file}: {reason}")
SUMDB: Final = text("proxy.bad.sumdb", "{value} is no checksum database: {reason}. Write NAME, NAME+KEY or off.")
NO_USERS: Final = text("proxy.bad.no-users", "access.mode is {mode}, but nobody is named under [[access.users]].")
NO_DIGEST: Final = text(
    "proxy.bad.no-digest",
    "sha256 of the user {name} is no SHA-256: write what printf %s SECRET | sha256sum prints, 64 hexadecimal digits.",
)
NO_AUTHORITY: Final = text(
    "proxy.bad.no-authority", "access.mode is mtls: clients' certificates need tls.cert, tls.key and tls.client-ca."
)
NO_SUBJECT: Final = text(
    "proxy.bad.no-subject",
    "access.mode is mtls, and the user {name} has no subject: write the CN, DNS name, URI or e-mail of the certificate.",
)
NO_TOKENS: Final = text("proxy.bad.no-tokens", "Tokens of issuers need the mode basic or bearer; access.mode is {mode}.")
ISSUER: Final = text("proxy.bad.issuer", "{value} is no URL of an issuer: write https://HOST.")
NO_CLAIMS: Final = text(
    "proxy.bad.no-claims",
    "The issuer {value} needs an audience, and rules that each name claims: anybody can get a token from a public issuer.",
)
CERTIFICATE: Final = text("proxy.bad.tls", "tls.cert ({cert}) and tls.key ({key}) cannot be used: {reason}")
NAMES: Final = text(
    "proxy.bad.names", "The keys under sign belong to different databases: {names}. Keys that follow each other have one name."
)
GIT: Final = text("proxy.bad.git", "{value} is no git repository that can be asked: write https://, ssh:// or USER@HOST:PATH.")
OSV: Final = text(
    "proxy.bad.osv", "vulnerabilities.database cannot be used: {reason}. It is a folder or a zip of OSV records in JSON."
)
HOOK: Final = text(
    "proxy.bad.hook",
    "hook has both a url and a program, or a url that is not https:// or http:// ({value}): write one of them.",
)
MODE: Final = text(
    "proxy.bad.mode",
    "Modules that match {pattern} have the mode {mode}, but there is nowhere to send clients: give the rule a url, or an upstream without "
    "credentials that speaks http.",
)
BLIND: Final = text(
    "proxy.bad.blind",
    "Modules that match {pattern} have the mode {mode}: clients would get zips elsewhere, and no licence of those can be looked at. "
    "Leave out filters.licences, or let the proxy fetch them (sync).",
)
LICENCE: Final = text(
    "proxy.bad.licence", "{value} under filters.licences is no licence that is recognised; these are: {known}, unknown, none."
)
SIZE: Final = text("proxy.bad.size", "{value} is no size such as 50GB or 800MB.")
BEHIND: Final = text("proxy.bad.behind", "behind.url {value} cannot be used: {reason}")
LOST_TREE: Final = text(
    "proxy.bad.lost-tree",
    "sign needs a store on a disk that stays, shared by all servers if there are several: the signed tree must not be lost or grow in two "
    "ways. It cannot be used with a store in memory, or one behind.",
)
TRACES: Final = text("proxy.bad.traces", "traces.endpoint {value} is no URL such as http://localhost:4318/v1/traces.")
NO_OTEL: Final = text("proxy.bad.no-otel", "traces.endpoint needs more packages: pip install 'gomend[proxy,otel]'.")
NUMBER: Final = text("proxy.bad.number", "{name} must not be less than {least}, and is {value}.")


_GIT: Final = re.compile(r"(?:https|ssh|file)://[^\s]+|[\w.-]+@[\w.-]+:[^\s]+")


class SetupError(Exception):
    """The set-up cannot work; ``said`` says what, where and what to do."""

    def __init__(self, words: Text, **parameters: object) -> None:
        """Bind the words."""
        self.said: Said = say(words, **parameters)
        super().__init__(self.said.id)


def from_file(path: str) -> Setup:
    """The set-up of a TOML file.

    Raises:
        SetupError: it cannot be read, or has a key or value that it may not have.
    """
    try:
        with open(path, "rb") as file:
            raw = tomllib.load(file)
    except OSError as error:
        raise SetupError(FILE, file=path, reason=error.strerror or str(error)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SetupError(FILE, file=path, reason=str(error)) from None
    try:
        return msgspec.convert(_spelt(raw), Setup)
    except msgspec.ValidationError as error:
        raise SetupError(FILE, file=path, reason=str(error).replace("_", "-")) from None


def combined(config: str | None, given: dict[str, Any], database: str | None, *, alone: bool = False) -> Setup:
    """The file's set-up with what the command line says put over it, checked; ``alone``: no upstream is needed.

    Raises:
        SetupError: it cannot work.
    """
    base = from_file(config) if config else Setup()
    changes = {name: value for name, value in given.items() if value not in (None, ())}
    if database is not None:
        changes["sumdb"] = msgspec.structs.replace(base.sumdb, name=database)
    setup = msgspec.structs.replace(base, **changes)
    check(setup, alone=alone)
    return setup


def check(setup: Setup, *, alone: bool = False) -> None:
    """Whether a server could start with it; ``alone``: also without upstreams.

    Raises:
        SetupError: it could not.
    """
    address(setup.listen)
    if not setup.store:
        raise SetupError(NO_STORE)
    urls = [url for url, _ in split_upstreams(setup.upstreams)]
    if not alone and not urls and not setup.git and not setup.filters.direct:
        raise SetupError(NO_UPSTREAM)
    for url in urls:
        _upstream(url)
    for rule in setup.git:
        if not _GIT.fullmatch(rule.url):
            raise SetupError(GIT, value=redact(rule.url))
    signers(setup)
    _rules(setup, urls)
    _storage(setup)
    name = setup.sumdb.name
    if name not in {"auto", "off"}:
        problem = verifier.key_problem(name) if "+" in name else ("" if "." in name else "no such name")
        if problem:
            raise SetupError(SUMDB, value=name, reason=problem)
    if setup.tls.cert or setup.tls.key:
        try:
            context(setup.tls.cert, setup.tls.key, setup.tls.client_ca)
        except OSError as error:
            raise SetupError(CERTIFICATE, cert=setup.tls.cert, key=setup.tls.key, reason=str(error)) from None
    _access(setup)
    _traces(setup.traces.endpoint)
    for name, value, least in (
        ("times.fresh", setup.times.fresh, 0),
        ("times.stale", setup.times.stale, 0),
        ("times.absent", setup.times.absent, 0),
        ("times.drain", setup.times.drain, 0),
        ("times.answer", setup.times.answer, 0.1),
        ("times.idle", setup.times.idle, 0.1),
        ("filters.min-age", setup.filters.min_age, 0),
        ("evict.age", setup.evict.age, 0),
        ("evict.unused", setup.evict.unused, 0),
        ("hook.timeout", setup.hook.timeout, 0.1),
        ("hook.keep", setup.hook.keep, 0),
        ("access.rate", setup.access.rate, 0),
        ("access.burst", setup.access.burst, 1),
        ("limits.fetches", setup.limits.fetches, 1),
        ("limits.queue", setup.limits.queue, 1),
        ("limits.workers", setup.limits.workers, 0),
    ):
        if value < least:
            raise SetupError(NUMBER, name=name, least=least, value=value)


def _rules(setup: Setup, urls: list[str]) -> None:
    """What may be served, and from where."""
    if reason := setup_problem(setup):
        raise SetupError(OSV, reason=reason)
    hook = setup.hook
    if hook.url and (hook.program or not hook.url.startswith(("https://", "http://"))):
        raise SetupError(HOOK, value=redact(hook.url))
    open_ = any(url.startswith("http") and "@" not in url for url in urls)
    for rule in setup.modes:
        if rule.mode not in {"redirect", "async_redirect"}:
            continue
        if not rule.url and not open_:
            raise SetupError(MODE, pattern=rule.pattern, mode=rule.mode)
        if rule.url:
            _upstream(rule.url)
        if setup.filters.licences:
            raise SetupError(BLIND, pattern=rule.pattern, mode=rule.mode)
    known = licences.known() if setup.filters.licences else ()
    for value in setup.filters.licences:
        if value not in known:
            raise SetupError(
                LICENCE, value=value, known=", ".join(n for n in known if n not in {licences.UNKNOWN, licences.NONE})
            )


def _access(setup: Setup) -> None:
    """Who may read."""
    access = setup.access
    if access.mode != "none" and not access.users and not access.issuers:
        raise SetupError(NO_USERS, mode=access.mode)
    if access.mode == "mtls" and not (setup.tls.cert and setup.tls.client_ca):
        raise SetupError(NO_AUTHORITY)
    if access.mode in {"none", "mtls"} and access.issuers:
        raise SetupError(NO_TOKENS, mode=access.mode)
    for user in access.users:
        if access.mode == "mtls" and not user.subject:
            raise SetupError(NO_SUBJECT, name=user.name)
        if access.mode != "mtls" and not re.fullmatch(r"[0-9a-fA-F]{64}", user.sha256):
            raise SetupError(NO_DIGEST, name=user.name)
    for issuer in access.issuers:
        for url in (issuer.url, issuer.keys):
            if url and not url.startswith(("https://", "http://")):
                raise SetupError(ISSUER, value=redact(url))
        if not issuer.audience or not issuer.rules or not all(rule.claims for rule in issuer.rules):
            raise SetupError(NO_CLAIMS, value=redact(issuer.url))


def _traces(endpoint: str) -> None:
    """Where traces go."""
    if not endpoint:
        return
    if not endpoint.startswith(("https://", "http://")):
        raise SetupError(TRACES, value=redact(endpoint))
    if importlib.util.find_spec("opentelemetry") is None:
        raise SetupError(NO_OTEL)


def _storage(setup: Setup) -> None:
    """Where modules are kept, and for how long."""
    try:
        evict.bytes_of(setup.evict.size)
    except ValueError:
        raise SetupError(SIZE, value=setup.evict.size) from None
    if setup.behind.url:
        try:
            Behind(setup.behind)
        except ValueError as error:
            raise SetupError(BEHIND, value=redact(setup.behind.url), reason=str(error)) from None
    if setup.sign and (setup.behind.url or setup.store == "memory"):
        raise SetupError(LOST_TREE)


def signers(setup: Setup) -> tuple[Signer, ...]:
    """The keys of the server's own checksum database.

    Raises:
        SetupError: a file cannot be read, or has no key in it; or the keys are of databases with different names.
    """
    keys = []
    for path in setup.sign:
        try:
            with open(path, encoding="utf-8") as file:
                keys.append(signing.read(file.read()))
        except OSError as error:
            raise SetupError(FILE, file=path, reason=error.strerror or str(error)) from None
        except (sumdb.SumDBError, UnicodeDecodeError) as error:
            raise SetupError(FILE, file=path, reason=str(error)) from None
    if len({key.name for key in keys}) > 1:
        raise SetupError(NAMES, names=", ".join(sorted({key.name for key in keys})))
    return tuple(keys)


async def database(setup: Setup) -> Verifier | None:
    """Who must vouch: the key given, or the one that the go command here has built in; None if nobody.

    Raises:
        SetupError: it is named, and its key is not known.
    """
    name = setup.sumdb.name
    if name == "off":
        return None
    if "+" in name:
        return sumdb.verifier(name)
    done = await RealRunner(os.environ).run(Cmd(argv=("go", "env", "GOROOT"), cwd="/"))
    known = verifier.known_keys(done.stdout.strip()) if done.ok else {}
    key = next(iter(known.values()), None) if name == "auto" else known.get(name)
    if key is None and name != "auto":
        raise SetupError(SUMDB, value=name, reason="no go command here knows its key")
    return sumdb.verifier(key) if key else None


def address(value: str) -> tuple[str, int]:
    """Host and port of ``HOST:PORT``.

    Raises:
        SetupError: it is none.
    """
    host, _, port = value.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise SetupError(ADDRESS, value=value)
    return host.strip("[]"), int(port)


def _upstream(url: str) -> None:
    try:
        parts = urllib.parse.urlsplit(url)
        fine = bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise SetupError(UPSTREAM, value=redact(url)) from None
    if parts.scheme == "file" and not parts.netloc and parts.path:
        if not os.path.isdir(urllib.parse.unquote(parts.path)):
            raise SetupError(FOLDER, value=url)
    elif parts.scheme not in {"http", "https"} or not fine or parts.query or parts.fragment:
        raise SetupError(UPSTREAM, value=redact(url))


def _spelt(raw: Any) -> Any:
    """Keys as the file spells them (``access-log``) to those of the types (``access_log``)."""
    if isinstance(raw, dict):
        return {str(key).replace("-", "_"): _spelt(value) for key, value in raw.items()}
    return raw
