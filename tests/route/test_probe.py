"""``--probe`` on real servers: phases, certificates, redirects, logins, and what it says go would do against the real go."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from gomend.apps.cli.main import gomend
from gomend.apps.cli.schema import schema
from gomend.lab.catalogue import CATALOGUE
from gomend.lab.spec import Scenario, Spec
from gomend.lab.stage import Stage, staged
from gomend.modules import certificates
from gomend.modules.route.causes import cause

A = "example.com/a@v1.0.0"


def probe(stage: Stage, module: str = A, *more: str) -> tuple[int, dict[str, Any], str]:
    """Exit code, the JSON answer and everything that was printed."""
    arguments = ["mod", "route", module, "--probe", "--format", "json", "--timeout", "1", *more]
    done = CliRunner().invoke(gomend, arguments, env=stage.environ, standalone_mode=False)
    assert done.exception is None, done.output
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, schema("gomend.decision/1"))
    return int(done.return_value), answer["probe"], done.output


def scene(action: str = "ok", *, tls: str = "", second: str = "", mark: str = ",", **more: Any) -> Scenario:
    scheme = "https" if tls else "http"
    servers = {"P1": Spec(default=action, tls=tls or False, **more)}
    value = f"{scheme}://127.0.0.1:{{P1}}"
    if second:
        servers["P2"] = Spec(default=second)
        value += f"{mark}http://127.0.0.1:{{P2}}"
    return Scenario(id="x", servers=servers, env={"GOPROXY": value, "GOSUMDB": "off"}, files={"m/keep": ""}, timeout=3)


def first(found: dict[str, Any]) -> dict[str, Any]:
    exchange: dict[str, Any] = found["exchanges"][0]
    return exchange


def test_a_healthy_server_over_tls() -> None:
    with staged(scene(tls="good")) as stage:
        code, found, _ = probe(stage)
    one = first(found)
    assert (code, found["fetchable"], one["status"], one["body"], one["reaction"]) == (0, True, 200, "info", "answers")
    assert found["answered_by"] == f"https://127.0.0.1:{stage.ports['P1']}"
    assert one["certificate"]["trusted"]
    assert one["certificate"]["names"] == ["127.0.0.1"]
    assert all(one[f"{phase}_ms"] > 0 for phase in ("dns", "connect", "tls", "first_byte"))


@pytest.mark.parametrize(
    ("tls", "problem", "cause_"),
    [
        ("expired", "certificate has expired", "proxy-tls"),
        ("selfsigned", "unable to get local issuer certificate", "proxy-tls"),
    ],
)
def test_certificates_that_are_not_trusted_are_still_shown(tls: str, problem: str, cause_: str) -> None:
    with staged(scene(tls=tls)) as stage:
        code, found, _ = probe(stage)
    certificate = first(found)["certificate"]
    assert (code, found["cause"], first(found)["problem"]) == (1, cause_, "tls")
    assert (certificate["trusted"], certificate["problem"], certificate["names"]) == (False, problem, ["127.0.0.1"])
    assert certificate["expires"].startswith("2024-02-01" if tls == "expired" else "30")


@pytest.mark.parametrize(
    ("action", "problem", "body", "reaction"),
    [
        ("hang", "hang", "", "waits"),
        ("close", "reset", "", "stop"),
        ("drip:0.5", "", "info", "answers"),
        ("status:404", "", "empty", "next"),
        ("status:503", "", "empty", "stop"),
        ("html", "", "login", "stop"),
        ("badjson", "", "other", "stop"),
        ("emptybody", "", "empty", "stop"),
    ],
)
def test_what_a_server_answers(action: str, problem: str, body: str, reaction: str) -> None:
    with staged(scene(action)) as stage:
        code, found, _ = probe(stage)
    one = first(found)
    assert (one["problem"], one["body"], one["reaction"]) == (problem, body, reaction)
    assert code == (0 if reaction == "answers" else 1)


def test_a_hang_names_the_address_that_go_waits_for() -> None:
    with staged(scene("hang", second="ok", mark="|")) as stage:
        code, found, _ = probe(stage)
    assert (code, found["cause"], found["answered_by"]) == (1, "proxy-timeout", "")
    assert found["waits"].endswith("/example.com/a/@v/v1.0.0.info")
    assert found["exchanges"][2]["status"] == 200


def test_a_body_that_trickles_is_never_called_fine() -> None:
    with staged(scene("drip:30")) as stage:
        code, found, _ = probe(stage, A, "--timeout", "0.9")
    assert (code, found["complete"], first(found)["problem"]) == (1, False, "slow")


def test_redirects_as_go_follows_them() -> None:
    with staged(scene("redirect:http://127.0.0.1:{P2}", tls="good", second="ok")) as stage:
        code, found, _ = probe(stage)
    assert (code, found["cause"]) == (1, "insecure-redirect")
    assert first(found)["redirect"] == f"http://127.0.0.1:{stage.ports['P2']}/example.com/a/@v/v1.0.0.info"
    assert not any(x["server"].endswith(str(stage.ports["P2"])) and x["status"] == 302 for x in found["exchanges"])
    with staged(scene("loop")) as stage:
        code, found, _ = probe(stage)
    assert (code, found["cause"]) == (1, "redirect-loop")
    with staged(CATALOGUE["login-page"].scenario) as stage:
        code, found, _ = probe(stage)
    assert (code, first(found)["body"], found["cause"]) == (1, "login", "proxy-bad-response")


def test_nobody_listens_and_nobody_is_called_so() -> None:
    refused = Scenario(
        id="x",
        servers={"P1": Spec(refused=True)},
        env={"GOPROXY": "http://127.0.0.1:{P1}", "GOSUMDB": "off"},
        files={"m/keep": ""},
    )
    with staged(refused) as stage:
        code, found, _ = probe(stage)
    assert (code, first(found)["problem"], found["cause"]) == (1, "refused", "proxy-unreachable")
    unknown = Scenario(id="x", env={"GOPROXY": "http://nobody.invalid", "GOSUMDB": "off"}, files={"m/keep": ""})
    with staged(unknown) as stage:
        code, found, _ = probe(stage)
    assert (code, first(found)["problem"], found["cause"]) == (1, "dns", "proxy-unreachable")


def test_logins_go_only_where_go_sends_them_and_are_never_shown() -> None:
    servers = {"P1": Spec(tls="good", needauth="joe:hunter2pw"), "P2": Spec(tls="good")}
    made = Scenario(
        id="x",
        servers=servers,
        env={"GOPROXY": "https://127.0.0.1:{P1},https://127.0.0.1:{P2}", "GOSUMDB": "off"},
        files={"m/keep": "", "home/.netrc": "machine 127.0.0.1:{P1} login joe password hunter2pw\n"},
    )
    with staged(made) as stage:
        code, found, printed = probe(stage)
        asked = stage.journal.requests
    assert (code, found["fetchable"]) == (0, True)
    assert all(entry.endswith("200 auth=Basic") for entry in asked["P1"])
    assert all("auth=" not in entry for entry in asked["P2"])
    assert {x["login"] for x in found["exchanges"] if x["server"].endswith(str(stage.ports["P1"]))} == {True}
    assert "hunter2pw" not in printed
    with staged(made) as stage:
        text = CliRunner().invoke(gomend, ["mod", "route", A, "--probe"], env=stage.environ, standalone_mode=False)
    assert "a login was sent" in text.output
    assert "hunter2pw" not in text.output


def test_a_login_in_the_url_is_not_sent_over_plain_http() -> None:
    with staged(CATALOGUE["credentials-over-http"].scenario) as stage:
        code, found, printed = probe(stage)
        asked = stage.journal.requests
    assert (code, found["cause"], asked) == (1, "credentials-over-http", {})
    assert "pw@" not in printed


def test_the_checksum_database_is_part_of_the_probe() -> None:
    wanted = {
        "sumdb-healthy": (0, "none"),
        "sumdb-hang": (1, "sumdb-timeout"),
        "sumdb-mismatch": (1, "sumdb-mismatch"),
        "sumdb-signature": (1, "sumdb-bad-signature"),
        "sumdb-tile": (1, "sumdb-inconsistent"),
        "sumdb-403": (1, "sumdb-http-error"),
        "zip-wrong": (1, "sumdb-mismatch"),
    }
    got = {}
    for name in wanted:
        with staged(CATALOGUE[name].scenario) as stage:
            code, found, _ = probe(stage)
        got[name] = (code, found["cause"])
    assert got == wanted


def test_certificates_are_read_as_cryptography_reads_them() -> None:
    import ipaddress

    import trustme
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    made = trustme.CA()
    for names in (["example.com", "*.example.com"], ["127.0.0.1", "fd00::1"], ["xn--fiqs8s.example.com"]):
        for pem in (made.issue_cert(*names).cert_chain_pems[0].bytes(), made.cert_pem.bytes()):
            real = x509.load_pem_x509_certificate(pem)
            ours = certificates.read(real.public_bytes(Encoding.DER))
            assert ours.expires == real.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ")
            assert ours.issuer in {str(a.value) for a in real.issuer}
            assert ours.subject in {str(a.value) for a in real.subject}
            found = [e.value for e in real.extensions if isinstance(e.value, x509.SubjectAlternativeName)]
            wanted = [str(name.value) for value in found for name in value]
            got = [str(ipaddress.ip_address(n)) if ":" in n else n for n in ours.names]
            assert got == wanted


def test_a_proxy_in_a_folder(tmp_path: Path) -> None:
    """``file://`` works for go, so it works here."""
    with staged(scene()) as stage:
        assert stage.perform().exit == 0
        folder = stage.folder / "mod/cache/download"
        environ = {**stage.environ, "GOPROXY": f"file://{folder}", "GOMODCACHE": str(tmp_path)}
        arguments = ["mod", "route", A, "--probe", "--format", "json"]
        done = CliRunner().invoke(gomend, arguments, env=environ, standalone_mode=False)
        found = json.loads(done.stdout)["probe"]
        assert (done.return_value, found["fetchable"]) == (0, True), done.output
        assert found["answered_by"] == f"file://{folder}"
        arguments[2] = "example.com/a@v1.1.0"
        done = CliRunner().invoke(gomend, arguments, env=environ, standalone_mode=False)
        assert (done.return_value, json.loads(done.stdout)["probe"]["cause"]) == (1, "version-unknown")


def test_git_is_asked_where_go_would_call_it() -> None:
    wanted = {
        "git-healthy": (0, "none"),
        "git-login": (0, "none"),
        "git-401": (1, "private-needs-credentials"),
        "git-404": (1, "vcs-failed"),
        "vcs-unresolvable": (1, "import-path-unresolvable"),
    }
    got = {}
    for name in wanted:
        made = CATALOGUE[name].scenario
        with staged(made) as stage:
            code, found, _ = probe(stage, made.command.split()[-1])
            got[name] = (code, found["cause"])
            assert found["complete"] is (code == 1)
    assert got == wanted


def test_offline_and_bad_words(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from gomend.apps.cli.main import run

    del tmp_path
    assert run(["mod", "route", A, "--probe", "--offline"]) == 2
    assert "--offline" in capsys.readouterr().err
    assert run(["mod", "route", "--probe"]) == 2
    assert run(["mod", "route", "not a module", "--probe"]) == 2
    for more in (["--probe"], ["--graph", "svg"], ["--what-if", "GOPROXY=off"], ["--scenario", "x"]):
        assert run(["mod", "route", A, "--compare", "here", "here", *more]) == 2


# Against the real go -------------------------------------------------------------------------------------------------

FAULTS = (
    *("ok", "ok", "ok", "status:404", "status:410", "status:401", "status:403", "status:500", "status:503", "status:418"),
    *("text:404:not here", "html", "badjson", "emptybody", "wrongver", "trunc", "truncsilent", "zipwrong", "zipprefix"),
    *("close", "hang", "loop", "redirect:http://127.0.0.1:{P2}"),
)
ONLY = ("", "", r"\.info$", r"\.mod$", r"\.zip$", "/@v/list", "/lookup/", "/supported", "/tile/", "^/sumdb/")
SUMS = ("sum:wrong", "sum:absent", "sum:badsig", "sum:fork", "badtile", "hang")
QUERIES = ("v1.0.0", "v1.0.0", "v1.1.0", "latest", "v9.9.9", "master", "v1", ">=v1.0.0")
MODULES = (
    "example.com/a",
    "example.com/a",
    "example.com/b",
    "example.com/multi",
    "example.com/UP/Case",
    "example.com/notags",
    "example.com/nope",
)


def random_scene(seed: int) -> Scenario:
    """One or two servers with a fault each, a list, and a checksum database or none."""
    r = random.Random(seed)
    servers: dict[str, Spec] = {"P2": Spec()}
    entries = []
    for name in ("P1", "P2")[: r.choice((1, 2, 2))]:
        only, fault = r.choice(ONLY), r.choice(FAULTS)
        if "/sumdb" in only or only in {"/lookup/", "/supported", "/tile/"}:
            fault = r.choice((fault, *SUMS))
        tls = r.choice((False, False, False, "good", "expired", "selfsigned"))
        spec = Spec(rules=((only, fault),), tls=tls) if only else Spec(default=fault, tls=tls)
        if r.random() < 0.08:
            spec = Spec(refused=True)
        servers[name] = spec
        entries.append(f"{'https' if spec.tls else 'http'}://127.0.0.1:{{{name}}}")
    entries += [r.choice(("off", "direct"))] if r.random() < 0.15 else []
    value = entries[0] + "".join(r.choice(",|") + entry for entry in entries[1:])
    env = {"GOPROXY": value, "GOSUMDB": r.choice(("off", "{KEY}", "{KEY}"))}
    command = f"go mod download '{r.choice(MODULES)}@{r.choice(QUERIES)}'"
    return Scenario(id=f"probe-{seed}", env=env, servers=servers, command=command, files={"m/keep": ""}, timeout=3)


def disagreement(seed: int) -> str:
    """What the probe and the real go say differently; empty if nothing."""
    made = random_scene(seed)
    with staged(made) as stage:
        _, said, _ = probe(stage, made.command.split("'")[1])
        stage.journal.clear()
        seen = stage.perform()
        told = stage.fill(seen.stderr)
    if seen.exit is None:
        real = ("sumdb-timeout" if "sumdb" in _last(seen.requests) else "proxy-timeout", False)
    else:
        real = (cause(seen.exit, told), seen.exit == 0)
    ours = (said["cause"], said["fetchable"])
    return "" if ours == real else f"seed {seed}: {made.command} {made.env} {made.servers}: probe {ours}, go {real}: {told}"


def _last(requests: dict[str, tuple[str, ...]]) -> str:
    return next((e for entries in requests.values() for e in entries if e.endswith(" hang")), "")


def compared(seeds: range) -> None:
    told = [text for seed in seeds if (text := disagreement(seed))]
    print(f"{len(seeds) - len(told)} of {len(seeds)} agree")
    assert not told, "\n".join(told)


def test_the_probe_says_what_the_real_go_does() -> None:
    compared(range(40))


@pytest.mark.full
@pytest.mark.timeout(1500)
def test_the_probe_says_what_the_real_go_does_many_times() -> None:
    compared(range(1000, 1400))
