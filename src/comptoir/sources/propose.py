"""Proposing a mapping from a file's header and values: used at once where it is obvious, else printed as a start."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from comptoir.sources import files, guess, mapping
from comptoir.sources.base import PLAIN, FileUnreadable, MappingNeeded, Sheet
from comptoir.sources.forms import Bad, Form
from comptoir.sources.kinds import KINDS, Field, RowKind
from comptoir.sources.mapping import Mapping

SAMPLE_ROWS = 500
MOST_WORDS = 20
"""Different texts of a column that can be words of a field; where there are more, it is another column."""
_ALIASES = {
    "occurred_at": "date datetime timestamp time eventtime orderdate invoicedate createdat orderedat happenedat "
    "datecommande datefacture givenat grantedat consentedat updatedat datedecommande dateachat dateticket datevente "
    "saledate purchasedate transactiontimestamp transactiondate soldat placedat heure horodatage dateheure le jour day "
    "validfrom datedebut datemouvement dateretour returnedat returndate creele datecreation processedat",
    "name": "event eventname eventtype productname title nom libelle designation intitule",
    "user_id": "userid customerid customer clientid client accountid account idclient numeroclient codeclient noclient "
    "customernumber compte idcompte householdid memberid",
    "anonymous_id": "anonymousid visitorid visitor cookieid browserid idvisiteur",
    "order_id": "orderid ordernumber order invoiceno invoice invoiceid numerocommande commande idcommande nocommande "
    "numcommande referencecommande ticket numeroticket ticketnumber noticket receipt receiptid receiptnumber basketid "
    "transactionid numerofacture facture",
    "line_id": "lineid orderlineid itemid idligne line ligne numeroligne",
    "product_id": "productid product sku stockcode itemcode reference ref idproduit codeproduit codearticle article "
    "refarticle referenceproduit ean ean13 gtin codebarres barcode upc",
    "variant_id": "variantid variant declinaison variante",
    "product_name": "productname description itemname libelle designation nomproduit libellearticle produit",
    "category": "category categorycode categorie rayon famille department departement productcategory",
    "category_id": "categoryid idcategorie codecategorie category categorie",
    "parent_id": "parentid parent idparent categorieparente parentcategory",
    "is_active": "isactive active actif visible",
    "maker": "maker brand marque manufacturer fabricant fournisseur",
    "quantity": "quantity qty quantite qte nombre nb qtevendue quantitevendue",
    "unit_price": "unitprice price prixunitaire prix pu puttc prixttc prixunitairettc",
    "amount": "amount montant montantttc totalligne linetotal salesvalue montantligne total somme budget depense cout "
    "cost spend",
    "price": "price prix unitprice prixttc prixvente",
    "list_price": "listprice prixbarre prixpublic compareatprice prixinitial",
    "cost": "cost unitcost prixachat coutunitaire prixderevient",
    "currency": "currency devise currencycode codedevise monnaie",
    "country": "country pays countrycode codepays",
    "shop": "shop store storeid magasin boutique idmagasin codemagasin pointdevente pos location",
    "email": "email mail emailaddress courriel adressemail adresseemail adressecourriel",
    "phone": "phone telephone tel mobile phonenumber portable numerotelephone gsm",
    "loyalty_card": "loyaltycard card cardnumber cartefidelite numerocarte carte nocarte numcarte",
    "first_name": "firstname prenom givenname",
    "last_name": "lastname nom surname familyname nomdefamille",
    "title": "title civilite titre salutation",
    "birth_on": "birthon birthday birthdate datenaissance datedenaissance dateofbirth dob",
    "language": "language langue lang locale",
    "postal_code": "postalcode zip zipcode codepostal cp postcode",
    "city": "city ville town commune localite",
    "street": "street address adresse rue address1 adresse1 voie",
    "company": "company societe entreprise raisonsociale organisation",
    "created_on": "createdon creele datecreation since membresince inscription dateinscription",
    "origin_form": "originform formulaire form",
    "origin_shop": "originshop magasinorigine magasininscription",
    "contact": "contact email mail phone courriel",
    "contact_kind": "contactkind contacttype",
    "purpose": "purpose finalite",
    "channel": "channel canal medium support",
    "state": "state status statut etat consent",
    "text_version": "textversion version",
    "proof": "proof preuve",
    "kind": "kind movement type mouvement event evenement action",
    "points": "points pts nbpoints",
    "expires_on": "expireson expiry expirationdate dateexpiration expires expirele",
    "cart_id": "cartid basketid idpanier panier basket",
    "stock": "stock inventory quantity quantite qty stockdisponible onhand disponible",
    "is_for_sale": "isforsale active available actif availability envente disponible",
    "url": "url link lien productlink",
    "image_url": "imageurl image picture imagelink photo visuel",
    "coupon": "coupon couponcode codepromo promo",
    "discount": "discount remise reduction",
    "shipping": "shipping fraisdeport livraison port",
    "tax": "tax tva taxe vat",
    "campaign_id": "campaignid idcampagne campaign campagne",
    "campaign": "campaign campagne campaignname nomcampagne operation",
    "link": "link url lien",
    "detail": "detail details reason motif raison",
    "subscription_id": "subscriptionid abonnement idabonnement numeroabonnement subscription contrat",
    "plan": "plan formule offre",
    "every_days": "everydays period periode frequence interval",
    "next_on": "nexton nextdelivery prochaineecheance prochainelivraison nextpayment",
    "reason": "reason motif raison",
    "claim_id": "claimid reclamation numeroreclamation idreclamation ticketid caseid dossier numerodossier ticket",
    "subject": "subject objet sujet motif",
    "words": "words message texte text commentaire comment contenu",
    "impressions": "impressions affichages vues",
    "clicks": "clicks clics",
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
    """Look at a file's header and values, and say which column is likely which field. Raises: FileUnreadable."""
    with closing(files.sheets(path, PLAIN)) as sheets:
        sheet = next(sheets, None)
        if sheet is None:
            raise FileUnreadable(file=str(path), why="it has no rows")
        kind = KINDS[kind_name]
        found = _columns(kind, list(sheet.columns))
        told = _by_values(kind, found, sheet)
        dates = _dates(found.get("occurred_at"), sheet, sheets)
        return _write(kind, found, sheet, told=told, dates=dates)


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
    bare = {guess.bare(column): column for column in reversed(header)}
    found = {field.name: bare[guess.bare(field.name)] for field in kind.fields if guess.bare(field.name) in bare}
    for field in kind.fields:
        words = _ALIASES.get(field.name, "").split()
        column = next((bare[word] for word in words if word in bare and bare[word] not in found.values()), None)
        if field.name not in found and column is not None:
            found[field.name] = column
    return found


def _by_values(kind: RowKind, found: dict[str, str], sheet: Sheet) -> frozenset[str]:
    """Pair the fields that have no column yet with a column whose values look like theirs; give those fields."""
    told = set()
    for name, looks in guess.LOOKS.items():
        if kind.field(name) is None or name in found or (name == "country" and "shop" in found):
            continue
        free = [column for column in sheet.columns if column not in found.values()]
        likely = [column for column in free if looks(_sample(sheet, column))]
        if len(likely) == 1 or (likely and name != "occurred_at"):
            found[name] = likely[0]
            told.add(name)
    return frozenset(told)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dates:
    """How the dates of a column are written, whether they can be read in no other way, and what shows it."""

    format: str | None = None
    is_sure: bool = True
    because: str = ""


def _dates(column: str | None, sheet: Sheet, more: Iterator[Sheet]) -> _Dates:
    """Say how dates are written; 01/02/2025 could be two days, so then the whole column is read until one tells."""
    if column is None:
        return _Dates()
    fitting = guess.date_formats(_sample(sheet, column))
    if not fitting:
        return _Dates(is_sure=not _sample(sheet, column))
    likely, twin = fitting[0], guess.twin(fitting[0])
    if twin is None:
        return _Dates(format=likely)
    differs = False
    for one in chain([sheet], more):
        texts = list(dict.fromkeys(_texts(one, column)))
        for text, said, other in zip(texts, guess.values_of(texts, likely), guess.values_of(texts, twin), strict=True):
            if isinstance(said, Bad) != isinstance(other, Bad):
                return _Dates(format=twin if isinstance(said, Bad) else likely, because=text)
            differs = differs or said != other
    return _Dates(format=likely, is_sure=not differs)


def _write(kind: RowKind, found: dict[str, str], sheet: Sheet, *, told: Collection[str], dates: _Dates) -> Proposal:
    lines = ["version: 1", f"kind: {kind.name}", *_writing(kind, found, sheet)]
    if dates.format:
        because = f"   # {dates.because!r} can be read in no other way" if dates.because else ""
        lines += ["dates:", f'  format: "{dates.format}"{because}', "  zone: UTC   # in which zone are these times?"]
    lines.append("fields:")
    lacking = [] if dates.is_sure else ["dates.format"]
    fixed = dict(kind.fixed)
    for field in kind.fields:
        column = found.get(field.name)
        if column is not None:
            remark = "   # told by its values" if field.name in told else ""
            said, unknown = _field(field, column, _sample(sheet, column))
            lines += [said[0] + remark, *said[1:]]
            lacking += [field.name] if unknown else []
        elif field.needed is not None and field.name not in fixed:
            lines.append(f"  # {field.name}:   # needed: {_hint(field)}")
            lacking.append(field.name)
    if kind.one_needed and not set(kind.one_needed) & found.keys():
        lines.append(f"  # one of {', '.join(kind.one_needed)} is needed")
        lacking.append(" or ".join(kind.one_needed))
    if kind.name == "events" and "name" not in found:
        lacking.append("name")
    rest = [column for column in sheet.columns if column not in found.values()]
    if rest:
        lines.append(f"  # columns left out: {', '.join(_plain(column) for column in rest)}")
    return Proposal(text="\n".join(lines) + "\n", lacking=tuple(lacking))


def _writing(kind: RowKind, found: dict[str, str], sheet: Sheet) -> list[str]:
    """Say how numbers are written, where it is not with a point."""
    amounts = {Form.AMOUNT, Form.NUMBER, Form.RETURNED}
    names = [field.name for field in kind.fields if field.form in amounts and field.name in found]
    texts = [text for name in names for text in _sample(sheet, found[name])]
    decimal, thousands = guess.number_writing(texts)
    said = [f'  decimal: "{decimal}"'] if decimal == "," else []
    said += [f'  thousands: "{thousands}"'] if thousands else []
    return ["file:", *said] if said else []


def _field(field: Field, column: str, texts: Sequence[str]) -> tuple[list[str], bool]:
    """Write a field, with what its texts mean where it takes some words only; say whether one means nothing we know."""
    found = list(dict.fromkeys(texts))
    if not field.one_of or len(found) > MOST_WORDS or all(text in field.one_of for text in found):
        return [f"  {field.name}: {_quoted(column)}"], False
    meant = {text: guess.word_for(text, field.one_of) for text in found}
    takes = ", ".join(sorted(field.one_of))
    values = [
        f"      {_text(text)}: {word}" if word else f"      # {_text(text)}:   # which of {takes}?"
        for text, word in meant.items()
    ]
    return [
        f"  {field.name}:",
        f"    column: {json.dumps(column, ensure_ascii=False)}",
        "    values:",
        *values,
    ], None in meant.values()


def _text(text: str) -> str:
    return json.dumps(_plain(text), ensure_ascii=False)


def _hint(field: Field) -> str:
    if field.form is Form.CURRENCY:
        return "a column, or {constant: EUR}"
    return field.says


def _texts(sheet: Sheet, column: str) -> list[str]:
    return [text.strip() for text in sheet.columns.get(column, ()) if text and text.strip()]


def _sample(sheet: Sheet, column: str) -> list[str]:
    return [text.strip() for text in sheet.columns[column][:SAMPLE_ROWS] if text and text.strip()]


def _plain(column: str) -> str:
    """Write a column's name so that it ends no comment."""
    return "".join(one if one.isprintable() else " " for one in column)


def _quoted(column: str) -> str:
    plain = column.replace("_", "").replace(" ", "")
    is_plain = plain.isalnum() and not column[:1].isdigit() and column == column.strip()
    quoted = json.dumps(column, ensure_ascii=False)
    return column if is_plain else f"{{column: {quoted}}}" if "{" in column else quoted  # braces would be a template
