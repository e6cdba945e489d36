"""Apply a plan of every step kind and die (kill -9) after the journal record asked for: ``driver.py WORK URL RECORD``."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import anyio

from gomend.engine import journal as journals
from gomend.engine.apply import Site, apply
from gomend.engine.check import Report
from gomend.engine.digests import digest_file, digest_path
from gomend.model.outcome import Plan
from gomend.model.step import Edit, EditFile, HttpPut, MovePath, RemovePath, Run, SetGoEnv, Step, digest_bytes
from gomend.ports.doors import Scope, real_doors


def lay_out(work: Path) -> None:
    """A project, a go env file, and a read-only folder like those of the module cache."""
    project = work / "project"
    (project / "old" / "deep").mkdir(parents=True)
    (project / "go.mod").write_text("module example.com/x\n\ngo 1.22\n")
    (project / "launch.json").write_text('{"token": "abc",\n "mode": "exec"}\n')
    (project / "launch.json").chmod(0o640)
    (project / "moved.txt").write_text("move me\n")
    (project / "old" / "deep" / "file.go").write_text("package deep\n")
    (project / "old" / "link").symlink_to("deep")
    (project / "old" / "deep" / "file.go").chmod(0o444)
    (project / "old" / "deep").chmod(0o555)
    (project / "old").chmod(0o555)
    (work / "goenv").write_text("GOPROXY=https://one.example.com,direct\n")
    (work / "gen").mkdir()
    (work / "gen" / "a.txt").write_text("generated\n")


def steps(work: Path, url: str) -> tuple[Step, ...]:
    """One step of every kind, and a file that is created."""
    project = work / "project"
    launch = (project / "launch.json").read_bytes()
    at = launch.index(b"exec")
    script = "import pathlib,sys; p = pathlib.Path(sys.argv[1]); (p / 'b.txt').write_text('new'); (p / 'a.txt').unlink()"
    return (
        EditFile(
            path=str(project / "launch.json"),
            before=digest_bytes(launch),
            edits=(Edit(start=at, end=at + 4, new="debug"),),
        ),
        EditFile(path=str(project / "new" / "made.env"), before=None, edits=(Edit(start=0, end=0, new="CC=zig\n"),)),
        SetGoEnv(
            name="GOPROXY",
            value="https://one.example.com|direct",
            file=str(work / "goenv"),
            before=digest_file(str(work / "goenv")),
        ),
        RemovePath(path=str(project / "old"), before=digest_path(str(project / "old"))),
        MovePath(path=str(project / "moved.txt"), to=str(project / "moved-here.txt")),
        Run(argv=("go", "mod", "edit", "-go=1.23"), cwd=str(project), writes=(str(project / "go.mod"),)),
        Run(argv=(sys.executable, "-c", script, str(work / "gen")), cwd=str(project), writes=(str(work / "gen"),)),
        HttpPut(url=url, body="new", before=digest_bytes(b"old"), content_type="text/plain"),
    )


def main() -> None:
    work, url, last = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    write = journals.Journal.write
    count = 0

    def write_and_die(self: journals.Journal, record: journals.Record) -> None:
        nonlocal count
        write(self, record)
        count += 1
        if count == last:
            os.kill(os.getpid(), signal.SIGKILL)

    journals.Journal.write = write_and_die  # type: ignore[method-assign]
    plan = Plan(steps=steps(work, url), findings=(), codes=(), fixes=())
    site = Site(scope=Scope(root=str(work / "project")), state=os.environ["GOMEND_STATE"], rules=())
    outcome = anyio.run(lambda: apply(plan, site, Report(findings=(), verdicts=()), {}, real_doors()))
    print(outcome.kind, count)


if __name__ == "__main__":
    main()
