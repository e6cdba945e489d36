"""Secrets never leave: every text that may be shown or stored passes through :func:`redact`.

What counts as a secret: the user part of a URL, bearer and basic credentials, netrc passwords, well-known token shapes
(GitHub, GitLab, AWS, Slack, npm, Google, JWT), private key blocks, and values of settings whose name says so.
"""

from __future__ import annotations

import re
from typing import Final

MASK: Final = "REDACTED"
"""What stands where a secret stood; it looks like a secret to every pattern, so that masking twice changes nothing."""

_PATTERNS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (
        re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)", re.DOTALL),
        MASK,
    ),
    # scheme://user:password@host and scheme://token@host; git@host (a name without a secret) stays readable.
    (re.compile(r"(?P<s>\b[a-zA-Z][a-zA-Z0-9+.-]*://)(?!git@)[^/\s@'\"|,<>]*(?:@[^/\s@'\"|,<>]*)*@"), rf"\g<s>{MASK}@"),
    (
        re.compile(
            r"(?P<k>\b(?:proxy-)?authorization\b[\"']?\s*[:=]\s*[\"']?)(?:(?P<t>basic|bearer|token|digest|negotiate)\s+)?[^\s\"',;]+",
            re.IGNORECASE,
        ),
        rf"\g<k>{MASK}",
    ),
    (re.compile(r"\b(?P<t>bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE), rf"\g<t> {MASK}"),
    (
        re.compile(
            r"(?P<k>\bmachine\s+\S+\s+login\s+)(?!USER\s+password\s+SECRET\b)\S+(?P<p>\s+password\s+)\S+", re.IGNORECASE
        ),
        rf"\g<k>{MASK}\g<p>{MASK}",
    ),
    (re.compile(r"(?P<k>^\s*(?:password|login)\s+)\S+(?=\s*$)", re.IGNORECASE | re.MULTILINE), rf"\g<k>{MASK}"),
    (re.compile(r"(?P<k>\bpassword\s+)(?=\S*\d)\S{6,}", re.IGNORECASE), rf"\g<k>{MASK}"),
    (re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{20,})"), MASK),
    (re.compile(r"\bgl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat)-[A-Za-z0-9_.-]{16,}"), MASK),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), MASK),
    (re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"), MASK),
    (re.compile(r"\bnpm_[A-Za-z0-9]{20,}"), MASK),
    (re.compile(r"\b(?:AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{20,})"), MASK),
    (re.compile(r"\bey[JI][A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"), MASK),
    (re.compile(r"\b(?:pypi-[A-Za-z0-9_-]{16,}|cmVmd[A-Za-z0-9]{20,}|AKC[A-Za-z0-9]{20,}|hvs\.[A-Za-z0-9_-]{20,})"), MASK),
    # NAME_TOKEN=value, "apiKey": "value", extraheader = …: any setting whose name says secret.
    (
        re.compile(
            r"(?P<k>[\w.-]*(?:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential|extraheader)"
            r"[\w.-]*[\"']?\s*[:=]\s*)(?:\"(?P<a>[^\"\n]+)\"|'(?P<b>[^'\n]+)'|(?P<c>[^\s\"',;}\]]+))",
            re.IGNORECASE,
        ),
        rf"\g<k>{MASK}",
    ),
)
_HINT: Final = re.compile(
    r"@|-----BEGIN|authorization|bearer|basic |password|passwd|passphrase|login|gh[pousr]_|github_pat|gl[a-z]+-|AKIA|ASIA|xox|npm_|AIza|ya29|ey[JI]|pypi-|cmVmd|AKC"
    r"|hvs\.|secret|token|api.?key|access.?key|private.?key|credential|extraheader",
    re.IGNORECASE,
)


def redact(text: str) -> str:
    """Return ``text`` with every secret masked; running it twice changes nothing more."""
    if not _HINT.search(text):
        return text
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


_SECRET_NAME: Final = re.compile(
    r"token|secret|passw|passphrase|api_?key|access_?key|private_?key|credential|cookie|(?:^|_)(?:key|auth|pat|pwd)$",
    re.IGNORECASE,
)


def redact_value(name: str, value: str) -> str:
    """``value`` as it may be shown under ``name``: masked whole where the name says secret (``CI_JOB_TOKEN``)."""
    return MASK if value and _SECRET_NAME.search(name) else redact(value)
