"""How often, how much: `at_least`, `at_most`, `exactly`, read, said and compiled the same way by every kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from comptoir.grammar import forms
from comptoir.grammar.fields import Fields
from comptoir.model.scenario import FieldKind, FormField
from comptoir.segments.asked import Asked, Every, No, Of, Op, Question

_SAID: Mapping[str, Mapping[str, str]] = {
    "at_least": {"fr": "au moins {0}", "en": "at least {0}"},
    "at_most": {"fr": "au plus {0}", "en": "at most {0}"},
    "exactly": {"fr": "exactement {0}", "en": "exactly {0}"},
    "between": {"fr": "entre {0} et {1}", "en": "between {0} and {1}"},
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Between which numbers; None is no limit."""

    least: Decimal | None = None
    most: Decimal | None = None

    @property
    def is_once(self) -> bool:
        """Say whether being there is enough."""
        return self.least == 1 and self.most is None

    def words(self, language: str, unit: str = "") -> str:
        """Say it in words, a unit behind each number."""
        least, most = (None if one is None else f"{one:f}{unit}" for one in (self.least, self.most))
        if least is not None and most is not None:
            key = "exactly" if least == most else "between"
            return _SAID[key][language].format(least, most)
        if most is not None:
            return _SAID["at_most"][language].format(most)
        return _SAID["at_least"][language].format(least)

    def of(self, language: str, one: str, many: str) -> str:
        """Say how many things, the word for them as the number wants it."""
        last = self.most if self.most is not None else self.least
        is_one = last is not None and (abs(last) < _PLURAL if language == "fr" else last == 1)
        return f"{self.words(language)} {one if is_one else many}"

    def times(self, language: str) -> str:
        """Say how often: once, at least three times, never more than twice."""
        if self.least == self.most == 1:
            return {"fr": "une seule fois", "en": "exactly once"}[language]
        if self.most == 1 and self.least is None:
            return {"fr": "au plus une fois", "en": "at most once"}[language]
        if self.least == 1 and self.most is None:
            return {"fr": "au moins une fois", "en": "at least once"}[language]
        return self.of(language, *{"fr": ("fois", "fois"), "en": ("time", "times")}[language])

    def compiled(self, asked: Asked) -> Question:
        """
        Compile: the measure lies between the limits.

        Of nothing, a count and a sum are 0, so `at_most` holds for people without any row; an average is not known.
        """
        parts: list[Question] = []
        if self.least is not None and not (self.least <= 0 and asked.measure.of in _ZERO):
            parts.append(replace(asked, op=Op.AT_LEAST, value=self.least))
        if self.most is not None:
            if asked.measure.of not in _ZERO:
                parts.append(replace(asked, op=Op.AT_MOST, value=self.most))
            elif self.most >= 0:
                parts.append(No(replace(asked, op=Op.MORE_THAN, value=self.most)))
            else:
                parts.append(replace(asked, op=Op.AT_MOST, value=self.most))
        return parts[0] if len(parts) == 1 else Every(tuple(parts))


_PLURAL = 2
"""From which number on French says many: « 0 article », « 1,5 point », « 2 points »."""
_ZERO = frozenset({Of.COUNT, Of.SUM, Of.DISTINCT})
ONCE = Limits(Decimal(1))


def read(fields: Fields, *, default: Limits | None = ONCE, is_whole: bool = True) -> Limits:
    """Read `at_least`, `at_most` and `exactly`. Raises: BadDefinition, also where nothing is said and none is meant."""

    def one(name: str) -> Decimal | None:
        if not fields.has(name):
            return None
        return Decimal(fields.whole(name)) if is_whole else fields.decimal(name)

    exactly, least, most = one("exactly"), one("at_least"), one("at_most")
    if exactly is not None:
        if least is not None or most is not None:
            raise fields.bad("exactly", exactly, "`exactly` alone")
        return Limits(exactly, exactly)
    if least is None and most is None:
        if default is None:
            raise fields.bad("at_least", "", "`at_least: …` or `at_most: …`")
        return default
    if least is not None and most is not None and most < least:
        raise fields.bad("at_most", most, "a number that is not below `at_least`")
    return Limits(least, most)


def form(*, is_whole: bool = True) -> tuple[FormField, ...]:
    """Describe the fields."""
    kind = FieldKind.WHOLE if is_whole else FieldKind.DECIMAL
    return (
        forms.one("at_least", kind, "Au moins", "At least"),
        forms.one("at_most", kind, "Au plus", "At most"),
        forms.one("exactly", kind, "Exactement", "Exactly"),
    )
