"""From a pod's name to the service that owns it, when no one says so better."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_SAFE: Final = "bcdfghjklmnpqrstvwxz2456789"
"""Kubernetes' alphabet for random names (apimachinery, util/rand): no vowels, no 0, 1, 3."""
_REPLICA: Final = re.compile(rf"^(?P<owner>.+?)-[{_SAFE}a-f0-9]{{5,10}}-[{_SAFE}]{{5}}$")
"""A Deployment's pod: the ReplicaSet's template hash, then five letters."""
_DAEMON: Final = re.compile(rf"^(?P<owner>.+?)-(?=[{_SAFE}]*[0-9])[{_SAFE}]{{5}}$")
"""A DaemonSet's or ReplicaSet's pod; a digit is asked for, or ``my-proxy`` style names would lose a word."""
_ORDINAL: Final = re.compile(r"^(?P<owner>.+?)-\d{1,4}$")
"""A StatefulSet's pod."""


@lru_cache(maxsize=65536)
def service_of(pod: str) -> str:
    """The owner of a pod by the grammar of Kubernetes names; the pod's own name when it follows none."""
    for pattern in (_REPLICA, _DAEMON, _ORDINAL):
        found = pattern.match(pod)
        if found is not None:
            return found["owner"]
    return pod
