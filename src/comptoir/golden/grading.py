"""How good the value of a field is, as quality judges it, where no country is needed to judge."""

from __future__ import annotations

from comptoir.golden.choose import PlainGrader
from comptoir.quality import fields
from comptoir.quality.fields import FIELD_OF, Field
from comptoir.quality.graded import Grade

_ANYWHERE = frozenset(
    {
        Field.EMAIL, Field.CIVILITY, Field.FIRST_NAME, Field.LAST_NAME, Field.NAME, Field.COMPANY, Field.COUNTRY,
        Field.LANGUAGE, Field.CURRENCY, Field.SIREN, Field.SIRET,
    }
)  # fmt: skip
"""Fields that are the same in every country. Rows were graded by their own country when they came in."""


class FieldGrader:
    """Grades what quality knows, and anything else by whether it says something at all."""

    def __init__(self) -> None:
        self._plain = PlainGrader()

    def grade(self, name: str, value: object) -> Grade:
        """Grade a value."""
        plain = self._plain.grade(name, value)
        field = FIELD_OF.get(name)
        if plain is Grade.REFUSED or not isinstance(value, str) or field is None:
            return plain
        if field in _ANYWHERE or (field is Field.PHONE and value.lstrip().startswith("+")):
            return fields.grade(field, value, "", fields.ANY_DAY).grade
        return plain
