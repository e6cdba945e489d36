"""Alerts as Prometheus lists them, as it sends them to an Alertmanager, and as an Alertmanager sends them to a webhook.

The three agree in ``labels``; the moment is ``startsAt`` or ``activeAt``. A firing alert is an event of the pod or the service that its labels name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from gomend.incidents import otlp
from gomend.incidents.identity import pod_of
from gomend.incidents.moments import rfc3339
from gomend.incidents.rows import Case, Event

_FIRING: Final = ("firing", "active")
REASON: Final = "Alert"
"""Reason of an event that is an alert; the message begins with the alert's name."""


def add(case: Case, told: object) -> None:
    """Add a webhook's message, or a list of alerts."""
    found = told.get("alerts") if isinstance(told, Mapping) else told
    if not isinstance(found, Sequence) or isinstance(found, str):
        otlp.count(case, "alerts.ragged")
        return
    for alert in found:
        if not isinstance(alert, Mapping):
            otlp.count(case, "alerts.ragged")
        elif alert.get("status", alert.get("state", "firing")) in _FIRING:
            _alert(case, alert)


def _alert(case: Case, alert: Mapping[str, Any]) -> None:
    labels = alert.get("labels")
    named = (
        {k: v for k, v in labels.items() if isinstance(k, str) and isinstance(v, str)} if isinstance(labels, Mapping) else {}
    )
    at = rfc3339(alert.get("startsAt", alert.get("activeAt")))
    pod = pod_of(case, named, named=True)
    if not pod:  # a service that no pod is named of stands for itself
        service = next((named[k] for k in (*case.labels.service, *case.labels.stand_in_service) if named.get(k)), "")
        pod = pod_of(case, {**{k: v for k, v in named.items() if k in case.labels.namespace}, "service.name": service})
    if at is None or not pod:
        otlp.count(case, "alerts.ragged")
        return
    notes = alert.get("annotations")
    summary = notes.get("summary", notes.get("description")) if isinstance(notes, Mapping) else None
    name = named.get("alertname", "")
    case.events.append(Event(at, pod, REASON, f"{name}: {summary}" if isinstance(summary, str) and summary else name))
