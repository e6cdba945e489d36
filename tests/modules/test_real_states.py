"""Break a real project, see the rule speak, apply its fix, see the rule silent and the real go at work again."""

from __future__ import annotations

import shutil
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from gomend.model.base import Cost, Severity
from gomend.model.outcome import OutcomeKind
from tests.modules.lab import GO, MOD, Lab
from tests.modules.server import ProxyServer, Store, zip_of


def test_a_healthy_project_gets_no_error(lab: Lab) -> None:
    lab.good()
    assert [f for f in lab.check("GM0", "GM1").findings if f.severity is Severity.ERROR] == []


def test_bad_entry_in_goproxy(lab: Lab) -> None:
    lab.good()
    shutil.rmtree(lab.cache)
    lab.set(GOPROXY=f"ftp://mirror.example.com,{lab.server.url}")
    assert "invalid proxy URL scheme" in lab.go("build", "./...").stderr
    assert lab.mend("GM101").kind is OutcomeKind.PROVED
    assert lab.go("env", "GOPROXY").stdout.strip() == lab.server.url
    assert lab.go("build", "./...").returncode == 0


def test_goproxy_off_with_an_empty_cache(lab: Lab) -> None:
    lab.good()
    assert lab.codes("GM102") == []
    lab.set(GOPROXY="off")
    assert lab.codes("GM102") == []
    assert lab.go("build", "./...").returncode == 0
    shutil.rmtree(lab.cache)
    assert "disabled by GOPROXY=off" in lab.go("build", "./...").stderr
    assert lab.mend("GM102").kind is OutcomeKind.PROVED
    assert lab.go("env", "GOPROXY").stdout.strip() != "off"


def test_a_comma_that_hides_the_second_server(lab: Lab, store: Store) -> None:
    lab.good()
    second = ProxyServer(store)
    try:
        lab.server.faults = [("", "status:503")]
        lab.set(GOPROXY=f"{lab.server.url},{second.url}")
        shutil.rmtree(lab.cache)
        assert "503" in lab.go("build", "./...").stderr
        assert lab.mend("GM103").kind is OutcomeKind.PROVED
        assert lab.go("build", "./...").returncode == 0
    finally:
        second.close()


@pytest.mark.parametrize(("code", "settings"), [("GM105", {"GONOSUMDB": "corp.example.com"})])
def test_a_private_path_no_longer_reaches_the_proxy(lab: Lab, code: str, settings: dict[str, str]) -> None:
    lab.write({"go.mod": "module example.com/shop\n\ngo 1.21\n\nrequire corp.example.com/priv v0.1.0\n"})
    lab.set(**settings)
    lab.go("mod", "download")
    assert any("corp.example.com" in path for path in lab.server.asked)
    assert lab.mend(code).kind is OutcomeKind.PROVED
    lab.server.asked.clear()
    shutil.rmtree(lab.cache)
    lab.go("mod", "download")
    assert not any("corp.example.com" in path for path in lab.server.asked)


def test_sumdb_that_go_refuses(lab: Lab) -> None:
    lab.good()
    lab.set(GOSUMDB="a b c")
    assert "invalid GOSUMDB" in lab.go("mod", "download", "example.com/b@v1.0.0").stderr
    assert lab.mend("GM107").kind is OutcomeKind.PROVED
    lab.set(GOSUMDB="off")
    assert lab.mend("GM106").kind is OutcomeKind.PROVED


def test_a_password_in_a_plain_url(lab: Lab) -> None:
    lab.set(GOPROXY=lab.server.url.replace("://", "://ci:secret@"))
    assert "refusing to pass credentials" in lab.go("mod", "download", "example.com/a@v1.0.0").stderr
    found = lab.check("GM108").findings
    assert [f.code for f in found] == ["GM108"]
    assert "secret" not in repr(found)


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure(store: Store, authority: trustme.CA) -> Iterator[ProxyServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    made = ProxyServer(store, context)
    yield made
    made.close()


def test_netrc_without_the_port(lab: Lab, secure: ProxyServer, authority: trustme.CA, tmp_path: Path) -> None:
    pem = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(pem))
    lab.variables["SSL_CERT_FILE"] = str(pem)
    lab.set(GOPROXY=secure.url)
    secure.login = True
    home = Path(lab.variables["HOME"])
    home.mkdir()
    (home / ".netrc").write_text("machine 127.0.0.1 login joe password pw\n")
    done = lab.go("mod", "download", "example.com/a@v1.0.0")
    assert "401 Unauthorized" in done.stderr
    found = lab.check("GM1", log=done.stderr).findings
    assert found[0].slug == "netrc-no-match"
    assert {f.slug for f in found if f.explained_by == found[0].fingerprint} == {"proxy-unauthorized"}
    (home / ".netrc").write_text(f"machine 127.0.0.1:{secure.port} login joe password pw\n")
    assert lab.codes("GM109") == []
    assert lab.go("mod", "download", "example.com/a@v1.0.0").returncode == 0


@pytest.mark.parametrize("left", ["", "example.com/a v1.0.0/go.mod", "example.com/a v1.0.0 "])
def test_go_sum_lacks_lines(lab: Lab, left: str) -> None:
    lab.good()
    assert lab.codes("GM110") == []
    path = lab.project / "go.sum"
    kept = [line for line in path.read_text().splitlines(keepends=True) if left and line.startswith(left)]
    path.write_text("".join(kept)) if kept else path.unlink()
    assert "missing go.sum entry" in lab.go("build", "./...").stderr
    assert lab.mend("GM110").kind is OutcomeKind.PROVED
    assert lab.go("build", "./...").returncode == 0


def test_go_sum_with_a_replacement_by_another_module(lab: Lab) -> None:
    lab.write({"go.mod": MOD + "\nreplace example.com/a => example.com/a v1.1.0\n", "shop.go": GO})
    assert "missing go.sum entry" in lab.go("build", "./...").stderr
    assert lab.mend("GM110").kind is OutcomeKind.PROVED
    assert lab.go("build", "./...").returncode == 0
    assert lab.codes("GM110") == []


def test_merge_markers_in_go_sum(lab: Lab) -> None:
    lab.good()
    path = lab.project / "go.sum"
    path.write_text("<<<<<<< HEAD\n" + path.read_text() + "=======\n>>>>>>> topic\n")
    assert "malformed go.sum" in lab.go("build", "./...").stderr
    assert lab.mend("GM111").kind is OutcomeKind.PROVED
    assert lab.go("build", "./...").returncode == 0


def test_a_zip_that_was_cut(lab: Lab) -> None:
    lab.good()
    assert lab.codes("GM112", "GM113", "GM114", "GM115") == []
    shutil.rmtree(lab.cache / "example.com")
    zip_file = lab.download("zip")
    zip_file.write_bytes(zip_file.read_bytes()[:50])
    assert "not a valid zip file" in lab.go("build", "./...").stderr
    assert lab.mend("GM112").kind is OutcomeKind.PROVED
    assert lab.go("build", "./...").returncode == 0


def test_a_zip_of_other_bits(lab: Lab) -> None:
    lab.good()
    lab.download("ziphash").write_text("h1:AAAADFnbYrYGvqnaYZClmsZYqAk/1LymfMGsN8JIVoI=")
    assert lab.mend("GM112").kind is OutcomeKind.PROVED
    assert lab.go("build", "./...").returncode == 0
    assert lab.go("mod", "verify").returncode == 0


@pytest.mark.parametrize("content", ["", "module example.com/evil\n"])
def test_a_cached_go_mod_of_other_bits(lab: Lab, content: str) -> None:
    lab.good()
    lab.download("mod").write_text(content)
    assert "checksum mismatch" in lab.go("list", "-m", "all").stderr
    assert lab.mend("GM113").kind is OutcomeKind.PROVED
    assert lab.go("list", "-m", "all").returncode == 0
    assert lab.go("build", "./...").returncode == 0


@pytest.mark.parametrize("content", ["<html>", '{"Version":"v1.2.3"}', ""])
def test_an_info_file_that_lies(lab: Lab, content: str) -> None:
    lab.good()
    lab.download("info").write_text(content)
    assert lab.mend("GM114").kind is OutcomeKind.PROVED
    assert '"v1.0.0"' in lab.download("info").read_text()


@pytest.mark.parametrize("content", [None, "", "nonsense"])
def test_a_ziphash_that_is_lost_or_damaged(lab: Lab, content: str | None) -> None:
    lab.good()
    path = lab.download("ziphash")
    path.unlink() if content is None else path.write_text(content)
    assert lab.mend("GM115").kind is OutcomeKind.PROVED
    assert path.read_text().startswith("h1:")
    assert lab.go("build", "./...").returncode == 0


def test_vendor_out_of_step(lab: Lab) -> None:
    lab.good()
    assert lab.go("mod", "vendor").returncode == 0
    assert lab.codes("GM116", "GM110") == []
    lab.write({"go.mod": MOD.replace("v1.0.0", "v1.1.0")})
    assert "inconsistent vendoring" in lab.go("build", "./...").stderr
    assert lab.mend("GM116").kind is OutcomeKind.ROLLED_BACK  # go.sum has no v1.1.0 yet, so go mod vendor stops
    assert lab.go("mod", "tidy").returncode == 0
    assert lab.mend("GM116").kind is OutcomeKind.PROVED
    assert lab.go("build", "./...").returncode == 0


def test_a_flag_that_a_workspace_forbids(lab: Lab) -> None:
    lab.good()
    lab.write({"go.work": "go 1.21\n\nuse .\n"})
    assert lab.codes("GM117") == []
    lab.set(GOFLAGS="-modcacherw -mod=mod")
    assert "when in workspace mode" in lab.go("build", "./...").stderr
    assert lab.mend("GM117").kind is OutcomeKind.PROVED
    assert lab.go("env", "GOFLAGS").stdout.strip() == "-modcacherw"
    assert lab.go("build", "./...").returncode == 0


def test_a_replacement_folder_that_is_not_there(lab: Lab) -> None:
    lab.write({"go.mod": MOD + "\nreplace example.com/a => ../a\n", "shop.go": GO})
    done = lab.go("build", "./...")
    assert done.returncode != 0
    found = lab.check("GM1", log=done.stderr).findings
    assert found[0].code == "GM118"
    assert "GM195" in [f.code for f in found if f.explained_by]
    (lab.folder / "a").mkdir()
    (lab.folder / "a" / "go.mod").write_text("module example.com/a\n")
    (lab.folder / "a" / "a.go").write_text("package a\n")
    assert lab.codes("GM118") == []
    assert lab.go("build", "./...").returncode == 0


def test_an_edited_folder_in_the_cache(lab: Lab) -> None:
    lab.good()
    assert lab.check("GM119", "GM120", depth=Cost.PROBE).findings == ()
    source = lab.cache / "example.com/a@v1.0.0/a.go"
    source.chmod(0o644)
    source.write_text("package a\n\nvar Edited = 1\n")
    assert "dir has been modified" in lab.go("mod", "verify").stderr
    assert lab.go("build", "./...").returncode == 0
    assert lab.mend("GM119").kind is OutcomeKind.PROVED
    assert lab.go("mod", "verify").returncode == 0


def test_an_exchanged_zip_in_the_cache(lab: Lab) -> None:
    lab.good()
    other = zip_of("example.com/a", "v1.0.0", {"go.mod": "module example.com/a\n", "a.go": "package a\n\nvar Evil = 1\n"})
    lab.download("zip").write_bytes(other)
    shutil.rmtree(lab.cache / "example.com")
    assert lab.go("build", "./...").returncode == 0  # go builds with it
    found = lab.check("GM119", "GM120", depth=Cost.PROBE).findings
    assert [f.code for f in found] == ["GM120", "GM119"]
    assert lab.mend("GM120").kind is OutcomeKind.PROVED
    assert lab.check("GM119", "GM120", depth=Cost.PROBE).findings == ()
    assert lab.go("mod", "verify").returncode == 0
