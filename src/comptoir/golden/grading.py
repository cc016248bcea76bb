"""How good what sources say of a person is, by what quality knows of each kind of field."""

from __future__ import annotations

from datetime import date

from comptoir.golden.choose import PlainGrader
from comptoir.quality import fields
from comptoir.quality.fields import FIELD_OF, Field
from comptoir.quality.graded import Grade

_NOWHERE = ""
"""Statements were written as their brand's country does when they came in; what is left must be good anywhere."""
_SOME_DAY = date(2000, 1, 1)


class FieldGrader(PlainGrader):
    """Grades e-mails, numbers, names and addresses as quality does, and any other field plainly."""

    def grade(self, name: str, value: object) -> Grade:
        """Grade a value; days of birth, whose grade would change as time passes, only plainly."""
        plain = super().grade(name, value)
        field = FIELD_OF.get(name)
        if plain is Grade.REFUSED or field is None or field is Field.BIRTH or not isinstance(value, str):
            return plain
        return fields.grade(field, value, _NOWHERE, _SOME_DAY).grade
