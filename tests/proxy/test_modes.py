"""Download modes, and modules that are asked of their own git repository."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gomend.lab.actions import Response
from gomend.lab.git import Repositories
from gomend.lab.server import Handler, Journal, Server, Tunnels
from gomend.lab.tls import authority
from tests.proxy.conftest import Behind, Proxy
from tests.proxy.test_go import Project

Start = Callable[..., Proxy]
ZIP = "/example.com/a/@v/v1.0.0.zip"


def with_mode(tmp_path: Path, mode: str, url: str = "") -> str:
    file = tmp_path / f"{mode}.toml"
    file.write_text(f'[[modes]]\npattern = "example.com/a"\nmode = "{mode}"\nurl = "{url}"\n')
    return str(file)


def until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("mode", ["sync", "async", "redirect", "async_redirect", "none"])
def test_each_mode(start: Start, behind: Behind, tmp_path: Path, mode: str) -> None:
    proxy = start("--upstream", behind.url, "--config", with_mode(tmp_path, mode))
    status, headers, body = proxy.get(ZIP)
    wanted = {"sync": 200, "async": 404, "redirect": 302, "async_redirect": 302, "none": 404}
    assert status == wanted[mode]
    assert headers.get("location", "") == (behind.url + ZIP if "redirect" in mode else "")
    if mode == "async":
        assert b"being fetched" in body
    if mode.startswith("async"):
        until(lambda: proxy.get(ZIP)[0] == 200)
    else:
        assert proxy.get(ZIP)[0] == wanted[mode]
    assert (ZIP in behind.asked) is (mode not in {"redirect", "none"})
    # Other modules are had as always, and so is what is in the store.
    assert proxy.get("/example.com/b/@v/v1.0.0.zip")[0] == 200
    assert proxy.get("/example.com/a/@v/list")[0] == (404 if mode == "none" else 200)
    done = Project(tmp_path / "p", f"{proxy.url},{behind.url if mode == 'async' else 'off'}").go("get", "example.com/a@v1.0.0")
    assert (done.returncode == 0) is (mode != "none"), done.stderr


def test_a_redirect_gives_no_credentials_away_and_goes_where_the_rule_says(
    start: Start, behind: Behind, tmp_path: Path
) -> None:
    secret = behind.url.replace("http://", "http://ann:hunter22@")
    proxy = start("--upstream", secret, "--upstream", behind.url, "--config", with_mode(tmp_path, "redirect"))
    assert proxy.get(ZIP)[1]["location"] == behind.url + ZIP
    other = start(
        "--upstream", secret, "--config", with_mode(tmp_path, "redirect", "https://cdn.example.com/m/"), store="other"
    )
    assert other.get(ZIP)[1]["location"] == f"https://cdn.example.com/m{ZIP}"


def page(root: str, url: str) -> Callable[[Handler], Response]:
    text = f'<html><head><meta name="go-import" content="{root} git {url}"></head><body>a page</body></html>'
    return lambda _: Response(status=404, body=text.encode(), headers={"Content-Type": "text/html"})


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Journal:
    """Hosts with pages and git repositories, behind an HTTPS proxy that stands in for the network."""
    repositories = Repositories(tmp_path / "repositories")
    repositories.prepare()
    journal = Journal()
    hosts = {
        "example.com": page("example.com/a", "https://git.example.com/a.git"),
        "corp.example.com": page("corp.example.com/priv", "http://git.example.com/priv.git"),
        "git.example.com": repositories.answer,
        "moved.example.com": lambda _: Response(status=302, headers={"Location": "https://169.254.169.254/latest"}),
    }
    tunnels = Server(Tunnels("web", hosts, journal, lambda host: authority().context("good", host)))
    pem = tmp_path / "ca.pem"
    pem.write_bytes(authority().pem)
    for name, value in {
        "HTTPS_PROXY": f"http://127.0.0.1:{tunnels.port}",
        "NO_PROXY": "127.0.0.1",
        "SSL_CERT_FILE": str(pem),
        "GIT_SSL_CAINFO": str(pem),
    }.items():
        monkeypatch.setenv(name, value)
    return journal


def test_direct_modules_are_asked_of_their_own_git_and_are_what_go_makes_of_it(
    start: Start, behind: Behind, tmp_path: Path, web: Journal
) -> None:
    config = tmp_path / "direct.toml"
    config.write_text('[filters]\ndirect = "example.com/a,*.example.com"\n')
    proxy = start("--upstream", behind.url, "--config", str(config))
    found = {}
    for name, goproxy in (("ours", proxy.url), ("gos", "direct")):
        project = Project(tmp_path / name, goproxy, GOVCS="*:git", GONOSUMDB="*")
        made = subprocess.run(
            ["go", "mod", "download", "-json", "example.com/a@v1.0.0", "example.com/a@latest"],
            cwd=project.folder,
            env={**project.environ, **{k: os.environ[k] for k in ("HTTPS_PROXY", "SSL_CERT_FILE", "GIT_SSL_CAINFO")}},
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stderr + made.stdout
        documents = json.loads("[" + made.stdout.strip().replace("\n}\n{", "\n},\n{") + "]")
        found[name] = [(d["Path"], d["Version"], d["Sum"], d["GoModSum"]) for d in documents]
    assert found["ours"] == found["gos"]
    assert not [path for path in behind.asked if "example.com/a/" in path]
    assert any("/info/refs" in entry for entry in web.requests["web:git.example.com"])
    status, _, body = proxy.get("/corp.example.com/priv/@v/list")
    assert (status, b"only https" in body) == (502, True)
    status, _, body = proxy.get("/moved.example.com/x/@v/list")
    assert (status, b"inner address" in body) == (502, True)
    assert proxy.get("/nowhere.example.com/x/@v/list")[0] in {502, 504}
