"""The separate debug file does not belong to the binary.

What it finds     A binary of mode exec has no DWARF but a .gnu_debuglink, and the file that it names is missing or has another checksum.
Why it hurts      Delve reads the debug file beside the binary; one of another build shows wrong lines or none, and without it no breakpoint binds.
Example           ``objcopy --only-keep-debug`` ran on an older build than the one that was stripped.
After the fix     The debug file is made from the same build as the binary.
Fix safety        A person decides: only the unstripped build can give the right file.
How it is proved  The CRC-32 of the debug file is compared with the one in the link.
References        GDB manual, "Separate Debug Files"; objcopy(1) --add-gnu-debuglink; Delve pkg/proc/bininfo.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.binary.gobuildinfo import GoBuild
from gomend.debug.facts.binaries import ExecBinaries, ExecBinary
from gomend.debug.facts.launch import LaunchConfigs
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM319",
    "debuglink-crc",
    severity=Severity.ERROR,
    since="0.1",
    title="{link} is not the debug file of {program}",
    message="{program} has its debug information in {link}; that file ({found}) is missing or has another checksum.",
    doc=__doc__,
    explains=("GM304", "GM352", "GM360"),
)


@rule.check
def check(configs: LaunchConfigs, binaries: ExecBinaries) -> Iterator[Finding]:
    for config in configs.configs:
        binary = binaries.of(config)
        if binary is None or binary.dwarf or not binary.debuglink or binary.debuglink_match:
            continue
        why = f"{binary.debuglink_file} has another checksum" if binary.debuglink_file else f"{binary.debuglink} is missing"
        yield rule.finding(
            config.subject(),
            evidence=[binary.sections(), Evidence(source=binary.path, quote=why, where=".gnu_debuglink")],
            program=config.written_program,
            link=binary.debuglink,
            found=binary.debuglink_file or binary.debuglink,
        )


@rule.fix("Make the debug file again from the same build", safety=Safety.MANUAL)
def make_again(finding: Finding, configs: LaunchConfigs, binaries: ExecBinaries) -> Mend | None:
    for config in configs.configs:
        binary = binaries.of(config)
        if binary is not None and config.subject() == finding.subject:
            return Mend(
                hints=(
                    f"objcopy --only-keep-debug {binary.path} {binary.debuglink}",
                    f"objcopy --strip-debug {binary.path}",
                    f"objcopy --add-gnu-debuglink={binary.debuglink} {binary.path}",
                )
            )
    return None


_LAUNCH = '{"configurations": [{"name": "app", "type": "go", "request": "launch", "mode": "exec", "program": "/srv/app"}]}\n'
_GO = GoBuild(version="go1.26.8", path="example.com/app", module="example.com/app")


def _binary(**fields: object) -> tuple[ExecBinaries]:
    given = {"path": "/srv/app", "exists": True, "format": "elf", "go": _GO, "dwarf": False, "debuglink": "app.debug", **fields}
    return (ExecBinaries(binaries=(ExecBinary(**given),)),)  # type: ignore[arg-type]


rule.catches(
    "another checksum",
    subject="app",
    files={".vscode/launch.json": _LAUNCH},
    facts=_binary(debuglink_file="/srv/app.debug", debuglink_match=False),
)
rule.catches("the file is missing", files={".vscode/launch.json": _LAUNCH}, facts=_binary())
rule.passes(
    "the right file",
    files={".vscode/launch.json": _LAUNCH},
    facts=_binary(debuglink_file="/srv/app.debug", debuglink_match=True),
)
rule.passes("debug information inside", files={".vscode/launch.json": _LAUNCH}, facts=_binary(dwarf=True))
rule.not_applicable("no binary is named", files={".vscode/launch.json": _LAUNCH.replace('"exec"', '"debug"')})
rule.undetermined("launch.json is broken", files={".vscode/launch.json": "{"})
