"""The plain-text part: made once a version from the HTML of a template, or read from the author's own text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from comptoir.messaging.mjml import CLOSE, OPEN, BadMarkup, Marks, link_tag
from comptoir.messaging.sandbox import MOST_SOURCE

_SILENT = frozenset({"head", "style", "script", "title", "noscript", "xml"})
_BLOCKS = frozenset({
    "address", "article", "blockquote", "div", "dl", "dt", "dd", "figure", "footer", "h1", "h2", "h3", "h4", "h5",
    "h6", "header", "hr", "li", "ol", "p", "pre", "section", "table", "tbody", "tr", "ul",
})  # fmt: skip
_VOID = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
_MARK = re.compile(f"{OPEN}([0-9]+){CLOSE}")
_ADDRESS = re.compile(f"https?://[^\\s<>\"'()\\[\\]]+|{OPEN}[0-9]+{CLOSE}")
_URL_OUTPUT = re.compile(r"\{\{-?\s*(?:\w+\.)?(?:\w+_)?url\s*-?\}\}")


def from_html(html: str, marks: Marks, *, language: str) -> str:
    """
    Give the Liquid of the text part that says what the HTML says.

    Order: as in the HTML; a link is `words : address`, and an image speaks by its alternative text only.
    """
    reader = _Reader(marks, " : " if language == "fr" else ": ")
    reader.feed(html)
    reader.close()
    return marks.show(tidy("".join(reader.parts)))


def from_author(text: str) -> str:
    """Give the Liquid of an author's text: its addresses become links of the message. Raises: BadMarkup."""
    marks = Marks()

    def link(found: re.Match[str]) -> str:
        said = found[0]
        if said.startswith(OPEN):
            is_url = _URL_OUTPUT.fullmatch(marks.pieces[int(_MARK.fullmatch(said)[1])])  # type: ignore[index]
            return link_tag(said, marks) if is_url else said
        address = said.rstrip(".,;:!?")
        return link_tag(address, marks) + said[len(address) :]

    if len(text) > MOST_SOURCE:
        raise BadMarkup(f"the text has more than {MOST_SOURCE} characters")
    hidden = marks.hide(text)
    return marks.show(_ADDRESS.sub(link, hidden))


def tidy(text: str) -> str:
    """Trim every line and keep one empty line between paragraphs."""
    kept: list[str] = []
    for line in text.split("\n"):
        said = line.strip()
        if said or (kept and kept[-1]):
            kept.append(said)
    return "\n".join(kept).strip("\n") + "\n"


class _Reader(HTMLParser):
    """Writes text and marks; what the eye does not see is left out."""

    def __init__(self, marks: Marks, colon: str) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._marks = marks
        self._colon = colon
        self._silent = 0
        self._stack: list[bool] = []
        self._links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        is_hidden = tag in _SILENT or "display:none" in (said.get("style") or "").replace(" ", "")
        if tag not in _VOID:
            self._stack.append(is_hidden)
            self._silent += is_hidden
        if self._silent:
            return
        if tag in _BLOCKS or tag == "br":
            self.parts.append("\n")
        if tag in {"h1", "h2", "h3"} or tag == "p":
            self.parts.append("\n")
        if tag == "li":
            self.parts.append("- ")
        if tag == "img" and said.get("alt"):
            self._say(str(said["alt"]))
        if tag == "a":
            self._links.append((said.get("href") or "", len(self.parts)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if self._stack:
            self._silent -= self._stack.pop()
        if self._silent:
            return
        if tag == "a" and self._links:
            self._end_link(*self._links.pop())
        if tag in {"td", "th"}:
            self.parts.append(" ")
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._say(data)

    def _say(self, data: str) -> None:
        said = " ".join(data.replace("\u00a0", "\u2007").split(" "))
        self.parts.append(re.sub(r"\s+", " ", said).replace("\u2007", "\u00a0"))

    def _end_link(self, href: str, since: int) -> None:
        words = "".join(self.parts[since:])
        shown = "".join(one for one in _MARK.sub("", words).split())
        outputs = [self._marks.pieces[int(one)] for one in _MARK.findall(words)]
        if not href or not (shown or any(one.startswith("{{") for one in outputs)):
            del self.parts[since:]  # a picture without words: its neighbour has the same link
            self.parts += [f"{OPEN}{one}{CLOSE}" for one in _MARK.findall(words)]
            return
        if href.startswith(("mailto:", "tel:", "sms:", "#")):
            return
        self.parts.append(f"{self._colon}{link_tag(href, self._marks)}")
