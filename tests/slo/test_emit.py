"""Snippets: valid for the system's own published schema, and their command run as it stands against a real Prometheus."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.slo import servers
from tests.slo.conftest import DAY
from tests.slo.servers import AT
from tests.slo.test_gate import CHECKOUT

CRDS = Path(__file__).parent / "data" / "crds"
SYSTEMS = ("github", "gitlab", "jenkins", "argo-rollouts", "flagger", "tekton")


def emit(system: str, *more: str) -> str:
    argv = [sys.executable, "-m", "gomend", "slo", "emit", system, "--prometheus", "http://prometheus.example.com:9090", *more]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def strict(schema: Any) -> Any:
    """A CRD's schema as an API server with strict field validation reads it: a field that is not there is an error."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: strict(each) for name, each in schema.items()}
    free = schema.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in schema
    if isinstance(schema.get("properties"), dict) and not free:
        made["additionalProperties"] = False
    if schema.get("x-kubernetes-int-or-string"):
        made = {"type": ["integer", "string"]}
    return made


@pytest.mark.parametrize("system", ["argo-rollouts", "flagger", "tekton"])
def test_resources_fit_the_published_schemas(system: str) -> None:
    crd = json.loads(gzip.decompress((CRDS / f"{system}.json.gz").read_bytes()))
    made = yaml.safe_load(emit(system))
    assert (made["apiVersion"], made["kind"]) == (crd["apiVersion"], crd["kind"])
    schema = strict(crd["schema"])
    schema["properties"]["metadata"] = {"type": "object"}
    jsonschema.validate(made, schema)
    made["spec"]["metricz"] = []
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(made, schema)


@pytest.mark.parametrize(
    ("system", "schema"),
    [("github", ("vendor.github-workflows",)), ("gitlab", ("vendor.gitlab-ci", "--data-transform", "gitlab-ci"))],
)
def test_workflows_fit_the_published_schemas(system: str, schema: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "ci.yml").write_text(emit(system))
    argv = [str(Path(sys.executable).parent / "check-jsonschema"), "--builtin-schema", *schema, str(tmp_path / "ci.yml")]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def shell_of(system: str, text: str) -> str:
    """The command that the system would run."""
    if system == "jenkins":
        return re.findall(r"script: '(.*)'\)", text)[0].replace("\\'", "'")  # type: ignore[no-any-return]
    made = yaml.safe_load(text)
    found = {
        "github": lambda: made["jobs"]["gate"]["steps"][2]["run"],
        "gitlab": lambda: made["slo-gate"]["script"][0],
        "argo-rollouts": lambda: made["spec"]["metrics"][0]["provider"]["job"]["spec"]["template"]["spec"]["containers"][0][
            "args"
        ][0],
        "flagger": lambda: made["spec"]["analysis"]["webhooks"][0]["metadata"]["cmd"],
        "tekton": lambda: made["spec"]["steps"][0]["script"],
    }[system]()
    return str(found)


@pytest.mark.parametrize("system", SYSTEMS)
def test_its_command_stops_a_bad_release_and_silence(system: str, shop: servers.Prometheus, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "gomend"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m gomend "$@" --at {AT}\n')
    program.chmod(0o755)
    shell = shell_of(system, emit(system)).replace("http://prometheus.example.com:9090", shop.url)
    shell = shell.replace("/etc/slo/slo.yaml", "slo.yaml")
    env = {**os.environ, "PATH": f"{tmp_path}/bin:{os.environ['PATH']}", "DEPLOYED_AT": str(AT - DAY)}
    codes = {}
    for job in ("checkout", "search", "silent") if system == "github" else ("checkout", "silent"):
        (tmp_path / "slo.yaml").write_text("slos:\n" + CHECKOUT.replace("JOB", job))
        codes[job] = subprocess.run(["sh", "-ec", shell], cwd=tmp_path, env=env, capture_output=True, check=False).returncode
    assert codes.pop("search", 0) == 0
    assert codes == {"checkout": 1, "silent": 4}


def test_jenkins_stops_on_every_code_but_zero() -> None:
    text = emit("jenkins")
    assert text.count("{") == text.count("}")
    assert "if (code == 4) { unstable(" in text
    assert "if (code != 0) { error(" in text


@pytest.mark.parametrize("words", [("--config", "a\nb"), ("--service", "a b"), ("--config", "a: b"), ("--config", "x #y")])
def test_nothing_can_be_smuggled_in(words: tuple[str, str]) -> None:
    with pytest.raises(subprocess.CalledProcessError) as done:
        emit("github", *words)
    assert done.value.returncode == 2
