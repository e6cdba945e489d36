"""Certificates of clients, tokens of CI systems, and how often one may ask."""

from __future__ import annotations

import json
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jwt
import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from gomend.lab.actions import Response
from gomend.lab.server import Front, Handler, Journal, Server
from gomend.proxy.hot.limit import Limit
from tests.proxy.conftest import Behind, Proxy
from tests.proxy.test_go import Project
from tests.proxy.test_operation import LIST, PRIVATE, basic, sha
from tests.proxy.test_tls import write

Start = Callable[..., Proxy]


# Certificates.


def client(folder: Path, authority: trustme.CA, name: str, subject: str) -> ssl.SSLContext:
    made = authority.issue_cert(subject, common_name=f"CN of {name}")
    made.private_key_pem.write_to_path(str(folder / f"{name}.key"))
    (folder / f"{name}.pem").write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    context.load_cert_chain(str(folder / f"{name}.pem"), str(folder / f"{name}.key"))
    return context


def secured(port: int, context: ssl.SSLContext, *paths: str, header: str = "") -> list[int]:
    """Statuses of requests over one connection; the bytes are the same whoever asks."""
    found = []
    with (
        socket.create_connection(("127.0.0.1", port), timeout=20) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as line,
    ):
        for path in paths:
            line.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n{header}\r\n".encode())
            head = b""
            while b"\r\n\r\n" not in head:
                head += line.recv(4096)
            start, _, body = head.partition(b"\r\n\r\n")
            length = next(int(h.split(b":")[1]) for h in start.split(b"\r\n") if h.lower().startswith(b"content-length"))
            while len(body) < length:
                body += line.recv(4096)
            found.append(int(start.split()[1]))
    return found


def test_who_a_client_is_stands_in_its_certificate_alone(start: Start, behind: Behind, tmp_path: Path) -> None:
    authority, other = trustme.CA(), trustme.CA()
    write(tmp_path, authority)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    ann = client(tmp_path, authority, "ann", "ann.example.com")
    bob = client(tmp_path, authority, "bob", "bob@example.com")
    eve = client(tmp_path, authority, "eve", "eve.example.com")
    none = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    forged = client(tmp_path, other, "forged", "ann.example.com")
    config = tmp_path / "proxy.toml"
    config.write_text(
        f'[tls]\ncert = "{tmp_path}/cert.pem"\nkey = "{tmp_path}/key.pem"\nclient-ca = "{tmp_path}/ca.pem"\n'
        '[access]\nmode = "mtls"\npublic = "example.com/multi"\n'
        '[[access.users]]\nname = "ann"\nsubject = "ann.example.com"\n'
        '[[access.users]]\nname = "bob"\nsubject = "bob@example.com"\nread = "example.com/*"\n'
    )
    proxy = start("--upstream", behind.url, "--config", str(config))
    public = "/example.com/multi/@v/list"
    lie = "Authorization: Certificate ann.example.com\r\n"
    for _ in range(2):
        assert secured(proxy.port, ann, LIST, PRIVATE, LIST, PRIVATE) == [200, 200, 200, 200]
        assert secured(proxy.port, bob, LIST, PRIVATE, LIST, PRIVATE) == [200, 403, 200, 403]
        assert secured(proxy.port, eve, LIST, PRIVATE, public) == [401, 401, 200]
        assert secured(proxy.port, none, LIST, PRIVATE, public, "/healthz") == [401, 401, 200, 200]
        assert secured(proxy.port, none, PRIVATE, header=lie) == [401]
        with pytest.raises(OSError):
            secured(proxy.port, forged, LIST)


# Tokens.


class IssuerServer:
    """An issuer of tokens, as GitHub Actions and GitLab are: discovery, keys, and tokens that it signs."""

    def __init__(self) -> None:
        self.keys: dict[str, Any] = {"one": rsa.generate_private_key(65537, 2048)}
        self.journal = Journal()
        self.server = Server(Front("issuer", self.answer, self.journal))
        self.url = f"http://127.0.0.1:{self.server.port}"

    def answer(self, handler: Handler) -> Response:
        if handler.path == "/.well-known/openid-configuration":
            return Response(status=200, body=json.dumps({"issuer": self.url, "jwks_uri": f"{self.url}/jwks"}).encode())
        found = []
        for kid, key in self.keys.items():
            kind = jwt.algorithms.ECAlgorithm if isinstance(key, ec.EllipticCurvePrivateKey) else jwt.algorithms.RSAAlgorithm
            found.append({**kind.to_jwk(key.public_key(), as_dict=True), "kid": kid, "use": "sig"})
        return Response(status=200, body=json.dumps({"keys": found}).encode())

    def token(self, kid: str = "one", key: Any = None, **claims: Any) -> str:
        whole = {
            "iss": self.url, "aud": "goproxy", "sub": "repo:corp/shop:ref:refs/heads/main", "exp": time.time() + 600,
            "repository_owner": "corp", "ref": "refs/heads/main", **claims,
        }  # fmt: skip
        key = key or self.keys[kid]
        algorithm = "ES256" if isinstance(key, ec.EllipticCurvePrivateKey) else "RS256"
        return jwt.encode({k: v for k, v in whole.items() if v is not None}, key, algorithm=algorithm, headers={"kid": kid})


@pytest.fixture
def issuer() -> Iterator[IssuerServer]:
    one = IssuerServer()
    yield one
    one.server.close()


def with_issuer(tmp_path: Path, issuer: IssuerServer, more: str = "") -> str:
    file = tmp_path / "oidc.toml"
    file.write_text(
        f'[access]\nmode = "basic"\n{more}'
        f'[[access.users]]\nname = "ann"\nsha256 = "{sha("ann-secret")}"\n'
        f'[[access.issuers]]\nurl = "{issuer.url}"\naudience = "goproxy"\n'
        '[[access.issuers.rules]]\nclaims = { repository_owner = "corp" }\nread = "example.com/*"\n'
        '[[access.issuers.rules]]\nclaims = { repository_owner = "corp", ref = "refs/heads/*" }\nread = "corp.example.com"\n'
    )
    return str(file)


def test_tokens_read_what_their_claims_allow(start: Start, behind: Behind, tmp_path: Path, issuer: IssuerServer) -> None:
    proxy = start("--upstream", behind.url, "--config", with_issuer(tmp_path, issuer))

    def ask(token: str, path: str = LIST) -> int:
        bearer, password = f"Bearer {token}", basic("ci", token)
        found = {proxy.get(path, Authorization=value)[0] for value in (bearer, password)}
        assert len(found) == 1
        return found.pop()

    for _ in range(2):
        assert [ask(issuer.token(), path) for path in (LIST, PRIVATE)] == [200, 200]
        assert [ask(issuer.token(ref="refs/tags/v1"), path) for path in (LIST, PRIVATE)] == [200, 403]
    stranger = rsa.generate_private_key(65537, 2048)
    bad = {
        "somebody else's": issuer.token(repository_owner="evil"),
        "for another audience": issuer.token(aud="pypi"),
        "expired": issuer.token(exp=time.time() - 100),
        "without an end": issuer.token(exp=None),
        "of another issuer": issuer.token(iss="https://issuer.example.com"),
        "signed by another key": issuer.token(key=stranger),
        "unsigned": jwt.encode(
            {"iss": issuer.url, "aud": "goproxy", "exp": time.time() + 60, "repository_owner": "corp"}, None, algorithm="none"
        ),
        "signed with the public key": _confused(issuer),
        "cut": issuer.token()[:-10],
        "of a key that nobody has": issuer.token(kid="two", key=stranger),
    }
    assert {why: ask(token) for why, token in bad.items()} == dict.fromkeys(bad, 401)
    assert proxy.get(LIST, Authorization=basic("ann", "ann-secret"))[0] == 200
    # Keys are not asked for again with every bad token.
    assert sum(e.startswith("/jwks") for e in issuer.journal.requests["issuer"]) == 1


def _confused(issuer: IssuerServer) -> str:
    """HS256 with the public key as secret, which careless servers take."""
    import base64
    import hashlib
    import hmac

    from cryptography.hazmat.primitives import serialization

    pem = (
        issuer.keys["one"]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )

    def part(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    claims = {"iss": issuer.url, "aud": "goproxy", "exp": time.time() + 60, "repository_owner": "corp"}
    said = part(json.dumps({"alg": "HS256", "kid": "one"}).encode()) + "." + part(json.dumps(claims).encode())
    return f"{said}.{part(hmac.new(pem, said.encode(), hashlib.sha256).digest())}"


def test_an_answer_is_not_known_for_longer_than_the_token_lasts(
    start: Start, behind: Behind, tmp_path: Path, issuer: IssuerServer
) -> None:
    issuer.keys["curve"] = ec.generate_private_key(ec.SECP256R1())
    proxy = start("--upstream", behind.url, "--config", with_issuer(tmp_path, issuer))
    zip_ = "/example.com/a/@v/v1.0.0.zip"
    # Clocks may differ by 30 s, so a token that has 27 s of those left is good for three more.
    short = issuer.token(kid="curve", exp=time.time() - 27)
    assert proxy.get(zip_, Authorization=f"Bearer {short}")[0] == 401  # the hot path is not told to keep what has ended
    token = issuer.token(kid="curve", exp=time.time() + 3)
    assert proxy.get(zip_, Authorization=f"Bearer {token}")[0] == 200
    time.sleep(3.2)
    assert proxy.get(zip_, Authorization=f"Bearer {token}")[0] == 401


def test_go_gives_a_token_from_its_netrc(start: Start, behind: Behind, tmp_path: Path, issuer: IssuerServer) -> None:
    authority = trustme.CA()
    write(tmp_path, authority)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    config = Path(with_issuer(tmp_path, issuer))
    config.write_text(config.read_text() + f'[tls]\ncert = "{tmp_path}/cert.pem"\nkey = "{tmp_path}/key.pem"\n')
    proxy = start("--upstream", behind.url, "--config", str(config))
    netrc = tmp_path / "netrc"
    environ = {"SSL_CERT_FILE": str(tmp_path / "ca.pem"), "NETRC": str(netrc)}
    for name, owner, code in (("good", "corp", 0), ("bad", "evil", 1)):
        netrc.write_text(f"machine 127.0.0.1:{proxy.port} login ci password {issuer.token(repository_owner=owner)}\n")
        project = Project(tmp_path / name, f"https://127.0.0.1:{proxy.port}", **environ)
        assert project.go("get", "example.com/b").returncode == code


# How often.


@given(st.lists(st.floats(0, 0.5), min_size=1, max_size=200), st.floats(1, 50), st.integers(1, 20))
def test_nobody_gets_more_than_the_rate_and_who_is_slow_gets_all(pauses: list[float], rate: float, burst: int) -> None:
    limit, now, taken = Limit(rate, burst), 1000.0, []
    for pause in pauses:
        now += pause
        if not limit.take(b"ann", now):
            taken.append(now)
    for i in range(len(taken)):
        for j in range(i, len(taken)):
            assert j - i + 1 <= burst + (taken[j] - taken[i]) * rate + 1e-6
    other = Limit(rate, burst)
    assert not any(other.take(b"ann", 1000.0 + i / rate * 1.001) for i in range(100))
    wait = next(w for w in (other.take(b"bob", 2000.0) for _ in range(burst + 1)) if w)
    assert other.take(b"bob", 2000.0 + wait * 1.001) == 0


def test_clients_that_crowd_out_each_other_still_get_through() -> None:
    limit = Limit(1, 1)
    refused = sum(bool(limit.take(str(i).encode(), 5.0)) for i in range(20_000))
    assert refused < 200


def test_too_many_requests_are_told_to_wait_and_others_are_not(start: Start, behind: Behind, tmp_path: Path) -> None:
    config = tmp_path / "proxy.toml"
    config.write_text(
        f'[access]\nmode = "basic"\npublic = "*"\nrate = 1\nburst = 30\n[limits]\nworkers = 2\n'
        f'[[access.users]]\nname = "ann"\nsha256 = "{sha("ann-secret")}"\n'
    )
    proxy = start("--upstream", behind.url, "--config", str(config))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: proxy.get(LIST), range(100)))
    good = [a for a in answers if a[0] == 200]
    bad = [a for a in answers if a[0] == 429]
    assert len(good) + len(bad) == 100
    assert 28 <= len(good) <= 45
    assert 1 <= int(bad[0][1]["retry-after"]) <= 100
    assert b"ask again" in bad[0][2]
    # Secrets that are nobody's are counted at the address: who guesses gets no bucket of his own for each guess.
    assert [proxy.get(LIST, Authorization=basic("ann", f"guess{i}"))[0] for i in range(20)].count(429) >= 18
    assert proxy.get("/healthz")[0] == 200
    known = basic("ann", "ann-secret")
    time.sleep(1.1)
    assert proxy.get(LIST, Authorization=known)[0] == 200  # hers from now on
    assert [proxy.get(LIST, Authorization=known)[0] for _ in range(10)] == [200] * 10
    _pipelined(proxy.port)


def _pipelined(port: int) -> None:
    """A limit does not break a connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(
            f"GET {LIST} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 5
            + b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        said = b""
        while piece := line.recv(1 << 16):
            said += piece
    assert said.count(b"HTTP/1.1 ") == 6
    assert said.count(b" 429 ") >= 4
    assert said.endswith(b"ok\n")


def test_a_clock_is_shared_by_processes() -> None:
    limit = Limit(1, 1000)
    read, write_ = os.pipe()
    children = []
    for _ in range(2):
        if not (pid := os.fork()):
            os.write(write_, bytes([sum(not limit.take(b"ann", 7.0) for _ in range(100))]))
            os._exit(0)
        children.append(pid)
    for pid in children:
        os.waitpid(pid, 0)
    assert sum(os.read(read, 2)) == 200
    assert sum(not limit.take(b"ann", 7.0) for _ in range(1000)) <= 1000 - 100
    os.close(read)
    os.close(write_)
    assert threading.active_count() >= 1
