"""``gomend schema NAME``."""

from __future__ import annotations

import importlib
from typing import Any, Final

import click

from gomend.apps.cli import base, options, words
from gomend.apps.cli.base import Command

SCHEMAS: Final = {
    "gomend.findings/1": "gomend.outputs.shapes:FindingsShape",
    "gomend.stream/1": "gomend.model.message:Message",
    "gomend.decision/1": "gomend.apps.route.shapes:DecisionShape",
    "gomend.plan-modules/1": "gomend.modules.planning.shape:PlanModulesShape",
    "gomend.cache/1": "gomend.apps.cacheshapes:CacheShape",
    "gomend.cache-mend/1": "gomend.apps.mendshapes:CacheMendShape",
    "gomend.cache-clean/1": "gomend.apps.usageshapes:CacheCleanShape",
    "gomend.cache-stats/1": "gomend.apps.usageshapes:CacheStatsShape",
    "gomend.cache-tree/1": "gomend.apps.usageshapes:CacheTreeShape",
    "gomend.cache-why/1": "gomend.apps.usageshapes:CacheWhyShape",
    "gomend.bundle/1": "gomend.apps.bundleshapes:BundleShape",
    "gomend.bundle-manifest/1": "gomend.modules.bundle.manifest:Manifest",
    "gomend.prove-offline/1": "gomend.apps.offlineshapes:OfflineShape",
    "gomend.vendor/1": "gomend.apps.vendorshapes:VendorShape",
    "gomend.vendor-sync/1": "gomend.apps.vendorshapes:VendorSyncShape",
    "gomend.binary/1": "gomend.apps.binaries.shapes:BinaryShape",
    "gomend.debug/1": "gomend.apps.debug.whying:DebugShape",
    "gomend.map/1": "gomend.apps.debug.mapping:MapShape",
    "gomend.debug-init/1": "gomend.apps.debug.setup:InitShape",
    "gomend.debug-build/1": "gomend.apps.debug.building:BuildShape",
    "gomend.core/1": "gomend.apps.debug.coring:CoreShape",
    "gomend.binary-why/1": "gomend.apps.binaries.why:WhyShape",
    "gomend.binary-diff/1": "gomend.apps.binaries.comparing:DiffShape",
    "gomend.binary-assert/1": "gomend.apps.binaries.asserting:AssertShape",
    "gomend.cgo-needs/1": "gomend.apps.cgo.needing:NeedsShape",
    "gomend.cgo-doctor/1": "gomend.apps.cgo.doctoring:DoctorShape",
    "gomend.cgo-abi/1": "gomend.apps.cgo.comparing:AbiShape",
    "gomend.build/1": "gomend.apps.cgo.built:BuildShape",
    "gomend.sysroot/1": "gomend.apps.cgo.sysroots:SysrootShape",
    "gomend.fsck/1": "gomend.apps.proxy.fscking:FsckShape",
    "gomend.proxy-evict/1": "gomend.apps.proxy.evicting:EvictShape",
    "gomend.proxy-export/1": "gomend.apps.proxy.exporting:ExportShape",
    "gomend.proxy-fill/1": "gomend.apps.proxy.filling:FillShape",
    "gomend.incident-change/1": "gomend.apps.incidents.serving:ChangeShape",
    "gomend.incident/1": "gomend.apps.incidents.lifeshapes:IncidentLifeShape",
    "gomend.incident-list/1": "gomend.apps.incidents.lifeshapes:IncidentListShape",
    "gomend.incidents-status/1": "gomend.apps.incidents.evaluating:StatusShape",
    "gomend.incidents-watch/1": "gomend.apps.incidents.standing:WatchShape",
    "gomend.incidents/1": "gomend.apps.incidents.shapes:IncidentsShape",
    "gomend.incidents-intake/1": "gomend.apps.incidents.intaking:IntakeShape",
    "gomend.slo/1": "gomend.apps.slo.judging:SloShape",
    "gomend.slo-gate/1": "gomend.apps.slo.gateshapes:GateShape",
    "gomend.slo-align/1": "gomend.apps.slo.alignshapes:AlignShape",
    "slo.yaml": "gomend.slo.document:Document",
    "gomend.toml": "gomend.apps.config:Settings",
    "proxy.toml": "gomend.proxy.settings:Setup",
    "incidents.toml": "gomend.incidents.settings:Setup",
    "team.toml": "gomend.modules.planning.needs:Needs",
}
"""Schemas that can be printed, and the types that they are generated from; the part after the slash may be left out."""
NAMES: Final = tuple(SCHEMAS)
"""Their names."""


@click.command(name="schema", cls=Command)
@click.argument("name", required=False, metavar="[NAME]")
@options.lang
def command(name: str | None) -> int:
    """See words.COMMANDS."""
    if name is None:
        click.echo("\n".join(NAMES))
        return 0
    full = next((n for n in NAMES if name in {n, n.split("/")[0], n.removeprefix("gomend.").split("/")[0]}), None)
    if full is None:
        raise base.Problem(words.UNKNOWN_SCHEMA, name=name, names=", ".join(NAMES))
    import json

    click.echo(json.dumps(schema(full), indent=1, ensure_ascii=False, sort_keys=True))
    return 0


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema called ``name``, generated from the type that is written."""
    from gomend.outputs.shapes import json_schema

    module, _, kind = SCHEMAS[name].partition(":")
    return json_schema(getattr(importlib.import_module(module), kind))
