"""Settings: brands, and what else the installation's file says. The other tabs have modules of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir import config
from comptoir.access import keys
from comptoir.access.audit import Deed
from comptoir.access.keys import BadBrand, BadName, Brand
from comptoir.access.roles import Right
from comptoir.model import money
from comptoir.web import settings_audit, settings_hooks, settings_people, settings_senders
from comptoir.web.routes import get, post, tell
from comptoir.web.speech import Language
from comptoir.web.view import desk_of, every_brand, go, own_brands, render, speech_of, who_asks
from comptoir.web.words import installation

COUNTRIES = ("FR", "BE", "CH", "LU", "MC", "DE", "AT", "ES", "IT", "PT", "NL", "IE", "GB", "US", "CA")
"""Offered first; any other ISO 3166 code can be typed."""
LANGUAGES = ("fr", "en")
CURRENCIES = ("EUR", "GBP", "CHF", "USD", "CAD")
ZONES = (
    "Europe/Paris", "Europe/London", "Europe/Brussels", "Europe/Zurich", "Europe/Berlin", "Europe/Madrid",
    "Europe/Rome", "Europe/Lisbon", "America/New_York", "America/Montreal", "UTC",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One setting of the file, as it is shown."""

    name: str
    value: str
    origin: str
    says: str
    is_default: bool


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get("/settings", page, Right.RUN),
        get("/settings/brand", brand_page, Right.RUN),
        post("/settings/brand", save_brand, Right.RUN, deed=Deed.BRAND_SAVED),
        get("/settings/file", file_page, Right.RUN, whole=True),
        *settings_senders.routes(),
        *settings_people.routes(),
        *settings_hooks.routes(),
        *settings_audit.routes(),
    ]


# ── brands ──


async def page(request: Request) -> Response:
    """Answer the brands."""
    return render(request, "settings", "settings", {"brands": own_brands(request), "tab": "brands"})


async def brand_page(request: Request) -> Response:
    """Answer the form of a brand; of a new one where none is named."""
    name = request.query_params.get("name", "")
    found = next((one for one in own_brands(request) if one.name == name), None)
    who_asks(request).check_brand(found.name if found else None)
    return _ask(request, found or Brand(name=""), is_new=found is None, errors={})


async def save_brand(request: Request, form: FormData) -> Response:
    """Make or change a brand."""
    desk, said = desk_of(request), speech_of(request)
    entered = {name: str(form.get(name, "")).strip() for name in ("name", "currency", "country", "language", "url")}
    brand = Brand(
        name=entered["name"],
        time_zone=str(form.get("time_zone", "")).strip(),
        currency=entered["currency"].upper(),
        country=entered["country"].upper(),
        language=entered["language"].lower(),
        url=entered["url"],
    )
    is_new = brand.name not in {one.name for one in every_brand(request)}
    who_asks(request).check_brand(None if is_new else brand.name)
    try:
        await run_in_threadpool(keys.save_brand, desk.state, brand)
    except BadName:
        return _ask(request, brand, is_new=is_new, errors={"name": said("sources.wrong.name")})
    except BadBrand as error:
        field = str(error.facts["field"])
        return _ask(request, brand, is_new=is_new, errors={field: said(f"settings.wrong.{field}")})
    await run_in_threadpool(lambda: desk.app().publish())
    tell(request, brand=brand.name)
    return go("/settings", done="brand.saved")


def _ask(request: Request, brand: Brand, *, is_new: bool, errors: Mapping[str, str]) -> Response:
    context = {
        "brand": brand,
        "is_new": is_new,
        "errors": errors,
        "countries": COUNTRIES,
        "tongues": LANGUAGES,
        "currencies": [*CURRENCIES, *sorted(set(money.EXPONENT) - set(CURRENCIES))],
        "zones": ZONES,
        "tab": "brands",
    }
    return render(request, "settings", "brand", context, status_code=422 if errors else 200)


# ── the file ──


async def file_page(request: Request) -> Response:
    """Answer every setting of the file, and where its value came from."""
    desk, said = desk_of(request), speech_of(request)
    is_french = said.language is Language.FR
    told = [
        Said(
            name=str(one["setting"]),
            value=_value(one["value"]),
            origin=_origin(str(one["origin"])),
            says=installation.FRENCH.get(str(one["setting"]), english) if is_french else english,
            is_default=one["origin"] == "default",
        )
        for one in config.describe(desk.settings)
        for english in (str(one["says"]),)
    ]
    tables = [(name, list(rows)) for name, rows in groupby(told, key=lambda one: one.name.partition(".")[0])]
    context = {
        "tables": [(said.known("settings.table", name), rows) for name, rows in tables],
        "file": desk.settings.path(config.FILE_NAME),
        "tab": "file",
    }
    return render(request, "settings", "settings_file", context)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _origin(said: str) -> str:
    """Say where a value came from in a word, with the variable's name where it is one."""
    if said.startswith("environment "):
        return said.removeprefix("environment ")
    return said if said in {"default", "flag"} else config.FILE_NAME
