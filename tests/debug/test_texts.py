"""Every text of the chapter can be said in both languages, with its parameters and nothing left over."""

from __future__ import annotations

import pytest

from gomend.model.rule import Rule
from gomend.model.text import Text, Translator
from tests.debug.real import RULES


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("rule", RULES.values(), ids=lambda r: r.code)
def test_texts(rule: Rule, language: str) -> None:
    say = Translator(language)
    texts: list[Text] = [rule.title, rule.message, rule.headline, *rule.sections.values(), *(f.title for f in rule.fixes)]
    for text in texts:
        said = say(text, **{name: f"<{name}>" for name in text.fields})
        assert all(f"<{name}>" in said for name in text.fields)
        assert "{" not in said
        if language == "zh-CN" and not text.id.endswith((".references", ".example")):
            assert any("一" <= c <= "鿿" for c in said), said
    assert all(not section.fields for section in rule.sections.values())


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda r: r.code)
def test_rules_name_each_other_truly(rule: Rule) -> None:
    assert set(rule.explains) <= set(RULES)
    assert set(rule.proved_by) <= set(RULES)
    assert rule.code not in rule.explains
