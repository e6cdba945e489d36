"""Bad input: one clear message, the right exit code, no traceback."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest


def gomend(
    *words: str, cwd: Path | None = None, env: dict[str, str] | None = None, **more: object
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gomend", *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        **more,  # type: ignore[call-overload]
    )


def clear(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    assert done.returncode == code, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr + done.stdout
    messages = [line for line in done.stderr.splitlines() if line.startswith("gomend: ")]
    assert len(messages) == 1, done.stderr
    for word in words:
        assert word in messages[0], messages


@pytest.fixture
def project(tmp_path: Path, home: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "go.mod").write_text("module example.com/x\n\ngo 1.22\n")
    (folder / "main.go").write_text("package main\n\nfunc main() {}\n")
    return folder


def test_no_go_on_path(project: Path) -> None:
    done = gomend("check", str(project), "--format", "json", env={"PATH": "/nowhere"})
    assert done.returncode == 1, done.stderr
    assert '"go-missing"' in done.stdout
    assert '"undetermined"' in done.stdout
    assert "Traceback" not in done.stderr


def test_not_a_go_project(tmp_path: Path, home: Path) -> None:
    clear(gomend("check", str(tmp_path)), 2, "not a Go project", str(tmp_path))


def test_no_such_folder(tmp_path: Path) -> None:
    clear(gomend("check", str(tmp_path / "nowhere")), 2, "nowhere", "No such file")


def test_a_file_instead_of_a_folder(project: Path) -> None:
    clear(gomend("check", str(project / "go.mod")), 2, "Not a directory")


def test_workspace_root_without_module(tmp_path: Path, home: Path) -> None:
    (tmp_path / "go.work").write_text("go 1.22\n\nuse (\n\t./a\n\t./b\n)\n")
    clear(gomend("check", str(tmp_path)), 2, "./a ./b")


def test_folder_without_permission(project: Path) -> None:
    project.chmod(0o000)
    try:
        words = [sys.executable, "-m", "gomend", "check", str(project)]
        if os.geteuid() == 0:
            words = ["setpriv", "--reuid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all", *words]
        done = subprocess.run(
            words, capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "HOME": "/tmp"}
        )
        clear(done, 2, "Permission denied")
    finally:
        project.chmod(0o755)


def test_broken_go_mod(project: Path) -> None:
    (project / "go.mod").write_text("module example.com/x\n\nrequire (\n\texample.com/y\n")
    done = gomend("check", str(project))
    assert done.returncode in {0, 1}, done.stderr
    assert "Traceback" not in done.stderr + done.stdout


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00module", b"module x\n\x00\x00", b"", b"(" * 5000], ids=["utf-16", "nul", "empty", "deep"]
)
def test_strange_go_mod(project: Path, content: bytes) -> None:
    (project / "go.mod").write_bytes(content)
    done = gomend("check", str(project))
    assert done.returncode in {0, 1}, done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_huge_go_mod(project: Path) -> None:
    (project / "go.mod").write_text("module example.com/x\n" + "// padding\n" * 900_000)
    done = gomend("check", str(project), "--select", "GM104", "--private", "x.example.com")
    assert done.returncode == 0, done.stderr
    assert "larger than 8 MB" in done.stdout


def test_go_mod_is_a_folder(project: Path) -> None:
    (project / "go.mod").unlink()
    (project / "go.mod").mkdir()
    done = gomend("check", str(project))
    assert "Traceback" not in done.stderr + done.stdout
    assert done.returncode in {0, 1, 2}


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("privat = ['x']\n", ("unknown key 'privat'", "did you mean 'private'")),
        ("private = 'x'\n", ("private: expected `array`",)),
        ("fail-on = 'always'\n", ("fail-on", "always")),
        ("targets = ['arm64']\n", ("GOOS/GOARCH", "arm64")),
        ("language = 'fr'\n", ("language", "fr")),
        ("[[ignore-path]]\npath = 'x'\nrules = ['GM104']\nreason = ''\n", ("needs a reason",)),
        ("[severity]\nGM104 = 'fatal'\n", ("severity", "fatal")),
        ("x = [\n", ("not valid TOML",)),
    ],
)
def test_bad_settings(project: Path, toml: str, words: tuple[str, ...]) -> None:
    (project / "gomend.toml").write_text(toml)
    clear(gomend("check", str(project)), 2, "gomend.toml", *words)


def test_settings_in_pyproject(project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool.gomend]\nprivat = []\n")
    clear(gomend("check", str(project)), 2, "pyproject.toml [tool.gomend]", "private")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("chekc",), "Did you mean check"),
        (("check", "--select", "GM999"), "GM999"),
        (("check", "--select", "private-via-public-prox"), "private-via-public-proxy"),
        (("check", "--target", "arm64"), "GOOS/GOARCH"),
        (("check", "--format", "yaml"), "yaml"),
        (("check", "--lang", "fr"), "fr"),
        (("check", "--config", "nowhere.toml"), "nowhere.toml"),
        (("check", "--replay", "/nowhere"), "/nowhere"),
        (("explain", "GM9"), "GM9"),
        (("report", "--from", "/nowhere"), "No such file"),
        (("schema", "nothing"), "gomend.findings/1"),
        (("run",), "after --"),
        (("run", "--", "no-such-program-xyz"), "no-such-program-xyz"),
        (("why", "/nowhere.log"), "No such file"),
        (("undo",), "nothing to undo"),
        (("undo", "20200101-abc"), "20200101-abc"),
    ],
)
def test_wrong_words(project: Path, words: tuple[str, ...], said: str) -> None:
    clear(gomend(*words, cwd=project), 2, said)


def test_report_of_something_else(project: Path) -> None:
    (project / "run.jsonl").write_text('{"message": "hello"}\n')
    clear(gomend("report", "--from", str(project / "run.jsonl")), 2, "run.jsonl:1")


def test_why_without_text(project: Path) -> None:
    clear(gomend("why", "-", cwd=project, input=""), 2, "no text")


def test_output_cannot_be_written(project: Path) -> None:
    clear(gomend("check", str(project), "-o", "/proc/nowhere/x"), 2, "/proc")


def test_state_folder_cannot_be_used(project: Path) -> None:
    (project / "gomend.toml").write_text("private = ['corp.example.com']\n")
    (project / "go.mod").write_text("module x\n\ngo 1.22\n\nrequire corp.example.com/a v1.0.0\n")
    done = gomend("apply", "--yes", "--select", "GM104", str(project), env={"GOMEND_STATE": "/proc/x"})
    clear(done, 2, "GOMEND_STATE")


def test_a_log_of_a_gigabyte(project: Path) -> None:
    """Bounded memory: the error in the middle is still found."""
    command = (
        f"{sys.executable} -c \"import sys; w = sys.stdout.buffer.write; b = b'noise line of a build\\n' * 50000;\n"
        "[w(b) for _ in range(500)]; "
        "w(b'go: example.com/a@v1.0.0: reading https://proxy.example.com/example.com/a/@v/v1.0.0.info: 401 Unauthorized\\n');\n"
        f'[w(b) for _ in range(500)]" | {sys.executable} -m gomend why - --format json'
    )

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (700_000_000, 700_000_000))

    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, timeout=200, check=False, cwd=project, preexec_fn=limited
    )
    assert '"proxy-unauthorized"' in done.stdout, done.stderr
    assert "gomend read" in done.stderr


def test_output_to_a_closed_pipe(project: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {sys.executable} -m gomend rules | true"],
        capture_output=True,
        text=True,
        check=False,
        cwd=project,
    )
    assert "Traceback" not in done.stderr
