"""Which computed traits somebody may see, and which she may change: those of her brands."""

from __future__ import annotations

from comptoir.access.roles import Principal
from comptoir.errors import ComptoirError
from comptoir.segments.traits.definition import Trait
from comptoir.state.shelf import DefinitionNotFound


class TraitNotYours(ComptoirError, PermissionError):
    """This computed trait is for brands that are not yours."""

    code, status = "computed_trait_of_other_brands", 403
    hint = "Ask somebody who has all brands, or make one with `brand:` of one of yours."


def may_see(trait: Trait, who: Principal) -> bool:
    """Say whether a trait is for a brand of somebody's, or for every brand."""
    return trait.brand is None or who.may_see(trait.brand)


def may_change(trait: Trait, who: Principal) -> bool:
    """Say whether somebody has all brands that a trait is for."""
    return not who.brands or trait.brand in who.brands


def check_seen(trait: Trait, who: Principal) -> None:
    """Let pass whoever may see a trait. Raises: DefinitionNotFound."""
    if not may_see(trait, who):
        raise DefinitionNotFound(kind="trait", key=trait.key)


def check(trait: Trait, who: Principal) -> None:
    """Let pass whoever has all brands that a trait is for. Raises: TraitNotYours."""
    if not may_change(trait, who):
        raise TraitNotYours(trait=trait.key)
