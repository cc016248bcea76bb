"""What is wrong with a scenario's text, said so that whoever writes it can mend it."""

from __future__ import annotations

import re

from comptoir.grammar.fields import BadDefinition
from comptoir.web.speech import Speech

_KNOWN = (
    (re.compile(r"two steps have the key `(?P<name>[^`]*)`|`(?P<twice>[^`]*)` is named twice"), "twice"),
    (re.compile(r"template `(?P<name>[^`]*)` has no words"), "no_words"),
    (re.compile(r"`(?P<name>[^`]*)` is missing"), "missing"),
    (re.compile(r"`(?P<name>[^`]*)` is no field here"), "no_field"),
    (re.compile(r"`(?P<name>[^`]*)` is no condition"), "no_condition"),
    (re.compile(r"`(?P<name>[^`]*)` is no step"), "no_step"),
    (re.compile(r"`goto: (?P<name>[^`]*)` names no step"), "no_target"),
    (re.compile(r"`(?P<name>[^`]*)` (?:does not fit|is no number|takes one value)"), "unfit"),
    (re.compile(r"`format: (?P<name>[^`]*)` is not known"), "format"),
    (re.compile(r"`scenario: (?P<name>[^`]*)` is another scenario"), "other"),
    (re.compile(r"needs steps|a list of steps is needed|a step is a mapping"), "steps"),
    (re.compile(r"words by (?:template|language) are needed|texts by language"), "words"),
    (re.compile(r"a trigger has one kind|an exit has either|a date is of"), "one_of"),
    (re.compile(r"condition|comparison"), "condition"),
    (re.compile(r"a (?:mapping|list|scenario)"), "shape"),
    (re.compile(r"too long|too deep|aliases"), "too_much"),
)
"""What the reader of scenarios says → the words under `scenario.parse.`; the order decides where two fit."""


_HOW = (
    (re.compile(r"from (?P<least>\d+) to (?P<most>\d+) days"), "days"),
    (re.compile(r"a whole number of at least (?P<least>\d+)"), "whole"),
    (re.compile(r"a number of at most (?P<most>\d+)"), "most"),
    (re.compile(r"a date that is not before"), "dates"),
    (re.compile(r"a (?:number|span) that is not below"), "limits"),
    (re.compile(r"whole days, such as"), "whole_days"),
    (re.compile(r"a share between 0 and 1"), "share"),
    (re.compile(r"at least one minute|from a minute to 366 days"), "span"),
)
"""What the reader says of a value that does not fit → how to mend it, in words under `scenario.parse.how.`."""
_MEANT = re.compile(r"did you mean `(?P<name>[^`]*)`")


def what_of(said: Speech, error: BadDefinition) -> dict[str, str]:
    """Say what is wrong, where, and how to mend it; what has no words of its own is quoted."""
    told = {part: str(error.facts.get(part, "")) for part in ("what", "where", "mend")}
    for pattern, key in _KNOWN:
        found = pattern.search(told["what"])
        if found is not None:
            name = next((one for one in found.groups() if one), "")
            meant = _MEANT.search(told["mend"])
            mend = said("scenario.parse.meant", name=meant["name"]) if meant else _how(said, key, told["mend"])
            return told | {"what": said(f"scenario.parse.{key}", name=name), "mend": mend}
    return told


def _how(said: Speech, key: str, mend: str) -> str:
    for pattern, name in _HOW if key == "unfit" else ():
        found = pattern.search(mend)
        if found is not None:
            return said(
                f"scenario.parse.how.{name}", **{part: said.number(int(n)) for part, n in found.groupdict().items()}
            )
    return said(f"scenario.parse.{key}.do")
