"""go.sum, the checksum database, the copy here and the proxy disagree: who stands alone, on real caches and in every constellation."""

from __future__ import annotations

import getpass
import itertools
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gomend.lab.scenario import load
from gomend.lab.stage import staged
from gomend.model.text import Translator
from gomend.modules.cache import security
from gomend.modules.cache.security import CACHE, DATABASE, GO_SUM, PROXY, Claim
from gomend.ports.state import remove_tree
from tests.cache.test_mend import contents, mend
from tests.cache.world import DAMAGES, SCENARIO, A, World, at

BAD = "h1:3Mz1wF6P4FA+BHKOt/heWdt1U17EALz5/4zkQfKQnAY="


def claims(**h1: str) -> list[Claim]:
    names = {"go_sum": GO_SUM, "sumdb": DATABASE, "cache": CACHE, "proxy": PROXY}
    return [Claim(who=names[name], h1=value) for name, value in h1.items() if value]


@pytest.mark.parametrize(
    ("said", "case", "alone"),
    [
        ({"go_sum": "x", "sumdb": "x", "cache": "y"}, "cache-alone", CACHE),
        ({"sumdb": "x", "cache": "y"}, "cache-alone", CACHE),
        ({"go_sum": "x", "cache": "y"}, "cache-against-go-sum", ""),
        ({"go_sum": "x", "cache": "y", "proxy": "x"}, "cache-alone", CACHE),
        ({"go_sum": "y", "sumdb": "x", "cache": "x"}, "go-sum-alone", GO_SUM),
        ({"go_sum": "y", "sumdb": "x", "cache": "x", "proxy": "x"}, "go-sum-alone", GO_SUM),
        ({"go_sum": "y", "sumdb": "x"}, "go-sum-against-database", ""),
        ({"go_sum": "x", "sumdb": "x", "proxy": "y"}, "proxy-alone", PROXY),
        ({"go_sum": "x", "sumdb": "x", "cache": "x", "proxy": "y"}, "proxy-alone", PROXY),
        ({"go_sum": "x", "sumdb": "x", "cache": "y", "proxy": "y"}, "proxy-and-cache", ""),
        ({"go_sum": "y", "sumdb": "x", "cache": "y"}, "re-tagged", DATABASE),
        ({"go_sum": "y", "sumdb": "x", "cache": "y", "proxy": "y"}, "re-tagged", DATABASE),
        ({"go_sum": "y", "sumdb": "x", "cache": "y", "proxy": "x"}, "other-source", ""),
        ({"go_sum": "y", "sumdb": "x", "cache": "x", "proxy": "y"}, "go-sum-and-proxy", ""),
        ({"go_sum": "y", "sumdb": "x", "cache": "z"}, "all-differ", ""),
        ({"go_sum": "x", "cache": "x", "proxy": "y"}, "upstream-changed", PROXY),
        ({"go_sum": "x", "cache": "y", "proxy": "y"}, "go-sum-against-proxy", GO_SUM),
        ({"go_sum": "x", "proxy": "y"}, "go-sum-against-proxy", ""),
    ],
)
def test_who_stands_alone(said: dict[str, str], case: str, alone: str) -> None:
    found = security.read(claims(**said))
    assert found
    assert (found.case, found.alone) == (case, alone)


def test_every_constellation_has_a_reading_and_none_says_to_delete_go_sum() -> None:
    """All 4^4 ways in which four witnesses can be silent or say one of three hashes, in both languages."""
    seen = set()
    for words in itertools.product(("", "x", "y", "z"), repeat=4):
        made = claims(**dict(zip(("go_sum", "sumdb", "cache", "proxy"), words, strict=True)))
        found = security.read(made)
        assert (found is None) == (len({c.h1 for c in made}) < 2)
        if found is None:
            continue
        seen.add(found.case)
        if found.alone:  # whoever stands alone is contradicted by somebody, and nobody agrees with him
            own = {c.h1 for c in made if c.who == found.alone}
            assert not own & {c.h1 for c in made if c.who != found.alone}, (words, found.case)
        for language in ("en", "zh-CN"):
            say = Translator(language)
            told = f"{say(found.meaning)} {say(found.todo)}"
            assert "{" not in told
            for advice in ("delete go.sum", "remove go.sum", "rm go.sum", "删除 go.sum"):
                assert advice not in told
    assert seen >= {"cache-alone", "go-sum-alone", "proxy-alone", "re-tagged", "upstream-changed", "all-differ"}


def report(world: World, cache: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return world.gomend("mod", "cache", "report", f"{A}@v1.0.0", *words, cache=cache, **env)


def project_with(world: World, tmp_path: Path, change: dict[str, str]) -> Path:
    """A copy of the project with lines of its go.sum replaced (by their first two words)."""
    project = tmp_path / "project"
    shutil.copytree(world.stage.project, project)
    lines = (project / "go.sum").read_text().splitlines()
    (project / "go.sum").write_text("".join(f"{change.get(' '.join(li.split()[:2]), li)}\n" for li in lines))
    return project


def test_all_agree(world: World) -> None:
    done = report(world, world.copy())
    assert (done.returncode, "All that is known here agrees" in done.stdout) == (0, True)
    assert "its place in the signed tree proved" in done.stdout


def test_a_changed_copy(world: World) -> None:
    cache = world.copy()
    DAMAGES["zip of other content"].inflict(cache)
    done = report(world, cache)
    assert (done.returncode, "Only the copy in this cache differs" in done.stdout) == (1, True)


def test_a_line_of_go_sum_from_a_wrong_merge(world: World, tmp_path: Path) -> None:
    """go itself calls it a security error and says nothing of who is wrong."""
    project = project_with(world, tmp_path, {f"{A} v1.0.0": f"{A} v1.0.0 {BAD}"})
    cache = world.copy()
    done = report(world, cache, "--project", str(project))
    assert (done.returncode, "Only go.sum differs" in done.stdout) == (1, True)
    assert f"git log -S'{BAD}' -- go.sum" in done.stdout
    go = subprocess.run(
        ["go", "build", "./..."],
        cwd=project,
        env=world.environ | {"GOMODCACHE": str(cache)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "SECURITY ERROR" in go.stderr


def test_two_lines_of_one_version(world: World, tmp_path: Path) -> None:
    good = next(li for li in (world.stage.project / "go.sum").read_text().splitlines() if li.startswith(f"{A} v1.0.0 "))
    project = project_with(world, tmp_path, {f"{A} v1.0.0": f"{good}\n{A} v1.0.0 {BAD}"})
    done = report(world, world.copy(), "--project", str(project))
    assert (done.returncode, "names two hashes" in done.stdout) == (1, True)


def test_a_version_that_was_tagged_again(world: World, tmp_path: Path) -> None:
    """A project fetched the moved tag without asking the database; the database remembers what was first."""
    moved = SCENARIO | {"modules": {A: {"v1.0.0": {"a.go": 'package a\n\nconst V = "moved"\n'}}}}
    (tmp_path / "lab").mkdir()
    cache = tmp_path / "mod"
    with staged(load(moved)) as stage:
        env = stage.environ | {"GOMODCACHE": str(cache), "GONOSUMDB": "*", "GOCACHE": world.environ["GOCACHE"]}
        for words in (["mod", "tidy"], ["mod", "download", f"{A}@v1.0.0"]):
            subprocess.run(["go", *words], cwd=stage.project, env=env, check=True, capture_output=True)
        project = tmp_path / "project"
        shutil.copytree(stage.project, project)
    shutil.copytree(world.folder / "mod/cache/download/sumdb", cache / "cache/download/sumdb")
    done = report(world, cache, "--project", str(project))
    assert (done.returncode, "The checksum database stands alone" in done.stdout) == (1, True), done.stdout
    bad = contents(cache)
    code, answer = mend(world, cache, "--yes", "--project", str(project))
    assert code == 1
    assert {(i["name"], i["case"]) for i in answer["items"] if i["case"]} == {(f"{A}@v1.0.0", "re-tagged")}
    assert contents(cache) == bad
    remove_tree(str(cache))


def test_a_private_module_whose_tag_was_moved(world: World) -> None:
    """No database to ask: the copy is damaged, and what is delivered now is not what go.sum has."""
    with staged(load({"id": "moved", "command": "true", "servers": {"P1": {"default": "zipwrong"}}})) as other:
        cache = world.copy()
        remove_tree(str(cache / "cache/download/sumdb"))
        at(cache, "zip").write_bytes(b"")
        env = {"GOPROXY": f"http://127.0.0.1:{other.ports['P1']}", "GONOSUMDB": "example.com"}
        code, answer = mend(world, cache, "--yes", **env)
    (item,) = answer["items"]
    assert (code, item["case"]) == (1, "go-sum-against-proxy")


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"GONOSUMDB": "example.com/*"}, "is not asked about this module"),
        ({"GOSUMDB": "off"}, "GOSUMDB is off"),
        ({}, "holds no answer"),
    ],
)
def test_why_the_database_is_silent(world: World, env: dict[str, str], said: str) -> None:
    cache = world.copy()
    remove_tree(str(cache / "cache/download/sumdb"))
    done = report(world, cache, **env)
    assert (done.returncode, said in done.stdout) == (0, True), done.stdout


def test_a_report_tells_nothing_of_this_machine(world: World) -> None:
    cache = world.copy()
    DAMAGES["zip of other content"].inflict(cache)
    for form in ("text", "md"):
        done = report(world, cache, "--format", form, GOPROXY=f"{world.environ['GOPROXY']},http://me:secret@127.0.0.1:1")
        assert done.stdout.count("h1:") >= 5
        for private in (str(world.folder), os.path.expanduser("~"), "secret", "127.0.0.1", f"/{getpass.getuser()}/", "/tmp/"):
            assert private not in done.stdout, private


@pytest.mark.parametrize(("name", "said"), [(A, "names no version"), ("example.com/no@v1.0.0", "has nothing of")])
def test_bad_input_is_told(world: World, name: str, said: str) -> None:
    done = world.gomend("mod", "cache", "report", name)
    assert (done.returncode, said in done.stderr) == (2, True)
