"""Files that are neither tables nor our own lines: whole documents as servers answer them and people save them."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from gomend.incidents import alerts, jaeger, kubernetes, otlp, promwire
from gomend.incidents.rows import Case


class NoJson(ValueError):  # noqa: N818 - it is what it says
    """A file that must be one JSON document and is none; ``path`` says which."""

    def __init__(self, path: str, why: str) -> None:
        """Keep the path."""
        super().__init__(why)
        self.path = path


def _prometheus(case: Case, said: Any, name: str) -> None:
    """An answer of ``query_range`` or ``query_exemplars``: the metric is what its series say, else the file's name."""
    data = said.get("data") if isinstance(said, Mapping) else None
    if isinstance(data, Mapping):
        for series in otlp.dicts(data.get("result")):
            metric = series.get("metric")
            own = metric.get("__name__") if isinstance(metric, Mapping) else None
            promwire.add_answer(case, {"name": own if isinstance(own, str) and own else name, "result": [series]})
    else:
        promwire.add_answer(case, {"name": name, "exemplars": data})


def _alerts(case: Case, said: Any, _: str) -> None:
    """A webhook's message, a list, or an answer of ``/api/v1/alerts``."""
    data = said.get("data") if isinstance(said, Mapping) else None
    alerts.add(case, data if isinstance(data, Mapping) else said)


def _v3(case: Case, said: Any, _: str) -> None:
    """Jaeger's answer, or what its page saves: legacy, or OTLP as the v3 API has it."""
    result = said.get("result") if isinstance(said, Mapping) else None
    if isinstance(result, Mapping):
        otlp.add(case, result)
    else:
        jaeger.add(case, said)


FORMS: Final[dict[str, Callable[[Case, Any, str], None]]] = {
    ".otlp.json": lambda case, said, _: otlp.add(case, said),
    ".k8s.json": lambda case, said, _: kubernetes.add(case, said),
    ".jaeger.json": _v3,
    ".prometheus.json": _prometheus,
    ".alerts.json": _alerts,
}
"""How files end, and what adds one to a case."""


def add(folder: str, case: Case) -> int:
    """Add all such files of a folder; how many there are.

    Raises:
        NoJson: one is no JSON.
        OSError: one cannot be read.
    """
    found = 0
    for ending, take in FORMS.items():
        for path in sorted(glob.glob(os.path.join(glob.escape(folder), f"*{ending}"))):
            with open(path, "rb") as file:
                raw = file.read()
            try:
                said = msgspec.json.decode(raw)
            except (ValueError, RecursionError) as error:
                raise NoJson(path, str(error)) from None
            take(case, said, os.path.basename(path).removesuffix(ending))
            found += 1
    return found
