"""``gomend mod prove-offline``: it proves, and it can fail in every way that a build can need the network."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest

from gomend.apps.boxing import audited
from gomend.apps.cli.schema import schema
from tests.cache.world import GOMEND, A, World

DIALS = """package main

import (
	"net"
	"testing"
	"time"
)

func TestDials(t *testing.T) {
	c, err := net.DialTimeout("tcp", "192.0.2.1:80", time.Second)
	if err == nil {
		c.Close()
	}
}
"""
SERVES = """package main

import (
	"net"
	"testing"
)

func TestServes(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	l.Close()
}
"""
GENERATE = "package main\n\n//go:generate python3 -c \"import socket; socket.create_connection(('192.0.2.1', 80), 1)\"\n"


@pytest.fixture
def project(world: World, tmp_path: Path) -> Path:
    folder = tmp_path / "p"
    shutil.copytree(world.stage.project, folder)
    return folder


def prove(world: World, project: Path, *words: str, code: int, **env: str) -> dict:
    argv = [GOMEND, "mod", "prove-offline", str(project), "--format", "json", *words]
    done = subprocess.run(argv, env={**world.environ, **env}, capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == code, (done.stdout, done.stderr)
    made = json.loads(done.stdout)
    jsonschema.validate(made, schema("gomend.prove-offline/1"))
    return made


def test_from_a_bundle(world: World, bundle: Path, project: Path) -> None:
    before = {p: p.read_bytes() for p in project.rglob("*") if p.is_file()}
    made = prove(world, project, "--from", str(bundle), "--strict", code=0)
    assert (made["verdict"], made["packages"], made["audit"], made["missing"]) == ("proved", 1, "strace", [])
    assert [s for s in made["sockets"] if s["outside"] or s["program"] == "go"] == []
    assert [c["exit"] for c in made["commands"]] == [0, 0]
    assert {p: p.read_bytes() for p in project.rglob("*") if p.is_file()} == before


def test_from_vendor_and_what_vendor_lacks(world: World, project: Path) -> None:
    done = subprocess.run(["go", "mod", "vendor"], cwd=project, env=world.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert prove(world, project, code=0)["from"] == "vendor"
    shutil.rmtree(project / "vendor" / A)
    made = prove(world, project, code=1)
    assert [(m["name"], m["add"]) for m in made["missing"]][:1] == [(A, "go mod vendor")]


@pytest.mark.parametrize("suffix", ["zip", "mod"])
def test_a_module_that_is_missing_is_named(world: World, bundle: Path, project: Path, tmp_path: Path, suffix: str) -> None:
    proxy = tmp_path / "proxy"
    assert world.gomend("mod", "bundle", "import", str(bundle), "--to", str(proxy)).returncode == 0
    (proxy / f"{A}/@v/v1.0.0.{suffix}").unlink()
    made = prove(world, project, "--from", str(proxy), code=1)
    assert made["verdict"] == "not-proved"
    assert [m["name"] for m in made["missing"]] == [f"{A}@v1.0.0"]
    assert "gomend mod bundle make" in made["missing"][0]["add"]


def test_a_bundle_of_another_project_does_not_do(world: World, project: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "go.mod").write_text(f"module other\n\ngo 1.21\n\nrequire {A} v1.0.0\n")
    shutil.copy(project / "go.sum", other / "go.sum")
    out = tmp_path / "other.tar"
    assert world.gomend("mod", "bundle", "make", str(other), "-o", str(out)).returncode == 0
    made = prove(world, project, "--from", str(out), code=1)
    assert {m["name"] for m in made["missing"]} & {"example.com/b@v1.0.0", "example.com/UP/Case@v1.0.0"}


def test_a_damaged_bundle_is_not_built_from(world: World, bundle: Path, project: Path, tmp_path: Path) -> None:
    raw = bundle.read_bytes()
    at = raw.index(b"PK\3\4") + 40
    (tmp_path / "bad.tar").write_bytes(raw[:at] + b"!" + raw[at + 1 :])
    made = prove(world, project, "--from", str(tmp_path / "bad.tar"), code=1)
    assert (made["commands"], "v1.0.0.zip" in made["why"][0]) == ([], True)


@pytest.mark.full
def test_a_test_that_serves_itself_is_no_objection(world: World, bundle: Path, project: Path) -> None:
    (project / "x_test.go").write_text(SERVES)
    made = prove(world, project, "--from", str(bundle), "--test", code=0)
    assert (made["tests"]["passed"], made["tests"]["failed"]) == (1, 0)
    assert {(s["address"], s["outside"]) for s in made["sockets"] if s["call"] == "connect"} == {("127.0.0.1:*", False)}


def test_a_test_that_dials_out_is_seen_though_it_passes(world: World, bundle: Path, project: Path) -> None:
    (project / "x_test.go").write_text(DIALS)
    made = prove(world, project, "--from", str(bundle), "--test", code=1)
    assert (made["tests"]["passed"], made["tests"]["failed"]) == (1, 0)
    assert [(s["address"], s["call"]) for s in made["sockets"] if s["outside"]] == [("192.0.2.1:80", "connect")]


def test_a_generator_that_needs_the_network(world: World, bundle: Path, project: Path) -> None:
    (project / "gen.go").write_text(GENERATE)
    assert prove(world, project, "--from", str(bundle), code=0)["verdict"] == "proved"
    made = prove(world, project, "--from", str(bundle), "--generate", code=1)
    assert [(s["address"], s["outside"]) for s in made["sockets"] if s["outside"]] == [("192.0.2.1:80", True)]
    assert [c["exit"] for c in made["commands"] if "generate" in c["command"]] == [1]


def test_without_strace_the_audit_is_said_to_be_missing(world: World, bundle: Path, project: Path, tmp_path: Path) -> None:
    """A PATH with everything but strace."""
    links = tmp_path / "bin"
    links.mkdir()
    for folder in reversed(world.environ["PATH"].split(os.pathsep)):
        for name in os.listdir(folder) if os.path.isdir(folder) else ():
            if name != "strace" and not os.path.lexists(links / name):
                (links / name).symlink_to(f"{folder}/{name}")
    made = prove(world, project, "--from", str(bundle), code=0, PATH=str(links))
    assert (made["audit"], made["sockets"]) == ("", [])
    assert "strace" in made["why"][0]
    assert prove(world, project, "--from", str(bundle), "--strict", code=4, PATH=str(links))["verdict"] == "proved"


def test_without_a_namespace_nothing_is_told(world: World, bundle: Path, project: Path, tmp_path: Path) -> None:
    """An unshare that the kernel refuses."""
    program = tmp_path / "unshare"
    program.write_text("#!/bin/sh\necho 'unshare: unshare failed: Operation not permitted' >&2\nexit 1\n")
    program.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{world.environ['PATH']}"
    made = prove(world, project, "--from", str(bundle), code=4, PATH=path)
    assert (made["verdict"], made["commands"], "not permitted" in made["why"][0]) == ("unknown", [], True)


@pytest.mark.parametrize(
    ("words", "said"), [(["/nowhere"], "/nowhere"), (["/"], "go.mod"), ([], "vendor"), (["--from", "/no"], "/no")]
)
def test_bad_input_is_told(world: World, words: list[str], said: str) -> None:
    done = world.gomend("mod", "prove-offline", *words)
    assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (2, True, False)


LINES = (
    ("7<go> socket(AF_UNIX, SOCK_STREAM, 0) = 3", False),
    ("7<go> socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) = 3", False),
    ("7<t> socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP) = 3", False),
    ('7<t> connect(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.9")}, 16) = 0', False),
    ('7<t> connect(3, {sa_family=AF_INET6, sin6_port=htons(8), inet_pton(AF_INET6, "::1", &sin6_addr)}, 28) = 0', False),
    ('7<t> bind(3, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("0.0.0.0")}, 16) = 0', False),
    ('7<t> connect(3, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("10.0.0.1")}, 16 <unfinished ...>', True),
    ('7 sendto(3, "x", 1, 0, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("8.8.8.8")}, 16) = -1', True),
    ('7 connect(3, {sa_family=AF_INET6, sin6_port=htons(8), inet_pton(AF_INET6, "::ffff:8.8.8.8", &sin6_addr)}, 28) = 0', True),
    (
        '7 connect(3, {sa_family=AF_INET6, sin6_port=htons(8), inet_pton(AF_INET6, "::ffff:127.0.0.1", &sin6_addr)}, 28) = 0',
        False,
    ),
    ("7 socket(AF_VSOCK, SOCK_STREAM, 0) = 3", True),
    ("7 socket(AF_PACKET, SOCK_RAW, 768) = 3", True),
    ("7 io_uring_setup(8, {flags=0}) = 4", True),
)


@pytest.mark.parametrize(("line", "outside"), LINES)
def test_what_leads_outside(line: str, outside: bool) -> None:
    (found,) = audited([line])
    assert found.outside is outside
