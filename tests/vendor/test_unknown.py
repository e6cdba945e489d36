"""What cannot be told is never read as fine; what the zip proves is told all the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gomend.apps.vendorshapes import VendorShape, VendorSyncShape
from gomend.golang import dirhash
from gomend.outputs.shapes import json_schema
from gomend.ports.state import remove_tree
from tests.vendor.world import DAMAGES, GOMEND, LIB, MODULES, World, at, kinds


def another_cache(world: World, name: str) -> Path:
    cache = world.folder / name
    if cache.exists():
        remove_tree(str(cache))
    subprocess.run(["cp", "-a", str(world.folder / "mod"), str(cache)], check=True)
    return cache


def zip_of(cache: Path, module: str = LIB, version: str = "v1.0.0") -> Path:
    return cache / f"cache/download/{module}/@v/{version}.zip"


def whys(answer: dict[str, Any]) -> set[tuple[str, str]]:
    return {(u["module"], u["why"]) for u in answer["undetermined"]}


def test_a_zip_that_is_not_there(world: World) -> None:
    cache = another_cache(world, "no-zip")
    zip_of(cache).unlink()
    project = world.copy()
    DAMAGES["file edited"].inflict(project)
    DAMAGES["copy of a fork edited"].inflict(project)
    answer = world.prove(project, "--strict", GOMODCACHE=str(cache))
    assert kinds(answer) == {("example.com/orig", "file-changed")}
    assert whys(answer) == {(LIB, "zip-absent")}
    rule = world.run([GOMEND, "check", "--probe", "--select", "GM121", "--format", "json"], world.copy(), GOMODCACHE=str(cache))
    assert [u["code"] for u in json.loads(rule.stdout)["undetermined"]] == ["GM121"]


def test_an_empty_cache_and_download(world: World) -> None:
    cache = world.folder / "empty-cache"
    cache.mkdir(exist_ok=True)
    project = world.copy()
    DAMAGES["file edited"].inflict(project)
    DAMAGES["embedded file removed"].inflict(project)
    env = {"GOMODCACHE": str(cache)}
    alone = world.prove(project, **env)
    assert alone["bad"] == []
    assert {(LIB, "zip-absent"), ("", "go-refused")} <= whys(alone)
    assert world.prove(world.copy(), "--strict", **env)["undetermined"]
    answer = world.prove(project, "--strict", "--download", **env)
    assert (kinds(answer), answer["undetermined"]) == ({(LIB, "file-changed"), (LIB, "file-missing")}, [])
    remove_tree(str(cache))


def test_a_zip_that_was_exchanged_proves_nothing(world: World) -> None:
    """Zip and vendor agree, yet neither is what go.sum and the checksum database recorded."""
    cache = another_cache(world, "exchanged")
    files = {f"{LIB}@v1.0.0/go.mod": f"module {LIB}\n\ngo 1.21\n"}
    files |= {f"{LIB}@v1.0.0/{name}": text for name, text in MODULES[LIB]["v1.0.0"].items()}
    files[f"{LIB}@v1.0.0/lib.go"] += "\n// tampered\n"
    from gomend.lab.modules import make_zip

    raw = make_zip({name: text.encode() for name, text in files.items()})
    zip_of(cache).write_bytes(raw)
    project = world.copy()
    at(project, "lib.go").write_text(files[f"{LIB}@v1.0.0/lib.go"])
    answer = world.prove(project, GOMODCACHE=str(cache))
    wrong = next(b for b in answer["bad"] if b["what"] == "zip-mismatch")
    assert (wrong["module"], wrong["actual"]) == (LIB, dirhash.h1_zip(raw))
    assert wrong["expected"] in (project / "go.sum").read_text()
    assert (LIB, "zip-mismatch") in whys(answer)


@pytest.mark.parametrize("damage", [b"", b"PK cut", b"\0" * 100])
def test_a_zip_that_cannot_be_read(world: World, damage: bytes) -> None:
    cache = another_cache(world, "cut")
    zip_of(cache).write_bytes(damage)
    assert (LIB, "zip-unreadable") in whys(world.prove(world.copy(), GOMODCACHE=str(cache)))


def test_go_sum_without_a_line_or_with_another(world: World) -> None:
    project = world.copy()
    path = project / "go.sum"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith(f"{LIB} v1.0.0 ")))
    assert (LIB, "sum-missing") in kinds(world.prove(project))
    path.write_text(
        "".join(
            f"{LIB} v1.0.0 h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n" if f"{LIB} v1.0.0 " in x else x for x in lines
        )
    )
    answer = world.prove(project)
    assert {(LIB, "sum-mismatch"), (LIB, "zip-mismatch")} <= kinds(answer)
    assert next(b for b in answer["bad"] if b["what"] == "sum-mismatch")["said_by"] == "sum.example.com"


def test_a_replacing_folder_that_is_gone(world: World) -> None:
    project = world.copy()
    shutil.rmtree(project.parent / "local")
    assert ("example.com/local", "folder-absent") in whys(world.prove(project))


def test_the_replacing_folder_moved_on(world: World) -> None:
    project = world.copy()
    (project.parent / "local/local.go").write_text("package local\n\nconst New = 1\n")
    (project.parent / "local/more.go").write_text("package local\n")
    assert kinds(world.prove(project)) == {("example.com/local", "file-changed"), ("example.com/local", "file-missing")}


def test_c_folders_are_left_out(world: World) -> None:
    """golang/go#26366: what cgo includes from folders without Go files is not copied, and the build fails."""
    project = world.copy("n")
    built = world.run(["go", "vet", "-mod=vendor", "./..."], project, CGO_ENABLED="1")
    assert built.returncode != 0
    assert "csrc/impl.h" in built.stderr
    answer = world.prove(project)
    assert kinds(answer) == {("example.com/native", "native-dropped")}
    paths = {path for b in answer["bad"] for path in b["paths"]}
    assert paths == {"vendor/example.com/native/csrc/impl.h", "vendor/example.com/native/inc"}
    assert "native.go: " in answer["bad"][0]["detail"]
    told = world.run([GOMEND, "mod", "vendor", "prove"], project)
    assert "import it with _" in told.stdout
    assert "vendor sync" not in told.stdout


def test_a_workspace(world: World) -> None:
    project = world.copy("w")
    at(project, "lib.go").write_text("package lib\n")
    assert (LIB, "file-changed") in kinds(world.prove(project))
    assert (LIB, "file-changed") in kinds(world.prove(project / "x"))
    path = project / "vendor/modules.txt"
    path.write_text(path.read_text().replace("## workspace\n", ""))
    assert ("vendor/modules.txt", "list-inconsistent") in kinds(world.prove(project))


def test_a_workspace_whose_module_moved_on(world: World) -> None:
    project = world.copy("w")
    path = project / "y/go.mod"
    path.write_text(path.read_text() + "\nrequire example.com/b v1.0.0\n")
    built = world.run(["go", "build", "-mod=vendor", "./y"], project)
    assert "example.com/b@v1.0.0: is explicitly required in go.mod" in built.stderr
    assert ("example.com/b", "list-inconsistent") in kinds(world.prove(project))


def test_files_that_may_not_be_read(world: World) -> None:
    if os.geteuid() == 0:
        # root reads everything: the file is made a loop of links, which nobody reads
        project = world.copy()
        at(project, "lib.go").unlink()
        at(project, "lib.go").symlink_to("lib.go")
        assert (LIB, "link") in kinds(world.prove(project))
        return
    project = world.copy()
    at(project, "lib.go").chmod(0)
    assert (LIB, "unreadable") in whys(world.prove(project))


def test_answers_fit_their_schemas(world: World) -> None:
    project = world.copy()
    for name in ("file edited", "licence removed", "list: not explicit"):
        DAMAGES[name].inflict(project)
    jsonschema.validate(world.prove(project, "--diff"), json_schema(VendorShape))
    done = world.run([GOMEND, "mod", "vendor", "sync", "--format", "json", "--diff"], project)
    jsonschema.validate(json.loads(done.stdout), json_schema(VendorSyncShape))


def test_bad_input_is_one_message(world: World, tmp_path: Path) -> None:
    for words in (["prove"], ["sync"], ["prove", "nowhere"]):
        done = world.run([GOMEND, "mod", "vendor", *words], tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert "Traceback" not in done.stderr
    project = world.copy()
    (project / "go.mod").write_text("module m\n\nnonsense\n")
    done = world.run([GOMEND, "mod", "vendor", "prove"], project)
    assert (done.returncode, done.stdout) == (2, "")
    assert "go.mod:3" in done.stderr


def test_loose_links_in_a_user_cache_of_nothing(world: World) -> None:
    """A list full of nonsense is told, not fallen over."""
    project = world.copy()
    (project / "vendor/modules.txt").write_bytes(
        b"# a\n#\n\xff\n# b => \n## explicit\nx y z\n# ../../etc v1.0.0\n../../etc/passwd\n"
    )
    answer = world.prove(project)
    assert {w for _, w in kinds(answer)} >= {"list-inconsistent", "list-changed", "package-extra"}
