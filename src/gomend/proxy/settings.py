"""How a server is set up. One TOML file; every value has a default that is right for a team."""

from __future__ import annotations

from typing import Literal

from gomend.model.base import Thing


class Times(Thing, frozen=True):
    """Seconds.

    ``fresh``: a list or @latest is not asked for again; ``stale``: it is still answered at once while a new one is
    fetched; ``absent``: a 404 is remembered; ``drain``: open requests have at the end; ``answer``: an upstream has until its
    answer starts; ``idle``: a body may stand still.
    """

    fresh: float = 60.0
    stale: float = 600.0
    absent: float = 20.0
    drain: float = 20.0
    answer: float = 10.0
    idle: float = 5.0


class Limits(Thing, frozen=True):
    """``fetches``: files fetched at once; ``queue``: files that may wait for it, before 503; ``workers``: hot processes (0: one a CPU)."""

    fetches: int = 64
    queue: int = 4096
    workers: int = 0


class SumDB(Thing, frozen=True):
    """Who vouches.

    ``name`` is ``auto`` (the usual one, if an upstream stands before it), ``off``, or NAME or NAME+KEY, which is then required.
    ``skip`` are patterns of modules that it does not know, as in GONOSUMDB; ``url``: where it is, if no upstream stands before it.
    """

    name: str = "auto"
    url: str = ""
    skip: str = ""


class TLS(Thing, frozen=True):
    """PEM files; ``cert`` and ``key``, or none. ``client_ca`` are authorities of clients' certificates. Read again at a SIGHUP."""

    cert: str = ""
    key: str = ""
    client_ca: str = ""


class User(Thing, frozen=True):
    """Somebody who may read modules that match ``read`` (patterns as in GOPRIVATE; ``*`` is all).

    ``sha256`` is of the secret; ``subject`` is a name in the client's certificate (CN, DNS name, URI or e-mail).
    """

    name: str
    sha256: str = ""
    read: str = "*"
    subject: str = ""


class TokenRule(Thing, frozen=True):
    """What a token may ``read`` if its ``claims`` fit these globs: ``repository_owner = "corp"``, ``ref = "refs/heads/*"``."""

    claims: dict[str, str]
    read: str = "*"


class Issuer(Thing, frozen=True):
    """Who signs tokens: its ``url`` (the claim ``iss``), the ``audience`` that tokens must be for, and where its ``keys`` are (empty: asked).

    A token may be given as bearer, or as the password of any name: go only knows the latter, from .netrc.
    """

    url: str
    audience: str
    rules: tuple[TokenRule, ...]
    keys: str = ""


class Access(Thing, frozen=True):
    """``mode`` is how clients say who they are; ``public`` are patterns of modules that need no credentials.

    ``rate``: requests a second that one user, or one address without credentials, may make (0: any number), ``burst`` of them at once.
    """

    mode: Literal["none", "basic", "bearer", "mtls"] = "none"
    users: tuple[User, ...] = ()
    public: str = ""
    issuers: tuple[Issuer, ...] = ()
    rate: float = 0.0
    burst: int = 200


class Filters(Thing, frozen=True):
    """Patterns of modules that are refused (``deny``), and of those that alone are served (``allow``, empty: all).

    ``direct`` are asked of the git repository that they lie in, and of no upstream. ``min_age``: days that a version must be
    old before it is fetched or listed; most that were published to harm are found out by then. ``licences``: SPDX names that a
    module's licence files must all have, besides ``unknown`` and ``none``; empty: any.
    """

    allow: str = ""
    deny: str = ""
    direct: str = ""
    min_age: float = 0.0
    licences: tuple[str, ...] = ()


class Vulnerabilities(Thing, frozen=True):
    """``database`` is a folder or zip of OSV records on this machine.

    Versions that it knows something against are refused, and not listed, or only told of in a header (``mode``); ``ignore`` are names of records.
    """

    database: str = ""
    mode: Literal["refuse", "tell"] = "refuse"
    ignore: tuple[str, ...] = ()


class Hook(Thing, frozen=True):
    """Who is asked about each version of modules that match ``pattern``: a ``url`` or a ``program``. Seconds: ``timeout``, ``keep``."""

    url: str = ""
    program: tuple[str, ...] = ()
    pattern: str = "*"
    timeout: float = 5.0
    keep: float = 600.0


class ModeRule(Thing, frozen=True):
    """How modules that match ``pattern`` are had when they are not in the store; the first rule that matches counts.

    ``sync``: fetched, then answered; ``async``: 404, and fetched meanwhile; ``redirect``: the client is sent to ``url``, or to an
    upstream; ``async_redirect``: that, and fetched meanwhile; ``none``: 404.
    """

    pattern: str
    mode: Literal["sync", "async", "redirect", "async_redirect", "none"]
    url: str = ""


class Behind(Thing, frozen=True):
    """A store that several servers share, behind the folder of each: ``url`` is ``s3://BUCKET/PREFIX`` or another one that obstore knows.

    ``endpoint`` and ``region`` are for what speaks like S3; credentials come from the environment (``AWS_ACCESS_KEY_ID`` …), never from the file.
    """

    url: str = ""
    endpoint: str = ""
    region: str = ""


class Evict(Thing, frozen=True):
    """What may be removed from the store on disk. 0 or empty: no limit.

    Versions above ``size`` in all (``50GB``; those unused longest go first), of more ``age`` than so many days, or ``unused`` for so many.
    ``pinned`` are patterns of modules that stay. Private modules stay too (those of git repositories, and those that the checksum
    database does not know, ``sumdb.skip``), for their source may be gone; ``private`` gives them up.
    """

    size: str = ""
    age: float = 0.0
    unused: float = 0.0
    pinned: str = ""
    private: bool = False


class Traces(Thing, frozen=True):
    """``endpoint`` is where OpenTelemetry traces go (OTLP over HTTP, ``http://localhost:4318/v1/traces``); empty: nowhere."""

    endpoint: str = ""


class GitRule(Thing, frozen=True):
    """Modules that match ``pattern`` (as in GOPRIVATE) lie in git repositories at ``url``, and are asked for nowhere else.

    ``{root}`` in the URL is the import path of the repository, ``{path}`` that without the host; the import path has as many
    elements as the pattern, or ends at one that ends in ``.git``.
    """

    pattern: str
    url: str


class Setup(Thing, frozen=True):
    """All of it.

    ``upstreams`` are tried in order; each is a URL, or several with ``,`` (go on after a 404 or 410 only) or ``|``
    (go on after any failure) between them, as in GOPROXY. ``sign`` are files with keys of a checksum database of this server's
    own; all of them sign, and the first one's name is the database's. ``store`` is a folder, or ``memory``.
    """

    listen: str = "127.0.0.1:8080"
    store: str = ""
    upstreams: tuple[str, ...] = ()
    inner_redirects: bool = False
    access_log: str = ""
    times: Times = Times()
    limits: Limits = Limits()
    sumdb: SumDB = SumDB()
    access: Access = Access()
    filters: Filters = Filters()
    vulnerabilities: Vulnerabilities = Vulnerabilities()
    hook: Hook = Hook()
    modes: tuple[ModeRule, ...] = ()
    tls: TLS = TLS()
    behind: Behind = Behind()
    evict: Evict = Evict()
    traces: Traces = Traces()
    git: tuple[GitRule, ...] = ()
    sign: tuple[str, ...] = ()
