"""Settings: a file, then the environment, then flags; every one with a default, a unit and a sentence."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from comptoir.clock import Clock, RealClock, ScaledClock
from comptoir.errors import BadSetting, UnknownSetting

FILE_NAME = "comptoir.toml"
PREFIX = "COMPTOIR_"
MOST_PORT = 65_535


def setting(default: Any, says: str, *, least: float = 0, most: float | None = None, is_secret: bool = False) -> Any:
    """Declare a setting: its default, one sentence for the reference, and the numbers it may take."""
    return field(default=default, metadata={"says": says, "least": least, "most": most, "is_secret": is_secret})


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorSettings:
    """The public door that collects."""

    host: str = setting("127.0.0.1", "Address the door listens on; put a TLS proxy before it.")
    port: int = setting(8140, "Port the door listens on.", most=MOST_PORT)
    event_bytes: int = setting(32_768, "Largest event, in bytes of JSON.", least=1)
    batch_bytes: int = setting(512_000, "Largest request body, in bytes, before and after decompression.", least=1)
    batch_events: int = setting(2_500, "Most events in one batch.", least=1)
    cookie_name: str = setting("comptoir_id", "Name of the own-domain cookie that holds the anonymous id.")
    cookie_domain: str = setting("", "Domain of that cookie; empty for the host that answered.")
    cookie_days: int = setting(395, "Days the anonymous id lives, at most 395 (13 months); never prolonged.", most=395)
    trusted_proxies: tuple[str, ...] = setting((), "Networks whose X-Forwarded-For is believed, as CIDR.")
    network_share: float = setting(
        0.25, "Share of a public key's limit that one network of visitors may use, 0-1; 1 for no bound.", most=1
    )
    network_per_second: float = setting(
        1_000.0,
        "Events a second that one network of visitors may send with a public key, for twenty seconds' worth at once; "
        "0 for no limit.",
    )
    public_url: str = setting(
        "", "Where browsers reach the door, such as https://c.shop.fr; empty for its host and port."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSettings:
    """The private desk: screens and REST API."""

    host: str = setting("127.0.0.1", "Address the desk listens on; private by default.")
    port: int = setting(8141, "Port the desk listens on.", most=MOST_PORT)
    login: bool = setting(
        True, "Whether screens ask for a password; off, whoever uses this machine is let in, on a loopback host only."
    )
    api_per_second: float = setting(
        100.0,
        "Requests a second that one key may make, for twenty seconds' worth at once; 0 for no limit. A profile that is "
        "read by an identifier counts a hundredth.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """The engine that ticks."""

    tick_pause_ms: int = setting(20, "Least time between two ticks, in milliseconds.")
    tick_events: int = setting(20_000, "Most events one tick takes.", least=1)
    checkpoint_mb: int = setting(128, "Size of the warehouse's write-ahead log that starts a checkpoint, in MiB.")
    memory_mb: int = setting(4_096, "Most memory the warehouse may take, in MiB.")
    threads: int = setting(2, "Threads the warehouse may use.", least=1)
    spool_hours: int = setting(48, "Hours an applied event stays in the spool after it is archived.")
    archive_seconds: int = setting(60, "Seconds between two writes of the archive.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockSettings:
    """The clock; left empty it is the machine's."""

    start: str = setting("", "Instant (ISO 8601, UTC) at which a sped-up clock begins; empty for the real clock.")
    since: str = setting("", "Instant of the machine's clock at which the sped-up clock stood at `start`.")
    speed: float = setting(1.0, "How many times as fast as real time the clock runs.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopSettings:
    """How visits and carts are read."""

    session_gap_minutes: int = setting(30, "Idle minutes that end a session.")
    cart_abandoned_minutes: int = setting(30, "Idle minutes after which an open cart counts as abandoned.")
    cart_expired_days: int = setting(30, "Idle days after which a cart counts as expired.")
    order_cart_days: int = setting(
        7, "Days within which an order without basket id is joined to its person's open cart."
    )
    dedupe_days: int = setting(31, "Days a live message id is remembered; imports are remembered for ever.")
    trigger_minutes: int = setting(180, "Age in minutes beyond which a late event starts no scenario.")
    rates_file: str = setting(
        "", "File of exchange rates (date,currency,rate for one euro, or the ECB's own CSV); empty for none."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentitySettings:
    """Who is who."""

    own_contacts: tuple[str, ...] = setting((), "The shop's own e-mails and phones, which identify no customer.")


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenSettings:
    """Which of several statements about a person stands."""

    ranks: tuple[str, ...] = setting(
        (), "Sources that are believed first, as `crm,till` for every brand or `nordis=erp,crm` for one."
    )
    feed_days: int = setting(90, "Days a change stays in the feed that other systems follow.", least=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceSettings:
    """Audience measurement without consent, apart from everything that has a name."""

    is_measured: bool = setting(False, "Whether page views without consent are counted (docs/how-to/audience.md).")
    months: int = setting(
        25, "Months the single page views are kept, at most 25; counts by day stay.", least=1, most=25
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """The e-mail server that messages are handed to."""

    host: str = setting("127.0.0.1", "SMTP server's host.")
    port: int = setting(8125, "SMTP server's port.", most=MOST_PORT)
    security: Literal["none", "starttls", "tls"] = setting(
        "none", "How the connection is protected: none, starttls or tls."
    )
    user: str = setting("", "User name, if the server wants one.")
    password: str = setting("", "Password; give it by COMPTOIR_MAIL__PASSWORD.", is_secret=True)
    sender: str = setting("boutique@example.org", "Address in From.")
    timeout_seconds: float = setting(20.0, "Seconds to wait for the server's answer.")
    inbox: bool = setting(False, "Run the built-in inbox (an SMTP server for trials) on this host and port.")
    connections: int = setting(4, "Mails handed over at once.", least=1, most=200)


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceSettings:
    """Where mails come in that could not be delivered, and complaints."""

    folder: str = setting("", "Maildir, or folder of .eml files, that they are delivered to; empty for none.")
    mbox: str = setting("", "File in mbox format that they are appended to; empty for none.")
    imap_host: str = setting("", "IMAP server (TLS) of the mailbox they come to; empty for none.")
    imap_port: int = setting(993, "Port of that server.", most=MOST_PORT)
    imap_user: str = setting("", "User name there.")
    imap_password: str = setting("", "Password; give it by COMPTOIR_BOUNCES__IMAP_PASSWORD.", is_secret=True)
    imap_folder: str = setting("INBOX", "Folder there.")
    seconds: float = setting(15.0, "Seconds between two looks.", least=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSettings:
    """Ways to hand messages over beside e-mail; plug-ins enter by the group `comptoir.channels`."""

    use: tuple[str, ...] = setting((), "Names of the channels that are on beside `email`, such as `file`, `webhook`.")
    options: tuple[str, ...] = setting(
        (), "What they need, as `channel.name=value`, such as `file.path=letters.jsonl`, `webhook.endpoint=crm`."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    """Calls of other systems."""

    private_hosts: tuple[str, ...] = setting(
        (), "Hosts (`name` or `name:port`) of your own network that may be called, and by http too."
    )
    seconds: float = setting(18.0, "Seconds a call may take.", least=1, most=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class PullSettings:
    """Places that rows are fetched from."""

    private_hosts: tuple[str, ...] = setting(
        (), "Hosts (`name` or `name:port`) of your own network that rows may be fetched from, and by http too."
    )
    database_hosts: tuple[str, ...] = setting(
        (), "Database hosts (`name` or `name:port`) that may be asked, wherever they stand."
    )
    folders: tuple[str, ...] = setting(
        ("drop",), "Folders, in the home or with their whole path, whose files and SQLite databases may be read."
    )
    at_once: int = setting(2, "Runs that may be under way at once.", least=1, most=16)


@dataclass(frozen=True, slots=True, kw_only=True)
class PressureSettings:
    """The default contact policy, until the brand has its own."""

    cap_count: int = setting(2, "Most marketing messages a person gets in the cap's window.")
    cap_hours: int = setting(24, "The cap's window, in hours; it slides.")
    gap_hours: int = setting(4, "Least hours between two marketing messages to one person.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentSettings:
    """Asking for consent, and how long a person who keeps silent may be written to."""

    confirm_days: int = setting(7, "Days the link of a confirmation mail (double opt-in) works.", least=1, most=60)
    mails_per_address: int = setting(2, "Most confirmation mails to one address in 24 hours.", least=1)
    mails_per_network: int = setting(20, "Most confirmation mails asked for from one network in an hour.", least=1)
    prospect_years: int = setting(3, "Years of silence after which a prospect is left alone.", least=1, most=3)
    customer_years: int = setting(3, "The same for a customer, from the end of the relation.", least=1, most=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectSettings:
    """What collecting reads from an event's network and haste."""

    geo_file: str = setting(
        "", "File (.mmdb: DB-IP City Lite, GeoLite2 City) that says where networks lie; empty for none."
    )
    datacenter_file: str = setting(
        "", "File of networks (CIDR, a line each, then their owner) in which machines stand; empty for none."
    )
    pages_per_minute: int = setting(
        600, "Pages a browser may turn in a minute before it is taken for a robot; 0 for any number."
    )
    search_parameters: tuple[str, ...] = setting(
        ("q", "s", "search", "recherche", "search_query"),
        "Parameters of your pages' addresses that hold what was searched for on your site.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class QualitySettings:
    """What fields of people are checked against."""

    towns_file: str = setting(
        "",
        "File of French postal codes and towns (text in columns, such as La Poste's); empty: what `comptoir quality "
        "towns` brought.",
    )
    alarm_mails: bool = setting(True, "Whether alarms of quality are mailed to whom minds a field.")
    alarms_to: str = setting(
        "", "Addresses that alarms of fields go to which nobody with an address minds, with commas; empty for none."
    )
    alarms_language: str = setting("", "Language of these mails, fr or en; empty for the brand's.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreSettings:
    """What the scores of customers are counted with, every night."""

    gold_share: float = setting(0.10, "Share of a brand's buyers that becomes gold.", least=0.001, most=0.5)
    gold_leave_share: float = setting(
        0.12, "Share within which who is gold stays gold, so that nobody comes and goes.", least=0.001, most=0.6
    )
    affinity_half_days: int = setting(30, "Days after which interest in a category counts half.", least=1, most=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one installation."""

    home: Path
    door: DoorSettings = DoorSettings()
    desk: DeskSettings = DeskSettings()
    engine: EngineSettings = EngineSettings()
    clock: ClockSettings = ClockSettings()
    collect: CollectSettings = CollectSettings()
    quality: QualitySettings = QualitySettings()
    shop: ShopSettings = ShopSettings()
    identity: IdentitySettings = IdentitySettings()
    golden: GoldenSettings = GoldenSettings()
    audience: AudienceSettings = AudienceSettings()
    mail: MailSettings = MailSettings()
    bounces: BounceSettings = BounceSettings()
    channels: ChannelSettings = ChannelSettings()
    webhooks: WebhookSettings = WebhookSettings()
    pulls: PullSettings = PullSettings()
    pressure: PressureSettings = PressureSettings()
    consent: ConsentSettings = ConsentSettings()
    scores: ScoreSettings = ScoreSettings()
    origins: dict[str, str] = field(default_factory=dict)
    """Where each setting that is not a default came from, by `table.key`."""

    def path(self, *parts: str) -> Path:
        """Give the path of something inside the home."""
        return self.home.joinpath(*parts)

    def make_clock(self) -> Clock:
        """Build the clock these settings describe."""
        if not self.clock.start:
            return RealClock()
        since = self.clock.since or RealClock().now().isoformat()
        return ScaledClock(start=_instant(self.clock.start), since=_instant(since), speed=self.clock.speed)


TABLES: dict[str, type] = {
    "door": DoorSettings,
    "desk": DeskSettings,
    "engine": EngineSettings,
    "clock": ClockSettings,
    "collect": CollectSettings,
    "quality": QualitySettings,
    "shop": ShopSettings,
    "identity": IdentitySettings,
    "golden": GoldenSettings,
    "audience": AudienceSettings,
    "mail": MailSettings,
    "bounces": BounceSettings,
    "channels": ChannelSettings,
    "webhooks": WebhookSettings,
    "pulls": PullSettings,
    "pressure": PressureSettings,
    "consent": ConsentSettings,
    "scores": ScoreSettings,
}


def load(home: Path, *, flags: dict[str, object] | None = None, environ: dict[str, str] | None = None) -> Settings:
    """
    Read the settings of `home`: its file, then the environment, then `flags` (keys `table.key`).

    Raises: UnknownSetting with the nearest known name; BadSetting where a value does not fit.
    """
    settings = Settings(home=home)
    file = home / FILE_NAME
    if file.exists():
        for table, values in tomllib.loads(file.read_text(encoding="utf-8")).items():
            if not isinstance(values, dict):
                raise UnknownSetting(setting=table, nearest=_nearest(table, TABLES))
            settings = _merge(settings, table, values, origin=str(file))
    for name, value in sorted((os.environ if environ is None else environ).items()):
        if name.startswith(PREFIX) and "__" in name:
            table, _, key = name.removeprefix(PREFIX).lower().partition("__")
            settings = _merge(settings, table, {key: value}, origin=f"environment {name}")
    for dotted, given in (flags or {}).items():
        table, _, key = dotted.partition(".")
        if given is not None:
            settings = _merge(settings, table, {key: given}, origin="flag")
    return settings


def describe(settings: Settings) -> list[dict[str, object]]:
    """
    List every setting with its value, where it came from and what it is for. A secret shows only whether it is set.

    Order: as declared.
    """
    return [
        {
            "setting": f"{table}.{one.name}",
            "value": _shown(getattr(getattr(settings, table), one.name), one.metadata),
            "default": one.default,
            "origin": settings.origins.get(f"{table}.{one.name}", "default"),
            "says": one.metadata["says"],
        }
        for table, kind in TABLES.items()
        for one in fields(kind)
    ]


def _shown(value: object, metadata: Mapping[str, Any]) -> object:
    return "…" if value and metadata["is_secret"] else value


def _merge(settings: Settings, table: str, values: dict[str, object], *, origin: str) -> Settings:
    if table not in TABLES:
        raise UnknownSetting(setting=table, nearest=_nearest(table, TABLES), where=origin)
    known = {one.name: one for one in fields(TABLES[table])}
    hints = get_type_hints(TABLES[table])
    fitted: dict[str, object] = {}
    for key, value in values.items():
        if key not in known:
            raise UnknownSetting(setting=f"{table}.{key}", nearest=_nearest(key, known), where=origin)
        fitted[key] = _fit(f"{table}.{key}", value, hints[key], known[key].metadata)
    changes: dict[str, Any] = {
        table: replace(getattr(settings, table), **fitted),
        "origins": settings.origins | {f"{table}.{key}": origin for key in fitted},
    }
    return replace(settings, **changes)


def _fit(name: str, value: object, kind: Any, metadata: Mapping[str, Any]) -> object:
    """Turn what a file, the environment or a flag says into the setting's own type, and nothing that is not it."""
    given = "…" if metadata["is_secret"] else value
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise BadSetting(setting=name, value=given, takes=list(get_args(kind)))
        return value
    try:
        fitted = _READ[get_origin(kind) or kind](value)
    except (KeyError, TypeError, ValueError) as error:
        raise BadSetting(setting=name, value=given, takes=_KIND_NAMES[get_origin(kind) or kind]) from error
    if isinstance(fitted, int | float) and not isinstance(fitted, bool):
        least, most = metadata["least"], metadata["most"]
        if not fitted >= least or (most is not None and fitted > most):  # "not >=" refuses NaN too
            raise BadSetting(setting=name, value=given, takes=f"{least} to {most}" if most else f"at least {least}")
    return fitted


def _read_bool(value: object) -> bool:
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    return value if isinstance(value, bool) else words[str(value).lower()]


def _read_int(value: object) -> int:
    if isinstance(value, bool | float):
        raise TypeError(value)
    return int(str(value))


def _read_float(value: object) -> float:
    if isinstance(value, bool):
        raise TypeError(value)
    return float(str(value))


def _read_text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _read_texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list | tuple):
        raise TypeError(value)
    return tuple(text.strip() for text in map(_read_text, value) if text.strip())


_READ: dict[type, Callable[[object], object]] = {
    bool: _read_bool,
    int: _read_int,
    float: _read_float,
    str: _read_text,
    tuple: _read_texts,
}
_KIND_NAMES: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    tuple: "a list of texts",
}


def _nearest(name: str, known: Iterable[str]) -> str | None:
    return next(iter(get_close_matches(name, list(known), n=1, cutoff=0.4)), None)


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadSetting(setting="clock", value=text, takes="an ISO 8601 instant") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)
