"""The editor attaches to a dlv in a container, and no path rule leads from the workspace to the container's folder.

What it finds     A Dockerfile builds what its dlv debugs from a copy of the project in another folder (or with ``-trimpath``), and a configuration that attaches remotely maps the module's folder nowhere near it.
Why it hurts      The binary records the container's path, such as ``/app/main.go``; the editor asks for its own. Delve compares strings and answers "could not find file". Newer editors guess a mapping, but only while ``substitutePath`` is empty: then this is a warning.
Example           ``WORKDIR /app``, ``COPY . .``, ``RUN go build``; launch.json has ``"mode": "remote"`` without ``substitutePath``.
After the fix     ``substitutePath`` maps the workspace folder to ``/app``.
Fix safety        Safe: one entry is added to launch.json.
How it is proved  The rule maps the module's folder to the folder in which the image builds.
References        Delve Documentation/cli/substitutepath.md; vscode-go docs/debugging.md (remote debugging).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug.facts.files import DebugFiles, LocalModule
from gomend.debug.facts.images import Dockerfiles
from gomend.debug.facts.launch import LaunchConfigs
from gomend.model.base import Confidence, Safety, Severity
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM313",
    "image-source-path",
    severity=Severity.ERROR,
    since="0.1",
    title="{config} does not map the workspace to {recorded} in the container",
    message="{file} builds the debugged program in {recorded}; substitutePath of {config} does not lead there from {folder}.",
    doc=__doc__,
    explains=("GM350",),
)


def _recorded(images: Dockerfiles, module: LocalModule) -> list[tuple[str, int, str]]:
    """File, line and recorded folder of the module for every build of a debug image from the whole project."""
    found = []
    for image in images.debug:
        for build in image.builds:
            whole = [c for c in build.stage.copies() if not c.stage and c.sources in {(".",), ("./",)}]
            if not whole:
                continue
            folder = whole[-1].target.rstrip("/") or "/"
            recorded = module.path if build.command.flags.trimpath else folder
            found.append((image.file.name, build.command.line, recorded))
    return found


@rule.check
def check(configs: LaunchConfigs, files: DebugFiles, images: Dockerfiles) -> Iterator[Finding]:
    for config in configs.configs:
        module = files.module_of(config.workspace) or config.module
        legacy = config.data.get("debugAdapter") == "legacy" and bool(config.data.get("remotePath"))  # maps cwd itself
        if not config.is_remote or module is None or legacy:
            continue
        builds = _recorded(images, module)
        if builds and not any(config.maps(module.folder, recorded) for _, _, recorded in builds):
            name, line, recorded = builds[0]
            image = next(i for i in images.debug if i.file.name == name)
            yield rule.finding(
                config.subject(),
                evidence=[image.evidence(line), config.evidence("substitutePath")],
                severity=Severity.ERROR if config.rules else Severity.WARNING,
                confidence=Confidence.HIGH if len({b[2] for b in builds}) == 1 else Confidence.MEDIUM,
                config=config.name,
                file=name,
                recorded=recorded,
                folder=module.folder,
            )


@rule.fix("Map {folder} to {recorded} in substitutePath", safety=Safety.SAFE)
def map_paths(finding: Finding, configs: LaunchConfigs, files: DebugFiles, images: Dockerfiles) -> Mend | None:
    for config in configs.configs:
        module = files.module_of(config.workspace) or config.module
        if config.subject() == finding.subject and module is not None:
            for _, _, recorded in _recorded(images, module)[:1]:
                parameters = {"folder": config.portable(module.folder), "recorded": recorded}
                return Mend(steps=(config.with_rule(module.folder, recorded),), parameters=parameters)
    return None


_IMAGE = """FROM golang:1.26
WORKDIR /app
COPY . .
RUN go build -gcflags="all=-N -l" %s-o /bin/server .
CMD ["dlv", "exec", "/bin/server", "--headless", "--listen=:2345"]
"""
_LAUNCH = """{
  "configurations": [
    {
      "name": "container",
      "type": "go",
      "request": "attach",
      "mode": "%s", "port": 2345%s
    }
  ]
}
"""
_MOD = "module example.com/app\n"
_APP = ',\n      "substitutePath": [{"from": "${workspaceFolder}", "to": "/app"}]'

rule.catches(
    "no rule",
    subject="container",
    files={"go.mod": _MOD, "Dockerfile": _IMAGE % "", ".vscode/launch.json": _LAUNCH % ("remote", "")},
)
rule.catches(
    "-trimpath in the image records the module path",
    files={"go.mod": _MOD, "Dockerfile": _IMAGE % "-trimpath ", ".vscode/launch.json": _LAUNCH % ("remote", _APP)},
)
rule.passes("mapped", files={"go.mod": _MOD, "Dockerfile": _IMAGE % "", ".vscode/launch.json": _LAUNCH % ("remote", _APP)})
rule.passes(
    "the old adapter maps remotePath itself",
    files={
        "go.mod": _MOD,
        "Dockerfile": _IMAGE % "",
        ".vscode/launch.json": _LAUNCH % ("remote", ', "debugAdapter": "legacy", "remotePath": "/app"'),
    },
)
rule.passes(
    "attaching to a local process",
    files={"go.mod": _MOD, "Dockerfile": _IMAGE % "", ".vscode/launch.json": _LAUNCH % ("local", "")},
)
rule.passes(
    "the image runs no dlv",
    files={
        "go.mod": _MOD,
        "Dockerfile": 'FROM golang\nWORKDIR /app\nCOPY . .\nRUN go build -o /s .\nCMD ["/s"]\n',
        ".vscode/launch.json": _LAUNCH % ("remote", ""),
    },
)
rule.not_applicable("no Dockerfile", files={"go.mod": _MOD, ".vscode/launch.json": _LAUNCH % ("remote", "")})
rule.undetermined("launch.json is broken", files={"Dockerfile": _IMAGE % "", ".vscode/launch.json": "{"})
