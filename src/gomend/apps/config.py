"""``gomend.toml`` (or ``[tool.gomend]`` in pyproject.toml): what the team decided, read strictly."""

from __future__ import annotations

import difflib
import os
import tomllib
from typing import Any

import msgspec

from gomend.model.base import Severity, Thing
from gomend.model.redact import redact
from gomend.ports.files import FileProblem, Files, read_text


class ConfigError(Exception):
    """A setting is wrong; the message says which file, which key and what to do."""


class PerPath(Thing, frozen=True):
    """``[[ignore-path]]``: rules that do not count below some paths, and why."""

    path: str
    rules: tuple[str, ...]
    reason: str


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """The keys of gomend.toml."""

    select: tuple[str, ...] = ()
    """Rules to run: codes, prefixes of codes (``GM1``) or slugs; all if empty."""
    ignore: tuple[str, ...] = ()
    """Rules not to run."""
    severity: dict[str, Severity] = {}
    """Severity by code or slug."""
    private: tuple[str, ...] = ()
    """Patterns of the team's private modules, as in GOPRIVATE."""
    targets: tuple[str, ...] = ()
    """GOOS/GOARCH pairs that the project must build for."""
    deploy: str = ""
    """The system that binaries run on: ``debian:11``, ``alpine:3.20`` …"""
    offline: bool = False
    """Never use the network."""
    language: str = ""
    """``en`` or ``zh-CN``; empty: from the environment."""
    fail_on: str = "error"
    """Findings of this severity or worse make exit code 1: ``error``, ``warning``, ``info`` or ``never``."""
    strict: bool = False
    """Rules that cannot tell make exit code 4."""
    ignore_path: tuple[PerPath, ...] = ()
    """Rules that do not count below some paths; each with its reason."""


def load(files: Files, root: str, explicit: str | None = None) -> tuple[Settings, str]:
    """Read the settings of a project; answers them and the file they came from (empty if none).

    Raises:
        ConfigError: the file is broken or has an unknown key or a wrong value.
    """
    for path, table in (
        (explicit, ""),
        (os.path.join(root, "gomend.toml"), ""),
        (os.path.join(root, "pyproject.toml"), "tool.gomend"),
    ):
        if path is None:
            continue
        try:
            text = read_text(files, path)
        except FileProblem as problem:
            raise ConfigError(str(problem)) from None
        if text is None:
            if path == explicit:
                raise ConfigError(f"{path}: there is no such file")
            continue
        document = _parse(text, path)
        if table:
            document = document.get("tool", {}).get("gomend")
            if document is None:
                continue
        return _decode(document, path, table), path
    return Settings(), ""


def _parse(text: str, path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {redact(str(error))}") from None


def _decode(document: dict[str, Any], path: str, table: str) -> Settings:
    known = {field.encode_name for field in msgspec.structs.fields(Settings)}
    where = f"{path}" + (f" [{table}]" if table else "")
    for name in document:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else f"; known keys: {', '.join(sorted(known))}"
            raise ConfigError(f"{where}: unknown key {name!r}{hint}")
    try:
        settings = msgspec.convert(document, Settings)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{where}: {_readable(str(error))}") from None
    if settings.fail_on not in {"error", "warning", "info", "never"}:
        raise ConfigError(f"{where}: fail-on must be error, warning, info or never, not {settings.fail_on!r}")
    if settings.language not in {"", "en", "zh-CN"}:
        raise ConfigError(f"{where}: language must be en or zh-CN, not {settings.language!r}")
    for entry in settings.ignore_path:
        if not entry.reason.strip():
            raise ConfigError(f"{where}: ignore-path {entry.path!r} needs a reason")
    for target in settings.targets:
        if target.count("/") != 1 or not all(target.split("/")):
            raise ConfigError(f"{where}: targets must be GOOS/GOARCH pairs such as linux/arm64, not {target!r}")
    return settings


def _readable(message: str) -> str:
    """The words of msgspec with the key in front: ``targets[0]: expected str, got int``."""
    text, _, place = message.partition(" - at `$")
    key = place.rstrip("`").lstrip(".")
    return f"{key}: {text[0].lower()}{text[1:]}" if key else text
