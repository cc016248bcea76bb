"""Rules are said as people speak, in both languages: opposites, one and many, once and never more than once."""

from __future__ import annotations

from typing import Any

import pytest

from comptoir.segments import parse


def said(rule: Any) -> tuple[str, str]:
    found = parse.of_values({"version": 1, "key": "one", "name": "One", "if": rule})
    return found.words("fr"), found.words("en")


@pytest.mark.parametrize(
    ("rule", "french", "english"),
    [
        ({"did": {"event": "X", "exactly": 1}}, "a fait « X » une seule fois", "did “X” exactly once"),
        ({"did": {"event": "X", "exactly": 2}}, "a fait « X » exactement 2 fois", "did “X” exactly 2 times"),
        ({"did": {"event": "X", "at_most": 1}}, "a fait « X » au plus une fois", "did “X” at most once"),
        ({"did": {"event": "X", "measure": "days", "at_least": 1}},
         "a fait « X » (au moins 1 jour différent)", "did “X” (at least 1 day)"),
        ({"ordered": {"measure": "items", "at_most": 0}}, "a acheté au plus 0 article", "bought at most 0 items"),
        ({"ordered": {"measure": "items", "at_least": 1}}, "a acheté au moins 1 article", "bought at least 1 item"),
        ({"ordered": {"at_least": 2, "at_most": 3}}, "a commandé entre 2 et 3 fois", "ordered between 2 and 3 times"),
        ({"ordered": {"measure": "returns", "exactly": 1}},
         "a renvoyé quelque chose (exactement 1 commande)", "sent back something (exactly 1 order)"),
        ({"loyalty": {"exactly": 1}}, "a exactement 1 point", "has exactly 1 point"),
        ({"stage": {"is": "lost", "for_at_least": "1 day"}},
         "est à l’étape « lost » depuis au moins 1 jour", "is in the stage “lost” for at least 1 day"),
        ({"trait": {"name": "city", "contains": "c"}},
         "a un trait « city » qui contient « c »", "has a trait “city” that contains “c”"),
    ],
)  # fmt: skip
def test_one_thing_and_many_things_are_said_so(rule: Any, french: str, english: str) -> None:
    assert said(rule) == (french, english)


@pytest.mark.parametrize(
    ("rule", "french", "english"),
    [
        ({"did": "X"}, "n’a pas fait « X »", "did not do “X”"),
        ({"ordered": "7 days"}, "n’a pas commandé au cours des 7 derniers jours", "did not order in the last 7 days"),
        ({"cart": "abandoned"}, "n’a pas de panier abandonné", "does not have a cart that is abandoned"),
        ({"affinity": "Shoes"}, "ne s’intéresse pas à « Shoes »", "is not drawn to “Shoes”"),
        ({"due": "Coffee"}, "ne devrait pas racheter en « Coffee »", "is not due to buy again in “Coffee”"),
        ({"due": {"category": "Coffee", "when": "late"}},
         "ne tarde pas à racheter en « Coffee »", "is not late to buy again in “Coffee”"),
        ({"due": {"category": "Coffee", "when": "early"}},
         "n’est pas encore loin de racheter en « Coffee »", "is not still early to buy again in “Coffee”"),
        ({"language": "fr"}, "ne parle pas fr", "does not speak fr"),
        ({"reachable": "email"}, "n’est pas joignable par email", "cannot be reached by email"),
        ({"message": {"was": "failed"}},
         "n’est pas dans ce cas : (n’a pas pu être joint)", "is not in this case: (could not be delivered to)"),
        # two things in one: denying the first alone would say something else
        ({"loyalty": {"at_least": 5, "expiring": 3, "within": "10 days"}},
         "n’est pas dans ce cas : (a au moins 5 points et a au moins 3 points qui expirent d’ici 10 jours)",
         "is not in this case: (has at least 5 points and has at least 3 points that expire within 10 days)"),
        ({"any": [{"did": "X"}, {"did": "Y"}]}, "n’est dans aucun de ces cas : (a fait « X » ou a fait « Y »)",
         "is in none of these cases: (did “X” or did “Y”)"),
        ({"all": [{"did": "X"}, {"did": "Y"}]},
         "ne remplit pas tout ceci à la fois : (a fait « X » et a fait « Y »)",
         "does not fit all of this at once: (did “X” and did “Y”)"),
    ],
)  # fmt: skip
def test_the_opposite_is_said_as_people_say_it(rule: Any, french: str, english: str) -> None:
    assert said({"not": rule}) == (french, english)
