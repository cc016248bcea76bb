"""
What the API takes and answers, as types.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

Discretion = Literal["category", "exact", "generic"]
"""How much a message reveals of what we saw. Order: least first."""


DomainsKind = Literal["dkim", "dmarc", "spf"]
"""What is looked at. Order: as they are set up."""


ImportState = Literal["done", "draft", "failed", "reading", "stopped", "working"]
"""How far an import is."""


Missing = Literal["abort", "fallback"]
"""What happens where a value that the words use is missing for a person."""


OutboxShelfShown = Literal["deferred", "failed", "sent", "stopped", "unknown", "waiting"]
"""Where a message stands, as a person asks. Order: as messages go."""


RefusalReason = Literal[
    "bad_amount",
    "bad_currency",
    "bad_date",
    "bad_envelope",
    "bad_json",
    "bad_row",
    "duplicate_key",
    "event_too_large",
    "lone_surrogate",
    "message_id_reused",
    "missing_group",
    "missing_identifier",
    "missing_name",
    "missing_order_id",
    "missing_previous",
    "not_allowed",
    "number_out_of_range",
    "off_plan",
    "poison",
    "too_deep",
    "too_many_keys",
]
"""Why an event was kept aside. Every reason is a counter and a line in docs/reference/refusals.md."""


Right = Literal["ask", "campaign", "care", "propose_contacts", "run", "see_customers", "see_results"]
"""Something the API and the command line let a role do."""


Role = Literal["admin", "finance", "marketing", "support"]
"""A trade. Each reads its own views of the same figures (`reports.roles`)."""


Scope = Literal["all", "api", "send"]
"""What a secret key opens."""


TemplateBlocksKind = Literal[
    "answers", "button", "cart", "columns", "divider", "footer", "image", "markup", "products", "text", "title"
]
"""What a stretch of a mail is. Order: as a mail is mostly written."""


Verdict = Literal["away", "fine", "missing", "twice", "unsigned", "weak", "wrong"]
"""What was found."""


class AddServer(TypedDict):
    """A new mail server; what is left out is usual: port 587 with STARTTLS, no signature."""

    brand: NotRequired[str]
    host: str
    port: NotRequired[int]
    security: NotRequired[Literal["none", "starttls", "tls"]]
    user: NotRequired[str]
    password: NotRequired[str]
    sender: str
    bounce_domain: NotRequired[str]
    dkim: NotRequired[Literal["make", "none"]]
    dkim_key: NotRequired[str]
    dkim_domain: NotRequired[str]
    dkim_selector: NotRequired[str]
    priority: NotRequired[int]
    weight: NotRequired[int]
    rate_per_minute: NotRequired[int]
    connections: NotRequired[int]
    is_enabled: NotRequired[bool]
    name: str


class AddSource(TypedDict):
    """A new source of events."""

    name: str
    brand: NotRequired[str]
    origins: NotRequired[list[str]]
    accepts_claimed_orders: NotRequired[bool]
    rate_per_second: NotRequired[float]
    rate_burst: NotRequired[int]


class AddUser(TypedDict):
    """A new user."""

    name: str
    role: Role
    brands: NotRequired[list[str]]
    days: NotRequired[int]
    rights: NotRequired[list[Right]]


class AddWebhook(TypedDict):
    """An endpoint of another system."""

    name: str
    url: str
    secret: NotRequired[str]


class Affinity(TypedDict):
    """A product or a category that was looked at; `share` is of the heaviest of its kind, 0–1."""

    name: str
    reference: str
    share: float
    times: int
    last_at: str


class Arrival(TypedDict):
    """An event as it came in."""

    received_at: str
    is_refused: bool
    is_historical: bool
    title: str
    source: str
    brand: str
    profile_id: str | None
    identifier_kind: str | None
    identifier: str | None
    trust: str | None
    robot: str | None
    late_seconds: float | None
    things: list[str]
    detail: str
    reason: str | None
    failed_id: str | None
    is_sent_again: bool
    message_id: str | None
    content: str


class Arrived(TypedDict):
    """Which arrivals: of a source, a dialect, a name of an event, a profile, a thing, or a reason."""

    source: str
    dialect: str
    name: str
    profile: str
    thing: str
    reason: str
    what: Literal["", "accepted", "refused"]


class AskedAt(TypedDict):
    """Which address or phone, at which instant (ISO 8601)."""

    contact: str
    at: str


class AudienceLately(TypedDict):
    """Of how many days up to today."""

    days: int


class AuditAsked(TypedDict):
    """Which entries; days are of UTC, and `until` is the last one."""

    limit: int
    cursor: str | None
    who: str
    deed: str
    about: str
    since: str | None
    until: str | None


class Back(TypedDict):
    """A version that held before."""

    version: int


class BackUp(TypedDict):
    """What the backup is called: a folder of this name in the home's `backups`."""

    name: str


class Backup(TypedDict):
    """A backup in the home's own folder."""

    name: str
    taken_at: str | None


class Backups(TypedDict):
    """The backups, and the last one that was completed, wherever it went."""

    last_folder: str
    last_taken_at: str | None
    is_old: bool
    kept: list[Backup]


class Batch(TypedDict):
    """At most 1,000 of them."""

    candidates: list[CandidatesWish]


class Believed(TypedDict):
    """Whether our mail is believed."""

    senders: list[OverviewChecked]
    returns: list[Returns]


class Block(TypedDict):
    """One block of a mail: its kind, and its fields."""

    kind: TemplateBlocksKind
    fields: NotRequired[dict[str, str]]


class Brand(TypedDict):
    """A brand: what belongs to it and not to the person."""

    name: str
    time_zone: NotRequired[str]
    currency: NotRequired[str]
    country: NotRequired[str]
    language: NotRequired[str]
    url: NotRequired[str]


class Came(TypedDict):
    """What came of one."""

    outcome: Literal["failed", "not_sent", "sent"]
    detail: NotRequired[str]


class CandidatesPerson(TypedDict):
    """Somebody, by one identifier."""

    kind: str
    value: str


class CandidatesWish(TypedDict):
    """A message that an outside tool would send."""

    key: str
    person: CandidatesPerson
    expires_at: str
    campaign: NotRequired[str]
    contact: NotRequired[str | None]
    brand: NotRequired[str | None]
    channel: NotRequired[str]
    purpose: NotRequired[str]
    message_class: NotRequired[str]
    priority: NotRequired[int]
    expected_value: NotRequired[float]
    tags: NotRequired[list[str]]
    discretion: NotRequired[str]
    language: NotRequired[str]
    country: NotRequired[str | None]
    time_zone: NotRequired[str | None]


class CareFound(TypedDict):
    """Somebody who may be meant, and by what she was found."""

    profile_id: str
    name: str
    by: str


class CareLately(TypedDict):
    """Who: customers who are known by something, everyone, or who has ordered."""

    who: str


class CareWish(TypedDict):
    """A message that was wished for a person, what became of it, and why."""

    message_id: str
    scenario: str
    step: str
    brand: str
    channel: str
    contact: str
    outcome: str
    because: str
    wished_at: str
    decided_at: str


class Cart(TypedDict):
    """A cart, whose it is, and what was said for it."""

    cart_id: str
    brand: str
    state: str
    profile_id: str | None
    person: str
    opened_at: str
    last_action_at: str
    item_count: int
    amount_minor: int | None
    currency: str | None
    products: list[dict[str, Any]]
    order_id: str | None
    ordered_at: str | None
    scenario: str
    message_id: str
    outcome: str
    because: str


class CartsStep(TypedDict):
    """People who got so far, or further."""

    step: Literal["cart", "checkout", "order", "viewed"]
    people: int


class ChangeBlock(TypedDict):
    """What is done to one block."""

    do: Literal["add", "change", "copy", "down", "remove", "up"]
    place: NotRequired[int]
    kind: NotRequired[TemplateBlocksKind]
    fields: NotRequired[dict[str, str]]


class ChangeBrand(TypedDict):
    """What changes of a brand."""

    time_zone: NotRequired[str]
    currency: NotRequired[str]
    country: NotRequired[str]
    language: NotRequired[str]
    url: NotRequired[str]


class ChangeServer(TypedDict):
    """What changes of a mail server; what is left out stays."""

    brand: NotRequired[str]
    host: NotRequired[str]
    port: NotRequired[int]
    security: NotRequired[Literal["none", "starttls", "tls"]]
    user: NotRequired[str]
    password: NotRequired[str]
    sender: NotRequired[str]
    bounce_domain: NotRequired[str]
    dkim: NotRequired[Literal["make", "none"]]
    dkim_key: NotRequired[str]
    dkim_domain: NotRequired[str]
    dkim_selector: NotRequired[str]
    priority: NotRequired[int]
    weight: NotRequired[int]
    rate_per_minute: NotRequired[int]
    connections: NotRequired[int]
    is_enabled: NotRequired[bool]


class ChangeUser(TypedDict):
    """What changes of a user."""

    role: NotRequired[Role | None]
    brands: NotRequired[list[str] | None]
    is_enabled: NotRequired[bool | None]


class Check(TypedDict):
    """One record of DNS: what stands there, and what should."""

    kind: DomainsKind
    verdict: Verdict
    name: str
    found: str
    publish: str


class Column(TypedDict):
    """A column of the file, and its first values."""

    name: str
    samples: list[str]


class Conflict(TypedDict):
    """One scenario in the way of another."""

    winner: str
    loser: str
    replaced: int
    deferred: int


class Count(TypedDict):
    """Views and visitors of a day, or of a value. A visitor who comes on two days counts on both."""

    value: str
    views: int
    visitors: int


class Cut(TypedDict):
    """A person, and what is not hers."""

    person: str
    identifier: str


class Down(TypedDict):
    """Move a step down."""

    do: Literal["down"]
    step: str


class DryRun(TypedDict):
    """A dry run, and how far it is."""

    id: str
    scenario: str
    version: int
    days: int
    state: str
    done: int
    whole: int
    wrong: str
    started_at: str
    started_by: str


class DryrunsTry(TypedDict):
    """What is tried, and on which days."""

    definition: NotRequired[str]
    version: NotRequired[int | None]
    days: NotRequired[int]
    brand: NotRequired[str]
    with_live: NotRequired[bool]
    seed: NotRequired[int]


class Enroll(TypedDict):
    """People to enroll by hand."""

    people: list[str]
    brand: NotRequired[str]


class Enrolled(TypedDict):
    """What came of it."""

    began: int
    left_out: int
    unknown: list[str]


class Entry(TypedDict):
    """Something that somebody did."""

    seq: int
    at: str
    who: str
    door: str
    deed: str
    about: str
    brand: str


class Equation(TypedDict):
    """What became of every line that was received: the parts add up to it, unless it is off by some."""

    received: int
    parts: dict[str, int]
    off_by: int


class Evidence(TypedDict):
    """What one column says. Units: `bits`, above zero for one person; strangers are so alike once in `one_in`."""

    field: str
    level: str
    bits: float
    one_in: int


class Example(TypedDict):
    """An event that broke its plan."""

    message_id: str
    value: str


class Fates(TypedDict):
    """What became of wishes: sent (of these some late), dropped, still waiting, held out."""

    sent: int
    late: int
    dropped: int
    waiting: int
    held_out: int


class Figure(TypedDict):
    """A count of the period, its change against the one before (0.1 is 10 % more), and its course."""

    name: str
    count: int
    change: float | None
    course: list[int]
    beside: dict[str, int]


class FiguresCard(TypedDict):
    """A person at a glance: what she bought, when she came, what she looks at, which scenarios she is in."""

    profile_id: str
    session_count: int
    first_at: str | None
    last_at: str | None
    points: int | None
    worth: list[dict[str, Any]]
    categories: list[Affinity]
    products: list[Affinity]
    consents: list[dict[str, Any]]
    runs: list[dict[str, Any]]


class FiguresMail(TypedDict):
    """A mail that is sent or being written: a template, or the words of a scenario; and what came of it."""

    name: str
    brand: str
    languages: str
    version: int
    state: str
    alert: str
    is_changed: bool
    scenarios: list[str]
    sent_count: int
    clicked_count: int


class File(TypedDict):
    """A file that waits to be imported."""

    name: str
    bytes: int


class Finding(TypedDict):
    """Something that breaks the plan, as often as it was found."""

    source: str
    event: str
    property: str
    reason: str
    first_at: str
    last_at: str
    times: int
    examples: list[Example]
    days: list[int]
    is_new: bool


class FirstPassword(TypedDict):
    """A first password, shown this once."""

    name: str
    first_password: str


class Foreseen(TypedDict):
    """What a cut would do."""

    sides: list[Side]
    cuts: int


class Funnel(TypedDict):
    """How many carts there are of each state, and how far people got."""

    sums: list[Sum]
    steps: list[CartsStep]


class GoBack(TypedDict):
    """A published version."""

    version: int


class Health(TypedDict):
    """Whether all is running, and whether every line is accounted for."""

    now: str
    processes: list[Process]
    equation: Equation | None
    pace: Pace | None
    troubles: list[str]
    stores: dict[str, int]
    free_bytes: int
    is_short_of_room: bool
    is_fenced: bool
    is_sending: bool


class Held(TypedDict):
    """The rules that hold for a brand, in words and as YAML to begin a draft from."""

    brand: str
    sentences: list[str]
    definition: str


class Hit(TypedDict):
    """Something found: a page, a scenario or a person, and its address on the desk."""

    kind: Literal["page", "person", "scenario"]
    name: str
    link: str


class Identifier(TypedDict):
    """One name of a person."""

    kind: str
    value: str
    first_seen_at: str | None


class ImportRowsField(TypedDict):
    """A field that rows of this kind can have, and what fills it with the mapping as it is."""

    name: str
    is_needed: bool
    column: str
    constant: str


class ImportRowsRow(TypedDict):
    """One of the first rows as it would become: the values of `fields`, or why it would be refused."""

    line: int
    values: list[str]
    reason: str
    detail: str


class ImportRowsSeen(TypedDict):
    """The first rows of a file: its columns, and what they become with the mapping."""

    mapping: str
    columns: list[Column]
    choices: list[ImportRowsField]
    lacking: list[str]
    fields: list[str]
    rows: list[ImportRowsRow]
    skipped: int
    problem: str


class ImportsDraft(TypedDict):
    """A file, what its rows are, and what they are booked under."""

    file: str
    kind: Literal["consents", "contacts", "events", "loyalty", "orders", "products"]
    source: NotRequired[str]
    brand: NotRequired[str]
    mapping: NotRequired[str]


class InIt(TypedDict):
    """Which runs; every status where it is empty."""

    status: Literal["", "exited", "finished", "live"]
    limit: int


class Inferred(TypedDict):
    """A plan made of what arrived, as YAML."""

    text: str


class Insert(TypedDict):
    """Put a new step in."""

    do: Literal["insert"]
    kind: str
    fields: NotRequired[dict[str, Any]]
    parent: NotRequired[str]
    way: NotRequired[str]
    place: NotRequired[int]


class Join(TypedDict):
    """Two who are one person."""

    person: str
    other: str


class Kept(TypedDict):
    """What became of a scenario."""

    scenario: str
    version: int
    state: str


class KeysKey(TypedDict):
    """A key of a source, without what it says: only its hash is kept."""

    key_id: str
    kind: str
    shown: str
    scope: Scope
    created_at: str
    expires_at: str | None


class Lead(TypedDict):
    """Let an empty way lead to a step; to none, let it end leading anywhere."""

    do: Literal["lead"]
    parent: str
    way: str
    target: NotRequired[str]


class Lifted(TypedDict):
    """How many entries were taken off the list."""

    lifted: int


class Line(TypedDict):
    """What a source sends."""

    source: str
    brand: str
    last_at: str | None
    silent_seconds: float | None
    is_quiet: bool
    day_count: int
    week_count: int
    week_refused: int


class Listed(TypedDict):
    """Which carts, in parts."""

    brand: str
    country: str
    period: Literal["", "d", "m", "q", "w", "y"]
    until: str | None
    state: Literal["", "going", "left", "ordered"]
    sort: Literal["last", "opened", "worth"]
    limit: int
    cursor: str | None


class Look(TypedDict):
    """As whom a mail is looked at, and in which language."""

    brand: NotRequired[str]
    seen_as: NotRequired[str]
    language: NotRequired[str]
    definition: NotRequired[str]


class MailSwitch(TypedDict):
    """Called or not."""

    is_enabled: bool


class Match(TypedDict):
    """Two people who may be one."""

    pair: str
    a: str
    b: str
    probability: float
    standing: Literal["different", "joined", "open", "same"]
    evidence: list[Evidence]
    suggested_at: str
    by: str


class Matches(TypedDict):
    """Pairs, and what became of all of them."""

    items: list[Match]
    counts: dict[str, int]
    joins_from_bits: float | None


class MatchesAsked(TypedDict):
    """Which pairs: those that wait, the likeliest first, or those that were decided, the latest first."""

    standing: Literal["decided", "open"]
    limit: int


class Mend(TypedDict):
    """How refused events are mended: by the whole event, or field by field."""

    ids: NotRequired[list[str]]
    reason: NotRequired[RefusalReason | None]
    event: NotRequired[dict[str, Any] | None]
    set: NotRequired[dict[str, Any]]


class Mended(TypedDict):
    """How many were mended."""

    repaired: int


class Moment(TypedDict):
    """Something that happened with a person."""

    at: str
    kind: str
    title: str | None
    reference: str | None
    state: str | None
    place: str | None
    thing: str | None
    detail: str | None
    amount_minor: int | None
    currency: str | None


class Most(TypedDict):
    """How many rows."""

    limit: int


class Move(TypedDict):
    """People in flight who go to another version."""

    from_version: int
    to_version: int
    mapping: NotRequired[dict[str, str]]
    is_dry: NotRequired[bool]


class MoveTo(TypedDict):
    """Move a step to a place."""

    do: Literal["move"]
    step: str
    parent: NotRequired[str]
    way: NotRequired[str]
    place: NotRequired[int]


class Name(TypedDict):
    """An event, or a property of one, that ever arrived."""

    source: str
    event: str
    property: str
    types: dict[str, int]
    times: int
    first_at: str
    last_at: str
    fill_share: float


class Named(TypedDict):
    """Somebody: an e-mail, an account id, a profile id, or `kind:value`."""

    person: str


class Need(TypedDict):
    """Something that needs somebody, what to do, and the page where."""

    says: str
    does: str
    link: str
    weight: Literal["danger", "news", "warn"]


class NewSource(TypedDict):
    """A source just made. The secret key is shown this once: only its hash is kept."""

    name: str
    brand: str
    write_key: str
    secret_key: str


class OfBrand(TypedDict):
    """Whose template, where brands have one of the same name: `*` for that of every brand."""

    brand: str


class Opened(TypedDict):
    """A mail of the inbox, opened."""

    id: str
    received_at: str
    to: str
    subject: str
    message_id: str
    text: str
    html: str
    headers: dict[str, str]


class OutboxAsked(TypedDict):
    """Which messages: of a state, of an address, or with a message id."""

    state: OutboxShelfShown | None
    search: str
    cursor: str | None


class OutboxShelfSending(TypedDict):
    """A message of the outbox."""

    message_id: str
    shown: OutboxShelfShown
    scenario: str
    step: str
    brand: str
    channel: str
    contact: str
    language: str
    reason: str
    detail: str
    attempts: int
    queued_at: str
    not_before: str
    expires_at: str
    handed_at: str | None
    settled_at: str | None


class Outlook(TypedDict):
    """What would come of a refused event if it were sent in now."""

    text: str
    is_taken: bool
    reason: str
    detail: str
    fault: list[int]
    line: dict[str, Any]


class OverviewAsked(TypedDict):
    """Whether DNS is asked, which may take seconds."""

    check: bool


class OverviewChecked(TypedDict):
    """A domain that mail is sent from, with what DNS says where it was asked."""

    sender: Sender
    checks: list[Check]


class OverviewMail(TypedDict):
    """A mail of the inbox for trials."""

    id: str
    received_at: str
    to: str
    subject: str
    message_id: str


class OverviewStep(TypedDict):
    """One of the first steps of an installation."""

    name: str
    is_done: bool


class Pace(TypedDict):
    """How the engine works. Units: seconds, bytes; shares of the time 0–1."""

    lag_seconds: float
    is_late: bool
    ticks: int
    tick_seconds: dict[str, float]
    boxes: dict[str, float]
    checkpoints: int
    checkpoint_seconds: float
    wal_bytes: int
    received_in_a_day: int


class PageOfBrand(TypedDict):
    """A part of a list, and where the next one begins."""

    items: list[Brand]
    next: str | None


class PageOfCart(TypedDict):
    """A part of a list, and where the next one begins."""

    items: list[Cart]
    next: str | None


class PageOfEntry(TypedDict):
    """A part of a list, and where the next one begins."""

    items: list[Entry]
    next: str | None


class PageOfFinding(TypedDict):
    """A part of a list, and where the next one begins."""

    items: list[Finding]
    next: str | None


class PageOfMoment(TypedDict):
    """A part of a list, and where the next one begins."""

    items: list[Moment]
    next: str | None


class PageOfName(TypedDict):
    """A part of a list, and where the next one begins."""

    items: list[Name]
    next: str | None


class PageOfRefused(TypedDict):
    """A part of a list, and where the next one begins."""

    items: list[Refused]
    next: str | None


class PageOfRows(TypedDict):
    """A part of a list, and where the next one begins."""

    items: list[dict[str, Any]]
    next: str | None


class PageOfScenario(TypedDict):
    """A part of a list, and where the next one begins."""

    items: list[Scenario]
    next: str | None


class PageOfSending(TypedDict):
    """A part of a list, and where the next one begins."""

    items: list[OutboxShelfSending]
    next: str | None


class PageOfShipped(TypedDict):
    """A part of a list, and where the next one begins."""

    items: list[Shipped]
    next: str | None


class PageOfSource(TypedDict):
    """A part of a list, and where the next one begins."""

    items: list[Source]
    next: str | None


class PageOfUser(TypedDict):
    """A part of a list, and where the next one begins."""

    items: list[User]
    next: str | None


class PageOfVersion(TypedDict):
    """A part of a list, and where the next one begins."""

    items: list[StoreVersion]
    next: str | None


class Paged(TypedDict):
    """How a list is asked for in parts."""

    limit: int
    cursor: str | None


class Pair(TypedDict):
    """A pair, as the list names it."""

    pair: str


class Part(TypedDict):
    """A template in one language."""

    language: str
    subject: str
    preheader: str
    mjml: str
    blocks: list[Block] | None
    text: str | None
    fallbacks: dict[str, str]
    problem: str


class Parted(TypedDict):
    """What a cut made of one person."""

    left: PeoplePerson
    restored: PeoplePerson
    cuts: int


class Parts(TypedDict):
    """Give the scenario other fields at its top: title, trigger, words, brands…; null takes one away."""

    do: Literal["parts"]
    parts: dict[str, Any]


class Pause(TypedDict):
    """Who asked for a pause, and for how long."""

    person: str
    days: NotRequired[int]
    until: NotRequired[str | None]


class PeopleAsked(TypedDict):
    """Which address or phone."""

    contact: str


class PeoplePerson(TypedDict):
    """A person: all names she is known by."""

    profile_id: str
    identifiers: list[Identifier]
    traits: dict[str, Any]
    first_seen_at: str | None
    last_seen_at: str | None
    merged_from: list[str]


class Period(TypedDict):
    """Which brand, between which instants (ISO 8601), and how many days after a click count."""

    brand: str | None
    since: str | None
    until: str | None
    window_days: int | None


class PlansLately(TypedDict):
    """Of how many days."""

    limit: int
    cursor: str | None
    days: int


class Policy(TypedDict):
    """A version of a brand's policy."""

    brand: str
    version: int
    definition: str
    published_at: str | None


class PressureChecked(TypedDict):
    """A policy that can be read."""

    brand: str
    caps: int


class PressureOfVersion(TypedDict):
    """Which version: the one that holds where none is named."""

    version: int | None


class PressureTrialsFound(TypedDict):
    """What a trial found."""

    total: PressureTrialsRow
    rows: list[PressureTrialsRow]
    reasons: list[Why]
    most_a_week_before: int
    most_a_week_after: int
    since: str
    until: str
    is_cut: bool


class PressureTrialsRow(TypedDict):
    """One scenario: what really happened, what today's rules would have done, and what the tried ones would have."""

    scenario: str
    wishes: int
    really: Fates
    before: Fates
    after: Fates


class PressureWritten(TypedDict):
    """A policy as YAML, which names its brand."""

    definition: str


class Problem(TypedDict):
    """What went wrong, and how to mend it (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    hint: str


class Process(TypedDict):
    """One of the three processes."""

    name: str
    is_up: bool
    says: str


class Publish(TypedDict):
    """A plan, as YAML; empty ends the plan."""

    text: str
    note: NotRequired[str]


class PutPlacement(TypedDict):
    """What a message says, where, on which pages and when (ISO 8601 with its zone)."""

    words: dict[str, dict[str, str]]
    slot: NotRequired[str]
    pages: NotRequired[list[str]]
    starts_at: NotRequired[str | None]
    ends_at: NotRequired[str | None]
    times: NotRequired[int]
    is_on: NotRequired[bool]


class Question(TypedDict):
    """A question in SQL."""

    sql: str
    format: NotRequired[str]
    seconds: NotRequired[float]
    rows: NotRequired[int]


class Recent(TypedDict):
    """Somebody who was in touch lately."""

    profile_id: str
    name: str
    last_at: str
    order_count: int
    amount_minor: int | None
    currency: str | None


class Refusals(TypedDict):
    """Events refused for one reason that wait for somebody."""

    reason: str
    times: int
    last_at: str
    sources: list[str]


class Refused(TypedDict):
    """A refused event, in a list."""

    failed_id: str
    reason: str
    detail: str
    source: str
    message_id: str | None
    row_number: int | None
    received_at: str
    state: str


class RefusedAsked(TypedDict):
    """Which refused events."""

    limit: int
    cursor: str | None
    reason: RefusalReason | None


class Rejected(TypedDict):
    """A row that was refused, as it came."""

    line: int | None
    reason: str
    detail: str
    row: str


class Remap(TypedDict):
    """What changes of a drafted import; what is left out stays."""

    mapping: NotRequired[str]
    brand: NotRequired[str]
    source: NotRequired[str]


class Remove(TypedDict):
    """Take a step away, with all that its ways hold."""

    do: Literal["remove"]
    step: str


class Renew(TypedDict):
    """Which key."""

    kind: Literal["secret", "write"]


class Replay(TypedDict):
    """Which refused events are sent in again; all that were mended where nothing is named."""

    ids: NotRequired[list[str]]
    reason: NotRequired[RefusalReason | None]


class Replayed(TypedDict):
    """What came of those sent in again."""

    replayed: int
    stored: int
    refused: int


class Report(TypedDict):
    """The audience of a brand over some days."""

    days: list[Count]
    tops: dict[str, list[Count]]


class Returns(TypedDict):
    """How the mail of a brand was received in the last 30 days."""

    brand: str
    sent_count: int
    bounced_count: int
    soft_bounced_count: int
    complained_count: int
    unsubscribed_count: int


class Revenue(TypedDict):
    """One currency's revenue, and the part that Comptoir brought. Units: minor units of the currency."""

    currency: str
    order_count: int
    amount_minor: int
    change: float | None
    course: list[int]
    clicked_minor: int
    clicked_count: int
    brought_minor: int
    is_measured: bool


class Rules(TypedDict):
    """What changes of what a source may do. Units: events; 0 for no limit."""

    origins: NotRequired[list[str]]
    accepts_claimed_orders: NotRequired[bool]
    rate_per_second: NotRequired[int]
    rate_burst: NotRequired[int]


class Run(TypedDict):
    """Somebody's way through a scenario."""

    enrollment_id: str
    version: int
    brand: str
    key: str
    step: str
    status: str
    exit_reason: str | None
    arm: str | None
    entered_at: str
    due_at: str | None


class Scenario(TypedDict):
    """A scenario, in a list."""

    scenario: str
    version: int
    state: str
    waiting: int
    changed_at: str


class ScenarioDraftsBegin(TypedDict):
    """A new scenario: one of the library, or from nothing under a title."""

    library: NotRequired[str]
    title: NotRequired[str]


class ScenarioDraftsCard(TypedDict):
    """The figures on the card of a step: waiting, passed, sent, deferred, dropped, converted, reached."""

    step: str
    counts: dict[str, int]
    at_least: list[str]


class ScenarioDraftsChange(TypedDict):
    """Give a step other fields; what its ways hold stays."""

    do: Literal["change"]
    step: str
    fields: NotRequired[dict[str, Any]]
    ways: NotRequired[dict[str, list[Way]]]


class ScenarioDraftsDraft(TypedDict):
    """A scenario as its next editor finds it: the draft, or where there is none the version that is published."""

    base: str
    scenario: str
    state: str
    live_version: int
    revision: int | None
    definition: str
    what: str
    saved_at: str | None
    saved_by: str
    can_undo: bool
    can_redo: bool
    steps: list[ScenarioDraftsStep]


class ScenarioDraftsField(TypedDict):
    """One field of the form of a kind of step."""

    name: str
    kind: str
    label: dict[str, str]
    is_required: bool
    options: list[str]


class ScenarioDraftsMade(TypedDict):
    """A draft after a change."""

    base: str
    scenario: str
    state: str
    live_version: int
    revision: int | None
    definition: str
    what: str
    saved_at: str | None
    saved_by: str
    can_undo: bool
    can_redo: bool
    steps: list[ScenarioDraftsStep]
    step: str


class ScenarioDraftsPublished(TypedDict):
    """What was published."""

    scenario: str
    version: int


class ScenarioDraftsStep(TypedDict):
    """A step of a draft, and where it stands: before which place of which way of which step."""

    key: str
    kind: str
    parent: str
    way: str
    place: int
    fields: dict[str, Any]


class ScenarioDraftsVersion(TypedDict):
    """A published version, and how it differs from the one before it."""

    version: int
    published_at: str
    published_by: str
    definition: str
    changes: list[str]


class ScenarioDraftsWritten(TypedDict):
    """The whole draft as YAML."""

    definition: str


class ScenariosChecked(TypedDict):
    """A definition that can be read."""

    scenario: str
    version: int
    steps: list[str]
    says: list[str]


class ScenariosOfVersion(TypedDict):
    """Which version: the live one where none is named, 0 for the draft."""

    version: int | None


class ScenariosWritten(TypedDict):
    """A definition as YAML."""

    definition: str


class Secret(TypedDict):
    """An endpoint's secret, shown this once."""

    name: str
    secret: str


class Send(TypedDict):
    """Whether anything is to be sent."""

    is_sending: bool


class Sender(TypedDict):
    """A domain that mail is sent from, by one server."""

    server: str
    host: str
    domain: str
    envelope: str
    dkim_domain: str
    selector: str
    key_record: str
    is_local: bool


class Sent(TypedDict):
    """What the mail server answered."""

    kind: str
    detail: str


class Server(TypedDict):
    """A mail server, without its secrets."""

    name: str
    brand: str
    host: str
    port: int
    security: Literal["none", "starttls", "tls"]
    user: str
    has_password: bool
    sender: str
    bounce_domain: str
    dkim_domain: str
    dkim_selector: str
    dkim_record: str
    priority: int
    weight: int
    rate_per_minute: int
    connections: int
    is_enabled: bool


class Setting(TypedDict):
    """A setting: its value, what it says, and where the value came from."""

    name: str
    value: Any
    says: str
    origin: str


class Settle(TypedDict):
    """What somebody found out of a message of unknown fate."""

    was_sent: bool


class SetupNewKey(TypedDict):
    """A key, shown this once where it is a secret one; the one that was there ends after the overlap."""

    source: str
    kind: Literal["secret", "write"]
    key: str
    overlap_days: int


class SetupSending(TypedDict):
    """Whether anything is sent."""

    is_sending: bool


class Shipped(TypedDict):
    """A scenario that ships with Comptoir."""

    name: str
    definition: str


class Side(TypedDict):
    """Whom a cut would leave on one side: `left`, `restored`, or `other`."""

    side: str
    identifiers: list[Identifier]


class Sought(TypedDict):
    """What is looked for: an identifier, an order, a cart, a message, or part of a name."""

    q: str


class Source(TypedDict):
    """A source as it is listed."""

    name: str
    brand: str
    write_key: str
    secret_key_begins: str
    accepts_claimed_orders: bool
    origins: list[str]
    rate_per_second: float
    rate_burst: int
    is_enabled: bool


class SourcesSwitch(TypedDict):
    """Open or closed."""

    is_enabled: bool


class Span(TypedDict):
    """Which brand and country, and how many days up to which: d(ay), w(eek), m(onth), q(uarter), y(ear)."""

    brand: str
    country: str
    period: Literal["", "d", "m", "q", "w", "y"]
    until: str | None


class Speak(TypedDict):
    """A language that a template is to speak too."""

    language: str


class Standing(TypedDict):
    """Where a person is written to, and whether that is paused or stopped."""

    profile_id: str
    name: str
    contacts: list[str]
    paused_until: str | None
    is_stopped: bool
    is_stopped_by_hand: bool


class StepKind(TypedDict):
    """A kind of step, and the form that it declares."""

    kind: str
    fields: list[ScenarioDraftsField]


class StoreVersion(TypedDict):
    """A published version of a brand's plan."""

    brand: str
    version: int
    text: str
    note: str
    published_at: str
    published_by: str


class Story(TypedDict):
    """Which moments."""

    limit: int
    cursor: str | None
    person: str
    kind: Literal["", "cart", "event", "message", "order", "points"]


class Suggested(TypedDict):
    """What a comparison of all people found."""

    people: int
    found: int
    new: int
    joined: int


class Sum(TypedDict):
    """How many carts, and what they are worth by currency."""

    state: Literal["", "going", "left", "ordered"]
    carts: int
    amount_minor: dict[str, int]


class Suppress(TypedDict):
    """An address that must not be written to."""

    contact: str
    channel: NotRequired[str]
    brand: NotRequired[str | None]
    reason: NotRequired[str]


class Suppressed(TypedDict):
    """Whose entries; of every address where none is named."""

    contact: str


class TemplateDraftsBegin(TypedDict):
    """A new template."""

    name: str
    languages: NotRequired[list[str]]
    brand: NotRequired[str]


class TemplateDraftsChange(TypedDict):
    """What changes of a template in one language; what is left out stays."""

    subject: NotRequired[str]
    preheader: NotRequired[str]
    mjml: NotRequired[str]
    blocks: NotRequired[list[Block]]
    text: NotRequired[str | None]
    fallbacks: NotRequired[dict[str, str]]
    discretion: NotRequired[Discretion]
    missing: NotRequired[Missing]
    is_marketing: NotRequired[bool]


class TemplateDraftsDraft(TypedDict):
    """A template as it is being written: the draft, or where there is none its newest version."""

    base: str
    name: str
    brand: str
    revision: int
    version: int
    discretion: Discretion
    missing: Missing
    is_marketing: bool
    changed_at: str | None
    changed_by: str
    can_undo: bool
    parts: list[Part]


class TemplateDraftsPublished(TypedDict):
    """What was published."""

    template: str
    version: int
    languages: list[str]


class TemplateDraftsSeen(TypedDict):
    """A mail as one person would get it, or why it cannot be made."""

    person: str
    profile_id: str
    language: str
    to: str
    subject: str
    text: str
    html: str
    problem: str


class TemplateDraftsTry(TypedDict):
    """Where a trial goes, and as whose mail."""

    brand: NotRequired[str]
    seen_as: NotRequired[str]
    language: NotRequired[str]
    definition: NotRequired[str]
    to: str


class TemplateDraftsVersion(TypedDict):
    """A published version."""

    version: int
    published_at: str
    published_by: str | None
    subject: str


class TemplatesMade(TypedDict):
    """A template in one language."""

    template: str
    version: int
    language: str
    brand: str


class TemplatesOfVersion(TypedDict):
    """Which version: the newest where it is 0."""

    version: int


class TemplatesShown(TypedDict):
    """A version of a template."""

    template: str
    version: int
    definitions: dict[str, str]
    uses: list[str]
    health: dict[str, Any]


class TemplatesWritten(TypedDict):
    """A template as YAML: every language of one version."""

    definition: str


class Text(TypedDict):
    """Another text of a refused event; empty for the one that came."""

    text: NotRequired[str]


class To(TypedDict):
    """Where a test mail goes."""

    to: str


class Today(TypedDict):
    """What the shop did, what Comptoir brought of it, and what needs somebody."""

    now: str
    figures: list[Figure]
    revenue: list[Revenue]
    closed_until: str | None
    needs: list[Need]
    first_steps: list[OverviewStep]


class Told(TypedDict):
    """An import, and how far it is."""

    id: str
    kind: str
    source: str
    brand: str
    state: ImportState
    files: list[str]
    mapping: str
    made_by: str
    made_at: str
    ended_at: str | None
    done: int
    whole: int
    read: int
    accepted: int
    refused: int
    duplicates: int
    problem: str


class Trial(TypedDict):
    """Rules tried on the wishes of last month: how far that is, and what it found once it is over."""

    id: str
    brand: str
    definition: str
    state: Literal["done", "failed", "running"]
    done: int
    whole: int
    started_at: str
    found: PressureTrialsFound | None


class Tried(TypedDict):
    """What was answered to a test."""

    is_fine: bool
    detail: str


class Unmend(TypedDict):
    """Whose mending is taken back."""

    reason: RefusalReason


class Unmended(TypedDict):
    """How many are as they came again."""

    undone: int


class Up(TypedDict):
    """Move a step up."""

    do: Literal["up"]
    step: str


class Use(TypedDict):
    """A step of a scenario that sends a template or words of its own."""

    scenario: str
    version: int
    step: str
    is_live: bool
    template: str
    words: str


class User(TypedDict):
    """A user as it is listed."""

    name: str
    role: Role
    brands: list[str]
    is_enabled: bool
    keys: list[str]


class UsersKey(TypedDict):
    """A key, shown this once."""

    name: str
    key: str


class UsersNewKey(TypedDict):
    """How long the key works, and for what."""

    days: NotRequired[int]
    rights: NotRequired[list[Right]]


class Way(TypedDict):
    """One way of a step that lists ways."""

    fields: dict[str, Any]
    was: NotRequired[int | None]


class Week(TypedDict):
    """People who got so many messages in a week, what one of them bought on average, and how many had enough."""

    message_count: int
    is_more: bool
    person_weeks: int
    share: float
    tired_count: int
    tired_share: float
    amount_minor: dict[str, int]


class Which(TypedDict):
    """Which carts, and in which order: by last action, worth, or when they were opened."""

    brand: str
    country: str
    period: Literal["", "d", "m", "q", "w", "y"]
    until: str | None
    state: Literal["", "going", "left", "ordered"]
    sort: Literal["last", "opened", "worth"]


class Why(TypedDict):
    """How many wishes did not go at once for a reason, by today's rules and by the tried ones."""

    reason: str
    before: int
    after: int
