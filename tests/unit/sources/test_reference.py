from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from comptoir.sources import mapping
from comptoir.sources.forms import Form
from comptoir.sources.kinds import KINDS, RowKind

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "reference" / "mapping.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_field_is_documented(kind: RowKind) -> None:
    section = PAGE.partition(f"### {kind.name}\n")[2].partition("\n### ")[0]

    assert kind.says in section
    for field in kind.fields:
        needed = f"else `{field.needed.value}`" if field.needed else ""
        assert f"| `{field.name}` | {field.form.value} | {needed} | {field.says} |" in section
    assert section.count("\n| `") == len(kind.fields)


def test_every_form_is_documented() -> None:
    assert [form for form in Form if f"`{form.value}`" not in PAGE] == []


def test_the_example_of_the_page_is_a_mapping() -> None:
    text = PAGE.partition("```yaml\n")[2].partition("```")[0]

    assert mapping.parse(text).kind is KINDS["orders"]
    assert set(yaml.safe_load(text)) <= set(PAGE.replace("`", " ").split())
