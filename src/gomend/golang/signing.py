"""The other side of the checksum database: keys that sign, and tree heads that are signed.

Source: golang.org/x/mod/sumdb/note (GenerateKey, NewSigner, Sign), tlog (FormatTree, FormatRecord).
"""

from __future__ import annotations

import base64
import binascii
from hashlib import sha256

from gomend.golang.sumdb import SumDBError, Tree
from gomend.model.base import Thing

_ALGORITHM = b"\x01"
"""Ed25519."""


class Signer(Thing, frozen=True):
    """A name, the number of its key, and the secret seed; never shown."""

    name: str
    number: bytes
    seed: bytes

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Signer({self.name}+{self.number.hex()})"

    @property
    def public(self) -> str:
        """What clients set GOSUMDB to: ``NAME+HASH+KEY``."""
        from nacl.signing import SigningKey

        key = _ALGORITHM + bytes(SigningKey(self.seed).verify_key)
        return f"{self.name}+{self.number.hex()}+{base64.b64encode(key).decode()}"

    @property
    def secret(self) -> str:
        """The line of a key file: ``PRIVATE+KEY+NAME+HASH+SEED``."""
        return f"PRIVATE+KEY+{self.name}+{self.number.hex()}+{base64.b64encode(_ALGORITHM + self.seed).decode()}"


def new(name: str) -> Signer:
    """A new key for a database called ``name``, which has a dot and no blanks or pluses.

    Raises:
        SumDBError: the name cannot be one.
    """
    import nacl.utils

    if "+" in name or "." not in name or not name.isprintable() or " " in name:
        raise SumDBError(f"{name}: a database is called like a host, such as sum.example.com")
    return _signer(name, nacl.utils.random(32))


def _signer(name: str, seed: bytes) -> Signer:
    from nacl.signing import SigningKey

    public = _ALGORITHM + bytes(SigningKey(seed).verify_key)
    return Signer(name=name, number=sha256(f"{name}\n".encode() + public).digest()[:4], seed=seed)


def read(line: str) -> Signer:
    """A key as it stands in a file.

    Raises:
        SumDBError: it is none.
    """
    words = line.strip().split("+", 4)
    try:
        raw = base64.b64decode(words[-1], validate=True)
    except (ValueError, binascii.Error):
        raw = b""
    if len(words) != 5 or words[:2] != ["PRIVATE", "KEY"] or raw[:1] != _ALGORITHM or len(raw) != 33:
        raise SumDBError("no private key such as PRIVATE+KEY+sum.example.com+…")
    made = _signer(words[2], raw[1:])
    if made.number.hex() != words[3]:
        raise SumDBError("the number of the private key does not belong to it")
    return made


def sign(tree: Tree, signers: tuple[Signer, ...]) -> bytes:
    """A tree head signed by each; clients that know one of the keys believe it, so that keys can be changed without a gap."""
    from nacl.signing import SigningKey

    text = f"go.sum database tree\n{tree.size}\n{base64.b64encode(tree.root).decode()}\n"
    lines = []
    for signer in signers:
        signature = SigningKey(signer.seed).sign(text.encode()).signature
        lines.append(f"— {signer.name} {base64.b64encode(signer.number + signature).decode()}\n")
    return (text + "\n" + "".join(lines)).encode()
