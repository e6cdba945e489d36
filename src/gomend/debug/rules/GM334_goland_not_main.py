"""A run configuration of GoLand runs a package that is not a program.

What it finds     A Go Application configuration whose package or folder holds no package main, or is not there.
Why it hurts      The build answers "package … is not a main package", or nothing is built at all; no session starts.
Example           ``<package value="example.com/shop/cart" />`` in .run/shop.run.xml, where cart is a library.
After the fix     The configuration names a main package.
Fix safety        A person decides: GoLand may have the configuration open and would write it again.
How it is proved  The configuration is read again.
References        go help build (main packages); GoLand help, Go Build configurations.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug.facts.goland import GolandConfigs
from gomend.debug.facts.packages import GolandPackages
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM334",
    "not-main",
    severity=Severity.WARNING,
    since="0.1",
    title="GoLand's configuration {config} runs {folder}, which is no program",
    message="{folder} holds package {package}; a Go Application needs package main.",
    doc=__doc__,
)


@rule.check
def check(goland: GolandConfigs, packages: GolandPackages) -> Iterator[Finding]:
    for one in goland.configs:
        found = packages.of(one)
        if one.config.mode == "debug" and found is not None and found.name != "main":
            said = f"package {found.name}" if found.name else "no Go files"
            yield rule.finding(
                Subject(kind="run-configuration", name=one.config.name, path=one.file.name, line=one.config.line),
                evidence=[one.where(), Evidence(source=found.folder, quote=said)],
                config=one.config.name,
                folder=found.folder,
                package=found.name or "–",
            )


@rule.fix("Let {config} run a main package", safety=Safety.MANUAL)
def choose(finding: Finding, packages: GolandPackages) -> Mend:
    mains = tuple(f"Run | Edit Configurations | Package path: {folder}" for folder in packages.mains)
    return Mend(hints=mains or ("Run | Edit Configurations",), parameters={"config": finding.subject.name})


_FILE = """<component name="ProjectRunConfigurationManager">
  <configuration default="false"
                 name="shop"
                 type="GoApplicationRunConfiguration">
    <kind value="%s" />
    <package value="%s" />
    <directory value="$PROJECT_DIR$/%s" />
  </configuration>
</component>
"""
_PROJECT = {"go.mod": "module example.com/shop\n", "main.go": "package main\n", "cart/cart.go": "package cart\n"}

rule.catches(
    "a library", subject="shop", files={**_PROJECT, ".run/shop.run.xml": _FILE % ("PACKAGE", "example.com/shop/cart", "")}
)
rule.catches("a folder of it", files={**_PROJECT, ".idea/workspace.xml": _FILE % ("DIRECTORY", "", "cart")})
rule.catches("a folder that is gone", files={**_PROJECT, ".run/shop.run.xml": _FILE % ("DIRECTORY", "", "cmd/shop")})
rule.passes("a program", files={**_PROJECT, ".run/shop.run.xml": _FILE % ("PACKAGE", "example.com/shop", "")})
rule.passes("a package of another module", files={**_PROJECT, ".run/shop.run.xml": _FILE % ("PACKAGE", "example.com/far", "")})
rule.not_applicable("no configuration", files=_PROJECT)
rule.undetermined("broken XML", files={**_PROJECT, ".run/shop.run.xml": "<component>"})
