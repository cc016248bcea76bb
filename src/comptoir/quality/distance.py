"""How far two words are apart: letters added, left out, changed, or swapped with their neighbor."""

from __future__ import annotations


def is_one_apart(one: str, other: str) -> bool:
    """Say whether one slip of the keyboard makes one word of the other. Source: Damerau (1964), distance 1."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    if len(one) > len(other):
        one, other = other, one
    start = 0
    while start < len(one) and one[start] == other[start]:
        start += 1
    if len(one) < len(other):
        return one[start:] == other[start + 1 :]
    if one[start + 1 :] == other[start + 1 :]:
        return True
    return one[start + 2 :] == other[start + 2 :] and one[start : start + 2] == other[start : start + 2][::-1]
