"""Overrides: real git, real ssh-keygen and gpg signatures, and what must not count."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.slo import servers
from tests.slo.servers import AT
from tests.slo.test_gate import CHECKOUT, gate


def soon(days: float = 1) -> str:
    return (dt.datetime.now(dt.UTC) + dt.timedelta(days=days)).isoformat(timespec="seconds")


def entry(expires: str = "", slo: str = "checkout", reason: str = "mends the outage itself") -> str:
    return f"overrides:\n  - slos: [{slo}]\n    reason: {reason}\n    expires: {expires or soon()}\n"


class Repo:
    """A work tree with a signer who is allowed and one who is not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "repo"
        self.folder.mkdir()
        for name in ("alice", "mallory"):
            words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)]
            subprocess.run(words, check=True)
        (folder / "signers").write_text("alice@example.com " + (folder / "alice.pub").read_text())
        self.signers = str(folder / "signers")
        self.git("init", "-q", "-b", "main")

    def git(self, *words: str) -> str:
        env = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
        who = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "gpg.format=ssh")
        done = subprocess.run(["git", *who, *words], cwd=self.folder, env=env, capture_output=True, text=True, check=True)
        return done.stdout

    def commit(self, text: str, signer: str | None = "alice", name: str = "overrides.yaml") -> None:
        (self.folder / name).write_text(text)
        self.git("add", name)
        sign = ["-S", "-m", "let it through"] if signer else ["-m", "let it through"]
        self.git("-c", f"user.signingkey={self.folder.parent / (signer or 'x')}.pub", "commit", "-q", *sign)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    servers.have("ssh-keygen", "git", "gpg")
    return Repo(tmp_path)


def judged(repo: Repo, shop: servers.Prometheus, *more: str) -> tuple[int, dict[str, Any], str]:
    words = ["--overrides", str(repo.folder / "overrides.yaml"), "--signers", repo.signers, *more]
    return gate(repo.folder, CHECKOUT.replace("JOB", "checkout"), "--prometheus", shop.url, "--at", str(AT), *words)


def test_a_signed_entry_lets_through_and_says_so(repo: Repo, shop: servers.Prometheus) -> None:
    repo.commit(entry())
    code, answer, said = judged(repo, shop)
    found = answer["objectives"][0]
    assert (code, answer["verdict"], found["verdict"]) == (0, "pass", "block"), said
    assert found["override"]["by"] == "alice@example.com"
    assert "outage" in found["override"]["reason"]


def test_gpg_signatures_count_too(
    repo: Repo, shop: servers.Prometheus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    new = ["gpg", "--batch", "--passphrase", "", "--quick-gen-key", "Bob <bob@example.com>", "ed25519", "sign", "1d"]
    subprocess.run(new, check=True, capture_output=True)
    (repo.folder / "overrides.yaml").write_text(entry())
    repo.git("add", "overrides.yaml")
    repo.git("-c", "gpg.format=openpgp", "-c", "user.signingkey=bob@example.com", "commit", "-q", "-S", "-m", "x")
    code, answer, said = judged(repo, shop)
    subprocess.run(["gpgconf", "--kill", "all"], check=False)
    assert (code, answer["objectives"][0]["override"]["by"]) == (0, "Bob <bob@example.com>"), said


@pytest.mark.parametrize(
    "how", ["unsigned", "stranger", "edited", "expired", "long", "other", "later", "short", "zone", "untracked"]
)
def test_what_does_not_count(how: str, repo: Repo, shop: servers.Prometheus) -> None:
    says = {
        "unsigned": "no signature", "stranger": "no signature", "edited": "not as committed", "expired": "", "other": "",
        "long": "longer than 14 days", "later": "no signature", "short": "at least 10 letters", "zone": "zone", "untracked": "HEAD",
    }[how]  # fmt: skip
    repo.commit("x: 1\n", name="README")
    if how == "untracked":
        (repo.folder / "overrides.yaml").write_text(entry())
    elif how in {"unsigned", "stranger"}:
        repo.commit(entry(), None if how == "unsigned" else "mallory")
    else:
        text = {
            "expired": entry(soon(-1)), "long": entry(soon(15)), "other": entry(slo="search"), "short": entry(reason="urgent"),
            "zone": entry("2026-12-01T00:00:00"),
        }.get(how, entry())  # fmt: skip
        repo.commit(text)
    if how == "edited":
        (repo.folder / "overrides.yaml").write_text(entry(soon(2)))
    if how == "later":
        repo.commit(entry() + "# one more line\n", None)
    code, answer, said = judged(repo, shop)
    assert (code, answer["verdict"]) == (1, "block")
    assert answer["objectives"][0]["override"] is None
    assert says in said, said


def test_a_shallow_clone_does_not_say_who_wrote_it(repo: Repo, shop: servers.Prometheus, tmp_path: Path) -> None:
    repo.commit(entry(), None)
    repo.commit("x: 1\n", "alice", name="README")
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{repo.folder}", str(tmp_path / "clone")], check=True)
    repo.folder = tmp_path / "clone"
    code, _, said = judged(repo, shop)
    assert (code, "shallow" in said) == (1, True)


def test_unknown_is_let_through_only_where_it_is_said(repo: Repo, shop: servers.Prometheus) -> None:
    text = CHECKOUT.replace("JOB", "silent")
    words = [
        "--prometheus",
        shop.url,
        "--at",
        str(AT),
        "--overrides",
        str(repo.folder / "overrides.yaml"),
        "--signers",
        repo.signers,
    ]
    repo.commit(entry())
    assert gate(repo.folder, text, *words)[0] == 4
    repo.commit(entry() + "    verdicts: [unknown]\n")
    assert gate(repo.folder, text, *words)[0] == 0
