"""What may be served by rule, and what is said beside an answer: the real go shows and obeys it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gomend.golang import semver
from gomend.lab import modules
from gomend.lab.server import Front, Journal, Server
from gomend.proxy.policy import hints, licences, osv
from tests.proxy.conftest import Behind, Proxy, respond
from tests.proxy.test_go import Project

Start = Callable[..., Proxy]
A = "/example.com/a/@v"


def record(name: str, module: str, *events: tuple[str, str], **more: object) -> str:
    affected = {
        "package": {"name": module, "ecosystem": "Go"},
        "ranges": [{"type": "SEMVER", "events": [{kind: value} for kind, value in events]}],
    }
    return json.dumps({"id": name, "summary": "a flaw in\nit", "affected": [affected], "unheard": {"of": 1}, **more})


def configured(tmp_path: Path, text: str) -> tuple[str, str]:
    file = tmp_path / "proxy.toml"
    file.write_text(text)
    return "--config", str(file)


def test_go_is_only_offered_versions_without_known_vulnerabilities(start: Start, behind: Behind, tmp_path: Path) -> None:
    database = tmp_path / "osv"
    (database / "ID").mkdir(parents=True)
    (database / "index").mkdir()
    (database / "index" / "modules.json").write_text("[]")
    flaw = database / "ID" / "GO-2024-0001.json"
    flaw.write_text(record("GO-2024-0001", "example.com/a", ("introduced", "1.1.0")))
    (database / "ID" / "GO-2024-0002.json").write_text(
        record("GO-2024-0002", "example.com/a", ("introduced", "0"), withdrawn="2024-01-01T00:00:00Z")
    )
    proxy = start(
        "--upstream", behind.url, *configured(tmp_path, f'[vulnerabilities]\ndatabase = "{database}"\nmode = "refuse"\n')
    )
    assert proxy.get(f"{A}/list")[2] == b"v1.0.0\n"
    assert json.loads(proxy.get("/example.com/a/@latest")[2])["Version"] == "v1.0.0"
    project = Project(tmp_path / "p", proxy.url)
    project.fine("get", "example.com/a@latest")
    assert "example.com/a v1.0.0" in project.fine("list", "-m", "all")
    done = project.go("mod", "download", "example.com/a@v1.1.0")
    assert "GO-2024-0001 a flaw in it" in done.stderr
    assert proxy.get(f"{A}/v1.1.0.mod")[0] == 200  # go needs the graph of versions that it does not build
    told = start(
        "--upstream",
        behind.url,
        *configured(tmp_path, f'[vulnerabilities]\ndatabase = "{database}"\nmode = "tell"\n'),
        store="told",
    )
    status, headers, _ = told.get(f"{A}/v1.1.0.zip")
    assert (status, headers["gomend-vulnerable"]) == (200, "GO-2024-0001")
    assert "gomend-vulnerable" not in told.get(f"{A}/v1.0.0.zip")[1]
    assert told.get(f"{A}/list")[2] == b"v1.0.0\nv1.1.0\n"


def test_a_database_is_a_zip_too_and_must_be_one_of_go(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("GO-1.json", record("GO-1", "example.com/a", ("introduced", "0"), ("fixed", "1.5.0")))
    flaws = osv.Flaws(str(tmp_path / "all.zip"))
    assert [f.id for f in flaws.of("example.com/a", "v1.4.9")] == ["GO-1"]
    assert flaws.of("example.com/a", "v1.5.0") == []
    assert flaws.of("example.com/a/v2", "v2.0.0") == []
    (tmp_path / "none").mkdir()
    for bad in ("none", "nothing", "proxy.toml"):
        if bad == "proxy.toml":
            (tmp_path / bad).write_text("no zip")
        with pytest.raises(osv.OSVError):
            osv.Flaws(str(tmp_path / bad))


VERSIONS = [f"{a}.{b}.{c}{pre}" for a in range(2) for b in range(3) for c in range(2) for pre in ("-rc.1", "", "+incompatible")]


@given(st.lists(st.sampled_from(VERSIONS), min_size=1, max_size=6, unique_by=lambda v: v.partition("+")[0]), st.booleans())
def test_ranges_hold_what_lies_between_their_events(points: list[str], last: bool) -> None:
    ordered = sorted(points, key=lambda v: semver.key("m", f"v{v}"))
    events, inside = [], []
    for start, end in zip(ordered[::2], [*ordered[1::2], None], strict=False):
        events.append({"introduced": start})
        events += [{"last_affected" if last else "fixed": end}] if end else []
        inside.append((start, end))

    def holds(version: str) -> bool:
        def before(a: str, b: str) -> bool:
            return semver.compare("m", f"v{a}", f"v{b}") < 0

        return any(
            not before(version, start) and (end is None or before(version, end) or (last and not before(end, version)))
            for start, end in inside
        )

    for version in VERSIONS:
        assert osv._inside(reversed(events), "m", f"v{version}") is holds(version), (version, events)


def text_of(name: str) -> str:
    from identify.vendor import licenses

    return dict(licenses.LICENSES)[name]


def test_licences_of_real_texts_in_a_zip(tmp_path: Path) -> None:
    goroot = subprocess.run(["go", "env", "GOROOT"], capture_output=True, text=True, check=True).stdout.strip()
    texts = {
        "MIT": "The MIT License (MIT)\n\nCopyright (c) 2014 Ann Example\n\n"
        + text_of("MIT").partition("[fullname]")[2].lstrip(),
        "BSD-3-Clause": Path(goroot, "LICENSE").read_text(),
        "Apache-2.0": text_of("Apache-2.0"),
        "unknown": "All rights reserved by Ann.\n",
    }
    for name, text in texts.items():
        assert licences.of_text(text.encode()) == name
    cases: dict[tuple[str, ...], dict[str, str]] = {
        ("MIT",): {"LICENSE": "MIT", "sub/LICENSE": "unknown", "license.go": "unknown"},
        ("Apache-2.0", "MIT"): {"LICENSE-MIT": "MIT", "LICENSE-APACHE.txt": "Apache-2.0"},
        ("BSD-3-Clause", "unknown"): {"licence.md": "BSD-3-Clause", "COPYING": "unknown"},
        ("none",): {"README": "MIT"},
    }
    for wanted, files in cases.items():
        with zipfile.ZipFile(tmp_path / "m.zip", "w") as archive:
            for name, text in files.items():
                archive.writestr(f"example.com/a@v1.0.0/{name}", texts[text])
        assert licences.of_zip(str(tmp_path / "m.zip"), "example.com/a", "v1.0.0") == wanted


def test_only_allowed_licences_are_served(start: Start, tmp_path: Path) -> None:
    releases = modules.releases(
        {
            "example.com/mit": {
                "v1.0.0": {"go.mod": "module example.com/mit\n", "mit.go": "package mit\n", "LICENSE": text_of("MIT")}
            }
        }
    )
    behind = Behind(releases)
    try:
        proxy = start("--upstream", behind.url, *configured(tmp_path, '[filters]\nlicences = ["MIT"]\n'))
        for _ in range(2):
            assert proxy.get("/example.com/mit/@v/v1.0.0.zip")[0] == 200
            status, _, body = proxy.get(f"{A}/v1.0.0.zip")
            assert (status, b"its licence is none" in body) == (403, True)
        assert proxy.get(f"{A}/v1.0.0.mod")[0] == 200
    finally:
        behind.close()


def test_young_versions_are_in_no_list_and_are_not_latest(start: Start, behind: Behind, tmp_path: Path) -> None:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    whole = behind.world
    young = {"v1.1.0"}

    def world(path: str, fault: str) -> tuple[int, bytes]:
        for version in young:
            if path.endswith((f"/a/@v/{version}.info", "/a/@latest")):
                return 200, json.dumps({"Version": version, "Time": now}).encode()
        return whole(path, fault)

    behind.world = world
    proxy = start("--upstream", behind.url, *configured(tmp_path, "[filters]\nmin-age = 7\n[times]\nfresh = 0\nstale = 0\n"))
    assert proxy.get(f"{A}/list")[2] == b"v1.0.0\n"
    assert json.loads(proxy.get("/example.com/a/@latest")[2])["Version"] == "v1.0.0"
    project = Project(tmp_path / "p", proxy.url)
    project.fine("get", "example.com/a@latest")
    assert "example.com/a v1.0.0" in project.fine("list", "-m", "all")
    assert project.fine("list", "-m", "-u", "example.com/a") == "example.com/a v1.0.0\n"
    assert proxy.get("/example.com/b/@v/list", Disable_Module_Fetch="true")[0] == 404
    # Old enough once, and in the store: it stays.
    young.clear()
    (proxy.store / "example.com/a/@v/v1.1.0.info").unlink()
    assert proxy.get(f"{A}/v1.1.0.zip")[0] == 200
    young.add("v1.1.0")
    (proxy.store / "example.com/a/@v/v1.1.0.info").unlink(missing_ok=True)
    assert proxy.get(f"{A}/list")[2] == b"v1.0.0\nv1.1.0\n"


class Hook:
    """A server that is asked, and a program that does the same."""

    def __init__(self, tmp_path: Path) -> None:
        self.asked: list[dict[str, str]] = []
        self.wait = 0.0
        self.server = Server(Front("hook", self.answer, Journal()))
        self.url = f"http://127.0.0.1:{self.server.port}/check"
        self.program = tmp_path / "check"
        self.program.write_text(
            f'#!{sys.executable}\nimport sys, time\nopen({str(tmp_path / "ran")!r}, "a").write(" ".join(sys.argv[1:]) + "\\n")\n'
            'if sys.argv[1].endswith("/b"): time.sleep(60)\n'
            'if sys.argv[2] == "v1.1.0": sys.exit(print("not this one") or 1)\n'
        )
        self.program.chmod(0o755)

    def answer(self, handler: object) -> object:
        said = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))  # type: ignore[attr-defined]
        self.asked.append(said)
        time.sleep(60 if said["Module"].endswith("/b") else 0)
        return respond((403, b"not this one") if said["Version"] == "v1.1.0" else (200, b""))


@pytest.mark.parametrize("kind", ["url", "program"])
def test_a_hook_is_asked_once_and_silence_is_a_refusal(start: Start, behind: Behind, tmp_path: Path, kind: str) -> None:
    hook = Hook(tmp_path)
    value = f'url = "{hook.url}"' if kind == "url" else f'program = ["{hook.program}"]'
    words = configured(tmp_path, f"[hook]\n{value}\ntimeout = 1.5\n")
    proxy = start("--upstream", behind.url, *words)
    for _ in range(2):
        assert proxy.get(f"{A}/v1.0.0.zip")[0] == 200
        status, _, body = proxy.get(f"{A}/v1.1.0.zip")
        assert (status, b"not this one" in body) == (403, True)
        assert proxy.get(f"{A}/v1.1.0.mod")[0] == 403
    assert not [path for path in behind.asked if "v1.1.0" in path]
    status, _, body = proxy.get("/example.com/b/@v/v1.0.0.zip")
    assert (status, b"gave no word" in body) == (403, True)
    asked = len(hook.asked) if kind == "url" else len((tmp_path / "ran").read_text().splitlines())
    assert asked == 3
    hook.server.close()


def test_retractions_and_deprecations_are_told(start: Start, behind: Behind, tmp_path: Path) -> None:
    proxy = start("--upstream", behind.url)
    for version in ("v1.0.0", "v1.1.0"):
        assert proxy.get(f"/example.com/retr/@v/{version}.mod")[0] == 200
    headers = proxy.get("/example.com/retr/@v/v1.1.0.info")[1]
    assert (headers["gomend-retracted"], headers["gomend-deprecated"]) == ("broken", "use example.com/a")
    assert "gomend-retracted" not in proxy.get("/example.com/retr/@v/v1.0.0.info")[1]
    behind.rules = [(r"\.zip", "status:404")]
    status, _, body = proxy.get("/example.com/retr/@v/v1.1.0.zip")
    assert (status, b"retracted v1.1.0: broken" in body) == (404, True)


GO_MODS = (
    "// Deprecated: use x\nmodule M\n",
    "module M // Deprecated: use y\n",
    "// Hello.\n//\n// Deprecated: use\n// two lines.\n//\n// Not this.\nmodule M\n",
    "// Deprecated: too far away\n\nmodule M\n",
    "module M\n\n// A reason.\nretract v1.0.0\n",
    "module M\nretract v1.0.0 // beside\n",
    "module M\nretract [v0.9.0, v1.0.0] // a range\n",
    "module M\nretract (\n\tv1.0.0 // in a block\n\tv1.5.0\n)\n",
    "module M\n// Of all.\nretract (\n\tv0.1.0\n\t[v1.0.0,v1.0.1]\n)\n",
    "module M\nretract (\n\t// above\n\tv1.0.0\n)\nretract v1.0.0 // twice\n",
    "module M\nretract v1.0.0\n",
    'module M\nretract "v1.0.0" // quoted\n',
    "module M\nretract [v1.0.1, v1.3.0] // others\n",
)


def test_go_says_the_same_of_retractions(tmp_path: Path) -> None:
    wanted = []
    for number, text in enumerate(GO_MODS):
        module = f"example.com/m{number}"
        folder = tmp_path / "store" / module / "@v"
        folder.mkdir(parents=True)
        (folder / "list").write_text("v1.0.0\nv1.9.0\n")
        for version, mod in (("v1.0.0", f"module {module}\n"), ("v1.9.0", text.replace("M", module, 1))):
            (folder / f"{version}.mod").write_text(mod)
            (folder / f"{version}.info").write_text(json.dumps({"Version": version}))
        wanted.append(f"{module}@v1.0.0")
    project = Project(tmp_path / "p", f"file://{tmp_path}/store")
    done = project.fine("list", "-m", "-u", "-retracted", "-json=Path,Retracted,Deprecated", *wanted)
    said = json.loads("[" + done.strip().replace("\n}\n{", "\n},\n{") + "]")
    assert len(said) == len(GO_MODS)
    for text, go in zip(GO_MODS, said, strict=True):
        found = hints.read(text)
        gone = found.retraction(go["Path"], "v1.0.0")
        ours = None if gone is None else gone.why or "retracted by module author"
        theirs = go.get("Retracted")
        assert found.deprecated == go.get("Deprecated", ""), text
        assert (ours is None) is (theirs is None), text
        assert ours is None or ours == theirs[0], text
