"""A run configuration of GoLand strips the program that it debugs.

What it finds     A shared run configuration (``.run``, ``.idea/runConfigurations``) whose Go tool arguments or GOFLAGS have ``-ldflags`` with ``-s`` or ``-w``.
Why it hurts      GoLand adds ``-gcflags="all=-N -l"`` by itself, but leaves the linker's flags alone: without DWARF dlv finds no file, and no breakpoint binds.
Example           ``<go_parameters value="-ldflags=-w" />``.
After the fix     The flags stand in the release build only, and the configuration has none that strip.
Fix safety        A person decides: GoLand may have the configuration open and would write it again.
How it is proved  The configuration no longer has the flags.
References        GoLand, Run/Debug Configuration: Go Build; cmd/link (-s, -w).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug.facts.goland import GolandConfigs
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM323",
    "stripped",
    severity=Severity.WARNING,
    since="0.1",
    title="GoLand's configuration {config} builds with {flag}",
    message="{flag} takes the debug information away, so no breakpoint of {config} binds.",
    doc=__doc__,
)


@rule.check
def check(goland: GolandConfigs) -> Iterator[Finding]:
    for one in goland.configs:
        if one.config.mode != "remote" and one.flags.strip:
            yield rule.finding(
                Subject(kind="run-configuration", name=one.config.name, path=one.file.name),
                evidence=[one.evidence()],
                config=one.config.name,
                flag=one.flags.strip,
            )


@rule.fix("Take the linker's flags out of {config}", safety=Safety.MANUAL)
def drop(finding: Finding) -> Mend:
    return Mend(hints=("Run | Edit Configurations | Go tool arguments",), parameters={"config": finding.subject.name})


_FILE = """<component name="ProjectRunConfigurationManager">
  <configuration default="false" name="shop" type="%s" factoryName="Go Application">
    <go_parameters value="%s" />
    <kind value="PACKAGE" />
    <package value="example.com/shop" />
  </configuration>
</component>
"""
_APP = "GoApplicationRunConfiguration"

rule.catches(
    "-w", subject="shop", files={"go.mod": "module example.com/shop\n", ".run/shop.run.xml": _FILE % (_APP, "-ldflags=-w")}
)
rule.catches(
    "-s among others, in .idea",
    files={
        "go.mod": "module example.com/shop\n",
        ".idea/runConfigurations/shop.xml": _FILE % (_APP, "-tags=x -ldflags='-X main.v=1 -s'"),
    },
)
rule.passes("tags", files={"go.mod": "module example.com/shop\n", ".run/shop.run.xml": _FILE % (_APP, "-tags=x")})
rule.passes(
    "-X alone", files={"go.mod": "module example.com/shop\n", ".run/shop.run.xml": _FILE % (_APP, "-ldflags=-X=main.v=1")}
)
rule.not_applicable(
    "another kind of configuration",
    files={"go.mod": "module example.com/shop\n", ".run/a.run.xml": _FILE % ("ShConfigurationType", "-ldflags=-w")},
)
rule.not_applicable("no configuration", files={"go.mod": "module example.com/shop\n"})
