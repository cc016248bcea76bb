"""Proposing a mapping from a file's header: used at once where it is obvious, and else printed as a start."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from comptoir.sources import files, mapping
from comptoir.sources.base import PLAIN, FileUnreadable, MappingNeeded, Sheet
from comptoir.sources.forms import Bad, Form, Writing, reader
from comptoir.sources.kinds import KINDS, Field, RowKind
from comptoir.sources.mapping import Mapping

SAMPLE_ROWS = 500
DATE_FORMATS = (
    None,
    "%Y-%m-%d %H:%M:%S UTC",
    *(day + time for day in ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y") for time in ("", " %H:%M", " %H:%M:%S")),
    "unix",
    "unix_ms",
)

_ALIASES = {
    "occurred_at": "date datetime timestamp time eventtime orderdate invoicedate createdat orderedat happenedat "
    "datecommande datefacture givenat grantedat consentedat updatedat",
    "name": "event eventname eventtype productname title nom libelle designation",
    "user_id": "userid customerid customer clientid client accountid account idclient numeroclient",
    "anonymous_id": "anonymousid visitorid visitor cookieid browserid",
    "order_id": "orderid ordernumber order invoiceno invoice invoiceid numerocommande commande idcommande",
    "line_id": "lineid orderlineid itemid idligne",
    "product_id": "productid product sku stockcode itemcode reference ref idproduit codeproduit",
    "variant_id": "variantid variant",
    "product_name": "productname description itemname libelle designation",
    "category": "category categorycode categorie rayon famille",
    "maker": "maker brand marque manufacturer fabricant",
    "quantity": "quantity qty quantite qte",
    "unit_price": "unitprice price prixunitaire prix pu",
    "price": "price prix unitprice",
    "currency": "currency devise currencycode",
    "country": "country pays countrycode",
    "email": "email mail emailaddress courriel adressemail",
    "phone": "phone telephone tel mobile phonenumber portable",
    "loyalty_card": "loyaltycard card cardnumber cartefidelite numerocarte",
    "first_name": "firstname prenom givenname",
    "last_name": "lastname nom surname familyname nomdefamille",
    "birth_on": "birthon birthday birthdate datenaissance datedenaissance",
    "language": "language langue lang locale",
    "postal_code": "postalcode zip zipcode codepostal cp",
    "city": "city ville",
    "street": "street address adresse rue",
    "contact": "contact email mail phone",
    "contact_kind": "contactkind contacttype",
    "purpose": "purpose finalite",
    "channel": "channel canal",
    "state": "state status statut etat consent",
    "text_version": "textversion version",
    "proof": "proof preuve",
    "kind": "kind movement type mouvement",
    "points": "points pts",
    "expires_on": "expireson expiry expirationdate dateexpiration",
    "cart_id": "cartid basketid idpanier panier",
    "stock": "stock inventory",
    "is_for_sale": "isforsale active available actif",
    "url": "url link lien",
    "image_url": "imageurl image picture",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A mapping made from a header."""

    text: str
    """Its YAML."""
    lacking: tuple[str, ...]
    """The needed fields for which no column was found: while there are any, it cannot be used."""

    def mapping(self) -> Mapping:
        """Give the mapping. Raises: MappingBroken while something is lacking."""
        return mapping.parse(self.text, name="proposed mapping")


def propose(path: Path, kind_name: str) -> Proposal:
    """Look at a file's header and first rows, and say which column is likely which field. Raises: FileUnreadable."""
    sheet = next(iter(files.sheets(path, PLAIN)), None)
    if sheet is None:
        raise FileUnreadable(file=str(path), why="it has no rows")
    kind = KINDS[kind_name]
    found = _columns(kind, list(sheet.columns))
    return _write(kind, found, sheet)


def obvious(path: Path, kind_name: str) -> Mapping:
    """Give the mapping that a file's header makes obvious. Raises: MappingNeeded, with a proposal to complete."""
    proposal = propose(path, kind_name)
    if proposal.lacking:
        needed = MappingNeeded(file=str(path), lacking=list(proposal.lacking))
        needed.proposal = proposal.text
        raise needed
    return proposal.mapping()


def _columns(kind: RowKind, header: Sequence[str]) -> dict[str, str]:
    """Pair fields with columns: a column of the field's own name first, then one of its other names."""
    bare = {_bare(column): column for column in reversed(header)}
    found = {field.name: bare[_bare(field.name)] for field in kind.fields if _bare(field.name) in bare}
    for field in kind.fields:
        words = _ALIASES.get(field.name, "").split()
        column = next((bare[word] for word in words if word in bare and bare[word] not in found.values()), None)
        if field.name not in found and column is not None:
            found[field.name] = column
    return found


def _bare(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(one for one in plain if one.isalnum())


def _write(kind: RowKind, found: dict[str, str], sheet: Sheet) -> Proposal:
    texts = {name: _sample(sheet, column) for name, column in found.items()}
    decimal = _decimal(kind, texts)
    date_format, is_sure = _date_format(texts.get("occurred_at", []))
    lines = ["version: 1", f"kind: {kind.name}"]
    if decimal == ",":
        lines += ["file:", '  decimal: ","']
    if date_format:
        lines += ["dates:", f'  format: "{date_format}"', "  zone: UTC   # in which zone are these times?"]
    lines.append("fields:")
    lacking = [] if is_sure else ["dates.format"]
    for field in kind.fields:
        column = found.get(field.name)
        if column is not None:
            lines.append(f"  {field.name}: {_quoted(column)}")
        elif field.needed is not None:
            lines.append(f"  # {field.name}:   # needed: {_hint(field)}")
            lacking.append(field.name)
    if kind.one_needed and not set(kind.one_needed) & found.keys():
        lines.append(f"  # one of {', '.join(kind.one_needed)} is needed")
        lacking.append(" or ".join(kind.one_needed))
    if kind.name == "events" and "name" not in found:
        lacking.append("name")
    rest = [column for column in sheet.columns if column not in found.values()]
    if rest:
        lines.append(f"  # columns left out: {', '.join(rest)}")
    return Proposal(text="\n".join(lines) + "\n", lacking=tuple(lacking))


def _hint(field: Field) -> str:
    if field.form is Form.CURRENCY:
        return "a column, or {constant: EUR}"
    return field.says


def _sample(sheet: Sheet, column: str) -> list[str]:
    return [text.strip() for text in sheet.columns[column][:SAMPLE_ROWS] if text and text.strip()]


def _decimal(kind: RowKind, texts: dict[str, list[str]]) -> str:
    """Say what the decimal mark is: a comma if more amounts can be read with it than with a point."""
    amounts = [
        text for field in kind.fields if field.form in {Form.AMOUNT, Form.NUMBER} for text in texts.get(field.name, [])
    ]

    def unreadable(decimal: str) -> int:
        read = reader(Form.AMOUNT, Writing(decimal=decimal))
        return sum(isinstance(read(text), Bad) for text in amounts)

    return "," if any("," in text for text in amounts) and unreadable(",") < unreadable(".") else "."


def _date_format(texts: list[str]) -> tuple[str | None, bool]:
    """Say how dates are written, and whether it can be nothing else: 01/02/2025 could be two days."""
    if not texts:
        return None, True
    fitting = [one for one in DATE_FORMATS if not any(isinstance(value, Bad) for value in _tried(texts, one))]
    if not fitting:
        return None, False
    return fitting[0], fitting[0] is None or not any(
        _tried(texts, fitting[0]) != _tried(texts, other) for other in fitting[1:]
    )


def _tried(texts: list[str], date_format: str | None) -> list[object]:
    read = reader(Form.INSTANT, Writing(date_format=date_format))
    return [read(text) for text in texts]


def _quoted(column: str) -> str:
    return column if column.replace("_", "").replace(" ", "").isalnum() and not column[:1].isdigit() else f'"{column}"'
