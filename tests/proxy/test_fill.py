"""Stores that are filled ahead: from a project's go.sum, from named versions, from a module cache."""

from __future__ import annotations

import json
from pathlib import Path

from tests.proxy.conftest import Behind
from tests.proxy.test_go import Project
from tests.proxy.test_once import fsck
from tests.proxy.test_operation import gomend


def test_mirror_a_project_then_build_it_from_the_folder(behind: Behind, tmp_path: Path) -> None:
    project = Project(tmp_path / "p", behind.url)
    project.fine("get", "example.com/b", "example.com/UP/Case")
    words = (
        "proxy",
        "mirror",
        "--project",
        str(project.folder),
        "--store",
        str(tmp_path / "s"),
        "--upstream",
        behind.url,
        "--sumdb",
        "off",
        "--format",
        "json",
    )
    behind.rules = [(r"/b/.*zip$", "status:500")]
    done = gomend(*words)
    answer = json.loads(done.stdout)
    assert done.returncode == 1
    assert [f["path"] for f in answer["failed"]] == ["example.com/b/@v/v1.0.0.zip"]
    behind.rules = []
    again = gomend(*words)
    assert json.loads(again.stdout) == {"there": answer["fetched"], "fetched": 1, "failed": [], "schema": "gomend.proxy-fill/1"}
    behind.close()
    other = Project(tmp_path / "q", f"file://{tmp_path}/s")
    for name in ("go.mod", "go.sum"):
        (other.folder / name).write_bytes((project.folder / name).read_bytes())
    other.fine("build", "./...")
    assert fsck(tmp_path / "s")[0] == 0


def test_mirror_compares_with_go_sum(behind: Behind, tmp_path: Path) -> None:
    project = Project(tmp_path / "p", behind.url)
    project.fine("get", "example.com/b")
    behind.rules = [(r"/b/.*zip$", "zipwrong")]
    words = (
        "proxy",
        "mirror",
        "--project",
        str(project.folder),
        "--store",
        str(tmp_path / "s"),
        "--upstream",
        behind.url,
        "--sumdb",
        "off",
    )
    done = gomend(*words)
    assert done.returncode == 1
    assert "the go.sum given says h1:" in done.stdout
    assert not list((tmp_path / "s").rglob("b/@v/*.zip"))
    # What is in a store already is compared, too.
    other = tmp_path / "t"
    assert (
        gomend(
            "proxy", "mirror", "example.com/b@v1.0.0", "--store", str(other), "--upstream", behind.url, "--sumdb", "off"
        ).returncode
        == 0
    )
    done = gomend(
        "proxy", "mirror", "--project", str(project.folder), "--store", str(other), "--upstream", behind.url, "--sumdb", "off"
    )
    assert done.returncode == 1
    assert "go.sum says h1:" in done.stdout


def test_mirror_names_and_import_a_cache(behind: Behind, tmp_path: Path) -> None:
    project = Project(tmp_path / "p", behind.url)
    project.fine("get", "example.com/b")
    cache = str(project.folder / ".cache")
    done = gomend("proxy", "import", cache, "--store", str(tmp_path / "s"), "--format", "json")
    assert (done.returncode, json.loads(done.stdout)["failed"]) == (0, []), done.stdout + done.stderr
    for file in (tmp_path / "s" / "example.com").rglob("*.zip"):
        assert file.read_bytes() == (project.folder / ".cache/cache/download" / file.relative_to(tmp_path / "s")).read_bytes()
    store = ("--store", str(tmp_path / "t"), "--upstream", behind.url, "--sumdb", "off")
    done = gomend("proxy", "mirror", "example.com/a@latest", "example.com/notags@main", "example.com/none@v1.0.0", *store)
    assert done.returncode == 1
    assert "example.com/none@v1.0.0" in done.stdout
    assert (tmp_path / "t/example.com/a/@v/v1.1.0.zip").exists()
    assert len(list((tmp_path / "t/example.com/notags/@v").glob("*.zip"))) == 1
    assert gomend("proxy", "mirror", *store).returncode == 2
    assert gomend("proxy", "import", str(tmp_path / "empty"), "--store", str(tmp_path / "t")).returncode == 2


def test_mirror_a_list_and_all_versions(behind: Behind, tmp_path: Path) -> None:
    project = Project(tmp_path / "p", behind.url)
    project.fine("get", "example.com/b@v1.0.0", "example.com/UP/Case@v1.0.0")
    project.fine("mod", "edit", "-replace", "example.com/a=example.com/multi@v1.0.0")
    listed = tmp_path / "modules.txt"
    listed.write_text(project.fine("list", "-mod=mod", "-m", "all") + "# a comment\nexample.com/retr@all # every version\n")
    store = ("--store", str(tmp_path / "t"), "--upstream", behind.url, "--sumdb", "off", "--format", "json")
    done = gomend("proxy", "mirror", "--list", str(listed), "example.com/a@all", *store)
    assert done.returncode == 0, done.stdout + done.stderr
    zips = {str(p.relative_to(tmp_path / "t")) for p in (tmp_path / "t").rglob("*.zip")}
    names = (
        "b/@v/v1.0.0",
        "!u!p/!case/@v/v1.0.0",
        "multi/@v/v1.0.0",
        "retr/@v/v1.0.0",
        "retr/@v/v1.1.0",
        "a/@v/v1.0.0",
        "a/@v/v1.1.0",
    )
    assert zips == {f"example.com/{name}.zip" for name in names}
    done = gomend("proxy", "mirror", "example.com/none@all", *store)
    assert (done.returncode, [f["path"] for f in json.loads(done.stdout)["failed"]]) == (1, ["example.com/none@all"])
    done = gomend("proxy", "mirror", "--list", str(tmp_path / "absent"), *store)
    assert done.returncode == 2
    assert "absent" in done.stderr
