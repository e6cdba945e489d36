"""``gomend cgo doctor`` and ``abi`` as a user runs them, and toolchains that misbehave."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

MOD = "module example.com/shop\n\ngo 1.21\n"
CGO = 'package main\n\n// static int add(int a, int b) { return a + b; }\nimport "C"\n\nfunc main() { println(C.add(2, 40)) }\n'
NET = 'package main\n\nimport (\n\t"fmt"\n\t"net"\n\t"os/user"\n)\n\nfunc main() {\n\tu, _ := user.Current()\n\tfmt.Println(net.LookupHost("localhost"))\n\tpanic(u)\n}\n'


class Shop:
    """A project with a private temporary folder, so that leftovers show."""

    def __init__(self, folder: Path, text: str = CGO) -> None:
        self.root = folder / "söurce of 商店"
        self.root.mkdir()
        self.temp = folder / "tmp"
        self.temp.mkdir()
        (self.root / "go.mod").write_text(MOD)
        (self.root / "main.go").write_text(text)
        foreign = ("CGO_", "CC", "CXX", "GO", "PKG_CONFIG")
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(foreign) or k in {"GOCACHE", "GOMODCACHE"}}
        self.env |= {
            "GOENV": str(folder / "goenv"),
            "GOFLAGS": "-buildvcs=false",
            "TMPDIR": str(self.temp),
            "GOTOOLCHAIN": "local",
        }

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "gomend", "cgo", *words]
        return subprocess.run(argv, cwd=self.root, env=self.env, capture_output=True, text=True, check=False)

    def json(self, *words: str, exits: tuple[int, ...] = (0,)) -> dict[str, Any]:
        done = self.run(*words, "--format", "json")
        assert done.returncode in exits, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def left(self) -> list[str]:
        """What gomend left; folders of a go that had to be killed are go's own."""
        return sorted(p.name for p in self.temp.rglob("*") if not p.name.startswith("go-build"))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_two_targets_are_compiled_linked_and_run(shop: Shop) -> None:
    answer = shop.json("doctor", "--target", "linux/amd64,linux/arm64", exits=(1,))
    here, arm = answer["targets"]
    assert [(h["kind"], h["made"], h["ran"], h["runner"]) for h in here["hellos"] if h["kind"] != "c++"] == [
        ("c", True, True, "here"),
        ("cgo", True, True, "here"),
    ]
    assert here["libc"].startswith("glibc 2.")
    assert (arm["cgo"], arm["offered"], arm["makes"]) == (False, True, "aarch64-linux-gnu")
    assert {(h["kind"], h["ran"], h["runner"]) for h in arm["hellos"]} >= {
        ("c", True, "qemu-aarch64"),
        ("cgo", True, "qemu-aarch64"),
    }
    assert arm["crt1_arch"] == "arm64"
    assert {f["slug"] for f in answer["findings"]} == {"cgo-off-in-cross-build"}
    assert shop.left() == []


def test_text_in_both_languages(shop: Shop) -> None:
    done = shop.run("doctor", "--preflight")
    assert done.returncode == 0
    assert "Nothing speaks against" in done.stdout
    assert "没有发现" in shop.run("doctor", "--preflight", "--lang", "zh-CN").stdout


@pytest.mark.parametrize(
    ("script", "slug"),
    [
        pytest.param("yes x | head -c 1000000000; exit 1", "compiler-broken", marks=pytest.mark.full),
        ("kill -SEGV $$", "compiler-broken"),
        ("exit 0", "compiler-broken"),
    ],
    ids=["a-gigabyte", "crash", "silence"],
)
def test_a_compiler_that_misbehaves(shop: Shop, script: str, slug: str) -> None:
    bad = shop.temp.parent / "bad-gcc"
    bad.write_text(f"#!/bin/sh\n{script}\n")
    bad.chmod(0o755)
    shop.env["CC"] = str(bad)
    answer = shop.json("doctor", exits=(1,))
    assert slug in {f["slug"] for f in answer["findings"]}
    (chain,) = answer["targets"]
    assert not any(h["made"] for h in chain["hellos"] if h["kind"] != "c++")
    assert chain["script"] == "#!/bin/sh"
    assert shop.left() == []


def test_a_wrapper_and_a_blank_in_its_path(shop: Shop) -> None:
    folder = shop.temp.parent / "my tööls"
    folder.mkdir()
    wrapper = folder / "gcc"
    wrapper.write_text('#!/bin/sh\nexec gcc "$@"\n')
    wrapper.chmod(0o755)
    shop.env["CC"] = f"'{wrapper}'"
    answer = shop.json("doctor")
    (chain,) = answer["targets"]
    assert [h["ran"] for h in chain["hellos"] if h["kind"] != "c++"] == [True, True]
    assert chain["path"] == str(wrapper)


def test_a_sysroot_that_is_a_loop_of_links(shop: Shop) -> None:
    root = shop.temp.parent / "root"
    (root / "usr").mkdir(parents=True)
    (root / "usr" / "lib").symlink_to(root / "usr" / "lib")
    (root / "usr" / "include").symlink_to(root / "usr" / "include")
    shop.env["CC"] = f"gcc --sysroot={root}"
    answer = shop.json("doctor", "--preflight", exits=(0, 1))
    assert {f["slug"] for f in answer["findings"]} & {"sysroot-empty", "sysroot-without-libc"}


def test_nothing_is_written_into_the_project(shop: Shop) -> None:
    before = {p: p.stat().st_mtime_ns for p in shop.root.rglob("*")}
    shop.root.chmod(0o555)
    try:
        shop.json("doctor")
        shop.json("needs")
    finally:
        shop.root.chmod(0o755)
    assert {p: p.stat().st_mtime_ns for p in shop.root.rglob("*")} == before
    assert shop.left() == []


def test_bad_input(shop: Shop) -> None:
    for words in (("doctor", "--target", "plan10/amd64"), ("doctor", "-C", "/nowhere"), ("abi", "./nope")):
        done = shop.run(*words)
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        assert "Traceback" not in done.stderr


def test_abi_of_a_program_that_looks_up_names(tmp_path: Path) -> None:
    shop = Shop(tmp_path, NET)
    answer = shop.json("abi")
    with_cgo, without = answer["sides"]
    assert (with_cgo["info"]["interpreter"], without["info"]["interpreter"]) == ("/lib64/ld-linux-x86-64.so.2", None)
    assert "libc.so.6" in with_cgo["info"]["needed"]
    # The program panics: only its twin with an empty main was started.
    assert with_cgo["start_ms"] > 0
    assert without["start_ms"] > 0
    assert answer["difference"]["only_with"] == ["runtime/cgo"]
    assert {"net", "os/user"} <= answer["difference"]["changed"].keys()
    assert answer["uses"] == ["net", "os/user"]
    orders = {one["surrounding"]: (one["with_cgo"], one["without_cgo"]) for one in answer["lookups"]}
    # net/conf.go: without a reason Go's own resolver is used with cgo too; LOCALDOMAIN and options that Go does not know are reasons.
    assert orders["files-only"] == ("files", "files")
    assert orders["search-ndots"] == ("files,dns", "files,dns")
    assert orders["localdomain"][0] == "cgo"
    assert orders["unknown-option"] == ("cgo", "files,dns")
    assert answer["crossing"]["into_c"] > answer["crossing"]["plain"]
    assert shop.left() == []
    assert "LOCALDOMAIN" in shop.run("abi", "--lang", "zh-CN").stdout


def test_abi_where_cgo_changes_nothing(tmp_path: Path) -> None:
    shop = Shop(tmp_path, 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println(1) }\n')
    answer = shop.json("abi")
    assert answer["difference"] == {"only_with": [], "only_without": [], "changed": {}}
    assert all(side["info"]["static"] for side in answer["sides"])
    assert answer["lookups"] == []


def test_abi_of_a_program_that_needs_cgo(shop: Shop) -> None:
    with_cgo, without = shop.json("abi")["sides"]
    assert with_cgo["problem"] == ""
    assert "build constraints exclude" in without["problem"]
