"""Pod status and events as kubectl prints them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gomend.incidents import kubernetes
from gomend.incidents.case import BadCase, read
from gomend.incidents.rank import diagnose
from gomend.incidents.rows import Case

DATA = Path(__file__).parent / "data"
POD = "cartservice-579f59597d-wc2lz"
KILLED = {
    "kind": "Pod",
    "metadata": {"name": POD, "labels": {"app": "cartservice"}},
    "status": {
        "containerStatuses": [
            {
                "name": "server",
                "restartCount": 1,
                "state": {"running": {"startedAt": "2022-08-22T04:27:30Z"}},
                "lastState": {"terminated": {"reason": "OOMKilled", "exitCode": 137, "finishedAt": "2022-08-22T04:27:28Z"}},
            }
        ]
    },
}
BACK_OFF = {
    "kind": "Event",
    "involvedObject": {"kind": "Pod", "name": POD},
    "reason": "BackOff",
    "message": "Back-off restarting failed container",
    "lastTimestamp": "2022-08-22T04:27:40Z",
}
NAMES = (
    "kind",
    "items",
    "metadata",
    "name",
    "labels",
    "app",
    "status",
    "containerStatuses",
    "lastState",
    "terminated",
    "reason",
    "finishedAt",
)
SCALARS = st.none() | st.integers() | st.text(max_size=5) | st.sampled_from(["Pod", "Event", "2022-08-22T04:27:40Z", *NAMES])
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=25,
)


def test_oom_killed_in_the_pod_status_is_the_cause(tmp_path: Path) -> None:
    shutil.copy(DATA / "shop-network" / "metrics.parquet", tmp_path / "metrics.parquet")
    (tmp_path / "state.k8s.json").write_text(
        json.dumps({"kind": "List", "items": [KILLED, BACK_OFF, {"kind": "Node"}, None, 3]})
    )
    case = read(str(tmp_path))
    assert [(e.reason, e.pod) for e in case.events] == [("OOMKilled", POD), ("BackOff", POD)]
    first = diagnose(case).suspects[0]
    assert (first.service, first.kind) == ("cartservice", "memory")


@given(JSON)
@settings(max_examples=200, deadline=None)
def test_no_list_makes_it_fall(listed: object) -> None:
    kubernetes.add(Case(), listed)


def test_a_damaged_list_is_named(tmp_path: Path) -> None:
    (tmp_path / "state.k8s.json").write_text("<html>")
    with pytest.raises(BadCase, match=r"state\.k8s\.json"):
        read(str(tmp_path))
