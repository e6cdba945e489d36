"""The stable cause of what the go command said at its end, by the words of its errors."""

from __future__ import annotations

import re
from typing import Final

_NOISE: Final = re.compile(r"^go: (?:downloading|finding module|added|upgraded|found|warning:)|^\s*server response")
_NETWORK: Final = r"dial tcp|connection refused|connection reset|no such host|: EOF|Bad Gateway"
_TLS: Final = r"\btls: |x509: |HTTP response to HTTPS client"

_SUMDB: Final[tuple[tuple[str, str], ...]] = (
    ("sumdb-mismatch", r"checksum mismatch|checksum missing from sumdb"),
    ("sumdb-config-invalid", r"invalid GOSUMDB|missing GOSUMDB|invalid sumdb name|malformed verifier|unknown verifier"),
    ("sumdb-switched-off", r"checksum database disabled by GOSUMDB=off"),
    ("sumdb-insecure-redirect", r"redirected from secure URL"),
    ("sumdb-inconsistent", r"inconsistent tile|misbehavior detected|checking tree#"),
    ("sumdb-bad-signature", r"invalid signature|no verifiable signatures"),
    ("sumdb-http-error", r"reading \S+: \d{3} "),
    ("sumdb-unreachable", rf"{_NETWORK}|{_TLS}|stopped after 10 redirects"),
    ("sumdb-bad-response", r"malformed|cannot (?:validate|authenticate) record|bad result|unexpected EOF|reading tree"),
)
_PLAIN: Final[tuple[tuple[str, str], ...]] = (
    ("toolchain-unavailable", r"toolchain not available|in PATH$|switching to go >= |no releases found|invalid (?:GOTOOLCHAIN|toolchain)|download go1"),
    ("gosum-mismatch", r"checksum mismatch"),
    ("go-too-old", r"requires go >= "),
    ("cache-zip-damaged", r"unzip \S+cache/download\S+: zip: |^-> "),
    ("proxy-bad-zip", r"zip: |unexpected file|\.zip\": unexpected EOF"),
    ("proxy-list-invalid", r"GOPROXY list is not|invalid (?:file:// )?proxy URL|: parse \"[^\"]*\": "),
    ("proxy-off", r"disabled by GOPROXY=off"),
    ("credentials-over-http", r"refusing to pass credentials"),
    ("insecure-redirect", r"redirected from secure URL"),
    ("redirect-loop", r"stopped after 10 redirects"),
    ("vcs-disallowed", r"GOVCS"),
    ("private-needs-credentials", r"terminal prompts disabled|could not read Username|returned error: 40[13]"),
    ("vcs-failed", r"exit status|executable file not found"),
    ("import-path-unresolvable", r"unrecognized import path"),
    ("vendor-query", r"cannot query module due to -mod=vendor|using the vendor directory"),
    ("vendor-inconsistent", r"inconsistent vendoring|-mod=vendor"),
    ("gosum-missing", r"missing go\.sum entry|updates to go\.sum needed"),
    ("go-mod-untidy", r"updates to go\.mod needed|implicitly required module"),
    ("module-missing", r"go\.mod file not found|no modules specified"),
    ("major-version-suffix", r"should be v\d|must match major version"),
    ("module-path-mismatch", r"declares its path as"),
    ("package-not-provided", r"does not contain package|cannot find module providing|no required module provides|is not in std|cannot find package"),
    ("proxy-bad-response", r"invalid response from proxy|proxy returned info|unexpected EOF|parsing go\.mod"),
    ("proxy-unauthorized", r": 401 "),
    ("proxy-forbidden", r": 403 "),
    ("proxy-rate-limited", r": 429 "),
    ("proxy-server-error", r": 5\d\d "),
    ("version-unknown", r": (?:404|410) |no matching versions|invalid version|unknown revision|no such file or directory|ambiguous semantic|invalid semantic|no existing version"),
    ("proxy-http-error", r"reading \S+: \d{3} "),
    ("proxy-tls", _TLS),
    ("proxy-unreachable", _NETWORK),
    ("module-missing", r"not a known dependency"),
)  # fmt: skip


def cause(code: int, stderr: str) -> str:
    """The slug of what went wrong; ``none`` if nothing did."""
    if code == 0:
        return "none"
    told = "\n".join(line for line in stderr.split("\n") if line and not _NOISE.search(line))
    about_sums = re.search(r"verifying (?:go\.mod|module): |server misbehavior", told) or "\tsum." in told
    for slug, words in (*(_SUMDB if about_sums else ()), *_PLAIN):
        if re.search(words, told, re.MULTILINE):
            return slug
    return "none"
