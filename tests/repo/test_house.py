"""What holds for the whole tree: documented names, complete catalogues, docs that tell the truth."""

from __future__ import annotations

import ast
import re
import string
import subprocess
import sys
from pathlib import Path

import msgspec
import polib
import pytest

from gomend.apps import registry
from gomend.apps.cli.main import MODULES
from gomend.model.reasons import matching, tell
from gomend.model.rule import Rule
from gomend.model.text import Text, Translator

ROOT = Path(__file__).parent.parent.parent
SOURCES = sorted((ROOT / "src").rglob("*.py"))
sys.path.insert(0, str(ROOT / "tools"))

import catalogue  # noqa: E402


def public_without_docstring(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    missing = [] if ast.get_docstring(tree) else [f"{path.name}: module"]
    is_rule = path.parent.name == "rules" and path.name.startswith("GM")

    def walk(body: list[ast.stmt], prefix: str) -> None:
        for i, node in enumerate(body):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                if node.name.startswith("_"):
                    continue
                if not ast.get_docstring(node) and not is_rule:
                    missing.append(f"{path.name}: {prefix}{node.name}")
                if isinstance(node, ast.ClassDef):
                    walk(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, (ast.Assign, ast.AnnAssign)) and not prefix:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                follows = body[i + 1] if i + 1 < len(body) else None
                documented = isinstance(follows, ast.Expr) and isinstance(follows.value, ast.Constant)
                documented = documented or is_text(node.value)  # its English words say what it is
                for target in targets:
                    final = isinstance(target, ast.Name) and target.id.isupper() and not target.id.startswith("_")
                    words = path.name.endswith("words.py") or "cli" in path.parts
                    if final and not documented and not words and not is_rule:
                        missing.append(f"{path.name}: {target.id}")  # type: ignore[attr-defined]

    walk(tree.body, "")
    return missing


def is_text(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "text"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT / "src" / "gomend")))
def test_public_names_have_docstrings(path: Path) -> None:
    assert public_without_docstring(path) == []


def texts_of_a_fresh_process() -> dict[str, Text]:
    """All texts of the package; other tests of this process may have made some up."""
    script = "import catalogue, msgspec; print(msgspec.json.encode(list(catalogue.every_text().values())).decode())"
    words = [sys.executable, "-c", script]
    done = subprocess.run(words, cwd=ROOT / "tools", capture_output=True, text=True, check=True)
    return {text.id: text for text in msgspec.json.decode(done.stdout, type=list[Text])}


def test_every_text_is_translated() -> None:
    """No id without Chinese, no leftovers, no lost or invented parameters."""
    texts = texts_of_a_fresh_process()
    assert len(texts) > 500
    entries = {}
    for path in sorted(catalogue.FOLDER.glob("*.po")):
        for entry in polib.pofile(str(path)):
            assert entry.msgctxt not in entries, entry.msgctxt
            assert catalogue.room_of(entry.msgctxt) == path.stem
            entries[entry.msgctxt] = entry
    assert sorted(texts.keys() - entries.keys()) == []
    assert sorted(entries.keys() - texts.keys()) == []
    wrong = []
    for text in texts.values():
        entry = entries[text.id]
        if not entry.translated() or entry.msgid != text.english:
            wrong.append(f"{text.id}: stale or empty")
        elif ".doc." not in text.id:
            fields = {name for _, name, _, _ in string.Formatter().parse(entry.msgstr) if name}
            if fields != text.fields:
                wrong.append(f"{text.id}: {sorted(fields)} instead of {sorted(text.fields)}")
    assert wrong == []


def test_chinese_is_chinese() -> None:
    """Every translated sentence has Chinese words, and no half-width comma or full stop between them."""
    bad = []
    for path in sorted(catalogue.FOLDER.glob("*.po")):
        for entry in polib.pofile(str(path)):
            plain = re.sub(r"``.+?``|`[^`]*`|\{\w+\}", "", entry.msgstr)
            english = re.sub(r"``.+?``|`[^`]*`|\{\w+\}", "", entry.msgid)
            command = english.startswith(("gomend mod ", "go mod "))
            sentence = (
                not command and not entry.msgctxt.endswith("references") and len(re.findall(r"[A-Za-z]{3,}", english)) > 3
            )
            if sentence and not re.search(r"[一-鿿]", plain):
                bad.append(entry.msgctxt)
            if re.search(r"[一-鿿][,;:!?][一-鿿]", plain):
                bad.append(f"{entry.msgctxt}: half-width punctuation")
    assert bad == []


def test_slugs_are_the_contract_s() -> None:
    known = set(re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)+|[a-z]+", (ROOT / "docs" / "causes.md").read_text()))
    finer = {rule.slug for rule in registry.select()} - known
    assert finer == set(), f"say in docs/causes.md what these are: {finer}"


@pytest.mark.parametrize("rule", registry.select(), ids=lambda r: r.code)
def test_codes_named_by_a_rule_exist(rule: Rule) -> None:
    files = registry.rule_files()
    assert [code for code in (*rule.explains, *rule.proved_by) if code not in files] == []


def test_readme_shows_the_real_help() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "gomend", "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={"LC_ALL": "C", "PATH": "/usr/bin", "COLUMNS": "100"},
    ).stdout
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in MODULES:
        assert f"`gomend {name}" in readme, name
        line = next(line.strip() for line in shown.splitlines() if line.strip().startswith(f"{name} "))
        assert line.split(maxsplit=1)[1].rstrip(".") in readme, line
    assert "make run" in readme
    assert "make test" in readme


def test_nothing_of_this_machine_is_in_the_tree() -> None:
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    parts = ("files.python" + "hosted", "registry." + "npm", "proxy.golang" + ".org", "index-" + "url", "/wor" + "k/main")
    bad = []
    for name in filter(None, files):
        raw = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b""
        bad += [f"{name}: {part}" for part in parts if part.encode() in raw and name != "tests/repo/test_house.py"]
    assert bad == []


def test_makefile_targets() -> None:
    text = (ROOT / "Makefile").read_text()
    for target in ("setup", "run", "test", "test-full", "bench", "lint", "docs", "new-rule"):
        assert re.search(rf"^{target}:.*##", text, re.MULTILINE), target
    assert "make test" in (ROOT / ".ci" / "run").read_text()


def test_lint_is_clean() -> None:
    """Types, style, layers and dependencies: the same commands as `make lint`."""
    python = Path(sys.executable).parent
    for words in (
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
        ["basedpyright"],
        ["lint-imports"],
        ["deptry", "src"],
        ["vulture"],
    ):
        done = subprocess.run([str(python / words[0]), *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (words, done.stdout[-4000:], done.stderr[-2000:])


def test_new_rule_is_written_with_failing_examples(tmp_path: Path) -> None:
    """In a copy of the tree: the file appears in the right room, and its examples fail until they are made true."""
    copy = tmp_path / "copy"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(copy)], check=True, capture_output=True)
    environ = {"PYTHONPATH": str(copy / "src"), "PATH": "/usr/local/go/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    words = [sys.executable, "tools/new_rule.py", "GM149", "proxy-tls"]
    made = subprocess.run(words, cwd=copy, capture_output=True, text=True, check=False, env=environ)
    assert made.returncode == 0, made.stderr + made.stdout
    assert (copy / "src/gomend/modules/rules/GM149_proxy_tls.py").exists()
    tests = [sys.executable, "-m", "pytest", "-q", "tests/rules", "-k", "GM149", "-p", "no:cacheprovider"]
    ran = subprocess.run(tests, cwd=copy, capture_output=True, text=True, check=False, env=environ)
    assert ran.returncode == 1, ran.stdout
    assert "failed" in ran.stdout
    again = subprocess.run(words, cwd=copy, capture_output=True, text=True, check=False, env=environ)
    assert again.returncode == 2


def test_every_reason_can_be_said_in_chinese() -> None:
    """What a collector answers as Unknown or Absent in plain words is on the list of reasons."""
    missing = []
    for path in SOURCES:
        if path.parent.name == "rules":
            continue  # examples
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"Unknown", "Absent"}:
                for keyword in node.keywords:
                    value = keyword.value
                    if keyword.arg == "reason" and isinstance(value, ast.Constant) and not matching(str(value.value)):
                        missing.append(f"{path.name}: {value.value}")
    assert missing == []


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("dlv is not on PATH", "PATH 里没有 dlv"),
        ("go exited with 1: go: no; really", "go 以 1 退出：go: no; really"),
        ("there is no go.mod; there is no go.work", "没有 go.mod；没有 go.work"),
        ("words that nobody knows", "words that nobody knows"),
    ],
)
def test_reasons_are_told_in_chinese(reason: str, said: str) -> None:
    assert tell(Translator("zh-CN"), reason) == said
    assert tell(Translator("en"), reason) == reason
