"""GoLand's XML: as the IDE writes it, and as somebody hostile might."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gomend.debug import runconfig

WORKSPACE = """<?xml version="1.0" encoding="UTF-8"?>
<project version="4">
  <component name="RunManager" selected="Go Build.shop">
    <configuration default="true" type="GoApplicationRunConfiguration"><kind value="PACKAGE" /></configuration>
    <configuration
        name="shop &amp; co"
        type="GoApplicationRunConfiguration"
        factoryName="Go Application"
        nameIsGenerated="false">
      <module name="shop" />
      <working_directory
          value="$PROJECT_DIR$" />
      <go_parameters value="-tags=&quot;a b&quot;" />
      <envs>
        <env
            name="GOFLAGS"
            value="-mod=mod" />
      </envs>
      <kind value="DIRECTORY" />
      <directory value="$PROJECT_DIR$/cmd/shop" />
      <method v="2" />
    </configuration>
    <configuration name="web" type="JavascriptDebugType" />
  </component>
</project>
"""
LAUGHS = '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;">]><a>&y;</a>'
FOREIGN = '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'


def test_attributes_on_several_lines_and_templates() -> None:
    (one,) = runconfig.read(WORKSPACE, "/p")
    assert (one.name, one.mode, one.kind, one.directory, one.cwd) == ("shop & co", "debug", "DIRECTORY", "/p/cmd/shop", "/p")
    assert (one.flags, one.env, one.line) == ('-tags="a b"', {"GOFLAGS": "-mod=mod"}, 5)


@pytest.mark.parametrize("text", [LAUGHS, FOREIGN, "<a>" * 100_000, "<a", "", "<a></b>", "\0"])
def test_what_goland_would_not_write_is_refused_at_once(text: str) -> None:
    started = time.process_time()
    with pytest.raises(runconfig.RunConfigError):
        runconfig.read(text, "/p")
    assert time.process_time() - started < 1


@given(st.text(alphabet="<>/=\"'& configuration\nvalue", max_size=200))
def test_noise_is_read_or_refused(noise: str) -> None:
    with contextlib.suppress(runconfig.RunConfigError):
        runconfig.read(f"<a>{noise}</a>", "/p")


def test_a_document_type_is_told_in_one_clear_answer(tmp_path: Path) -> None:
    file = tmp_path / "shop.run.xml"
    file.write_text(LAUGHS)
    argv = [sys.executable, "-m", "gomend", "debug", "why", "--config", str(file), "--break", "a.go:1"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "document type" in done.stderr
    assert "Traceback" not in done.stderr
