"""A bill of materials as CycloneDX 1.6. Needs the extra ``sbom`` (cyclonedx-python-lib)."""

# The library's class decorators hide its classes from this checker; mypy sees through them.
# pyright: reportCallIssue=false, reportAttributeAccessIssue=false, reportArgumentType=false, reportReturnType=false

from __future__ import annotations

import uuid
from hashlib import sha256
from typing import TYPE_CHECKING

import gomend
from gomend.modules.vendor.bill import Bill, Part

# The library is imported where it is used: without the extra everything else still imports.
if TYPE_CHECKING:
    from cyclonedx.model.component import Component
    from cyclonedx.model.dependency import Dependency
    from packageurl import PackageURL


def document(bill: Bill, *, xml: bool, reproducible: bool) -> str:
    """The document. ``reproducible``: no time, and a serial number that follows from the content.

    Raises:
        ModuleNotFoundError: the extra is not installed.
    """
    from cyclonedx.model import Property
    from cyclonedx.model.bom import Bom, BomMetaData
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.output import make_outputter
    from cyclonedx.schema import OutputFormat, SchemaVersion

    top = _top(bill)
    components = {part.key: _component(part) for part in bill.parts}
    if len(bill.main) == 1:
        components[bill.main[0].key] = top
    else:
        components |= {part.key: _component(part, application=True) for part in bill.main}
    tool = Component(name="gomend", version=gomend.__version__, type=ComponentType.APPLICATION)
    metadata = BomMetaData(component=top, properties=[Property(name="gomend:source", value=bill.source)])
    metadata.tools.components.add(tool)
    bom = Bom(components=[c for c in components.values() if c is not top], metadata=metadata)
    bom.dependencies.update(_dependencies(bill, components, top))
    if reproducible:
        metadata.timestamp = None  # type: ignore[assignment]
        bom.serial_number = uuid.UUID(int=0)
        body = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string()
        bom.serial_number = uuid.uuid5(uuid.NAMESPACE_URL, sha256(body.encode()).hexdigest())
    form = OutputFormat.XML if xml else OutputFormat.JSON
    return make_outputter(bom, form, SchemaVersion.V1_6).output_as_string(indent=2)


def purl(path: str, version: str, inside: str = "") -> PackageURL:
    """The package URL of a module (or of a package ``inside`` it). The case of Go's paths is kept: it matters to go."""
    from packageurl import PackageURL

    namespace, _, name = path.rpartition("/")
    return PackageURL("golang", namespace or None, name, version or None, None, inside or None)


def _top(bill: Bill) -> Component:
    from cyclonedx.model import Property
    from cyclonedx.model.component import Component, ComponentType

    properties = [Property(name="gomend:go", value=bill.go)] if bill.go else []
    if len(bill.main) != 1:
        return Component(
            name=bill.name, type=ComponentType.APPLICATION, bom_ref=f"workspace:{bill.name}", properties=properties
        )
    part = bill.main[0]
    made = _component(part, application=True)
    made.purl = purl(part.path, part.version, bill.package)
    made.properties.update(properties)
    return made


def _component(part: Part, *, application: bool = False) -> Component:
    from cyclonedx.model import HashAlgorithm, HashType, Property
    from cyclonedx.model.component import Component, ComponentScope, ComponentType
    from cyclonedx.model.license import DisjunctiveLicense

    folder = bool(part.to) and not part.to_version
    url = purl(*((part.path, part.version) if folder else part.source))
    properties = [Property(name="gomend:h1", value=part.h1)] if part.h1 else []
    if part.to:
        # A folder's place on this machine is nobody's business; that it is one matters.
        properties.append(Property(name="gomend:replaces", value=part.key))
        properties.append(Property(name="gomend:replaced-by", value="a local folder" if folder else "@".join(part.source)))
    return Component(
        name=part.path if folder else part.source[0],
        version=part.version if folder else part.source[1] or None,
        type=ComponentType.APPLICATION if application else ComponentType.LIBRARY,
        bom_ref=f"pkg:golang/{part.key}",
        purl=url,
        scope=(ComponentScope.REQUIRED if part.used else ComponentScope.OPTIONAL) if not application else None,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=part.sha256)] if part.sha256 else None,
        licenses=[DisjunctiveLicense(id=li.spdx) if li.spdx else DisjunctiveLicense(name=li.file) for li in part.licences],
        properties=properties,
    )


def _dependencies(bill: Bill, components: dict[str, Component], top: Component) -> list[Dependency]:
    from cyclonedx.model.dependency import Dependency

    edges = dict(bill.edges) if bill.edges is not None else {}
    found = [
        Dependency(component.bom_ref, [Dependency(components[k].bom_ref) for k in edges.get(key, ()) if k in components])
        for key, component in components.items()
    ]
    if len(bill.main) != 1:
        found.append(Dependency(top.bom_ref, [Dependency(components[p.key].bom_ref) for p in bill.main]))
    return found
