"""The docs are read by tests: what the code has is written there, and what is written there exists."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from comptoir import config
from comptoir.model.event import RefusalReason
from comptoir.reports.surface import VIEWS
from comptoir.quality import fields
from comptoir.segments import parse
from tools import sync_docs

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "examples").rglob("*.md")])

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CALL = re.compile(r"(\S*/)?comptoir ")
NAMED_PAGE = re.compile(r"docs/[\w/-]+\.md")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def prose(page: Path) -> str:
    return FENCE.sub("", text(page))


def slugs(page: Path) -> set[str]:
    """Give the anchors GitHub makes of a page's headings."""
    heads = HEADING.findall(prose(page))
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def shell_lines() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for language, block in FENCE.findall(text(page)):
            if language == "sh":
                yield from ((name(page), line.strip()) for line in block.splitlines())


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target in LINK.findall(prose(page)):
        if "://" in target or target.startswith("mailto:"):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and there.suffix == ".md" and anchor not in slugs(there)):
            broken.append(target)

    assert broken == []


def test_every_page_of_docs_is_on_the_map() -> None:
    on_the_map = {(DOCS / target).resolve() for target in LINK.findall(text(DOCS / "README.md"))}

    assert [name(page) for page in DOCS.rglob("*.md") if page != DOCS / "README.md" and page not in on_the_map] == []


def test_the_generated_parts_are_what_the_code_says() -> None:
    stale = [name(path) for path, page in sync_docs.wanted() if not path.exists() or text(path) != page]

    assert stale == [], "run `make docs`"


def test_every_setting_is_documented() -> None:
    page = text(DOCS / "reference" / "configuration.md")

    assert [
        row["setting"]
        for row in config.describe(config.Settings(home=Path()))
        if f"`{config.PREFIX}{str(row['setting']).replace('.', '__').upper()}`" not in page
    ] == []


def test_every_refusal_reason_is_documented_with_a_sentence() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", text(DOCS / "reference" / "refusals.md"), re.MULTILINE))

    assert set(rows) == {reason.value for reason in RefusalReason}
    assert all(sentence.endswith(".") for sentence in rows.values())


def test_every_error_is_documented_and_no_two_share_a_code() -> None:
    codes = [sync_docs.error_facts(node)["code"] for node, _ in sync_docs.error_classes()]
    written = re.findall(r"^\| `(\w+)` \|", text(DOCS / "reference" / "errors.md"), re.MULTILINE)

    assert sorted(code for code in codes if code) == sorted(set(written))
    assert len(written) == len(set(written))


def test_every_error_says_what_to_do() -> None:
    mute = [node.name for node, _ in sync_docs.error_classes() if not sync_docs.doc_of(node)]
    helpless = [
        facts["code"]
        for facts in (sync_docs.error_facts(node) for node, _ in sync_docs.error_classes())
        if facts["code"] and not facts["hint"]
    ]

    assert mute == []
    assert helpless == []


def test_every_page_the_code_names_exists() -> None:
    named = {
        (name(path), page)
        for path in sorted((ROOT / "src").rglob("*"))
        if path.suffix in {".py", ".sql", ".html"}
        for page in NAMED_PAGE.findall(text(path))
    }

    assert sorted((path, page) for path, page in named if not (ROOT / page).exists()) == []


def test_every_view_has_a_word_in_the_glossary_and_no_word_names_a_view_that_is_not() -> None:
    page = text(DOCS / "glossary.md")
    named = set(re.findall(r"Views?: `(\w+)`", page)) | ({"events_all"} if "`events_all`" in page else set())

    assert named == set(VIEWS)


def test_every_view_is_documented_with_its_grain() -> None:
    page = text(DOCS / "reference" / "facts.md")

    assert sorted(view for view in VIEWS if f"`{view}`" not in page) == []


def test_every_command_the_docs_show_exists() -> None:
    root = sync_docs.command_line()
    assert root is not None, "the command line cannot be read"
    commands = {tuple(full.split()[1:]) for full, _ in sync_docs.walk(root, "comptoir")}
    shown = [
        (page, line, tuple(line.split("comptoir ", 1)[1].split())) for page, line in shell_lines() if CALL.match(line)
    ]
    unknown = [
        (page, line)
        for page, line, words in shown
        if not words[0].startswith("-") and words[:1] not in commands and words[:2] not in commands
    ]

    assert unknown == []


def test_every_make_target_the_docs_show_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text(ROOT / "Makefile"), re.MULTILINE))
    shown = {line.split()[1] for _, line in shell_lines() if line.startswith("make ")}
    shown |= {target for page in PAGES for target in re.findall(r"`make ([a-z-]+)[ `]", prose(page))}

    assert shown - targets == set()


def test_the_full_example_names_every_setting_at_its_default(tmp_path: Path) -> None:
    (tmp_path / config.FILE_NAME).write_text(text(ROOT / "examples" / "comptoir.full.toml"), encoding="utf-8")

    settings = config.load(tmp_path, environ={})

    assert [row["setting"] for row in config.describe(settings) if row["origin"] == "default"] == []
    assert [row["setting"] for row in config.describe(settings) if row["value"] != row["default"]] == []


def test_the_minimal_example_loads(tmp_path: Path) -> None:
    minimal = text(ROOT / "examples" / "comptoir.minimal.toml")
    (tmp_path / config.FILE_NAME).write_text(minimal, encoding="utf-8")

    assert config.load(tmp_path, environ={}).mail.security == "starttls"
    assert tomllib.loads(minimal).keys() <= config.TABLES.keys()


def test_the_picture_of_the_floors_is_the_contract_that_is_checked() -> None:
    contracts = tomllib.loads(text(ROOT / "pyproject.toml"))["tool"]["importlinter"]["contracts"]
    contract = [re.sub(r"\(\w+\) \| |[()]", "", floor) for floor in contracts[0]["layers"]]
    picture = next(block for _, block in FENCE.findall(text(ROOT / "ARCHITECTURE.md")) if block.startswith("cli\n"))

    assert [re.split(r"\s{2,}", line)[0] for line in picture.splitlines()] == contract


def test_the_french_tutorial_types_the_same_commands() -> None:
    english, french = (
        (ROOT / "docs" / "tutorial" / name).read_text(encoding="utf-8")
        for name in ("first-shop.md", "premiere-boutique.md")
    )

    assert re.findall(r"```.*?```", french, re.DOTALL) == re.findall(r"```.*?```", english, re.DOTALL)
    assert re.findall(r"^## \d+", french, re.MULTILINE) == re.findall(r"^## \d+", english, re.MULTILINE)


def test_every_field_of_every_kind_of_condition_is_documented_with_what_it_takes() -> None:
    page = text(DOCS / "reference" / "segment.md")
    for kind in parse.known():
        section = page.partition(f"\n## {kind}\n")[2].partition("\n## ")[0]
        assert f"\n{kind}: " in section, kind
        for one in parse.by_entry_point(kind).form():
            takes = ", ".join(f"`{option}`" for option in one.options) or one.kind.value
            needed = " (needed)" if one.is_required else ""
            helps = f". {one.help['en']}" if one.help else ""
            row = f"| `{one.name}`{needed} | {takes} | {one.label['en']}{helps} |"
            assert row in section, (kind, one.name)


def test_every_spelling_of_a_field_is_told_where_one_record_is_explained() -> None:
    text = (DOCS / "explanation" / "golden-record.md").read_text(encoding="utf-8")

    assert [one for one in fields.FIELD_OF if fields.name_of(one) != one and f"`{one}`" not in text] == []
