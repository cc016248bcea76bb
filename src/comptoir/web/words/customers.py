"""Words of Customers."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "customer.nav": ("Clients", "Customers"),
    "customer.title": ("Clients", "Customers"),
    "customer.says": (
        "Cherchez une personne par n’importe lequel de ses identifiants, ou par une commande, un panier, un message.",
        "Find a person by any identifier, or by an order, a cart, a message.",
    ),
    "customer.start": (
        "Tapez ce que le client vous donne : l’adresse, le numéro de commande, la carte de fidélité.",
        "Type what the customer gives you: the address, the order number, the loyalty card.",
    ),
    "customer.none": ("Personne ne correspond à « {asked} ».", "Nobody fits “{asked}”."),
    "customer.none.do": (
        "Vérifiez l’orthographe, essayez un autre identifiant ou le numéro d’une commande.",
        "Check the spelling, try another identifier or an order’s number.",
    ),
    "customer.several": ("Plusieurs personnes correspondent à « {asked} ».", "Several people fit “{asked}”."),
    "customer.found_by": ("trouvé par : {kind}", "found by: {kind}"),
    "customer.nameless": ("Client sans nom", "Customer without a name"),
    "customer.browser_only": ("Visiteur anonyme", "Anonymous visitor"),
    "customer.first_seen": ("Première visite", "First visit"),
    "customer.last_seen": ("Dernière visite", "Last visit"),
    "customer.sessions": ("Visites", "Visits"),
    "customer.worth": ("Achats", "Purchases"),
    "customer.never": ("jamais", "never"),
    "customer.orders.one": ("{n} commande", "{n} order"),
    "customer.orders.many": ("{n} commandes", "{n} orders"),
    "customer.identifiers": ("Pourquoi c’est une seule personne", "Why this is one person"),
    "customer.identifiers.says.one": ("{n} identifiant, et ce qui les relie.", "{n} identifier, and what joins them."),
    "customer.identifiers.says.many": (
        "{n} identifiants, et ce qui les relie.",
        "{n} identifiers, and what joins them.",
    ),
    "customer.identifiers.alone": (
        "Un seul identifiant : rien n’a encore relié cette personne à un autre.",
        "One identifier: nothing has joined this person to another yet.",
    ),
    "customer.links": ("Liens", "Links"),
    "customer.link.and": ("et", "and"),
    "customer.traits": ("Ce que nous savons", "What we know"),
    "customer.traits.none": (
        "Aucun trait. Ils viennent d’un « identify » du site ou d’un import de contacts.",
        "No trait. They come from an identify of the site or an import of contacts.",
    ),
    "customer.consents": ("Consentements", "Consents"),
    "customer.consents.none": (
        "Aucun mot sur le consentement : aucun message de marketing ne partira.",
        "No word on consent: no marketing message will leave.",
    ),
    "customer.proof": ("preuve", "proof"),
    "customer.timeline": ("Histoire", "Story"),
    "customer.timeline.none": (
        "Rien n’est encore arrivé avec cette personne.",
        "Nothing has happened with this person yet.",
    ),
    "customer.timeline.cut": ("Les {most} faits les plus récents.", "The latest {most} facts."),
    "customer.timeline.all": ("Tout", "All"),
    "customer.cut": (
        "Deux personnes mêlées ? comptoir identity cut les sépare, et rien n’est perdu.",
        "Two people mixed up? comptoir identity cut parts them, and nothing is lost.",
    ),
}
