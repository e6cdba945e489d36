"""The words that outputs put around findings."""

from __future__ import annotations

from typing import Final

from gomend.model.base import Confidence, Safety, Severity
from gomend.model.outcome import OutcomeKind
from gomend.model.text import Text, text

SEVERITY: Final[dict[Severity, Text]] = {
    Severity.ERROR: text("outputs.error", "error"),
    Severity.WARNING: text("outputs.warning", "warning"),
    Severity.INFO: text("outputs.info", "info"),
}
CONFIDENCE: Final[dict[Confidence, Text]] = {
    Confidence.HIGH: text("outputs.confidence.high", "certain"),
    Confidence.MEDIUM: text("outputs.confidence.medium", "likely"),
    Confidence.LOW: text("outputs.confidence.low", "possible"),
}
SAFETY: Final[dict[Safety, Text]] = {
    Safety.SAFE: text("outputs.safety.safe", "safe"),
    Safety.UNSAFE: text("outputs.safety.unsafe", "needs --unsafe"),
    Safety.MANUAL: text("outputs.safety.manual", "by hand"),
}
OUTCOME: Final[dict[OutcomeKind, Text]] = {
    OutcomeKind.PROVED: text("outputs.outcome.proved", "Proved: checked again on fresh facts, and it is gone."),
    OutcomeKind.STILL_PRESENT: text("outputs.outcome.still-present", "Not proved: {reason} is still there."),
    OutcomeKind.ROLLED_BACK: text("outputs.outcome.rolled-back", "Rolled back: {reason}"),
    OutcomeKind.PARTLY: text("outputs.outcome.partly", "Partly proved; still there: {reason}"),
    OutcomeKind.UNDETERMINED: text("outputs.outcome.undetermined", "Applied, but the proof is open: {reason}"),
}
UNDONE: Final = text("outputs.undone", "Every step was undone; nothing has changed.")
JOURNAL: Final = text("outputs.journal", "Undo it with: gomend undo {journal}")
FIX: Final = text("outputs.fix", "fix")
EXPLAINED: Final = text("outputs.explained", "follows from the above")
CLEAN: Final = text("outputs.clean", "Nothing wrong found: {clean} rules clean.")
UNEXPLAINED: Final = text(
    "outputs.unexplained", "No rule explains this failure; the message of the command itself is probably all there is to know."
)
OTHERS: Final = text("outputs.others", "Wrong in this project too, but not what the text is about (gomend check shows them):")
COUNTS: Final = text("outputs.counts", "Errors: {error}, warnings: {warning}, notes: {info}. Rules clean: {clean}.")
UNDETERMINED: Final = text("outputs.undetermined", "Could not tell:")
NEXT: Final = text(
    "outputs.next",
    "Next: `gomend plan` shows the changes, `gomend apply` makes and proves them, `gomend explain CODE` says more.",
)
PLAN: Final = text("outputs.plan", "Plan {id} (steps: {steps}, findings it mends: {findings})")
NO_PLAN: Final = text("outputs.no-plan", "There is nothing that gomend can change here.")
CONFLICT: Final = text("outputs.conflict", "Left out, because it contradicts {kept}: {dropped} ({target})")
UNMENDED: Final = text("outputs.unmended", "Not mended by this plan:")
PROOF: Final = text("outputs.proof", "checked again")
VERDICT: Final = {
    "finding": text("outputs.verdict.finding", "still there"),
    "clean": text("outputs.verdict.clean", "clean"),
    "not-applicable": text("outputs.verdict.not-applicable", "does not apply"),
    "undetermined": text("outputs.verdict.undetermined", "could not tell"),
}
REPORT: Final = text("outputs.report", "gomend report")
COMMAND: Final = text("outputs.command", "`{command}` exited with {exit}")
