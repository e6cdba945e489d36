"""Write ``docs/cgo-emitted.md``: every emitted form for a small program, what its judges say and what came of running it: ``python tools/cgo_emitted.py``.

What runs an image or a CI job is not here: the tests do their steps in order and say so in their names.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from gomend.cgo.build.wish import Wish
from gomend.cgo.emit.others import FORMS
from gomend.cgo.emit.pins import Pins

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
HELLO = 'package main\n\n// static int add(int a, int b) { return a + b; }\nimport "C"\nimport "fmt"\n\nfunc main() { fmt.Println("OK", C.add(2, 40)) }\n'
PINS = Pins(zig="0.17.1", go="1.26.8")
WISH = Wish(goos="linux", goarch="arm64", libc="musl")
NAMES = {
    "script": "build.sh", "makefile": "Makefile", "dockerfile": "Dockerfile", "github": ".github/workflows/cgo.yml", "gitlab": ".gitlab-ci.yml",
    "goreleaser": ".goreleaser.yaml", "bazel": "MODULE.bazel", "nix": "default.nix",
}  # fmt: skip
SCHEMA = "check-jsonschema --builtin-schema vendor."
COMMANDS: dict[str, tuple[str, ...]] = {
    "script": (
        "shellcheck build.sh",
        "sh build.sh --static -o shop && qemu-aarch64 ./shop",
        "sh build.sh --dynamic -o shop && qemu-aarch64 -L /usr/aarch64-linux-gnu ./shop",
    ),
    "makefile": (
        'make -s static ZIG="python -m ziglang"',
        "qemu-aarch64 dist/shop-linux-arm64-static",
        "dist/shop-linux-amd64-static",
    ),
    "dockerfile": ("hadolint Dockerfile",),
    "github": (f"{SCHEMA}github-workflows .github/workflows/cgo.yml",),
    "gitlab": (f"{SCHEMA}gitlab-ci --data-transform gitlab-ci .gitlab-ci.yml",),
    "goreleaser": (
        "git init -q && git remote add origin https://git.example.com/team/shop.git && git add -A && git -c user.name=a -c user.email=a@example.com commit -qm first",
        "goreleaser check",
        "goreleaser build --snapshot --clean 2>&1 | grep -v took",
        "qemu-aarch64 dist/linux-arm64_*/shop",
    ),
    "bazel": ("buildifier -mode=check -lint=warn MODULE.bazel",),
    "nix": ("nix-instantiate --parse default.nix > parsed",),
}
ALSO = {
    "dockerfile": "Its RUN steps are done in order below an overlay of this system (a full test); an image engine is not here.",
    "github": "Its `run` steps are done in order for both CPUs by a test that fills in the expressions.",
    "gitlab": "Its script is run for both CPUs by a test.",
    "goreleaser": "A full test builds both links with the real goreleaser; each build and its hook are also run by a test without it.",
    "bazel": "Parsed only: no Bazel here.",
    "nix": "Parsed only: no nixpkgs here.",
}


def goreleaser() -> str:
    """The real program, built the first time (1,800 packages)."""
    path = ROOT / ".cache/tools/bin/goreleaser"
    if not path.exists():
        env = {**os.environ, "GOBIN": str(path.parent), "GOFLAGS": ""}
        subprocess.run(["go", "install", "github.com/goreleaser/goreleaser/v2@v2.13.0"], env=env, check=True)
    return str(path)


def main() -> None:
    goreleaser()
    lines = [
        "# What `gomend cgo build --emit` prints, and what came of it",
        "",
        "Written by `tools/cgo_emitted.py` for a program of ten lines with C, target linux/arm64, musl, static; go 1.26.8 and zig 0.17.1.",
        "",
    ]
    env = {
        **os.environ,
        "PATH": f"{BIN}:{ROOT}/.cache/tools/bin:{os.environ['PATH']}",
        "GOFLAGS": "-buildvcs=false",
        "GOTOOLCHAIN": "local",
    }
    for form, make in FORMS.items():
        text = make(WISH, PINS, "dist/shop")
        lines += [f"## {form}", "", f"```\n{text.rstrip()}\n```", ""]
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            (place / "go.mod").write_text("module example.com/shop\n\ngo 1.22\n")
            (place / "main.go").write_text(HELLO)
            (place / NAMES[form]).parent.mkdir(parents=True, exist_ok=True)
            (place / NAMES[form]).write_text(text)
            log = []
            for command in COMMANDS[form]:
                done = subprocess.run(["bash", "-c", command], cwd=place, env=env, capture_output=True, text=True, check=False)
                said = [line.replace(folder, "…") for line in (done.stdout + done.stderr).splitlines() if "nixbld" not in line]
                log += [f"$ {command}", *said, f"exit {done.returncode}"]
                if done.returncode:
                    sys.exit("\n".join(log))
        if log:
            lines += ["```", *log, "```", ""]
        if form in ALSO:
            lines += [ALSO[form], ""]
    (ROOT / "docs/cgo-emitted.md").write_text("\n".join(lines))


if __name__ == "__main__":
    main()
