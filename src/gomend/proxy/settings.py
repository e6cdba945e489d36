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
    """PEM files; both or none. They are read again at a SIGHUP."""

    cert: str = ""
    key: str = ""


class User(Thing, frozen=True):
    """Somebody who may read modules that match ``read`` (patterns as in GOPRIVATE; ``*`` is all). ``sha256`` is of the secret."""

    name: str
    sha256: str
    read: str = "*"


class Access(Thing, frozen=True):
    """``mode`` is how clients say who they are; ``public`` are patterns of modules that need no credentials."""

    mode: Literal["none", "basic", "bearer"] = "none"
    users: tuple[User, ...] = ()
    public: str = ""


class Filters(Thing, frozen=True):
    """Patterns of modules that are refused (``deny``), and of those that alone are served (``allow``, empty: all).

    ``min_age``: days that a version must be old before it is fetched; most that were published to harm are found out by then.
    """

    allow: str = ""
    deny: str = ""
    min_age: float = 0.0


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
    own; all of them sign, and the first one's name is the database's.
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
    tls: TLS = TLS()
    git: tuple[GitRule, ...] = ()
    sign: tuple[str, ...] = ()
