"""Messages as people paste them, of older Go versions, other systems and CI; hosts are made up."""

from __future__ import annotations

import anyio
import pytest

from gomend.apps import registry
from gomend.engine.check import check
from gomend.model.outcome import VerdictKind
from gomend.model.rule import Example
from gomend.ports.memory import World, scope_of

P = "https://goproxy.example.com"
LOGS = [
    ("go: git.example.com/x/y@v1.0.0 requires\n\tgit.example.com/x/z@v0.0.0-20200101000000-000000000000: invalid version: unknown revision 000000000000", "version-unknown"),
    ("verifying git.example.com/x/y@v1.0.0/go.mod: git.example.com/x/y@v1.0.0/go.mod: reading https://sum.example.com/lookup/git.example.com/x/y@v1.0.0: 410 Gone", "sumdb-http-error"),
    ('verifying git.example.com/x/y@v1.0.0: git.example.com/x/y@v1.0.0: Get "https://sum.example.com/lookup/git.example.com/x/y@v1.0.0": dial tcp 192.0.2.1:443: i/o timeout', "sumdb-timeout"),
    (f'go: git.example.com/x/y@v1.0.0: Get "{P}/git.example.com/x/y/@v/v1.0.0.mod": dial tcp 192.0.2.1:443: connectex: A connection attempt failed because the connected party did not properly respond after a period of time, or established connection failed.', "proxy-timeout"),
    (f'go: git.example.com/x/y@v1.0.0: Get "{P}/git.example.com/x/y/@v/v1.0.0.mod": read tcp 10.0.0.2:1->192.0.2.1:443: wsarecv: An existing connection was forcibly closed by the remote host.', "proxy-unreachable"),
    (f'go: git.example.com/x/y@v1.0.0: Get "{P}/git.example.com/x/y/@v/v1.0.0.mod": stream error: stream ID 7; INTERNAL_ERROR; received from peer', "proxy-unreachable"),
    (f'main.go:4:2: git.example.com/x/y@v1.0.0: Get "{P}/git.example.com/x/y/@v/v1.0.0.zip": x509: certificate has expired or is not yet valid', "proxy-tls"),
    (f'go: git.example.com/x/y@v1.0.0: Get "{P}/git.example.com/x/y/@v/v1.0.0.mod": proxyconnect tcp: dial tcp 10.0.0.1:3128: connect: connection refused', "proxy-unreachable"),
    ("go: module git.example.com/x/y: git ls-remote -q origin in /root/go/pkg/mod/cache/vcs/12: exit status 128:\n\tERROR: Repository not found.\n\tfatal: Could not read from remote repository.", "private-needs-credentials"),
    ("go: git.example.com/x/y@v1.0.0: git fetch -f origin refs/tags/v1.0.0:refs/tags/v1.0.0 in /root/go/pkg/mod/cache/vcs/12: exit status 128:\n\tHost key verification failed.\n\tfatal: Could not read from remote repository.", "private-needs-credentials"),
    ("go: git.example.com/x/y@v1.0.0: invalid version: git fetch -f origin in /x/vcs/1: exit status 128:\n\tfatal: unable to access 'https://git.example.com/x/y/': Could not resolve host: git.example.com", "vcs-failed"),
    ('main.go:4:2: cannot find package "git.example.com/x/y" in any of:\n\t/usr/local/go/src/git.example.com/x/y (from $GOROOT)\n\t/root/go/src/git.example.com/x/y (from $GOPATH)', "package-not-provided"),
    ("go: go.mod file indicates go 1.20, but maximum supported version is 1.18", "go-too-old"),
    ("build example.com/shop: cannot load slices: package slices is not in GOROOT (/usr/local/go/src/slices)", "package-not-provided"),
    ("note: module requires Go 1.22", "go-too-old"),
    ("go: errors parsing go.mod:\n/src/go.mod:5: unknown block type: tool", "go-too-old"),
    ("go: cannot find main module; see 'go help modules'", "module-missing"),
    ("failed to initialize build cache at /.cache/go-build: mkdir /.cache: permission denied", "cache-not-writable"),
    ("go: writing stat cache: open /go/pkg/mod/cache/download/git.example.com/x/y/@v/v1.0.0.info123.tmp: permission denied", "cache-not-writable"),
    ("/usr/bin/ld: final link failed: No space left on device", "cache-no-space"),
    ('go: malformed module path "git@git.example.com:x/y": invalid char \'@\'', "import-path-unresolvable"),
    ('go: git.example.com/x/y/v3@v3.0.0: go.mod has non-.../v3 module path "git.example.com/x/y" (and .../v3/go.mod does not exist) at revision v3.0.0', "major-version-suffix"),
    ("go: git.example.com/x/y@v1.0.0: parsing go.mod:\n\tmodule declares its path as: git.example.com/z/y\n\t        but was required as: git.example.com/x/y", "module-path-mismatch"),
    ("go build: when using gccgo toolchain, please pass linker flags using -gccgoflags, not -ldflags", ""),
    ("go: warning: ignoring go.mod in $GOPATH /root/go", ""),
    ("exit status 128", ""),
    ("curl: (28) Connection timed out after 5000 milliseconds", ""),
]  # fmt: skip


@pytest.mark.parametrize(("log", "slug"), LOGS)
def test_cause(log: str, slug: str) -> None:
    example = Example(name="log", expect=VerdictKind.FINDING, log=log)
    report, _ = anyio.run(lambda: check(registry.select(["GM0", "GM1"]), scope_of(example), World(example).doors()))
    assert [f.slug for f in report.findings][:1] == [s for s in [slug] if s]
