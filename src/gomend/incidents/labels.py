"""Which attribute or label names what. Each tuple is in order: the first that is there counts."""

from __future__ import annotations

from gomend.model.base import Thing


class Labels(Thing, frozen=True):
    """Names that say which pod, service, namespace and node telemetry is of.

    ``stand_in`` name a process where no pod is named, and ``stand_in_service`` its service; beside a pod's name those are often the
    scraper's own. ``rename`` maps services: one that was renamed, or is called otherwise by
    another source, stays one.
    """

    pod: tuple[str, ...] = (
        "k8s.pod.name", "k8s_pod_name", "pod", "pod_name", "kubernetes_pod_name", "exported_pod",
        "container_label_io_kubernetes_pod_name", "involvedObject",
    )  # fmt: skip
    uid: tuple[str, ...] = ("k8s.pod.uid", "k8s_pod_uid", "pod_uid")
    stand_in: tuple[str, ...] = ("service.instance.id", "host.name", "service.name", "exported_instance", "instance")
    service: tuple[str, ...] = (
        "service.name", "service_name", "k8s.deployment.name", "k8s.statefulset.name", "k8s.daemonset.name",
        "app.kubernetes.io/name", "app", "k8s-app",
    )  # fmt: skip
    stand_in_service: tuple[str, ...] = ("service", "job")
    namespace: tuple[str, ...] = ("k8s.namespace.name", "k8s_namespace_name", "namespace", "kubernetes_namespace")
    node: tuple[str, ...] = ("k8s.node.name", "k8s_node_name", "node", "kubernetes_node")
    namespaces: tuple[str, ...] = ()
    """Only telemetry of these namespaces is kept, if it names one; empty: of all."""
    rename: dict[str, str] = {}

    def mean(self, name: str) -> bool:
        """Whether a label says whose a series is, and not what it is."""
        return any(
            name in names
            for names in (
                self.pod, self.uid, self.stand_in, self.service, self.stand_in_service, self.namespace, self.node,
            )
        )  # fmt: skip


DEFAULT = Labels()
"""As OpenTelemetry, Prometheus' usual relabelling and Kubernetes name them."""
