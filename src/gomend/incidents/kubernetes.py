"""What Kubernetes says of pods, as ``kubectl get pods,events -o json`` prints it.

A container that was killed for memory is no event: it stands in the pod's status, ``containerStatuses[].lastState.terminated`` (or ``state``, until
it is started again). An event may be old, so both are read, and each is one row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from gomend.incidents.naming import service_of
from gomend.incidents.rows import Case, Event

_STATUSES: Final = ("initContainerStatuses", "containerStatuses")
_APP: Final = ("app.kubernetes.io/name", "app", "k8s-app")


def add(case: Case, listed: object) -> None:
    """Add a list of objects, or one; what is neither a pod nor an event is passed over."""
    for item in _items(listed):
        kind = item.get("kind")
        if kind == "Pod":
            _pod(case, item)
        elif kind == "Event":
            _event(case, item)


def _items(listed: object) -> Iterator[Mapping[str, Any]]:
    if not isinstance(listed, Mapping):
        return
    items = listed.get("items")
    if isinstance(items, Sequence) and not isinstance(items, str):
        yield from (i for i in items if isinstance(i, Mapping))
    else:
        yield listed


def _at(found: object, *path: str) -> Any:
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _time(value: object) -> int | None:
    if not isinstance(value, str):
        return None
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        return None
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1e9)


def _pod(case: Case, pod: Mapping[str, Any]) -> None:
    name = _at(pod, "metadata", "name")
    if not isinstance(name, str):
        return
    labels = _at(pod, "metadata", "labels")
    owner = next((labels[k] for k in _APP if isinstance(labels, Mapping) and isinstance(labels.get(k), str)), service_of(name))
    case.owners.setdefault(name, owner)
    for group in _STATUSES:
        statuses = _at(pod, "status", group)
        for status in statuses if isinstance(statuses, Sequence) and not isinstance(statuses, str) else ():
            for when in ("lastState", "state"):
                ended = _at(status, when, "terminated")
                reason, at = _at(ended, "reason"), _time(_at(ended, "finishedAt"))
                if isinstance(reason, str) and reason != "Completed" and at is not None:
                    case.events.append(Event(at, name, reason, f"exit {_at(ended, 'exitCode')}, {_at(status, 'name')}"))


def _event(case: Case, event: Mapping[str, Any]) -> None:
    name, reason = _at(event, "involvedObject", "name"), event.get("reason")
    at = (
        _time(event.get("lastTimestamp")) or _time(event.get("eventTime")) or _time(_at(event, "metadata", "creationTimestamp"))
    )
    if isinstance(name, str) and isinstance(reason, str) and at is not None:
        message = event.get("message")
        case.events.append(Event(at, name, reason, message if isinstance(message, str) else ""))
