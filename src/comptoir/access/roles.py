"""Roles: which trade somebody has, and what it may do. Who has which one stands in `users`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from comptoir.errors import ComptoirError


class Role(StrEnum):
    """A trade. Each reads its own views of the same figures (`reports.roles`)."""

    ADMIN = "admin"
    """Runs Comptoir: reads and does everything."""
    MARKETING = "marketing"
    """Navigation, messages and their results; of revenue, what an order came to, without lines, tax and cost."""
    FINANCE = "finance"
    """The ledger to the cent; no navigation, no addresses, no profiles."""
    SUPPORT = "support"
    """One customer's whole story; no revenue of the shop."""


class Right(StrEnum):
    """Something the API and the command line let a role do."""

    ASK = "ask"
    """Put a question in SQL to the views of the role."""
    SEE_CUSTOMERS = "see_customers"
    """Read a profile, its history, and why it got a message."""
    SEE_RESULTS = "see_results"
    """Read what scenarios brought."""
    PROPOSE_CONTACTS = "propose_contacts"
    """Ask the ledger of pressure before sending from outside."""
    CARE = "care"
    """Mend one customer's record: part people who were mixed up, stop messages to an address."""
    CAMPAIGN = "campaign"
    """Write and switch on scenarios and templates, and say how often people may be written to."""
    RUN = "run"
    """Change settings, sources and users, import files, mend refused events."""


_RIGHTS: Mapping[Role, frozenset[Right]] = MappingProxyType(
    {
        Role.ADMIN: frozenset(Right),
        Role.MARKETING: frozenset(
            {Right.ASK, Right.SEE_CUSTOMERS, Right.SEE_RESULTS, Right.PROPOSE_CONTACTS, Right.CARE, Right.CAMPAIGN}
        ),
        Role.FINANCE: frozenset({Right.ASK, Right.SEE_RESULTS}),
        Role.SUPPORT: frozenset({Right.ASK, Right.SEE_CUSTOMERS, Right.CARE}),
    }
)


class NotAllowed(ComptoirError, PermissionError):
    """This role may not do that."""

    code, status = "not_allowed", 403
    hint = "docs/reference/roles.md says what each role may do; an admin changes roles with `comptoir user`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Whoever asks: a name for the audit, a role, and the brands it is for (none named: every brand)."""

    name: str
    role: Role
    brands: frozenset[str] = frozenset()
    only: frozenset[Right] = frozenset()
    """The rights of its role that its key is narrowed to; none named: all of them."""
    kind: str = "user"
    """What bears the name: a user, a source, or this machine. Names are unique within a kind only."""

    @property
    def id(self) -> str:
        """What it is called wherever two of a name must not be taken for one, such as `user:claire`."""
        return f"{self.kind}:{self.name}"

    @property
    def only_brand(self) -> str:
        """Its brand, where it is for one alone; else empty."""
        return next(iter(self.brands)) if len(self.brands) == 1 else ""

    def may(self, right: Right) -> bool:
        """Say whether the role has a right."""
        return right in _RIGHTS[self.role] and (not self.only or right in self.only)

    def check(self, right: Right) -> None:
        """Let pass whoever has a right. Raises: NotAllowed."""
        if not self.may(right):
            raise NotAllowed(role=self.role.value, right=right.value)

    def may_see(self, brand: str) -> bool:
        """Say whether something of this brand is its business."""
        return not self.brands or brand in self.brands

    def check_brand(self, brand: str | None) -> None:
        """Let pass whoever may read a brand; None means all of them. Raises: NotAllowed."""
        if self.brands and (brand is None or brand not in self.brands):
            raise NotAllowed(role=self.role.value, brand=brand or "every brand", may_read=sorted(self.brands))


OPERATOR = Principal(name="operator", role=Role.ADMIN, kind="machine")
"""Whoever has the machine: the command line, and the desk on its loopback address."""
