"""The kinds of rows: which fields each has, where they lie in the canonical line, and which it cannot lack."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from comptoir.model.event import Record, RefusalReason, Type
from comptoir.sources.forms import Form


class Place(StrEnum):
    """Where a field lies in the canonical line."""

    LINE = "line"
    PROPERTIES = "properties"
    TRAITS = "traits"
    CONTEXT = "context"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a kind of rows."""

    name: str
    says: str
    form: Form = Form.TEXT
    place: Place = Place.PROPERTIES
    needed: RefusalReason | None = None
    """Under which reason a row without it is refused; None where a row may lack it."""
    one_of: frozenset[str] = frozenset()
    """The only values it takes; any if empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowKind:
    """A kind of rows."""

    name: str
    says: str
    type: Type
    record: Record | None
    """The name of its lines; None for behaviours, which name themselves."""
    fields: tuple[Field, ...]
    open_places: frozenset[Place] = frozenset()
    """Where a mapping may add fields of its own, written `properties.x`, `traits.x` or `context.x`."""
    one_needed: tuple[str, ...] = ()
    """A row must have one of these."""
    one_begins: str = ""
    """Or a field whose name begins so."""
    fixed: tuple[tuple[str, str], ...] = ()
    """Fields that always say the same, unless the mapping fills them."""
    lacking: RefusalReason = RefusalReason.BAD_ROW
    """Under which reason a row that has none of `one_needed` is refused."""

    def names(self, field: str) -> bool:
        """Say whether a field is one of those of which a row must have one."""
        return field in self.one_needed or (bool(self.one_begins) and field.startswith(self.one_begins))

    def field(self, name: str) -> Field | None:
        """Give the field of this name."""
        return next((one for one in self.fields if one.name == name), None)


def _line(name: str, says: str, *, form: Form = Form.TEXT, needed: RefusalReason | None = None) -> Field:
    return Field(name=name, says=says, form=form, place=Place.LINE, needed=needed)


def _trait(name: str, says: str, *, form: Form = Form.TEXT) -> Field:
    return Field(name=name, says=says, form=form, place=Place.TRAITS)


def _field(name: str, says: str, form: Form = Form.TEXT) -> Field:
    return Field(name=name, says=says, form=form)


def _must(name: str, says: str, form: Form, reason: RefusalReason) -> Field:
    return Field(name=name, says=says, form=form, needed=reason)


USER = _line("user_id", "The account the row belongs to.")
BROWSER = _line("anonymous_id", "The browser the row belongs to.")
WHEN = _line("occurred_at", "When it happened.", form=Form.INSTANT, needed=RefusalReason.BAD_DATE)
STATED = _line(
    "occurred_at", "Since when it holds; the moment of the import if the file does not say.", form=Form.INSTANT
)
EMAIL = _field("email", "E-mail address of the person.", Form.EMAIL)
PHONE = _field("phone", "Telephone number of the person.")
CARD = _field("loyalty_card", "Number of the person's loyalty card.")

EVENTS = RowKind(
    name="events",
    says="What visitors did: one behaviour a row.",
    type=Type.TRACK,
    record=None,
    open_places=frozenset({Place.PROPERTIES, Place.TRAITS, Place.CONTEXT}),
    one_needed=("user_id", "anonymous_id"),
    lacking=RefusalReason.MISSING_IDENTIFIER,
    fields=(
        Field(
            name="type",
            says="track, page, screen, identify, group or alias; track if it is not mapped.",
            place=Place.LINE,
            one_of=frozenset({"track", "page", "screen", "identify", "group", "alias"}),
        ),
        _line("name", "What happened, such as `Product Viewed`; of a page or screen, its name."),
        USER,
        BROWSER,
        _line("group_id", "The group, of a group event."),
        _line("previous_id", "The former id, of an alias event."),
        WHEN,
        _field("cart_id", "The basket: the pivot from the click to the order."),
        _field("checkout_id", "The checkout."),
        _field("order_id", "The order."),
        _field("product_id", "The product."),
        _field("variant_id", "The variant of the product."),
        _field("product_name", "The product's name."),
        _field("category", "The product's category."),
        _field("maker", "Who makes the product."),
        _field("quantity", "How many.", Form.NUMBER),
        _field("price", "Price of one.", Form.NUMBER),
        _field("total", "What the whole order costs.", Form.NUMBER),
        _field("shipping", "Shipping, of an order.", Form.NUMBER),
        _field("tax", "Tax, of an order.", Form.NUMBER),
        _field("discount", "Discount, of an order.", Form.NUMBER),
        _field("coupon", "The coupon used."),
        _field("currency", "ISO 4217 code.", Form.CURRENCY),
        _field("query", "What was searched for."),
    ),
)

LINE_KIND = Field(
    name="line_kind",
    says="What the line is; by the sign of its quantity a sale or a return if it is not mapped.",
    one_of=frozenset({"sale", "return", "shipping", "discount", "fee", "tax", "adjustment"}),
)
ORDERS = RowKind(
    name="orders",
    says="What customers bought and returned: one order line a row; a return has a negative quantity.",
    type=Type.RECORD,
    record=Record.ORDER_LINE,
    one_needed=("unit_price", "amount"),
    lacking=RefusalReason.BAD_AMOUNT,
    fields=(
        _must("order_id", "The order the line belongs to.", Form.TEXT, RefusalReason.MISSING_ORDER_ID),
        _field("line_id", "The source's own id of the line; without it, lines are told apart by what they say."),
        _field("product_id", "The product."),
        _field("variant_id", "The variant of the product."),
        _field("product_name", "The product's name at that time."),
        _field("category", "The product's category at that time."),
        _must("quantity", "How many; negative for a return.", Form.AMOUNT, RefusalReason.BAD_AMOUNT),
        _field("unit_price", "Price of one.", Form.AMOUNT),
        _field("amount", "What the line comes to, where the file has no price of one.", Form.AMOUNT),
        _field("cost", "What one cost the shop.", Form.AMOUNT),
        _must("currency", "ISO 4217 code.", Form.CURRENCY, RefusalReason.BAD_CURRENCY),
        _field("total", "The whole order, repeated on its lines.", Form.AMOUNT),
        _field("shipping", "Shipping of the order, repeated on its lines.", Form.AMOUNT),
        _field("tax", "Tax of the order, repeated on its lines.", Form.AMOUNT),
        _field("discount", "Discount of the order, repeated on its lines.", Form.AMOUNT),
        _field("channel", "Where it was sold: site, shop, telephone …"),
        _field("shop", "The shop, of a ticket of its till."),
        _field("country", "Country of the sale."),
        _field("coupon", "The coupon used."),
        _field("cart_id", "The basket the order came from."),
        _field("checkout_id", "The checkout the order came from."),
        LINE_KIND,
        WHEN,
        USER,
        BROWSER,
        EMAIL,
        PHONE,
        CARD,
    ),
)

PRODUCTS = RowKind(
    name="products",
    says="The catalogue: one statement about a product or variant a row; the latest holds.",
    type=Type.RECORD,
    record=Record.PRODUCT,
    fields=(
        _must("product_id", "The product.", Form.TEXT, RefusalReason.BAD_ROW),
        _field("variant_id", "The variant."),
        _field("name", "Its name."),
        _field("category", "Its category."),
        _field("maker", "Who makes it."),
        _field("url", "Its page."),
        _field("image_url", "Its picture."),
        _field("price", "Price of one.", Form.AMOUNT),
        _field("currency", "ISO 4217 code.", Form.CURRENCY),
        _field("is_for_sale", "Whether it is for sale.", Form.BOOLEAN),
        _field("stock", "How many there are.", Form.AMOUNT),
        STATED,
    ),
)

CONTACTS = RowKind(
    name="contacts",
    says="Who the customers are: one statement about a person a row.",
    type=Type.RECORD,
    record=Record.CONTACT,
    open_places=frozenset({Place.TRAITS}),
    one_needed=("user_id", "email", "phone", "loyalty_card", "anonymous_id"),
    one_begins="traits.external_id_",  # what another system calls the person
    fields=(
        USER,
        BROWSER,
        _trait("email", "E-mail address.", form=Form.EMAIL),
        _trait("phone", "Telephone number."),
        _trait("loyalty_card", "Number of the loyalty card."),
        _trait("first_name", "First name."),
        _trait("last_name", "Last name."),
        _trait("title", "How the person is addressed."),
        _trait("birth_on", "Day of birth.", form=Form.DATE),
        _trait("language", "Language, such as `fr`."),
        _trait("street", "Street and number."),
        _trait("postal_code", "Postal code."),
        _trait("city", "City."),
        _trait("country", "Country."),
        _trait("company", "Company."),
        _trait("created_on", "Day the person became known.", form=Form.DATE),
        _trait("origin_form", "Form through which the person became known."),
        _trait("origin_shop", "Shop in which the person became known."),
        STATED,
    ),
)

CONSENTS = RowKind(
    name="consents",
    says="Consents given and withdrawn: one statement a row, kept as proof.",
    type=Type.RECORD,
    record=Record.CONSENT,
    fields=(
        Field(
            name="contact_kind",
            says="email, phone or anonymous.",
            needed=RefusalReason.BAD_ROW,
            one_of=frozenset({"email", "phone", "anonymous"}),
        ),
        _must("contact", "The address or number it is about.", Form.TEXT, RefusalReason.BAD_ROW),
        _must("purpose", "What for, such as `marketing`.", Form.TEXT, RefusalReason.BAD_ROW),
        _must("channel", "By which channel, such as `email`.", Form.TEXT, RefusalReason.BAD_ROW),
        Field(
            name="state",
            says="granted or withdrawn.",
            needed=RefusalReason.BAD_ROW,
            one_of=frozenset({"granted", "withdrawn"}),
        ),
        _field("text_version", "Which text the person read."),
        _field("proof", "Where and how it was said."),
        WHEN,
        USER,
    ),
)

LOYALTY = RowKind(
    name="loyalty",
    says="Loyalty points earned, spent and expired: one movement a row.",
    type=Type.RECORD,
    record=Record.LOYALTY_MOVEMENT,
    one_needed=("user_id", "loyalty_card", "email", "phone"),
    fields=(
        _must("kind", "What moved them: earned, spent, expired, adjusted …", Form.TEXT, RefusalReason.BAD_ROW),
        _must("points", "How many; negative if spent or expired.", Form.INTEGER, RefusalReason.BAD_AMOUNT),
        _field("order_id", "The order they came from or paid."),
        _field("expires_on", "Day they expire.", Form.DATE),
        WHEN,
        USER,
        EMAIL,
        PHONE,
        CARD,
    ),
)


def _word(name: str, says: str, *words: str) -> Field:
    return Field(name=name, says=says, needed=RefusalReason.BAD_ROW, one_of=frozenset(words))


_PERSON = (USER, EMAIL, PHONE, CARD)

ACCOUNTS = RowKind(
    name="accounts",
    says="The accounts of the site: one statement about an account a row.",
    type=Type.RECORD,
    record=Record.CONTACT,
    open_places=frozenset({Place.TRAITS}),
    fields=(
        _line("user_id", "The account.", needed=RefusalReason.MISSING_IDENTIFIER),
        *(field for field in CONTACTS.fields if field.name not in {"user_id", "anonymous_id"}),
    ),
)

CATEGORIES = RowKind(
    name="categories",
    says="The shelves of the catalog: one statement about a category a row; the latest holds.",
    type=Type.RECORD,
    record=Record.CATEGORY,
    fields=(
        _must("category_id", "The category.", Form.TEXT, RefusalReason.BAD_ROW),
        _field("name", "Its name."),
        _field("parent_id", "The category it belongs to."),
        _field("is_active", "Whether it is shown.", Form.BOOLEAN),
        STATED,
    ),
)

PRICES = RowKind(
    name="prices",
    says="What products cost over time: one price of a product or variant a row, from a moment on.",
    type=Type.RECORD,
    record=Record.PRICE,
    fields=(
        _must("product_id", "The product.", Form.TEXT, RefusalReason.BAD_ROW),
        _field("variant_id", "The variant."),
        _must("price", "Price of one.", Form.AMOUNT, RefusalReason.BAD_AMOUNT),
        _field("list_price", "Price before a reduction.", Form.AMOUNT),
        _field("currency", "ISO 4217 code.", Form.CURRENCY),
        STATED,
    ),
)

STOCKS = RowKind(
    name="stock",
    says="How many there were over time: one count of a product or variant a row, from a moment on.",
    type=Type.RECORD,
    record=Record.STOCK,
    fields=(
        _must("product_id", "The product.", Form.TEXT, RefusalReason.BAD_ROW),
        _field("variant_id", "The variant."),
        _field("shop", "The shop it lies in; all of them if it is empty."),
        _must("stock", "How many there are.", Form.AMOUNT, RefusalReason.BAD_AMOUNT),
        STATED,
    ),
)

_OF_A_LINE = frozenset({
    "order_id", "line_id", "product_id", "variant_id", "product_name", "category", "unit_price", "amount", "currency",
    "channel", "shop", "country", "occurred_at", "user_id", "email", "phone", "loyalty_card",
})  # fmt: skip

RETURNS = RowKind(
    name="returns",
    says="What customers sent back: one line that came back a row.",
    type=Type.RECORD,
    record=Record.ORDER_LINE,
    one_needed=("unit_price", "amount"),
    lacking=RefusalReason.BAD_AMOUNT,
    fixed=(("line_kind", "return"),),
    fields=(
        *(field for field in ORDERS.fields if field.name in _OF_A_LINE - {"amount"}),
        _must("quantity", "How many came back, with or without a sign.", Form.RETURNED, RefusalReason.BAD_AMOUNT),
        _field("amount", "What was paid back for the line, with or without a sign.", Form.RETURNED),
        _field("line_kind", "Stays `return`."),
    ),
)

RECEIPTS = RowKind(
    name="receipts",
    says="Tickets of the tills of shops: one line of a ticket a row; a return has a negative quantity.",
    type=Type.RECORD,
    record=Record.ORDER_LINE,
    one_needed=("unit_price", "amount"),
    lacking=RefusalReason.BAD_AMOUNT,
    fixed=(("channel", "shop"),),
    fields=(
        _must(
            "order_id", "The ticket: its number, and the shop's where numbers begin anew in each.", Form.TEXT,
            RefusalReason.MISSING_ORDER_ID,
        ),
        _must("shop", "The shop.", Form.TEXT, RefusalReason.BAD_ROW),
        *(field for field in ORDERS.fields if field.name not in {"order_id", "shop", "anonymous_id"}),
    ),
)  # fmt: skip

PICKUPS = RowKind(
    name="pickups",
    says="Orders fetched in a shop: one step of an order a row.",
    type=Type.RECORD,
    record=Record.PICKUP,
    fields=(
        _must("order_id", "The order.", Form.TEXT, RefusalReason.MISSING_ORDER_ID),
        _field("shop", "The shop."),
        _word("state", "ready, collected, not_collected or cancelled.", "ready", "collected", "not_collected",
              "cancelled"),
        WHEN,
        *_PERSON,
    ),
)  # fmt: skip

SUBSCRIPTIONS = RowKind(
    name="subscriptions",
    says="Subscriptions: one change of a subscription a row; the latest holds.",
    type=Type.RECORD,
    record=Record.SUBSCRIPTION,
    fields=(
        _must("subscription_id", "The subscription.", Form.TEXT, RefusalReason.BAD_ROW),
        _word("state", "started, renewed, paused, resumed, cancelled or ended.", "started", "renewed", "paused",
              "resumed", "cancelled", "ended"),
        _field("product_id", "What is subscribed to."),
        _field("plan", "Name of its plan."),
        _field("price", "Price of one period.", Form.AMOUNT),
        _field("currency", "ISO 4217 code.", Form.CURRENCY),
        _field("every_days", "Days of a period.", Form.INTEGER),
        _field("next_on", "Day of the next delivery or payment.", Form.DATE),
        _field("reason", "Why it was stopped."),
        WHEN,
        *_PERSON,
    ),
)  # fmt: skip

CAMPAIGN_RETURNS = RowKind(
    name="campaign_returns",
    says="What became of messages that an outside tool sent: one thing that happened to one of them a row.",
    type=Type.RECORD,
    record=Record.CAMPAIGN_RETURN,
    one_needed=("email", "phone", "user_id", "loyalty_card"),
    fixed=(("channel", "email"),),
    fields=(
        _must("campaign_id", "The campaign.", Form.TEXT, RefusalReason.BAD_ROW),
        _field("campaign", "Name of the campaign."),
        _word("kind", "sent, opened, clicked, bounced, unsubscribed or complained.", "sent", "opened", "clicked",
              "bounced", "unsubscribed", "complained"),
        _field("channel", "By which channel; `email` if it is not mapped."),
        _field("link", "The link that was clicked."),
        _field("detail", "What the tool says beside, such as why it bounced."),
        WHEN,
        *_PERSON,
    ),
)  # fmt: skip

CLAIMS = RowKind(
    name="claims",
    says="What customers complained of: one step of a claim a row; the latest holds.",
    type=Type.RECORD,
    record=Record.CLAIM,
    one_needed=("user_id", "email", "phone", "loyalty_card", "order_id"),
    fields=(
        _must("claim_id", "The claim.", Form.TEXT, RefusalReason.BAD_ROW),
        _word("state", "opened, answered, reopened or closed.", "opened", "answered", "reopened", "closed"),
        _field("subject", "What it is about."),
        _field("channel", "How it came: e-mail, telephone, shop …"),
        _field("order_id", "The order."),
        _field("product_id", "The product."),
        _field("shop", "The shop."),
        _field("words", "What the customer wrote."),
        WHEN,
        *_PERSON,
    ),
)

SPENDS = RowKind(
    name="spend",
    says="What marketing cost: one sum a row, as a rule of a campaign and a day.",
    type=Type.RECORD,
    record=Record.SPEND,
    fields=(
        _must("channel", "What it was spent on: search, social, paper …", Form.TEXT, RefusalReason.BAD_ROW),
        _field("campaign", "The campaign."),
        _must("amount", "The sum.", Form.AMOUNT, RefusalReason.BAD_AMOUNT),
        _must("currency", "ISO 4217 code.", Form.CURRENCY, RefusalReason.BAD_CURRENCY),
        _field("impressions", "How often it was shown.", Form.INTEGER),
        _field("clicks", "How often it was clicked.", Form.INTEGER),
        WHEN,
    ),
)

KINDS: dict[str, RowKind] = {
    kind.name: kind
    for kind in (
        EVENTS, CONTACTS, ACCOUNTS, CONSENTS, PRODUCTS, CATEGORIES, PRICES, STOCKS, ORDERS, RETURNS, RECEIPTS, PICKUPS,
        LOYALTY, SUBSCRIPTIONS, CAMPAIGN_RETURNS, CLAIMS, SPENDS,
    )
}  # fmt: skip
