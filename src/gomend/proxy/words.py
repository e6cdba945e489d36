"""What the server says to people, in the bodies of its answers: go prints them."""

from __future__ import annotations

from typing import Final

from gomend.model.text import text

BAD: Final = text("proxy.says.bad", "bad request: {reason}")
ABSENT: Final = text(
    "proxy.says.absent",
    "not found: {what}: no upstream of this proxy has it ({said}). Check the spelling and that the version is pushed; if the module is private, "
    "set GOPRIVATE={prefix} so that go fetches it itself, or give the proxy an upstream that has it.",
)
NOT_HERE: Final = text(
    "proxy.says.not-here",
    "not found: {what} is not in the store of this proxy, and the request forbids to fetch it (Disable-Module-Fetch).",
)
FAILED: Final = text(
    "proxy.says.failed",
    "{what} could not be fetched: {detail}. This is no answer about the module: try again in a moment; if it stays, ask whoever runs "
    "this proxy to look at its upstreams.",
)
UNTRUE: Final = text(
    "proxy.says.untrue",
    "SECURITY: {what} was refused: {detail}. Nothing was stored. Do not work around this: somebody changed a released version, or an "
    "upstream is broken; ask whoever runs this proxy.",
)
LOCAL: Final = text("proxy.says.local", "this proxy cannot work: {detail}. Ask whoever runs it.")
BUSY: Final = text(
    "proxy.says.busy", "this proxy has {count} modules to fetch and takes no more for now; try again in a moment."
)
UNVOUCHED: Final = text(
    "proxy.says.unvouched",
    "{what} was refused: {detail}. This proxy only serves what its checksum database vouches for; if the module is private, whoever runs "
    "the proxy must name it under skip in [sumdb].",
)
LOGIN: Final = text(
    "proxy.says.login",
    "this proxy wants credentials: put them into GOPROXY (https://USER:SECRET@HOST), into .netrc, or give them with GOAUTH.",
)
RIGHTS: Final = text("proxy.says.rights", "{user} may not read {module} here; ask whoever runs this proxy.")
FILTERED: Final = text("proxy.says.filtered", "{module} is not served here by rule; ask whoever runs this proxy.")
YOUNG: Final = text(
    "proxy.says.young",
    "{what} is too young: it was made at {time}, and this proxy only fetches versions that are {days} days old. Ask for an older one, or "
    "whoever runs this proxy.",
)
VULNERABLE: Final = text(
    "proxy.says.vulnerable",
    "{what} is not served here: it has known vulnerabilities ({flaws}). Take a version without them (go list -m -versions shows those that "
    "are served), or ask whoever runs this proxy to name what you accept under ignore in [vulnerabilities].",
)
LICENCE: Final = text(
    "proxy.says.licence",
    "{what} is not served here: its licence is {licences}. Ask whoever runs this proxy which ones are allowed.",
)
HOOKED: Final = text("proxy.says.hooked", "{what} is not served here: the check that this proxy asks refused it: {reason}.")
NO_WORD: Final = text(
    "proxy.says.no-word",
    "{what} is not served here: the check that this proxy asks gave no word on it ({reason}). Try again in a moment; if it stays, ask "
    "whoever runs this proxy.",
)
RETRACTED: Final = text("proxy.says.retracted", "Its authors retracted {version}: {why}.")
DEPRECATED: Final = text("proxy.says.deprecated", "{module} is deprecated: {why}.")
MODE_NONE: Final = text(
    "proxy.says.mode-none",
    "not found: {what} is not in the store of this proxy, and by rule it fetches nothing for this module.",
)
MODE_ASYNC: Final = text(
    "proxy.says.mode-async",
    "not found: {what} is not in the store of this proxy yet; it is being fetched: ask again in a moment.",
)
MODE_REDIRECT: Final = text("proxy.says.mode-redirect", "{what} is at {url}.")
NOT_READY: Final = text("proxy.says.not-ready", "no upstream answers: {upstreams}; what is in the store is still served.")
NO_SUMDB: Final = text(
    "proxy.says.no-sumdb",
    "not found: this proxy does not stand before the checksum database {name}; go asks it directly. To check through the proxy, start it "
    "with --sumdb {name}.",
)
