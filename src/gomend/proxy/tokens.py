"""OIDC tokens of CI systems: who signed them, whether they are for us, and what their claims allow to read.

Source: OpenID Connect Discovery 1.0, RFC 7519 (JWT), RFC 7517 (JWK); docs of GitHub Actions and GitLab on id tokens.
"""

from __future__ import annotations

import asyncio
import fnmatch
import hashlib
import time
from collections import OrderedDict
from typing import Any, Final

import aiohttp
import jwt

from gomend.proxy.access import Who
from gomend.proxy.settings import Issuer

_ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
_FRESH: Final = 3600.0
"""Seconds that keys are good for."""
_AGAIN: Final = 15.0
"""Seconds until keys are asked for again because a token names one that is not there."""
_PATIENCE: Final = 5.0
_LARGEST: Final = 1 << 20
_KEPT: Final = 4096
_LEEWAY: Final = 30.0
"""Seconds by which clocks may differ."""


class Tokens:
    """Judges tokens of the issuers that a set-up names."""

    def __init__(self, issuers: tuple[Issuer, ...], session: aiohttp.ClientSession | None) -> None:
        """Nothing is asked yet."""
        self._issuers = {issuer.url.rstrip("/"): issuer for issuer in issuers}
        self._session = session
        self._keys: dict[str, tuple[float, dict[str, jwt.PyJWK]]] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._known: OrderedDict[bytes, Who] = OrderedDict()

    async def who(self, token: str) -> Who | None:
        """Whose token it is and what may be read with it; None if it is not good, or no rule fits its claims."""
        digest = hashlib.sha256(token.encode()).digest()
        found = self._known.get(digest)
        if found is None:
            found = await self._judged(token)
            if found is None:
                return None
            self._known[digest] = found
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return found if found.until > time.time() else None

    async def _judged(self, token: str) -> Who | None:
        try:
            head = jwt.get_unverified_header(token)
            named = jwt.decode(token, options={"verify_signature": False}).get("iss")
            issuer = self._issuers.get(str(named).rstrip("/"))
            key = await self._key(issuer, str(head.get("kid", ""))) if issuer is not None else None
            if issuer is None or key is None:
                return None
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=list(_ALGORITHMS),
                audience=issuer.audience,
                issuer=named,
                leeway=_LEEWAY,
                options={"require": ["exp", "iss", "aud"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError):
            return None
        read = ",".join(rule.read for rule in issuer.rules if _fits(rule.claims, claims))
        return Who(str(claims.get("sub", "token"))[:200], read, float(claims["exp"])) if read else None

    async def _key(self, issuer: Issuer, kid: str) -> jwt.PyJWK | None:
        """A key of an issuer; keys are asked for again if they are old, or it is not among them."""
        async with self._locks.setdefault(issuer.url, asyncio.Lock()):
            at, keys = self._keys.get(issuer.url, (0.0, {}))
            age = time.monotonic() - at
            if not at or age > _FRESH or (kid not in keys and age > _AGAIN):
                keys = await self._asked(issuer) or keys  # old keys are better than none
                self._keys[issuer.url] = time.monotonic(), keys
        return keys.get(kid) or (next(iter(keys.values())) if not kid and len(keys) == 1 else None)

    async def _asked(self, issuer: Issuer) -> dict[str, jwt.PyJWK]:
        try:
            url = issuer.keys
            if not url:
                said = await self._json(f"{issuer.url.rstrip('/')}/.well-known/openid-configuration")
                url = str(said["jwks_uri"])
                if url.startswith("http://") and not issuer.url.startswith("http://"):
                    return {}
            found = jwt.PyJWKSet.from_dict(await self._json(url))
        except (aiohttp.ClientError, OSError, ValueError, KeyError, TypeError, jwt.PyJWTError):
            return {}
        return {str(key.key_id or ""): key for key in found.keys}

    async def _json(self, url: str) -> dict[str, Any]:
        if self._session is None:
            raise OSError("no connections are made here")
        async with asyncio.timeout(_PATIENCE), self._session.get(url, allow_redirects=False) as reply:
            if reply.status != 200:
                raise ValueError(f"{url} answered {reply.status}")
            import json

            said: dict[str, Any] = json.loads(await reply.content.read(_LARGEST))
            return said


def _fits(wanted: dict[str, str], claims: dict[str, Any]) -> bool:
    """Every claim named is there and fits its glob (``refs/heads/*``); a claim with several values needs one that fits."""
    for name, glob in wanted.items():
        value = claims.get(name)
        values = value if isinstance(value, list) else [value]
        if not any(isinstance(v, str | int) and fnmatch.fnmatchcase(str(v), glob) for v in values):
            return False
    return True
