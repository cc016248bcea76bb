"""Browsers that refuse to be tracked: from the answer to their no on, nothing of what they send is kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec
from msgspec import structs

from comptoir.access.public import PublicBook, hash_browser
from comptoir.model import consent
from comptoir.model.consent import BROWSER, TRACKING, ConsentState, ConsentStatement
from comptoir.model.event import ENVELOPE_VERSION, Line, Trust, Type, decode

_TOLD = f'"{TRACKING}"'.encode()
_CONTEXT = b"categoryPreferences"


@dataclass(slots=True)
class Refusals:
    """
    What the door knows of browsers that said no: hashes that the engine published, and what it heard itself since.

    The door's own word is the newer one: what it heard stands over what is published.
    """

    book: PublicBook
    heard: dict[int, bool] = field(default_factory=dict)
    """Hashed browser → whether it refuses."""

    def learn(self, lines: Iterable[bytes]) -> None:
        """Read again what was heard before a stop, from the urgent lines of the door's own spool. Order: as said."""
        for text in lines:
            if _TOLD in text or _CONTEXT in text:
                try:
                    self._hear(decode(text))
                except msgspec.MsgspecError:
                    continue

    def sift(self, lines: list[Line], *, is_urgent: bool) -> list[Line]:
        """
        Put in the place of what a refusing browser sent the bare fact that something came; choices are kept.

        A no is urgent; so as long as nobody refused, there is nothing to look at.
        """
        if not is_urgent and not self.heard and not self.book.refusals:
            return lines
        kept = []
        last, is_refused = None, False  # as a rule all lines of a request are of one browser
        for line in lines:
            if line.type in _CHOICES or line.name in consent.CONSENT_CHANGES:
                if line.type not in _UNREAD:
                    self._hear(line)
                    last = None
                kept.append(line)
                continue
            who = line.brand, line.trust, line.anonymous_id
            if who != last:
                last, is_refused = who, self._is_refused(line)
            kept.append(_counted(line) if is_refused else line)
        return kept

    def _is_refused(self, line: Line) -> bool:
        if line.anonymous_id is None or line.trust != Trust.CLAIMED:
            return False
        return self.refuses(line.brand, line.anonymous_id)

    def refuses(self, brand: str, anonymous_id: str) -> bool:
        """Say whether a browser refuses to be tracked, as far as was heard."""
        browser = hash_browser(brand, anonymous_id)
        said = self.heard.get(browser)
        return browser in self.book.refusals if said is None else said

    def _hear(self, line: Line) -> None:
        said = consent.read(line)
        if isinstance(said, ConsentStatement) and said.purpose == TRACKING and said.contact_kind == BROWSER:
            self.heard[hash_browser(said.brand, said.contact)] = said.state is ConsentState.WITHDRAWN


_UNREAD = frozenset({Type.REFUSED, Type.DISCARDED})
_CHOICES = frozenset({Type.CONTROL, Type.RECORD}) | _UNREAD


def _counted(line: Line) -> Line:
    """Keep of a line that it came, and nothing of what it said."""
    bare = Line(v=ENVELOPE_VERSION, type=Type.DISCARDED.value, source=line.source, brand=line.brand, received_at=0)
    return structs.replace(bare, received_at=line.received_at, trust=line.trust, historical=line.historical)
