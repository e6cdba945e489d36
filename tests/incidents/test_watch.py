"""Kubernetes over loopback: lists in chunks, watches, bookmarks, 410 Gone, cut and lying connections, tokens and authorities; nothing is lost or told twice."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from gomend.incidents import kubernetes
from gomend.incidents.case import read
from gomend.incidents.identity import SAID, own, pod_of
from gomend.incidents.inbox import Inbox
from gomend.incidents.intake import Intake
from gomend.incidents.journal import Journal
from gomend.incidents.labels import DEFAULT, Labels
from gomend.incidents.rows import Case
from gomend.incidents.settings import Bounds
from gomend.incidents.sources import kubeconfig
from gomend.incidents.sources.client import Client
from gomend.incidents.sources.supervise import State, forever
from gomend.incidents.sources.watch import Watch
from tests.incidents.apiserver import ApiServer
from tests.incidents.servers import serve


def pod(name: str, *, killed: str = "", secret: str = "", uid: str = "") -> dict[str, Any]:
    ended = {"reason": "OOMKilled", "exitCode": 137, "finishedAt": killed, "message": secret}
    status = {"name": "main", "restartCount": 1, "lastState": {"terminated": ended} if killed else {}}
    owner = {"kind": "ReplicaSet", "name": f"{name.rsplit('-', 2)[0]}-57f6b9d5c", "controller": True}
    meta = {"name": name, "namespace": "shop", "labels": {"pod-template-hash": "57f6b9d5c"}, "ownerReferences": [owner]}
    return {
        "kind": "Pod",
        "metadata": meta | ({"uid": uid} if uid else {}),
        "spec": {"nodeName": "n1", "containers": [{"name": "main", "env": [{"name": "PASSWORD", "value": secret}]}]},
        "status": {"containerStatuses": [status]},
    }


def event(name: str, about: str, reason: str) -> dict[str, Any]:
    return {
        "kind": "Event",
        "metadata": {"name": name, "namespace": "shop"},
        "involvedObject": {"kind": "Pod", "name": about},
        "reason": reason,
        "lastTimestamp": "2026-01-31T12:00:00Z",
    }


class Lab:
    """A watch of one kind in this process, as ``serve`` runs it, and what it brought."""

    def __init__(self, folder: Path, api: ApiServer, kind: str = "Pod") -> None:
        self.inbox = Inbox(Bounds())
        self.case = Case()
        self.state = State("test", lambda s: self.told.append(s.problem))
        self.told: list[str] = []
        self.client = Client(api.url, lambda: api.token)
        self.watch = Watch(self.client, Intake(Journal(folder), self.inbox, DEFAULT), kind, "")

    def run(self, script: Callable[[Lab], Any]) -> None:
        async def both() -> None:
            task = asyncio.create_task(forever(self.state, self.watch.once))
            try:
                await asyncio.to_thread(script, self)
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                await self.client.close()

        asyncio.run(both())

    def until(self, wanted: Callable[[], object]) -> None:
        end = time.monotonic() + 20
        while not wanted():
            assert time.monotonic() < end, (self.state, self.case.events)
            time.sleep(0.02)
            self.inbox.pour(self.case)


def test_a_list_in_chunks_then_a_watch_and_no_secret_is_kept(tmp_path: Path) -> None:
    with ApiServer(token="t0ken-of-the-lab") as api:
        for i in range(1100):
            api.put(pod(f"cart-57f6b9d5c-{i:05d}", secret="hunter2"))
        lab = Lab(tmp_path, api)

        def script(lab: Lab) -> None:
            lab.until(lambda: len(lab.case.owners) == 1100 and api.open_watches())
            api.put(pod("cart-57f6b9d5c-00007", killed="2026-01-31T12:00:00Z", secret="hunter2"))
            lab.until(lambda: lab.case.events)

        lab.run(script)
        lists = [q for p, q in api.asked if "watch" not in q]
    assert [q.get("limit") for q in lists] == ["500"] * 3
    assert len({q.get("continue") for q in lists}) == 3
    assert [(e.reason, e.pod) for e in lab.case.events] == [("OOMKilled", "cart-57f6b9d5c-00007")]
    assert set(lab.case.owners.values()) == {"cart"}
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert kept
    assert b"hunter2" not in kept
    assert b"t0ken-of-the-lab" not in kept
    assert [e.reason for e in read(str(tmp_path)).events] == ["OOMKilled"]


def test_after_a_cut_it_goes_on_from_the_bookmark_and_after_410_it_lists_anew(tmp_path: Path) -> None:
    with ApiServer() as api:
        api.put(pod("a-57f6b9d5c-00001"))
        lab = Lab(tmp_path, api)

        def lists() -> int:
            return sum("watch" not in q for _, q in api.asked)

        def script(lab: Lab) -> None:
            lab.until(api.open_watches)
            for _ in range(3):
                api.bookmark()
            marked = api.put({"kind": "Node", "metadata": {"name": "n1"}}) - 1
            api.drop()
            api.put(pod("b-57f6b9d5c-00002"))
            lab.until(lambda: "b-57f6b9d5c-00002" in lab.case.owners)
            again = [q for _, q in api.asked if q.get("watch")][1]
            assert (again["resourceVersion"], lists()) == (str(marked), 1)
            # The watch ends with an ERROR of code 410.
            api.expire()
            api.put(pod("c-57f6b9d5c-00003"))
            lab.until(lambda: "c-57f6b9d5c-00003" in lab.case.owners and api.open_watches())
            assert lists() == 2
            # Away while history is forgotten: the watch itself is answered 410.
            api.fail(503)
            api.drop()
            api.compact()
            api.put(pod("d-57f6b9d5c-00004"))
            lab.until(lambda: "d-57f6b9d5c-00004" in lab.case.owners)
            assert lists() == 3

        lab.run(script)
        asked = [q for _, q in api.asked if q.get("watch")]
    assert all(q["allowWatchBookmarks"] == "true" and 240 <= int(q["timeoutSeconds"]) <= 300 for q in asked)


def test_a_server_that_is_killed_and_started_anew_is_found_again(tmp_path: Path) -> None:
    first = ApiServer()
    port = int(first.url.rsplit(":", 1)[1])
    with first:
        first.put(pod("a-57f6b9d5c-00001"))
        lab = Lab(tmp_path, first)

        def script(lab: Lab) -> None:
            lab.until(first.open_watches)
            first.__exit__()
            lab.until(lambda: lab.state.problem)
            with ApiServer(port=port) as second:
                for _ in range(9):
                    second.put(pod("b-57f6b9d5c-00002", killed="2026-01-31T12:00:00Z"))
                second.compact()
                lab.until(lambda: lab.case.events and not lab.state.problem)

        lab.run(script)
    assert {e.pod for e in lab.case.events} == {"b-57f6b9d5c-00002"}
    assert lab.told[0]
    assert lab.told[1] == ""


def test_a_list_whose_rest_is_gone_is_asked_for_at_once(tmp_path: Path) -> None:
    with ApiServer() as api:
        for i in range(600):
            api.put(pod(f"cart-57f6b9d5c-{i:05d}"))
        first = api.listed
        api.listed = lambda *a: (first(*a), api.compact())[0]  # type: ignore[method-assign,return-value]
        lab = Lab(tmp_path, api)
        lab.run(lambda lab: lab.until(lambda: len(lab.case.owners) == 600))
        assert [(q.get("limit"), "continue" in q) for _, q in api.asked if "watch" not in q][:3] == [
            ("500", False),
            ("500", True),
            (None, False),
        ]


@pytest.mark.parametrize(
    ("status", "body", "type", "says"),
    [
        (200, b"<html>log in</html>", "text/html", "no JSON"),
        (200, b'{"kind": "PodList", "items": [{"metada', "application/json", "no JSON"),
        (200, b"[1, 2]", "application/json", "no list"),
        (200, b'{"metadata": {"resourceVersion": 3}}', "application/json", "no list"),
        (401, b'{"message": "Unauthorized"}', "application/json", "HTTP 401"),
        (500, b"", "text/plain", "HTTP 500"),
    ],
)
def test_what_lies_is_said_and_asked_again(tmp_path: Path, status: int, body: bytes, type: str, says: str) -> None:
    with ApiServer() as api:
        api.put(pod("a-57f6b9d5c-00001"))
        api.fail(status, 1, body, type)
        lab = Lab(tmp_path, api)
        lab.run(lambda lab: lab.until(lambda: lab.case.owners and len(lab.told) == 2))
    assert says in lab.told[0]
    assert lab.told[-1] == ""


def test_serve_watches_a_cluster_over_tls_and_ranks_what_it_says(tmp_path: Path) -> None:
    ca = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("localhost").configure_cert(context)
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with ApiServer(token="t0ken", tls=context) as api:
        api.put(pod("cart-57f6b9d5c-x2x4z", uid="u-1"))
        api.put(event("e1", "cart-57f6b9d5c-x2x4z", "BackOff"))
        config = api.config(tmp_path / "config", ca="ca.pem")
        with serve(tmp_path, f'[[kubernetes]]\nkubeconfig = "{config}"\nnamespaces = ["shop"]\n') as served:
            status = served.until(lambda s: all(x["heard"] and not x["problem"] for x in s["sources"]))
            assert sorted(s["name"].split()[-2:] for s in status["sources"]) == [
                ["deployments", "shop"], ["events", "shop"], [api.url[8:], "nodes"], ["pods", "shop"],
            ]  # fmt: skip
            api.put(pod("cart-57f6b9d5c-x2x4z", killed="2026-01-31T12:00:00Z", uid="u-1"))
            served.until(lambda s: s["seen"].get("events") == 2)
        said = (tmp_path / "stderr").read_text()
    found = read(str(tmp_path / "store"))
    assert sorted(e.reason for e in found.events) == ["BackOff", "OOMKilled"]
    assert (found.owners["cart-57f6b9d5c-x2x4z"], found.uids["u-1"]) == ("cart", "cart-57f6b9d5c-x2x4z")
    assert "t0ken" not in said


def test_a_kubeconfig_that_cannot_be_used_is_one_message(tmp_path: Path) -> None:
    with ApiServer() as api:
        good = api.config(tmp_path / "c").read_text()
    for change, says in (
        (lambda c: c.update({"current-context": "x"}), "contexts has no 'x'"),
        (lambda c: c["users"][0]["user"].update({"exec": {"command": "get-token"}}), "service account"),
        (lambda c: c["clusters"][0]["cluster"].update({"server": "api"}), "no server"),
        (lambda c: c["clusters"][0]["cluster"].update({"server": "https://a", "certificate-authority": "gone"}), "gone"),
    ):
        made = json.loads(good)
        change(made)
        (tmp_path / "c").write_text(json.dumps(made))
        with pytest.raises(kubeconfig.BadConfig, match=says):
            kubeconfig.find(str(tmp_path / "c"), "", {})
    (tmp_path / "c").write_text("users: [{token: s3cret\n")
    with pytest.raises(kubeconfig.BadConfig) as bad:
        kubeconfig.find("", "", {"KUBECONFIG": str(tmp_path / "c")})
    assert "s3cret" not in str(bad.value)


def test_a_pod_uses_what_it_is_given_and_reads_its_token_again(tmp_path: Path) -> None:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(tmp_path / "ca.crt"))
    (tmp_path / "token").write_text("one\n")
    given = {"KUBERNETES_SERVICE_HOST": "::1", "KUBERNETES_SERVICE_PORT": "6443"}
    cluster = kubeconfig.find("", "", given, str(tmp_path))
    assert (cluster.server, cluster.token()) == ("https://[::1]:6443", "one")
    (tmp_path / "token").write_text("two")
    assert cluster.token() == "two"
    assert cluster.tls is not None


def test_a_key_inside_a_kubeconfig_is_used_and_not_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    ca = trustme.CA()
    own_cert = ca.issue_cert("me")
    with ApiServer() as api:
        made = json.loads(api.config(tmp_path / "c").read_text())
    made["clusters"][0]["cluster"]["server"] = "https://a"
    made["clusters"][0]["cluster"]["certificate-authority-data"] = base64.b64encode(ca.cert_pem.bytes()).decode()
    made["users"][0]["user"] = {
        "client-certificate-data": base64.b64encode(own_cert.cert_chain_pems[0].bytes()).decode(),
        "client-key-data": base64.b64encode(own_cert.private_key_pem.bytes()).decode(),
    }
    (tmp_path / "c").write_text(json.dumps(made))
    assert kubeconfig.find(str(tmp_path / "c"), "", {}).tls is not None
    assert os.listdir(tmp_path / "tmp") == []


def test_nodes_and_deployments_are_events_too() -> None:
    case = Case()
    at = "2026-01-31T12:00:00Z"
    conditions = [
        {"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown", "lastTransitionTime": at},
        {"type": "DiskPressure", "status": "False", "lastTransitionTime": at},
        {"type": "MemoryPressure", "status": "True", "lastTransitionTime": at},
    ]
    kubernetes.add(case, {"kind": "Node", "metadata": {"name": "n1"}, "status": {"conditions": conditions}})
    deployment = {
        "kind": "Deployment",
        "metadata": {"name": "cart", "annotations": {"deployment.kubernetes.io/revision": "7", "other": "x"}},
        "spec": {"template": {"spec": {"containers": [{"image": "example.com/cart:2", "env": [{"value": "hunter2"}]}]}}},
        "status": {"conditions": [{"type": "Progressing", "reason": "ReplicaSetUpdated", "lastUpdateTime": at}]},
    }
    assert "hunter2" not in str(kubernetes.trimmed(deployment))
    kubernetes.add(case, kubernetes.trimmed(deployment))
    assert [(e.pod, e.reason) for e in case.events] == [("n1", "NodeNotReady"), ("n1", "MemoryPressure"), ("cart", "Deployed")]
    assert case.events[-1].message.startswith("revision 7: example.com/cart:2")


def test_who_is_who_by_name_uid_and_rename() -> None:
    case = Case(labels=Labels(rename={"cart-v1": "cart"}))
    kubernetes.add(case, {"items": [pod("cart-v1-57f6b9d5c-x2x4z", uid="u-1"), pod("pay-57f6b9d5c-b2b2b", uid="u-2")]})
    assert set(case.owners.values()) == {"cart", "pay"}
    own(case, "pay-57f6b9d5c-b2b2b", "payments", SAID)
    kubernetes.add(case, pod("pay-57f6b9d5c-b2b2b"))
    assert case.owners["pay-57f6b9d5c-b2b2b"] == "payments", "what telemetry says of itself counts most"
    # A kubelet's series names the pod; the job that scraped it is not the pod's service.
    pod_of(case, {"pod": "cart-v1-57f6b9d5c-x2x4z", "job": "kubelet", "service": "prometheus-kubelet"})
    assert case.owners["cart-v1-57f6b9d5c-x2x4z"] == "cart"
    inbox, known = Inbox(Bounds()), Case()
    inbox.offer(case)
    batch = Case()
    assert pod_of(batch, {"k8s.pod.uid": "u-2"}) == "u-2"
    kubernetes.add(
        batch, {"kind": "Event", "involvedObject": {"name": "u-2"}, "reason": "X", "lastTimestamp": "2026-01-31T12:00:00Z"}
    )
    inbox.offer(batch)
    inbox.pour(known)
    assert [e.pod for e in known.events] == ["pay-57f6b9d5c-b2b2b"]
    assert "u-2" not in known.owners


def test_other_namespaces_are_left_out_if_so_set_up() -> None:
    case = Case(labels=Labels(namespaces=("prod",)))
    assert pod_of(case, {"k8s.pod.name": "a", "k8s.namespace.name": "test"}) == ""
    assert pod_of(case, {"k8s.pod.name": "a", "k8s.namespace.name": "prod"}) == "a"
    assert pod_of(case, {"k8s.pod.name": "b"}) == "b"
    kubernetes.add(case, pod("cart-57f6b9d5c-x2x4z"))
    assert "cart-57f6b9d5c-x2x4z" not in case.owners
