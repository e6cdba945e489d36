"""TLS: go with a login, slow handshakes, a certificate that is renewed."""

from __future__ import annotations

import contextlib
import signal
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import trustme

from tests.proxy.conftest import Behind, Proxy
from tests.proxy.test_go import Project
from tests.proxy.test_operation import users

Start = Callable[..., Proxy]


def write(folder: Path, authority: trustme.CA) -> int:
    """A certificate for 127.0.0.1; its serial number."""
    from cryptography import x509

    made = authority.issue_cert("127.0.0.1")
    (folder / "key.pem").write_bytes(made.private_key_pem.bytes())
    (folder / "cert.pem").write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
    return x509.load_pem_x509_certificate(made.cert_chain_pems[0].bytes()).serial_number


def serial(port: int, context: ssl.SSLContext) -> int:
    with (
        socket.create_connection(("127.0.0.1", port), timeout=20) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as secured,
    ):
        found = secured.getpeercert()
        assert found is not None
        return int(str(found["serialNumber"]), 16)


def test_go_logs_in_and_the_certificate_is_renewed(start: Start, behind: Behind, tmp_path: Path) -> None:
    authority = trustme.CA()
    first = write(tmp_path, authority)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    config = tmp_path / "proxy.toml"
    config.write_text(f'[tls]\ncert = "{tmp_path}/cert.pem"\nkey = "{tmp_path}/key.pem"\n{users("basic")}')
    proxy = start("--upstream", behind.url, "--config", str(config))
    trusting = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    assert serial(proxy.port, trusting) == first
    project = Project(tmp_path / "p", f"https://ann:ann-secret@127.0.0.1:{proxy.port}", SSL_CERT_FILE=str(tmp_path / "ca.pem"))
    project.fine("get", "example.com/b")
    project.fine("build", "./...")
    done = Project(tmp_path / "q", f"https://ann:other@127.0.0.1:{proxy.port}", SSL_CERT_FILE=str(tmp_path / "ca.pem")).go(
        "get", "example.com/b"
    )
    assert "wants credentials" in done.stderr
    # Plain HTTP, half a handshake, rubbish: closed, and nobody else notices.
    stuck = [socket.create_connection(("127.0.0.1", proxy.port), timeout=20) for _ in range(30)]
    for number, connection in enumerate(stuck):
        connection.sendall((b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01", b"\x16\x03\x01\x00\x05hello")[number % 3])
    second = write(tmp_path, authority)
    assert second != first
    proxy.process.send_signal(signal.SIGHUP)
    for _ in range(100):
        if serial(proxy.port, trusting) == second:
            break
        time.sleep(0.05)
    assert serial(proxy.port, trusting) == second
    for connection in stuck:
        connection.close()


def test_a_large_file_and_a_slow_reader(start: Start, tmp_path: Path) -> None:
    import random

    from gomend.lab import modules

    text = random.Random(1).randbytes(3 << 20).hex()
    big = modules._release("example.com/big", "v1.0.0", {"big.txt": text})
    authority = trustme.CA()
    write(tmp_path, authority)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    config = tmp_path / "proxy.toml"
    config.write_text(f'[tls]\ncert = "{tmp_path}/cert.pem"\nkey = "{tmp_path}/key.pem"\n')
    behind = Behind((big,))
    try:
        proxy = start("--upstream", behind.url, "--config", str(config))
        context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
        with contextlib.ExitStack() as stack:
            plain = stack.enter_context(socket.create_connection(("127.0.0.1", proxy.port), timeout=60))
            secured = stack.enter_context(context.wrap_socket(plain, server_hostname="127.0.0.1"))
            secured.sendall(b"GET /example.com/big/@v/v1.0.0.zip HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            time.sleep(1)
            got = b""
            while piece := secured.recv(1 << 16):
                got += piece
        assert got.partition(b"\r\n\r\n")[2] == big.zip
    finally:
        behind.close()
