"""
The client of the desk's API, for programs in Python: one method for each address, lists to their end.

    from comptoir import Client

    shop = Client("http://127.0.0.1:8141", "uk_…")
    for one in shop.sources():
        print(one["name"])
    shop.scenarios_pause("abandoned-basket")

What each takes and answers stands in docs/reference/api.md and in GET /api/v1/openapi.json.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from comptoir.client.asking import ApiError
from comptoir.client.calls_carts import CartsCalls
from comptoir.client.calls_computed_traits import ComputedTraitsCalls
from comptoir.client.calls_consent import ConsentCalls
from comptoir.client.calls_dry_runs import DryRunsCalls
from comptoir.client.calls_figures import FiguresCalls
from comptoir.client.calls_imports import ImportsCalls
from comptoir.client.calls_messages import MessagesCalls
from comptoir.client.calls_on_site import OnSiteCalls
from comptoir.client.calls_people import PeopleCalls
from comptoir.client.calls_pressure import PressureCalls
from comptoir.client.calls_pulls import PullsCalls
from comptoir.client.calls_quality import QualityCalls
from comptoir.client.calls_refused_events import RefusedEventsCalls
from comptoir.client.calls_results import ResultsCalls
from comptoir.client.calls_running import RunningCalls
from comptoir.client.calls_scenario_drafts import ScenarioDraftsCalls
from comptoir.client.calls_scenarios import ScenariosCalls
from comptoir.client.calls_scores import ScoresCalls
from comptoir.client.calls_segments import SegmentsCalls
from comptoir.client.calls_sources import SourcesCalls
from comptoir.client.calls_template_drafts import TemplateDraftsCalls
from comptoir.client.calls_templates import TemplatesCalls
from comptoir.client.calls_tracking_plan import TrackingPlanCalls
from comptoir.client.calls_users import UsersCalls
from comptoir.client.calls_webhooks import WebhooksCalls
from comptoir.client.calls_why import WhyCalls

__all__ = ["ApiError", "Client"]


class Client(
    PeopleCalls,
    ConsentCalls,
    WebhooksCalls,
    CartsCalls,
    ScenariosCalls,
    ScenarioDraftsCalls,
    DryRunsCalls,
    TemplatesCalls,
    TemplateDraftsCalls,
    PressureCalls,
    FiguresCalls,
    RefusedEventsCalls,
    RunningCalls,
    MessagesCalls,
    SourcesCalls,
    OnSiteCalls,
    ImportsCalls,
    PullsCalls,
    QualityCalls,
    ScoresCalls,
    SegmentsCalls,
    ComputedTraitsCalls,
    TrackingPlanCalls,
    ResultsCalls,
    UsersCalls,
    WhyCalls,
):
    """The API of one desk, asked with one key. Raises: ApiError; OSError where the desk cannot be reached."""

    __slots__ = ()
