"""A log shows under which path the binary records the file that dlv did not find.

What it finds     A log of dlv that refuses a breakpoint in a file, and names another path with the same ending: in a created breakpoint, a location, or a stack frame.
Why it hurts      dlv compares paths as strings. The program has the file, under the folder in which it was built.
Example           ``location "/home/dev/shop/main.go:12" not found``, and ``created breakpoint: … File:"/src/shop/main.go"`` further down.
After the fix     ``substitutePath`` (or dlv's ``config substitute-path``, which has it the other way round) maps the editor's folder to the recorded one.
Fix safety        A person decides: the log does not say which file the editor reads its rules from.
How it is proved  The session is run again and its log no longer says it.
References        Delve pkg/proc/bininfo.go (ErrCouldNotFindLine); Delve Documentation/cli/substitutepath.md.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug.symptoms.dlv import DlvSymptoms
from gomend.debug.symptoms.files import LoggedFiles
from gomend.model.base import Confidence, Safety, Severity
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM359",
    "path-mismatch",
    severity=Severity.ERROR,
    since="0.1",
    title="The binary records {recorded}, the editor asked for {file}",
    message="dlv does not know {file}; the log names the same file as {recorded}.",
    doc=__doc__,
    explains=("GM350",),
)


def _heads(file: str, recorded: str, same: int) -> tuple[str, str]:
    """The folders that differ."""
    cut = len("/".join(recorded.split("/")[-same:])) + 1
    return file[:-cut] or "/", recorded[:-cut] or "/"


@rule.check
def check(said: DlvSymptoms, files: LoggedFiles) -> Iterator[Finding]:
    for symptom in said.of("no-file"):
        found = files.like(symptom.file)
        if found is None or not found[0].path.startswith(("/", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ")):
            continue
        recorded, same = found
        yield rule.finding(
            Subject(kind="source-file", name=symptom.file),
            evidence=[symptom.evidence, recorded.evidence],
            confidence=Confidence.HIGH if same > 1 else Confidence.MEDIUM,
            file=symptom.file,
            recorded=recorded.path,
        )


@rule.fix("Map the folder of {file} to the recorded one", safety=Safety.MANUAL)
def map_folder(finding: Finding, files: LoggedFiles) -> Mend | None:
    found = files.like(finding.subject.name)
    if found is None:
        return None
    here, there = _heads(finding.subject.name, found[0].path, found[1])
    hints = (f'"substitutePath": [{{"from": "{here}", "to": "{there}"}}]', f"config substitute-path {there} {here}")
    return Mend(hints=hints, parameters={"file": finding.subject.name})


_RPC = """2026-01-02T03:04:05Z debug layer=rpc -> *rpc2.FindLocationOut{"Locations":[],"SubstituteLocExpr":""} error: "location \\"/home/dev/shop/cart/cart.go:12\\" not found"
2026-01-02T03:04:06Z info layer=debugger created breakpoint: &api.Breakpoint{ID:1, Name:"", Addr:0x4bcbad, File:"%s", Line:4, FunctionName:"main.help"}
"""
rule.catches("built elsewhere", subject="/home/dev/shop/cart/cart.go", log=_RPC % "/src/shop/cart/cart.go")
rule.catches(
    "only the name agrees",
    log='could not find file /home/dev/main.go\n-> *rpc2.StateOut{"State":{"currentThread":{"file":"/app/main.go","line":8}}}\n',
)
rule.passes("another file", log=_RPC % "/src/shop/main.go")
rule.passes("without folders", log=_RPC % "example.com/shop/cart/cart.go")
rule.not_applicable("no log")
rule.not_applicable("no recorded file", log="could not find file /home/dev/main.go\n")
