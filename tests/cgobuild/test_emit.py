"""Emitted files: judged by the tools that read them, and run; what runs stands in for (an engine, a CI runner) is said in the test's name."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from gomend.binary import elf
from gomend.cgo.build.wish import Wish
from gomend.cgo.emit import pins as pinned
from gomend.cgo.emit.others import FORMS
from gomend.cgo.emit.pins import Pins

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
PINS = Pins(zig="0.17.1", go="1.26.8")
LINKS = ("static", "dynamic")
HELLO = 'package main\n\n// static int add(int a, int b) { return a + b; }\nimport "C"\nimport "fmt"\n\nfunc main() { fmt.Println("OK", C.add(2, 40)) }\n'


def wish(link: str, goarch: str = "arm64", **more: object) -> Wish:
    libc, floor = ("musl", "") if link == "static" else ("glibc", "2.28")
    return Wish(goos="linux", goarch=goarch, libc=libc, floor=floor, link=link, **more)  # type: ignore[arg-type]


def emitted(form: str, link: str, goarch: str = "arm64", **more: object) -> str:
    return FORMS[form](wish(link, goarch, **more), PINS, "dist/shop")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "go.mod").write_text("module example.com/shop\n\ngo 1.22\n")
    (tmp_path / "main.go").write_text(HELLO)
    return tmp_path


def environ(**more: str) -> dict[str, str]:
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "GOFLAGS": "-buildvcs=false", "GOWORK": "off", "GOTOOLCHAIN": "local", **more}


def run(*argv: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, cwd=cwd, env=environ(**more), capture_output=True, text=True, check=False)


def venv(folder: Path) -> None:
    """Stands for the venv that the file makes: zig comes from this one."""
    (folder / "bin").mkdir(parents=True, exist_ok=True)
    (folder / "bin/python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (folder / "bin/python").chmod(0o755)


def good(path: Path, link: str, goarch: str) -> None:
    info = elf.inspect(str(path))
    assert (info.arch, info.static) == (goarch, link == "static")
    if link == "dynamic":
        assert elf.version_key(info.glibc_min or "0") <= elf.version_key("2.28")
    command = [str(path)] if goarch == "amd64" else ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu", str(path)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "OK 42\n"


JUDGES: dict[str, tuple[str, Callable[[str], list[str]]]] = {
    "script": ("build.sh", lambda f: ["shellcheck", f]),
    "dockerfile": ("Dockerfile", lambda f: ["hadolint", f]),
    "github": ("cgo.yml", lambda f: ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", f]),
    "gitlab": (
        ".gitlab-ci.yml",
        lambda f: ["check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", f],
    ),
    "nix": ("default.nix", lambda f: ["nix-instantiate", "--parse", f]),
    "bazel": (
        "MODULE.bazel",
        lambda f: [str(ROOT / ".cache/tools/bin/buildifier"), "-mode=check", "-lint=warn", "-warnings=all", f],
    ),
    "makefile": ("Makefile", lambda f: ["make", "-n", "-f", f, "static", "dynamic"]),
}


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("form", JUDGES)
def test_the_tool_that_knows_the_form_finds_nothing(form: str, link: str, tmp_path: Path) -> None:
    name, judge = JUDGES[form]
    text = emitted(form, link, tags=("netgo", "x"), ldflags="-s -w -X 'main.v=1 2'" if form != "nix" else "-s -w")
    (tmp_path / name).write_text(text)
    done = run(*judge(name), cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    (tmp_path / name).write_text(text.replace("\n  ", "\n (").replace("\n\t", "\n ").replace("FROM", "FROM:"))
    assert run(*judge(name), cwd=tmp_path).returncode != 0, "and it would say if there were something"


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("form", FORMS)
def test_versions_hashes_reasons_and_a_proof_stand_in_every_form(form: str, link: str) -> None:
    text = emitted(form, link)
    assert "1.26.8" in text or form in {"nix", "dockerfile"}
    if form not in {"nix", "bazel"}:
        assert "ziglang==0.17.1" in text
        assert text.count("--hash=sha256:") >= len(PINS.hashes) > 5
    if form != "bazel":
        assert "-linkmode=external" in text
        assert "go's own linker would pass over" in text
    assert "readelf -lW" in text
    assert ("GLIBC_2.28" in text) == (link == "dynamic" or form in {"script", "makefile"}) or form == "nix"


def test_hashes_are_those_that_this_project_itself_insists_on() -> None:
    locked = re.search(
        r"^ziglang==(\S+) \\\n((?:\s+--hash=sha256:\w+(?: \\)?\n)+)", (ROOT / "requirements/dev.txt").read_text(), re.MULTILINE
    )
    assert locked is not None
    assert set(Pins(zig=locked[1], go="").hashes) == set(re.findall(r"sha256:(\w+)", locked[2]))


def test_an_unknown_zig_and_an_unreleased_go_are_not_pinned_by_what_is_not_known() -> None:
    found = pinned.pins("0.99.0\n", "devel go1.27-abcdef")
    assert (found.hashes, found.checked, found.toolchain) == ((), "", "local")
    assert "--require-hashes" not in FORMS["dockerfile"](wish("static"), found, "shop")


@pytest.mark.parametrize("link", LINKS)
def test_the_proof_in_the_files_tells_right_from_wrong(link: str, tmp_path: Path) -> None:
    source = "int main(void) { return 0; }\n"
    new = "#define _GNU_SOURCE\n#include <stdlib.h>\nint main(void) { return arc4random() == 0; }\n"
    for name, text, words in (("dynamic", source, ()), ("static", source, ("-static",)), ("new", new, ())):
        zig = [sys.executable, "-m", "ziglang", "cc", "-target", "x86_64-linux-gnu.2.28"]
        compiler = zig if name == "dynamic" else ["gcc"]
        subprocess.run([*compiler, "-x", "c", "-", "-o", str(tmp_path / name), *words], input=text, text=True, check=True)
    (tmp_path / "text").write_text("no program")
    shell = "\n".join(pinned.proof(wish(link), '"$1"', static=link == "static"))
    for name in ("dynamic", "static", "new", "text", "missing"):
        done = run("sh", "-c", shell, "sh", name, cwd=tmp_path)
        assert (done.returncode == 0) == (name == link), (name, done.stderr)


@pytest.mark.parametrize("link", [pytest.param("static"), pytest.param("dynamic", marks=pytest.mark.full)])
def test_the_makefile_builds_two_cpus(link: str, project: Path) -> None:
    (project / "Makefile").write_text(emitted("makefile", link))
    done = run("make", f"ZIG={sys.executable} -m ziglang", cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr
    for goarch in ("amd64", "arm64"):
        good(project / f"dist/shop-linux-{goarch}-{link}", link, goarch)
    assert sorted(p.name for p in (project / "dist").iterdir()) == [f"shop-linux-{a}-{link}" for a in ("amd64", "arm64")]


@pytest.mark.parametrize("link", [pytest.param("dynamic"), pytest.param("static", marks=pytest.mark.full)])
def test_the_steps_of_github_actions_without_its_runner(link: str, project: Path) -> None:
    """A double for the runner: expressions are filled in, and each ``run`` is started by bash as the runner does."""
    job = YAML(typ="safe").load(emitted("github", link))["jobs"]["build"]
    venv(project / "zig-venv")
    for row in job["strategy"]["matrix"]["include"]:
        env = {n: re.sub(r"\$\{\{ matrix\.(\w+) \}\}", lambda m, r=row: r[m[1]], v) for n, v in job["env"].items()}
        for step in job["steps"]:
            if "run" in step and step["name"] != "zig":
                done = run("bash", "-e", "-c", step["run"], cwd=project, **env)
                assert done.returncode == 0, done.stderr
        good(project / f"shop-linux-{row['goarch']}", link, row["goarch"])


@pytest.mark.parametrize("link", [pytest.param("static"), pytest.param("dynamic", marks=pytest.mark.full)])
def test_the_script_of_gitlab_without_its_runner(link: str, project: Path) -> None:
    """A double for the runner, with zig from this venv."""
    venv(project / "zig")
    job = YAML(typ="safe").load(emitted("gitlab", link).replace("/opt/zig", str(project / "zig")))["cgo"]
    for row in job["parallel"]["matrix"]:
        env = {**{n: v for n, v in job["variables"].items() if n != "XDG_CACHE_HOME"}, **row}
        done = run("bash", "-e", "-c", "\n".join(job["script"]), cwd=project, **env)
        assert done.returncode == 0, done.stderr
        good(project / f"shop-linux-{row['GOARCH']}", link, row["GOARCH"])


@pytest.mark.parametrize("link", [pytest.param("static"), pytest.param("dynamic", marks=pytest.mark.full)])
def test_the_builds_of_goreleaser_without_it(link: str, project: Path) -> None:
    """A double for goreleaser: each build is done by its flags and environment, then its hook."""
    settings = YAML(typ="safe").load(emitted("goreleaser", link))
    for build in settings["builds"]:
        env = dict(word.split("=", 1) for word in build["env"]) | {"GOOS": "linux", "GOARCH": build["goarch"][0]}
        path = project / "dist" / build["id"]
        argv = ("go", "build", *build["flags"], f"-ldflags={' '.join(build['ldflags'])}", "-o", str(path), build["main"])
        done = run(*argv, cwd=project, **(env | {"GOTOOLCHAIN": "local"}))
        assert done.returncode == 0, done.stderr
        hook = build["hooks"]["post"][0]["cmd"].replace("{{ .Path }}", str(path))
        done = run("sh", "-c", hook, cwd=project)
        assert done.returncode == 0, done.stderr
        good(path, link, build["goarch"][0])
        wrong = run("sh", "-c", hook.replace(str(path), str(project / "main.go")), cwd=project)
        assert wrong.returncode != 0


@pytest.mark.full
@pytest.mark.parametrize("link", ["static", "dynamic"])
def test_goreleaser_itself_builds_both(link: str, project: Path) -> None:
    """The real one, built from the module proxy the first time (some ten minutes)."""
    words = [sys.executable, "-c", "import cgo_emitted; print(cgo_emitted.goreleaser())"]
    made = subprocess.run(words, cwd=ROOT / "tools", capture_output=True, text=True, check=True)
    program = made.stdout.strip()
    (project / ".goreleaser.yaml").write_text(emitted("goreleaser", link))
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for words in (
        ["init", "-q"],
        ["remote", "add", "origin", "https://git.example.com/team/shop.git"],
        ["add", "-A"],
        ["commit", "-qm", "first"],
    ):
        subprocess.run([*git, *words], cwd=project, check=True)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # zig is a package of this venv
    for words in (("check",), ("build", "--snapshot", "--clean")):
        done = run(program, *words, cwd=project, PATH=path)
        assert done.returncode == 0, done.stdout + done.stderr
    for cpu in ("amd64", "arm64"):
        (product,) = (project / "dist").glob(f"linux-{cpu}_*/shop")
        good(product, link, cpu)


def test_the_script_takes_libraries_from_a_folder(project: Path) -> None:
    """A library made here for the test stands for a sysroot's."""
    own = project / "root/own"
    libdir = own / "usr/lib/x86_64-linux-musl"
    (libdir / "pkgconfig").mkdir(parents=True)
    (own / "usr/include").mkdir(parents=True)
    (own / "usr/include/third.h").write_text("int third(void);\n")
    zig = [sys.executable, "-m", "ziglang"]
    compile_it = [*zig, "cc", "-target", "x86_64-linux-musl", "-O2", "-c", "-x", "c", "-", "-o", "third.o"]
    subprocess.run(compile_it, input="int third(void) { return 3; }\n", text=True, cwd=project, check=True)
    subprocess.run([*zig, "ar", "rcs", str(libdir / "libthird.a"), "third.o"], cwd=project, check=True)
    (libdir / "pkgconfig/third.pc").write_text("Name: third\nDescription: x\nVersion: 1\nLibs: -lthird\n")
    text = HELLO.replace(
        "static int add(int a, int b) { return a + b; }", "#cgo pkg-config: third\n// #include <third.h>"
    ).replace("C.add(2, 40)", "C.third()")
    (project / "main.go").write_text(text)
    (project / "build.sh").write_text(emitted("script", "static", "amd64", sysroot=str(project / "root")))
    subprocess.run(["shellcheck", str(project / "build.sh")], check=True)
    without = run("sh", "build.sh", cwd=project)
    assert without.returncode != 0
    assert "set SYSROOT" in without.stderr
    (project / "dist").mkdir()
    done = run("sh", "build.sh", cwd=project, SYSROOT=str(own))
    assert done.returncode == 0, done.stderr
    assert subprocess.run([str(project / "dist/shop")], capture_output=True, text=True, check=True).stdout == "OK 3\n"


@pytest.mark.full
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("link", LINKS)
def test_the_run_steps_of_the_dockerfile_in_a_changed_root_without_an_engine(link: str, project: Path) -> None:
    """A double for the engine: the build stage's instructions are done in order below an overlay of this system, which has the image's go."""
    text = re.sub(r"^#.*\n", "", emitted("dockerfile", link), flags=re.MULTILINE).replace("\\\n", " ")
    stage, last = text.split("\nFROM ")[0], text.split("\nFROM ")[1]
    lines = ["set -e", 'mount -t tmpfs none "$1"', 'mkdir "$1/up" "$1/work" "$1/root"']
    lines += [
        'mount -t overlay overlay -o "lowerdir=/,upperdir=$1/up,workdir=$1/work" "$1/root"',
        'mount --bind /dev "$1/root/dev"',
        'mount -t proc proc "$1/root/proc"',
        'mkdir -p "$1/root/src"',
    ]
    home = "/"
    for line in stage.splitlines():
        word, _, rest = line.partition(" ")
        if word == "WORKDIR":
            home = rest
        elif word == "COPY":
            *sources, target = rest.split()
            lines.append(f'(cd "$2" && cp -r {" ".join(s for s in sources if not s.endswith("*"))} "$1/root{home}/{target}")')
        elif word == "RUN":
            lines.append(
                f'chroot "$1/root" /usr/bin/env TARGETARCH=arm64 /bin/bash -o pipefail -c {json_quoted(f"cd {home} && {rest}")}'
            )
    lines.append('cp "$1/root/out/program" "$2/program"')
    (project / "mount").mkdir()
    # A folder of sources without the mount point below it
    sources = project / "sources"
    sources.mkdir()
    for name in ("go.mod", "main.go"):
        (sources / name).write_text((project / name).read_text())
    done = run("unshare", "-m", "sh", "-c", "\n".join(lines), "sh", str(project / "mount"), str(sources), cwd=project)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    good(sources / "program", link, "arm64")
    assert last.startswith("scratch" if link == "static" else "debian:12-slim")


def json_quoted(text: str) -> str:
    import shlex

    return shlex.quote(text)


def test_what_was_emitted_stands_in_the_docs() -> None:
    page = (ROOT / "docs/cgo-emitted.md").read_text()
    for form in FORMS:
        assert emitted(form, "static").rstrip("\n") in page, f"{form}: run tools/cgo_emitted.py"
    assert json.dumps("OK 42") in page or "OK 42" in page
