"""The opposite of what a condition says, as people say it: what a person did not do, does not have, is not."""

from __future__ import annotations

import re

_QUOTED = re.compile(r"« [^»]*»|“[^”]*”")
_VOWELS = tuple("aeéèêiîoôuhy")
_DENIED = {
    "did": "did not do", "ordered": "did not order", "spent": "did not spend", "left": "did not leave",
    "bought": "did not buy", "sent": "did not send", "visited": "did not visit", "clicked": "did not click",
    "opened": "did not open", "gave": "did not give", "withdrew": "did not withdraw", "is": "is not", "was": "was not",
    "can": "cannot", "may": "may not", "has": "does not have", "speaks": "does not speak", "lives": "does not live",
}  # fmt: skip
"""English verbs that a condition begins with, and their opposites."""
_APART = {"fr": "n’est pas dans ce cas : ({0})", "en": "is not in this case: ({0})"}
_JOINTS = {"fr": " et ", "en": " and "}
_RELATIVE = {"fr": " qui ", "en": " that "}


def denied(said: str, language: str) -> str:
    """Deny one condition: what begins with a verb is turned itself, anything else is told apart as what is not so."""
    verb, _, rest = said.partition(" ")
    first = _QUOTED.sub("", said).partition(_RELATIVE[language])[0]
    if _JOINTS[language] in first or verb.startswith("n’") or not rest:
        return _APART[language].format(said)
    if language == "fr":
        return _french(verb, rest)
    return f"{_DENIED[verb]} {rest}" if verb in _DENIED else _APART[language].format(said)


def _french(verb: str, rest: str) -> str:
    for article in ("un ", "une "):
        if rest.startswith(article):
            noun = rest.removeprefix(article)
            rest = f"d’{noun}" if noun.startswith(_VOWELS) else f"de {noun}"
            break
    return f"n’{verb} pas {rest}" if verb.startswith(_VOWELS) else f"ne {verb} pas {rest}"
