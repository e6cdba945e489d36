"""Why a fact is absent or unknown, said in the reader's language.

Reasons are English strings where they arise (they are evidence, and recordings keep them); this is the list of what they
can be. A reason is matched against the list when it is shown; words of other programs stay as they are.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from gomend.model.text import Text, Translator, text

_ENGLISH: Final = {
    "no-go": "go is not on PATH",
    "no-program": "{program} is not on PATH",
    "exited": "{program} exited with {code}: {said}",
    "too-slow": "{program} did not end within {seconds} s",
    "not-started": "{program} could not be started: {why}",
    "not-recorded": "{command} was not recorded",
    "unreadable": "{command} gave an answer that gomend cannot read",
    "no-answer": "{command} gave no answer",
    "no-log": "no log was given",
    "old-log": "{log} is from before the fix; run the command again to know",
    "no-mod": "there is no go.mod",
    "no-work": "there is no go.work",
    "work-off": "GOWORK=off",
    "no-sum": "there is no go.sum",
    "no-file": "there is no {path}",
    "no-modcache": "go env knows no GOMODCACHE",
    "no-modules": "the project needs no other module",
    "no-folders": "go.mod replaces no module by a folder",
    "no-private": "the team has named no private modules",
    "no-asking": "no server may be asked: --offline",
    "nothing-to-ask": "no public module is known to ask for",
    "no-server": "GOPROXY names no server",
    "one-go": "there is one go on PATH",
    "tidy-modules": "go mod tidy needs modules that are not in the module cache (go mod download fetches them)",
    "tidy-old": "{version} has no go mod tidy -diff",
    "no-dlv-wish": "no file of the project needs dlv",
    "no-deploy": "the team has not said which system binaries run on",
    "deploy-libc": "gomend does not know which C library {system} has; write glibc:2.31 or musl instead",
    "no-binary": "there is no binary in the project",
    "no-cgo-build": "no package of this build uses cgo",
    "no-hidden-input": "go sees all inputs of C",
    "no-place-asked": "the log misses nothing that could lie elsewhere",
    "no-ci-build": "no CI file or Dockerfile of the project builds Go code",
    "no-cgo-target": "no target has packages that use cgo",
    "no-flags": "no build flags are known: no command was given and GOFLAGS is empty",
    "no-cgo": "no package of the project or its dependencies uses cgo",
    "no-cgo-compiler": "no target with cgo has a C compiler",
    "no-loader": "the command names no dynamic loader",
    "no-flag-list": "the source of this go command has no list of flags that gomend can read",
    "no-pkgconfig": "no package asks for pkg-config",
    "no-sysroot": "no sysroot is named in CC, CGO_CFLAGS or CGO_LDFLAGS",
    "no-vain": "no variable names a C compiler in vain",
    "no-include-variable": "no variable adds header folders",
    "no-vendor": "there is no vendor folder",
    "no-exec": "no launch configuration starts a ready-made binary",
    "no-replay": "a conversation with dlv cannot be replayed",
    "no-dlv": "dlv is not installed",
    "no-dockerfile": "there is no Dockerfile",
    "no-launch": "there is no launch configuration for Go",
    "no-debug-package": "no launch configuration lets Delve build a known package",
    "no-tasks": "there are no build tasks and no Makefile",
    "dlv-silent": "dlv says nothing in the log",
    "no-goland": "there is no run configuration of GoLand",
    "no-dlv-server": "no file of the project starts dlv as a server",
    "no-port-table": "/proc/net/tcp is not there: which ports are listened on cannot be seen",
    "no-vscode-settings": "there are no settings of VS Code in the project",
    "no-ptrace-rule": "not Linux: the system asks for its own permissions",
    "no-logged-file": "the log names no source file of a binary",
    "no-logged-launch": "no launch request of a debug adapter in the log",
    "dlv-slow": "dlv did not get through the launch configurations within {seconds} s",
    "none-to-try": "no launch configuration can be tried ({why})",
    "deadline": "{fact} was not collected within {seconds} s",
    "not-collected": "{fact} was not collected",
    "own-fault": "gomend itself failed to collect {fact}",
    "own-fault-rule": "gomend itself failed in {code}",
    "needs": "needs {option}",
    "too-large": "{path} is larger than {size} MB",
    "not-utf8": "{path} is not UTF-8 text (byte {byte})",
    "no-read": "{path} cannot be read: {why}",
    "no-regular": "{path} is not a regular file",
    "go-env-project": "go env gave no GOOS and GOARCH",
}
REASONS: Final[tuple[Text, ...]] = tuple(text(f"reason.{key}", english) for key, english in _ENGLISH.items())
"""Every reason, the more special ones first."""


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[re.Pattern[str], Text], ...]:
    made = []
    for reason in REASONS:
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(reason.english))
        made.append((re.compile(pattern, re.DOTALL), reason))
    # Words only, then those with the most words of their own.
    return tuple(sorted(made, key=lambda m: (bool(m[1].fields), -len(re.sub(r"\{\w+\}", "", m[1].english)))))


def matching(reason: str) -> tuple[Text, dict[str, str]] | None:
    """The text that a reason is an instance of, with its parameters."""
    for pattern, words in _patterns():
        match = pattern.fullmatch(reason)
        if match:
            return words, match.groupdict()
    return None


def tell(say: Translator, reason: str) -> str:
    """A reason (or several, joined by ``; ``) in the reader's language; what is on no list stays English."""
    if say.language == "en":
        return reason
    whole = matching(reason)
    parts = [matching(part) for part in reason.split("; ")]
    if whole is not None and not all(parts):
        return say(whole[0], **whole[1])
    told = []
    for part, found in zip(reason.split("; "), parts, strict=True):
        told.append(say(found[0], **found[1]) if found else part)
    return "；".join(told)
