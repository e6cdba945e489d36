"""Broken files of every kind: every collector and rule answers, none fails."""

from __future__ import annotations

from pathlib import Path

import anyio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gomend.apps import registry
from gomend.engine.check import judge
from gomend.engine.gather import gather
from gomend.model.base import Cost
from gomend.model.message import Fault, Message
from gomend.model.outcome import VerdictKind
from gomend.model.rule import Example
from gomend.ports.memory import World, scope_of

SHOP = Path(__file__).parent.parent.parent / "examples" / "broken-shop" / "shop"
SEEDS = {
    str(path.relative_to(SHOP)): path.read_text(encoding="utf-8")
    for path in sorted(SHOP.rglob("*"))
    if path.is_file() and not {"bin", ".gomend"} & set(path.parts)
} | {
    "go.sum": "example.com/a v1.0.0 h1:i5UFDFnbYrYGvqnaYZClmsZYqAk/1LymfMGsN8JIVoI=\nexample.com/a v1.0.0/go.mod h1:9HkJ1BDW7Pj1EGq5E8k4qDGBJmZ7r9WUE7Ac4v4+2WA=\n",
    "vendor/modules.txt": "# example.com/a v1.0.0\n## explicit; go 1.22\nexample.com/a\n",
    ".gomend/env/linux_arm64.env": "GOOS=linux\nGOARCH=arm64\nCC='zig cc'\n",
    "~/.netrc": "machine proxy.example.com login me password x\n",
    "~/go/pkg/mod/cache/download/example.com/a/@v/v1.0.0.info": '{"Version":"v1.0.0"}',
}
SETTINGS = (
    "GOPROXY",
    "GOFLAGS",
    "GOPRIVATE",
    "GONOSUMDB",
    "GOSUMDB",
    "CC",
    "CGO_CFLAGS",
    "CGO_LDFLAGS",
    "GOTOOLCHAIN",
    "PKG_CONFIG",
    "GOVCS",
)
VALUES = st.one_of(
    st.sampled_from(
        [
            "off",
            "direct",
            "none",
            "-mod=mod -trimpath",
            "'",
            "zig cc -target x",
            "-ldflags=-s",
            ",|,",
            "https://u:p@[::1",
            "\\[",
            "*",
            "a b c",
        ]
    ),
    st.text(max_size=30).filter(lambda s: "\0" not in s and "\n" not in s),
)
WORDS = st.one_of(
    st.sampled_from(
        [
            "{",
            "}",
            "[",
            "\\",
            '"',
            "'",
            "//",
            "/*",
            "(",
            ")",
            "=>",
            "\n",
            "\r\n",
            "$(",
            "${",
            "<<EOF\n",
            "\ufeff",
            "-gcflags",
            "replace ",
        ]
    ),
    st.text(max_size=8),
)


@st.composite
def broken(draw: st.DrawFn, text: str) -> str:
    """``text`` with a few pieces cut, doubled or put in."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 40)))
        how = draw(st.sampled_from(["cut", "double", "insert", "keep only"]))
        piece = {
            "cut": "",
            "double": text[start:end] * 2,
            "insert": draw(WORDS) + text[start:end],
            "keep only": text[start:end],
        }[how]
        text = text[start:end] if how == "keep only" else text[:start] + piece + text[end:]
    return text


@st.composite
def worlds(draw: st.DrawFn) -> Example:
    names = draw(st.lists(st.sampled_from(sorted(SEEDS)), min_size=1, max_size=4, unique=True))
    files = {**SEEDS, **{name: draw(broken(SEEDS[name])) for name in names}}
    env = draw(st.dictionaries(st.sampled_from(SETTINGS), VALUES, max_size=3))
    goenv = draw(st.dictionaries(st.sampled_from(SETTINGS), VALUES, max_size=2))
    log = draw(st.one_of(st.none(), st.text(max_size=200), broken(LOG)))
    return Example(
        name="fuzz",
        expect=VerdictKind.CLEAN,
        files=files,
        env=env,
        goenv=goenv,
        log=log,
        private=("corp.example.com",),
        targets=("linux/arm64",),
        deploy="debian:11",
        programs=("gcc", "dlv"),
    )


LOG = (
    "go: downloading example.com/a v1.0.0\n"
    "go: example.com/a@v1.0.0: reading https://proxy.example.com/example.com/a/@v/v1.0.0.zip: 403 Forbidden\n\tserver response: no\n"
    "verifying example.com/a@v1.0.0: checksum mismatch\n\tdownloaded: h1:x\n\tgo.sum:     h1:y\n"
    "# example.com/x\nld: cannot find -lfoo: No such file or directory\n./main.go:3:11: fatal error: nosuch.h: No such file or directory\n"
    "could not find file /home/dev/app/main.go\n/usr/bin/ld: undefined reference to `foo'\n"
)
RULES = [rule for rule in registry.select() if rule.cost <= Cost.CHEAP]
FACTS = {fact for rule in RULES for fact in rule.facts | rule.fix_facts if fact.cost <= Cost.CHEAP}


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(worlds())
def test_nothing_fails_on_broken_files(example: Example) -> None:
    seen: list[Message] = []
    world = World(example)
    answers = anyio.run(lambda: gather(FACTS, scope_of(example), world.doors(), observe=seen.append))
    judge(RULES, answers, observe=seen.append)
    assert [f for f in seen if isinstance(f, Fault)] == []
