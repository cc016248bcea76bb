"""From an author's MJML to the Liquid of an HTML mail: blocks put in, links marked; done once a version, by mrml."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape, unescape
from importlib.resources import files

import mrml

from comptoir.messaging.links import answer_target
from comptoir.messaging.sandbox import MOST_SOURCE

MOST_MJML = 200_000
_MOST_DEPTH = 60
"""mrml recurses in Rust without a limit: 20,000 nested elements end the process."""
_MOST_TAG = 20_000
_MOST_BLOCKS = 100
BLOCKS = ("products", "cart", "button", "answers", "footer")
"""The blocks that ship with us: `{% render 'products' %}`, between two sections."""
OPEN, CLOSE = "\u2983", "\u2984"
_MARK = re.compile(f"{OPEN}([0-9]+){CLOSE}")
_ONLY_MARKS = re.compile(f"(?:{OPEN}[0-9]+{CLOSE}|\\s)+")
_NAME = re.compile(r"</?([A-Za-z][A-Za-z0-9:_-]*)")
_HOLDERS = frozenset({"mj-body", "mj-wrapper", "mj-section", "mj-column", "mj-group", "mj-hero"})
_KNOWN = frozenset({
    "mjml", "mj-head", "mj-body", "mj-attributes", "mj-all", "mj-class", "mj-breakpoint", "mj-font", "mj-preview",
    "mj-style", "mj-title", "mj-accordion", "mj-accordion-element", "mj-accordion-title", "mj-accordion-text",
    "mj-button", "mj-carousel", "mj-carousel-image", "mj-column", "mj-divider", "mj-group", "mj-hero", "mj-image",
    "mj-navbar", "mj-navbar-link", "mj-raw", "mj-section", "mj-social", "mj-social-element", "mj-spacer", "mj-table",
    "mj-text", "mj-wrapper",
})  # fmt: skip
_FORBIDDEN = frozenset({"script", "iframe", "object", "embed", "base", "form", "mj-include", "applet", "frame"})
_VOID = frozenset({
    "area", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
})  # fmt: skip


class BadMarkup(ValueError):
    """The MJML of a template cannot be used."""


@dataclass(slots=True)
class Marks:
    """The Liquid of a text, set aside behind marks, so that no other reader trips over it."""

    pieces: list[str] = field(default_factory=list)

    def hide(self, text: str) -> str:
        """Put marks in place of every tag and output. Raises: BadMarkup."""
        if OPEN in text or CLOSE in text:
            raise BadMarkup("the brackets U+2983 and U+2984 are taken")
        parts: list[str] = []
        at = 0
        for start, end in _liquid_in(text):
            parts += [text[at:start], self.mark(text[start:end])]
            at = end
        return "".join([*parts, text[at:]])

    def mark(self, piece: str) -> str:
        """Give the mark of a piece of Liquid."""
        self.pieces.append(piece)
        return f"{OPEN}{len(self.pieces) - 1}{CLOSE}"

    def show(self, text: str) -> str:
        """Put the Liquid back."""
        return _MARK.sub(lambda found: self.pieces[int(found[1])], text)


def _liquid_in(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    while (start := text.find("{", at)) >= 0:
        closer = {"{": "}}", "%": "%}"}.get(text[start + 1 : start + 2])
        if closer is None:
            at = start + 1
            continue
        end = text.find(closer, start + 2)
        if end < 0:
            raise BadMarkup(f"`{text[start : start + 20]}` is not closed with `{closer}`")
        yield start, end + 2
        at = end + 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Markup:
    """The HTML of a template with its Liquid behind marks."""

    html: str
    marks: Marks

    def liquid(self) -> str:
        """Give the Liquid of the HTML part: every address in it is a link, and a pixel may stand at its end."""
        linked = _linked(self.html, self.marks)
        body = linked.rpartition("</body>")
        whole = f"{body[0]}{{{{ pixel }}}}</body>{body[2]}" if body[1] else linked + "{{ pixel }}"
        return self.marks.show(whole)


def compiled(source: str, *, language: str) -> Markup:
    """
    Compile MJML once.

    Raises: BadMarkup, which says what is wrong.
    """
    if len(source) > MOST_MJML:
        raise BadMarkup(f"more than {MOST_MJML} characters")
    marks = Marks()
    text = _expanded(marks.hide(source), marks)
    if len(text) > MOST_SOURCE:
        raise BadMarkup(f"more than {MOST_SOURCE} characters with its blocks")
    text = _with_head(_wrapped(text), marks)
    try:
        made = mrml.to_html(text, None, mrml.RenderOptions(fonts={}))
    except (OSError, ValueError, RuntimeError) as error:
        raise BadMarkup(marks.show(str(error))) from error
    html = _CELL.sub("\n", made.content.replace('lang="und"', f'lang="{escape(language)}"'))
    return Markup(html=html, marks=marks)


# ---- blocks


_CELL = re.compile(r"(?=<(?:tbody|td|title|meta|body)[ >])|(?<=</title>)")
"""Where a line may be broken unseen: in tables and the head. `compose` makes lines that it knows ready only once."""
_RENDER = re.compile(r"\{%-?\s*render\s")
_CALL = re.compile(r"\{%-?\s*render\s+['\"](\w{1,40})['\"]\s*(?:,\s*)?([^\n\r]{0,4000}?)\s*-?%\}")
_ARGUMENT = re.compile(r"\s*(\w{1,40})\s*:\s*(?:'([^']*)'|\"([^\"]*)\"|([\w.]{1,200}))\s*(?:,|$)")
_HOLE = re.compile(r"\[\[(\w+)(?:=([^\]]*))?\]\]")
_ANSWER = re.compile(r"\s*([\w.-]{1,60})\s*=\s*([^|]{1,200}?)\s*(?:\||$)")


def _expanded(text: str, marks: Marks) -> str:
    if sum(_RENDER.match(piece) is not None for piece in marks.pieces) > _MOST_BLOCKS:
        raise BadMarkup(f"more than {_MOST_BLOCKS} blocks")

    def put(found: re.Match[str]) -> str:
        piece = marks.pieces[int(found[1])]
        return _block(piece, marks) if _RENDER.match(piece) else found[0]

    return _MARK.sub(put, text)


def _block(piece: str, marks: Marks) -> str:
    call = _CALL.fullmatch(piece)
    if call is None or call[1] not in BLOCKS:
        raise BadMarkup(f"`{piece[:60]}`: the blocks are " + ", ".join(f"`{{% render '{one}' %}}`" for one in BLOCKS))
    name, given = call[1], _arguments(call[2])
    if name == "answers":
        given = _answers(given)
    return marks.hide(_filled(part(f"{name}.mjml"), given, name))


def _arguments(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        one = _ARGUMENT.match(text, at)
        if one is None:
            raise BadMarkup(f"`{text[at : at + 40]}`: write `name: 'text'` or `name: a.name`")
        words = one[2] if one[2] is not None else one[3]
        if words is not None and ("{{" in words or "{%" in words):
            raise BadMarkup("a text given to a block is no Liquid")
        found[one[1]] = f"{{{{ {one[4]} }}}}" if words is None else escape(words)
        at = one.end()
    return found


def _filled(source: str, given: dict[str, str], name: str) -> str:
    holes = {one[1] for one in _HOLE.finditer(source)}
    strange = sorted(set(given) - holes)
    if strange:
        raise BadMarkup(
            f"block `{name}` takes no {', '.join(strange)}; it takes {', '.join(sorted(holes)) or 'nothing'}"
        )

    def fill(hole: re.Match[str]) -> str:
        if hole[1] in given:
            return given[hole[1]]
        if hole[2] is None:
            raise BadMarkup(f"block `{name}` needs `{hole[1]}`")
        return hole[2]

    return _HOLE.sub(fill, source)


def _answers(given: dict[str, str]) -> dict[str, str]:
    """Make the buttons of `choices: 'price=Too dear | later=Later'`."""
    question, choices = given.get("question", ""), unescape(given.get("choices", ""))
    if not re.fullmatch(r"[\w.-]{1,60}", question):
        raise BadMarkup("block `answers` needs `question: 'a_name'`")
    read = read_choices(choices)
    if not read:
        raise BadMarkup("block `answers` needs `choices: 'value=Words | value=Words'`")
    buttons = [
        _filled(part("answer.mjml"), {"url": escape(ANSWER + target), "label": escape(label)}, "")
        for label, target in answer_targets(question, read)
    ]
    rest = {key: value for key, value in given.items() if key not in {"question", "choices"}}
    return rest | {"buttons": "".join(buttons)}


def read_choices(text: str) -> list[tuple[str, str]] | None:
    """Read `value=Words | value=Words`; None where it is not written so."""
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        one = _ANSWER.match(text, at)
        if one is None:
            return None
        found.append((one[1], one[2]))
        at = one.end()
    return found


def answer_targets(question: str, choices: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Give the label and the target of each answer's link, which knows the others so that people can change it."""
    return [
        (label, answer_target(question, value, label=label, others=[one for one in choices if one[0] != value]))
        for value, label in choices
    ]


@lru_cache(maxsize=32)
def part(name: str) -> str:
    """Read a file of `templates/`."""
    return (files("comptoir.messaging") / "templates" / name).read_text(encoding="utf-8")


# ---- the walk through the markup


@dataclass(slots=True)
class _Walk:
    stack: list[str] = field(default_factory=list)

    def enter(self, tag: str) -> None:
        name = _NAME.match(tag)
        if name is None:
            raise BadMarkup(f"`{tag[:40]}` is no element")
        word = name[1].lower()
        self._allow(word, tag)
        if tag.startswith("</"):
            if word in _VOID:
                return
            if not self.stack or self.stack.pop() != word:
                raise BadMarkup(f"`{tag[:40]}` closes nothing")
        elif not tag.endswith("/>") and word not in _VOID:
            self.stack.append(word)
            if len(self.stack) > _MOST_DEPTH:
                raise BadMarkup(f"elements are nested deeper than {_MOST_DEPTH}")

    def _allow(self, word: str, tag: str) -> None:
        if word in _FORBIDDEN:
            raise BadMarkup(f"a mail may not hold `<{word}>`")
        if word.startswith(("mj-", "mjml")) and word not in _KNOWN:
            raise BadMarkup(f"`<{word}>` is no element of MJML")
        for attribute, value in _attributes(tag):
            if attribute.startswith("on"):
                raise BadMarkup(f"a mail may not hold `{attribute}=`")
            if attribute in {"href", "src"} and unescape(value).strip().lower().startswith(
                ("javascript:", "vbscript:")
            ):
                raise BadMarkup("a mail may not hold a script")


_ATTRIBUTE = re.compile(r"([A-Za-z_:][A-Za-z0-9_:.-]*)\s*(?:=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")


def _attributes(tag: str) -> Iterator[tuple[str, str]]:
    head = _NAME.match(tag)
    at = head.end() if head else len(tag)
    while at < len(tag):
        found = _ATTRIBUTE.match(tag, at)
        if found is None:
            at += 1
            continue
        yield found[1].lower(), found[2] or found[3] or found[4] or ""
        at = found.end()


def _pieces(text: str) -> Iterator[tuple[bool, str]]:
    """Cut markup into tags and what stands between, each once. Raises: BadMarkup."""
    at = 0
    while at < len(text):
        start = text.find("<", at)
        if start < 0:
            yield False, text[at:]
            return
        if start > at:
            yield False, text[at:start]
        if text.startswith("<!--", start):
            end = text.find("-->", start + 4)
            if end < 0:
                raise BadMarkup("a comment is not closed")
            yield False, text[start : end + 3]
            at = end + 3
            continue
        if text.startswith(("<!", "<?"), start):
            raise BadMarkup("MJML holds no document type, instruction or CDATA")
        at = _end_of_tag(text, start)
        yield True, text[start:at]


def _end_of_tag(text: str, start: int) -> int:
    at, last = start + 1, start + _MOST_TAG
    while at < min(len(text), last):
        character = text[at]
        if character == ">":
            return at + 1
        if character == "<":
            break
        if character in "\"'":
            end = text.find(character, at + 1, last)
            if end < 0 or "<" in text[at:end] or ">" in text[at:end]:
                break
            at = end
        at += 1
    raise BadMarkup(f"`{text[start : start + 40]}` is not closed")


def _wrapped(text: str) -> str:
    """Look at every element, and put Liquid that stands between elements where MJML lets it through."""
    walk = _Walk()
    parts: list[str] = []
    for is_tag, piece in _pieces(text):
        if is_tag:
            walk.enter(piece)
            parts.append(piece)
            continue
        holder = walk.stack[-1] if walk.stack else ""
        if holder in _HOLDERS and piece.strip() and not piece.startswith("<!--"):
            if not _ONLY_MARKS.fullmatch(piece):
                raise BadMarkup(f"`{piece.strip()[:40]}` stands outside an element such as `<mj-text>`")
            parts.append(f"<mj-raw>{piece.strip()}</mj-raw>")
            continue
        parts.append(piece)
    if walk.stack:
        raise BadMarkup(f"`<{walk.stack[-1]}>` is not closed")
    return "".join(parts).strip()


_HEAD = re.compile(r"<mj-head\b[^>]*>")


def _with_head(text: str, marks: Marks) -> str:
    """Add what every mail has: a title, a preheader, and how it looks in the dark."""
    if not text.startswith("<mjml"):
        raise BadMarkup("MJML begins with `<mjml>`")
    head = part("head.mjml")
    if "<mj-title" in text:
        head = head.replace("<mj-title>{{ subject }}</mj-title>", "")
    if "<mj-preview" in text:
        head = head.replace("<mj-preview>{{ preheader }}</mj-preview>", "")
    inner = marks.hide(head.strip())
    found = _HEAD.search(text)
    if found is not None:
        return f"{text[: found.end()]}{inner}{text[found.end() :]}"
    place = text.find(">") + 1
    return f"{text[:place]}<mj-head>{inner}</mj-head>{text[place:]}"


# ---- links


_ANCHOR = re.compile(r"<(?:a|area|v:roundrect|v:rect)\s", re.IGNORECASE)
_HREF = re.compile(r"""(\shref\s*=\s*)(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)


def _linked(html: str, marks: Marks) -> str:
    """Put every address of a link between `link` tags."""
    parts: list[str] = []
    at = 0
    for found in _ANCHOR.finditer(html):
        if found.start() < at:
            continue
        end = html.find(">", found.end())
        tag = html[found.start() : end + 1 if end >= 0 else len(html)]
        parts += [html[at : found.start()], _HREF.sub(lambda href: _link(href, marks), tag, count=1)]
        at = found.start() + len(tag)
    return "".join([*parts, html[at:]])


def _link(href: re.Match[str], marks: Marks) -> str:
    target = next(one for one in href.groups()[1:] if one is not None)
    # on a line of its own: it differs from mail to mail, and what stands around it does not
    return f'\nhref="{link_tag(unescape(target), marks)}"\n'


def link_tag(target: str, marks: Marks) -> str:
    """Give the mark of an address that becomes a link of the message."""
    if not _MARK.search(target):
        check_target(target)
    whole = marks.show(target)
    if "{%" in target or "{{" in target:
        raise BadMarkup(f"`{target[:40]}` is no address")
    return marks.mark(f"{{% link %}}{whole}{{% endlink %}}")


def check_target(target: str) -> None:
    """Refuse an address that no mail may hold. Raises: BadMarkup."""
    said = target.strip()
    if not said:
        raise BadMarkup("a link has no address")
    if not said.startswith("#") and not said.lower().startswith(KEPT):
        raise BadMarkup(f"`{said[:60]}`: an address begins with https://, http://, mailto:, tel: or #")


ANSWER = "answer:"
KEPT = ("http://", "https://", "mailto:", "tel:", "sms:", ANSWER)
