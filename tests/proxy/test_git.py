"""Modules from git against the real go, which makes the same from the same repositories with GOPROXY=direct."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gomend.golang import dirhash
from gomend.ports.processes import RealRunner
from gomend.proxy.git.modules import Module
from gomend.proxy.git.repo import Repo
from gomend.proxy.outcomes import AbsentError, FailedError

from .conftest import Behind, Proxy
from .repositories import make

SEEDS = range(24)


def environ(folder: Path) -> dict[str, str]:
    """A go that knows example.com only as the folder."""
    config = folder / "gitconfig"
    config.write_text(f'[url "file://{folder}/repos/"]\n\tinsteadOf = https://example.com/\n[safe]\n\tdirectory = *\n')
    return {
        **os.environ, "GIT_CONFIG_GLOBAL": str(config), "GOPROXY": "direct", "GONOSUMDB": "*", "GOFLAGS": "-modcacherw", "GOPATH": str(folder / "gopath"),
        "GOMODCACHE": str(folder / "cache"), "GOTOOLCHAIN": "local", "GOVCS": "*:git", "GIT_ALLOW_PROTOCOL": "https:file", "GIT_TERMINAL_PROMPT": "0", "GOWORK": "off",
    }  # fmt: skip


def real(folder: Path, wanted: list[str]) -> list[dict[str, Any]]:
    """What ``go mod download -json`` says of each."""
    done = subprocess.run(
        ["go", "mod", "download", "-json", *wanted],
        cwd=folder,
        env=environ(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads("[" + done.stdout.strip().replace("\n}\n{", "\n},\n{") + "]")
    assert len(found) == len(wanted), done.stderr
    return found  # type: ignore[no-any-return]


async def ours(module: Module, query: str, folder: Path) -> dict[str, Any]:
    """The same, by us."""
    try:
        info = await module.info(query)
        mod = await module.mod(info.version)
        await module.zip(info.version, str(folder / "out.zip"))
    except (AbsentError, FailedError) as error:
        return {"Error": str(error)}
    content = (folder / "out.zip").read_bytes()
    (folder / "out.zip").unlink()
    return {"Version": info.version, "Time": info.time, "GoModSum": dirhash.h1_mod(mod), "Sum": dirhash.h1_zip(content)}


async def _answers(folder: Path, name: str, paths: list[str], queries: list[str]) -> dict[str, dict[str, Any]]:
    repo = Repo(RealRunner(os.environ), str(folder / "mirrors" / name), f"file://{folder}/repos/{name}", fresh=600)
    await repo.update()
    made: dict[str, dict[str, Any]] = {}
    for path in paths:
        module = Module(repo, paths[0], path)
        made[f"{path} list"] = {"Versions": await module.versions()}
        for query in queries:
            made[f"{path}@{query}"] = await ours(module, query, folder)
    return made


def compare(tmp_path: Path, seeds: range) -> tuple[list[str], int]:
    """Differences, and how many versions both made."""
    (tmp_path / "repos").mkdir()
    (tmp_path / "go.mod").write_text("module example.com/m\n")
    wrong: list[str] = []
    count = 0
    for seed in seeds:
        paths, queries = make(tmp_path / "repos", f"r{seed}", seed)
        wanted = [f"{path}@{query}" for path in paths for query in queries]
        theirs = real(tmp_path, wanted)
        listed = subprocess.run(
            ["go", "list", "-e", "-m", "-versions", "-retracted", "-json", *paths],
            cwd=tmp_path,
            env=environ(tmp_path),
            capture_output=True,
            text=True,
            check=False,
        )
        versions = {
            m["Path"]: m.get("Versions") or []
            for m in json.loads("[" + listed.stdout.strip().replace("\n}\n{", "\n},\n{") + "]")
        }

        answers = asyncio.run(_answers(tmp_path, f"r{seed}", paths, queries))
        for asked, their in zip(wanted, theirs, strict=True):
            mine = answers[asked]
            if "Error" in their:
                if "Error" not in mine:
                    wrong.append(f"seed {seed} {asked}: go says {their['Error']!r}, we {mine}")
                continue
            count += 1
            info = json.loads(Path(their["Info"]).read_text())
            expected = {"Version": their["Version"], "Time": info["Time"], "GoModSum": their["GoModSum"], "Sum": their["Sum"]}
            if mine != expected:
                wrong.append(f"seed {seed} {asked}: go {expected}, we {mine}")
        for path in paths:
            mine_list = answers[f"{path} list"]["Versions"]
            if sorted(mine_list) != sorted(versions.get(path, [])) and versions.get(path):
                wrong.append(f"seed {seed} {path}: go lists {versions[path]}, we {mine_list}")
    return wrong, count


def test_versions_go_mods_and_zips_are_those_of_the_real_go(tmp_path: Path) -> None:
    wrong, count = compare(tmp_path, range(4))
    assert wrong == []
    assert count >= 60


@pytest.mark.full
def test_many_versions_are_those_of_the_real_go(tmp_path: Path) -> None:
    wrong, count = compare(tmp_path, range(100, 116))
    assert wrong == []
    assert count >= 200


def test_a_team_has_private_modules_and_its_own_checksum_database(
    tmp_path: Path, behind: Behind, start: Callable[..., Proxy]
) -> None:
    """The real go, GOPROXY and GOSUMDB pointing only at us: private modules from git, public ones from an upstream that never hears of them."""
    (tmp_path / "repos").mkdir()
    paths, _ = make(tmp_path / "repos", "r1", 1)
    key = subprocess.run(
        [sys.executable, "-m", "gomend", "proxy", "key", "sum.example.com", "-o", str(tmp_path / "key")],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    (tmp_path / "proxy.toml").write_text(
        f'sign = ["{tmp_path}/key"]\n[sumdb]\nname = "off"\n[[git]]\npattern = "example.com/*.git"\nurl = "file://{tmp_path}/repos/r1"\n'
    )
    served = start("--config", str(tmp_path / "proxy.toml"), "--upstream", behind.url)
    listed = served.get(f"/{paths[0]}/@v/list")
    assert listed[0] == 200, listed
    versions = listed[2].decode().split()
    assert versions
    wanted = [f"{paths[0]}@{versions[-1]}", f"{paths[0]}@main", "example.com/a@v1.0.0"]
    env = {**environ(tmp_path), "GOPROXY": served.url, "GOSUMDB": key, "GONOSUMDB": "", "GOMODCACHE": str(tmp_path / "fresh")}
    (tmp_path / "go.mod").write_text("module example.com/m\n")
    done = subprocess.run(
        ["go", "mod", "download", "-json", *wanted], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert not [path for path in behind.asked if "r1.git" in path]
    assert served.get("/sumdb/sum.example.com/latest")[2].startswith(b"go.sum database tree\n")
