"""Pages that tools write are what the tools would write now."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_of_agreement_is_what_the_model_does() -> None:
    done = subprocess.run([sys.executable, str(ROOT / "tools" / "agreement.py"), "--check"], check=False)
    assert done.returncode == 0, "run tools/agreement.py"
