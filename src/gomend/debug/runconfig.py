"""Run configurations of GoLand, as what Delve is asked for: ``.run/NAME.run.xml``, ``.idea/runConfigurations/NAME.xml`` and ``.idea/workspace.xml``.

Source: files that GoLand writes (components ProjectRunConfigurationManager and RunManager); by public evidence GoLand builds the package itself with
``-gcflags="all=-N -l"`` and talks Delve's JSON-RPC, so there is no substitutePath.
"""

from __future__ import annotations

import os
from typing import Final
from xml.parsers import expat

from gomend.model.base import Thing

_MODES: Final = {
    "GoApplicationRunConfiguration": "debug",
    "GoTestRunConfiguration": "test",
    "GoRemoteDebugConfigurationType": "remote",
}
_DEPTH: Final = 200


class RunConfig(Thing, frozen=True):
    """One configuration of GoLand."""

    name: str
    mode: str
    """``debug``, ``test`` or ``remote``."""
    kind: str = ""
    """``PACKAGE``, ``DIRECTORY`` or ``FILE``: which of the next three counts."""
    package: str = ""
    directory: str = ""
    file: str = ""
    cwd: str = ""
    flags: str = ""
    """``go_parameters``: what go build is given."""
    env: dict[str, str] = {}
    host: str = ""
    port: int = 0
    line: int = 1
    """Where it stands in the file."""


class RunConfigError(ValueError):
    """The file is no XML that GoLand would write; the message says where."""


def project_of(path: str) -> str:
    """The project's folder that a configuration file belongs to: above ``.run``, ``.idea``, or ``.idea/runConfigurations``."""
    folder = os.path.dirname(os.path.abspath(path))
    if os.path.basename(folder) == "runConfigurations":
        return os.path.dirname(os.path.dirname(folder))
    return os.path.dirname(folder) if os.path.basename(folder) in {".run", ".idea"} else folder


def read(text: str, project: str) -> tuple[RunConfig, ...]:
    """The Go configurations of a file, with ``$PROJECT_DIR$`` filled in; others and templates are left out.

    Raises:
        RunConfigError: it is no well-formed XML, or declares a document type.
    """
    reader = _Reader(project)
    try:
        reader.parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        raise RunConfigError(str(error)) from None
    return tuple(reader.found)


class _Reader:
    """Keeps the configuration that is open; nothing else of the document is kept."""

    def __init__(self, project: str) -> None:
        self.project = project
        self.found: list[RunConfig] = []
        self.depth = 0
        self.open: dict[str, str] | None = None
        self.values: dict[str, str] = {}
        self.env: dict[str, str] = {}
        self.line = 1
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.StartDoctypeDeclHandler = self.doctype

    def doctype(self, *_: object) -> None:
        """GoLand writes none, and only with one can a file declare entities."""
        raise RunConfigError("a document type is declared")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self.depth += 1
        if self.depth > _DEPTH:
            raise RunConfigError("elements are nested too deeply")
        if name == "configuration":
            self.open, self.values, self.env = attributes, {}, {}
            self.line = self.parser.CurrentLineNumber
        elif self.open is not None and name == "env" and "name" in attributes:
            self.env[attributes["name"]] = self.filled(attributes.get("value", ""))
        elif self.open is not None and "value" in attributes:
            key = attributes.get("name", name) if name == "option" else name
            self.values.setdefault(key, self.filled(attributes["value"]))

    def end(self, name: str) -> None:
        """An element ends; with a configuration, it is known."""
        self.depth -= 1
        if name != "configuration" or self.open is None:
            return
        head, values, self.open = self.open, self.values, None
        mode = _MODES.get(head.get("type", ""))
        if mode is None or head.get("default") == "true":
            return
        port = values.get("port", "") or head.get("port", "")
        self.found.append(
            RunConfig(
                name=head.get("name", ""),
                mode=mode,
                kind=values.get("kind", ""),
                package=values.get("package", ""),
                directory=values.get("directory", ""),
                file=values.get("filePath", ""),
                cwd=values.get("working_directory", ""),
                flags=values.get("go_parameters", ""),
                env=self.env,
                host=values.get("host", "") or head.get("host", ""),
                port=int(port) if port.isdecimal() else 0,
                line=self.line,
            )
        )

    def filled(self, value: str) -> str:
        """A value with GoLand's path variables filled in."""
        return value.replace("$PROJECT_DIR$", self.project).replace("$USER_HOME$", os.path.expanduser("~"))
