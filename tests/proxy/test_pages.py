"""Pages for people, traces, and files that run a server elsewhere, each judged by a tool that reads it."""

from __future__ import annotations

import html.parser
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import kubernetes_validate
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from ruamel.yaml import YAML

from gomend.apps.cli.main import run
from gomend.apps.proxy import emitting
from gomend.apps.proxy.setup import from_file
from gomend.lab import modules
from gomend.lab.actions import Response
from gomend.lab.server import Front, Handler, Journal, Server
from tests.proxy.conftest import Behind, Proxy
from tests.proxy.test_operation import basic, gomend, users

Start = Callable[..., Proxy]
EVIL = "<script>alert(1)</script>&\"'"


class Reader(html.parser.HTMLParser):
    """Every element is closed in its turn; text, links and tags are kept."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.language = ""
        self.feed(page.decode())
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        self.links += [v for k, v in attrs if k in {"href", "src", "action"} and v]
        self.language = given.get("lang") or self.language
        assert not [k for k in given if k.startswith("on") or k == "style"]
        if tag not in {"meta", "input"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_pages_show_what_is_here_and_how_it_goes(start: Start, tmp_path: Path) -> None:
    evil = f"// Deprecated: {EVIL}\nmodule example.com/evil\n\nretract v1.1.0 // {EVIL}\n"
    behind = Behind(
        modules.releases({"example.com/evil": {v: {"go.mod": evil, "e.go": "package evil\n"} for v in ("v1.0.0", "v1.1.0")}})
    )
    try:
        proxy = start("--upstream", behind.url, "--sumdb", "off")
        assert proxy.get("/")[1]["location"] == "/-/"
        assert "Nothing here yet" in Reader(proxy.get("/-/")[2]).text
        time.sleep(0.1)
        for version in ("v1.0.0", "v1.1.0"):
            for suffix in ("info", "mod", "zip"):
                assert proxy.get(f"/example.com/evil/@v/{version}.{suffix}")[0] == 200
        behind.rules = [("/b/", "status:500")]
        assert proxy.get("/example.com/b/@v/v1.0.0.zip")[0] == 502
        end = time.monotonic() + 40
        while "example.com/evil" not in Reader(proxy.get("/-/")[2]).text:
            assert time.monotonic() < end
            time.sleep(0.5)
        seen: dict[str, Reader] = {}
        todo = ["/-/?lang=en"]
        while todo:
            link = todo.pop()
            status, headers, body = proxy.get(link)
            assert status == 200, link
            assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
            assert headers["cache-control"] == "no-store"
            page = seen[link] = Reader(body)
            assert page.tags.isdisjoint({"script", "img", "iframe", "object", "link"})
            assert page.language == ("zh-CN" if "lang=zh-CN" in link else "en"), link
            assert all(target.startswith("/-/") for target in page.links)
            todo += [target for target in page.links if target not in seen and "?" in target]
        assert len(seen) == 6  # three pages in two languages
        module = seen["/-/m/example.com/evil?lang=en"].text
        assert f"Deprecated: {EVIL}" in module
        assert f"retracted: {EVIL}" in module
        assert "go get example.com/evil@v1.0.0" in module
        assert "h1:" in module
        health = seen["/-/health?lang=zh-CN"].text
        assert behind.url in health
        assert "example.com/b@v1.0.0" in health
        assert "answered 500" in health
        assert "正常使用" in health
        assert proxy.get("/-/m/example.com/none")[0] == 404
        assert proxy.get(f"/-/?q={'%3Cscript%3E'}")[2].count(b"<script>") == 0
        assert "example.com/evil" not in Reader(proxy.get("/-/?q=zzz")[2]).text
    finally:
        behind.close()


def test_pages_show_nobody_what_they_may_not_read(start: Start, behind: Behind, tmp_path: Path) -> None:
    config = tmp_path / "proxy.toml"
    config.write_text(users("basic"))
    proxy = start("--upstream", behind.url, "--config", str(config))
    ann, bob = basic("ann", "ann-secret"), basic("bob", "bob-secret")
    for path in ("/corp.example.com/priv/@v/v0.1.0.mod", "/example.com/a/@v/v1.0.0.mod"):
        assert proxy.get(path, Authorization=ann)[0] == 200
    behind.rules = [("priv.*v0.2", "status:500")]
    assert proxy.get("/corp.example.com/priv/@v/v0.2.0.mod", Authorization=ann)[0] == 502
    for path in ("/-/", "/-/health"):
        assert proxy.get(path)[0] == 401
        assert b"corp.example.com/priv" in proxy.get(path, Authorization=ann)[2]
        assert b"corp.example.com" not in proxy.get(path, Authorization=bob)[2]
    found = [proxy.get("/-/m/corp.example.com/priv", Authorization=who)[0] for who in (ann, bob)]
    assert found == [200, 404]
    assert b"example.com/a" in proxy.get("/-/", Authorization=bob)[2]


def test_spans_tell_what_was_asked_and_of_whom(start: Start, behind: Behind, tmp_path: Path) -> None:
    got: list[ExportTraceServiceRequest] = []

    def collect(handler: Handler) -> Response:
        raw = handler.rfile.read(int(handler.headers["Content-Length"]))
        if handler.headers.get("Content-Encoding") == "gzip":
            import gzip

            raw = gzip.decompress(raw)
        got.append(ExportTraceServiceRequest.FromString(raw))
        return Response(status=200, body=b"")

    collector = Server(Front("collector", collect, Journal()))
    config = tmp_path / "proxy.toml"
    config.write_text(f'[traces]\nendpoint = "http://127.0.0.1:{collector.port}/v1/traces"\n')
    proxy = start("--upstream", behind.url, "--config", str(config))
    assert proxy.get("/example.com/a/@v/v1.0.0.mod")[0] == 200
    behind.rules = [("/b/", "status:500")]
    assert proxy.get("/example.com/b/@v/v1.0.0.mod")[0] == 502
    assert proxy.stop() == 0
    collector.close()
    spans = [s for request in got for r in request.resource_spans for scope in r.scope_spans for s in scope.spans]
    named = {a.key: a.value.string_value for s in got[0].resource_spans for a in s.resource.attributes}
    assert named["service.name"] == "gomend-proxy"

    def attributes(span: object) -> dict[str, str]:
        return {a.key: a.value.string_value or str(a.value.int_value) for a in span.attributes}  # type: ignore[attr-defined]

    parents = {attributes(s)["module.version"]: s for s in spans if s.name == "mod"}
    fine, bad = parents["example.com/a@v1.0.0"], parents["example.com/b@v1.0.0"]
    assert attributes(fine)["http.status"] == "200"
    assert (bad.status.code, "answered 500" in bad.status.message) == (2, True)
    for parent, error in ((fine, None), (bad, "status")):
        below = [s for s in spans if s.parent_span_id == parent.span_id]
        assert below
        assert {attributes(s).get("error.type") for s in below} == {error}
        assert {attributes(s)["server.address"] for s in below} == {behind.url}


# Files.

SETUPS = {
    "plain": 'listen = "0.0.0.0:8080"\nstore = "/var/lib/modules"\nupstreams = ["https://goproxy.example.com"]\n',
    "elsewhere": 'listen = "0.0.0.0:443"\nstore = "/srv/modules"\nupstreams = ["https://goproxy.example.com"]\n[tls]\ncert = "c"\nkey = "k"\n',
    "replicas": 'store = "memory"\nupstreams = ["https://goproxy.example.com"]\n[behind]\nurl = "s3://team/modules"\n',
}


@pytest.fixture(params=list(SETUPS))
def setup(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    file = tmp_path / "proxy.toml"
    file.write_text(SETUPS[request.param])
    return file


def emitted(kind: str, setup: Path) -> str:
    return emitting.KINDS[kind](from_file(str(setup)), "/usr/bin/gomend", str(setup))


def test_systemd_takes_the_unit(setup: Path, tmp_path: Path) -> None:
    unit = tmp_path / "gomend-proxy.service"
    text = re.sub(r"^(Exec\w+=)\S+gomend ", r"\1/bin/true ", emitted("systemd", setup), flags=re.MULTILINE)
    unit.write_text(text)
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if "gomend-proxy" in line]
    assert (done.returncode, said) == (0, []), done.stderr
    rated = ["systemd-analyze", "security", "--offline=yes", "--threshold=30", str(unit)]
    safe = subprocess.run(rated, capture_output=True, text=True, check=False)
    assert safe.returncode == 0, safe.stdout[-600:] + safe.stderr


def test_kubernetes_takes_the_manifests(setup: Path) -> None:
    documents = list(YAML(typ="safe").load_all(emitted("kubernetes", setup)))
    kinds = [document["kind"] for document in documents]
    for document in documents:
        kubernetes_validate.validate(document, "1.29", strict=True)
    replicas = "behind" in setup.read_text()
    assert ("Deployment" in kinds, "StatefulSet" in kinds, "PodDisruptionBudget" in kinds) == (replicas, not replicas, replicas)
    assert documents[0]["data"]["proxy.toml"] == setup.read_text()


def test_hadolint_takes_the_recipe(setup: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "Containerfile"
    recipe.write_text(emitted("oci", setup))
    done = subprocess.run(
        [str(Path(sys.executable).parent / "hadolint"), str(recipe)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_the_dashboard_asks_for_metrics_that_there_are(start: Start, behind: Behind, tmp_path: Path) -> None:
    (tmp_path / "proxy.toml").write_text(SETUPS["plain"])
    dashboard = json.loads(emitted("grafana", tmp_path / "proxy.toml"))
    wanted = set(re.findall(r"gomend_proxy_\w+", json.dumps(dashboard)))
    proxy = start("--upstream", behind.url)
    assert proxy.get("/example.com/a/@v/list")[0] == 200
    time.sleep(1.3)
    text = proxy.get("/metrics")[2].decode()
    assert {name for name in wanted if not re.search(rf"^{name}[ {{]", text, re.MULTILINE)} == set()
    assert len(wanted) >= 10
    places = [tuple(panel["gridPos"].values()) for panel in dashboard["panels"]]
    assert len(set(places)) == len(places)


def test_a_file_is_never_written_over(tmp_path: Path) -> None:
    file = tmp_path / "proxy.toml"
    file.write_text(SETUPS["plain"])
    words = ("proxy", "emit", "oci", "--config", str(file), "-o", str(tmp_path / "Containerfile"))
    assert gomend(*words).returncode == 0
    assert (tmp_path / "Containerfile").read_text() == emitted("oci", file)
    assert run(list(words)) == 2
