"""Real projects through the ordinary module proxy: bundle, proof without go.sum, build without network; one with cgo."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gomend.ports.state import remove_tree
from tests.cache.world import GOMEND

SQLITE = """package main

import (
	"database/sql"

	_ "github.com/mattn/go-sqlite3"
)

func version() (string, error) {
	db, err := sql.Open("sqlite3", ":memory:")
	if err != nil {
		return "", err
	}
	defer db.Close()
	var found string
	return found, db.QueryRow("select sqlite_version()").Scan(&found)
}

func main() {
	found, err := version()
	if err != nil {
		panic(err)
	}
	println(found)
}
"""
SQLITE_TEST = """package main

import "testing"

func TestVersion(t *testing.T) {
	if _, err := version(); err != nil {
		t.Fatal(err)
	}
}
"""
PROJECTS = {
    "cobra": ("github.com/spf13/cobra@v1.9.1", (), 2),
    "client_golang": ("github.com/prometheus/client_golang@v1.22.0", (), 20),
    "sqlite": ("", ("--test",), 1),
}


def go(*words: str, folder: Path, **env: str) -> str:
    done = subprocess.run(["go", *words], cwd=folder, env={**os.environ, **env}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.full
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("name", PROJECTS)
def test_three_real_projects(tmp_path: Path, name: str) -> None:
    module, words, packages = PROJECTS[name]
    project = tmp_path / name
    if module:
        made = json.loads(go("mod", "download", "-json", module, folder=tmp_path))
        shutil.copytree(made["Dir"], project)
        for path in [project, *project.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
    else:
        project.mkdir()
        (project / "go.mod").write_text("module example.com/sq\n\ngo 1.21\n\nrequire github.com/mattn/go-sqlite3 v1.14.24\n")
        (project / "main.go").write_text(SQLITE)
        (project / "main_test.go").write_text(SQLITE_TEST)
        go("mod", "tidy", folder=project)
    bundle, proxy = tmp_path / "b.tar", tmp_path / "proxy"
    run = [GOMEND, "mod"]
    done = subprocess.run(
        [*run, "bundle", "make", str(project), "-o", str(bundle)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (done.stdout, done.stderr)
    argv = [*run, "prove-offline", str(project), "--from", str(bundle), "--strict", "--format", "json", *words]
    proof = subprocess.run(argv, capture_output=True, text=True, check=False)
    said = json.loads(proof.stdout)
    assert (proof.returncode, said["verdict"], said["audit"]) == (0, "proved", "strace"), said
    assert said["packages"] >= packages
    assert [s for s in said["sockets"] if s["outside"]] == []
    assert said["cgo"]
    assert said["compiler"]
    # Without go.sum, go must ask the checksum database of the bundle for every module; it writes the same hashes.
    subprocess.run([*run, "bundle", "import", str(bundle), "--to", str(proxy)], check=True, capture_output=True)
    bare = tmp_path / "bare"
    shutil.copytree(project, bare)
    (bare / "go.sum").unlink()
    enter = ["unshare", *([] if os.geteuid() == 0 else ["--map-root-user"]), "--net"]
    env = {
        **os.environ,
        "GOPROXY": f"file://{proxy}",
        "GOMODCACHE": str(tmp_path / "mod"),
        "GOPATH": str(tmp_path / "gopath"),
        "GOFLAGS": "-modcacherw -mod=mod",
        "GONOSUMDB": "none",
        "GOPRIVATE": "",
    }
    done = subprocess.run(
        [*enter, "go", "mod", "download", "all"], cwd=bare, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    written = set((bare / "go.sum").read_text().splitlines())
    assert {line for line in written if "/go.mod " not in line}
    ours = {line.rpartition(" ")[0]: line for line in (project / "go.sum").read_text().splitlines()}
    assert all(line == ours.get(line.rpartition(" ")[0], line) for line in written)
    # One module less, and the proof fails and names it.
    lost = next(p for p in sorted(proxy.rglob("*.zip")) if "sumdb" not in p.parts and _used(p, project))
    lost.unlink()
    less = subprocess.run(
        [*run, "prove-offline", str(project), "--from", str(proxy), "--format", "json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (less.returncode, json.loads(less.stdout)["missing"] != []) == (1, True), less.stdout
    remove_tree(str(tmp_path))


def _used(zipped: Path, project: Path) -> bool:
    """Whether the packages of the project come from this module."""
    used = go(
        "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}@{{.Version}}{{end}}{{end}}", "./...", folder=project
    )
    return any(zipped.match(f"*/{name.partition('@')[0].lower()}/@v/{name.partition('@')[2]}.zip") for name in used.split())


@pytest.mark.full
@pytest.mark.timeout(900)
def test_a_toolchain_and_a_tool(tmp_path: Path) -> None:
    """The other side has only this go; the project asks for another, and it comes from the bundle, checked against its sumdb."""
    project = tmp_path / "p"
    project.mkdir()
    (project / "go.mod").write_text("module example.com/p\n\ngo 1.21\n")
    (project / "main.go").write_text("package main\n\nfunc main() {}\n")
    bundle, proxy = tmp_path / "b.tar", tmp_path / "proxy"
    argv = [GOMEND, "mod", "bundle", "make", str(project), "-o", str(bundle), "--format", "json"]
    tool = "golang.org/x/tools/cmd/stringer@v0.38.0"
    # The project is built with another go than the one that is installed here.
    other = {**os.environ, "GOTOOLCHAIN": "go1.26.7"}
    words = [*argv, "--toolchain", "linux/amd64", "--tool", tool]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=other)
    assert done.returncode == 0, (done.stdout, done.stderr)
    made = json.loads(done.stdout)
    assert (made["toolchains"][0].endswith("linux-amd64"), made["tools"]) == (True, [tool])
    subprocess.run([GOMEND, "mod", "bundle", "import", str(bundle), "--to", str(proxy)], check=True, capture_output=True)
    wanted = made["toolchains"][0].removesuffix(".linux-amd64")
    assert wanted not in go("version", folder=tmp_path, GOTOOLCHAIN="local")
    enter = ["unshare", *([] if os.geteuid() == 0 else ["--map-root-user"]), "--net"]
    env = {
        **os.environ,
        "GOPROXY": f"file://{proxy}",
        "GOMODCACHE": str(tmp_path / "mod"),
        "GOPATH": str(tmp_path / "gopath"),
        "GOFLAGS": "-modcacherw",
        "GOSUMDB": go("env", "GOSUMDB", folder=tmp_path).strip(),
    }
    ran = subprocess.run(
        [*enter, "go", "version"], cwd=tmp_path, env={**env, "GOTOOLCHAIN": wanted}, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, wanted in ran.stdout) == (0, True), ran.stderr
    ran = subprocess.run([*enter, "go", "install", tool], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "gopath/bin/stringer").exists()
    remove_tree(str(tmp_path))


@pytest.mark.full
@pytest.mark.timeout(600)
@pytest.mark.parametrize("order", [("cobra", "client_golang"), ("client_golang", "cobra")])
def test_a_chain_of_bundles_under_one_signed_tree(tmp_path: Path, order: tuple[str, str]) -> None:
    """go has taken the first bundle's tree head for the newest; the second's answers must fit it, and the first's the second's."""
    proxy = tmp_path / "proxy"
    env = {
        **os.environ,
        "GOPROXY": proxy.as_uri(),
        "GOPATH": str(tmp_path / "gopath"),
        "GOFLAGS": "-modcacherw -mod=mod",
        "GONOSUMDB": "none",
        "GOPRIVATE": "",
    }
    enter = ["unshare", *([] if os.geteuid() == 0 else ["--map-root-user"]), "--net"]
    before: list[str] = []
    for number, name in enumerate((*order, order[0])):
        project = tmp_path / f"p{number}"
        project.mkdir()
        module = PROJECTS[name][0].replace("@", " ")
        (project / "go.mod").write_text(f"module example.com/p\n\ngo 1.23.0\n\nrequire {module}\n")
        if number < 2:
            bundle = tmp_path / f"b{number}.tar"
            since = ["--since", before[-1]] if before else []
            argv = [GOMEND, "mod", "bundle", "make", str(project), "-o", str(bundle), *since]
            done = subprocess.run(argv, capture_output=True, text=True, check=False)
            assert done.returncode == 0, (done.stdout, done.stderr)
            parents = ["--parent", before[-1]] if before else []
            subprocess.run([GOMEND, "mod", "bundle", "verify", str(bundle), *parents], check=True, capture_output=True)
            subprocess.run(
                [GOMEND, "mod", "bundle", "import", str(bundle), "--to", str(proxy)], check=True, capture_output=True
            )
            before.append(str(bundle))
        done = subprocess.run(
            [*enter, "go", "mod", "download", "all"],
            cwd=project,
            env={**env, "GOMODCACHE": str(tmp_path / f"mod{number}")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "h1:" in (project / "go.sum").read_text()
    remove_tree(str(tmp_path))
