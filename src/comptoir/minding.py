"""Minding quality: whoever minds a field is told by mail when it raises an alarm, and when that is over; once each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from itertools import groupby
from typing import NamedTuple

import msgspec

from comptoir import logs
from comptoir.clock import instant, micros
from comptoir.config import QualitySettings
from comptoir.ids import uuid7
from comptoir.messaging import suppression
from comptoir.messaging.compose import address
from comptoir.messaging.outward import EMAIL
from comptoir.model.message import DeliveryKind, Mail, Receipt
from comptoir.quality.scorecard import Alarm, Card, Watch
from comptoir.state import rows
from comptoir.state.base import State

log = logs.get("minding")

KEPT = "quality_alarms"
"""The name in state of what was told."""
CALM = timedelta(days=1)
"""How long an alarm must be gone before it is over: a share that swings around its limit is one alarm."""
AGAIN = timedelta(days=7)
"""How long after it was over an alarm that rises again is told again at the soonest."""
HEADER = "X-Comptoir-Alarm"


class Key(NamedTuple):
    """One alarm of one field of one source."""

    brand: str
    source: str
    field: str
    alarm: str


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm that somebody was told of. Units: microseconds since 1970."""

    brand: str
    source: str
    field: str
    alarm: str
    to: str
    gone_at: int | None = None
    """Since when it is gone; None while it goes on."""
    over_at: int | None = None
    """When it was told to be over."""

    @property
    def key(self) -> Key:
        """Say which alarm it is."""
        return Key(self.brand, self.source, self.field, self.alarm)


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What one person is to be told of one brand."""

    to: str
    brand: str
    risen: tuple[tuple[Card, Alarm], ...] = ()
    over: tuple[Told, ...] = ()


def is_minded(settings: QualitySettings, watched: Iterable[Watch]) -> bool:
    """Say whether anybody is told of alarms: else they need not be looked for."""
    return settings.alarm_mails and any(map(addresses, (settings.alarms_to, *(one.owner for one in watched))))


def looked(
    cards: Iterable[Card], told: Sequence[Told], now: datetime, to_of: Callable[[Card], Collection[str]]
) -> tuple[list[News], list[Told]]:
    """Say what is news, and what is remembered once it is told; alarms that nobody minds are not remembered."""
    at, past = micros(now), micros(now - AGAIN)
    raised = {Key(one.brand, one.source, one.field, alarm.value): (one, alarm) for one in cards for alarm in one.alarms}
    kept = [_seen(one, at, is_raised=one.key in raised) for one in told if one.over_at is None or one.over_at > past]
    known = {(one.key, one.to) for one in kept}
    open_ones = {(one.key, one.to) for one in told if one.over_at is None}
    ended = [one for one in kept if one.over_at is not None and (one.key, one.to) in open_ones]
    risen = [
        (to, key, found) for key, found in raised.items() for to in sorted(to_of(found[0])) if (key, to) not in known
    ]
    fresh = [Told(**key._asdict(), to=to) for to, key, _ in risen]
    whom = sorted({(to, key.brand) for to, key, _ in risen} | {(one.to, one.brand) for one in ended})
    news = [
        News(
            to=to,
            brand=brand,
            risen=tuple(found for other, key, found in risen if (other, key.brand) == (to, brand)),
            over=tuple(one for one in ended if (one.to, one.brand) == (to, brand)),
        )
        for to, brand in whom
    ]
    return news, [*kept, *fresh]


def _seen(one: Told, at: int, *, is_raised: bool) -> Told:
    if one.over_at is not None:
        return one
    if is_raised:
        return _with(one, gone_at=None)
    gone_at = at if one.gone_at is None else one.gone_at
    is_over = instant(at) - instant(gone_at) >= CALM
    return _with(one, gone_at=gone_at, over_at=at if is_over else None)


def _with(one: Told, **changes: int | None) -> Told:
    return msgspec.structs.replace(one, **changes)


@dataclass(slots=True, kw_only=True)
class Minder:
    """Looks at the scorecard, and writes to those who mind it over the house's own servers."""

    state: State
    settings: QualitySettings
    send: Callable[[Mail], Receipt]
    sender_of: Callable[[str], str]
    """The address a brand writes from."""
    languages: Mapping[str, str] = field(default_factory=dict)
    """Language of each brand."""

    def look(self, cards: Sequence[Card], now: datetime) -> int:
        """Tell what is new; what no server took is told at the next look. Give how many mails left."""
        with self.state.read() as connection:
            told = _decoder.decode(rows.read_value(connection, KEPT) or b"[]")
        news, kept = looked(cards, told, now, self._whom)
        done = [one for one in news if self._tell(one, now)]
        missed = {(one.to, one.brand) for one in news} - {(one.to, one.brand) for one in done}
        former = {(one.key, one.to): one for one in told}
        settled = [
            former.get((one.key, one.to)) if (one.to, one.brand) in missed else one for one in kept
        ]  # fmt: skip
        remembered = [one for one in settled if one is not None]
        if remembered != told:
            with self.state.write() as connection:
                rows.write_value(connection, KEPT, msgspec.json.encode(remembered))
        return len(done)

    def _whom(self, card: Card) -> Collection[str]:
        """Say who is told: whoever minds the field, where that is an address; else whom the settings name."""
        own = addresses(card.watch.owner)
        return own or addresses(self.settings.alarms_to)

    def _tell(self, news: News, now: datetime) -> bool:
        """Send one mail; say whether it needs no other: a server that refuses it for good is not asked again."""
        with self.state.read() as connection:
            if suppression.suppressed(connection, contacts=[news.to], channel=EMAIL, brand=news.brand):
                return True
        language = self.settings.alarms_language or self.languages.get(news.brand, "fr")
        subject, text = written(news, language)
        receipt = self.send(
            Mail(
                message_id=str(uuid7(micros(now))), sender=self.sender_of(news.brand), to=news.to, subject=subject,
                text=text, html=f"<pre>{escape(text)}</pre>", at=now, language=language, brand=news.brand,
                headers=((HEADER, "yes"), ("Auto-Submitted", "auto-generated")),
            )
        )  # fmt: skip
        if receipt.kind is not DeliveryKind.ACCEPTED:
            log.warning("an alarm of quality was not taken", brand=news.brand, kind=receipt.kind.value)
        return receipt.kind is not DeliveryKind.DEFERRED


def addresses(said: str) -> tuple[str, ...]:
    """Give the addresses in a text; a name is none."""
    found = []
    for one in said.replace(";", ",").split(","):
        try:
            found.append(address(one.strip()))
        except ValueError:
            continue
    return tuple(dict.fromkeys(found))


def written(news: News, language: str) -> tuple[str, str]:
    """Write the subject and the text of a mail; no word of any customer is in it."""
    words = _WORDS["fr" if language[:2] == "fr" else "en"]
    count = len(news.risen) or len(news.over)
    subject = words["risen" if news.risen else "over"][count > 1].format(n=count, brand=news.brand)
    lines: list[str] = []
    for source, some in groupby(sorted(news.risen, key=lambda one: one[0].source), key=lambda one: one[0].source):
        lines += [f"{source}", *(f"  – {_named(one.field, words)} : {_why(one, alarm, words)}" for one, alarm in some)]
    if news.over:
        lines += ["", words["gone"][0]]
        lines += [f"  – {one.source}, {_named(one.field, words)} : {words[one.alarm][1]}" for one in news.over]
    return subject, "\n".join([words["intro"][0], "", *lines, "", words["where"][0], words["stop"][0]]).strip() + "\n"


def _named(name: str, words: Mapping[str, tuple[str, ...]]) -> str:
    return words.get(f"field.{name}", (name,))[0]


def _why(card: Card, alarm: Alarm, words: Mapping[str, tuple[str, ...]]) -> str:
    return words[alarm.value][0].format(
        good=round(card.good_share * 100), least=round(card.watch.least_good_share * 100),
        fill=round(card.fill_share * 100), least_fill=round(card.watch.least_fill_share * 100),
        days=card.watch.most_silent_days, last=card.last_at.date().isoformat(),
    )  # fmt: skip


_decoder = msgspec.json.Decoder(list[Told])
_WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "fr": {
        "risen": ("{brand} : un champ demande un regard", "{brand} : {n} champs demandent un regard"),
        "over": ("{brand} : une alerte de qualité est finie", "{brand} : {n} alertes de qualité sont finies"),
        "intro": ("La qualité de vos données a changé.",),
        "gone": ("C’est fini :",),
        "bad": ("{good} % de bonnes valeurs, moins que {least} %", "trop peu de bonnes valeurs"),
        "falling": ("les bonnes valeurs baissent : {good} % en tout", "les bonnes valeurs baissaient"),
        "empty": ("rempli à {fill} %, moins que {least_fill} %", "trop rarement rempli"),
        "silent": ("rien depuis le {last}, plus de {days} jours", "rien ne venait plus"),
        "where": ("Détail : Sources > Qualité, ou « comptoir quality scores ».",),
        "stop": ("Ne plus en recevoir : Sources > Qualité, le champ, « qui y veille » ; ou quality.alarm_mails.",),
        "field.email": ("e-mail",), "field.phone": ("téléphone",), "field.title": ("civilité",),
        "field.first_name": ("prénom",), "field.last_name": ("nom",), "field.name": ("nom entier",),
        "field.company": ("société",), "field.birth_on": ("date de naissance",), "field.street": ("rue",),
        "field.postal_code": ("code postal",), "field.city": ("ville",), "field.country": ("pays",),
        "field.language": ("langue",), "field.currency": ("devise",), "field.siren": ("SIREN",),
        "field.siret": ("SIRET",), "field.vat_number": ("numéro de TVA",),
    },
    "en": {
        "risen": ("{brand}: a field wants a look", "{brand}: {n} fields want a look"),
        "over": ("{brand}: an alarm of quality is over", "{brand}: {n} alarms of quality are over"),
        "intro": ("The quality of your data has changed.",),
        "gone": ("This is over:",),
        "bad": ("{good}% good values, less than {least}%", "too few good values"),
        "falling": ("good values become fewer: {good}% in all", "good values became fewer"),
        "empty": ("filled at {fill}%, less than {least_fill}%", "filled too rarely"),
        "silent": ("nothing since {last}, more than {days} days", "nothing came any more"),
        "where": ("More: Sources > Quality, or `comptoir quality scores`.",),
        "stop": ("No more of these: Sources > Quality, the field, “who minds it”; or quality.alarm_mails.",),
        "field.email": ("e-mail",), "field.title": ("form of address",), "field.first_name": ("first name",),
        "field.last_name": ("last name",), "field.birth_on": ("day of birth",), "field.postal_code": ("postal code",),
        "field.vat_number": ("VAT number",),
    },
}  # fmt: skip
"""Singular and plural, or what goes on and what is over."""
