"""Blocks of a mail: stretches of MJML that people fill in as forms. What is no such block stays as it was written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape, unescape
from types import MappingProxyType

from liquid.exceptions import LiquidError

from comptoir.messaging import mjml, sandbox
from comptoir.messaging.mjml import BadMarkup, Marks
from comptoir.messaging.sandbox import NotLiquid


class Kind(StrEnum):
    """What a stretch of a mail is. Order: as a mail is mostly written."""

    TITLE = "title"
    TEXT = "text"
    IMAGE = "image"
    BUTTON = "button"
    PRODUCTS = "products"
    CART = "cart"
    COLUMNS = "columns"
    ANSWERS = "answers"
    DIVIDER = "divider"
    FOOTER = "footer"
    MARKUP = "markup"
    """MJML as its author wrote it."""


FIELDS: Mapping[Kind, tuple[str, ...]] = MappingProxyType({
    Kind.TITLE: ("text",), Kind.TEXT: ("text",), Kind.IMAGE: ("src", "alt", "href"), Kind.BUTTON: ("label", "url"),
    Kind.PRODUCTS: (), Kind.CART: ("total",), Kind.COLUMNS: ("left", "right"),
    Kind.ANSWERS: ("text", "question", "choices"), Kind.DIVIDER: (), Kind.FOOTER: ("why",), Kind.MARKUP: ("mjml",),
})  # fmt: skip
"""What each kind asks for."""


@dataclass(frozen=True, slots=True)
class Block:
    """One stretch of a mail."""

    kind: Kind
    said: Mapping[str, str]
    """By field; what is left out is empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A mail as its blocks, between what begins and what ends its MJML."""

    head: str
    blocks: tuple[Block, ...]
    foot: str


HEAD, FOOT = "<mjml><mj-body>", "</mj-body></mjml>"
STARTER = (
    Block(Kind.TITLE, {"text": ""}), Block(Kind.TEXT, {"text": ""}), Block(Kind.BUTTON, {"label": "", "url": ""}),
    Block(Kind.FOOTER, {"why": ""}),
)  # fmt: skip
"""What a new mail begins with."""

_BODY = re.compile(r"(\s*<mjml\b[^>]*>.*?<mj-body\b[^>]*>)(.*)(</mj-body>\s*</mjml>\s*)", re.DOTALL)
_CARD = '<mj-section css-class="ct-card" background-color="#ffffff" padding="24px 0 0">'
_COLUMN = "<mj-column><mj-text>[[{}]]</mj-text></mj-column>"
_ELEMENTS: Mapping[Kind, str] = {
    Kind.TITLE: f'{_CARD}<mj-column><mj-text css-class="ct-title" font-size="28px" line-height="1.25" '
    'font-weight="700"><h1 style="margin:0;font-size:inherit;line-height:inherit">[[text]]</h1></mj-text></mj-column>'
    "</mj-section>",
    Kind.TEXT: f"{_CARD}{_COLUMN.format('text')}</mj-section>",
    Kind.IMAGE: f'{_CARD}<mj-column><mj-image src="[[src]]" alt="[[alt]]" padding="0 32px 16px" /></mj-column>'
    "</mj-section>",
    Kind.COLUMNS: f"{_CARD}{_COLUMN.format('left')}{_COLUMN.format('right')}</mj-section>",
    Kind.DIVIDER: f'{_CARD}<mj-column><mj-divider border-width="1px" border-color="#e6e0d6" padding="0 32px 16px" />'
    "</mj-column></mj-section>",
}
"""Those that are written as elements; the others are the blocks of `mjml.BLOCKS`."""
_IMAGE_LINK = ' href="[[href]]"'
_HOLE = re.compile(r"\[\[(\w+)\]\]")
_PROSE = frozenset({"text", "left", "right"})
"""Fields in which people write sentences; the others stand in attributes."""


# ---- writing


def write(body: Body) -> str:
    """Write a mail as MJML."""
    return "\n".join(
        [body.head.strip(), *(piece for one in body.blocks if (piece := write_one(one))), body.foot.strip()]
    )


def write_one(block: Block) -> str:
    """Write one block as MJML."""
    if block.kind is Kind.MARKUP:
        return block.said.get("mjml", "").strip()
    if block.kind not in _ELEMENTS:
        return _call(block)
    return _HOLE.sub(
        lambda hole: (_as_markup if hole[1] in _PROSE else _as_attribute)(block.said.get(hole[1], "")),
        _pattern_of(block.kind, has_link=bool(block.said.get("href"))),
    )


def _pattern_of(kind: Kind, *, has_link: bool) -> str:
    made = _ELEMENTS[kind]
    return made.replace(" /></mj-column>", f"{_IMAGE_LINK} /></mj-column>") if kind is Kind.IMAGE and has_link else made


def _call(block: Block) -> str:
    given = [f"{name}: {_quoted(value)}" for name in FIELDS[block.kind] if (value := _line(block.said.get(name, "")))]
    return "{% render " + ", ".join([f"'{block.kind.value}'", *given]) + " %}"


def _line(text: str) -> str:
    return " ".join(text.split())


def _quoted(text: str) -> str:
    """Put a text between the quotes that it does not hold; where it holds both kinds, the double ones are curled."""
    if "'" not in text:
        return f"'{text}'"
    return '"' + text.replace('"', "”") + '"'


_BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
_LINK = re.compile(r"\[([^\[\]\n]+)\]\(([^()\s]+)\)")


def _as_markup(text: str) -> str:
    """Make markup of sentences: `**bold**`, `[words](address)`, line breaks; Liquid stays as it is."""
    marks, hidden = _hidden(text.replace("\r\n", "\n").strip())
    said = escape(hidden, quote=False)
    said = _LINK.sub(lambda found: f'<a href="{escape(unescape(found[2]))}">{found[1]}</a>', said)
    return marks.show(_BOLD.sub(r"<b>\1</b>", said).replace("\n", "<br />"))


def _as_attribute(text: str) -> str:
    marks, hidden = _hidden(_line(text))
    return marks.show(escape(hidden))


def _hidden(text: str) -> tuple[Marks, str]:
    marks = Marks()
    try:
        return marks, marks.hide(text)
    except BadMarkup:  # half a piece of Liquid: checking says so, beside the block
        return Marks(), text


# ---- reading


def read(source: str) -> Body | None:
    """Read MJML as blocks; None where it has no beginning and end to put blocks between."""
    found = _BODY.fullmatch(source)
    if found is None:
        return None
    blocks: list[Block] = []
    for chunk in _chunks(found[2]):
        one = _read_one(chunk)
        if one.kind is Kind.MARKUP and blocks and blocks[-1].kind is Kind.MARKUP:
            one = Block(Kind.MARKUP, {"mjml": f"{blocks.pop().said['mjml']}\n{one.said['mjml']}"})
        blocks.append(one)
    return Body(head=found[1].strip(), blocks=tuple(blocks), foot=found[3].strip())


_TAG = re.compile(r"<!--.*?-->|<(/?)([A-Za-z][\w:-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*+)>", re.DOTALL)
_VOID = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
_MARK = re.compile(f"{mjml.OPEN}[0-9]+{mjml.CLOSE}")


def _chunks(text: str) -> Iterator[str]:
    """Cut what stands in the body into its elements and Liquid, each whole; all of it at once where that is no MJML."""
    marks, hidden = _hidden(text)
    parts: list[str] = []
    begin = at = 0
    depth = 0
    for tag in _TAG.finditer(hidden):
        if depth == 0:
            parts += _loose(hidden[at : tag.start()])
            begin = tag.start()
        at = tag.end()
        if tag[2] is not None and tag[2].lower() not in _VOID and not tag[3].endswith("/"):
            depth += -1 if tag[1] else 1
        if depth < 0:
            break
        if depth == 0:
            parts.append(hidden[begin:at])
    if depth != 0:
        parts = [hidden]
    else:
        parts += _loose(hidden[at:])
    return (shown for part in parts if (shown := marks.show(part).strip()))


def _loose(text: str) -> list[str]:
    """Cut what stands between elements: each piece of Liquid is a chunk of its own."""
    parts: list[str] = []
    at = 0
    for mark in _MARK.finditer(text):
        parts += [text[at : mark.start()], mark[0]]
        at = mark.end()
    return [*parts, text[at:]]


_CALL = re.compile(r"\{%-?\s*render\s+['\"](\w+)['\"]((?:\s*,\s*\w+\s*:\s*(?:'[^']*'|\"[^\"]*\"))*+)\s*-?%\}")
_GIVEN = re.compile(r",\s*(\w+)\s*:\s*(?:'([^']*)'|\"([^\"]*)\")")
_BETWEEN = re.compile(r"(</?mj-[^<>]*>)\s+(?=</?mj-)")
_CALLED: Mapping[str, Kind] = {one.value: one for one in Kind if one not in _ELEMENTS and one is not Kind.MARKUP}


def _read_one(chunk: str) -> Block:
    called = _CALL.fullmatch(chunk)
    if called is not None and called[1] in _CALLED:
        kind = _CALLED[called[1]]
        given = {one[1]: one[2] if one[2] is not None else one[3] for one in _GIVEN.finditer(called[2])}
        if set(given) <= set(FIELDS[kind]):
            return Block(kind, {name: given.get(name, "") for name in FIELDS[kind]})
    tight = _BETWEEN.sub(r"\1", chunk)
    for kind in list(_ELEMENTS):
        for has_link in (False, True) if kind is Kind.IMAGE else (False,):
            block = _matched(tight, kind, has_link=has_link)
            if block is not None:
                return block
    return Block(Kind.MARKUP, {"mjml": chunk})


def _matched(chunk: str, kind: Kind, *, has_link: bool) -> Block | None:
    pattern = _pattern_of(kind, has_link=has_link)
    holes = _HOLE.findall(pattern)
    parts = _HOLE.split(pattern)[::2]
    values: list[str] = []
    at = 0
    for place, part in enumerate(parts):
        start = chunk.find(part, at)
        if start < 0 or (place == 0 and start != 0):
            return None
        if place:
            values.append(chunk[at:start])
        at = start + len(part)
    said = dict.fromkeys(FIELDS[kind], "")
    said |= {
        name: (_from_markup if name in _PROSE else _from_attribute)(value)
        for name, value in zip(holes, values, strict=True)
    }
    block = Block(kind, said)
    # only what is written again as it stood: nothing that somebody wrote is lost
    return block if at == len(chunk) and write_one(block) == chunk else None


_ANCHOR = re.compile(r'<a href="([^"]*)">([^<]*)</a>')


def _from_markup(markup: str) -> str:
    marks, hidden = _hidden(markup)
    said = hidden.replace("<br />", "\n").replace("<b>", "**").replace("</b>", "**")
    said = _ANCHOR.sub(r"[\2](\1)", said)
    return marks.show(unescape(said))


def _from_attribute(value: str) -> str:
    marks, hidden = _hidden(value)
    return marks.show(unescape(hidden))


# ---- what is wrong where


def problem_of(blocks: Sequence[Block], *, language: str) -> dict[int, str]:
    """Say what is wrong with blocks, by their place; MJML of an author is looked at only where no other is wrong."""
    found = {place: said for place, one in enumerate(blocks) if (said := _problem(one, language))}
    own = {place: said for place, said in found.items() if blocks[place].kind is not Kind.MARKUP}
    return own or found


def _problem(block: Block, language: str) -> str | None:
    try:
        piece = mjml.compiled(HEAD + write_one(block) + FOOT, language=language)
        sandbox.program(piece.liquid(), is_html=True)
    except (BadMarkup, NotLiquid, RecursionError) as error:
        return str(error)
    return None


def line_of(source: str, problem: str) -> int | None:
    """Find the line of a text at which a problem lies; None where it cannot be told. Units: lines from 1."""
    said = _SAID.search(problem)
    at = source.find(said[1]) if said else -1
    if at < 0:
        at = _stops_at(source)
    return source.count("\n", 0, at) + 1 if at >= 0 else None


_SAID = re.compile(r"`([^`\n]+)`")
_PUT_IN = re.compile(r"\{%-?\s*render\s[^%\n]{0,4000}%\}")


def _stops_at(source: str) -> int:
    """Find where a text stops being Liquid; -1 where it is, or nobody can tell."""
    # blocks are put in before Liquid is read
    blank = _PUT_IN.sub(lambda found: " " * len(found[0]), source)
    try:
        sandbox.environment(is_html=True).from_string(blank)
    except LiquidError as error:
        return error.token.start_index if error.token is not None else -1
    except (RecursionError, ValueError):
        return -1
    return -1
