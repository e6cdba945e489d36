"""Draw the pictures of the docs: ``python tools/pictures.py``. The same code, the same pictures, byte for byte."""

from __future__ import annotations

from pathlib import Path

from gomend.apps.route.draw import draw
from gomend.apps.route.explain import explain
from gomend.apps.route.here import Here, settled
from gomend.golang.facts.env import Setting
from gomend.model.text import Translator

FOLDER = Path(__file__).parent.parent / "docs/pictures"
SETTINGS = {
    "GOPROXY": "https://proxy.example.com,https://mirror.example.com|direct",
    "GOPRIVATE": "corp.example.com",
    "GOSUMDB": "sum.example.com+255c3752+AUxtWWSAWLsO7v98Jcs3PE7QT5WqQ4SxeGg+s2+peBd+",
    "GOAUTH": "netrc",
    "GOTOOLCHAIN": "auto",
    "GOVERSION": "go1.26.8",
}
"""A team with a proxy, a mirror and private modules."""


def pictures() -> dict[str, str]:
    """Every picture by file name."""
    settings = {name: Setting(value=value, origin="go env -w") for name, value in SETTINGS.items()}
    decision = explain("example.com/lib@v1.2.3", Here(settings=settled(settings)))
    return {
        "route.svg": draw(decision, "svg", Translator("en")),
        "route.zh-CN.svg": draw(decision, "svg", Translator("zh-CN")),
    }


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pictures().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        print(f"drew docs/pictures/{name}")
