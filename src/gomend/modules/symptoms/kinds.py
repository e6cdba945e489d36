"""The kinds of errors that the go command reports about modules, and the words by which each is known.

Source of the words: cmd/go (modfetch, modload, web, toolchain, vcs), x/mod/sumdb and net/http of Go 1.26, and real logs.
"""

from __future__ import annotations

import enum
import re
from typing import Final


class Kind(enum.StrEnum):
    """One kind of error of the go command."""

    PROXY_STATUS = "proxy-status"
    PROXY_TIMEOUT = "proxy-timeout"
    PROXY_UNREACHABLE = "proxy-unreachable"
    PROXY_TLS = "proxy-tls"
    PROXY_BAD_RESPONSE = "proxy-bad-response"
    PROXY_BAD_ZIP = "proxy-bad-zip"
    PROXY_LIST = "proxy-list"
    PROXY_OFF = "proxy-off"
    REDIRECT_LOOP = "redirect-loop"
    REDIRECT_INSECURE = "redirect-insecure"
    CREDENTIALS_HTTP = "credentials-http"
    CREDENTIALS_WANTED = "credentials-wanted"
    VCS_FAILED = "vcs-failed"
    VCS_DISALLOWED = "vcs-disallowed"
    IMPORT_PATH = "import-path"
    VERSION_UNKNOWN = "version-unknown"
    MAJOR_SUFFIX = "major-suffix"
    PATH_MISMATCH = "path-mismatch"
    PACKAGE_MISSING = "package-missing"
    SUMDB_STATUS = "sumdb-status"
    SUMDB_TIMEOUT = "sumdb-timeout"
    SUMDB_UNREACHABLE = "sumdb-unreachable"
    SUMDB_REDIRECT = "sumdb-redirect"
    SUMDB_MISMATCH = "sumdb-mismatch"
    SUMDB_INCONSISTENT = "sumdb-inconsistent"
    SUMDB_SIGNATURE = "sumdb-signature"
    SUMDB_BAD_RESPONSE = "sumdb-bad-response"
    SUMDB_CONFIG = "sumdb-config"
    GOSUM_MISMATCH = "gosum-mismatch"
    GOSUM_MISSING = "gosum-missing"
    GOSUM_MALFORMED = "gosum-malformed"
    TOOLCHAIN = "toolchain"
    GO_TOO_OLD = "go-too-old"
    VENDOR_INCONSISTENT = "vendor-inconsistent"
    VENDOR_QUERY = "vendor-query"
    NO_SPACE = "no-space"
    NOT_WRITABLE = "not-writable"
    MODULE_MISSING = "module-missing"
    GOMOD_UNTIDY = "gomod-untidy"
    GOMOD_INVALID = "gomod-invalid"
    WORK_MOD_FLAG = "work-mod-flag"
    REPLACE_MISSING = "replace-missing"
    PRIVATE_ASKED = "private-asked"
    GO_MISSING = "go-missing"
    WORK_INCOMPLETE = "work-incomplete"


def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives))


TIMEOUT: Final = _words(
    r"i/o timeout", r"TLS handshake timeout", r"deadline exceeded", r"Client\.Timeout", r"(?:connection|operation) timed out",
    r"timeout awaiting response headers",
    r"did not properly respond after a period of time", r"net/http: timeout",
)  # fmt: skip
"""Words of a request that took too long."""
TLS: Final = _words(r"\btls: ", r"\bx509: ", r"server gave HTTP response to HTTPS client", r"remote error: tls")
"""Words of a TLS connection that failed."""
UNREACHABLE: Final = _words(
    r"connection refused", r"no such host", r"network is unreachable", r"no route to host", r"connection reset by peer",
    r"server misbehaving", r"broken pipe",
    r"stream error: ",
    r"http2: ",
    r"forcibly closed", r"proxyconnect tcp", r"dial tcp", r"actively refused", r"[Tt]emporary failure",
    r"\": EOF$", r"malformed HTTP response", r"\": (?:Bad Gateway|Forbidden|Proxy Authentication Required|Service Unavailable)$",
)  # fmt: skip
"""Words of a connection that was not made."""
CREDENTIALS: Final = _words(
    r"terminal prompts disabled", r"could not read (?:Username|Password)", r"[Aa]uthentication (?:failed|required)",
    r"Permission denied \(", r"Access denied", r"Invalid username or (?:password|token)", r"[Rr]epository not found",
    r"Host key verification failed", r"returned error: 40[13]", r"Please make sure you have the correct access rights",
    r"does not appear to be a git repository", r"no (?:mutual signature|supported authentication)",
)  # fmt: skip
"""Words of git, ssh or a server that wants a login."""

SUMDB: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = (
    (Kind.SUMDB_REDIRECT, _words(r"redirected from secure URL")),
    (Kind.SUMDB_CONFIG, _words(r"invalid GOSUMDB", r"missing GOSUMDB", r"invalid sumdb name", r"unknown verifier", r"malformed verifier")),
    (
        Kind.SUMDB_INCONSISTENT,
        _words(r"inconsistent tile", r"invalid transparency proof", r"misbehaving server", r"server misbehav(?:ing|ior) detected", r"checking tree#", r"timeline inconsistent"),
    ),
    (Kind.SUMDB_SIGNATURE, _words(r"invalid signature", r"no verifiable signatures", r"doesn't match signature")),
    (Kind.SUMDB_STATUS, re.compile(r"reading \S+: (?P<status>[1-5]\d\d) ")),
    (Kind.SUMDB_TIMEOUT, TIMEOUT),
    (Kind.SUMDB_UNREACHABLE, _words(TLS.pattern, UNREACHABLE.pattern, "stopped after 10 redirects")),
    (
        Kind.SUMDB_BAD_RESPONSE,
        _words(
            r"malformed", r"cannot (?:validate|authenticate) record", r"reading tree", r"too short for tile", r"EOF", r"bad math",
            r"tlog: ", r"unexpected", r"returned bad result",
        ),
    ),
)  # fmt: skip
"""What follows ``verifying go.mod:`` or ``verifying module:``, in the order of trial."""

PLAIN: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = (
    (
        Kind.WORK_INCOMPLETE,
        _words(
            r"does not contain modules listed in go\.work",
            r"cannot load module \S+ listed in go\.work",
            r"listed in go\.work file requires go >= ",
            r"not one of the workspace modules listed in go\.work",
        ),
    ),
    (
        Kind.GO_MISSING,
        _words(
            r"(?:^|\s)go: (?:command )?not found$",
            r"command not found: go$",
            r"exec: \"go\": executable file not found",
            r"'go' is not recognized as",
        ),
    ),
    (Kind.NO_SPACE, _words(r"[Nn]o space left on device", r"disk quota exceeded", r"not enough space on the disk")),
    (
        Kind.NOT_WRITABLE,
        _words(
            r"could not create module cache",
            r"failed to initialize build cache",
            r"build cache is required, but could not be located",
            r"failed to create cache directory",
            r"(?:open|mkdir|rename|remove|unlinkat|unlink|chmod|create|link) \S*(?:/mod/|/cache/)\S*: "
            r"(?:permission denied|read-only file system|operation not permitted)",
        ),
    ),
    (
        Kind.TOOLCHAIN,
        _words(
            r"toolchain not available", r"cannot find \"go[\d.a-z]+\" in PATH", r"switching to go >= ",
            r"go: download go\d\S* for \S+: ", r"go: download go\d\S*: ", r"invalid toolchain: ", r"invalid GOTOOLCHAIN ",
            r"no releases found for go >= ", r"module golang\.org/toolchain", r"golang\.org/toolchain@",
        ),
    ),
    (
        Kind.GO_TOO_OLD,
        _words(
            r"requires go >= \S+ \(running go", r"requires at least go1\.", r"invalid go version '[\d.]+\w*': must match format",
            r"unknown (?:block type|directive): (?:toolchain|tool|godebug|ignore)\b", r"note: module requires Go 1\.",
            r"compiles? .* requires newer Go version go1\.", r"file requires newer Go version",
            r"but maximum (?:supported )?version (?:is|supported)",
        ),
    ),
    (
        Kind.PROXY_LIST,
        _words(
            r"GOPROXY list is not the empty string", r"invalid proxy URL (?:scheme|missing scheme)", r"invalid file:// proxy URL",
            r"^(?:go: )?[^ ]*:? ?parse \"[^\"]*\": ", r": parse \"[^\"]*\": ",
        ),
    ),
    (Kind.PROXY_OFF, _words(r"disabled by GOPROXY=off")),
    (Kind.CREDENTIALS_HTTP, _words(r"refusing to pass credentials to insecure URL")),
    (Kind.REDIRECT_INSECURE, _words(r"redirected from secure URL")),
    (Kind.VENDOR_INCONSISTENT, _words(r"inconsistent vendoring in", r"lookup disabled by -mod=vendor", r"not a package listed in vendor/modules\.txt", r"reading modules\.txt for vendor directory")),
    (Kind.VENDOR_QUERY, _words(r"cannot query module due to -mod=vendor", r"can't (?:compute|determine|match) .* using the vendor directory")),
    (Kind.WORK_MOD_FLAG, _words(r"-mod may only be set to readonly or vendor when in workspace mode")),
    (Kind.GOSUM_MISSING, _words(r"missing go\.sum entry", r"updates to go\.sum needed")),
    (Kind.GOSUM_MALFORMED, _words(r"malformed go\.sum")),
    (Kind.GOMOD_UNTIDY, _words(r"updates to go\.mod needed", r"is replaced but not required; to add it", r"from implicitly required module; to add")),
    (Kind.GOMOD_INVALID, _words(r"errors parsing \S*go\.(?:mod|work):", r"error (?:reading|loading) \S*go\.(?:mod|work):")),
    (Kind.REPLACE_MISSING, _words(r"replacement (?:directory|module) .* does not exist", r"\(replaced by \.{0,2}/[^)]*\): reading .*no such file")),
    (Kind.MODULE_MISSING, _words(r"go\.mod file not found in current directory", r"directory prefix \S+ does not contain main module", r"cannot find main module", r"go: no modules specified")),
    (
        Kind.MAJOR_SUFFIX,
        _words(
            r"should be v\d+(?: or v1)?, not v\d+", r"module path must match major version", r"has post-v\d+ module path",
            r"has non-\S+ module path", r"semantic import versioning is required", r"missing \S*go\.mod and \S*/v\d+/go\.mod",
            r"must be of the form \S*/vN", r"major version suffixes must be in the form of /vN", r"go\.mod has malformed module path",
        ),
    ),
    (Kind.PATH_MISMATCH, _words(r"module declares its path as: ", r"used for two different module paths", r"mismatched repo: found")),
    (Kind.VCS_DISALLOWED, _words(r"GOVCS disallows using", r"(?:entry|pattern|name|list) in GOVCS")),
    (
        Kind.VCS_FAILED,
        _words(
            r"(?:git|hg|svn|bzr|fossil) [\w-]+ .*: exit status \d+", r"exec: \"(?:git|hg|svn|bzr|fossil)\": executable file not found",
            r"error obtaining VCS status", r"no (?:secure )?protocol found for repository", r"unsupported VCS|unknown vcs", r"git remote \(.*\) (?:must not|lookup disabled)",
        ),
    ),
    (Kind.REDIRECT_LOOP, _words(r"stopped after 10 redirects")),
    (Kind.IMPORT_PATH, _words(r"unrecognized import path", r"no go-import meta tags?", r"multiple meta tags match import path", r"malformed (?:module|import) path")),
    (
        Kind.PROXY_BAD_ZIP,
        _words(
            r"\bzip: (?:not a valid|checksum|unsupported|bad)", r"flate: corrupt", r"zip for \S+ has unexpected file", r"downloaded zip file too large",
            r"^-> ", r"unzip \S+: ", r"path does not have prefix", r"missing top-level directory prefix",
        ),
    ),
    (Kind.PROXY_BAD_RESPONSE, _words(r"invalid response from proxy", r"proxy returned info for version", r"unexpected EOF", r"parsing go\.mod: .*unknown directive: <")),
)  # fmt: skip
"""Everything else, in the order of trial; the network's own errors come after these."""

LATE: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = (
    (Kind.GOMOD_INVALID, _words(r"parsing \S*go\.mod: \S")),
    (Kind.VERSION_UNKNOWN, _words(r"unknown revision", r"invalid version: ", r"invalid pseudo-version", r"no matching versions for query", r"(?:ambiguous|invalid) semantic version", r"version \S+ (?:is )?invalid:")),
    (
        Kind.PACKAGE_MISSING,
        _words(
            r"no required module provides package", r"cannot find package \"\S+\" in", r"cannot find module providing package", r"does not contain packages? ",
            r"is not in (?:std|GOROOT)\b", r"ambiguous import: found package", r"but not at required version",
        ),
    ),
)  # fmt: skip
"""Tried last, when no network error stands on the line."""
