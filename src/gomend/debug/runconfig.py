"""Run configurations of GoLand, as what Delve is asked for: ``.run/NAME.run.xml`` and ``.idea/runConfigurations/NAME.xml``.

Source: files that GoLand writes (component ProjectRunConfigurationManager); by public evidence GoLand builds the package itself with
``-gcflags="all=-N -l"`` and talks Delve's JSON-RPC, so there is no substitutePath. Read with a small pattern and no XML parser: the
files are flat, and a parser would follow entities of files that anybody may have written.
"""

from __future__ import annotations

import html
import os
import re
from typing import Final

from gomend.model.base import Thing

_CONFIGURATION: Final = re.compile(r"<configuration\b(?P<head>[^>]*)>(?P<body>.*?)</configuration>", re.DOTALL)
_ATTRIBUTE: Final = re.compile(r'([\w-]+)="([^"]*)"')
_VALUE: Final = re.compile(r"<(\w+)\s+value=\"([^\"]*)\"\s*/>")
_ENV: Final = re.compile(r"<env\s+([^>]*?)/>")
_MODES: Final = {
    "GoApplicationRunConfiguration": "debug",
    "GoTestRunConfiguration": "test",
    "GoRemoteDebugConfigurationType": "remote",
}


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


def project_of(path: str) -> str:
    """The project's folder that a configuration file belongs to: above ``.run``, or above ``.idea/runConfigurations``."""
    folder = os.path.dirname(os.path.abspath(path))
    if os.path.basename(folder) == "runConfigurations":
        return os.path.dirname(os.path.dirname(folder))
    return os.path.dirname(folder) if os.path.basename(folder) in {".run", ".idea"} else folder


def read(text: str, project: str) -> tuple[RunConfig, ...]:
    """The Go configurations of a file, with ``$PROJECT_DIR$`` filled in; others are left out."""
    found = []
    for match in _CONFIGURATION.finditer(text):
        head = dict(_ATTRIBUTE.findall(match["head"]))
        mode = _MODES.get(head.get("type", ""))
        if mode is None or head.get("default") == "true":
            continue
        values = {name: _filled(value, project) for name, value in _VALUE.findall(match["body"])}
        pairs = [dict(_ATTRIBUTE.findall(inside)) for inside in _ENV.findall(match["body"])]
        port = values.get("port", "") or head.get("port", "")
        found.append(
            RunConfig(
                name=html.unescape(head.get("name", "")),
                mode=mode,
                kind=values.get("kind", ""),
                package=values.get("package", ""),
                directory=values.get("directory", ""),
                file=values.get("filePath", ""),
                cwd=values.get("working_directory", ""),
                flags=values.get("go_parameters", ""),
                env={p["name"]: _filled(p.get("value", ""), project) for p in pairs if "name" in p},
                host=values.get("host", "") or head.get("host", ""),
                port=int(port) if port.isdecimal() else 0,
            )
        )
    return tuple(found)


def _filled(value: str, project: str) -> str:
    return html.unescape(value).replace("$PROJECT_DIR$", project).replace("$USER_HOME$", os.path.expanduser("~"))
