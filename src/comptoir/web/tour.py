"""The guided tour: five steps on the real pages, from a visit to the euro it brought; left and taken up at will."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from comptoir.access.roles import Principal, Right

COOKIE = "comptoir_tour"
QUERY = "tour"
OFF, DONE = "off", "done"
_LEFT = "-"
"""Behind the number of a step: somebody left the tour there."""
_YEAR_SECONDS = 31_536_000


@dataclass(frozen=True, slots=True)
class Stop:
    """One step: the stem of its words, its page, and that page's place in the menu."""

    key: str
    path: str
    page: str


STOPS = (
    Stop("visit", "/live", "live"),
    Stop("customer", "/customers", "customer"),
    Stop("scenario", "/scenarios", "scenarios"),
    Stop("message", "/messages/inbox", "messages"),
    Stop("euro", "/results", "results"),
)
"""Order: as a shop earns a euro."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tour:
    """Where somebody stands on the tour."""

    number: int
    """From 1; 0 before the first step."""
    is_under_way: bool
    is_done: bool = False

    @property
    def stop(self) -> Stop:
        """The step that is shown, or would be next."""
        return STOPS[max(0, self.number - 1)]

    @property
    def count(self) -> int:
        """How many steps there are."""
        return len(STOPS)

    @property
    def before(self) -> str:
        """The address of the step before; empty at the first."""
        return address(self.number - 1) if self.number > 1 else ""

    @property
    def after(self) -> str:
        """The address of the next step; empty at the last."""
        return address(self.number + 1) if self.number < len(STOPS) else ""

    @property
    def here(self) -> str:
        """The address of this step, or of the first one."""
        return address(max(1, self.number))


def address(number: int) -> str:
    """Give the address of a step: a page like any other, so that it needs no script."""
    return f"{STOPS[number - 1].path}?{QUERY}={number}"


def may_take(who: Principal) -> bool:
    """Say whether somebody may open every page of the tour."""
    return all(who.may(right) for right in (Right.SEE_CUSTOMERS, Right.CAMPAIGN, Right.SEE_RESULTS))


def tour_of(request: Request, who: Principal) -> Tour:
    """Give where somebody stands: as the address says, else as was kept."""
    asked = request.query_params.get(QUERY, "")
    kept = request.cookies.get(COOKIE, "")
    said = _left(kept) if asked == OFF else asked if asked == DONE or _number(asked) else kept
    number = _number(said.removesuffix(_LEFT))
    is_under_way = number > 0 and not said.endswith(_LEFT) and may_take(who)
    return Tour(number=number, is_under_way=is_under_way, is_done=said == DONE)


def keep(request: Request, answer: Response) -> None:
    """Keep where somebody stands, where the address says that she moved."""
    asked = request.query_params.get(QUERY, "")
    if asked not in {OFF, DONE} and not _number(asked):
        return
    said = _left(request.cookies.get(COOKIE, "")) if asked == OFF else asked
    answer.set_cookie(COOKIE, said, max_age=_YEAR_SECONDS, httponly=True, samesite="lax")


def _left(kept: str) -> str:
    number = _number(kept.removesuffix(_LEFT))
    return f"{number}{_LEFT}" if number else ""


def _number(text: str) -> int:
    return int(text) if text in {str(one) for one in range(1, len(STOPS) + 1)} else 0
