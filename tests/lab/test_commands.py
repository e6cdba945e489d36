"""``gomend lab`` as people use it."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time

import pytest

from gomend.lab import actions, sumdb
from gomend.lab.catalogue import CATALOGUE
from gomend.lab.scenario import Scenario, Spec
from gomend.lab.server import Front, Journal, Server, ruled
from gomend.lab.stage import staged
from gomend.lab.upstream import Upstream, serve


def gomend(*words: str, seconds: float = 120) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "gomend", "lab", *words]
    return subprocess.run(argv, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=seconds)


def test_run_shows_everything() -> None:
    done = gomend("run", "proxy-403-body")
    assert done.returncode == 0, done.stderr
    parts = (
        "$ GOPROXY=http://127.0.0.1:",
        "go mod download example.com/a@v1.0.0",
        "403 Forbidden",
        "server response: blocked by policy",
        "exit 1",
        "P1  /example.com/a/@v/v1.0.0.info 403",
        "GM151",
        "names the cause: proxy-forbidden",
    )
    at = -1
    for part in parts:
        assert done.stdout.find(part, at + 1) > at, (part, done.stdout)
        at = done.stdout.find(part, at + 1)


def test_run_in_chinese() -> None:
    done = gomend("run", "proxy-401", "--lang", "zh-CN")
    assert done.returncode == 0, done.stderr
    assert "原因" in done.stdout
    assert "proxy-unauthorized" in done.stdout


@pytest.mark.parametrize(
    ("name", "cause", "quote"),
    [
        ("hang", "proxy-timeout", "v1.0.0.info: no answer"),
        ("sumdb-hang", "sumdb-timeout", "lookup/example.com/a@v1.0.0: no answer"),
    ],
)
def test_a_silent_failure_is_found_by_asking(name: str, cause: str, quote: str) -> None:
    done = gomend("run", name)
    assert done.returncode == 0, done.stdout
    assert "go said nothing" in done.stdout
    assert quote in done.stdout
    assert f"names the cause: {cause}." in done.stdout


def test_run_as_json() -> None:
    done = gomend("run", "proxy-401", "--format", "json")
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["schema"], len(answer["runs"])) == (0, "gomend.lab-run/1", 1)
    row = answer["runs"][0]
    assert (row["name"], row["exit"], row["found"][0], row["right"]) == ("proxy-401", 1, "proxy-unauthorized", True)
    assert "401 Unauthorized" in row["stderr"]
    assert row["requests"]["P1"] == ["/example.com/a/@v/v1.0.0.info 401"]


@pytest.mark.full
@pytest.mark.timeout(600)
def test_run_all() -> None:
    done = gomend("run", "--all", seconds=600)
    assert done.returncode == 0, done.stdout
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert [row[0] for row in rows] == list(CATALOGUE)
    assert {row[3] for row in rows} == {"yes"}
    assert {row[0] for row in rows if row[1] == "-"} == {f.name for f in CATALOGUE.values() if f.silent}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "proxy-40"), "Did you mean"),
        (("run", "nothing-like-it-at-all"), "has no failure called"),
        (("run",), "--all"),
        (("run", "proxy-401", "--all"), "--all"),
        (("shell", "proxy-401"), "needs a terminal"),
        (("shell", "proxy-4O1"), "Did you mean"),
        (("proxy", "--upstream", "ftp://x.example.com"), "https://"),
        (("proxy", "--upstream", "http://127.0.0.1:1", "--inject", "x=explode"), "explode"),
        (("proxy", "--upstream", "http://127.0.0.1:1", "--inject", "x=sum:wrong"), "own servers"),
    ],
)
def test_wrong_words(words: tuple[str, ...], said: str) -> None:
    done = gomend(*words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_help_lists_the_commands() -> None:
    done = gomend("--help")
    assert done.returncode == 0
    for name in ("list", "run", "shell", "proxy"):
        assert f"  {name} " in done.stdout
    assert "--inject REGEX=ACTION" in gomend("proxy", "--help").stdout


def test_port_taken() -> None:
    server = Server(Front("P1", ruled((), "ok", lambda _action, _handler: actions.Response(status=200)), Journal()))
    done = gomend("proxy", "--upstream", "http://127.0.0.1:1", "--port", str(server.port))
    server.close()
    assert done.returncode == 2
    assert str(server.port) in done.stderr


def test_shell_is_where_it_is_broken() -> None:
    child, terminal = pty.fork()
    if child == 0:
        os.environ["SHELL"] = "/bin/sh"
        os.execv(sys.executable, [sys.executable, "-m", "gomend", "lab", "shell", "proxy-451"])
    seen = b""
    until = time.monotonic() + 60
    sent = 0
    lines = (b"go mod download example.com/a@v1.0.0\n", b"exit\n")
    while time.monotonic() < until:
        ready, _, _ = select.select([terminal], [], [], 0.5)
        if ready:
            try:
                more = os.read(terminal, 4096)
            except OSError:
                break
            if not more:
                break
            seen += more
        if sent < len(lines) and seen.count(b"lab proxy-451 $ ") > sent:
            os.write(terminal, lines[sent])
            sent += 1
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 0, seen
    assert b"451 Unavailable For Legal Reasons" in seen
    assert b"removed" in seen


def test_proxy_passes_on_and_injects() -> None:
    """The real go through it: what is not chosen comes as it is, what is chosen breaks."""
    good = actions.healthy(sumdb.SumDB())
    behind = Server(
        Front("up", ruled((), "ok", lambda action, handler: actions.respond(action, handler.path, good)), Journal())
    )
    upstream = Upstream(f"http://127.0.0.1:{behind.port}/")
    said: list[str] = []
    front = serve(upstream, [(r"/v1\.1\.0\.zip$", "truncsilent"), ("/b/", "text:403:not today")], Journal(tell=said.append))
    wanted = {
        "example.com/a@v1.0.0": (0, ""),
        "example.com/a@v1.1.0": (1, "zip: not a valid zip file"),
        "example.com/b@v1.0.0": (1, "server response: not today"),
    }
    for module, (exit, words) in wanted.items():
        scene = Scenario(id="x", env={"GOPROXY": f"http://127.0.0.1:{front.port}"}, command=f"go mod download {module}")
        with staged(scene) as stage:
            seen = stage.perform()
        assert seen.exit == exit, seen.stderr
        assert words in seen.stderr
    assert "/example.com/a/@v/v1.0.0.zip 200" in said
    behind.close()
    with staged(Scenario(id="x", env={"GOPROXY": f"http://127.0.0.1:{front.port}"})) as stage:
        assert "502 Bad Gateway" in stage.perform().stderr
    front.close()
    upstream.close()


def test_git_over_http_with_a_login() -> None:
    """The real git, without and with credentials."""
    servers = {"P1": Spec(default="git:joe:pw")}
    clone = "git -c credential.helper= clone -q http://{}127.0.0.1:{{P1}}/priv got && git -C got tag"
    with staged(Scenario(id="x", servers=servers, env={"GIT_TERMINAL_PROMPT": "0"}, command=clone.format(""))) as stage:
        seen = stage.perform()
    assert seen.exit == 128
    assert seen.requests["P1"][0] == "/priv/info/refs?service=git-upload-pack 401"
    with staged(Scenario(id="x", servers=servers, command=clone.format("joe:pw@"))) as stage:
        seen = stage.perform()
    assert (seen.exit, seen.stdout) == (0, "v0.1.0\nv0.2.0\n"), seen.stderr
    assert "/priv/git-upload-pack 200 auth=Basic" in seen.requests["P1"]
