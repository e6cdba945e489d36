"""Who may read what. Passwords and tokens stand in the file as SHA-256 only; they are long and random, so that is enough."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Final, NamedTuple

from gomend.golang import patterns
from gomend.proxy.settings import Access

CERTIFICATE: Final = "Certificate "
"""Before the names in a client's certificate, where the hot path gives them in place of an Authorization header."""


class Who(NamedTuple):
    """Somebody: a name that may be shown, patterns of modules to read, and until when that holds (seconds since 1970)."""

    name: str
    read: str
    until: float = float("inf")


def is_token(secret: str) -> bool:
    """Whether a secret could be a token."""
    return secret.startswith("eyJ") and secret.count(".") == 2


class Gate:
    """Judges credentials."""

    def __init__(self, access: Access) -> None:
        """``access`` is checked already."""
        self._access = access

    @property
    def open(self) -> bool:
        """Whether everybody may read everything."""
        return self._access.mode == "none"

    @property
    def challenge(self) -> str:
        """The header line that asks for credentials; a certificate cannot be asked for in one."""
        if self._access.mode == "mtls":
            return ""
        return f'WWW-Authenticate: {self._access.mode.capitalize()} realm="gomend proxy"\r\n'

    def secret(self, authorization: str) -> tuple[str, str] | None:
        """Name (empty for a bearer) and secret of an Authorization header; None if it has none."""
        scheme, _, value = authorization.strip().partition(" ")
        if scheme.lower() == "bearer":
            return "", value.strip()
        if scheme.lower() != "basic":
            return None
        try:
            name, _, secret = base64.b64decode(value.strip(), validate=True).decode("utf-8").partition(":")
        except (binascii.Error, ValueError):
            return None
        return name, secret

    def user(self, authorization: str) -> Who | None:
        """Whose credentials these are; None if nobody's. Takes the same time for any secret."""
        if self._access.mode == "mtls":
            return self._certified(authorization)
        scheme = authorization.strip().partition(" ")[0].lower()
        given = self.secret(authorization)
        if given is None or scheme != self._access.mode:
            return None
        name, secret = given
        digest = hashlib.sha256(secret.encode()).hexdigest()
        found = None
        for user in self._access.users:
            fits = hmac.compare_digest(user.sha256.lower(), digest)
            if fits and (scheme == "bearer" or hmac.compare_digest(user.name.encode(), name.encode())):
                found = Who(user.name, user.read)
        return found

    def _certified(self, given: str) -> Who | None:
        """The user whose subject is a name in the client's certificate."""
        if not given.startswith(CERTIFICATE):
            return None
        names = given.removeprefix(CERTIFICATE).split("\n")
        return next((Who(u.name, u.read) for u in self._access.users if u.subject and u.subject in names), None)

    def may_read(self, who: Who | None, module: str) -> bool:
        """Whether a module may be read; None is somebody without credentials."""
        if self.open or (self._access.public and patterns.matches(self._access.public, module)):
            return True
        return who is not None and patterns.matches(who.read, module)
