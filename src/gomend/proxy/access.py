"""Who may read what. Passwords and tokens stand in the file as SHA-256 only; they are long and random, so that is enough."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from gomend.golang import patterns
from gomend.proxy.settings import Access, User


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
        """The header line that asks for credentials."""
        return f'WWW-Authenticate: {self._access.mode.capitalize()} realm="gomend proxy"\r\n'

    def user(self, authorization: str) -> User | None:
        """Whose credentials these are; None if nobody's. Takes the same time for any secret."""
        scheme, _, value = authorization.strip().partition(" ")
        if scheme.lower() != self._access.mode:
            return None
        name, secret = "", value.strip()
        if self._access.mode == "basic":
            try:
                name, _, secret = base64.b64decode(secret, validate=True).decode("utf-8").partition(":")
            except (binascii.Error, ValueError):
                return None
        digest = hashlib.sha256(secret.encode()).hexdigest()
        found = None
        for user in self._access.users:
            fits = hmac.compare_digest(user.sha256.lower(), digest)
            if fits and (self._access.mode == "bearer" or hmac.compare_digest(user.name.encode(), name.encode())):
                found = user
        return found

    def may_read(self, user: User | None, module: str) -> bool:
        """Whether a module may be read; ``user`` None is somebody without credentials."""
        if self.open or (self._access.public and patterns.matches(self._access.public, module)):
            return True
        return user is not None and patterns.matches(user.read, module)
