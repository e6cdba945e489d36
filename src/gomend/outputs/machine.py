"""Formats that programs read: json, sarif 2.1.0, GitHub annotations, JUnit XML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from xml.etree import ElementTree as ET

import msgspec

from gomend.model.base import Severity
from gomend.model.finding import Finding
from gomend.model.reasons import tell
from gomend.model.rule import Rule
from gomend.model.text import Translator
from gomend.outputs.run import Run, label
from gomend.outputs.shapes import findings_shape

Rules = Mapping[str, Rule]
_SARIF_LEVEL: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_GITHUB_LEVEL: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def as_json(run: Run, say: Translator, rules: Rules) -> str:
    """``gomend.findings/1``; the same facts give the same bytes."""
    raw = msgspec.json.encode(findings_shape(run, say), order="deterministic")
    return msgspec.json.format(raw, indent=1).decode() + "\n"


def as_sarif(run: Run, say: Translator, rules: Rules) -> str:
    """SARIF 2.1.0 (OASIS), one run, rules with their help, fingerprints, and file edits left to ``gomend apply``."""
    codes = sorted({f.code for f in run.findings} | rules.keys())
    index = {code: i for i, code in enumerate(codes)}
    driver: dict[str, Any] = {
        "name": "gomend",
        "semanticVersion": run.config.version or "0.0.0",
        "informationUri": "https://gomend.example.com/",
        "rules": [_sarif_rule(code, rules.get(code), say) for code in codes],
    }
    notes = [
        {"level": "warning", "message": {"text": f"{v.code}: {tell(say, v.reason)}"}, "descriptor": {"id": v.code}}
        for v in run.summary.undetermined
    ]
    log = {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "utf16CodeUnits",
                "originalUriBaseIds": {"PROJECT": {"uri": _folder_uri(run.config.project.root)}},
                "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notes}],
                "results": [_sarif_result(f, index, say) for f in run.findings],
            }
        ],
    }
    return msgspec.json.format(msgspec.json.encode(log), indent=1).decode() + "\n"


def _sarif_rule(code: str, rule: Rule | None, say: Translator) -> dict[str, Any]:
    if rule is None:
        return {"id": code}
    help_text = "\n\n".join(f"{heading}: {say(words)}" for heading, words in rule.sections.items())
    return {
        "id": code,
        "name": "".join(word.capitalize() for word in rule.slug.split("-")),
        "shortDescription": {"text": say(rule.headline)},
        "fullDescription": {"text": say(rule.sections["What it finds"])},
        "help": {"text": help_text},
        "defaultConfiguration": {"level": _SARIF_LEVEL[rule.severity]},
        "properties": {"slug": rule.slug, "area": str(rule.area)},
    }


def _sarif_result(finding: Finding, index: Mapping[str, int], say: Translator) -> dict[str, Any]:
    subject = finding.subject
    location: dict[str, Any] = {"logicalLocations": [{"name": subject.name, "kind": subject.kind}]}
    path = subject.path if subject.path and not subject.path.startswith(("/", "..")) else "go.mod"
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(path), "uriBaseId": "PROJECT"}}
    if subject.line and path == subject.path:
        place["region"] = {"startLine": subject.line, **({"startColumn": subject.column} if subject.column else {})}
    location["physicalLocation"] = place
    quotes = "\n".join(f"{label(e)}: {e.quote}" for e in finding.evidence)
    return {
        "ruleId": finding.code,
        "ruleIndex": index[finding.code],
        "level": _SARIF_LEVEL[finding.severity],
        "message": {"text": f"{say(finding.title)}. {say(finding.message)}\n{quotes}"},
        "locations": [location],
        "partialFingerprints": {"gomend/v1": finding.fingerprint},
        "properties": {"slug": finding.slug, "confidence": str(finding.confidence)},
    }


def _uri(path: str) -> str:
    from urllib.parse import quote

    return quote(path.replace("\\", "/"))


def _folder_uri(path: str) -> str:
    return f"file://{_uri(path.rstrip('/'))}/"


def as_github(run: Run, say: Translator, rules: Rules) -> str:
    """Workflow commands of GitHub Actions, one line a finding."""
    lines = []
    for finding in run.findings:
        subject = finding.subject
        fields = [f"file={_property(subject.path)}"] if subject.path else []
        fields += [f"line={subject.line}"] if subject.line else []
        fields.append(f"title={_property(f'{finding.code} {finding.slug}')}")
        message = _data(f"{say(finding.title)}\n{say(finding.message)}")
        lines.append(f"::{_GITHUB_LEVEL[finding.severity]} {','.join(fields)}::{message}")
    lines += [f"::notice title={_property(v.code)}::{_data(tell(say, v.reason))}" for v in run.summary.undetermined]
    return "".join(line + "\n" for line in lines)


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")


def as_junit(run: Run, say: Translator, rules: Rules) -> str:
    """JUnit XML: a test case a rule; findings are failures, rules that could not tell are skipped with the reason."""
    findings: dict[str, list[Finding]] = {}
    for finding in run.findings:
        findings.setdefault(finding.code, []).append(finding)
    dark = {v.code: v.reason for v in run.summary.undetermined}
    codes = sorted({*findings, *dark, *rules})
    failures = sum(f.severity is not Severity.INFO for f in run.findings)
    suite = ET.Element(
        "testsuite", name="gomend", tests=str(len(codes)), failures=str(failures), errors="0", skipped=str(len(dark))
    )
    for code in codes:
        rule = rules.get(code)
        name = f"{code} {rule.slug}" if rule else code
        case = ET.SubElement(suite, "testcase", classname=f"gomend.{rule.area if rule else 'rules'}", name=name)
        for finding in findings.get(code, []):
            kind = "failure" if finding.severity is not Severity.INFO else "system-out"
            attributes = {"message": _xml(say(finding.title)), "type": str(finding.severity)} if kind == "failure" else {}
            quotes = "\n".join(f"{label(e)}: {e.quote}" for e in finding.evidence)
            ET.SubElement(case, kind, attributes).text = _xml(f"{say(finding.message)}\n{quotes}")
        if code in dark:
            ET.SubElement(case, "skipped", message=_xml(tell(say, dark[code])))
    top = ET.Element("testsuites")
    top.append(suite)
    ET.indent(top)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(top, encoding="unicode") + "\n"


def _xml(value: str) -> str:
    """Without the control characters that XML 1.0 forbids."""
    return "".join(c for c in value if c in "\t\n" or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff"))
