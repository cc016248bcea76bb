"""A mistyped address: corrected, scored, put to the customer, and answered once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from comptoir import app as apps
from comptoir import engine, rebuild
from comptoir.access.roles import OPERATOR
from comptoir.clock import micros
from comptoir.identity import profile
from comptoir.messaging import links
from comptoir.model.event import Control
from comptoir.privacy import keyring
from comptoir.quality import scorecard
from comptoir.quality.scorecard import Alarm, Watch
from comptoir.web import quality
from comptoir.web.quality import NoSuchValue
from comptoir.web.view import Desk
from tests.faulty_smtp import FaultySmtp
from tests.shop import START, Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop")


def desk(shop: Shop) -> Desk:
    from comptoir.reports import ask

    def answered(asked: Any) -> Any:
        return ask.report(shop.warehouse.cursor(), asked["name"], _timed(asked["parameters"]))

    return Desk(
        settings=shop.app.settings,
        state=shop.app.state,
        clock=shop.clock,
        ask=answered,
        status=dict,
        app=lambda: shop.app,
    )


def _timed(parameters: dict[str, object]) -> dict[str, object]:
    from comptoir.clock import instant

    return {
        name: instant(value).replace(tzinfo=None) if isinstance(value, int) and name in {"now", "before_at"} else value
        for name, value in parameters.items()
    }


def contact(shop: Shop, number: int, email: str, **more: str) -> None:
    traits = {"email": email, **more}
    shop.say(
        shop.line(
            "Contact",
            type="record",
            source="file",
            trust="confirmed",
            user_id=f"u{number}",
            historical=True,
            traits=traits,
        ),
        spool="back",
    )


def test_a_correction_is_put_to_the_customer_and_her_first_answer_stands(shop: Shop) -> None:
    contact(shop, 1, "ann@gmial.com", store="Lyon")
    shop.tick()
    (row,) = asyncio.run(quality.values(desk(shop), OPERATOR))

    url = asyncio.run(quality.offer(desk(shop), OPERATOR, row["message_id"], "email"))
    with shop.app.state.read() as connection:
        key = keyring.newest_first(connection, shop.app.link_key())
    link = links.verify(key, url.rpartition("/")[2], micros(START))
    assert link is not None
    assert links.read_correction(link.target) == ("email", "a…@gmial.com", "a…@gmail.com")
    for answer in ("no", "yes"):
        said = {"message_id": link.message_id, "answer": answer}
        shop.say(
            shop.line(
                Control.CORRECTION_ANSWERED,
                type="control",
                source="comptoir",
                trust="confirmed",
                properties=said,
                after=60,
            )
        )
    shop.tick()

    with shop.app.state.read() as connection:
        person = profile.read(connection, "account", "u1")
    assert person is not None
    assert person.traits["email"] == "ann@gmial.com"  # the first answer: what was written is right
    assert shop.raw("SELECT count(*) FROM fact.contact_records") == [(2,)]
    (origin,) = [
        one for one in asyncio.run(quality.origins(desk(shop), OPERATOR, person.node_ids)) if "gmail" in one.value
    ]
    assert (origin.kind, origin.first_source, origin.first_shop) == ("email", "file", "Lyon")


def test_a_rebuild_gives_the_same_grades_counts_and_answers(shop: Shop) -> None:
    for number in range(5):
        contact(shop, number, f"p{number}@hotmial.fr", last_name="DE LA TOUR", phone="06 12 34 56 78")
    shop.tick()
    rows = asyncio.run(quality.values(desk(shop), OPERATOR, field="email"))
    url = asyncio.run(quality.offer(desk(shop), OPERATOR, rows[0]["message_id"], "email"))
    with shop.app.state.read() as connection:
        link = links.verify(
            keyring.newest_first(connection, shop.app.link_key()), url.rpartition("/")[2], micros(START)
        )
    assert link is not None
    said = {"message_id": link.message_id, "answer": "yes"}
    shop.say(
        shop.line(
            Control.CORRECTION_ANSWERED, type="control", source="comptoir", trust="confirmed", properties=said, after=9
        )
    )
    shop.tick()
    before = shop.fingerprints()
    shop.close()

    app = apps.open_app(shop.app.settings)
    done = rebuild.rebuild(app, keep=False)
    app.close()
    shop.open()

    assert done.differing == []
    assert done.after["field_grades"] == before["field_grades"]


def test_a_field_with_many_mistakes_raises_an_alarm_unless_nobody_wants_one(shop: Shop) -> None:
    for number in range(30):
        contact(shop, number, f"p{number}@free.fr" if number % 2 else "pas d'adresse")
    shop.tick()

    (card,) = asyncio.run(quality.cards(desk(shop), OPERATOR))
    assert (card.value_count, card.valid_count, card.refused_count, card.fill_share) == (30, 15, 15, 1.0)
    assert card.alarms == (Alarm.BAD,)

    asyncio.run(
        quality.mind(desk(shop), OPERATOR, Watch(source="file", field="email", owner="Ann", least_good_share=0.4))
    )
    (card,) = asyncio.run(quality.cards(desk(shop), OPERATOR))
    assert (card.alarms, card.watch.owner) == ((), "Ann")


def test_what_is_not_listed_cannot_be_asked(shop: Shop) -> None:
    with pytest.raises(NoSuchValue):
        asyncio.run(quality.offer(desk(shop), OPERATOR, "nothing", "email"))


def minds(working: engine.Engine, *, least_good_share: float) -> None:
    watch = Watch(source="file", field="email", owner="zoe@shop.example", least_good_share=least_good_share)
    with working.app.state.write() as connection:
        scorecard.mind(connection, watch)


def test_an_alarm_reaches_whom_minds_the_field_by_mail_once_and_so_does_its_end(shop: Shop) -> None:
    for number in range(30):
        contact(shop, number, f"p{number}@free.fr" if number % 2 else "pas d'adresse")
    shop.close()
    with FaultySmtp() as server:
        mail = replace(shop.app.settings.mail, port=server.port, sender="shop@shop.example")
        settings = replace(shop.app.settings, mail=mail)
        working = engine.start(replace(apps.open_app(settings), clock=shop.clock))
        minds(working, least_good_share=0.9)
        working.tick()

        told = [working.mind(), working.mind()]
        minds(working, least_good_share=0.3)
        told.append(working.mind())
        shop.clock.advance(timedelta(days=1, hours=1))
        told += [working.mind(), working.mind()]
        working.close()
        working.app.close()

    assert told == [1, 0, 0, 1, 0]
    risen, over = (message_from_bytes(raw, policy=policy.default) for raw in server.accepted)
    assert (risen["To"], risen["From"]) == ("zoe@shop.example", "shop@shop.example")
    assert (risen["Subject"], over["Subject"]) == (
        "main : un champ demande un regard", "main : une alerte de qualité est finie"
    )  # fmt: skip
    assert risen["Auto-Submitted"] == "auto-generated"
    body = risen.get_body(("plain",))
    assert body is not None
    assert "50 % de bonnes valeurs, moins que 90 %" in body.get_content()
    assert "@free.fr" not in body.get_content()
