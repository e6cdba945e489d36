"""Who is who: from attributes to a pod, and from a pod to the service that owns it, by names, UIDs and renames.

What telemetry says of itself counts most, what the cluster says next, the grammar of names least. A StatefulSet's pod that is made anew has
another UID and the same name: it stays the same pod here, and both UIDs lead to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gomend.incidents.naming import service_of
from gomend.incidents.rows import Case

SAID: Final = 3
"""Telemetry names its service."""
CLUSTER: Final = 2
"""The cluster names the owner of the pod."""
GRAMMAR: Final = 1
"""The pod's name is all there is."""


def pod_of(case: Case, attributes: Mapping[str, str], *, named: bool = False) -> str:
    """The pod that attributes name, remembered with its owner; empty if they name none, or one of a namespace that is not wanted.

    ``named``: only a pod's own name or UID counts, nothing that stands in for it.
    """
    labels = case.labels
    if labels.namespaces:
        namespace = _first(labels.namespace, attributes)
        if namespace and namespace not in labels.namespaces:
            return ""
    pod = _first(labels.pod, attributes) or _first(labels.uid, attributes)
    stands = not pod and not named
    if stands:
        pod = _first(labels.stand_in, attributes)
    if pod:
        said = _first(labels.service, attributes) or (_first(labels.stand_in_service, attributes) if stands else "")
        own(case, pod, said or service_of(pod), SAID if said else GRAMMAR)
    return pod


def own(case: Case, pod: str, service: str, sure: int) -> None:
    """Remember whose a pod is, unless somebody knows better."""
    if sure >= case.sure.get(pod, 0):
        case.owners[pod] = case.labels.rename.get(service, service)
        case.sure[pod] = sure


def joined(case: Case, more: Case) -> None:
    """Bring what another case knows of pods into this one."""
    case.uids |= more.uids
    for pod, service in more.owners.items():
        own(case, case.uids.get(pod, pod), service, more.sure.get(pod, SAID))


def settle(case: Case) -> None:
    """Rows that know their pod by its UID alone get its name."""
    if not case.uids:
        return
    names = case.uids
    if not (case.owners.keys() & names.keys()):
        return
    case.spans[:] = [s._replace(pod=names.get(s.pod, s.pod)) for s in case.spans]
    case.lines[:] = [x._replace(pod=names.get(x.pod, x.pod)) for x in case.lines]
    case.samples[:] = [s._replace(pod=names.get(s.pod, s.pod)) for s in case.samples]
    case.events[:] = [e._replace(pod=names.get(e.pod, e.pod)) for e in case.events]
    for uid in case.owners.keys() & names.keys():
        service = case.owners.pop(uid)
        own(case, names[uid], service, case.sure.pop(uid, SAID))


def _first(names: tuple[str, ...], attributes: Mapping[str, str]) -> str:
    return next((attributes[name] for name in names if attributes.get(name)), "")
