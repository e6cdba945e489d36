"""What a project and a machine tell of a team."""

from __future__ import annotations

import pytest

from gomend.modules.planning.infer import Seen, infer
from gomend.modules.planning.needs import Needs

OWN = "https://proxy.example.org,direct"


def guess(**seen: object) -> Needs:
    return infer(Seen(default_proxy=OWN, **seen), Needs()).needs  # type: ignore[arg-type]


def paths(needs: Needs) -> dict[str, tuple[str, ...]]:
    return {group.via: group.paths for group in needs.private}


@pytest.mark.parametrize(
    "remote",
    [
        "git@git.corp.test:team/x.git",
        "ssh://git@git.corp.test:2222/team/x",
        "https://git.corp.test/team/x.git",
        "git.corp.test:team/x",
    ],
)
def test_the_remote_s_owner_if_there_is_a_key_for_it(remote: str) -> None:
    assert paths(guess(remotes=(remote,), netrc=("git.corp.test",))) == {"git-https": ("git.corp.test/team",)}
    assert paths(guess(remotes=(remote,))) == {}


def test_a_public_host_is_not_taken_whole() -> None:
    """A key for a host that public modules come from too says nothing of those."""
    seen = {"main": "code.test/acme/x", "requires": ("code.test/other/y",), "netrc": ("code.test",)}
    assert paths(guess(**seen)) == {"git-https": ("code.test/acme",)}


def test_a_rewrite_names_the_way() -> None:
    rewrites = (("ssh://git@code.test/", "https://code.test/"),)
    assert paths(guess(main="code.test/acme/x", rewrites=rewrites)) == {"git-ssh": ("code.test/acme",)}
    deep = (("git@code.test:acme/", "https://code.test/acme/"),)
    assert paths(guess(main="m", requires=("code.test/acme/y",), rewrites=deep)) == {"git-ssh": ("code.test/acme",)}


def test_what_is_set_is_kept_and_strangers_stay_strangers() -> None:
    current = {"GOPRIVATE": "a.test,b.test/x", "GOPROXY": f"https://joe:pw@mirror.test|{OWN}"}
    found = infer(Seen(default_proxy=OWN, current=current), Needs())
    needs = found.needs
    assert [(said.id, said.parameters) for said in found.open] == [
        ("modules.plan.open-moved", {"server": "https://mirror.test"})
    ]
    assert paths(needs) == {"git-https": ("a.test", "b.test/x")}
    assert [(s.url, s.company, s.private, s.login) for s in needs.server] == [("https://mirror.test", False, False, True)]
    assert needs.network == ""


def test_private_modules_through_the_proxy_that_is_set() -> None:
    found = infer(Seen(default_proxy=OWN, current={"GOPROXY": "https://p.test", "GONOSUMDB": "a.test"}), Needs())
    assert paths(found.needs) == {"proxy": ("a.test",)}
    assert found.needs.server[0].company
    assert [said.id.rpartition(".")[2] for said in found.open] == ["open-left-out", "open-owner"]
    assert "https://p.test" in found.open[1].parameters["servers"]


def test_what_netrc_names_is_asked_not_taken() -> None:
    found = infer(Seen(default_proxy=OWN, requires=("host.test/x",), netrc=("host.test", "unused.test")), Needs())
    assert found.needs.private == ()
    assert [said.parameters for said in found.open] == [{"host": "host.test"}]
