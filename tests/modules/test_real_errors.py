"""The real go command against a server that breaks on purpose: what it prints must be read as the right cause."""

from __future__ import annotations

import os

import pytest

from gomend.model.base import Severity
from tests.modules.lab import GO, MOD, Lab
from tests.modules.server import ProxyServer, Store

A = "example.com/a@v1.0.0"
FAULTS = [
    (r"\.info$", "status:401", "proxy-unauthorized"),
    (r"\.info$", "text:401:who are you", "proxy-unauthorized"),
    (r"\.mod$", "status:403", "proxy-forbidden"),
    (r"\.zip$", "status:403", "proxy-forbidden"),
    (r"\.info$", "status:404", "version-unknown"),
    (r"\.mod$", "status:410", "version-unknown"),
    (r"\.zip$", "status:404", "proxy-bad-zip"),
    (r"\.info$", "status:429", "proxy-rate-limited"),
    (r"\.zip$", "text:429:slow down please", "proxy-rate-limited"),
    (r"\.info$", "status:500", "proxy-server-error"),
    (r"\.mod$", "text:503:line one\nline two", "proxy-server-error"),
    (r"\.zip$", "status:502", "proxy-bad-zip"),
    (r"\.info$", "status:400", "proxy-http-error"),
    (r"\.info$", "status:301", "proxy-http-error"),
    (r"\.info$", "status:451", "proxy-http-error"),
    (r"\.info$", "close", "proxy-unreachable"),
    (r"\.info$", "cut", "proxy-bad-response"),
    (r"\.info$", "body:", "proxy-bad-response"),
    (r"\.info$", "body:<html><body>Log in</body></html>", "proxy-bad-response"),
    (r"\.info$", 'body:{"Version":"v1.9.9"}', "proxy-bad-response"),
    (r"\.info$", "loop", "redirect-loop"),
    (r"\.zip$", "cutsilent", "proxy-bad-zip"),
    (r"\.zip$", "cut", "proxy-bad-response"),
    (r"\.zip$", "body:", "proxy-bad-zip"),
    (r"\.zip$", "body:<html></html>", "proxy-bad-zip"),
]


@pytest.mark.parametrize(("pattern", "action", "slug"), FAULTS)
def test_fault_of_the_proxy(lab: Lab, pattern: str, action: str, slug: str) -> None:
    lab.server.faults = [(pattern, action)]
    done = lab.go("mod", "download", A)
    assert done.returncode != 0
    found = lab.check("GM1", log=done.stderr).findings
    errors = [f.slug for f in found if f.severity is Severity.ERROR]
    assert errors[:1] == [slug], done.stderr


@pytest.mark.parametrize(("pattern", "action", "slug"), [f for f in FAULTS if "info" not in f[0]])
def test_fault_in_the_middle_of_a_build(lab: Lab, pattern: str, action: str, slug: str) -> None:
    """``go get -u`` prints import chains around the error."""
    lab.write({"go.mod": "module example.com/shop\n\ngo 1.21\n", "shop.go": GO.replace("/a", "/b")})
    lab.server.faults = [(r"example\.com/a/.*" + pattern, action)]
    done = lab.go("mod", "tidy")
    assert done.returncode != 0
    found = lab.check("GM1", log=done.stderr).findings
    errors = [f.slug for f in found if f.severity is Severity.ERROR]
    assert errors[:1] == [slug], done.stderr


PROXIES = [
    ("off", "proxy-off"),
    (" ", "proxy-list-invalid"),
    ("ftp://x.example.com", "proxy-list-invalid"),
    ("http://127.0.0.1:1", "proxy-unreachable"),
    ("https://127.0.0.1:1|http://127.0.0.1:1", "proxy-unreachable"),
    ("http://nowhere.invalid", "proxy-unreachable"),
    ("http://u:p@127.0.0.1:1", "credentials-over-http"),
    ("https://[::1", "proxy-list-invalid"),
    ("file:///nowhere", "version-unknown"),
]


@pytest.mark.parametrize(("value", "slug"), PROXIES)
def test_setting_of_the_proxy(lab: Lab, value: str, slug: str) -> None:
    done = lab.go("mod", "download", A, GOPROXY=value)
    assert done.returncode != 0
    found = lab.check("GM1", log=done.stderr).findings
    assert [f.slug for f in found if f.severity is Severity.ERROR][:1] == [slug], done.stderr


def test_tls_against_a_plain_port(lab: Lab) -> None:
    done = lab.go("mod", "download", A, GOPROXY=lab.server.url.replace("http:", "https:"))
    assert lab.check("GM1", log=done.stderr).findings[0].slug == "proxy-tls", done.stderr


COMMANDS = [
    (("get", "example.com/a@v9.9.9"), "version-unknown"),
    (("mod", "edit", "-require=example.com/a@v2.0.0"), "major-version-suffix"),
    (("get", "example.com/liar@v1.0.0"), "module-path-mismatch"),
    (("get", "example.com/newgo@v1.0.0"), "go-too-old"),
    (("get", "example.com/multi/no/such"), "package-not-provided"),
    (("get", "example.com/nothing@latest"), "version-unknown"),
    (("get", "example.com/a@>v3.0.0"), "version-unknown"),
    (("build", "./..."), "package-not-provided"),
    (("build", "-mod=mod", "./..."), "package-not-provided"),
]


@pytest.mark.parametrize(("words", "slug"), COMMANDS)
def test_command(lab: Lab, words: tuple[str, ...], slug: str) -> None:
    lab.write({"go.mod": "module example.com/shop\n\ngo 1.21\n", "shop.go": GO.replace("/a", "/zzz/y")})
    if words[:2] == ("mod", "edit"):
        lab.write({"go.mod": "module example.com/shop\n\ngo 1.21\n\nrequire example.com/a v2.0.0\n"})
        words = ("build", "./...")
    done = lab.go(*words)
    assert done.returncode != 0
    found = lab.check("GM1", log=done.stderr).findings
    assert [f.slug for f in found][:1] == [slug], done.stderr


def test_direct_to_a_host_that_does_not_exist(lab: Lab) -> None:
    done = lab.go("mod", "download", "git.corp.invalid/x@v1.0.0", GOPRIVATE="git.corp.invalid")
    assert lab.check("GM1", log=done.stderr).findings[0].slug == "import-path-unresolvable", done.stderr


def test_no_space_and_no_rights(lab: Lab) -> None:
    if os.geteuid() == 0:
        blocker = lab.folder / "blocker"
        blocker.write_text("")
        done = lab.go("mod", "download", A, GOMODCACHE=str(blocker))
    else:
        lab.cache.mkdir(mode=0o500)
        done = lab.go("mod", "download", A)
    assert lab.check("GM1", log=done.stderr).findings[0].slug == "cache-not-writable", done.stderr


def test_vendored_query(lab: Lab) -> None:
    lab.good()
    assert lab.go("mod", "vendor").returncode == 0
    done = lab.go("list", "-m", "-versions", "example.com/a")
    assert lab.check("GM1", log=done.stderr).findings[0].slug == "vendor-query", done.stderr


def test_broken_go_mod_and_missing_go_mod(lab: Lab) -> None:
    lab.write({"go.mod": MOD + "requir example.com/b v1.0.0\n"})
    done = lab.go("build", "./...")
    assert lab.check("GM19", log=done.stderr).findings[0].slug == "go-mod-untidy", done.stderr
    (lab.project / "go.mod").unlink()
    done = lab.go("build", "./...")
    assert lab.check("GM19", log=done.stderr).findings[0].slug == "module-missing", done.stderr


def test_go_mod_that_needs_an_update(lab: Lab) -> None:
    lab.good()
    lab.write({"go.mod": MOD.replace("example.com/a", "example.com/b"), "shop.go": GO})
    assert lab.go("mod", "download", "all").returncode == 0
    done = lab.go("build", "./...")
    assert done.returncode != 0
    slugs = {f.slug for f in lab.check("GM1", log=done.stderr).findings}
    assert slugs & {"go-mod-untidy", "gosum-missing", "package-not-provided"}, done.stderr


def test_toolchain_that_nobody_serves(lab: Lab) -> None:
    lab.write({"go.mod": "module example.com/shop\n\ngo 1.99.0\n"})
    done = lab.go("version", GOTOOLCHAIN="auto", GOFLAGS="")
    assert lab.check("GM18", log=done.stderr).findings[0].slug == "toolchain-unavailable", done.stderr


def test_a_healthy_build_says_nothing(lab: Lab) -> None:
    lab.write({"go.mod": MOD, "shop.go": GO})
    log = lab.go("mod", "tidy").stderr + lab.go("build", "-x", "./...").stderr
    assert log
    assert lab.check("GM15", "GM16", "GM17", "GM18", "GM19", log=log).findings == ()


def test_the_programs_own_errors_are_not_ours(lab: Lab) -> None:
    log = """\
2025/01/01 10:00:00 Get "https://api.example.com/v1": dial tcp 192.0.2.1:443: connect: connection refused
panic: open /var/lib/app/cache.db: permission denied
--- FAIL: TestTLS: x509: certificate signed by unknown authority
main.go:10:2: undefined: foo
FAIL\texample.com/shop\t0.01s
"""
    assert lab.check("GM15", "GM16", "GM17", "GM18", "GM19", log=log).findings == ()


def test_two_servers_the_second_breaks(lab: Lab, store: Store) -> None:
    second = ProxyServer(store)
    try:
        lab.server.faults = [("", "status:404")]
        second.faults = [("", "status:500")]
        done = lab.go("mod", "download", A, GOPROXY=f"{lab.server.url},{second.url}")
        found = lab.check("GM1", log=done.stderr).findings
        assert found[0].slug == "proxy-server-error"
        assert found[0].subject.name == f"127.0.0.1:{second.port}"
    finally:
        second.close()


KEY = "sum.example.com+7eb4bc0b+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
DATABASES = [
    ("/latest|/lookup", "status:403", "sumdb-http-error"),
    ("/latest|/lookup", "text:500:broken", "sumdb-http-error"),
    ("/lookup", "status:404", "sumdb-http-error"),
    ("/lookup", "body:<html></html>", "sumdb-bad-response"),
    ("/lookup", "body:", "sumdb-bad-response"),
    ("/lookup", "body:0\nexample.com/a v1.0.0 h1:x=\n\ngo.sum database tree\n1\nAAAA\n", "sumdb-bad-response"),
    (
        "/lookup",
        f"body:1\nexample.com/a v1.0.0 h1:x=\n\ngo.sum database tree\n2\n{'A' * 43}=\n\n— sum.example.com frS8C{'A' * 85}==\n",
        "sumdb-bad-signature",
    ),
    ("/lookup", "close", "sumdb-unreachable"),
    ("/lookup", "loop", "sumdb-unreachable"),
]


@pytest.mark.parametrize(("pattern", "action", "slug"), DATABASES)
def test_fault_of_the_checksum_database(lab: Lab, store: Store, pattern: str, action: str, slug: str) -> None:
    database = ProxyServer(store)
    database.faults = [(pattern, action)]
    try:
        done = lab.go("mod", "download", A, GOSUMDB=f"{KEY} {database.url}")
        assert done.returncode != 0
        found = lab.check("GM1", log=done.stderr).findings
        assert [f.slug for f in found if f.severity is Severity.ERROR][:1] == [slug], done.stderr
    finally:
        database.close()


@pytest.mark.parametrize(
    ("value", "slug"),
    [
        ("a b c", "sumdb-config-invalid"),
        ("nonsense", "sumdb-config-invalid"),
        (KEY[:-3], "sumdb-config-invalid"),
        (f"{KEY} http://127.0.0.1:1", "sumdb-unreachable"),
        (f"{KEY} https://nowhere.invalid", "sumdb-unreachable"),
    ],
)
def test_setting_of_the_checksum_database(lab: Lab, value: str, slug: str) -> None:
    done = lab.go("mod", "download", A, GOSUMDB=value)
    found = lab.check("GM1", log=done.stderr).findings
    assert [f.slug for f in found if f.severity is Severity.ERROR][:1] == [slug], done.stderr


def test_supported_through_the_proxy_is_forbidden(lab: Lab) -> None:
    lab.server.faults = [("/supported", "status:403")]
    done = lab.go("mod", "download", A, GOSUMDB=KEY)
    assert lab.check("GM17", log=done.stderr).findings[0].slug == "sumdb-http-error", done.stderr


@pytest.mark.parametrize(
    ("action", "env", "slug"),
    [
        ("status:401", {}, "vcs-failed"),  # while go still looks for a protocol it does not show git's words
        ("status:404", {}, "vcs-failed"),
        ("status:500", {}, "vcs-failed"),
        ("close", {}, "vcs-failed"),
        ("status:401", {"GOVCS": "*:off"}, "vcs-disallowed"),
    ],
)
def test_fault_of_the_repository(lab: Lab, action: str, env: dict[str, str], slug: str) -> None:
    """The real git, sent to loopback by its own configuration."""
    lab.server.faults = [("info/refs", action)]
    sent = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{lab.server.url}/.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://git.example.test/",
    }
    done = lab.go("mod", "download", "git.example.test/x.git@v1.0.0", GOPROXY="direct", **sent, **env)
    assert done.returncode != 0
    found = lab.check("GM1", log=done.stderr).findings
    assert [f.slug for f in found if f.severity is Severity.ERROR][:1] == [slug], done.stderr


WORKSPACES = [
    ({"x/go.mod": "module example.com/x\n", "go.work": "go 1.21\n\nuse ./x\n"}, "go-work"),
    ({"go.work": "go 1.21\n\nuse ./x\n"}, "go-work"),
    ({"go.mod": "module example.com/shop\n\ngo 1.25\n", "go.work": "go 1.21\n\nuse .\n"}, "go-work"),
]


@pytest.mark.parametrize(("files", "slug"), WORKSPACES)
def test_workspace(lab: Lab, files: dict[str, str], slug: str) -> None:
    lab.write({"go.mod": "module example.com/shop\n\ngo 1.21\n", "shop.go": "package shop\n", **files})
    done = lab.go("build", "./...")
    assert done.returncode != 0
    assert lab.check("GM1", log=done.stderr).findings[0].slug == slug, done.stderr


def test_a_dependency_whose_go_mod_is_broken(lab: Lab, store: Store) -> None:
    store.add("example.com/bad", "v1.0.0", {"go.mod": "modul x\n", "b.go": "package bad\n"})
    lab.write({"go.mod": "module example.com/shop\n\ngo 1.21\n\nrequire example.com/bad v1.0.0\n", "shop.go": GO})
    done = lab.go("mod", "tidy")
    assert lab.check("GM19", log=done.stderr).findings[0].slug == "go-mod-untidy", done.stderr
