"""The words on the pages."""

from __future__ import annotations

from typing import Final

from gomend.model.text import text

TITLE: Final = text("proxy.page.title", "Module proxy")
MODULES: Final = text("proxy.page.modules", "Modules")
HEALTH: Final = text("proxy.page.health", "Health")
SEARCH: Final = text("proxy.page.search", "Search module paths")
FIND: Final = text("proxy.page.find", "Search")
COUNT: Final = text("proxy.page.count", "{shown} of {count} modules, {size} in the store.")
NONE: Final = text("proxy.page.none", "Nothing here yet: a module comes in when somebody asks for it.")
NO_SUCH: Final = text("proxy.page.no-such", "There is no such page, or you may not read this module.")
MODULE: Final = text("proxy.page.module", "Module")
VERSION: Final = text("proxy.page.version", "Version")
VERSIONS: Final = text("proxy.page.versions", "Versions")
NEWEST: Final = text("proxy.page.newest", "Newest")
SIZE: Final = text("proxy.page.size", "Size")
MADE: Final = text("proxy.page.made", "Made")
USED: Final = text("proxy.page.used", "Used last")
NOTES: Final = text("proxy.page.notes", "Notes")
ONLY_MOD: Final = text("proxy.page.only-mod", "go.mod only")
RETRACTED: Final = text("proxy.page.retracted", "retracted: {why}")
DEPRECATED: Final = text("proxy.page.deprecated", "Deprecated: {why}")
VULNERABLE: Final = text("proxy.page.vulnerable", "known vulnerability: {flaw}")
HASH: Final = text("proxy.page.hash", "Checksum")
GO_MOD: Final = text("proxy.page.go-mod", "go.mod of {version}")
USE: Final = text("proxy.page.use", "To use it:")
MORE: Final = text("proxy.page.more", "Next page")
UPSTREAMS: Final = text("proxy.page.upstreams", "Upstreams")
UPSTREAM: Final = text("proxy.page.upstream", "Upstream")
STATE: Final = text("proxy.page.state", "State")
STATES: Final = {
    "closed": text("proxy.page.state-closed", "in use"),
    "half-open": text("proxy.page.state-half", "being tried again"),
    "open": text("proxy.page.state-open", "left alone for a while"),
}
ANSWERS: Final = text("proxy.page.answers", "Answers")
FAILURES: Final = text("proxy.page.failures", "Failures")
PATIENCE: Final = text("proxy.page.patience", "Waited for alone")
LAST: Final = text("proxy.page.last", "Last failure")
NOW: Final = text("proxy.page.now", "Now")
UNDER_WAY: Final = text("proxy.page.under-way", "Files being fetched")
FETCHED: Final = text("proxy.page.fetched", "Files fetched and checked")
STALE: Final = text("proxy.page.stale", "Lists given out old because no upstream answered")
EVICTED: Final = text("proxy.page.evicted", "Versions removed to save room")
PULLED: Final = text("proxy.page.pulled", "Files taken from the store behind")
OWED: Final = text("proxy.page.owed", "Files that the store behind does not have yet")
ALARMS: Final = text("proxy.page.alarms", "Refused because it was not true")
TROUBLES: Final = text("proxy.page.troubles", "Recent failures, and why")
QUIET: Final = text("proxy.page.quiet", "None.")
WHEN: Final = text("proxy.page.when", "When")
WHAT: Final = text("proxy.page.what", "What")
WHY: Final = text("proxy.page.why", "Why")
