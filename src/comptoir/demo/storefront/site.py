"""The storefront's pages: a small shop for each brand. What is asked for goes in, what is answered comes out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from typing import Any
from urllib.parse import quote, unquote

from jinja2 import Environment, PackageLoader, StrictUndefined

from comptoir.collect.tracker import script
from comptoir.demo.shop.catalogue import DEPARTMENTS, Catalogue, Product
from comptoir.demo.shop.plan import HOUSES, House
from comptoir.demo.storefront import basket as baskets
from comptoir.demo.storefront.basket import Basket
from comptoir.demo.storefront.counter import Counter
from comptoir.demo.storefront.pictures import picture
from comptoir.demo.storefront.words import WORDS

WHO = "shop_who"
"""Cookie of whoever signed in: their e-mail address."""
_DAYS = 30
_LOVED_EVERY = 25
"""Every so many-th product is shown on the first page."""
_PART = r"[^@\s.<>()\",;:\\]+"
_ADDRESS = re.compile(rf"{_PART}(\.{_PART})*@{_PART}(\.{_PART})+")
_LONGEST = 200
_STATIC = {"shop.css": "text/css; charset=utf-8", "shop.js": "text/javascript; charset=utf-8"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request."""

    method: str
    path: str
    form: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer."""

    status: int = 200
    body: bytes = b""
    kind: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visit:
    """Who asks, in which house, with what in their basket."""

    asked: Asked
    house: House
    basket: Basket
    email: str


Page = Callable[["Storefront", _Visit, str], Answer]


@dataclass(frozen=True, kw_only=True)
class Storefront:
    """Both shops."""

    catalogue: Catalogue
    counter: Counter
    door: str
    write_keys: Mapping[str, str]
    """By house."""

    @cached_property
    def pages(self) -> Environment:
        """The templates; everything put into them is escaped."""
        loader = PackageLoader("comptoir.demo.storefront")
        return Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )

    def answer(self, asked: Asked) -> Answer:
        """Answer a request; only forms that are posted change anything."""
        parts = [unquote(part) for part in asked.path.strip("/").split("/")]
        if parts == [""]:
            return _lead_to("/fr/")
        if parts[0] in _STATIC:
            return self._static(parts[0])
        if parts[0] == "picture" and len(parts) == 2:
            return self._picture(parts[1].removesuffix(".svg"))
        if parts[0] == "entreprise" and len(parts) == 2:
            parts = [parts[1], "entreprise"]
        house = next((one for one in HOUSES if one.path == parts[0]), None)
        name, rest = parts[1] if len(parts) > 1 else "", parts[2] if len(parts) == 3 else ""
        page = _PAGES.get((asked.method, name))
        if house is None or page is None or len(parts) > 3:
            return self._missing(asked, house or HOUSES[0])
        return page(self, self._visit(asked, house), rest)

    def _visit(self, asked: Asked, house: House) -> _Visit:
        basket = baskets.read(asked.cookies.get(_cookie_of(house), ""), self.catalogue, house)
        return _Visit(asked=asked, house=house, basket=basket, email=_address(unquote(asked.cookies.get(WHO, ""))))

    # ── pages ──

    def home(self, visit: _Visit, _: str) -> Answer:
        """Show the first page of a house."""
        own = [one for one in self._own(visit.house) if one.is_for_sale]
        return self._shown("home.html", visit, products=own[::_LOVED_EVERY])

    def department(self, visit: _Visit, key: str) -> Answer:
        """Show a department."""
        own = [one for one in self._own(visit.house) if one.department.key == key]
        if not own:
            return self._missing(visit.asked, visit.house)
        name = own[0].department.name(visit.house.language)
        return self._shown("department.html", visit, title=name, department=key, products=own)

    def product(self, visit: _Visit, product_id: str) -> Answer:
        """Show a product."""
        one = self.catalogue.by_id.get(product_id)
        if one is None or one.house is not visit.house:
            return self._missing(visit.asked, visit.house)
        beside = [other for other in self._own(visit.house) if other.department is one.department and other is not one]
        shown = [other for other in beside if other.is_for_sale][one.finish :: 5]
        return self._shown("product.html", visit, title=one.name, product=one, products=shown)

    def show_basket(self, visit: _Visit, _: str) -> Answer:
        """Show what lies in the basket."""
        return self._shown("basket.html", visit, title=WORDS[visit.house.language]["basket"])

    def show_checkout(self, visit: _Visit, _: str, *, problem: str = "") -> Answer:
        """Show the form that ends in an order."""
        if not visit.basket.lines:
            return _lead_to(f"/{visit.house.path}/basket")
        title = WORDS[visit.house.language]["checkout"]
        return self._shown("checkout.html", visit, title=title, problem=problem, status=422 if problem else 200)

    def show_account(self, visit: _Visit, _: str, *, problem: str = "") -> Answer:
        """Show who is signed in, or the form to do so."""
        title = WORDS[visit.house.language]["account"]
        return self._shown("account.html", visit, title=title, problem=problem, status=422 if problem else 200)

    def company(self, visit: _Visit, _: str) -> Answer:
        """Show the page for companies."""
        return self._shown("company.html", visit, title=WORDS[visit.house.language]["company"])

    def thanks(self, visit: _Visit, number: str) -> Answer:
        """Show the page after an order."""
        title = WORDS[visit.house.language]["thanks"]
        return self._shown("thanks.html", visit, title=title, number=number[:40])

    # ── forms ──

    def add(self, visit: _Visit, product_id: str) -> Answer:
        """Put a product into the basket."""
        one = self.catalogue.by_id.get(product_id)
        if one is None or one.house is not visit.house or not one.is_for_sale:
            return self._missing(visit.asked, visit.house)
        return self._kept(visit, visit.basket.with_more(product_id, 1), "basket")

    def remove(self, visit: _Visit, product_id: str) -> Answer:
        """Take a product out of the basket."""
        return self._kept(visit, visit.basket.with_more(product_id, -visit.basket.lines.get(product_id, 0)), "basket")

    def sign_in(self, visit: _Visit, _: str) -> Answer:
        """Sign in with an e-mail address; a trial shop asks for no password."""
        email = _address(visit.asked.form.get("email", ""))
        if not email:
            return self.show_account(visit, "", problem=WORDS[visit.house.language]["bad_email"])
        if visit.asked.form.get("offers"):
            self.counter.agree(visit.house, email)
        return _lead_to(f"/{visit.house.path}/account", _remember(WHO, quote(email)))

    def sign_out(self, visit: _Visit, _: str) -> Answer:
        """Sign out."""
        return _lead_to(f"/{visit.house.path}/account", _remember(WHO, ""))

    def order(self, visit: _Visit, _: str) -> Answer:
        """Take an order: our server tells it to Comptoir, so that nobody can claim one."""
        email = _address(visit.asked.form.get("email", ""))
        if not visit.basket.lines or not email:
            return self.show_checkout(visit, "", problem=WORDS[visit.house.language]["bad_email"])
        if visit.asked.form.get("offers"):
            self.counter.agree(visit.house, email)
        prices = {one.product_id: one.price_minor for one, _ in visit.basket.products(self.catalogue)}
        number = self.counter.order(visit.house, visit.basket, prices, email)
        emptied = _remember(_cookie_of(visit.house), Basket(cart_id=baskets.new_id()).written())
        return _lead_to(f"/{visit.house.path}/thanks/{number}", emptied, _remember(WHO, quote(email)))

    # ── parts ──

    def _own(self, house: House) -> list[Product]:
        return [one for one in self.catalogue.products if one.house is house]

    def _kept(self, visit: _Visit, basket: Basket, page: str) -> Answer:
        return _lead_to(f"/{visit.house.path}/{page}", _remember(_cookie_of(visit.house), basket.written()))

    def _missing(self, asked: Asked, house: House) -> Answer:
        title = WORDS[house.language]["missing"]
        return self._shown("missing.html", self._visit(asked, house), title=title, status=404)

    def _shown(self, name: str, visit: _Visit, *, title: str = "", status: int = 200, **more: Any) -> Answer:
        house = visit.house
        lines = visit.basket.products(self.catalogue)
        told = {
            "t": WORDS[house.language],
            "house": house,
            "other": HOUSES[1 - HOUSES.index(house)],
            "departments": DEPARTMENTS,
            "title": title or house.title,
            "email": visit.email,
            "account": self.counter.account_of(visit.email) if visit.email else "",
            "cart_id": visit.basket.cart_id,
            "lines": lines,
            "count": sum(count for _, count in lines),
            "total": sum(one.price_minor * count for one, count in lines),
            "price": lambda minor: priced(house, minor),
            "script": f"{self.door}/{script.NAME}",
            "write_key": self.write_keys[house.key],
        }
        body = self.pages.get_template(name).render(told | more).encode()
        headers = (("Content-Security-Policy", self._policy()), ("Cache-Control", "no-store"))
        return Answer(
            status=status, body=body, headers=(*headers, _remember(_cookie_of(house), visit.basket.written()))
        )

    def _policy(self) -> str:
        return (
            f"default-src 'self'; script-src 'self' {self.door}; connect-src {self.door}; img-src 'self'; "
            "style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )

    def _static(self, name: str) -> Answer:
        body = files("comptoir.demo.storefront").joinpath("static", name).read_bytes()
        return Answer(body=body, kind=_STATIC[name], headers=(("Cache-Control", "max-age=60"),))

    def _picture(self, product_id: str) -> Answer:
        one = self.catalogue.by_id.get(product_id)
        if one is None:
            return Answer(status=404)
        return Answer(body=picture(one).encode(), kind="image/svg+xml", headers=(("Cache-Control", "max-age=3600"),))


_PAGES: dict[tuple[str, str], Page] = {
    ("GET", ""): Storefront.home,
    ("GET", "d"): Storefront.department,
    ("GET", "p"): Storefront.product,
    ("GET", "basket"): Storefront.show_basket,
    ("GET", "checkout"): Storefront.show_checkout,
    ("GET", "account"): Storefront.show_account,
    ("GET", "entreprise"): Storefront.company,
    ("GET", "thanks"): Storefront.thanks,
    ("POST", "add"): Storefront.add,
    ("POST", "remove"): Storefront.remove,
    ("POST", "sign-in"): Storefront.sign_in,
    ("POST", "sign-out"): Storefront.sign_out,
    ("POST", "checkout"): Storefront.order,
}


def priced(house: House, minor: int) -> str:
    """Write a price as people of that country read it."""
    if house.language == "fr":
        return f"{minor // 100:,}".replace(",", "\u202f") + f",{minor % 100:02d}\u00a0€"
    return f"£{minor // 100:,}.{minor % 100:02d}"


def _address(said: str) -> str:
    bare = said.strip().lower()
    return bare if len(bare) <= _LONGEST and _ADDRESS.fullmatch(bare) else ""


def _cookie_of(house: House) -> str:
    return f"shop_basket_{house.path}"


def _remember(name: str, value: str) -> tuple[str, str]:
    life = _DAYS * 86_400 if value else 0
    return "Set-Cookie", f"{name}={value}; Path=/; Max-Age={life}; HttpOnly; SameSite=Lax"


def _lead_to(path: str, *cookies: tuple[str, str]) -> Answer:
    return Answer(status=303, headers=(("Location", path), *cookies))
