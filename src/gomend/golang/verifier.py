"""Names and keys of checksum databases, as GOSUMDB has them. Source: cmd/go, modfetch/sumdb.go; x/mod/sumdb/note."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from pathlib import Path
from typing import Final

_KNOWN_ZONES: Final = ("golang.org", "golang.google.cn")
_ALGORITHM: Final = 1
_BUILT_IN: Final = re.compile(r'"([\w.-]+)":\s*"([\w.-]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+)"')


def problem(value: str) -> str:
    """What go would refuse a GOSUMDB value with, in its own words; empty if it would take it."""
    words = value.split()
    if value == "off":
        return ""
    if not words:
        return "missing GOSUMDB"
    if len(words) > 2:
        return "invalid GOSUMDB: too many fields"
    if words[0] in {f"sum.{zone}" for zone in _KNOWN_ZONES[: 1 if len(words) == 2 else 2]}:
        return ""
    wrong = key_problem(words[0])
    return f"invalid GOSUMDB: {wrong}" if wrong else ""


def key_problem(key: str) -> str:
    """What is wrong with a verifier key ``NAME+HASH+KEY``, empty if nothing is."""
    name, _, rest = key.partition("+")
    digest, _, encoded = rest.partition("+")
    if not name or len(digest) != 8 or not encoded:
        return "malformed verifier id"
    try:
        wanted = int(digest, 16)
        data = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        return "malformed verifier id"
    if not data:
        return "malformed verifier id"
    got = int.from_bytes(hashlib.sha256(name.encode() + b"\n" + data).digest()[:4], "big")
    if got != wanted:
        return "invalid verifier hash"
    if data[0] != _ALGORITHM:
        return "unknown verifier algorithm"
    return "" if len(data) == 33 else "malformed verifier id"


def known_keys(goroot: str) -> dict[str, str]:
    """The keys that this toolchain has built in, by database (cmd/go, modfetch/key.go); none if that cannot be read."""
    try:
        text = Path(f"{goroot}/src/cmd/go/internal/modfetch/key.go").read_text(encoding="utf-8")
    except OSError:
        return {}
    return {name: key for name, key in _BUILT_IN.findall(text) if not key_problem(key)}
