"""The parts by themselves: modules, the checksum database, servers, git, and the shape of scenarios."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from gomend.golang import verifier
from gomend.lab import actions, modules, sumdb, tls
from gomend.lab.scenario import Scenario, ScenarioProblem, Spec, load, run
from gomend.lab.server import Deaf, Front, Journal, Server, ruled
from gomend.lab.stage import staged
from gomend.lab.upstream import InjectionProblem, injection

A = "/example.com/a/@v/v1.0.0"
DATABASE = sumdb.SumDB()


def served(action: str) -> tuple[Server, Journal]:
    journal = Journal()
    good = actions.healthy(DATABASE)
    answer = ruled((), action, lambda chosen, handler: actions.respond(chosen, handler.path, good))
    return Server(Front("P1", answer, journal)), journal


# Modules --------------------------------------------------------------------------------------------------------------


def test_zips_are_the_same_bytes_every_time() -> None:
    for release in modules.RELEASES:
        assert release.zip == release.zip
        names = list(modules.read_zip(release.zip))
        assert f"{release.path}@{release.version}/go.mod" in names
    assert len({(release.path, release.version) for release in modules.RELEASES}) == 15


def test_known_hashes() -> None:
    """The hash of this go.mod was seen elsewhere."""
    release = modules.find("example.com/a", "v1.0.0")
    assert release is not None
    assert release.sums[1] == "example.com/a v1.0.0/go.mod h1:DhNAN5ESgofBjUyC9S2g6VCJUhcIDhtNzG+3JuOOhyg="


def test_go_computes_the_same_hashes() -> None:
    """Over every module that a build can use, the real go writes the go.sum lines that the lab says."""
    wanted = [r for r in modules.RELEASES if r.path not in {"example.com/liar", "example.com/newgo"}]
    command = "go mod download -json " + " ".join(f"{r.path}@{r.version}" for r in wanted)
    seen = run(Scenario(id="x", env={"GOPROXY": "http://127.0.0.1:{P1}"}, servers={"P1": Spec()}, command=command))
    assert seen.exit == 0, seen.stderr
    for release in wanted:
        assert release.sums[0].split()[-1] in seen.stdout
        assert release.sums[1].split()[-1] in seen.stdout


# The checksum database ------------------------------------------------------------------------------------------------


def signed(head: str, key: str) -> tuple[int, bytes]:
    """Verify a tree head as x/mod/sumdb/note does; size and root hash."""
    text, _, signature = head.rpartition("\n\n")
    raw = base64.b64decode(signature.split()[2])
    assert raw[:4].hex() == key.split("+")[1]
    VerifyKey(base64.b64decode(key.split("+", 2)[2])[1:]).verify((text + "\n").encode(), raw[4:])
    _, size, root = text.splitlines()
    return int(size), base64.b64decode(root)


def test_the_tree_head_is_signed_and_fits_the_records() -> None:
    assert verifier.key_problem(DATABASE.key) == ""
    size, root = signed(DATABASE.answer("/latest")[1].decode(), DATABASE.key)
    assert size == len(modules.RELEASES) == 15
    leaves = []
    for release in modules.RELEASES:
        status, body = DATABASE.answer(f"/lookup/{release.path}@{release.version}".replace("UP/Case", "!u!p/!case"))
        assert status == 200
        record, _, head = body.decode().partition("\n\n")
        assert signed(head, DATABASE.key) == (size, root)
        text = record.split("\n", 1)[1] + "\n"
        assert text.splitlines() == list(release.sums)
        leaves.append(hashlib.sha256(b"\0" + text.encode()).digest())
    assert DATABASE.answer(f"/tile/8/0/000.p/{size}") == (200, b"".join(leaves))
    level = leaves  # the tree by levels; a node without a sibling moves up, which is RFC 6962 for any size
    while len(level) > 1:
        pairs = [hashlib.sha256(b"\1" + a + b).digest() for a, b in zip(level[::2], level[1::2], strict=False)]
        level = pairs + ([level[-1]] if len(level) % 2 else [])
    assert level[0] == root


def test_faults_of_the_database() -> None:
    path = "/lookup/example.com/a@v1.0.0"
    size, root = signed(DATABASE.answer("/latest")[1].decode(), DATABASE.key)
    assert sumdb.WRONG in DATABASE.answer(path, "wrong")[1].decode()
    assert "example.com/a" not in DATABASE.answer(path, "absent")[1].decode()
    with pytest.raises(BadSignatureError):
        signed(DATABASE.answer("/latest", "badsig")[1].decode(), DATABASE.key)
    forked = signed(DATABASE.answer("/latest", "fork")[1].decode(), DATABASE.key)
    assert forked[0] == size
    assert forked[1] != root
    assert DATABASE.answer("/tile/8/0/000.p/15", "badtile")[1] != DATABASE.answer("/tile/8/0/000.p/15")[1]
    assert [DATABASE.answer(p)[0] for p in ("/tile/8/0/000.p/16", "/tile/7/0/000.p/15", "/lookup/x@v1.0.0", "/x")] == [404] * 4


def test_go_itself_proves_a_fork() -> None:
    """A second server signs another history of the same length than the one that go remembers from the first."""
    scene = Scenario(
        id="x",
        env={"GOPROXY": "http://127.0.0.1:{P2}", "GOSUMDB": "{KEY}"},
        servers={"P1": Spec(), "P2": Spec(rules=(("^/sumdb/", "sum:fork"),))},
        setup=("GOPROXY=http://127.0.0.1:{P1} go mod download example.com/a@v1.0.0",),
        command="go mod download example.com/b@v1.0.0",
    )
    seen = run(scene)
    assert seen.setup == ()
    assert seen.exit == 1
    assert "go.sum database server misbehavior detected!" in seen.stderr
    assert "P1" not in seen.requests


# Servers --------------------------------------------------------------------------------------------------------------


def get(server: Server, path: str = f"{A}.info") -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_only_loopback() -> None:
    server, _ = served("ok")
    assert server.server_address[0] == "127.0.0.1"
    assert get(server)[0] == 200
    server.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), timeout=5)


def test_reset_is_a_reset() -> None:
    server, journal = served("close")
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as client:
        client.sendall(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    assert journal.requests == {"P1": ("/x close",)}
    server.close()


def test_hang_ends_with_the_server() -> None:
    server, _ = served("hang")
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        client.sendall(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
        client.settimeout(1)
        with pytest.raises(TimeoutError):
            client.recv(1)
        server.close()
        client.settimeout(10)
        assert client.recv(1) == b""


@pytest.mark.parametrize("listening", [False, True])
def test_deaf_ports(listening: bool) -> None:
    deaf = Deaf(listening=listening)
    if listening:
        with socket.create_connection(("127.0.0.1", deaf.port), timeout=5) as client:
            client.settimeout(0.5)
            client.sendall(b"x")
            with pytest.raises(TimeoutError):
                client.recv(1)
    else:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", deaf.port), timeout=5)
    deaf.close()


ANSWERS = [
    ("status:418", 418, b""),
    ("text:403:go away", 403, b"go away"),
    ("badjson", 200, b'{"Version":'),
    ("emptybody", 200, b""),
    ("slow:0.3", 200, rb'{"Version": "v1.0.0".*}'),
    ("drip:0.3", 200, rb'{"Version": "v1.0.0".*}'),
    ("wrongver", 200, rb'{"Version":"v9.9.9".*}'),
    ("html", 200, rb"<!DOCTYPE html>.*"),
    ("meta:example.com/a mod https://mods.example.com", 200, rb'.*content="example.com/a mod https://mods.example.com".*'),
]


@pytest.mark.parametrize(("action", "status", "body"), ANSWERS)
def test_answers(action: str, status: int, body: bytes) -> None:
    server, journal = served(action)
    started = time.monotonic()
    got = get(server)
    assert got[0] == status
    assert re.fullmatch(body, got[1], re.DOTALL), got[1]
    if action.startswith(("slow", "drip")):
        assert time.monotonic() - started >= 0.3
    assert journal.order == ("P1",)
    server.close()


def test_false_zips() -> None:
    good = dict(modules.read_zip(served_zip("ok")))
    wrong = modules.read_zip(served_zip("zipwrong"))
    assert good.keys() == wrong.keys()
    assert good != wrong
    assert not any(name.startswith("example.com/a@") for name in modules.read_zip(served_zip("zipprefix")))
    assert len(served_zip("truncsilent")) == len(served_zip("ok")) // 2
    with pytest.raises(OSError, match="IncompleteRead"):
        served_zip("trunc")
    assert len(served_zip("zipbomb")) < 4_000_000


def served_zip(action: str) -> bytes:
    import http.client

    server, _ = served(action)
    try:
        return get(server, f"{A}.zip")[1]
    except http.client.IncompleteRead as error:
        raise OSError(str(error)) from None
    finally:
        server.close()


def test_servers_end_with_a_killed_process(tmp_path: Path) -> None:
    upstream, _ = served("ok")
    words = [sys.executable, "-m", "gomend", "lab", "proxy", "--upstream", f"http://127.0.0.1:{upstream.port}"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        match = re.search(r"GOPROXY=http://127\.0\.0\.1:(\d+)", line)
        assert match, line
        port = int(match[1])
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{A}.mod", timeout=10) as answer:
            assert answer.read() == b"module example.com/a\n\ngo 1.21\n"
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    upstream.close()


# Scenarios ------------------------------------------------------------------------------------------------------------

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"id": "x", "observed": {}}, "observed"),
    ({"id": "x", "servers": {"P1": {"defualt": "ok"}}}, "defualt"),
    ({"id": "x", "servers": {"P9": {}}}, "P9"),
    ({"id": "x", "servers": {"P1": {"default": "explode"}}}, "explode"),
    ({"id": "x", "servers": {"P1": {"rules": [["a", "status:abc"]]}}}, "status:abc"),
    ({"id": "x", "servers": {"P1": {"tls": True}}}, "good, selfsigned"),
    ({"id": "x", "servers": {"P1": {"default": "sum:other"}}}, "sum:other"),
    ({"id": "x", "connect": "accept"}, "accept"),
    ({"id": "x", "connect": {"example.com": [[".", "nothing"]]}}, "nothing"),
    ({"id": "x", "timeout": "long"}, "timeout"),
    ({"group": "x"}, "id"),
]


@pytest.mark.parametrize(("raw", "named"), WRONG)
def test_what_is_no_scenario_is_refused_by_name(raw: dict[str, Any], named: str) -> None:
    with pytest.raises(ScenarioProblem, match=re.escape(named)):
        load(raw)
    with pytest.raises(ScenarioProblem, match="this is not a scenario"):
        load("{")


def test_files_stay_inside() -> None:
    with pytest.raises(ScenarioProblem, match="outside"):
        run(Scenario(id="x", files={"../evil": ""}))


def test_without_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ScenarioProblem, match="go is not on PATH"):
        run(Scenario(id="x"))


def test_nothing_is_left_behind() -> None:
    with staged(Scenario(id="x", env={"GOPROXY": "http://127.0.0.1:{P1}"}, servers={"P1": Spec()})) as stage:
        stage.perform()
        folder = stage.folder
        told = subprocess.run(["go", "telemetry"], env=stage.environ, cwd=folder, capture_output=True, text=True, check=True)
        assert told.stdout == "off\n"
        assert (folder / "mod").is_dir()
    assert not folder.exists()


def test_a_late_command_dies_with_its_children() -> None:
    mark = f"3{os.getpid()}.5"
    seen = run(Scenario(id="x", command=f"sleep {mark} & sleep {mark}", timeout=1))
    assert seen.exit is None
    left = [p for p in Path("/proc").glob("[0-9]*/cmdline") if mark.encode() in _read(p)]
    assert left == []


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_failed_setup_is_told() -> None:
    seen = run(Scenario(id="x", setup=("echo broken >&2; exit 3",), command="true"))
    assert seen.setup == ("echo broken >&2; exit 3: broken",)


def test_certificates_need_trustme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(tls.NoCertificates, match=r"gomend\[lab\]"):
        tls.Authority()
    tls.authority.cache_clear()
    with pytest.raises(ScenarioProblem, match=r"gomend\[lab\]"):
        run(Scenario(id="x", servers={"P1": Spec(tls="good")}))


# Injections -----------------------------------------------------------------------------------------------------------


def test_injections() -> None:
    assert injection(r"\.zip$=trunc") == (r"\.zip$", "trunc")
    assert injection("go-get=1=status:500") == ("go-get=1", "status:500")
    assert injection("x=redirect:https://example.com/?a=b") == ("x", "redirect:https://example.com/?a=b")
    for wrong in ("trunc", "x=explode", "x=sum:wrong", "x=git", "[=hang"):
        with pytest.raises(InjectionProblem, match=re.escape(wrong)):
            injection(wrong)


def test_the_same_scenario_twice_at_once() -> None:
    """Stages share nothing but the build cache."""
    scene = Scenario(id="x", env={"GOPROXY": "http://127.0.0.1:{P1}"}, servers={"P1": Spec(default="slow:0.2")})
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(run, (scene, scene))
    assert first.requests == second.requests
    assert first.exit == second.exit == 0
