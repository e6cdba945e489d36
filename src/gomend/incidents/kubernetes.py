"""What Kubernetes says of pods, nodes and deployments, as ``kubectl get pods,events,nodes,deployments -o json`` prints it, or a watch.

A container that was killed for memory is no event: it stands in the pod's status, ``containerStatuses[].lastState.terminated`` (or ``state``, until
it is started again). An event may be old, so both are read, and each is one row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from gomend.incidents.identity import CLUSTER, GRAMMAR, own
from gomend.incidents.moments import rfc3339
from gomend.incidents.naming import service_of
from gomend.incidents.rows import Case, Event

_STATUSES: Final = ("initContainerStatuses", "containerStatuses")
_APP: Final = ("app.kubernetes.io/name", "app", "k8s-app")
_TROUBLE: Final = {
    "Ready": ("False", "Unknown"),
    "MemoryPressure": ("True",),
    "DiskPressure": ("True",),
    "PIDPressure": ("True",),
}
"""Conditions of a node, and which of their values are trouble."""
_REVISION: Final = "deployment.kubernetes.io/revision"


def add(case: Case, listed: object) -> None:
    """Add a list of objects, or one; what is none of the kinds that are read is passed over."""
    for item in _items(listed):
        namespace = _at(item, "metadata", "namespace")
        if case.labels.namespaces and isinstance(namespace, str) and namespace not in case.labels.namespaces:
            continue
        match item.get("kind"):
            case "Pod":
                _pod(case, item)
            case "Event":
                _event(case, item)
            case "Node":
                _node(case, item)
            case "Deployment":
                _deployment(case, item)
            case _:
                pass


def trimmed(item: Mapping[str, Any]) -> dict[str, Any]:
    """What is read of an object, and no more: its environment, commands and messages of containers may hold secrets."""
    meta, status, kind = item.get("metadata"), item.get("status"), item.get("kind")
    kept: dict[str, Any] = {"kind": kind, "metadata": _only(meta, "name", "namespace", "uid", "labels", "creationTimestamp")}
    revision = _at(meta, "annotations", _REVISION)
    if isinstance(revision, str):
        kept["metadata"]["annotations"] = {_REVISION: revision}
    owners = [_only(o, "kind", "name", "controller") for o in _listed(_at(meta, "ownerReferences"))]
    if owners:
        kept["metadata"]["ownerReferences"] = owners
    if kind == "Event":
        names = ("reason", "message", "lastTimestamp", "eventTime")
        kept |= _only(item, *names) | {
            "involvedObject": _only(item.get("involvedObject"), "kind", "name", "uid"),
            "series": _only(item.get("series"), "lastObservedTime"),
        }
        return kept
    kept["spec"] = _only(item.get("spec"), "nodeName")
    images = [_only(c, "image") for c in _listed(_at(item, "spec", "template", "spec", "containers"))]
    if kind == "Deployment":
        kept["spec"]["template"] = {"spec": {"containers": images}}
    kept["status"] = {
        "conditions": [
            _only(c, "type", "status", "reason", "lastTransitionTime", "lastUpdateTime")
            for c in _listed(_at(status, "conditions"))
        ]
    }
    for group in _STATUSES:
        statuses = []
        for each in _listed(_at(status, group)):
            ended = {
                when: {"terminated": _only(_at(each, when, "terminated"), "reason", "exitCode", "finishedAt")}
                for when in ("lastState", "state")
                if _at(each, when, "terminated") is not None
            }
            statuses.append(_only(each, "name", "restartCount") | ended)
        if statuses:
            kept["status"][group] = statuses
    return kept


def _only(found: object, *names: str) -> dict[str, Any]:
    return {name: found[name] for name in names if name in found} if isinstance(found, Mapping) else {}


def _items(listed: object) -> Iterator[Mapping[str, Any]]:
    if not isinstance(listed, Mapping):
        return
    items = listed.get("items")
    if isinstance(items, Sequence) and not isinstance(items, str):
        yield from (i for i in items if isinstance(i, Mapping))
    else:
        yield listed


def _listed(found: object) -> Sequence[Any]:
    return found if isinstance(found, Sequence) and not isinstance(found, str) else ()


def _at(found: object, *path: str) -> Any:
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _service(thing: Mapping[str, Any], name: str) -> tuple[str, int]:
    """Whose it is, and how sure that is: a label of the app, its controller, or its name."""
    labels = _at(thing, "metadata", "labels")
    app = next((labels[k] for k in _APP if isinstance(labels, Mapping) and isinstance(labels.get(k), str)), None)
    if app:
        return app, CLUSTER
    for owner in _listed(_at(thing, "metadata", "ownerReferences")):
        held, kind = _at(owner, "name"), _at(owner, "kind")
        if not isinstance(held, str) or _at(owner, "controller") is not True:
            continue
        template = labels.get("pod-template-hash") if isinstance(labels, Mapping) else None
        if kind == "ReplicaSet" and isinstance(template, str):
            return held.removesuffix(f"-{template}"), CLUSTER
        if kind in {"StatefulSet", "DaemonSet", "Job"}:
            return held, CLUSTER
    return service_of(name), GRAMMAR


def _pod(case: Case, pod: Mapping[str, Any]) -> None:
    name = _at(pod, "metadata", "name")
    if not isinstance(name, str) or not name:
        return
    own(case, name, *_service(pod, name))
    uid, node = _at(pod, "metadata", "uid"), _at(pod, "spec", "nodeName")
    if isinstance(uid, str) and uid:
        case.uids[uid] = name
    if isinstance(node, str) and node:
        case.places[name] = node
    for group in _STATUSES:
        for status in _listed(_at(pod, "status", group)):
            for when in ("lastState", "state"):
                ended = _at(status, when, "terminated")
                reason, at = _at(ended, "reason"), rfc3339(_at(ended, "finishedAt"))
                if isinstance(reason, str) and reason != "Completed" and at is not None:
                    case.events.append(Event(at, name, reason, f"exit {_at(ended, 'exitCode')}, {_at(status, 'name')}"))


def _event(case: Case, event: Mapping[str, Any]) -> None:
    name, reason = _at(event, "involvedObject", "name"), event.get("reason")
    at = (
        rfc3339(_at(event, "series", "lastObservedTime"))
        or rfc3339(event.get("lastTimestamp"))
        or rfc3339(event.get("eventTime"))
        or rfc3339(_at(event, "metadata", "creationTimestamp"))
    )
    if isinstance(name, str) and isinstance(reason, str) and at is not None:
        message = event.get("message")
        own(case, name, service_of(name), GRAMMAR)
        case.events.append(Event(at, name, reason, message if isinstance(message, str) else ""))


def _node(case: Case, node: Mapping[str, Any]) -> None:
    """Trouble of a node is an event of the node; ``places`` says which pods are on it."""
    name = _at(node, "metadata", "name")
    for condition in _listed(_at(node, "status", "conditions")):
        kind, at = _at(condition, "type"), rfc3339(_at(condition, "lastTransitionTime"))
        if isinstance(name, str) and isinstance(kind, str) and at and _at(condition, "status") in _TROUBLE.get(kind, ()):
            own(case, name, name, GRAMMAR)
            case.events.append(Event(at, name, "NodeNotReady" if kind == "Ready" else kind, f"{_at(condition, 'reason')}"))


def _deployment(case: Case, deployment: Mapping[str, Any]) -> None:
    """A change of version is an event of the deployment's service."""
    name = _at(deployment, "metadata", "name")
    if not isinstance(name, str) or not name:
        return
    own(case, name, *_service(deployment, name))
    revision = _at(deployment, "metadata", "annotations", _REVISION)
    images = [
        i for c in _listed(_at(deployment, "spec", "template", "spec", "containers")) if isinstance(i := _at(c, "image"), str)
    ]
    for condition in _listed(_at(deployment, "status", "conditions")):
        at = rfc3339(_at(condition, "lastUpdateTime"))
        if _at(condition, "type") == "Progressing" and at:
            case.events.append(
                Event(at, name, "Deployed", f"revision {revision}: {', '.join(images)} ({_at(condition, 'reason')})")
            )
