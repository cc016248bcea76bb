"""
Pressure: a method for each address of the API.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Any, Literal, Unpack

from comptoir.client import shapes_pressure
from comptoir.client.asking import Asking, at


class PressureCalls(Asking):
    """Pressure."""

    __slots__ = ()

    def pressure_policies(self) -> list[shapes_pressure.Policy]:
        """Every version of every brand's contact policy."""
        found: list[shapes_pressure.Policy] = self.ask("GET", "/pressure/policies")
        return found

    def pressure_publish(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_pressure.PressureWritten]
    ) -> shapes_pressure.Policy:
        """Publish a contact policy: it holds from the next decision on."""
        found: shapes_pressure.Policy = self.ask(
            "POST", "/pressure/policies", body=body, idempotency_key=idempotency_key
        )
        return found

    def pressure_policies_get(self, brand: str, /, *, version: int | None = None) -> shapes_pressure.Policy:
        """A brand's contact policy; `*` is the one of every brand."""
        found: shapes_pressure.Policy = self.ask("GET", at("/pressure/policies/{}", brand), query={"version": version})
        return found

    def pressure_policies_check(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_pressure.PressureWritten]
    ) -> shapes_pressure.PressureChecked:
        """Check a contact policy without publishing it."""
        found: shapes_pressure.PressureChecked = self.ask(
            "POST", "/pressure/policies/check", body=body, idempotency_key=idempotency_key
        )
        return found

    def pressure_held(self) -> list[shapes_pressure.Held]:
        """The rules that hold for each brand, in words and as YAML to begin from."""
        found: list[shapes_pressure.Held] = self.ask("GET", "/pressure/held")
        return found

    def pressure_try(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_pressure.PressureWritten]
    ) -> shapes_pressure.Trial:
        """Try rules on the wishes of last month, in the background; nothing is kept or sent."""
        found: shapes_pressure.Trial = self.ask("POST", "/pressure/trials", body=body, idempotency_key=idempotency_key)
        return found

    def pressure_trials(self) -> list[shapes_pressure.Trial]:
        """Your own trials, the newest first; they are kept until the desk restarts."""
        found: list[shapes_pressure.Trial] = self.ask("GET", "/pressure/trials")
        return found

    def pressure_trials_get(self, id_: str, /) -> shapes_pressure.Trial:
        """How far a trial is, or what it found: sent, deferred and dropped, before and after."""
        found: shapes_pressure.Trial = self.ask("GET", at("/pressure/trials/{}", id_))
        return found

    def pressure_trials_publish(self, id_: str, /, *, idempotency_key: str | None = None) -> shapes_pressure.Policy:
        """Let the rules hold that were tried."""
        found: shapes_pressure.Policy = self.ask(
            "POST", at("/pressure/trials/{}/publish", id_), idempotency_key=idempotency_key
        )
        return found

    def pressure_back(
        self, brand: str, /, *, idempotency_key: str | None = None, **body: Unpack[shapes_pressure.Back]
    ) -> shapes_pressure.Policy:
        """Let a brand's rules hold again as they were in an earlier version."""
        found: shapes_pressure.Policy = self.ask(
            "POST", at("/pressure/policies/{}/back", brand), body=body, idempotency_key=idempotency_key
        )
        return found

    def pressure_weeks(
        self,
        *,
        brand: str | None = None,
        country: str | None = None,
        period: Literal["", "d", "m", "q", "w", "y"] | None = None,
        until: str | None = None,
    ) -> list[shapes_pressure.Week]:
        """People by the messages they got in a week, with what they bought and who had enough."""
        found: list[shapes_pressure.Week] = self.ask(
            "GET", "/pressure/weeks", query={"brand": brand, "country": country, "period": period, "until": until}
        )
        return found

    def pressure_near(
        self,
        *,
        brand: str | None = None,
        country: str | None = None,
        period: Literal["", "d", "m", "q", "w", "y"] | None = None,
        until: str | None = None,
    ) -> list[shapes_pressure.NearCap]:
        """Who has had as many messages as a cap allows, or one fewer, cap by cap."""
        found: list[shapes_pressure.NearCap] = self.ask(
            "GET", "/pressure/near", query={"brand": brand, "country": country, "period": period, "until": until}
        )
        return found

    def pressure_conflicts(
        self,
        *,
        brand: str | None = None,
        country: str | None = None,
        period: Literal["", "d", "m", "q", "w", "y"] | None = None,
        until: str | None = None,
    ) -> list[shapes_pressure.Conflict]:
        """Which scenarios made way for which, among the newest wishes."""
        found: list[shapes_pressure.Conflict] = self.ask(
            "GET", "/pressure/conflicts", query={"brand": brand, "country": country, "period": period, "until": until}
        )
        return found

    def candidates_ask(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_pressure.Batch]
    ) -> dict[str, Any]:
        """For an outside tool that asks before it sends; wants an Idempotency-Key."""
        found: dict[str, Any] = self.ask("POST", "/candidates", body=body, idempotency_key=idempotency_key)
        return found

    def candidates_settle(
        self, message_id: str, /, *, idempotency_key: str | None = None, **body: Unpack[shapes_pressure.Came]
    ) -> dict[str, Any]:
        """Say what came of a candidate, once."""
        found: dict[str, Any] = self.ask(
            "POST", at("/candidates/{}/outcome", message_id), body=body, idempotency_key=idempotency_key
        )
        return found
