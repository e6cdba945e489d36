"""A run configuration of GoLand builds with -trimpath.

What it finds     A shared run configuration (``.run``, ``.idea/runConfigurations``) whose Go tool arguments or GOFLAGS have ``-trimpath``.
Why it hurts      The binary then records ``example.com/shop/main.go`` and no folder, while GoLand sends the path on the disk: dlv finds no such file. GoLand talks Delve's JSON-RPC, where no rule in launch.json helps.
Example           ``<go_parameters value="-trimpath" />``.
After the fix     -trimpath stands in the release build only.
Fix safety        A person decides: GoLand may have the configuration open and would write it again.
How it is proved  The configuration no longer has the flag.
References        cmd/go (-trimpath); Delve Documentation/cli/substitutepath.md.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug.facts.goland import GolandConfigs
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM324",
    "trimpath",
    severity=Severity.WARNING,
    since="0.1",
    title="GoLand's configuration {config} builds with -trimpath",
    message="The program of {config} records no folders, so dlv does not know the files that GoLand names.",
    doc=__doc__,
)


@rule.check
def check(goland: GolandConfigs) -> Iterator[Finding]:
    for one in goland.configs:
        if one.config.mode != "remote" and one.flags.trimpath:
            yield rule.finding(
                Subject(kind="run-configuration", name=one.config.name, path=one.file.name),
                evidence=[one.evidence()],
                config=one.config.name,
            )


@rule.fix("Take -trimpath out of {config}", safety=Safety.MANUAL)
def drop(finding: Finding) -> Mend:
    return Mend(hints=("Run | Edit Configurations | Go tool arguments",), parameters={"config": finding.subject.name})


_FILE = """<component name="ProjectRunConfigurationManager">
  <configuration default="false" name="shop" type="GoTestRunConfiguration" factoryName="Go Test">
    <envs>
      <env name="GOFLAGS" value="%s" />
    </envs>
    <kind value="PACKAGE" />
    <package value="example.com/shop" />
  </configuration>
</component>
"""

rule.catches(
    "in GOFLAGS of the configuration",
    subject="shop",
    files={"go.mod": "module example.com/shop\n", ".run/shop.run.xml": _FILE % "-trimpath"},
)
rule.passes("switched off", files={"go.mod": "module example.com/shop\n", ".run/shop.run.xml": _FILE % "-trimpath=false"})
rule.passes("other flags", files={"go.mod": "module example.com/shop\n", ".run/shop.run.xml": _FILE % "-mod=mod"})
rule.not_applicable("no configuration", files={"go.mod": "module example.com/shop\n"})
