"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from gomend.apps.cli.base import FORMATS, option
from gomend.model.text import text

_FORMAT = text("cli.opt.format", "How to answer.")
_OUTPUT = text("cli.opt.output", "Write the answer to a file.")
_SAVE = text("cli.opt.save", "Save the run (JSON lines) for gomend report.")
_SELECT = text("cli.opt.select", "Only these rules: codes, prefixes such as GM1, or causes; repeat or separate by commas.")
_IGNORE = text("cli.opt.ignore", "Not these rules.")
_TARGET = text("cli.opt.target", "A GOOS/GOARCH that the project must build for; may be repeated.")
_PRIVATE = text("cli.opt.private", "A pattern of private modules, as in GOPRIVATE; may be repeated.")
_DEPLOY = text("cli.opt.deploy", "The system that binaries run on, such as debian:11 or alpine:3.20.")
_PROBE = text("cli.opt.probe", "Ask the network and compile probes too.")
_DEEP = text("cli.opt.deep", "Build and debug for real too (includes --probe).")
_OFFLINE = text("cli.opt.offline", "Open no socket.")
_STRICT = text("cli.opt.strict", "Exit 4 if a rule could not tell.")
_FAIL_ON = text("cli.opt.fail-on", "Exit 1 from this severity on (default: error).")
_CONFIG = text("cli.opt.config", "Read this file instead of gomend.toml.")
_RECORD = text(
    "cli.opt.record", "Record what the tools answered into a folder, without secrets: a bug report that can be replayed."
)
_REPLAY = text("cli.opt.replay", "Answer from such a recording.")
_LANG = text("cli.lang", "Speak en or zh-CN.")


def words_of(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Split repeated, comma-separated values."""
    return tuple(word.strip() for item in value for word in item.split(",") if word.strip())


def _lang(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    from gomend.apps import language
    from gomend.apps.cli.base import Problem

    if value is not None and not language.known(value):
        raise Problem(f"--lang {value}: en, zh-CN")


lang = option("--lang", metavar="LANG", help=_LANG, expose_value=False, callback=_lang)
"""``--lang``; its value is read before the command starts."""


def answers(function: Callable[..., Any]) -> Callable[..., Any]:
    """Options of commands that answer in a format."""
    for add in (
        lang,
        option("--save", metavar="FILE", help=_SAVE),
        option("-o", "--output", metavar="FILE", help=_OUTPUT),
        option("--format", type=click.Choice(FORMATS), default="text", help=_FORMAT, metavar="|".join(FORMATS[:-2]) + "|html"),
    ):
        function = add(function)
    return function


def judging(function: Callable[..., Any]) -> Callable[..., Any]:
    """Options of commands that run rules."""
    for add in (
        option("--replay", metavar="DIR", help=_REPLAY),
        option("--record", metavar="DIR", help=_RECORD),
        option("--config", metavar="FILE", help=_CONFIG),
        option("--fail-on", type=click.Choice(("error", "warning", "info", "never")), help=_FAIL_ON),
        option("--strict", is_flag=True, help=_STRICT),
        option("--offline", is_flag=True, help=_OFFLINE),
        option("--deploy", metavar="SYSTEM", help=_DEPLOY),
        option("--private", metavar="PATTERN", multiple=True, callback=words_of, help=_PRIVATE),
        option("--target", "targets", metavar="GOOS/GOARCH", multiple=True, callback=words_of, help=_TARGET),
        option("--ignore", metavar="RULE", multiple=True, callback=words_of, help=_IGNORE),
        option("--select", metavar="RULE", multiple=True, callback=words_of, help=_SELECT),
    ):
        function = add(function)
    return function


def depth(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--probe`` and ``--deep``."""
    for add in (option("--deep", is_flag=True, help=_DEEP), option("--probe", is_flag=True, help=_PROBE)):
        function = add(function)
    return function
