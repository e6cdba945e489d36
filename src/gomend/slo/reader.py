"""One door to files of objectives, whatever they were written for."""

from __future__ import annotations

from collections.abc import Mapping

from gomend.slo.config import native
from gomend.slo.objective import Config
from gomend.slo.yamltree import BadConfig, Node, documents


def read(raw: bytes, environ: Mapping[str, str]) -> Config:
    """Read a file of objectives: gomend's own form, OpenSLO, Sloth, Pyrra or Keptn.

    Raises:
        BadConfig: something is wrong; the message says line, field and why.
    """
    nodes = documents(raw)
    if not nodes:
        raise BadConfig("it is empty: nothing would be judged, and nothing judged is no pass")
    form = form_of(nodes[0])
    if form == "gomend":
        if len(nodes) > 1:
            raise nodes[1].bad("one document is enough: put all objectives under slos")
        return native(nodes[0], environ)
    import importlib

    made: Config = importlib.import_module(f"gomend.slo.foreign.{form}").read(nodes)
    return made


def form_of(node: Node) -> str:
    """What a document was written for, by its head."""
    keys = node.map()
    version = keys["apiVersion"].text() if "apiVersion" in keys else ""
    if version.startswith("openslo"):
        return "openslo"
    if version.startswith("pyrra.dev/"):
        return "pyrra"
    if version.startswith("sloth.slok.dev/") or ("version" in keys and keys["version"].text().startswith("prometheus/")):
        return "sloth"
    return "keptn" if "spec_version" in keys else "gomend"
