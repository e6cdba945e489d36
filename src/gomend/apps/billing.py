"""Gathering a bill of materials: from vendor/modules.txt, from go's build list, or from a binary."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from gomend.apps.cli import base
from gomend.apps.vendoring import Vendoring
from gomend.binary import gobuildinfo
from gomend.model.redact import redact
from gomend.model.text import text
from gomend.modules.cache import scan
from gomend.modules.cache.records import Records
from gomend.modules.vendor import bill, listing
from gomend.modules.vendor.bill import Bill, Part

_NO_BINARY: Final = text("cli.sbom.no-binary", "{path} has no Go build information that can be read.")
_NO_FILE: Final = text("cli.sbom.no-file", "{path} cannot be read: {reason}")
_NO_LIST: Final = text("cli.sbom.no-list", "go cannot list the modules: {reason}")
_NO_GRAPH: Final = text("cli.sbom.no-graph", "Who needs whom is left out: {reason}")


def gather(folder: str | None, binary: str | None, *, download: bool) -> Bill:
    """The bill of the project, or of a binary.

    Raises:
        Problem: there is no project, go cannot list it, or the file is no Go binary.
    """
    if binary is not None:
        return _binary(binary)
    vendor = Vendoring(folder, download=download)
    project = vendor.project
    vendored = Path(f"{project.vendor}/modules.txt")
    main = tuple(Part(path=m.module.value, licences=bill.licences_at(f)) for f, m in project.mods if m.module)
    bare = _vendored(vendored, project) if vendored.is_file() else tuple(_build_list(vendor))
    records = Records()
    for path in [f"{f}/go.sum" for f, _ in project.mods] + ([f"{project.root}/go.work.sum"] if project.work else []):
        if os.path.isfile(path):
            records.go_sum(path)
    parts = tuple(_filled(part, vendor.modcache, records, project.root) for part in bare if part.path not in project.main)
    return Bill(
        name=main[0].path if len(main) == 1 else os.path.basename(project.root),
        main=main,
        parts=parts,
        edges=_graph(vendor, parts, main),
        source="vendor/modules.txt" if vendored.is_file() else "go list -m all",
        go=project.go,
    )


def _vendored(path: Path, project: listing.Project) -> tuple[Part, ...]:
    found = listing.read(path.read_text(encoding="utf-8", errors="replace")).modules
    return tuple(
        Part(path=m.path, version=m.version, to=m.to, to_version=m.to_version, used=bool(m.packages))
        for m in sorted(found, key=lambda m: m.path)
        if m.version
    )


def _build_list(vendor: Vendoring) -> Iterator[Part]:
    off = {} if vendor.project.work else {"GOWORK": "off"}
    mode = () if vendor.project.work else ("-mod=readonly",)
    done = vendor.go(("list", *mode, "-m", "-json=Path,Version,Replace,Main", "all"), vendor.project.root, off)
    if not done.ok:
        raise base.Problem(_NO_LIST, reason=redact(" ".join((done.stderr or done.why).split())[:600]))
    for found in _objects(done.stdout):
        other = found.get("Replace", {})
        if not found.get("Main"):
            yield Part(
                path=found["Path"],
                version=found.get("Version", ""),
                to=other.get("Path", ""),
                to_version=other.get("Version", ""),
            )


def _graph(vendor: Vendoring, parts: Iterable[Part], main: Iterable[Part]) -> dict[str, tuple[str, ...]] | None:
    off = {} if vendor.project.work else {"GOWORK": "off"}
    done = vendor.go(("mod", "graph"), vendor.project.root, off)
    if not done.ok:
        base.note(base.translator()(_NO_GRAPH, reason=redact(done.why)))
        return None
    return bill.edges(done.stdout, parts, main)


def _binary(path: str) -> Bill:
    try:
        found = gobuildinfo.read(Path(path).read_bytes())
    except OSError as error:
        raise base.Problem(_NO_FILE, path=path, reason=error.strerror or "") from None
    if found is None:
        raise base.Problem(_NO_BINARY, path=path)
    parts = tuple(
        Part(path=d.path, version=d.version, to=d.replace_path, to_version=d.replace_version, h1=d.sum) for d in found.deps
    )
    name = found.module or found.path
    version = "" if found.module_version == "(devel)" else found.module_version
    package = found.path.removeprefix(f"{name}/") if found.path.startswith(f"{name}/") else ""
    return Bill(
        name=name,
        main=(Part(path=name, version=version),),
        parts=tuple(sorted(parts, key=lambda p: p.path)),
        edges=None,
        source="binary",
        go=found.version,
        package=package,
    )


def _filled(part: Part, cache: str, records: Records, root: str) -> Part:
    """The same with its hashes and licences, as far as the cache and go.sum know them."""
    import msgspec

    path, version = part.source
    if part.to and not part.to_version:
        return msgspec.structs.replace(part, licences=bill.licences_at(os.path.join(root, part.to)))
    zip_path = f"{scan.entry(cache, path, version, (), False).base}.zip"
    known = [r.h1 for r in records.of(path, version)]
    return msgspec.structs.replace(
        part,
        h1=known[0] if known else "",
        sha256=_sha256(zip_path),
        licences=bill.licences_in(zip_path, f"{path}@{version}/"),
    )


def _sha256(path: str) -> str:
    held = sha256()
    try:
        with open(path, "rb") as file:
            while piece := file.read(1 << 20):
                held.update(piece)
    except OSError:
        return ""
    return held.hexdigest()


def _objects(words: str) -> Iterator[dict[str, Any]]:
    decoder, at = json.JSONDecoder(), 0
    while (start := words.find("{", at)) >= 0:
        found, at = decoder.raw_decode(words, start)
        yield found
