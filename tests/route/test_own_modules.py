"""A scenario that brings its own modules: the model and the lab must both serve them."""

from __future__ import annotations

from typing import Any

import pytest

from .agreement import compare

OWN = {
    "corp.example.com/lib": {
        "v1.0.0": {
            "go.mod": "module corp.example.com/lib\n\ngo 1.21\n\nrequire corp.example.com/base v0.1.0\n",
            "lib.go": 'package lib\n\nimport _ "corp.example.com/base"\n',
        },
        "v1.1.0": {"lib.go": "package lib\n"},
    },
    "corp.example.com/base": {
        "v0.1.0": {"base.go": "package base\n"},
        "v0.1.1-0.20240102030405-0123456789ab": {"base.go": "package base\n"},
    },
    "example.com/a": {"v3.0.0+incompatible": {"a.go": "package a\n"}},
}


@pytest.mark.parametrize(
    "command",
    [
        "go mod download corp.example.com/lib@latest corp.example.com/base@v0.1.0",
        "go get corp.example.com/lib@v1.0.0",
        "go get -u corp.example.com/lib@v1.0.0",
        "go get corp.example.com/base@master",
        "go list -m -versions corp.example.com/lib corp.example.com/base",
        "go get example.com/a@latest",
        "go get corp.example.com/lib@v1.0.0 corp.example.com/base@none",
    ],
)
@pytest.mark.parametrize("checked", [True, False], ids=["sumdb", "no sumdb"])
def test_both_serve_them(command: str, checked: bool) -> None:
    scene: dict[str, Any] = {
        "id": command,
        "env": {"GOPROXY": "http://127.0.0.1:{P1}", "GOSUMDB": "{KEY}" if checked else "off"},
        "servers": {"P1": {"default": "ok"}},
        "modules": OWN,
        "files": {"m/go.mod": "module m\n\ngo 1.21\n"},
        "command": command,
    }
    verdict = compare(scene)
    assert not verdict.wrong, verdict.wrong
    assert verdict.same_text
