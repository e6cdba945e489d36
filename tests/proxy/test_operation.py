"""Rights, rules, reload, health, metrics, the access log: what those who run it rely on."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from gomend.apps.cli.main import run
from gomend.proxy.settings import Setup
from tests.proxy.conftest import SOURCES, Behind, Proxy
from tests.proxy.test_go import Project

Start = Callable[..., Proxy]
LIST, PRIVATE = "/example.com/a/@v/list", "/corp.example.com/priv/@v/list"


def sha(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def basic(name: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


def users(mode: str) -> str:
    return (
        f'[access]\nmode = "{mode}"\npublic = "example.com/multi"\n'
        f'[[access.users]]\nname = "ann"\nsha256 = "{sha("ann-secret")}"\n'
        f'[[access.users]]\nname = "bob"\nsha256 = "{sha("bob-secret")}"\nread = "example.com/*"\n'
    )


@pytest.mark.parametrize("mode", ["basic", "bearer"])
def test_rights(start: Start, behind: Behind, tmp_path: Path, mode: str) -> None:
    config = tmp_path / "proxy.toml"
    config.write_text(users(mode))
    proxy = start("--upstream", behind.url, "--config", str(config))

    def ask(path: str, name: str, secret: str) -> int:
        return proxy.get(path, Authorization=basic(name, secret) if mode == "basic" else f"Bearer {secret}")[0]

    for _ in range(2):  # the second time the hot path knows the answers: to these credentials alone
        assert ask(LIST, "ann", "ann-secret") == 200
        status, headers, body = proxy.get(LIST)
        assert status == 401
        assert headers["www-authenticate"].startswith(mode.capitalize())
        assert b"GOAUTH" in body
        assert ask(LIST, "ann", "wrong") == 401
        assert ask(PRIVATE, "ann", "ann-secret") == 200
        assert ask(PRIVATE, "bob", "bob-secret") == 403
        assert ask(LIST, "bob", "bob-secret") == 200
        assert proxy.get("/example.com/multi/@v/list")[0] == 200
        assert proxy.get("/healthz")[0] == 200
        assert proxy.get("/metrics")[0] == 401
    if mode == "basic":
        assert ask(LIST, "bob", "ann-secret") == 401
        done = Project(tmp_path / "q", proxy.url).go("get", "example.com/b")
        assert (done.returncode, "wants credentials" in done.stderr) == (1, True)
    assert "private" in proxy.get("/example.com/multi/@v/list")[1]["cache-control"]


def test_filters_and_reload_without_losing_a_connection(start: Start, behind: Behind, tmp_path: Path) -> None:
    import http.client

    config = tmp_path / "proxy.toml"
    config.write_text('[filters]\ndeny = "corp.example.com"\n')
    proxy = start("--upstream", behind.url, "--config", str(config))
    assert proxy.get(PRIVATE)[0] == 403
    kept = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=20)

    def again(path: str) -> int:
        kept.request("GET", path)
        reply = kept.getresponse()
        reply.read()
        return reply.status

    assert again(LIST) == 200
    socket = kept.sock
    for text, private, plain in (
        ('[filters]\nallow = "corp.example.com"\n', 200, 403),
        ("[filters]\nalow = 1\n", 200, 403),
        ("", 200, 200),
    ):
        config.write_text(text)
        proxy.process.send_signal(signal.SIGHUP)
        for _ in range(100):
            if (again(PRIVATE), again(LIST)) == (private, plain) and ("alow" not in text or "alow" in proxy.said):
                break
            time.sleep(0.05)
        else:
            raise AssertionError((text, proxy.said))
    assert kept.sock is socket
    kept.close()


def test_a_version_must_be_old_enough(start: Start, behind: Behind, tmp_path: Path) -> None:
    config = tmp_path / "proxy.toml"
    config.write_text("[filters]\nmin-age = 7\n")
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    whole = behind.world
    behind.world = lambda path, fault: (
        (200, f'{{"Version":"v1.1.0","Time":"{now}"}}'.encode()) if path.endswith("v1.1.0.info") else whole(path, fault)
    )
    proxy = start("--upstream", behind.url, "--config", str(config))
    assert proxy.get("/example.com/a/@v/v1.0.0.zip")[0] == 200
    for suffix in ("mod", "zip"):
        status, _, body = proxy.get(f"/example.com/a/@v/v1.1.0.{suffix}")
        assert (status, b"too young" in body, b"7 days" in body) == (403, True, True)
    assert not [path for path in behind.asked if path.endswith(("v1.1.0.mod", "v1.1.0.zip"))]
    done = Project(tmp_path / "p", proxy.url).go("get", "example.com/a@v1.1.0")
    assert "too young" in done.stderr


def test_the_page_s_file_is_a_good_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(SOURCES).parent / "docs" / "proxy.md").read_text()
    block = re.search(r"```toml\n(.*?)```", page, re.DOTALL)
    assert block is not None
    file = tmp_path / "proxy.toml"
    file.write_text(block[1])
    assert run(["proxy", "check-config", str(file)]) == 0, capsys.readouterr().err
    keys = set(re.findall(r"^([a-z-]+) =", block[1], re.MULTILINE)) | {"url", "allow", "cert", "key", "client-ca", "endpoint"}
    known: set[str] = set()

    def collect(kind: type) -> None:
        for field in msgspec.structs.fields(kind):
            if isinstance(field.default, msgspec.Struct):
                collect(type(field.default))
            elif field.name not in {"users", "git", "modes", "issuers"}:
                known.add(field.name.replace("_", "-"))

    collect(Setup)
    assert known - keys == set(), "keys that the page does not show"


def test_metrics_health_and_log(start: Start, behind: Behind, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    proxy = start("--upstream", behind.url, "--access-log", str(log))
    for _ in range(5):
        assert proxy.get(f"{LIST}?token=abcdef", Authorization="Bearer very-secret-token")[0] == 200
    assert proxy.get("/example.com/nothing/@v/list")[0] == 404
    time.sleep(1.3)
    text = proxy.get("/metrics")[2].decode()
    assert re.search(r'^gomend_proxy_answers_total\{kind="list",status="200"\} 5\.0$', text, re.MULTILINE), text
    assert re.search(r"^gomend_proxy_fetched_total 1\.0$", text, re.MULTILINE)
    assert f'gomend_proxy_upstream_breaker{{upstream="{behind.url}"}} 0.0' in text
    assert proxy.get("/readyz")[2] == b"ready\n"
    lines = log.read_text().splitlines()
    assert lines[0].endswith(f'"GET {LIST}" 200 14')
    assert "secret" not in log.read_text()
    assert "abcdef" not in log.read_text()
    assert len(lines) >= 7


BAD = {
    'upstreams = ["ftp://example.com"]': "ftp://example.com is no upstream",
    'upstreams = ["https://user:hunter22@example.com?x=1"]': "REDACTED@example.com",
    "upstreams = [": "Invalid",
    "listen = 5": "Expected `str`",
    "colour = 1": "colour",
    "[times]\nfresh = -1": "times.fresh must not be less than 0",
    '[access]\nmode = "basic"': "nobody is named",
    '[access]\nmode = "magic"': "magic",
    '[access]\nmode = "basic"\n[[access.users]]\nname = "ann"\nsha256 = "secret"': "the user ann is no SHA-256",
    '[sumdb]\nname = "example"': "example is no checksum database",
    '[access]\nmode = "mtls"\n[[access.users]]\nname = "ann"\nsubject = "a"': "need tls.cert, tls.key and tls.client-ca",
    '[access]\nmode = "basic"\n[[access.issuers]]\nurl = "https://x.example.com"\naudience = "a"\nrules = []': "rules that each name claims",
    '[[access.issuers]]\nurl = "https://x.example.com"\naudience = "a"\nrules = [{ claims = { a = "b" } }]': "need the mode basic or bearer",
    '[evict]\nsize = "large"': "large is no size",
    '[behind]\nurl = "nothing"': "behind.url nothing cannot be used",
    'listen = "nowhere"': "nowhere is no HOST:PORT",
    '[vulnerabilities]\ndatabase = "/nowhere"': "/nowhere is not there",
    '[hook]\nurl = "ftp://x.example.com"': "hook has both a url and a program",
    '[filters]\nlicences = ["BSD"]': "BSD under filters.licences is no licence",
    '[[modes]]\npattern = "*"\nmode = "sometimes"': "sometimes",
    '[[modes]]\npattern = "*"\nmode = "redirect"\nurl = "https://a.example.com"\n[filters]\nlicences = ["MIT"]': "no licence of those can be looked at",
    'upstreams = ["https://ann:hunter22@example.com"]\n[[modes]]\npattern = "*"\nmode = "redirect"': "nowhere to send clients",
}


def gomend(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "gomend", *words]
    return subprocess.run(
        argv, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": SOURCES, **environ}, check=False
    )


def test_check_config(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "proxy.toml"
    start = 'store = "/srv/modules"\n'
    file.write_text(f'{start}upstreams = ["https://a.example.com,https://b.example.com"]\naccess-log = "-"\n')
    done = gomend("proxy", "check-config", str(file))
    assert (done.returncode, "a server can start with it" in done.stdout) == (0, True)
    for text, said in BAD.items():
        more = "" if "upstreams" in text else 'upstreams = ["https://a.example.com"]\n'
        file.write_text(start + more + text + "\n")
        assert run(["proxy", "check-config", str(file)]) == 2, text
        shown = capsys.readouterr()
        assert said in shown.err, shown.err
        assert "hunter22" not in shown.err
        assert shown.out == ""


def test_run_gives_one_command_a_proxy(behind: Behind, tmp_path: Path) -> None:
    project = Project(tmp_path / "p", f"{behind.url},direct")
    environ = {**project.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    script = 'echo "$GOPROXY"; cd "$1" && go get example.com/b && exit 7'
    done = gomend("proxy", "run", "--", "sh", "-c", script, "sh", str(project.folder), **environ)
    assert done.returncode == 7, done.stderr
    assert re.match(r"http://127\.0\.0\.1:\d+,direct\n", done.stdout)
    assert (tmp_path / "cache/gomend/proxy/example.com/b/@v/v1.0.0.zip").exists()
    assert gomend("proxy", "run", "--", "true", GOPROXY="off").returncode == 2


def test_a_missing_extra_is_said(tmp_path: Path) -> None:
    (tmp_path / "proxy.toml").write_text("")
    code = (
        "import sys; sys.modules['aiohttp'] = None; from gomend.apps.cli.main import run; "
        f"print([int(run(['proxy', *w])) for w in (['check-config', {str(tmp_path / 'proxy.toml')!r}], ['serve'], ['evict', '--size', '1MB'])])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": SOURCES}, check=False
    )
    assert done.stdout == "[2, 2, 2]\n"
    assert done.stderr.count("pip install 'gomend[proxy]' (aiohttp is missing)") == 3
