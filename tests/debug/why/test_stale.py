"""No false alarm: every file of a real program whose sources are those that were built, optimised and not."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gomend.debug.pathmap.recorded import package_of
from gomend.debug.why import lines
from gomend.debug.why.gofile import GoFile
from gomend.debug.why.product import Product
from tests.debug.why.lab import ENV, HERE


def stale(program: Path, *, every: int = 1) -> tuple[int, list[str]]:
    """How many files were looked at (one in ``every``), and those that would be called stale."""
    product = Product(str(program))
    symbols = product.symbols
    assert symbols is not None
    looked, found = 0, []
    for file in sorted(f for f in product.files if f.endswith(".go") and os.path.isfile(f))[::every]:
        looked += 1
        code = symbols.lines_of(file)
        made = GoFile(Path(file).read_text(errors="replace").replace("\r\n", "\n"))
        functions = lines._functions(symbols, file, code)
        package = next((package_of(f.name) for f in functions.values()), "main")
        optimised, _ = product.optimised(package)
        if shown := lines._stale(made, functions, code, optimised=optimised):
            found.append(f"{file}: {shown[0]}")
    return looked, found


@pytest.mark.parametrize("flags", [(), ("-gcflags=all=-N -l",)])
def test_no_file_of_a_program_that_was_just_built_is_stale(tmp_path: Path, flags: tuple[str, ...]) -> None:
    """Its own files and the standard library's, where ``//go:linkname`` gives functions names of other packages."""
    shutil.copytree(HERE / "projects/lang", tmp_path / "src")
    subprocess.run(["go", "build", *flags, "-o", tmp_path / "out", "."], cwd=tmp_path / "src", check=True, env=ENV)
    looked, found = stale(tmp_path / "out", every=8)
    assert looked > 25
    assert found == []


@pytest.mark.full
def test_no_file_of_delve_is_stale() -> None:
    looked, found = stale(Path(shutil.which("dlv", path=ENV["PATH"]) or ""))
    assert looked > 1000
    assert found == []
