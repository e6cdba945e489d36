"""Messages in Chinese mean what the same tools say in English: the real gcc, ld and bash in both languages, and their catalogues."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import polib
import pytest

from gomend.cgo.symptoms import cc, ld, loader
from gomend.cgo.symptoms.base import Symptom, scan
from gomend.cgo.symptoms.chinese import english

CATALOGUES = Path("/usr/share/locale/zh_CN/LC_MESSAGES")
TABLES = (loader.TABLE, ld.TABLE, cc.TABLE)
BREAKS = {
    "header": "echo '#include <nothere.h>' > a.c; gcc -c a.c",
    "undeclared": "echo 'int f(void) { return x; }' > a.c; gcc -c a.c",
    "implicit": "echo 'int f(void) { return g(1); }' > a.c; gcc -Werror=implicit-function-declaration -c a.c",
    "type": "echo 'strange x;' > a.c; gcc -c a.c",
    "library": "echo 'int main(void) { return 0; }' > a.c; gcc a.c -lnothere",
    "symbol-gold": "echo 'int g(int); int main(void) { return g(1); }' > a.c; gcc -fuse-ld=gold a.c",
    "option": "echo > a.c; gcc -marm -c a.c",
    "stray": "echo > a.c; gcc -c a.c b",
    "format": "echo 'int main(void) { return 0; }' > a.c; aarch64-linux-gnu-gcc a.c && ./a.out",
    "foreign": "echo 'int f(void) { return 0; }' > a.c; aarch64-linux-gnu-gcc -c a.c -o f.o; echo 'int main(void) { return 0; }' > b.c; gcc b.c f.o",
    "static": "printf '#include <netdb.h>\\nint main(void) { return gethostbyname(\"a\") == 0; }' > a.c; gcc -static a.c",
    "loader": "echo 'int main(void) { return 0; }' > a.c; gcc -Wl,--dynamic-linker=/lib/none.so a.c && ./a.out",
}


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment in which the tools speak Chinese; the locale is compiled here, without root."""
    folder = tmp_path_factory.mktemp("locale")
    subprocess.run(["localedef", "-i", "zh_CN", "-f", "UTF-8", str(folder / "zh_CN.UTF-8")], check=False, capture_output=True)
    assert (folder / "zh_CN.UTF-8").exists()
    kept = {k: v for k, v in os.environ.items() if k not in {"LANG", "LANGUAGE"} and not k.startswith("LC_")}
    return {**kept, "LOCPATH": str(folder), "LC_ALL": "zh_CN.UTF-8", "LANGUAGE": "zh_CN"}


def symptoms(text: str) -> list[tuple[str, str, str]]:
    lines = [english(line) for line in text.splitlines()]
    taken: dict[int, Symptom] = {}
    for table in TABLES:
        for found in scan(lines, table):
            taken.setdefault(found.line, found)
    return [(s.kind.value, s.name, s.path) for _, s in sorted(taken.items())]


@pytest.mark.parametrize("script", BREAKS.values(), ids=BREAKS)
def test_the_same_symptoms_in_both_languages(script: str, spoken: dict[str, str], tmp_path: Path) -> None:
    def said(env: dict[str, str]) -> str:
        done = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        return done.stderr.replace("/tmp/cc", "/tmp/xx")

    chinese, plain = said(spoken), said({**spoken, "LC_ALL": "C", "LANGUAGE": "C"})
    assert any("\u4e00" <= c <= "\u9fff" for c in chinese), chinese
    assert symptoms(plain)
    names = {name for _, name, _ in symptoms(plain)}
    assert [k for k, _, _ in symptoms(chinese)] == [k for k, _, _ in symptoms(plain)], chinese
    assert {name for _, name, _ in symptoms(chinese)} == names


@pytest.mark.parametrize(
    ("catalogue", "message", "marks"),
    [
        ("gcc-12", "fatal error: ", "fatal error: "),
        ("gcc-12", "implicit declaration of function %qE", "implicit declaration of function"),
        ("gcc-12", "unknown type name %qE", "unknown type name"),
        ("ld", "%P: cannot find %s inside %s\n", "cannot find /lib/x inside /lib/x"),
        ("ld", "%P: skipping incompatible %s when searching for %s\n", "skipping incompatible"),
        ("ld", "%X%C: multiple definition of `%T'\n", "multiple definition of"),
        ("gold", "%s: %s: undefined reference to '%s'\n", "undefined reference to"),
        ("libc", "cannot open shared object file", "cannot open shared object file"),
        ("libc", "error while loading shared libraries", "error while loading shared libraries"),
        ("libc", "wrong ELF class: ELFCLASS32", "wrong ELF class: ELFCLASS32"),
        ("bash", "%s: cannot execute: required file not found", "cannot execute: required file not found"),
        ("coreutils", "failed to run command %s", "failed to run command"),
    ],
)
def test_words_of_the_catalogues(catalogue: str, message: str, marks: str) -> None:
    """Messages that are hard to bring about here, as their translators wrote them."""
    entry = polib.mofile(str(CATALOGUES / f"{catalogue}.mo")).find(message)
    assert entry is not None
    shown = (
        entry.msgstr.replace("%q", "%").replace("%s", "/lib/x").replace("%E", "‘f’").replace("%T", "‘f’").replace("%P", "ld")
    )
    assert marks in english(shown.strip().replace("/lib/x", "‘./o’") if "run command" in marks else shown.strip())
