"""``gomend mod bundle``: make, verify, import and serve, with the real go on both sides."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import tarfile
import urllib.error
import urllib.request
from pathlib import Path

import jsonschema
import pytest

from gomend.apps.cli.schema import schema
from gomend.ports.state import remove_tree
from tests.cache.world import GOMEND, A, World, _edit, at, rezip

NAMES = ("example.com/UP/Case", "example.com/a", "example.com/b")


def answer(done: subprocess.CompletedProcess[str]) -> dict:
    made = json.loads(done.stdout)
    jsonschema.validate(made, schema("gomend.bundle/1"))
    return made


def test_what_is_in_it_and_two_runs_give_the_same_bytes(world: World, bundle: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.tar"
    fresh = tmp_path / "fresh.tar"
    done = world.gomend("mod", "bundle", "make", "-o", str(again), "--format", "json")
    made = answer(done)
    assert (made["ok"], made["modules"], made["databases"]) == (True, 3, ["sum.example.com"])
    assert world.gomend("mod", "bundle", "make", "-o", str(fresh), "--fresh").returncode == 0
    assert bundle.read_bytes() == again.read_bytes() == fresh.read_bytes()
    with tarfile.open(bundle) as tar:
        manifest = json.load(tar.extractfile("gomend-bundle.json"))
        jsonschema.validate(manifest, schema("gomend.bundle-manifest/1"))
        names = [m.name for m in tar]
        for file in manifest["files"]:
            raw = tar.extractfile(file["path"]).read()
            assert (len(raw), hashlib.sha256(raw).hexdigest()) == (file["size"], file["sha256"])
        footer = tar.extractfile(names[-1]).read().decode()
    assert names == ["gomend-bundle.json", *(f["path"] for f in manifest["files"]), "gomend-bundle.sha256"]
    assert footer == f"{made['digest']}  gomend-bundle.json\n"
    assert [(m["module"], m["by"]) for m in manifest["modules"]] == [(n, ["go.sum", "sum.example.com"]) for n in NAMES]
    assert sorted(os.listdir(tmp_path)) == ["again.tar", "fresh.tar"]


@pytest.mark.parametrize("with_sum", [True, False], ids=["with go.sum", "without go.sum"])
def test_go_works_from_the_folder_without_network(world: World, bundle: Path, tmp_path: Path, with_sum: bool) -> None:
    """The checksum database's part is enough even for a project that has no go.sum, in a namespace without network."""
    proxy = tmp_path / "proxy"
    assert world.gomend("mod", "bundle", "import", str(bundle), "--to", str(proxy)).returncode == 0
    project = tmp_path / "p"
    shutil.copytree(world.stage.project, project)
    if not with_sum:
        (project / "go.sum").unlink()
    env = {
        **world.environ,
        "GOPROXY": f"file://{proxy}",
        "GOMODCACHE": str(tmp_path / "mod"),
        "GOPATH": str(tmp_path / "gopath"),
        "GOFLAGS": "-modcacherw",
    }
    enter = ["unshare", *([] if os.geteuid() == 0 else ["--map-root-user"]), "--net"]
    for words in (["mod", "download", "all"], ["build", "-mod=readonly", "-o", "/dev/null", "./..."], ["mod", "verify"]):
        done = subprocess.run([*enter, "go", *words], cwd=project, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert (project / "go.sum").read_text() == (world.stage.project / "go.sum").read_text()
    assert (tmp_path / "gopath/pkg/sumdb/sum.example.com/latest").exists() is not with_sum


def test_verify_finds_every_flipped_byte(world: World, bundle: Path, tmp_path: Path) -> None:
    """A bit in the manifest, a header, the padding, a zip, a proof, the footer."""
    raw = bundle.read_bytes()
    good = world.gomend("mod", "bundle", "verify", str(bundle), "--format", "json")
    assert (good.returncode, answer(good)["proved"]) == (0, 3)
    bad = tmp_path / "bad.tar"
    for place in range(5, len(raw), len(raw) // 23):
        bad.write_bytes(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
        done = world.gomend("mod", "bundle", "verify", str(bad), "--format", "json")
        assert (done.returncode, answer(done)["ok"]) == (1, False), place
        assert "Traceback" not in done.stderr
    for other in (raw[:-1], raw + b"x", raw[: len(raw) // 2], b"", b"not a bundle" * 100):
        bad.write_bytes(other)
        assert world.gomend("mod", "bundle", "verify", str(bad)).returncode == 1
        before = sorted(tmp_path.iterdir())
        assert world.gomend("mod", "bundle", "import", str(bad), "--to", str(tmp_path / "in")).returncode == 1
        assert sorted(tmp_path.iterdir()) == before


def test_importing_twice_changes_nothing_and_other_bytes_are_not_overwritten(
    world: World, bundle: Path, tmp_path: Path
) -> None:
    to = tmp_path / "proxy"
    first = answer(world.gomend("mod", "bundle", "import", str(bundle), "--to", str(to), "--format", "json"))
    second = answer(world.gomend("mod", "bundle", "import", str(bundle), "--to", str(to), "--format", "json"))
    assert (first["written"], first["there"], second["written"], second["there"]) == (18, 0, 0, 18)
    assert {p.stat().st_mode & 0o777 for p in to.rglob("*") if p.is_file()} == {0o644}
    victim = to / f"{A}/@v/v1.0.0.mod"
    victim.write_bytes(b"module other\n")
    (to / "example.com/b/@v/v1.0.0.zip").unlink()
    third = world.gomend("mod", "bundle", "import", str(bundle), "--to", str(to), "--format", "json")
    assert (third.returncode, str(victim) in answer(third)["bad"][0]["why"]) == (1, True)
    assert victim.read_bytes() == b"module other\n"
    assert not (to / "example.com/b/@v/v1.0.0.zip").exists(), "nothing is written if anything differs"


def test_into_the_module_cache(world: World, bundle: Path, tmp_path: Path) -> None:
    cache = tmp_path / "mod"
    done = world.gomend("mod", "bundle", "import", str(bundle), "--cache", cache=cache)
    assert done.returncode == 0, done.stderr
    built = world.go(["build", "-o", "/dev/null", "./..."], cache, GOPROXY="off", GOFLAGS="-modcacherw")
    assert built.returncode == 0, built.stderr
    assert world.go(["mod", "verify"], cache, GOPROXY="off").stdout == "all modules verified\n"
    looked = world.gomend("mod", "cache", "verify", "--all", "--full", "--format", "json", cache=cache)
    assert [b["what"] for b in json.loads(looked.stdout)["bad"] if b["what"] != "dir-writable"] == []
    again = world.gomend("mod", "bundle", "import", str(bundle), "--cache", "--format", "json", cache=cache)
    assert answer(again)["written"] == 0
    remove_tree(str(cache))


def test_a_second_bundle_holds_only_what_the_first_lacks(world: World, bundle: Path, tmp_path: Path) -> None:
    project = tmp_path / "p"
    shutil.copytree(world.stage.project, project)
    env = {**world.environ, "GOMODCACHE": str(world.copy())}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(words, cwd=project, env=env, capture_output=True, text=True, check=False)

    assert run("go", "get", f"{A}@v1.1.0").returncode == 0
    second = tmp_path / "second.tar"
    made = answer(run(GOMEND, "mod", "bundle", "make", "-o", str(second), "--since", str(bundle), "--format", "json"))
    with tarfile.open(second) as tar:
        names = [m.name for m in tar]
    assert [n for n in names if n.endswith(".zip")] == [f"proxy/{A}/@v/v1.1.0.zip"]
    assert (made["inherited"] > 5, made["parent"] != "") == (True, True)
    alone = run(GOMEND, "mod", "bundle", "verify", str(second))
    assert (alone.returncode, "--parent" in alone.stdout) == (4, True)
    assert run(GOMEND, "mod", "bundle", "verify", str(second), "--parent", str(bundle)).returncode == 0
    wrong = run(GOMEND, "mod", "bundle", "verify", str(second), "--parent", str(second))
    assert (wrong.returncode, "builds on" in wrong.stdout) == (1, True)
    to = tmp_path / "proxy"
    early = run(GOMEND, "mod", "bundle", "import", str(second), "--to", str(to))
    assert (early.returncode, "earlier bundles" in early.stdout, to.exists()) == (1, True, False)
    for path in (bundle, second):
        done = run(GOMEND, "mod", "bundle", "import", str(path), "--to", str(to))
        assert done.returncode == 0, done.stdout
    assert (to / f"{A}/@v/list").read_text() == "v1.0.0\nv1.1.0\n"
    env |= {"GOPROXY": f"file://{to}", "GOMODCACHE": str(tmp_path / "mod"), "GOFLAGS": "-modcacherw"}
    built = run("go", "build", "-o", "/dev/null", "./...")
    assert built.returncode == 0, built.stderr


def test_what_differs_from_go_sum_is_refused(world: World, tmp_path: Path) -> None:
    cache = world.copy()
    rezip(at(cache, "zip"), lambda members: {n: d + b"\n// evil\n" if n.endswith(".go") else d for n, d in members.items()})
    out = tmp_path / "b.tar"
    done = world.gomend("mod", "bundle", "make", "-o", str(out), "--format", "json", cache=cache)
    assert (done.returncode, [b["name"] for b in answer(done)["bad"]]) == (1, [f"{A}@v1.0.0"])
    unverified = world.gomend("mod", "bundle", "make", "-o", str(out), "--allow-unverified", cache=cache)
    assert (unverified.returncode, out.exists()) == (1, False), "other bytes are never let through"


def test_what_nobody_vouches_for_is_refused(world: World, tmp_path: Path) -> None:
    """No checksum database and no go.sum: only --allow-unverified takes it, and the manifest says that nobody vouched."""
    project = tmp_path / "p"
    shutil.copytree(world.stage.project, project)
    (project / "go.sum").unlink()
    out = tmp_path / "b.tar"
    words = ["mod", "bundle", "make", str(project), "-o", str(out), "--format", "json"]
    refused = world.gomend(*words, GOSUMDB="off")
    assert (refused.returncode, sorted(b["name"] for b in answer(refused)["bad"])) == (1, [f"{n}@v1.0.0" for n in NAMES])
    assert not out.exists()
    assert world.gomend(*words, "--allow-unverified", GOSUMDB="off").returncode == 0
    with tarfile.open(out) as tar:
        assert [m["by"] for m in json.load(tar.extractfile("gomend-bundle.json"))["modules"]] == [[], [], []]
    assert not (project / "go.sum").exists(), "the project is not touched"


def test_private_modules_are_vouched_for_by_go_sum_alone(world: World, tmp_path: Path) -> None:
    """go never asks the checksum database about them, and neither does the bundle."""
    out = tmp_path / "b.tar"
    cache = world.copy()
    shutil.rmtree(cache / "cache/download/sumdb")
    done = world.gomend("mod", "bundle", "make", "-o", str(out), cache=cache, GONOSUMDB=A)
    assert done.returncode == 0, done.stdout
    with tarfile.open(out) as tar:
        names = [m.name for m in tar]
        modules = json.load(tar.extractfile("gomend-bundle.json"))["modules"]
    both = ["go.sum", "sum.example.com"]
    assert [m["by"] for m in modules] == [both, ["go.sum"], both]
    assert [n for n in names if "/lookup/" in n and f"{A}@" in n] == []
    remove_tree(str(cache))


def test_a_workspace(world: World, tmp_path: Path) -> None:
    for name, needs in (("one", "example.com/a"), ("two", "example.com/UP/Case")):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "go.mod").write_text(f"module m/{name}\n\ngo 1.21\n\nrequire {needs} v1.0.0\n")
        (folder / "x.go").write_text(f'package {name}\n\nimport _ "{needs}"\n')
        assert (
            subprocess.run(
                ["go", "mod", "tidy"], cwd=folder, env={**world.environ, "GOWORK": "off"}, capture_output=True, check=False
            ).returncode
            == 0
        )
    (tmp_path / "go.work").write_text("go 1.21\n\nuse (\n\t./one\n\t./two\n)\n")
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    out = tmp_path / "b.tar"
    done = world.gomend("mod", "bundle", "make", str(tmp_path), "-o", str(out), "--format", "json")
    made = answer(done)
    assert (made["ok"], made["modules"], made["projects"]) == (True, 2, ["m/one m/two"])
    out.rename(tmp_path.parent / f"{tmp_path.name}.tar")
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before
    proved = world.gomend("mod", "prove-offline", str(tmp_path), "--from", str(tmp_path.parent / f"{tmp_path.name}.tar"))
    assert proved.returncode == 0, proved.stdout


def test_serve_from_the_archive(world: World, bundle: Path, tmp_path: Path) -> None:
    argv = [GOMEND, "mod", "bundle", "serve", str(bundle)]
    with subprocess.Popen(argv, env=world.environ, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as server:
        try:
            line = server.stderr.readline().strip()
            assert line.startswith("listening on http://127.0.0.1:")
            url = line.removeprefix("listening on ")
            env = {"GOPROXY": url, "GOPATH": str(tmp_path / "gopath"), "GOFLAGS": "-modcacherw"}
            done = world.go(["mod", "download", "all"], tmp_path / "mod", **env)
            assert done.returncode == 0, done.stderr
            with urllib.request.urlopen(f"{url}/example.com/%21u%21p/%21case/@v/v1.0.0.info") as reply:
                assert json.load(reply)["Version"] == "v1.0.0"
            for path in ("example.com/no/@v/list", "../gomend-bundle.json", "%2e%2e/gomend-bundle.json", "", "a%00b"):
                with pytest.raises(urllib.error.HTTPError) as error:
                    urllib.request.urlopen(f"{url}/{path}")
                assert error.value.code == 404
                error.value.close()
        finally:
            server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["make"], "-o"),
        (["make", "/nowhere", "-o", "x"], "/nowhere"),
        (["make", "-o", "/nowhere/x/y.tar", "--toolchain", "linux"], "GOOS/GOARCH"),
        (["make", "-o", "x.tar", "--tool", "example.com/a"], "version"),
        (["make", "-o", "x.tar", "--since", "/nowhere.tar"], "/nowhere.tar"),
        (["verify", "/nowhere.tar"], "/nowhere.tar"),
        (["import", "/nowhere.tar"], "--to"),
        (["serve", "/nowhere.tar"], "/nowhere.tar"),
        (["serve", "/tmp", "--listen", "here"], "HOST:PORT"),
    ],
)
def test_bad_input_is_told(world: World, tmp_path: Path, words: list[str], said: str) -> None:
    done = subprocess.run(
        [GOMEND, "mod", "bundle", *words], env=world.environ, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert "Traceback" not in done.stderr


def test_words_in_chinese(world: World, bundle: Path) -> None:
    done = world.gomend("mod", "bundle", "verify", str(bundle), "--lang", "zh-CN")
    assert (done.returncode, "校验和数据库" in done.stdout) == (0, True)


def test_an_edited_info_is_refused_and_a_full_disk_leaves_nothing(world: World, tmp_path: Path) -> None:
    """The disk is a file system of 16 KiB in a mount namespace of its own; the bundle does not fit."""
    small = tmp_path / "small"
    small.mkdir()
    enter = ["unshare", *([] if os.geteuid() == 0 else ["--map-root-user"]), "--mount", "sh", "-c"]
    script = f"mount -t tmpfs -o size=16k none {small} && {GOMEND} mod bundle make -o {small}/b.tar; echo $?; ls {small}"
    done = subprocess.run(
        [*enter, script], cwd=world.stage.project, env=world.environ, capture_output=True, text=True, check=False
    )
    lines = done.stdout.split()
    assert lines[0] == "2", (done.stdout, done.stderr)
    assert "no room" in done.stderr
    assert [n for n in lines[1:] if n.startswith("b.tar") and not n.endswith(".making")] == []
    cache = world.copy()
    _edit(at(cache, "info"), b'{"Version":"v9.9.9"}')
    made = world.gomend("mod", "bundle", "make", "-o", str(tmp_path / "c.tar"), "--format", "json", cache=cache)
    # go itself believes the .info, and looks for that other version too.
    assert (made.returncode, f"{A}@v1.0.0" in {b["name"] for b in answer(made)["bad"]}) == (1, True)
