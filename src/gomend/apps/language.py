"""Which language to speak: --lang, GOMEND_LANG, gomend.toml, then the locale."""

from __future__ import annotations

from collections.abc import Mapping

from gomend.model.text import LANGUAGES


def choose(asked: str | None, variables: Mapping[str, str], configured: str = "") -> str:
    """``en`` or ``zh-CN``; anything Chinese is Simplified Chinese, anything else English."""
    if asked:
        return _match(asked)
    if variables.get("GOMEND_LANG"):
        return _match(variables["GOMEND_LANG"])
    if configured:
        return _match(configured)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if variables.get(name):
            return _match(variables[name])
    return "en"


def known(language: str) -> bool:
    """Whether ``language`` names one that we speak."""
    return language.replace("_", "-").lower() in {"en", "zh", *(name.lower() for name in LANGUAGES)}


def _match(value: str) -> str:
    return "zh-CN" if value.lower().startswith("zh") else "en"
