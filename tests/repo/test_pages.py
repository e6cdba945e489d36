"""Pages that tools write are what the tools would write now."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_of_agreement_is_what_the_model_does() -> None:
    done = subprocess.run([sys.executable, str(ROOT / "tools" / "agreement.py"), "--check"], check=False)
    assert done.returncode == 0, "run tools/agreement.py"


def test_the_page_of_cgo_accuracy_is_made_from_what_was_replayed() -> None:
    """The page says what came of every replayed case, and names those that were not replayed."""
    import json

    from tests.cgo.replay import REPRODUCED
    from tests.cgo.variants import CASES, HEALTHY
    from tools import cgo_accuracy

    results = json.loads(cgo_accuracy.DATA.read_text(encoding="utf-8"))
    assert set(results) <= {c.id for c in (*REPRODUCED, *CASES, *HEALTHY)}
    assert cgo_accuracy.PAGE.read_text(encoding="utf-8") == cgo_accuracy.page(results), "run tools/cgo_accuracy.py --page"


def test_the_page_of_systems_is_made_from_the_data() -> None:
    from tools import systems

    assert systems.PAGE.read_text(encoding="utf-8") == systems.page(), "run tools/systems.py"
