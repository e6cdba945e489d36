"""Our readings of Go's small languages against Go's own libraries."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gomend.golang import patterns, version, weburl
from tests.golang.conftest import Oracle

pytestmark = pytest.mark.usefixtures("oracle")
MANY = settings(max_examples=600, deadline=None)

glob_text = st.text(alphabet="ab./*?[]^-\\,Aé&~| \n!", max_size=12)
path_text = st.text(alphabet="ab./-Aé&~|!", max_size=12)


@MANY
@given(globs=glob_text, path=path_text)
def test_patterns(oracle: Oracle, globs: str, path: str) -> None:
    assert patterns.matches(globs, path) == oracle.ask("match", globs, path), (globs, path)


@MANY
@given(
    parts=st.lists(
        st.sampled_from(["a", "b", "git.corp.example", "*", "*.corp.example", "?", "[a-c]", "[^a]", "[", "x*"]), max_size=4
    ),
    path=st.lists(st.sampled_from(["a", "b", "git.corp.example", "x", "xyz"]), min_size=1, max_size=4),
)
def test_patterns_of_likely_shape(oracle: Oracle, parts: list[str], path: list[str]) -> None:
    globs, target = "/".join(parts), "/".join(path)
    assert patterns.matches(globs, target) == oracle.ask("match", globs, target), (globs, target)


number = st.integers(0, 30).map(str)
version_text = st.one_of(
    st.builds(
        lambda a, b: f"go1.{a}{b}",
        number,
        st.sampled_from(["", ".0", ".1", ".12", "rc1", "rc2", "beta1", "beta3", ".0rc1", "alpha1"]),
    ),
    st.builds(lambda a: f"go{a}", st.sampled_from(["1", "2", "1.4.2", "1.21", "1.21.0", "1.21rc2", "1.20", "1.20.0", "1.9"])),
    st.builds(lambda a, b: f"go1.{a}.1{b}", number, st.sampled_from(["-custom", "-bigcorp", "+auto"])),
)


@MANY
@given(left=version_text, right=version_text)
def test_versions(oracle: Oracle, left: str, right: str) -> None:
    order, left_valid, right_valid = oracle.ask("compare", left, right)
    if left_valid and right_valid:
        assert version.older(left, right) == (order < 0), (left, right, order)
        assert version.older(right, left) == (order > 0), (left, right, order)


@MANY
@given(
    scheme=st.sampled_from(["", "http:", "https:", "file:", "ftp:", "1x:", ":", "HTTP:"]),
    rest=st.text(alphabet='ab.:/@[]%4zZ?# ^1-_\\é|\t"<', max_size=14),
    slashes=st.sampled_from(["", "//", "/", "///"]),
)
@example(scheme="http:", rest="::", slashes="//")
@example(scheme="ftp:", rest="a:1:2", slashes="//")
def test_urls(oracle: Oracle, scheme: str, rest: str, slashes: str) -> None:
    raw = scheme + slashes + rest
    answer = oracle.ask("url", raw)
    try:
        parsed = weburl.parse(raw)
        mine = ["ok", parsed.scheme, parsed.opaque]
    except weburl.UrlError as error:
        mine = ["error", str(error).split(" ")[0]]
    if answer[0] == "error":
        # parse "the URL, quoted as Go quotes": what is wrong with it
        answer[1] = re.sub(r'^parse "(?:[^"\\]|\\.)*": ', "", answer[1]).split(" ")[0]
    assert mine == answer, raw
