"""A real project with a vendor folder, made by the real go from servers on loopback, and every way that we know to damage one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from gomend.lab.scenario import load
from gomend.lab.stage import Stage

GOMEND = str(Path(sys.executable).parent / "gomend")
_MIT = "MIT License\n\nCopyright (c) 2024 Nobody\n"
_LIB = {
    "LICENSE": _MIT,
    "README.md": "# lib\n",
    "lib.go": 'package lib\n\nimport _ "embed"\n\n//go:embed data/hello.txt\nvar Hello string\n\nconst V = "v1.0.0"\n',
    "lib_test.go": "package lib\n",
    "gen.go": "//go:build ignore\n\npackage main\n\nfunc main() {}\n",
    "lib_windows.go": "package lib\n\nconst W = 1\n",
    "asm.txt": "kept beside the package\n",
    "data/hello.txt": "hello\n",
    "data/other.txt": "not embedded\n",
    "sub/NOTICE": "notice\n",
    "sub/deep/deep.go": "package deep\n",
    "unused/unused.go": "package unused\n",
}
MODULES = {
    "example.com/lib": {
        "v1.0.0": _LIB,
        "v1.1.0": _LIB | {"lib.go": _LIB["lib.go"].replace("v1.0.0", "v1.1.0")},
    },
    "example.com/lib/nested": {"v1.0.0": {"nested.go": "package nested\n", "LICENSE": _MIT}},
    "example.com/native": {
        "v1.0.0": {
            "native.go": 'package native\n\n/*\n#cgo CFLAGS: -I${SRCDIR}/inc\n#include "csrc/impl.h"\n#include <api.h>\n*/\n'
            'import "C"\n\nfunc F() int { return int(C.impl()) }\n',
            "csrc/impl.h": "static int impl(void) { return 1; }\n",
            "inc/api.h": "#define API 1\n",
        }
    },
    "example.com/orig": {"v1.0.0": {"orig.go": "package orig\n\nconst From = 0\n"}},
    "example.com/fork": {"v1.2.0": {"orig.go": "package orig\n\nconst From = 1\n", "LICENSE": _MIT}},
}
_MAIN = (
    'package main\n\nimport (\n\t_ "example.com/UP/Case"\n\t_ "example.com/b"\n\t_ "example.com/lib"\n'
    '\t_ "example.com/lib/nested"\n\t_ "example.com/lib/sub/deep"\n\t_ "example.com/local"\n\t_ "example.com/orig"\n)\n\nfunc main() {}\n'
)
_REPLACE = "\nreplace example.com/local => ../local\n\nreplace example.com/orig v1.0.0 => example.com/fork v1.2.0\n"
_REQUIRE = (
    "\nrequire (\n\texample.com/UP/Case v1.0.0\n\texample.com/b v1.0.0\n\texample.com/lib v1.0.0\n\texample.com/lib/nested v1.0.0\n"
    "\texample.com/local v0.0.0\n\texample.com/orig v1.0.0\n)\n"
)
SCENARIO = {
    "id": "vendor",
    "command": "true",
    "servers": {"P1": {"default": "ok"}},
    "env": {"GOPROXY": "http://127.0.0.1:{P1}", "GOSUMDB": "{KEY}", "GOFLAGS": "", "GOPATH": "{WORK}/gopath", "GONOSUMDB": ""},
    "modules": MODULES,
    "files": {
        "m/go.mod": f"module m\n\ngo 1.21\n{_REQUIRE}{_REPLACE}",
        "m/m.go": _MAIN,
        "local/go.mod": "module example.com/local\n\ngo 1.21\n",
        "local/local.go": "package local\n",
        "local/LICENSE": _MIT,
        "w/go.work": "go 1.22\n\nuse (\n\t./x\n\t./y\n)\n\nreplace example.com/local => ../local\n",
        "w/x/go.mod": "module x\n\ngo 1.21\n\nrequire (\n\texample.com/lib v1.0.0\n\texample.com/local v0.0.0\n)\n",
        "w/x/x.go": 'package x\n\nimport (\n\t_ "example.com/lib"\n\t_ "example.com/local"\n)\n',
        "w/y/go.mod": "module y\n\ngo 1.21\n\nrequire example.com/lib v1.1.0\n",
        "w/y/y.go": 'package y\n\nimport _ "example.com/lib/sub/deep"\n',
        "n/go.mod": "module n\n\ngo 1.21\n\nrequire example.com/native v1.0.0\n",
        "n/n.go": 'package n\n\nimport _ "example.com/native"\n',
    },
}


class World:
    """A filled cache and the projects ``m`` (a module), ``w`` (a workspace) and ``n`` (cgo); :meth:`copy` gives one to damage."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stage = Stage(load(SCENARIO), folder)
        self.environ = {**self.stage.environ, "GOCACHE": str(folder / "build"), "GOMEND_STATE": str(folder / "state")}
        self.copies = 0
        for name, words in (
            ("m", ["mod", "tidy"]),
            ("m", ["mod", "vendor"]),
            ("w/x", ["mod", "tidy"]),
            ("w/y", ["mod", "tidy"]),
            ("w", ["work", "vendor"]),
            ("n", ["mod", "tidy"]),
            ("n", ["mod", "vendor"]),
        ):
            # Alone each module finds the replacement of the workspace by its own.
            if name == "w/x":
                done = self.run(["go", "mod", "edit", "-replace=example.com/local=../../local"], folder / name)
                assert done.returncode == 0, done.stderr
            off = {"GOWORK": "off"} if name.startswith("w/") else {}
            done = self.run(["go", *words], folder / name, **off)
            assert done.returncode == 0, (name, words, done.stderr)

    def run(self, words: list[str], cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
        environ = {**self.environ, "GOMODCACHE": str(self.folder / "mod"), "PWD": str(cwd), **env}
        return subprocess.run(words, cwd=cwd, env=environ, capture_output=True, text=True, check=False, timeout=120)

    def copy(self, name: str = "m") -> Path:
        """A fresh copy of a project, beside the folder that replaces a module."""
        self.copies += 1
        top = self.folder / f"copy{self.copies}"
        top.mkdir()
        for part in (name, "local"):
            subprocess.run(["cp", "-a", str(self.folder / part), str(top / part)], check=True)
        return top / name

    def prove(self, project: Path, *words: str, **env: str) -> dict[str, Any]:
        done = self.run([GOMEND, "mod", "vendor", "prove", "--format", "json", *words], project, **env)
        assert done.stdout, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        assert done.returncode == (1 if answer["bad"] else 4 if "--strict" in words and answer["undetermined"] else 0)
        return answer


def kinds(answer: dict[str, Any]) -> set[tuple[str, str]]:
    """Who is said to be damaged, and how."""
    return {(b["module"], b["what"]) for b in answer["bad"]}


LIB = "example.com/lib"


def at(project: Path, inner: str = "") -> Path:
    return project / "vendor" / LIB / inner


def listing(project: Path, old: str, new: str) -> None:
    """Change modules.txt once."""
    path = project / "vendor/modules.txt"
    text = path.read_text()
    assert old in text, text
    path.write_text(text.replace(old, new, 1))


def _edit(project: Path) -> None:
    at(project, "lib.go").write_text(at(project, "lib.go").read_text() + "\nfunc init() { println(`tampered`) }\n")


def _same_size(project: Path) -> None:
    raw = bytearray(at(project, "lib.go").read_bytes())
    raw[-3] ^= 1
    at(project, "lib.go").write_bytes(raw)


def _crlf(project: Path) -> None:
    at(project, "lib.go").write_bytes(at(project, "lib.go").read_bytes().replace(b"\n", b"\r\n"))


def _emptied(project: Path) -> None:
    at(project, "lib_windows.go").write_bytes(b"")


def _other_version(project: Path) -> None:
    text = at(project, "lib.go").read_text()
    at(project, "lib.go").write_text(text.replace("v1.0.0", "v1.1.0"))


def _license_edited(project: Path) -> None:
    at(project, "LICENSE").write_text("Public domain\n")


def _embed_edited(project: Path) -> None:
    at(project, "data/hello.txt").write_text("tampered\n")


def _file_added(project: Path) -> None:
    at(project, "zz.go").write_text("package lib\n\nfunc init() { println(`tampered`) }\n")


def _c_added(project: Path) -> None:
    at(project, "zz.s").write_text("// nothing\n")


def _package_added(project: Path) -> None:
    at(project, "evil").mkdir()
    at(project, "evil/evil.go").write_text("package evil\n")


def _module_added(project: Path) -> None:
    path = project / "vendor/evil.example.com/evil"
    path.mkdir(parents=True)
    (path / "evil.go").write_text("package evil\n")


def _genuine_package(project: Path) -> None:
    """A package of the module that nobody imports."""
    at(project, "unused").mkdir()
    at(project, "unused/unused.go").write_text(_LIB["unused/unused.go"])


def _genuine_test(project: Path) -> None:
    at(project, "lib_test.go").write_text(_LIB["lib_test.go"])


def _loose_file(project: Path) -> None:
    (project / "vendor/notes.txt").write_text("mine\n")


def _removed(project: Path) -> None:
    at(project, "lib.go").unlink()


def _optional_removed(project: Path) -> None:
    at(project, "lib_windows.go").unlink()


def _embed_removed(project: Path) -> None:
    shutil.rmtree(at(project, "data"))


def _package_removed(project: Path) -> None:
    shutil.rmtree(at(project, "sub"))


def _module_removed(project: Path) -> None:
    shutil.rmtree(project / "vendor/example.com/UP")


def _license_removed(project: Path) -> None:
    at(project, "LICENSE").unlink()


def _notice_removed(project: Path) -> None:
    at(project, "sub/NOTICE").unlink()


def _file_link(project: Path) -> None:
    path = at(project, "lib.go")
    path.rename(project / "elsewhere.txt")
    path.symlink_to(project / "elsewhere.txt")


def _folder_link(project: Path) -> None:
    path = at(project, "sub")
    path.rename(project / "testdata")
    path.symlink_to(project / "testdata")


def _pipe(project: Path) -> None:
    os.mkfifo(at(project, "pipe"))


def _executable(project: Path) -> None:
    at(project, "lib.go").chmod(0o755)


def _local_edited(project: Path) -> None:
    (project / "vendor/example.com/local/local.go").write_text("package local\n\nconst X = 1\n")


def _fork_edited(project: Path) -> None:
    path = project / "vendor/example.com/orig/orig.go"
    path.write_text(path.read_text().replace("1", "0"))


def _nested_edited(project: Path) -> None:
    (at(project, "nested/nested.go")).write_text("package nested // tampered\n")


def _list_gone(project: Path) -> None:
    (project / "vendor/modules.txt").unlink()


def _list_version(project: Path) -> None:
    listing(project, "# example.com/lib v1.0.0\n", "# example.com/lib v1.1.0\n")


def _list_explicit(project: Path) -> None:
    listing(project, "# example.com/lib v1.0.0\n## explicit; go 1.21", "# example.com/lib v1.0.0\n## go 1.21")


def _list_not_explicit(project: Path) -> None:
    listing(project, "# example.com/a v1.0.0\n## explicit", "# example.com/a v1.0.0\n## explicit; explicit")


def _list_go(project: Path) -> None:
    listing(project, "# example.com/lib v1.0.0\n## explicit; go 1.21", "# example.com/lib v1.0.0\n## explicit; go 1.20")


def _list_replacement_gone(project: Path) -> None:
    listing(project, " => example.com/fork v1.2.0", "")


def _list_replacement_other(project: Path) -> None:
    listing(project, " => ../local", " => ../other")


def _list_replacements_other(project: Path) -> None:
    path = project / "vendor/modules.txt"
    path.write_text(path.read_text().replace(" => ../local", " => ../other"))


def _list_replacement_added(project: Path) -> None:
    listing(project, "# example.com/b v1.0.0\n", "# example.com/b v1.0.0 => ../b\n")


def _list_package_gone(project: Path) -> None:
    listing(project, "example.com/lib/sub/deep\n", "")


def _list_package_added(project: Path) -> None:
    listing(project, "example.com/lib/sub/deep\n", "example.com/lib/sub/deep\nexample.com/lib/sub/none\n")


def _list_module_gone(project: Path) -> None:
    path = project / "vendor/modules.txt"
    text = path.read_text()
    start = text.index("# example.com/UP/Case")
    end = text.index("# ", start + 2 + len("# example.com"))
    while text[end - 1] != "\n" or text[end : end + 2] != "# ":
        end = text.index("# ", end + 1)
    path.write_text(text[:start] + text[end:])


def _list_workspace(project: Path) -> None:
    path = project / "vendor/modules.txt"
    path.write_text("## workspace\n" + path.read_text())


def _required_anew(project: Path) -> None:
    """go get without go mod vendor."""
    path = project / "go.mod"
    path.write_text(path.read_text().replace("example.com/lib v1.0.0", "example.com/lib v1.1.0"))


class Damage(msgspec.Struct, frozen=True):
    """How to inflict it, and the module and kind that must be named."""

    inflict: Callable[[Path], None]
    what: str
    module: str = LIB
    also: frozenset[tuple[str, str]] = frozenset()
    """What else may be named: consequences of the same damage."""


_LIST = frozenset({("", "list-changed")})


def _list(inflict: Callable[[Path], None], module: str = LIB, *also: tuple[str, str]) -> Damage:
    return Damage(inflict, "list-inconsistent", module, _LIST | set(also))


DAMAGES: dict[str, Damage] = {
    "file edited": Damage(_edit, "file-changed"),
    "file edited, same size": Damage(_same_size, "file-changed"),
    "line ends converted": Damage(_crlf, "file-changed"),
    "file emptied": Damage(_emptied, "file-changed"),
    "file of another version": Damage(_other_version, "file-changed"),
    "licence edited": Damage(_license_edited, "file-changed"),
    "embedded file edited": Damage(_embed_edited, "file-changed"),
    "file added": Damage(_file_added, "file-extra"),
    "assembly added": Damage(_c_added, "file-extra"),
    "package added": Damage(_package_added, "package-extra"),
    "module added": Damage(_module_added, "package-extra", ""),
    "package of the module added": Damage(_genuine_package, "file-unneeded"),
    "test of the module added": Damage(_genuine_test, "file-unneeded"),
    "loose file added": Damage(_loose_file, "file-extra", ""),
    "file removed": Damage(_removed, "file-missing"),
    "file of another system removed": Damage(_optional_removed, "file-missing"),
    "embedded file removed": Damage(_embed_removed, "file-missing"),
    "package removed": Damage(_package_removed, "file-missing", LIB, frozenset({(LIB, "licence-missing")})),
    "module removed": Damage(_module_removed, "file-missing", "example.com/UP/Case"),
    "licence removed": Damage(_license_removed, "licence-missing"),
    "notice removed": Damage(_notice_removed, "licence-missing"),
    "file became a link": Damage(_file_link, "link"),
    "folder became a link": Damage(_folder_link, "link"),
    "pipe": Damage(_pipe, "link"),
    "file executable": Damage(_executable, "file-executable"),
    "copy of a folder edited": Damage(_local_edited, "file-changed", "example.com/local"),
    "copy of a fork edited": Damage(_fork_edited, "file-changed", "example.com/orig"),
    "nested module edited": Damage(_nested_edited, "file-changed", "example.com/lib/nested"),
    "list removed": Damage(_list_gone, "list-missing", "", frozenset({("", "package-extra"), ("", "file-extra")})),
    "list: version": _list(_list_version, LIB, (LIB, "file-changed"), (LIB, "sum-missing")),
    "list: not explicit": _list(_list_explicit),
    "list: annotation": Damage(_list_not_explicit, "list-changed", ""),
    "list: go version": Damage(_list_go, "list-changed", ""),
    "list: replacement removed": _list(_list_replacement_gone, "example.com/orig", ("example.com/orig", "file-changed")),
    "list: other replacement": _list(_list_replacements_other, "example.com/local"),
    "list: other replacement of one version": Damage(_list_replacement_other, "list-changed", ""),
    "list: replacement added": _list(_list_replacement_added, "example.com/b"),
    "list: package removed": Damage(_list_package_gone, "list-changed", "", frozenset({(LIB, "file-unneeded")})),
    "list: package added": Damage(_list_package_added, "package-unknown", LIB, _LIST),
    "list: module removed": _list(_list_module_gone, "example.com/UP/Case", ("", "package-extra")),
    "list: says workspace": _list(_list_workspace, "vendor/modules.txt"),
    "go.mod moved on": _list(_required_anew, LIB, (LIB, "file-changed"), (LIB, "sum-missing")),
}
"""Every way to damage a vendor folder of a module, and what it is called."""
