"""The commands about incidents, as a person types them; what they answer fits the schemas that are shipped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest
from click.testing import CliRunner

from gomend.apps.cli.incidents import command
from gomend.apps.cli.schema import schema
from gomend.apps.incidents.evaluating import STATUS, StatusShape
from gomend.incidents.ledger import NAME, Ledger
from gomend.incidents.playbooks import header, playbook_for
from gomend.incidents.register import Blamed, Record, Seen
from gomend.ports.files import RealFiles

SEEN = Seen(signal="events", what="OOMKilled", after=1.0, weight=4.0, ref="stock-0")
BLAMED = Blamed(service="stock", kind="memory", score=0.9, since=1_700_000_000 * 10**9, seen=(SEEN,))
OTHER = Blamed(service="orders", kind="pool_exhaustion", score=0.4, since=1_700_000_030 * 10**9)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    def opened(id: int, *blamed: Blamed) -> Record:
        return Record(do="open", id=id, at=10**18, seen=10**18, blamed=blamed, services=tuple(b.service for b in blamed))

    Ledger(tmp_path).write(lambda _: [opened(1, BLAMED, OTHER), opened(2, OTHER)])
    return tmp_path


def run(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(command, [str(w) for w in words], standalone_mode=False)
    if isinstance(done.exception, click.ClickException):
        return done.exception.exit_code, done.exception.format_message()
    assert done.exception is None, done.exception
    return int(done.return_value or 0), done.stdout


def answered(*words: object, exit: int = 0) -> dict[str, Any]:
    code, said = run(*words, "--format", "json")
    assert code == exit, said
    answer: dict[str, Any] = json.loads(said.splitlines()[0])
    jsonschema.validate(answer, schema(answer["schema"]))
    return answer


def test_a_life(store: Path) -> None:
    assert [i["id"] for i in answered("list", "--store", store, exit=1)["incidents"]] == [2, 1]
    assert answered("ack", 1, "--store", store, "--by", "ann", "--note", "looking")["acknowledged_by"] == "ann"
    assert answered("split", 1, "--services", "orders", "--store", store)["services"] == ["stock"]
    assert answered("show", 3, "--store", store, exit=1)["service"] == "orders"
    assert answered("merge", 2, 3, "--store", store)["merged_from"] == [3]
    assert answered("show", 3, "--store", store)["merged_into"] == 2
    assert answered("close", 2, "--store", store, "--resolution", "more connections")["resolution"] == "more connections"
    assert answered("list", "--store", store, "--state", "open", exit=1)["incidents"][0]["id"] == 1
    assert answered("reopen", 2, "--store", store)["state"] == "final"
    said = run("show", 1, "--store", store)[1]
    assert "OOMKilled (stock-0)" in said
    assert "acknowledged by ann" in said
    assert "looking" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", 9), "there is no incident 9"),
        (("reopen", 1), "open already"),
        (("merge", 1, 1), "itself"),
        (("split", 1, "--services", "mars"), "no service mars"),
        (("split", 1, "--services", "stock,orders"), "some of the services"),
        (("ack", "x"), "not a valid integer"),
    ],
)
def test_what_cannot_be_done_is_one_message(store: Path, words: tuple[object, ...], said: str) -> None:
    code, told = run(*words, "--store", store)
    assert code == 2
    assert said in told


def test_no_store_is_one_message(tmp_path: Path) -> None:
    for words in (("show", 1), ("watch", "--once"), ("list",), ("ack", 1)):
        code, told = run(*words, "--store", tmp_path / "none")
        assert code == 2
        assert "serve --store" in told


def test_watch_says_whether_serve_runs_and_what_goes_on(store: Path) -> None:
    seen = answered("watch", "--store", store, exit=1)
    assert (seen["running"], seen["status"], len(seen["incidents"])) == (False, None, 2)
    fields = dict.fromkeys(StatusShape.__struct_fields__, 0)
    status = {**fields, "schema": "gomend.incidents-status/1", "address": "http://127.0.0.1:1", "late": "", "rows": {}, "preview_histogram": []}  # fmt: skip
    del status["schema_"]
    (store / STATUS).write_text(json.dumps(status))
    assert answered("watch", "--store", store, exit=1)["status"]["address"] == "http://127.0.0.1:1"
    assert "not running" in run("watch", "--once", "--store", store)[1]


def test_the_playbook_is_named_when_there_is_one(store: Path) -> None:
    library = store / "playbooks"
    assert answered("show", 1, "--store", store, "--playbooks", library, exit=1)["playbook"] is None
    library.mkdir()
    (library / "a.yml").write_text("# cause: pool_exhaustion\n- name: Drain the pool\n  hosts: db\n")
    (library / "b.yaml").write_text("cause: [memory, cpu]\nname: Raise the limit\n")
    assert answered("show", 1, "--store", store, "--playbooks", library, exit=1)["playbook"] == "Raise the limit"
    assert playbook_for(RealFiles(), str(library), "deploy", "pool_exhaustion") == "Drain the pool"
    assert header(["- name: x", "# causes: a , 'b'"]) == ("x", ["a", "b"])


def test_secrets_in_notes_are_masked(store: Path) -> None:
    run("ack", 1, "--store", store, "--note", "https://ann:hunter2@example.com/")
    assert "hunter2" not in (store / NAME).read_text()
