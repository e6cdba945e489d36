"""Real git repositories of the lab's modules, served by the real ``git http-backend``."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path
from typing import Final

from gomend.lab import modules
from gomend.lab.actions import Response
from gomend.lab.server import Handler

REPOSITORIES: Final = {
    "priv": "corp.example.com/priv",
    "a": "example.com/a",
    "b": "example.com/b",
    "case": "example.com/UP/Case",
}
"""The module in each repository, by the repository's name in the URL."""
_WHEN: Final = "2024-01-02T03:04:05Z"
_PASSED_ON: Final = {
    "Content-Type": "CONTENT_TYPE",
    "Content-Length": "CONTENT_LENGTH",
    "Content-Encoding": "HTTP_CONTENT_ENCODING",
    "Git-Protocol": "GIT_PROTOCOL",
    "Accept": "HTTP_ACCEPT",
}


class GitProblem(Exception):  # noqa: N818 - a problem is told to people
    """git is not there or fails; the message has its words."""


class Repositories:
    """Bare repositories in one folder, made when they are first asked for."""

    def __init__(self, folder: Path) -> None:
        """Nothing is made yet."""
        self._folder = folder
        self._lock = threading.Lock()
        self._environ = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(folder),
            "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "lab",
            "GIT_AUTHOR_EMAIL": "lab@example.com",
            "GIT_AUTHOR_DATE": _WHEN,
            "GIT_COMMITTER_NAME": "lab",
            "GIT_COMMITTER_EMAIL": "lab@example.com",
            "GIT_COMMITTER_DATE": _WHEN,
        }

    def prepare(self) -> None:
        """Make them all.

        Raises:
            GitProblem: git is not there or fails.
        """
        with self._lock:
            self._folder.mkdir(parents=True, exist_ok=True)
            for name, module in REPOSITORIES.items():
                bare = self._folder / name
                if not bare.exists():
                    self._make(bare, module)

    def _make(self, bare: Path, module: str) -> None:
        tree = self._folder / f"{bare.name}.tree"
        self._git(self._folder, "init", "-q", "-b", "master", str(tree))
        for release in modules.versions_of(module):
            for name, text in release.files.items():
                path = tree / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            self._git(tree, "add", "-A")
            self._git(tree, "commit", "-q", "--allow-empty", "-m", release.version)
            if release.listed:
                self._git(tree, "tag", release.version)
        self._git(self._folder, "clone", "-q", "--bare", str(tree), str(bare))

    def _git(self, where: Path, *words: str) -> None:
        try:
            done = subprocess.run(["git", *words], cwd=where, env=self._environ, capture_output=True, text=True, check=False)
        except OSError as error:
            msg = f"git cannot be started: {error.strerror}"
            raise GitProblem(msg) from None
        if done.returncode:
            msg = f"git {words[0]} failed: {done.stderr.strip()}"
            raise GitProblem(msg)

    def answer(self, handler: Handler) -> Response:
        """Hand one request to ``git http-backend``."""
        path, _, query = handler.path.partition("?")
        name = path.split("/")[1].removesuffix(".git")
        if name not in REPOSITORIES:
            return Response(status=404, body=b"not found")
        inner = "/" + "/".join([name, *path.split("/")[2:]])
        environ = self._environ | {
            "GIT_PROJECT_ROOT": str(self._folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
            "REQUEST_METHOD": handler.command,
            "PATH_INFO": inner,
            "QUERY_STRING": query,
            "REMOTE_ADDR": "127.0.0.1",
            "REMOTE_USER": "lab",
        }
        environ |= {variable: handler.headers[header] for header, variable in _PASSED_ON.items() if header in handler.headers}
        sent = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        done = subprocess.run(["git", "http-backend"], input=sent, env=environ, capture_output=True, check=False)
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines() if ": " in line)
        status = int(headers.pop("Status", "200").split()[0])
        return Response(status=status if head else 500, body=body, headers=headers)
