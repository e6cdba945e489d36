"""A debug server can be reached from other machines.

What it finds     ``dlv --listen=:2345`` (or 0.0.0.0, [::]) started on this machine by a Makefile, a script, a task or launch.json, or a container's dlv port that is published on every interface of the host.
Why it hurts      dlv has no password: whoever reaches the port reads the program's memory and runs code as its user. An editor on the same machine, or one that comes through ssh or a tunnel, needs 127.0.0.1 only.
Example           ``ports: ["2345:2345"]`` in compose.yaml, or ``dlv exec --headless --listen=:2345 bin/app`` in a Makefile.
After the fix     ``--listen=127.0.0.1:2345``, or ``127.0.0.1:2345:2345``. Inside a container dlv goes on listening on every interface of the container, which publishing needs.
Fix safety        A person decides: who attaches from another machine needs a tunnel from then on.
How it is proved  The files are read again: no address of a debug server means every interface.
References        Delve Documentation/faq.md and dlv help (no authentication); Compose specification (ports); docker run reference (-p).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug.facts.servers import DebugServers, Serving
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule
from gomend.model.step import Edit, EditFile

rule = Rule(
    "GM327",
    "dlv-exposed",
    severity=Severity.WARNING,
    since="0.1",
    title="dlv's port {port} is open to other machines ({file}:{line})",
    message="{file} makes port {port} of dlv, which asks for no password, reachable on every interface of this machine.",
    doc=__doc__,
)


def _open(one: Serving, ports: frozenset[int]) -> Iterator[tuple[int, int, Edit]]:
    """Line, port and the edit that closes it."""
    if not one.boxed:
        for place in one.listeners:
            if place.wide:
                yield place.line, place.port, Edit(start=place.start, end=place.end, new=f"127.0.0.1:{place.port}")
    for entry in one.published:
        if entry.wide and entry.inner in ports:
            end = entry.start + (len(entry.host.encode()) + 1 if entry.host else 0)
            yield entry.line, entry.outer, Edit(start=entry.start, end=end, new="127.0.0.1:")


@rule.check
def check(servers: DebugServers) -> Iterator[Finding]:
    for one in servers.files:
        for line, port, _ in _open(one, servers.ports):
            yield rule.finding(one.subject(line), evidence=[one.evidence(line)], port=port, file=one.file.name, line=line)


@rule.fix("Let only this machine reach port {port}", safety=Safety.UNSAFE)
def close(finding: Finding, servers: DebugServers) -> Mend | None:
    for one in servers.files:
        for line, port, edit in _open(one, servers.ports):
            if one.subject(line) == finding.subject:
                step = EditFile(path=one.file.path, before=one.file.digest, edits=(edit,))
                return Mend(steps=(step,), parameters={"port": str(port)})
    return None


_DEBUG = 'FROM golang\nEXPOSE 2345\nCMD ["dlv", "exec", "/app", "--headless", "--listen=:2345", "--accept-multiclient"]\n'
rule.catches(
    "a Makefile",
    subject="Makefile:2",
    files={"Makefile": "debug:\n\tdlv exec --headless --listen=:2345 --accept-multiclient bin/app\n"},
)
rule.catches("a script", files={"debug.sh": "#!/bin/sh\ndlv dap -l 0.0.0.0:4040\n"})
rule.catches(
    "published by Compose",
    subject="compose.yaml:6",
    files={
        "Dockerfile": _DEBUG,
        "compose.yaml": "services:\n  app:\n    build: .\n    ports:\n      - 8080:8080\n      - '2345:2345'\n",
    },
)
rule.catches("published by hand", files={"Dockerfile": _DEBUG, "run.sh": "docker run --rm -p 40000:2345 app\n"})
rule.catches(
    "arguments one a line",
    files={
        "compose.yml": "services:\n  app:\n    command:\n      - dlv\n      - exec\n      - /app\n      - --listen=:4000\n"
        "    ports:\n      - 0.0.0.0:4000:4000\n"
    },
)
rule.passes("on loopback", files={"Makefile": "debug:\n\tdlv exec --headless --listen=127.0.0.1:2345 bin/app\n"})
rule.passes(
    "published on loopback",
    files={"Dockerfile": _DEBUG, "compose.yaml": "services:\n  app:\n    ports: ['127.0.0.1:2345:2345', '80:80']\n"},
)
rule.passes("only inside the container", files={"Dockerfile": _DEBUG})
rule.passes("a comment", files={"debug.sh": "# dlv exec --listen=:2345 app\ndlv exec --headless --listen=localhost:2345 app\n"})
rule.not_applicable("no debug server", files={"Makefile": "serve:\n\tcurl --listen=:80\n"})
