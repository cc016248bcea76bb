"""Words of Customers."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "customer.nav": ("Clients", "Customers"),
    "customer.title": ("Clients", "Customers"),
    "customer.says": (
        "Cherchez une personne par son nom, un de ses identifiants, une commande, un panier, un message.",
        "Find a person by name, by any identifier, by an order, a cart, a message.",
    ),
    "customer.none": ("Personne ne correspond à « {asked} ».", "Nobody fits “{asked}”."),
    "customer.none.do": (
        "Vérifiez l’orthographe, essayez un autre identifiant ou le numéro d’une commande.",
        "Check the spelling, try another identifier or an order’s number.",
    ),
    "customer.none.back": ("Voir les clients récents", "See recent customers"),
    "customer.several": ("Plusieurs personnes correspondent à « {asked} ».", "Several people fit “{asked}”."),
    "customer.found_by": ("trouvé par : {kind}", "found by: {kind}"),
    "customer.recent": ("Venus ces {days} derniers jours", "In touch in the last {days} days"),
    "customer.recent.none": ("Personne dans cette liste pour l’instant.", "Nobody on this list yet."),
    "customer.recent.none.do": (
        "Les clients apparaissent avec leur première visite, un import de commandes ou de contacts.",
        "Customers appear with their first visit, or an import of orders or contacts.",
    ),
    "customer.recent.most": (
        "Les {most} plus récents. Cherchez pour trouver les autres.",
        "The latest {most}. Search to find the others.",
    ),
    "customer.who.known": ("Connus", "Known"),
    "customer.who.bought": ("Ont commandé", "Ordered"),
    "customer.who.left": ("Panier laissé", "Left a cart"),
    "customer.who.written": ("Ont reçu un message", "Were written to"),
    "customer.who.everyone": ("Tous, visiteurs compris", "Everyone, visitors too"),
    "customer.column.name": ("Nom", "Name"),
    "customer.column.by": ("Connu par", "Known by"),
    "customer.column.last": ("Dernier contact", "Last in touch"),
    "customer.column.orders": ("Commandes", "Orders"),
    "customer.column.worth": ("Montant", "Amount"),
    "customer.nameless": ("Client sans nom", "Customer without a name"),
    "customer.browser_only": ("Visiteur anonyme", "Anonymous visitor"),
    # the head of a customer's pages
    "customer.pages": ("Pages de ce client", "This customer’s pages"),
    "customer.page.story": ("Histoire", "Story"),
    "customer.page.worth": ("Segments et scores", "Segments and scores"),
    "customer.page.messages": ("Messages et raisons", "Messages and reasons"),
    "customer.page.identity": ("Pourquoi une seule personne", "Why one person"),
    "customer.paused": ("En pause jusqu’au {day}", "Paused until {day}"),
    "customer.stopped": ("Ne reçoit plus de message", "Gets no messages"),
    "customer.act": ("Agir", "Act"),
    "customer.pause": ("Mettre en pause 30 jours", "Pause for 30 days"),
    "customer.pause.end": ("Finir la pause", "End the pause"),
    "customer.stop": ("Ne plus lui écrire", "Stop messages"),
    "customer.stop.warn.one": (
        "Plus aucun message ne partira vers {n} adresse, pas même ceux qui attendent. On peut revenir en arrière.",
        "No message will leave for {n} address, not even those that wait. It can be taken back.",
    ),
    "customer.stop.warn.many": (
        "Plus aucun message ne partira vers {n} adresses, pas même ceux qui attendent. On peut revenir en arrière.",
        "No message will leave for {n} addresses, not even those that wait. It can be taken back.",
    ),
    "customer.stop.confirm": ("Oui, ne plus lui écrire", "Yes, stop messages"),
    "customer.lift": ("Lui écrire à nouveau", "Write again"),
    "customer.export": ("Emporter ses données (JSON)", "Take their data along (JSON)"),
    "customer.export.tells": (
        "Tout ce que Comptoir sait d’elle : c’est le droit d’accès.",
        "All that Comptoir knows of them: that is the right of access.",
    ),
    "done.customer.paused": ("Aucun message ne partira pendant 30 jours.", "No message will leave for 30 days."),
    "done.customer.resumed": ("La pause est finie.", "The pause is over."),
    "done.customer.stopped": (
        "Plus aucun message ne partira vers ses adresses.",
        "No message will leave for their addresses.",
    ),
    "done.customer.lifted": (
        "Les messages peuvent repartir, si elle y consent. Une adresse qui revenait reste arrêtée.",
        "Messages may leave again, if they agree. An address that bounced stays stopped.",
    ),
    "done.customer.cut": (
        "Séparés. L’histoire suit dans quelques secondes ; « Séparations » permet de revenir en arrière.",
        "Parted. The story follows within seconds; “Cuts” lets you take it back.",
    ),
    "done.customer.joined": (
        "Réunis. L’histoire suit dans quelques secondes.",
        "Joined. The story follows within seconds.",
    ),
    # figures
    "customer.figures": ("En chiffres", "In figures"),
    "customer.first_seen": ("Première visite", "First visit"),
    "customer.last_seen": ("Dernière visite", "Last visit"),
    "customer.sessions": ("Visites", "Visits"),
    "customer.worth": ("Achats depuis toujours", "Purchases, lifetime"),
    "customer.worth.tells": (
        "Ventes moins retours, telles que le grand livre les tient. Le panier moyen est par commande.",
        "Sales less returns, as the ledger keeps them. The average is an order’s.",
    ),
    "customer.average": ("{amount} en moyenne", "{amount} on average"),
    "customer.returned": ("dont {amount} retournés", "{amount} returned"),
    "customer.last_order": ("dernière commande le {day}", "last order on {day}"),
    "customer.points": ("Points de fidélité", "Loyalty points"),
    "customer.never": ("jamais", "never"),
    "customer.orders.one": ("{n} commande", "{n} order"),
    "customer.orders.many": ("{n} commandes", "{n} orders"),
    # who she is
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
    "customer.identifiers.more": ("Tout voir, et séparer", "See all, and part"),
    "customer.links": ("Liens", "Links"),
    "customer.link.and": ("et", "and"),
    "customer.identity.says": (
        "Les identifiants de cette personne, ce qui les a réunis et dans quel ordre.",
        "This person’s identifiers, what brought them together, and in which order.",
    ),
    "customer.identity.known": ("Identifiants", "Identifiers"),
    "customer.column.kind": ("Sorte", "Kind"),
    "customer.column.value": ("Valeur", "Value"),
    "customer.column.first": ("Vu d’abord", "First seen"),
    "customer.column.last_seen": ("Vu en dernier", "Last seen"),
    "customer.column.part": ("Séparer", "Part"),
    "customer.part": ("Séparer", "Part"),
    "customer.part.of": ("Séparer {value}", "Part {value}"),
    "customer.joined": ("Ce qui les relie", "What joins them"),
    "customer.apart": ("Gardé, mais ne relie pas", "Kept, but does not join"),
    "customer.apart.says": (
        "Ces liens ont été vus, et écartés pour ne pas mêler deux personnes.",
        "These links were seen, and set aside so as not to mix two people up.",
    ),
    "customer.history": ("Comment elle s’est formée", "How this person came together"),
    "customer.history.none": ("Rien ne s’est encore réuni.", "Nothing has come together yet."),
    "customer.history.step": ("{gone} rejoint {kept}", "{gone} joins {kept}"),
    "customer.cuts": ("Séparations", "Cuts"),
    "customer.cuts.by": ("par {by}", "by {by}"),
    "customer.cuts.undo": ("Revenir en arrière", "Take back"),
    "customer.cut.title": ("Séparer un identifiant", "Part an identifier"),
    "customer.cut.says": (
        (
            "Voici ce que chaque côté garderait. Rien n’est perdu : visites, paniers et commandes suivent "
            "leur identifiant, et l’on peut revenir en arrière."
        ),
        (
            "This is what each side would keep. Nothing is lost: visits, carts and orders follow their identifier, "
            "and it can be taken back."
        ),
    ),
    "customer.side.left": ("Reste ici", "Stays here"),
    "customer.side.restored": ("Devient une autre personne", "Becomes another person"),
    "customer.side.other": ("N’est plus relié à personne d’autre", "Is joined to nobody else any more"),
    "customer.cut.warn.one": ("{n} lien sera coupé.", "{n} link will be cut."),
    "customer.cut.warn.many": ("{n} liens seront coupés.", "{n} links will be cut."),
    "customer.cut.confirm": ("Séparer", "Part"),
    # what is known
    "customer.traits": ("Ce que nous savons", "What we know"),
    "customer.traits.none": (
        "Rien encore. Cela vient du site quand elle s’identifie, ou d’un import de contacts.",
        "Nothing yet. It comes from the site when they sign in, or from an import of contacts.",
    ),
    "customer.record": ("La fiche de référence", "The reference record"),
    "customer.record.says": (
        (
            "Pour chaque champ, une valeur vaut : confirmée avant dite, valable avant douteuse, puis la source que "
            "vous croyez d’abord, la plus complète, la plus récente. Les autres restent visibles."
        ),
        (
            "One value stands for each field: confirmed before claimed, valid before doubtful, then the source you "
            "believe first, the most complete, the latest. The others stay visible."
        ),
    ),
    "customer.record.none": ("rien de valable", "nothing valid"),
    "customer.record.refused": ("tout ce qui est dit a été refusé", "all that is said was refused"),
    "customer.record.lost": ("refusée", "refused"),
    "customer.record.field": ("Champ", "Field"),
    "customer.record.value": ("Ce qui vaut", "What stands"),
    "customer.record.why": ("Pourquoi", "Why"),
    "customer.record.others": ("Ce que disent les autres", "What others say"),
    "customer.record.agree": ("dit aussi par {sources}", "also said by {sources}"),
    "customer.others.one": ("{n} autre valeur", "{n} other value"),
    "customer.others.many": ("{n} autres valeurs", "{n} other values"),
    "customer.column.origin": ("D’où", "Where from"),
    "customer.affinities": ("Ce qu’elle a regardé", "Looked at lately"),
    "customer.affinities.says": (
        "90 derniers jours ; ce qui est récent et mis au panier pèse plus.",
        "Last 90 days; what is recent, or went into the cart, weighs more.",
    ),
    "customer.affinities.none": ("Aucun produit vu en 90 jours.", "No product seen in 90 days."),
    "customer.affinity.category": ("Catégories", "Categories"),
    "customer.affinity.product": ("Produits", "Products"),
    "customer.times.one": ("{n} fois", "{n} time"),
    "customer.times.many": ("{n} fois", "{n} times"),
    "customer.consents": ("Consentements", "Consents"),
    "customer.consents.none": (
        "Aucun mot sur le consentement : aucun message de marketing ne partira.",
        "No word on consent: no marketing message will leave.",
    ),
    "customer.proof": ("Preuve", "Proof"),
    "customer.consent.text": ("Mots acceptés, version {version}", "Words agreed to, version {version}"),
    "customer.consent.no_text": ("les mots ne sont pas gardés ici", "the words are not kept here"),
    "customer.consent.source": ("dit par {source}", "said by {source}"),
    "customer.runs": ("En ce moment dans", "Now in"),
    "customer.runs.since": ("à l’étape {step}, depuis le {at}", "at step {step}, since {at}"),
    "customer.runs.due": ("prochaine étape le {at}", "next step on {at}"),
    # the story
    "customer.timeline": ("Histoire", "Story"),
    "customer.timeline.none": ("Rien à raconter ici pour l’instant.", "Nothing to tell here yet."),
    "customer.timeline.all": ("Tout", "All"),
    "customer.timeline.more": ("La suite, plus ancienne", "More, earlier"),
    "customer.timeline.newest": ("Revenir au plus récent", "Back to the latest"),
    # messages
    "customer.messages.says": (
        "Tout message envisagé pour cette personne : parti, remis à plus tard, écarté ou retenu, et pourquoi.",
        "Every message wished for this person: sent, put off, dropped or held out, and why.",
    ),
    "customer.messages.none": (
        "Aucun message n’a été envisagé pour cette personne.",
        "No message was wished for this person.",
    ),
    "customer.messages.none.do": (
        "Il en vient quand un scénario en route la concerne.",
        "They come once a scenario that runs concerns them.",
    ),
    "customer.messages.to_scenarios": ("Voir les scénarios", "See the scenarios"),
    "customer.outcome.sent": ("Partis", "Sent"),
    "customer.outcome.waiting": ("En attente", "Waiting"),
    "customer.outcome.stopped": ("Écartés", "Dropped"),
    "customer.outcome.held_out": ("Groupe témoin", "Control group"),
    "customer.run.live": ("en cours", "going on"),
    "customer.run.finished": ("terminé", "finished"),
    "customer.run.exited": ("sorti", "left"),
    "customer.passages": ("Ses passages dans les scénarios", "Ways through scenarios"),
    # help
    "customer.help.title": ("Comment lire cette page, et que faire", "How to read this page, and what to do"),
    "customer.help.find": (
        "Tapez ce que le client vous donne : un nom, une adresse, un numéro de commande, une carte de fidélité.",
        "Type what the customer gives you: a name, an address, an order number, a loyalty card.",
    ),
    "customer.help.one": (
        "Deux personnes mêlées ? « Tout voir, et séparer » montre ce que chaque côté garderait avant de couper.",
        "Two people mixed up? “See all, and part” shows what each side would keep before anything is cut.",
    ),
    "customer.help.why": (
        "« Messages et raisons » dit pourquoi elle a reçu ceci, et pas cela.",
        "“Messages and reasons” says why they got this, and not that.",
    ),
    "customer.help.care": (
        "« Agir » : une pause vaut 30 jours ; un arrêt tient jusqu’à ce qu’on le lève.",
        "“Act”: a pause lasts 30 days; a stop stands until somebody takes it back.",
    ),
}
