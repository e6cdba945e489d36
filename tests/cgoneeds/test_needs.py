"""``gomend cgo needs`` on real projects; what it says of builds is compared with go build."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

MAIN = "package main\n\nimport (\n{}\n)\n\nfunc main() {{\n{}\n}}\n"
SQLITE = MAIN.format(
    '\t"database/sql"\n\t"net"\n\n\t_ "github.com/mattn/go-sqlite3"', '\tsql.Open("sqlite3", "")\n\tnet.LookupHost("x")'
)
PCAP = MAIN.format('\t"github.com/google/gopacket/pcap"', "\tprintln(pcap.Version())")
H3 = MAIN.format('\t"github.com/uber/h3-go/v4"', "\tprintln(h3.LatLng{}.Lat)")
TREE = MAIN.format('\tsitter "github.com/tree-sitter/go-tree-sitter"', "\tp := sitter.NewParser()\n\tp.Close()")
ZLIB = 'package main\n\n// #cgo pkg-config: zlib\n// #include <zlib.h>\nimport "C"\n\nfunc main() { println(C.GoString(C.zlibVersion())) }\n'


def gomend(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "gomend", "cgo", "needs", *words]
    return subprocess.run(argv, cwd=root, capture_output=True, text=True, check=False)


def needs(root: Path, *words: str) -> dict[str, Any]:
    done = gomend(root, "--format", "json", *words)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["schema"] == "gomend.cgo-needs/1"
    return answer["needs"]


def builds(root: Path, cgo: str) -> bool:
    env = {**os.environ, "CGO_ENABLED": cgo}
    return (
        subprocess.run(
            ["go", "build", "-o", os.devnull, "./..."], cwd=root, env=env, capture_output=True, check=False
        ).returncode
        == 0
    )


def test_sqlite_is_carried_and_a_stub_without_cgo(project: Callable[..., Path]) -> None:
    root = project({"main.go": SQLITE}, "github.com/mattn/go-sqlite3")
    found = needs(root)
    target = found["targets"][0]
    (package,) = target["packages"]
    assert package["why"] == ["example.com/app", "github.com/mattn/go-sqlite3"]
    assert package["sources"]["c"] >= 1
    assert {"name": "dl", "kind": "libc", "library": ""} in package["links"]
    assert not [h for h in package["headers"] if h["kind"] not in {"libc", "carried"} and not h["conditional"]]
    assert found["libraries"] == []
    (loss,) = target["without"]["losses"]
    assert loss["effect"] == "stub"
    assert "requires cgo" in loss["detail"]
    assert target["without"]["standard"] == ["net"]
    assert target["without"]["builds"]
    assert builds(root, "0")
    assert found["instead"][0]["instead"] == "modernc.org/sqlite"


def test_pcap_wants_its_library(project: Callable[..., Path]) -> None:
    root = project({"main.go": PCAP}, "github.com/google/gopacket")
    found = needs(root, "--target", "linux/amd64,windows/amd64")
    linux, windows = found["targets"]
    (package,) = linux["packages"]
    assert [(h["name"], h["library"]) for h in package["headers"] if h["kind"] == "library"] == [("pcap.h", "libpcap")]
    assert windows["packages"] == []
    (library,) = found["libraries"]
    assert (library["debian"], library["wanted_by"]) == ("libpcap-dev", ["github.com/google/gopacket/pcap"])
    assert linux["without"]["losses"][0]["effect"] == "breaks"
    assert not linux["without"]["builds"]
    assert not builds(root, "0")


@pytest.mark.parametrize(
    ("text", "module"), [(H3, "github.com/uber/h3-go/v4"), (TREE, "github.com/tree-sitter/go-tree-sitter")]
)
def test_carried_c_is_gone_without_cgo(project: Callable[..., Path], text: str, module: str) -> None:
    root = project({"main.go": text}, module)
    found = needs(root)
    assert found["libraries"] == []
    assert found["targets"][0]["without"]["builds"] == builds(root, "0") is False
    shown = gomend(root)
    assert shown.returncode == 0
    assert "no file is left" in shown.stdout or "does not compile" in shown.stdout


def test_pkg_config(project: Callable[..., Path]) -> None:
    found = needs(project({"main.go": ZLIB}))
    (package,) = found["targets"][0]["packages"]
    assert package["pkg_config"] == ["zlib"]
    (library,) = found["libraries"]
    assert (library["name"], library["debian"], library["verified"]) == ("zlib", "zlib1g-dev", ["debian"])


def test_a_prebuilt_archive_of_the_project(project: Callable[..., Path]) -> None:
    text = 'package main\n\n// #cgo LDFLAGS: -L${SRCDIR}/lib -lpre\n// int pre(void);\nimport "C"\n\nfunc main() { println(C.pre()) }\n'
    root = project({"main.go": text, "lib/pre.txt": "int pre(void) { return 42; }\n"})
    for argv in (["gcc", "-x", "c", "-c", "pre.txt", "-o", "pre.o"], ["ar", "rcs", "libpre.a", "pre.o"]):
        subprocess.run(argv, cwd=root / "lib", check=True)
    (package,) = needs(root)["targets"][0]["packages"]
    assert package["flags"]["LDFLAGS"] == ["-L${SRCDIR}/lib", "-lpre"]
    assert package["links"] == [{"name": "pre", "kind": "carried", "library": ""}]
    assert package["prebuilt"][0]["archs"] == ["amd64"]


def test_errors_of_go_make_the_answer_partial_and_are_told(project: Callable[..., Path]) -> None:
    root = project({"main.go": ZLIB, "bad/bad.go": 'package bad\n\nimport _ "example.com/not/there"\n'})
    found = needs(root)
    assert any("example.com/not/there" in path for path, _ in found["targets"][0]["errors"])
    assert len(found["targets"][0]["packages"]) == 1
    assert "partial" in gomend(root).stdout
    assert "结果不完整" in gomend(root, "--lang", "zh-CN").stdout


def test_nothing_of_c(project: Callable[..., Path]) -> None:
    root = project({"main.go": "package main\n\nfunc main() {}\n"})
    assert needs(root)["targets"][0]["packages"] == []
    assert gomend(root).returncode == 0


@pytest.mark.parametrize("words", [("--target", "plan10/amd64"), ("--target", "nonsense"), ("-C", "/nowhere")])
def test_bad_input_is_one_message(project: Callable[..., Path], words: tuple[str, ...]) -> None:
    done = gomend(project({"main.go": "package main\n\nfunc main() {}\n"}), *words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr


@pytest.mark.full
def test_kafka_carries_archives_for_each_system(project: Callable[..., Path]) -> None:
    text = MAIN.format(
        '\t"github.com/DataDog/zstd"\n\t"github.com/confluentinc/confluent-kafka-go/v2/kafka"',
        "\tprintln(zstd.BestSpeed)\n\tkafka.LibraryVersion()",
    )
    root = project({"main.go": text}, "github.com/confluentinc/confluent-kafka-go/v2", "github.com/DataDog/zstd")
    found = needs(root, "--target", "linux/amd64,linux/arm64,darwin/arm64,windows/amd64")
    formats = {}
    for target in found["targets"]:
        kafka = next(p for p in target["packages"] if p["path"].endswith("/kafka"))
        formats[target["target"]] = [(f["format"], tuple(f["archs"])) for f in kafka["prebuilt"]]
    assert formats == {
        "linux/amd64": [("elf", ("amd64",))],
        "linux/arm64": [("elf", ("arm64",))],
        "darwin/arm64": [("macho", ("arm64",))],
        "windows/amd64": [("coff", ("amd64",))],
    }
    linux = next(p for p in found["targets"][0]["packages"] if p["path"].endswith("/kafka"))["prebuilt"][0]
    assert linux["glibc_only"]
