"""The words of the command line itself."""

from __future__ import annotations

from typing import Final

from gomend.model.text import text

ABOUT: Final = text(
    "cli.about",
    "Says why a Go build, dependency or debugger stopped working, shows the evidence, mends it, and proves that it is mended.",
)
COMMANDS: Final = {
    "check": text("cli.check", "Look for what is, or will be, broken in a project."),
    "plan": text("cli.plan", "Show the changes that would mend what check finds."),
    "apply": text("cli.apply", "Make those changes, prove them, undo what is not proved."),
    "undo": text("cli.undo", "Undo the last applied plan."),
    "recover": text("cli.recover", "Bring plans that were interrupted to a clean end."),
    "why": text("cli.why", "Say why: paste any go, gcc, ld or dlv error or log."),
    "run": text("cli.run", "Run a command; if it fails, say why."),
    "explain": text("cli.explain", "The page of one rule."),
    "lab": text("cli.lab", "Make module failures happen on purpose, on this machine."),
    "binary": text("cli.binary", "Say of any binary what it is made of and where it starts."),
    "mod": text("cli.mod", "Modules: predict what go will ask of whom, plan the settings, verify and mend what is on disk."),
    "cgo": text("cli.cgo", "C code: say what a project needs of it, diagnose every target, and what cgo changes."),
    "debug": text("cli.debug", "Debuggers: why a breakpoint does not bind, and path maps inferred from the binary."),
    "proxy": text("cli.proxy", "A module proxy for a team: it stays up when upstreams fail, and proves what it serves."),
    "slo": text("cli.slo", "Service level objectives: hold a release against them; missing data never passes."),
    "resilience": text("cli.resilience", "Circuit breakers: when they open, how long they wait, which numbers they refuse."),
    "incidents": text("cli.incidents", "Incidents: which service broke first, from traces, logs, metrics and cluster state."),
    "facts": text("cli.facts", "Show the facts that the rules work on."),
    "rules": text("cli.rules", "List the rules."),
    "report": text("cli.report", "Show a saved run again, in any format."),
    "schema": text("cli.schema", "Print the JSON Schema of an answer."),
    "completion": text("cli.completion", "Print the completion script of a shell."),
}
HELP_OPTION: Final = text("cli.help-option", "Show this text.")
VERSION_OPTION: Final = text("cli.version-option", "Show the version.")
GROUPS: Final = {
    "look": (text("cli.group.look", "Find and explain"), ("check", "why", "run", "explain")),
    "mend": (text("cli.group.mend", "Mend and prove"), ("plan", "apply", "undo", "recover")),
    "more": (
        text("cli.group.more", "More"),
        (
            "lab",
            "mod",
            "cgo",
            "binary",
            "debug",
            "proxy",
            "slo",
            "resilience",
            "incidents",
            "facts",
            "rules",
            "report",
            "schema",
            "completion",
        ),
    ),
}
OPTIONS: Final = text("cli.options", "Options")
COMMANDS_OF: Final = text("cli.commands", "Commands")
USAGE: Final = text("cli.usage", "Usage")
EXITS: Final = text(
    "cli.exits",
    "Exit codes: 0 clean or proved, 1 findings, 2 usage, 3 our fault, 4 could not tell, 5 not proved and undone, 130 interrupted.",
)
NO_FOLDER: Final = text("cli.no-folder", "{path} is not a folder that can be read: {reason}")
NOT_GO: Final = text(
    "cli.not-go", "{path} is not a Go project: neither it nor a folder above it has a go.mod, and it holds no .go files."
)
WORKSPACE: Final = text("cli.workspace", "{path} has a go.work but no go.mod; check one of its modules: {modules}")
UNKNOWN_RULE: Final = text("cli.unknown-rule", "No rule is called {name}.")
DID_YOU_MEAN: Final = text("cli.did-you-mean", "Did you mean {names}?")
BAD_TARGET: Final = text("cli.bad-target", "{target} is not a target; write GOOS/GOARCH, such as linux/arm64.")
CRASH: Final = text("cli.crash", "gomend itself failed ({error}). This is our fault; a report without secrets is in {path}")
INTERRUPTED: Final = text("cli.interrupted", "Interrupted. Nothing is half done that `gomend recover` cannot end.")
BARE_IGNORE: Final = text(
    "cli.bare-ignore", "{place}: gomend:ignore needs a reason after the rule; it silences nothing without one."
)
ASK_APPLY: Final = text("cli.ask-apply", "Make these changes now?")
DRY_RUN: Final = text("cli.dry-run", "Nothing was changed. Add --yes to make these changes.")
UNDONE: Final = text("cli.undone", "Undone: {journal}")
RECOVERED_UNDONE: Final = text("cli.recovered.undone", "{journal} was interrupted; its steps were undone.")
RECOVERED_COMPLETED: Final = text(
    "cli.recovered.completed",
    "{journal} was complete; run `gomend check` to see whether it helped, `gomend undo` to take it back.",
)
NOTHING_TO_RECOVER: Final = text("cli.nothing-to-recover", "Nothing was interrupted.")
NO_LOG: Final = text("cli.no-log", "There is no text to explain: name a file, or pipe a log in (gomend why -).")
LOG_CUT: Final = text(
    "cli.log-cut",
    "The log is large; gomend read {kept} of {total} MB: its start, its end, and every line in between that names trouble.",
)
NO_COMMAND: Final = text("cli.no-command", "Name a command after --, for example: gomend run -- go build ./...")
CANNOT_RUN: Final = text("cli.cannot-run", "{command} cannot be started: {reason}")
UNKNOWN_SCHEMA: Final = text("cli.unknown-schema", "There is no schema called {name}; there are: {names}")
COLUMN_CODE: Final = text("cli.column.code", "code")
COLUMN_SLUG: Final = text("cli.column.slug", "cause")
COLUMN_SEVERITY: Final = text("cli.column.severity", "severity")
COLUMN_FIX: Final = text("cli.column.fix", "mends")
COLUMN_WHAT: Final = text("cli.column.what", "what it finds")
COLUMN_FACT: Final = text("cli.column.fact", "fact")
COLUMN_STATUS: Final = text("cli.column.status", "status")
COLUMN_COST: Final = text("cli.column.cost", "cost")
STATUS_KNOWN: Final = text("cli.status.known", "known")
STATUS_ABSENT: Final = text("cli.status.absent", "not here")
STATUS_UNKNOWN: Final = text("cli.status.unknown", "unknown")
HEADING: Final = {
    "What it finds": text("cli.heading.finds", "What it finds"),
    "Why it hurts": text("cli.heading.hurts", "Why it hurts"),
    "Example": text("cli.heading.example", "Example"),
    "After the fix": text("cli.heading.after", "After the fix"),
    "Fix safety": text("cli.heading.safety", "Fix safety"),
    "How it is proved": text("cli.heading.proved", "How it is proved"),
    "References": text("cli.heading.references", "References"),
}
EXPLAINS: Final = text("cli.explains", "Often the root of: {codes}")
