"""click, made lazy and bilingual: the help path imports nothing but click and the words."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import IO, Any, Final

import click

from gomend.apps import language
from gomend.apps.cli import words
from gomend.apps.exits import Exit
from gomend.model.text import Text, Translator

FORMATS: Final = ("text", "json", "sarif", "github", "junit", "markdown", "md", "html")


def asked_language(arguments: Sequence[str]) -> str | None:
    """The value of ``--lang`` wherever it stands before ``--``."""
    for i, word in enumerate(arguments):
        if word == "--":
            break
        if word.startswith("--lang="):
            return word.removeprefix("--lang=")
        if word == "--lang" and i + 1 < len(arguments):
            return arguments[i + 1]
    return None


def translator() -> Translator:
    """The translator of this process."""
    return _Speech.say


class _Speech:
    say = Translator()
    asked: str | None = None


def speak(asked: str | None, configured: str = "") -> Translator:
    """Choose the language of this process."""
    chosen = language.choose(asked or _Speech.asked, os.environ, configured)
    _Speech.asked = asked or _Speech.asked
    _Speech.say = Translator(chosen)
    return _Speech.say


class Option(click.Option):
    """An option whose help is a text."""

    def __init__(self, names: Sequence[str], *, help: Text, **kwargs: Any) -> None:
        """Keep the text; click sees the English words."""
        self.text = help
        super().__init__(names, help=help.english, **kwargs)

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The record in the chosen language."""
        record = super().get_help_record(ctx)
        if record is None:
            return None
        return record[0], record[1].replace(self.text.english, translator()(self.text))


def option(*names: str, help: Text, **kwargs: Any) -> Callable[[Any], Any]:
    """``click.option`` with a bilingual help."""
    return click.option(*names, cls=Option, help=help, **kwargs)


class _Page(click.Command):
    """Shared look of help pages."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        pieces = self.collect_usage_pieces(ctx)
        formatter.write_usage(ctx.command_path, " ".join(pieces), prefix=f"{translator()(words.USAGE)}: ")

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        found = super().get_help_option(ctx)
        if found is not None:
            found.help = translator()(words.HELP_OPTION)
        return found

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = [p for p in self.get_params(ctx) if isinstance(p, click.Option)]
        records = [r for p in options if (r := p.get_help_record(ctx)) is not None]
        if records:
            with formatter.section(translator()(words.OPTIONS)):
                formatter.write_dl(records)


class Command(_Page):
    """One command; its help is a text of :data:`gomend.apps.cli.words.COMMANDS`."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What the command does, in the chosen language."""
        summary = words.COMMANDS.get(self.name or "")
        if summary is not None:
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(translator()(summary))


class Part(Command):
    """One command of a group; ``summary`` is what it does."""

    def __init__(self, *args: Any, summary: Text, **kwargs: Any) -> None:
        """Keep the text."""
        super().__init__(*args, **kwargs)
        self.summary = summary

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What the command does, in the chosen language."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(translator()(self.summary))


class Group(Command, click.Group):
    """A command that has commands of its own (``gomend lab …``); its help lists them."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Its commands, then its options."""
        say = translator()
        with formatter.section(say(words.COMMANDS_OF)):
            formatter.write_dl([(name, say(part.summary)) for name, part in self.commands.items() if isinstance(part, Part)])
        Command.format_options(self, ctx, formatter)


class Subgroup(Group, Part):
    """A group inside a group (``gomend mod cache …``)."""


class Table(_Page, click.Group):
    """The group of all commands: name → module, imported when used."""

    def __init__(self, *args: Any, modules: dict[str, str], **kwargs: Any) -> None:
        """Keep the table."""
        super().__init__(*args, **kwargs)
        self.modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names."""
        return list(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in self.modules:
            return None
        command: click.Command = importlib.import_module(self.modules[cmd_name]).command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with a suggestion for a name that is not there."""
        if args and not args[0].startswith("-") and args[0] not in self.modules:
            import difflib

            close = difflib.get_close_matches(args[0], self.modules, n=2)
            hint = f" {translator()(words.DID_YOU_MEAN, names=', '.join(close))}" if close else ""
            ctx.fail(f"No such command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What gomend is for."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(translator()(words.ABOUT))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Commands first, in groups, then the options."""
        for title, names in words.GROUPS.values():
            with formatter.section(translator()(title)):
                formatter.write_dl([(name, translator()(words.COMMANDS[name])) for name in names])
        super().format_options(ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Exit codes."""
        formatter.write_paragraph()
        formatter.write_text(translator()(words.EXITS))


class Problem(click.ClickException):
    """Bad input: one message, exit code 2."""

    exit_code = Exit.USAGE

    def __init__(self, words_: Text | str, **parameters: object) -> None:
        """Say it in the chosen language."""
        super().__init__(words_ if isinstance(words_, str) else translator()(words_, **parameters))


def is_terminal(stream: IO[str]) -> bool:
    """Whether to colour: NO_COLOR and TERM=dumb say no, FORCE_COLOR says yes, else whether it is a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def note(message: str) -> None:
    """A message for people, on standard error."""
    sys.stderr.write(f"gomend: {message}\n")
    sys.stderr.flush()
