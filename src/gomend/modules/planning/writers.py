"""A plan as lines for the place it is used in. Secrets are named, never written."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from typing import Final

from gomend.model.redact import redact
from gomend.model.text import Said, Translator, text
from gomend.modules.planning.changes import Change
from gomend.modules.planning.settings import Extra, Plan

_APPLY: Final = text("modules.plan.out-apply", "Set:")
_UNDO: Final = text("modules.plan.out-undo", "Take back:")
_HIDDEN: Final = text(
    "modules.plan.out-hidden",
    "REDACTED stands for a secret that is set now: keep the old file, or use --apply and gomend undo.",
)
_NOTHING: Final = text("modules.plan.out-nothing", "Nothing to change: go's defaults, and what is set already, do.")
_NETRC: Final = text("modules.plan.out-netrc", "The netrc file needs these lines, with the real user and token:")
_GIT: Final = text("modules.plan.out-git", "Once, for git:")
_SECRET: Final = text("modules.plan.out-secret", "Build with: docker build --secret id=netrc,src=$HOME/.netrc .")
_SSH: Final = text("modules.plan.out-ssh", "Build with: docker build --ssh default .")
_JOB: Final = text("modules.plan.out-job", "Belongs into a job; the secrets are named here and set in the repository.")
_MASKED: Final = text("modules.plan.out-masked", "The user and token are masked CI/CD variables of the project.")
_STEP: Final = text("modules.plan.out-step", "Credentials for private modules")
_SSH_STEP: Final = text("modules.plan.out-ssh-step", "Private modules over ssh (the job's ssh agent holds the key)")


def write(form: str, plan: Plan, made: tuple[Change, ...], say: Translator) -> str:
    """The plan in one of :data:`FORMS`; only ``go-env`` looks at what is set on this machine (``made``)."""
    if form == "go-env":
        return _go_env(plan, made, say)
    return WRITERS[form](plan, say)


def _go_env(plan: Plan, made: tuple[Change, ...], say: Translator) -> str:
    lines = [f"# {say(_APPLY)}"] if made else [f"# {say(_NOTHING)}"]
    for change in made:
        lines += [f"# {change.name}: {_because(change.why, say)}"]
        lines += [_set(change.name, change.after)]
    if made:
        lines += ["", f"# {say(_UNDO)}"]
        lines += [f"# {_set(change.name, redact(change.before))}" for change in reversed(made)]
        lines += [f"# {say(_HIDDEN)}"] if any(redact(change.before) != change.before for change in made) else []
    return _joined([*lines, *_notes(plan, say)])


def _set(name: str, value: str) -> str:
    return f"go env -w {shlex.quote(f'{name}={value}')}" if value else f"go env -u {name}"


def _dotenv(plan: Plan, say: Translator) -> str:
    lines: list[str] = []
    for line in plan.lines:
        lines += [f"# {_because(line.why, say)}", f"{line.name}={line.value}"]
    return _joined([*(lines or [f"# {say(_NOTHING)}"]), *_notes(plan, say)])


def _shell(plan: Plan, say: Translator) -> str:
    lines: list[str] = []
    for line in plan.lines:
        lines += [f"# {_because(line.why, say)}", f"export {line.name}={shlex.quote(line.value)}"]
    return _joined([*(lines or [f"# {say(_NOTHING)}"]), *_notes(plan, say)])


def _dockerfile(plan: Plan, say: Translator) -> str:
    lines = ["# syntax=docker/dockerfile:1"]
    for line in plan.lines:
        lines += [f"# {_because(line.why, say)}", f"ENV {line.name}={json.dumps(line.value)}"]
    if not plan.lines:
        lines.append(f"# {say(_NOTHING)}")
    mounts, commands = "", [extra.text for extra in _of(plan, "git")]
    if _of(plan, "netrc"):
        lines += ["", f"# {say(_SECRET)}", *(f"#   {extra.text}" for extra in _of(plan, "netrc"))]
        mounts += " --mount=type=secret,id=netrc,target=/root/.netrc,required=true"
    if commands:
        lines += ["", f"# {say(_SSH)}"]
        mounts += " --mount=type=ssh"
    lines.append(f"RUN{mounts} {' && '.join([*commands, 'go mod download'])}")
    return _joined(lines)


def _github(plan: Plan, say: Translator) -> str:
    lines = [f"# {say(_JOB)}", "env:" if plan.lines else "env: {}", *_yaml(plan, say, "  ")]
    steps: list[str] = []
    if hosts := _of(plan, "netrc"):
        steps += [f"  - name: {_quoted(say(_STEP))}", "    run: |", "      umask 077"]
        steps += [f"      {_printf(extra.host)}" for extra in hosts]
        steps += ["    env:"]
        for extra in hosts:
            steps += [f"      {name}: ${{{{ secrets.{name} }}}}" for name in _secrets(extra.host)]
    if commands := _of(plan, "git"):
        steps += [f"  - name: {_quoted(say(_SSH_STEP))}", "    run: |", *(f"      {extra.text}" for extra in commands)]
    return _joined([*lines, *(["steps:", *steps] if steps else [])])


def _gitlab(plan: Plan, say: Translator) -> str:
    lines = ["variables:" if plan.lines else "variables: {}", *_yaml(plan, say, "  ")]
    script = ["umask 077", *(_printf(extra.host) for extra in _of(plan, "netrc"))] if _of(plan, "netrc") else []
    script += [extra.text for extra in _of(plan, "git")]
    if script:
        lines += [*([f"# {say(_MASKED)}"] if _of(plan, "netrc") else []), "before_script:"]
        lines += [f"  - {_quoted(command)}" for command in script]
    return _joined(lines)


def _devcontainer(plan: Plan, say: Translator) -> str:
    made: dict[str, object] = {"containerEnv": {line.name: line.value for line in plan.lines}}
    script = ["umask 077", *(_printf(extra.host) for extra in _of(plan, "netrc"))] if _of(plan, "netrc") else []
    script += [extra.text for extra in _of(plan, "git")]
    if hosts := _of(plan, "netrc"):
        made["secrets"] = {name: {"description": f"netrc: {extra.host}"} for extra in hosts for name in _secrets(extra.host)}
    if script:
        made["postCreateCommand"] = " && ".join(script)
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def _yaml(plan: Plan, say: Translator, indent: str) -> list[str]:
    """The variables; a JSON string is a YAML string too."""
    lines: list[str] = []
    for line in plan.lines:
        lines += [f"{indent}# {_because(line.why, say)}", f"{indent}{line.name}: {_quoted(line.value)}"]
    return lines


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _secrets(host: str) -> tuple[str, str]:
    """Names of the secrets of a host."""
    name = re.sub(r"[^A-Z0-9]+", "_", host.upper()).strip("_")
    name = name if name[:1].isalpha() else f"HOST_{name}"
    return f"{name}_USER", f"{name}_TOKEN"


def _printf(host: str) -> str:
    user, token = _secrets(host)
    return f'printf \'machine %s login %s password %s\\n\' {shlex.quote(host)} "${user}" "${token}" >> "$HOME/.netrc"'


def _notes(plan: Plan, say: Translator) -> list[str]:
    lines: list[str] = []
    for kind, words in (("netrc", _NETRC), ("git", _GIT)):
        if found := _of(plan, kind):
            lines += ["", f"# {say(words)}", *(f"#   {extra.text}" for extra in found)]
    return lines


def _of(plan: Plan, kind: str) -> list[Extra]:
    return [extra for extra in plan.extras if extra.kind == kind]


def _because(why: tuple[Said, ...], say: Translator) -> str:
    return " ".join(say(said) for said in why)


def _joined(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


WRITERS: Final[dict[str, Callable[[Plan, Translator], str]]] = {
    "dotenv": _dotenv,
    "dockerfile": _dockerfile,
    "github": _github,
    "gitlab": _gitlab,
    "shell": _shell,
    "devcontainer": _devcontainer,
}
"""The forms that do not look at this machine."""
FORMS: Final = ("go-env", *WRITERS)
"""Every form besides text and JSON."""
