"""People drawn for benchmarks/matching.py: households, typing errors, moves and missing boxes; who is who is known."""

# ruff: noqa: SIM905  # lists of words read better as words

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa

FIRST = (
    "Marie Jean Camille Pierre Léa Louis Manon Lucas Emma Hugo Chloé Nathan Inès Enzo Jade Gabriel Sarah Arthur Zoé Paul "
    "Julie Thomas Anaïs Antoine Clara Nicolas Lucie Julien Laura Maxime Élodie Alexandre Céline Guillaume Sophie François "
    "Isabelle Michel Nathalie Philippe Catherine Alain Monique Bernard Jacqueline André Françoise Daniel Christine Patrick "
    "James Mary John Patricia Robert Jennifer William Linda David Elizabeth Richard Barbara Joseph Susan Charles Jessica "
    "Oliver Amelia George Isla Harry Ava Noah Mia Jack Grace Leo Freya Oscar Lily Charlie Sophia Henry Evie Alfie Ella "
    "Mohamed Fatima Ahmed Aïcha Karim Nadia Youssef Samira Mehdi Leïla Wei Ming Anh Linh Kofi Ama Jean-Pierre Marie-Claire"
).split()
LAST = (
    "Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent Lefebvre Michel Garcia David "
    "Bertrand Roux Vincent Fournier Morel Girard André Lefèvre Mercier Dupont Lambert Bonnet François Martinez Legrand "
    "Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Wright Walker White Edwards Hughes Green Hall Lewis"
).split()
_SYLLABLES = "ba be bo da de du fa fe ga go la le lo ma me mi na no pa pe ra re ri ro sa se ta te to va ve vi".split()
_ENDINGS = "rd t nd s ux y ier eau in on el et aud ault man son ton ley".split()
_STREETS = "rue de la Paix|rue Victor Hugo|avenue Jean Jaurès|place du Marché|chemin des Vignes|High Street|Church Road|Station Road".split(
    "|"
)
_PROVIDERS = "orange.fr gmail.com free.fr hotmail.fr laposte.net yahoo.co.uk outlook.com".split()
COLUMNS = ("first_name", "last_name", "birth_date", "email", "phone", "address", "postal_code", "city")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def draw(records: int, seed: int = 7) -> tuple[pa.Table, list[int]]:
    """Draw records of people, and who each is. Grain: one row a record; 5 records for 3 people on average."""
    rng, chance = np.random.default_rng(seed), random.Random(seed)
    people = records * 3 // 5
    lasts = LAST + [
        chance.choice(_SYLLABLES).title()
        + chance.choice(_SYLLABLES)
        + chance.choice(_SYLLABLES)
        + chance.choice(_ENDINGS)
        for _ in range(20_000)
    ]
    streets = _STREETS + [f"rue {name}" for name in lasts[50:4_000]]
    towns = [
        (f"{code:05d}", chance.choice(_SYLLABLES).title() + chance.choice(_SYLLABLES) + chance.choice(_ENDINGS))
        for code in chance.sample(range(1_000, 95_999), 6_000)
    ]
    household = np.sort(rng.integers(0, people * 2 // 3, people))
    persons = _people(people, household, lasts, streets, towns, rng)
    who = np.concatenate([np.arange(people), rng.integers(0, people, records - people)])
    rng.shuffle(who)
    rows = [_record(persons[one], chance) for one in who.tolist()]
    table = pa.table(
        [
            pa.array([str(number) for number in range(records)]),
            *(pa.array(column) for column in zip(*rows, strict=True)),
        ],
        names=["id", *COLUMNS],
    )
    return table, who.tolist()


def _people(
    count: int,
    household: np.ndarray,
    lasts: list[str],
    streets: list[str],
    towns: list[tuple[str, str]],
    rng: np.random.Generator,
) -> list[tuple[str, ...]]:
    homes = int(household[-1]) + 1
    firsts = FIRST + [name.split("l")[0].title() for name in lasts[100:1_000] if "l" in name]
    first = _drawn(len(firsts), count, rng)
    last = _drawn(len(lasts), homes, rng)
    street, town, number = (
        rng.integers(0, len(streets), homes),
        _drawn(len(towns), homes, rng),
        rng.integers(1, 120, homes),
    )
    days, line = rng.integers(0, 25_000, count), rng.integers(10_000_000, 99_999_999, count)
    born = np.datetime64("1938-01-01") + days
    shared = rng.random(count) < 0.1
    made = []
    for one, home in enumerate(household.tolist()):
        given, family = firsts[first[one]], lasts[last[home]]
        mail = (
            f"{family}.{home}@{_PROVIDERS[home % 7]}"
            if shared[one]
            else f"{given}.{family}{one % 997}@{_PROVIDERS[one % 7]}"
        )
        code, place = towns[town[home]]
        made.append(
            (
                given,
                family,
                str(born[one]),
                mail.lower().replace(" ", ""),
                f"06{line[one]}",
                f"{number[home]} {streets[street[home]]}",
                code,
                place,
            )
        )
    return made


def _drawn(kinds: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Draw as names and towns are spread: the hundredth is half as common as the fiftieth."""
    weights = 1 / (np.arange(kinds) + 30.0)
    return rng.choice(kinds, count, p=weights / weights.sum())


def _record(person: tuple[str, ...], chance: random.Random) -> tuple[str | None, ...]:
    if chance.random() < 0.25:
        return person
    values: list[str | None] = list(person)
    for place in range(len(values)):
        drawn = chance.random()
        if drawn < 0.10 and place not in {0, 1}:
            values[place] = None
        elif drawn < 0.17:
            values[place] = _mistyped(person[place], chance)
    if chance.random() < 0.02:
        values[0], values[1] = values[1], values[0]
    if chance.random() < 0.08:  # moved
        values[5], values[6], values[7] = (
            f"{chance.randrange(1, 120)} {chance.choice(_STREETS)}",
            f"{chance.randrange(1_000, 95_999):05d}",
            None,
        )
    return tuple(values)


def _mistyped(text: str, chance: random.Random) -> str:
    place, kind = chance.randrange(len(text)), chance.randrange(4)
    letter = str(chance.randrange(10)) if text[place].isdigit() else chance.choice(_ALPHABET)
    if kind == 0:
        return text[:place] + letter + text[place:]
    if kind == 1:
        return text[:place] + text[place + 1 :] or text
    if kind == 2:
        return text[:place] + letter + text[place + 1 :]
    return text[:place] + text[place + 1 : place + 2] + text[place] + text[place + 2 :]
