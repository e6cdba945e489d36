"""Named failures: what each is, the scenario that makes it happen, and the cause that gomend must name."""

from __future__ import annotations

from typing import Any, Final

from gomend.lab.spec import Scenario, Spec
from gomend.model.base import Thing
from gomend.model.text import Text, text

_ONE: Final = "http://127.0.0.1:{P1}"
_TLS: Final = "https://127.0.0.1:{P1}"
_GET: Final = "go get example.com/{}"
_MAIN: Final = {"m/go.mod": "module m\n\ngo 1.21\n"}
_META: Final = ("go-get=1", "meta:corp.example.com/priv git https://git.example.com/priv")
_CORP: Final = {"GOPRIVATE": "corp.example.com", "GOPROXY": _ONE}
_PRIV: Final = "go mod download corp.example.com/priv@v0.1.0"


class Failure(Thing, frozen=True):
    """One entry. ``silent``: go itself says nothing, so only asking the servers can tell."""

    name: str
    what: Text
    scenario: Scenario
    silent: bool = False

    @property
    def cause(self) -> str:
        """The slug that the first finding must have; ``none``: healthy."""
        return self.scenario.cause


CATALOGUE: dict[str, Failure] = {}
"""All failures by name, in the order of a request's way."""


def _add(name: str, cause: str, what: str, *, silent: bool = False, **scene: Any) -> None:
    scene = {"files": {"m/keep": ""}, **scene, "env": {"GOPROXY": _ONE, "GOSUMDB": "{KEY}", **scene.get("env", {})}}
    scenario = Scenario(id=name, cause=cause, **scene)
    CATALOGUE[name] = Failure(name=name, what=text(f"lab.{name}", what), scenario=scenario, silent=silent)


def _proxy(name: str, cause: str, action: str, what: str, *, only: str = "", second: str = "ok", **scene: Any) -> None:
    spec = Spec(rules=((only, action),)) if only else Spec(default=action)
    _add(name, cause, what, servers={"P1": spec, "P2": Spec(default=second)}, **scene)


def _sumdb(name: str, cause: str, action: str, what: str, *, only: str = "^/sumdb/", **scene: Any) -> None:
    _proxy(name, cause, action, what, only=only, **scene)


def _tls(name: str, cause: str, kind: str, action: str, what: str, **scene: Any) -> None:
    servers = {"P1": Spec(tls=kind or False, default=action), "P2": Spec()}
    _add(name, cause, what, servers=servers, env={"GOPROXY": _TLS}, **scene)


def _git(name: str, cause: str, action: str, what: str, *, netrc: str = "") -> None:
    connect = {"corp.example.com": (_META,), "git.example.com": ((".", action),)}
    files = {"m/keep": "", **({"home/.netrc": netrc} if netrc else {})}
    _add(name, cause, what, servers={"P1": Spec()}, env=_CORP, connect=connect, files=files, command=_PRIV)


# What the proxy answers ----------------------------------------------------------------------------------------------
_proxy("healthy", "none", "ok", "A healthy proxy: nothing is wrong.")
_proxy("proxy-401", "proxy-unauthorized", "status:401", "The proxy wants to know who is asking (401).")
_proxy("proxy-402", "proxy-http-error", "status:402", "The proxy wants to be paid (402).")
_proxy("proxy-403", "proxy-forbidden", "status:403", "The proxy forbids the module (403).")
_proxy("proxy-403-body", "proxy-forbidden", "text:403:blocked by policy", "The proxy forbids the module and says why (403).")
_proxy("proxy-404", "version-unknown", "status:404", "The proxy does not have the version (404).")
_proxy("proxy-410", "version-unknown", "status:410", "The proxy says that the version is gone (410).")
_proxy("proxy-429", "proxy-rate-limited", "status:429", "The proxy has had too many requests (429).")
_proxy("proxy-451", "proxy-http-error", "status:451", "The proxy may not hand out the module for legal reasons (451).")
_proxy("proxy-500", "proxy-server-error", "status:500", "The proxy fails inside (500).")
_proxy("proxy-502", "proxy-server-error", "status:502", "A gateway before the proxy cannot reach it (502).")
_proxy("proxy-503", "proxy-server-error", "text:503:down for maintenance", "The proxy is down for maintenance (503).")
_proxy(
    "proxy-comma",
    "proxy-server-error",
    "status:500",
    "The first proxy fails with 500 and the list has a comma: the healthy second one is not asked.",
    env={"GOPROXY": f"{_ONE},http://127.0.0.1:{{P2}}"},
)
_proxy("redirect-loop", "redirect-loop", "loop", "The proxy redirects to itself for ever.")
_proxy(
    "login-page",
    "proxy-bad-response",
    "redirect:http://127.0.0.1:{P2}/login",
    "A captive portal redirects every request to its login page.",
    second="html",
)
_proxy("html", "proxy-bad-response", "html", "The proxy answers with a web page and 200.", only=r"\.info$")
_proxy("empty-body", "proxy-bad-response", "emptybody", "The proxy answers 200 and nothing else.", only=r"\.info$")
_proxy("broken-json", "proxy-bad-response", "badjson", "The proxy answers with half a JSON text.", only=r"\.info$")
_proxy("wrong-version", "proxy-bad-response", "wrongver", "The proxy answers with another version than the one asked for.")

# How it answers ------------------------------------------------------------------------------------------------------
_add(
    "refused",
    "proxy-unreachable",
    "Nobody listens where the proxy should be.",
    servers={"P1": Spec(refused=True)},
)
_proxy("reset", "proxy-unreachable", "close", "The proxy resets the connection.")
_proxy(
    "hang", "proxy-timeout", "hang", "The proxy takes the request and never answers; go waits for ever.", silent=True, timeout=5
)
_proxy("slow-drip", "none", "drip:0.5", "The proxy sends its answers byte by byte; go is patient.")
_proxy("cut-announced", "proxy-bad-response", "trunc", "The zip ends before its announced length.", only=r"\.zip$")
_proxy("cut-silent", "proxy-bad-zip", "truncsilent", "The zip is half as long as it was, and nobody says so.", only=r"\.zip$")
_proxy("zip-prefix", "proxy-bad-zip", "zipprefix", "The zip holds another module's folder.", only=r"\.zip$")
_proxy(
    "zip-bomb", "proxy-bad-zip", "zipbomb", "A small zip unpacks to more than 500 MB.", only=r"\.zip$", env={"GOSUMDB": "off"}
)
_proxy(
    "zip-wrong",
    "sumdb-mismatch",
    "zipwrong",
    "The zip was changed on the way; the checksum database knows.",
    only=r"\.zip$",
)

# TLS -----------------------------------------------------------------------------------------------------------------
_tls("tls-healthy", "none", "good", "ok", "A proxy over TLS with a certificate that is trusted.")
_tls("tls-unknown-ca", "proxy-tls", "selfsigned", "ok", "The proxy's certificate is signed by nobody that this machine trusts.")
_tls("tls-expired", "proxy-tls", "expired", "ok", "The proxy's certificate has run out.")
_tls("tls-plain-port", "proxy-tls", "", "ok", "GOPROXY says https, but the port speaks plain http.")
_tls("tls-silent", "proxy-timeout", "silent", "ok", "The proxy takes the connection and never shakes hands.")
_tls(
    "insecure-redirect",
    "insecure-redirect",
    "good",
    "redirect:http://127.0.0.1:{P2}",
    "The proxy redirects from https to http.",
)

# Settings ------------------------------------------------------------------------------------------------------------
_add("proxy-off", "proxy-off", "GOPROXY is off, and the module is not in the cache.", env={"GOPROXY": "off"})
_add(
    "proxy-list",
    "proxy-list-invalid",
    "GOPROXY has an address that go cannot use.",
    env={"GOPROXY": "ftp://goproxy.example.com"},
)
_add(
    "credentials-over-http",
    "credentials-over-http",
    "GOPROXY would send a password over plain http.",
    env={"GOPROXY": "http://joe:pw@127.0.0.1:{P1}"},
    servers={"P1": Spec()},
)

# The checksum database -----------------------------------------------------------------------------------------------
_sumdb("sumdb-healthy", "none", "ok", "An own, signed checksum database: nothing is wrong.")
_sumdb("sumdb-mismatch", "sumdb-mismatch", "sum:wrong", "The checksum database knows another hash.")
_sumdb("sumdb-absent", "sumdb-mismatch", "sum:absent", "The checksum database's record does not name the module.")
_sumdb("sumdb-signature", "sumdb-bad-signature", "sum:badsig", "The checksum database's signature is false.")
_sumdb("sumdb-fork", "sumdb-inconsistent", "sum:fork", "The checksum database signs a tree that its tiles do not make.")
_sumdb("sumdb-tile", "sumdb-inconsistent", "badtile", "A tile of the checksum database is damaged.", only="/tile/")
_sumdb("sumdb-403", "sumdb-http-error", "status:403", "The checksum database forbids the lookup (403).", only="/lookup/")
_sumdb(
    "sumdb-unreachable",
    "sumdb-unreachable",
    "status:404",
    "The proxy does not pass lookups on, and the database is out of reach.",
)
_sumdb("sumdb-hang", "sumdb-timeout", "hang", "The checksum database never answers.", only="/lookup/", silent=True, timeout=5)

# Version control -----------------------------------------------------------------------------------------------------
_add(
    "vcs-unresolvable",
    "import-path-unresolvable",
    "A private module's host cannot be reached, so nobody says where the repository is.",
    env=_CORP,
    servers={"P1": Spec()},
    command=_PRIV,
)
_git("git-healthy", "none", "git", "A private module comes from a git server that asks for no login.")
_git("git-401", "private-needs-credentials", "git:joe:pw", "The git server wants a login, and go has none (401).")
_git(
    "git-login",
    "none",
    "git:joe:pw",
    "The git server wants a login, and .netrc has it.",
    netrc="machine git.example.com login joe password pw\n",
)
_git("git-404", "vcs-failed", "status:404", "The git server does not have the repository (404).")
_git("git-500", "vcs-failed", "status:500", "The git server fails inside (500).")

# Modules and toolchains ----------------------------------------------------------------------------------------------
_proxy(
    "module-path",
    "module-path-mismatch",
    "ok",
    "The module calls itself by another path.",
    command=_GET.format("liar@v1.0.0"),
    files=_MAIN,
)
_proxy(
    "major-suffix",
    "major-version-suffix",
    "ok",
    "go.mod requires version 2 of a module without /v2 in its path.",
    files={"m/go.mod": _MAIN["m/go.mod"] + "\nrequire example.com/v2only v2.0.0\n"},
    command="go mod download",
)
_proxy(
    "no-package",
    "package-not-provided",
    "ok",
    "The module does not have the package.",
    command=_GET.format("multi/x/y"),
    files=_MAIN,
)
_proxy(
    "go-too-old",
    "go-too-old",
    "ok",
    "The module needs a newer Go, and downloads are switched off.",
    command=_GET.format("newgo@v1.0.0"),
    files=_MAIN,
)
_add(
    "toolchain-missing",
    "toolchain-unavailable",
    "The toolchain that is asked for is not on the proxy.",
    env={"GOTOOLCHAIN": "go1.99.1"},
    servers={"P1": Spec()},
    files=_MAIN,
    command="go version",
)
