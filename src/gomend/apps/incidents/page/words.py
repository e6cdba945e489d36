"""The words of an incident's page."""

from __future__ import annotations

from typing import Final

from gomend.model.text import text

TITLE: Final = text("incidentpage.title", "Incident: {service}")
HEAD: Final = text(
    "incidentpage.head", "{service} is the likely cause: {kind}. It began at {start} and lasted to the end of the data, {end}."
)
SURE: Final = text("incidentpage.sure", "Belief {score}. Next: {others}.")
ALONE: Final = text("incidentpage.alone", "Belief {score}. Nobody else is suspected.")
NOTHING: Final = text("incidentpage.nothing", "No incident: nothing in this data stands out enough to be called one.")
TIMELINE: Final = text("incidentpage.timeline", "Timeline")
TIMELINE_SAYS: Final = text(
    "incidentpage.timeline.says", "One clock, in seconds; the line is the start of the incident, what comes after it is shaded."
)
TOPOLOGY: Final = text("incidentpage.topology", "Who calls whom")
TOPOLOGY_SAYS: Final = text(
    "incidentpage.topology.says",
    "Red calls became slow on the way; numbers are milliseconds before and after. The darker a service, the more it is suspected.",
)
EVIDENCE: Final = text("incidentpage.evidence", "Evidence")
WATERFALL: Final = text("incidentpage.waterfall", "One request, and a normal one")
SLOW: Final = text("incidentpage.slow", "during the incident")
NORMAL: Final = text("incidentpage.normal", "as usual")
DIFFERS: Final = text("incidentpage.differs", "What differs")
QUALITY: Final = text("incidentpage.quality", "Data")
QUALITY_SAYS: Final = text(
    "incidentpage.quality.says", "Rows of each signal in each of the last {minutes} minutes; empty cells have none."
)
REQUESTS: Final = text("incidentpage.lane.requests", "slowest tenth of requests")
ERRORS: Final = text("incidentpage.lane.errors", "error lines")
EVENTS: Final = text("incidentpage.lane.events", "events: {names}")
SERVICE: Final = text("incidentpage.col.service", "service")
SIGNAL: Final = text("incidentpage.col.signal", "signal")
WHAT: Final = text("incidentpage.col.what", "what")
DELTA: Final = text("incidentpage.col.delta", "after the start")
BEFORE: Final = text("incidentpage.col.before", "before")
AFTER: Final = text("incidentpage.col.after", "after")
EXAMPLE: Final = text("incidentpage.col.example", "example")
NEXT_STEP: Final = text("incidentpage.next", "What to do")
STEPS: Final = {
    "cpu": text(
        "incidentpage.step.cpu",
        "Look at the limit and the load of {service}; take a CPU profile of it; more replicas help only if it is not one hot loop.",
    ),
    "memory": text(
        "incidentpage.step.memory",
        "Read the container's last state (OOMKilled, exit 137) and compare the heap with the limit before raising it.",
    ),
    "network_delay": text(
        "incidentpage.step.network",
        "The work itself is not slow: look at the network policy, DNS, the sidecar and the node of {service}.",
    ),
    "exception": text(
        "incidentpage.step.exception",
        "Read the first error of {service} after the start, and compare its version with the one before.",
    ),
    "return": text(
        "incidentpage.step.return",
        "{service} answers, but wrongly: compare its data, configuration and version with those before.",
    ),
    "pool_exhaustion": text(
        "incidentpage.step.pool", "Compare the pool's size with the requests in flight; find who holds connections longest."
    ),
    "deploy": text("incidentpage.step.deploy", "Take the change back, or compare what it changed with the evidence above."),
    "unknown": text("incidentpage.step.unknown", "Collect what is missing (see Data) and ask again."),
}
