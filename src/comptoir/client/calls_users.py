"""
Users: a method for each address of the API.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Unpack

from comptoir.client import shapes_users
from comptoir.client.asking import Asking, at


class UsersCalls(Asking):
    """Users."""

    __slots__ = ()

    def users(self, *, limit: int | None = None) -> Iterator[shapes_users.User]:
        """The users, their roles and the beginnings of their keys."""
        yield from self.each("/users", limit=limit)

    def users_add(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_users.AddUser]
    ) -> shapes_users.UsersKey:
        """Make a user; its key is shown this once."""
        found: shapes_users.UsersKey = self.ask("POST", "/users", body=body, idempotency_key=idempotency_key)
        return found

    def users_change(
        self, name: str, /, *, idempotency_key: str | None = None, **body: Unpack[shapes_users.ChangeUser]
    ) -> shapes_users.User:
        """Give a user another role or other brands, or open or close its access."""
        found: shapes_users.User = self.ask("PATCH", at("/users/{}", name), body=body, idempotency_key=idempotency_key)
        return found

    def users_keys(
        self, name: str, /, *, idempotency_key: str | None = None, **body: Unpack[shapes_users.UsersNewKey]
    ) -> shapes_users.UsersKey:
        """Make another key; those the user has end in a week."""
        found: shapes_users.UsersKey = self.ask(
            "POST", at("/users/{}/keys", name), body=body, idempotency_key=idempotency_key
        )
        return found

    def users_first_password(self, name: str, /, *, idempotency_key: str | None = None) -> shapes_users.FirstPassword:
        """Give a user a first password for the screens, shown this once."""
        found: shapes_users.FirstPassword = self.ask(
            "POST", at("/users/{}/first-password", name), idempotency_key=idempotency_key
        )
        return found

    def audit(
        self,
        *,
        limit: int | None = None,
        who: str | None = None,
        deed: str | None = None,
        about: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> Iterator[shapes_users.Entry]:
        """Who changed what, when, and by which door: page, API or command line; newest first."""
        yield from self.each("/audit", limit=limit, who=who, deed=deed, about=about, since=since, until=until)
