"""The bill of materials: valid by the library's own validator, complete by go's own list, the same bytes each time."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from gomend.apps.cyclone import purl
from gomend.modules.vendor import licences
from tests.vendor.world import GOMEND, LIB, World

APACHE = Path(__file__).resolve().parents[2] / "LICENSE"


def sbom(world: World, project: Path, *words: str, **env: str) -> dict[str, Any]:
    done = world.run([GOMEND, "mod", "sbom", *words], project, **env)
    assert done.returncode == 0, done.stderr
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(done.stdout) is None
    found: dict[str, Any] = json.loads(done.stdout)
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")
    return found


def by_name(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {c["name"]: c for c in found["components"]}


def props(component: dict[str, Any]) -> dict[str, str]:
    return {p["name"]: p["value"] for p in component.get("properties", ())}


def test_a_vendored_module(world: World) -> None:
    project = world.copy()
    found = sbom(world, project)
    parts = by_name(found)
    listed = world.run(
        ["go", "list", "-mod=mod", "-m", "-f", "{{if not .Main}}{{.Path}}{{end}}", "all"], project
    ).stdout.split()
    assert {props(c).get("gomend:replaces", c["name"]).partition("@")[0] for c in parts.values()} == set(listed)
    lib = parts[LIB]
    assert (lib["version"], lib["purl"], lib["type"]) == ("v1.0.0", f"pkg:golang/{LIB}@v1.0.0", "library")
    zip_path = world.folder / f"mod/cache/download/{LIB}/@v/v1.0.0.zip"
    assert lib["hashes"] == [{"alg": "SHA-256", "content": sha256(zip_path.read_bytes()).hexdigest()}]
    assert f"{LIB} v1.0.0 {props(lib)['gomend:h1']}\n" in (project / "go.sum").read_text()
    # Its LICENSE has the title of one, and not its text.
    assert lib["licenses"] == [{"license": {"name": "LICENSE"}}]
    assert parts["example.com/UP/Case"]["purl"] == "pkg:golang/example.com/UP/Case@v1.0.0"
    assert found["metadata"]["component"]["name"] == "m"
    assert {p["name"]: p["value"] for p in found["metadata"]["properties"]} == {"gomend:source": "vendor/modules.txt"}


def test_replacements(world: World) -> None:
    parts = by_name(sbom(world, world.copy()))
    fork, local = parts["example.com/fork"], parts["example.com/local"]
    assert (fork["purl"], props(fork)["gomend:replaces"]) == ("pkg:golang/example.com/fork@v1.2.0", "example.com/orig@v1.0.0")
    assert "hashes" in fork
    assert "hashes" not in local
    assert props(local)["gomend:replaced-by"] == "a local folder"
    assert str(world.folder) not in json.dumps(parts)


def test_who_needs_whom(world: World) -> None:
    found = sbom(world, world.copy())
    edges = {d["ref"]: set(d.get("dependsOn", ())) for d in found["dependencies"]}
    assert "pkg:golang/example.com/a@v1.0.0" in edges["pkg:golang/example.com/b@v1.0.0"]
    assert f"pkg:golang/{LIB}@v1.0.0" in edges["pkg:golang/m"]
    assert edges[f"pkg:golang/{LIB}@v1.0.0"] == set()


def test_the_same_from_the_build_list(world: World) -> None:
    project = world.copy()
    vendored = by_name(sbom(world, project))
    shutil.rmtree(project / "vendor")
    listed = sbom(world, project)
    assert {p["value"] for p in listed["metadata"]["properties"]} == {"go list -m all"}
    assert {n: c["purl"] for n, c in by_name(listed).items()} == {n: c["purl"] for n, c in vendored.items()}


def test_a_workspace(world: World) -> None:
    found = sbom(world, world.copy("w"))
    parts = by_name(found)
    assert {"x", "y", LIB, "example.com/local"} == set(parts)
    assert parts["x"]["type"] == "application"
    assert parts[LIB]["version"] == "v1.1.0"
    top = next(d for d in found["dependencies"] if d["ref"] == found["metadata"]["component"]["bom-ref"])
    assert top["dependsOn"] == ["pkg:golang/x", "pkg:golang/y"]


def test_a_binary(world: World, tmp_path: Path) -> None:
    project = world.copy()
    out = tmp_path / "program"
    built = world.run(["go", "build", "-mod=mod", "-o", str(out), "."], project)
    assert built.returncode == 0, built.stderr
    found = sbom(world, tmp_path, "--binary", str(out))
    told = subprocess.run(["go", "version", "-m", str(out)], capture_output=True, text=True, check=True, cwd="/").stdout
    deps = {line.split()[1] for line in told.splitlines() if line.split()[:1] == ["dep"]}
    assert {props(c).get("gomend:replaces", c["name"]).partition("@")[0] for c in found["components"]} == deps
    assert props(by_name(found)[LIB])["gomend:h1"] in told
    broken = tmp_path / "text"
    broken.write_text("no program")
    done = world.run([GOMEND, "mod", "sbom", "--binary", str(broken)], tmp_path)
    assert (done.returncode, done.stdout) == (2, "")


def test_reproducible(world: World) -> None:
    words = [GOMEND, "mod", "sbom", "--reproducible"]
    first, second = (world.run(words, world.copy()).stdout for _ in range(2))
    assert first == second
    assert "timestamp" not in json.loads(first)["metadata"]
    plain = sbom(world, world.copy())
    assert plain["metadata"]["timestamp"]
    assert plain["serialNumber"] != json.loads(first)["serialNumber"]


def test_xml_and_a_file(world: World, tmp_path: Path) -> None:
    import xml.etree.ElementTree as ET

    out = tmp_path / "bom.xml"
    done = world.run([GOMEND, "mod", "sbom", "--format", "xml", "-o", str(out)], world.copy())
    assert (done.returncode, done.stdout) == (0, "")
    top = ET.parse(out).getroot()
    names = {c.findtext("{*}name") for c in top.findall("{*}components/{*}component")}
    assert LIB in names
    assert top.tag == "{http://cyclonedx.org/schema/bom/1.6}bom"


def test_without_the_library(world: World) -> None:
    code = "import sys; sys.modules['cyclonedx'] = None; from gomend.apps.cli.main import entry; sys.argv = ['gomend', 'mod', 'sbom']; entry()"
    done = world.run([sys.executable, "-c", code], world.copy())
    assert (done.returncode, done.stdout) == (2, "")
    assert "pip install 'gomend[sbom]'" in done.stderr


@pytest.mark.parametrize(
    ("path", "version", "inside", "wanted"),
    [
        ("github.com/Masterminds/semver/v3", "v3.1.0", "", "pkg:golang/github.com/Masterminds/semver/v3@v3.1.0"),
        ("github.com/docker/docker", "v28.0.0+incompatible", "", "pkg:golang/github.com/docker/docker@v28.0.0%2Bincompatible"),
        ("gopkg.in/yaml.v3", "v3.0.1", "", "pkg:golang/gopkg.in/yaml.v3@v3.0.1"),
        ("example.com/m", "v1.0.0", "cmd/x", "pkg:golang/example.com/m@v1.0.0#cmd/x"),
        ("m", "", "", "pkg:golang/m"),
    ],
)
def test_package_urls(path: str, version: str, inside: str, wanted: str) -> None:
    made = purl(path, version, inside)
    assert made.to_string() == wanted
    again = PackageURL.from_string(wanted)
    assert ("/".join(filter(None, (again.namespace, again.name))), again.version or "") == (path, version)


MIT = """The MIT License (MIT)

Copyright (c) 2015 Somebody <x@example.com>

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files
(the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge,
publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so,
subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY
CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE
OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def test_licences_are_named_only_where_they_are_whole() -> None:
    go = subprocess.run(["go", "env", "GOROOT"], capture_output=True, text=True, check=True, cwd="/").stdout.strip()
    assert licences.spdx(Path(go, "LICENSE").read_text()) == "BSD-3-Clause"
    assert licences.spdx(APACHE.read_text()) == "Apache-2.0"
    assert licences.spdx(MIT) == licences.spdx(MIT.replace("\n", "\r\n").partition("\n\r\n")[2]) == "MIT"
    for other in (
        MIT + "\nNot for use in bakeries.\n",
        MIT.replace("without restriction", "with restriction"),
        MIT + APACHE.read_text(),
        "",
        "MIT",
    ):
        assert licences.spdx(other) == ""


def test_the_hash_is_what_go_checks(world: World) -> None:
    lib = by_name(sbom(world, world.copy()))[LIB]
    assert len(base64.b64decode(props(lib)["gomend:h1"].removeprefix("h1:"))) == 32
