"""Personalised mails a second on one core: MJML + Liquid + text + signed links, against python-liquid alone."""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from datetime import UTC, datetime

from comptoir.messaging import links, render, template
from comptoir.messaging.render import Letter, Links
from comptoir.messaging.sandbox import LINK
from comptoir.messaging.template import Ref, Template
from comptoir.model.message import Discretion, PromisedLine

KEY = b"k" * 32
MJML = """<mjml><mj-body background-color="#faf8f4" css-class="ct-page">
<mj-section css-class="ct-card" background-color="#ffffff"><mj-column>
<mj-text font-size="28px">{% if customer.first_name %}{{ customer.first_name | capitalize }}, {% endif %}votre panier est toujours là</mj-text>
<mj-text>Vous avez laissé {% if product_count > 1 %}{{ product_count }} articles{% else %}un article{% endif %} ({{ categories }}).</mj-text>
</mj-column></mj-section>
{% render 'products' %}
{% render 'button', label: 'Reprendre mon panier' %}
<mj-section><mj-column><mj-text><a href="https://shop.example/aide">Aide</a> · <a href="https://shop.example/boutiques">Nos boutiques</a></mj-text></mj-column></mj-section>
{% render 'footer', why: 'Vous recevez ce message parce que vous l’avez demandé.' %}
</mj-body></mjml>"""


class One:
    """Keeps one template, parsed once."""

    def __init__(self, made: Template) -> None:
        self.parts = template.read(made, template.check(made))

    def ready(self, ref: Ref, *, brand: str, language: str) -> template.Ready:  # noqa: ARG002 (a fake)
        return self.parts

    def rendered(self, ref: Ref, failure: str | None) -> None:  # noqa: ARG002
        return None


def letters(count: int) -> list[Letter]:
    promise = tuple(
        PromisedLine(
            product_id=str(place), name=f"Lampe d’été n° {place} & abat-jour", category="Luminaires", price="49.90", currency="EUR",
            url=f"https://shop.example/lampe-{place}?c={place}", image_url=f"https://shop.example/{place}.jpg",
        )
        for place in range(3)
    )  # fmt: skip
    return [
        Letter(
            message_id=f"0190{number:012x}", scenario="abandoned-basket", brand="maison", language="fr", words={},
            discretion=Discretion.EXACT, promise=promise, to=f"ann{number}@example.org", sender="shop@example.org",
            at=datetime(2026, 1, 1, tzinfo=UTC), traits={"first_name": f"ann{number}"}, template=Ref("basket", 1),
        )
        for number in range(count)
    ]  # fmt: skip


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--count", type=int, default=4_000)
    count = asked.parse_args().count
    one = One(
        Template(
            name="basket",
            version=1,
            language="fr",
            subject="{{ customer.first_name }}, votre panier",
            preheader="{{ product_count }} articles",
            mjml=MJML,
            discretion=Discretion.EXACT,
        )
    )
    whole = Links(public_url="https://c.shop.example", sign=lambda link: links.sign(KEY, link), templates=one)
    batch = letters(count)
    made = render.mail(batch[0], whole)
    print(f"mail: {len(made.html):,} characters of HTML, {len(made.text):,} of text, {made.html.count('/c/')} links")
    render.mail(replace(batch[0], message_id="warm"), whole)

    best = min(_timed(batch, whole) for _ in range(5))
    alone = min(_liquid_alone(batch, one) for _ in range(3))
    print(f"whole mail: {count / best:,.0f}/s on one core ({best / count * 1e6:.0f} µs)")
    print(f"python-liquid alone, its HTML only, links given: {count / alone:,.0f}/s ({alone / count * 1e6:.0f} µs)")
    print(f"ratio: {alone / best:.2f} (above 1: the whole mail costs less than python-liquid's rendering)")


def _timed(batch: list[Letter], whole: Links) -> float:
    begun = time.process_time()
    for letter in batch:
        render.mail(letter, whole)
    return time.process_time() - begun


def _liquid_alone(batch: list[Letter], one: One) -> float:
    parsed = one.parts.html.parsed
    begun = time.process_time()
    for letter in batch:
        names = render.common_names(letter, one.parts) | {
            "button_url": "https://shop.example", "unsubscribe_url": "https://c.shop.example/u/x",
            "preferences_url": "https://c.shop.example/p/x", "pixel": "", "subject": "s", "preheader": "p", LINK: lambda url: url,
        }  # fmt: skip
        parsed.render(**names)
    return time.process_time() - begun


if __name__ == "__main__":
    main()
