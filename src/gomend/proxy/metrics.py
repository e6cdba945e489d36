"""What the server counts, in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gomend.proxy.front import Front
from gomend.proxy.kitchen import Kitchen

_STATES: Final = {"closed": 0, "half-open": 1, "open": 2}


class Counts(Collector):
    """Reads the counters where they are kept; nothing is counted twice."""

    def __init__(self, kitchen: Kitchen, front: Front) -> None:
        """Of one server."""
        self._kitchen = kitchen
        self._front = front

    def text(self) -> bytes:
        """All of it."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> Iterator[Metric]:
        """One family after another."""
        answers = CounterMetricFamily("gomend_proxy_answers", "Answers to clients.", labels=["kind", "status"])
        for name, count in sorted(self._front.counts.items()):
            answers.add_metric(name.split(" "), count)
        yield answers
        yield CounterMetricFamily("gomend_proxy_sent_bytes", "Bytes sent to clients.", value=self._front.sent)
        yield GaugeMetricFamily(
            "gomend_proxy_connections", "Open connections of clients.", value=sum(self._front.connections.values())
        )
        yield GaugeMetricFamily(
            "gomend_proxy_fetching", "Files being fetched or waiting for it.", value=len(self._kitchen.flights)
        )
        for name, words in (
            ("fetched", "Files fetched from upstreams, checked and stored."),
            ("pulled", "Files taken from the store behind, checked."),
            ("evicted", "Versions removed from the store on disk."),
            ("served_stale", "Lists given out old because no upstream could say anything."),
            ("alarms", "Things refused because they were not true: changed versions, a forked or lying checksum database."),
        ):
            yield CounterMetricFamily(f"gomend_proxy_{name}", words, value=self._kitchen.counts.get(name, 0))
        if (behind := self._kitchen.behind) is not None:
            said = "Calls that the store behind did not answer as it should."
            yield CounterMetricFamily("gomend_proxy_behind_failures", said, value=behind.failures)
            owed = "Files that the store behind does not have yet."
            yield GaugeMetricFamily("gomend_proxy_behind_owed", owed, value=len(behind.owed))
        unproved = getattr(self._kitchen.proof, "unproved", 0)
        yield CounterMetricFamily(
            "gomend_proxy_unproved", "Files stored that no checksum database could vouch for.", value=unproved
        )
        yield from self._upstreams()

    def _upstreams(self) -> Iterator[Metric]:
        good = CounterMetricFamily(
            "gomend_proxy_upstream_answers", "Answers of an upstream, of whatever status.", labels=["upstream"]
        )
        bad = CounterMetricFamily(
            "gomend_proxy_upstream_failures", "Requests that an upstream gave no good answer to.", labels=["upstream"]
        )
        state = GaugeMetricFamily("gomend_proxy_upstream_breaker", "0 closed, 1 half open, 2 open.", labels=["upstream"])
        hedge = GaugeMetricFamily(
            "gomend_proxy_upstream_patience_seconds", "How long it is waited for alone.", labels=["upstream"]
        )
        for upstream in self._kitchen.upstreams:
            good.add_metric([upstream.name], upstream.health.good)
            bad.add_metric([upstream.name], upstream.health.bad)
            state.add_metric([upstream.name], _STATES[upstream.health.state])
            hedge.add_metric([upstream.name], upstream.health.hedge())
        yield from (good, bad, state, hedge)
