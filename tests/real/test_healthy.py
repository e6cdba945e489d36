"""Healthy open-source projects, versions pinned, fetched through the module proxy: no error, no crash, under 3 s of our own CPU."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECTS = (
    "github.com/gin-gonic/gin@v1.10.0",
    "github.com/spf13/cobra@v1.8.1",
    "github.com/gohugoio/hugo@v0.140.2",
    "github.com/prometheus/client_golang@v1.20.5",
    "github.com/caddyserver/caddy/v2@v2.8.4",
    "go.etcd.io/etcd/client/v3@v3.5.17",
    "google.golang.org/grpc@v1.69.2",
    "go.uber.org/zap@v1.27.0",
    "github.com/stretchr/testify@v1.10.0",
    "k8s.io/client-go@v0.32.0",
    "github.com/sqlc-dev/sqlc@v1.27.0",
    "github.com/mattn/go-sqlite3@v1.14.24",
    "github.com/go-delve/delve@v1.24.0",
    "gorm.io/gorm@v1.25.12",
    "github.com/gofiber/fiber/v2@v2.52.5",
)
BESIDE = {
    "go.etcd.io/etcd/client/v3@v3.5.17": {
        "../../api": "go.etcd.io/etcd/api/v3@v3.5.17",
        "../pkg": "go.etcd.io/etcd/client/pkg/v3@v3.5.17",
    },
}
"""Modules that lie beside one in its repository, and that its go.mod replaces by folders."""


def fetch(module: str, target: Path) -> None:
    done = subprocess.run(
        ["go", "mod", "download", "-json", module], cwd="/", capture_output=True, text=True, check=True, timeout=300
    )
    shutil.copytree(json.loads(done.stdout)["Dir"], target)
    subprocess.run(["chmod", "-R", "u+w", str(target)], check=True)


@pytest.mark.full
@pytest.mark.parametrize("module", PROJECTS)
def test_no_false_alarm(module: str, tmp_path: Path, home: Path) -> None:
    project = tmp_path / "repository" / "client" / "v3"
    fetch(module, project)
    for place, beside in BESIDE.get(module, {}).items():
        fetch(beside, project / place)
    script = (
        "import sys, time\nfrom gomend.apps.cli.main import run\n"
        "code = run(sys.argv[1:])\n"
        "print(f'own cpu {time.process_time():.3f}', file=sys.stderr)\nsys.exit(code)\n"
    )
    words = ["check", str(project), "--format", "json", "--target", "linux/amd64"]
    done = subprocess.run(
        [sys.executable, "-c", script, *words], capture_output=True, text=True, timeout=300, check=False, env=os.environ
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    answer = json.loads(done.stdout)
    assert [f["title"] for f in answer["findings"] if f["severity"] == "error"] == []
    own = float(done.stderr.rsplit("own cpu ", 1)[1])
    assert own < 3.0
