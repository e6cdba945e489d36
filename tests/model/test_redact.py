"""Secrets are masked wherever they stand; what is no secret stays readable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gomend.model.redact import MASK, redact

WORD = st.text("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", min_size=12, max_size=40)
AROUND = st.text(" .,:;-()[]{}<>/\n\t'\"=中文", max_size=20)
SHAPES = (
    "https://user:{}@proxy.example.com/go",
    "https://{}@git.example.com/x.git",
    "go: reading https://u:{}@h.example.com/x/@v/list: 404 Not Found",
    "machine git.example.com login me password {}",
    "machine git.example.com\n  login me\n  password {}\n",
    "Authorization: Bearer {}",
    "authorization: basic {}",
    '"DB_PASSWORD": "{}"',
    "export GITHUB_TOKEN={}",
    "API_KEY='{}'",
    "client_secret: {}",
    "ghp_{}ABCDEFGH",
    "glpat-{}ABCDEFGH",
    "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----",
)


@pytest.mark.parametrize("shape", SHAPES)
@given(secret=WORD, before=AROUND, after=AROUND)
def test_masked_wherever_it_stands(shape: str, secret: str, before: str, after: str) -> None:
    text = f"{before} {shape.format(secret)} {after}"
    once = redact(text)
    assert secret not in once
    assert MASK in once
    assert redact(once) == once


@pytest.mark.parametrize(
    "text",
    [
        "GOPROXY=https://proxy.example.com,direct",
        "require example.com/token v1.0.0 h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY=",
        "git@git.example.com:team/repo.git",
        "ssh://git@git.example.com/team/repo.git",
        "go: example.com/auth@v1.2.3: invalid version: unknown revision v1.2.3",
        "GOAUTH=netrc",
        "sum.example.com+255c3752+AUxtWWSAWLsO7v98Jcs3PE7QT5WqQ4SxeGg+s2+peBd+",
        "github.com/golang-jwt/jwt/v5 v5.2.1",
        "main.go:12:9: undefined: parseToken",
        "password prompts are disabled",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text


@given(st.text(max_size=400))
def test_idempotent_on_anything(text: str) -> None:
    assert redact(redact(text)) == redact(text)
