"""What shops and their tools call the columns of their files, in French, English, Spanish and German."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

_ASIDE = re.compile(r"\([^)]*\)")
_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\b(?:n\s?[°º]|n[ro]\.?|num\.?|nb\.? de)(?=\s|[A-Za-z])", re.IGNORECASE)
"""`N° ticket`, `No. carte`, `Nº cliente`, `Nr. Kunde`: the number of something."""
_LITTLE = frozenset({
    "de", "du", "des", "d", "la", "le", "les", "l", "au", "aux", "en", "a", "par", "pour", "of", "the", "for", "del",
    "el", "los", "las", "y", "und", "der", "die", "das", "von", "zu",
})  # fmt: skip
"""Words that say nothing in the name of a column."""

ALIASES: dict[str, str] = {
    "occurred_at": "date datetime timestamp time eventtime orderdate invoicedate createdat orderedat happenedat "
    "datecommande datefacture givenat grantedat consentedat updatedat datedecommande dateachat dateticket datevente "
    "saledate purchasedate transactiontimestamp transactiondate soldat placedat horodatage dateheure jour day "
    "validfrom datedebut datemouvement dateretour returnedat returndate creele datecreation processedat datepiece "
    "dateoperation dateenvoi datereclamation dateinventaire dateretrait datestatut eventdate lastchanged "
    "modifiedtime updatedtime lastmodified createdateutc created createdutc starttime startutc reportingstarts "
    "debutrapport fecha fechapedido fechacompra fechaticket datum bestelldatum rechnungsdatum belegdatum kaufdatum "
    "tag lastactive heure lastmodifieddate byday",
    "name": "event eventname eventtype productname title nom libelle designation intitule nombre bezeichnung",
    "user_id": "userid customerid customer clientid client accountid account idclient numeroclient codeclient "
    "noclient customernumber compte idcompte householdid memberid customerno customercode numerocompte numerocliente "
    "idcliente cliente codigocliente kundennummer kundennr kunde kundenid",
    "anonymous_id": "anonymousid visitorid visitor cookieid browserid idvisiteur",
    "order_id": "orderid ordernumber order invoiceno invoice invoiceid numerocommande commande idcommande nocommande "
    "numcommande referencecommande ticket numeroticket ticketnumber noticket receipt receiptid receiptnumber "
    "basketid transactionid numerofacture facture orderno orderreference refcommande numeropiece numeropedido pedido "
    "idpedido bestellnummer bestellung bestellnr auftragsnummer belegnummer bonnummer rechnungsnummer",
    "line_id": "lineid orderlineid itemid idligne line ligne numeroligne numeroretour orderitemid",
    "product_id": "productid product sku stockcode itemcode reference ref idproduit codeproduit codearticle article "
    "refarticle referenceproduit ean ean13 gtin codebarres barcode upc referencearticle lineitemsku itemsku "
    "productsku refproduit codeean referencia codigo codigoarticulo articulo artikelnummer artikelnr artikel artnr",
    "variant_id": "variantid variant declinaison variante variationid",
    "product_name": "productname description itemname libelle designation nomproduit libellearticle produit "
    "lineitemname designationarticle producttitle descripcion nombreproducto producto bezeichnung artikelbezeichnung "
    "produktname produkt artikelname",
    "category": "category categorycode categorie rayon famille department departement productcategory categories "
    "producttype categoria familia kategorie warengruppe",
    "category_id": "categoryid idcategorie codecategorie category categorie",
    "parent_id": "parentid parent idparent categorieparente parentcategory",
    "is_active": "isactive active actif visible displayed affiche",
    "maker": "maker brand marque manufacturer fabricant fournisseur brands vendor marca fabricante marke hersteller",
    "quantity": "quantity qty quantite qte nombre nb qtevendue quantitevendue lineitemquantity itemquantity "
    "quantityordered quantiteretournee qteretournee returnedquantity cantidad unidades menge anzahl "
    "quantitypurchased quantitysold",
    "unit_price": "unitprice price prixunitaire prix pu puttc prixttc prixunitairettc lineitemprice itemprice "
    "itemcost prixvente preciounitario precio einzelpreis stueckpreis stuckpreis preis",
    "amount": "amount montant montantttc totalligne linetotal salesvalue montantligne total somme budget depense cout "
    "cost spend amountspent montantdepense lineamount itemtotal importe betrag kosten ausgaben gastado coste",
    "price": "price prix unitprice prixttc prixvente regularprice pricettc prixventettc tarif amount precio preis "
    "verkaufspreis recurringprice",
    "list_price": "listprice prixbarre prixpublic compareatprice prixinitial",
    "cost": "cost unitcost prixachat coutunitaire prixderevient lineitemcost precioscoste einkaufspreis",
    "currency": "currency devise currencycode codedevise monnaie moneda divisa wahrung waehrung",
    "country": "country pays countrycode codepays countryregion defaultaddresscountrycode billingcountry "
    "shippingcountry countrycodebilling countrybilling paysfacturation payslivraison cc pais land lieferland",
    "shop": "shop store storeid magasin boutique idmagasin codemagasin pointdevente pos location etablissement depot "
    "entrepot codeetablissement pointretrait warehouse tienda almacen filiale laden",
    "email": "email mail emailaddress courriel adressemail adresseemail adressecourriel emailclient customeremail "
    "emailbilling billingemail requesteremail recipient destinataire correo correoelectronico emailadresse",
    "phone": "phone telephone tel mobile phonenumber portable numerotelephone gsm sms mobilephone telephoneportable "
    "telephonemobile phonebilling billingphone defaultaddressphone telefono movil telefon telefonnummer handy "
    "mobilnummer telmobile telportable telgsm buyerphonenumber landlinenumber telfixe telephonefixe",
    "loyalty_card": "loyaltycard card cardnumber cartefidelite numerocarte carte nocarte numcarte numerocartefidelite "
    "loyaltycardnumber tarjeta numerotarjeta kundenkarte kundenkartennummer",
    "first_name": "firstname prenom givenname vorname nombre",
    "last_name": "lastname nom surname familyname nomdefamille nomfamille apellidos apellido nachname",
    "title": "title civilite titre salutation titrecivilite tratamiento anrede gender genre",
    "birth_on": "birthon birthday birthdate datenaissance datedenaissance dateofbirth dob neele fechanacimiento "
    "geburtsdatum geburtstag datenaiss naissance",
    "language": "language langue lang locale idioma sprache",
    "postal_code": "postalcode zip zipcode codepostal cp postcode defaultaddresszip billingzip postcodebilling "
    "codigopostal plz postleitzahl",
    "city": "city ville town commune localite defaultaddresscity billingcity citybilling poblacion ciudad localidad "
    "ort stadt",
    "street": "street address adresse rue address1 adresse1 voie addressline1 defaultaddressaddress1 billingaddress1 "
    "adresseligne1 direccion calle strasse streetaddress adressepostale",
    "company": "company societe entreprise raisonsociale organisation organization companyname defaultaddresscompany "
    "billingcompany empresa firma unternehmen",
    "created_on": "createdon creele datecreation since membresince inscription dateinscription creationdate createdat "
    "profilecreatedon dateadded addedtime optintime signupdate dateadhesion customersince registered fechaalta "
    "angelegtam erstelltam createdate datecreationcompte",
    "origin_form": "originform formulaire form",
    "origin_shop": "originshop magasinorigine magasininscription",
    "contact": "contact email mail phone courriel",
    "contact_kind": "contactkind contacttype",
    "purpose": "purpose finalite",
    "channel": "channel canal medium support via typecampagne campaigntype platform plateforme reseau network "
    "publisherplatform kanal canalventa",
    "state": "state status statut etat consent estado",
    "text_version": "textversion version",
    "proof": "proof preuve",
    "kind": "kind movement type mouvement event evenement action typemouvement typeevenement eventtype movementtype",
    "points": "points pts nbpoints numeropoints nombrepoints pointsmovement puntos punkte",
    "expires_on": "expireson expiry expirationdate dateexpiration expires expirele",
    "cart_id": "cartid basketid idpanier panier basket",
    "stock": "stock inventory quantity quantite qty stockdisponible onhand disponible stockreel stockquantity "
    "quantitestock variantinventoryqty existencias bestand lagerbestand",
    "is_for_sale": "isforsale active available actif availability envente disponible published publie instock",
    "url": "url link lien productlink permalink",
    "image_url": "imageurl image picture imagelink photo visuel images imagesrc",
    "coupon": "coupon couponcode codepromo promo discountcode codereduction bondereduction cupon gutschein "
    "gutscheincode",
    "discount": "discount remise reduction discountamount montantremise descuento rabatt",
    "shipping": "shipping fraisdeport livraison port fraisport shippingamount ordershippingamount shippingcost "
    "shippingtotal gastosenvio envio versand versandkosten shippingprice",
    "tax": "tax tva taxe vat taxes taxamount ordertotaltaxamount totaltax montanttva iva impuestos steuer mwst",
    "total": "total ordertotal ordertotalamount totalcommande totalttc montanttotal grandtotal totalamount totalprice "
    "totalpedido gesamtbetrag gesamtsumme bruttobetrag",
    "campaign_id": "campaignid idcampagne campaign campagne",
    "campaign": "campaign campagne campaignname nomcampagne operation campana nombrecampana kampagne kampagnenname "
    "campaigntitle",
    "link": "link url lien",
    "detail": "detail details reason motif raison",
    "subscription_id": "subscriptionid abonnement idabonnement numeroabonnement subscription contrat numerocontrat "
    "suscripcion abonummer",
    "plan": "plan formule offre producttitle",
    "every_days": "everydays period periode frequence interval",
    "next_on": "nexton nextdelivery prochaineecheance prochainelivraison nextpayment currentperiodend "
    "currentperiodendutc nextbilling nextchargedate",
    "reason": "reason motif raison motifresiliation cancellationreason",
    "claim_id": "claimid reclamation numeroreclamation idreclamation ticketid caseid dossier numerodossier ticket "
    "casenumber numeroticket",
    "subject": "subject objet sujet motif asunto betreff",
    "words": "words message texte text commentaire comment contenu description",
    "impressions": "impressions affichages vues impr impresiones impressionen",
    "clicks": "clicks clics linkclicks clicslien clicslienun klicks",
}
"""Names of a field's column without case, accents and marks. Order: the surest first."""

OF_KINDS: Mapping[str, Mapping[str, str]] = {
    "contacts": {"user_id": "id externalid extid recordid", "origin_shop": "codemagasin magasin boutique shop store"},
    "accounts": {"user_id": "id externalid extid recordid"},
    "products": {"product_id": "id", "is_for_sale": "status"},
    "categories": {"category_id": "id"},
    "subscriptions": {"subscription_id": "id"},
    "claims": {
        "claim_id": "id",
        "occurred_at": "updatedat datemiseajour lastupdate majle updated",
        "words": "description",
    },
    "orders": {"order_id": "id"},
    "returns": {"amount": "montantrembourse refundamount refundedamount"},
}
"""Names that mean a field in some kinds of rows only."""

EXPORTS: Sequence[tuple[str, frozenset[str], Mapping[str, str]]] = (
    ("orders", frozenset({"lineitemname", "lineitemprice", "name"}), {"order_id": "name", "occurred_at": "createdat"}),
    ("orders", frozenset({"orderitemid", "quantitypurchased", "itemprice"}), {"amount": "itemprice"}),
    ("receipts", frozenset({"grosssales", "netsales", "item"}), {"amount": "netsales", "product_name": "item"}),
)
"""Exports whose columns have names that mean something else elsewhere: kind, some of their columns, what these are.
Source: help.shopify.com (exporting orders), sellercentral.amazon.com (order reports), squareup.com (item details)."""
_WHOSE = frozenset({"client", "customer", "buyer", "acheteur", "contact", "cliente", "kunden", "requester"})
_TOO_SHORT = frozenset({"", "id", "name", "numero", "no", "code", "number", "type", "title", "reference"})
"""What is left of a name without whose it is, and says too little."""


def spellings(column: str) -> Iterator[str]:
    """Give a column's name as it may be listed: whole, without what stands in brackets, without little words."""
    short = _ASIDE.sub(" ", column)
    numbered = _NUMBER.sub("numero ", short)
    yield bare(column)
    yield bare(short)
    for one in (short, numbered):
        words = [plain for word in _WORD.findall(one) if (plain := bare(word)) not in _LITTLE]
        yield "".join(words)
        rest = "".join(word for word in words if word not in _WHOSE)
        if rest not in _TOO_SHORT:
            yield rest


def bare(name: str) -> str:
    """Write a name without case, accents and marks."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(one for one in plain if one.isalnum())


def words_of(kind: str, field: str) -> tuple[str, ...]:
    """List the names of a field's column. Order: what holds for this kind of rows alone comes first, but for `id`."""
    own = OF_KINDS.get(kind, {}).get(field, "").split()
    return (*(one for one in own if one != "id"), *ALIASES.get(field, "").split(), *(one for one in own if one == "id"))
