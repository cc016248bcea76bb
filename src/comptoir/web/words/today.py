"""Words of Today."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "today.nav": ("Aujourd’hui", "Today"),
    "today.title": ("Aujourd’hui", "Today"),
    "today.says": (
        "Ce que la boutique a fait, ce que Comptoir a apporté, et ce qui attend quelqu’un.",
        "What the shop did, what Comptoir brought, and what needs somebody.",
    ),
    "today.figures": ("La boutique en chiffres", "The shop in figures"),
    "today.visitor": ("Visiteurs", "Visitors"),
    "today.visitor.tells": (
        "Personnes différentes dont une visite a commencé dans la période. Les robots ne comptent pas.",
        "Different people with a visit that began in the period. Robots do not count.",
    ),
    "today.cart": ("Paniers commencés", "Carts begun"),
    "today.cart.tells": (
        "Paniers ouverts dans la période. « Laissés » : ceux d’entre eux que personne n’a plus touchés.",
        "Carts opened in the period. “Left”: those of them that nobody has touched since.",
    ),
    "today.left.one": ("dont {n} laissé", "{n} of them left"),
    "today.left.many": ("dont {n} laissés", "{n} of them left"),
    "today.sent": ("Messages partis", "Messages sent"),
    "today.sent.tells": (
        "Messages que Comptoir a remis dans la période, et ceux dont un lien a été cliqué par une personne.",
        "Messages that Comptoir handed over in the period, and those in which a person clicked a link.",
    ),
    "today.click.one": ("{n} cliqué", "{n} clicked"),
    "today.click.many": ("{n} cliqués", "{n} clicked"),
    "today.course": ("Au fil de la période : {figures}", "Over the period: {figures}"),
    "today.revenue": ("Chiffre d’affaires", "Revenue"),
    "today.revenue.tells": (
        "Ventes moins retours et remboursements de la période, par devise, comme le grand livre les tient.",
        "Sales less returns and refunds of the period, by currency, as the ledger keeps them.",
    ),
    "today.brought": ("Apporté par Comptoir", "Brought by Comptoir"),
    "today.brought.measured": (
        "mesuré face au groupe témoin : entre {low} et {high}",
        "measured against the control group: between {low} and {high}",
    ),
    "today.brought.closed": ("jours clos jusqu’au {day}", "closed days, up to {day}"),
    "today.brought.clicked": ("selon le dernier contact, non mesuré", "by the last touch, not measured"),
    "today.brought.measured.tells": (
        (
            "Ce que les personnes à qui l’on a écrit ont dépensé de plus que le groupe témoin, à qui l’on n’écrit pas. "
            "La fourchette contient la vérité 95 fois sur 100."
        ),
        (
            "What the people written to spent more than the control group, who are not written to. "
            "The range holds the truth 95 times in 100."
        ),
    ),
    "today.brought.clicked.tells": (
        (
            "Commandes dont le dernier contact fut un clic dans un message. Certaines seraient venues sans lui : "
            "la vraie mesure vient du groupe témoin, dès qu’il y a assez de jours clos."
        ),
        (
            "Orders whose last touch was a click in a message. Some would have come without it: "
            "the true measure comes from the control group, once enough days are closed."
        ),
    ),
    "today.money.none": (
        "Aucune commande dans cette période. Elles arrivent du site ou d’un import.",
        "No order in this period. They come from the site or from an import.",
    ),
    "today.needs": ("À faire", "Needs you"),
    "today.needs.none": ("Rien n’attend personne.", "Nothing needs anybody."),
    "today.refused.one": ("{n} évènement refusé cette semaine", "{n} event refused this week"),
    "today.refused.many": ("{n} évènements refusés cette semaine", "{n} events refused this week"),
    "today.refused.do": ("Voir pourquoi, corriger et rejouer", "See why, mend and replay"),
    "today.off_plan.one": (
        "{n} nouvel écart au plan de marquage",
        "{n} new departure from the tracking plan",
    ),
    "today.off_plan.many": (
        "{n} nouveaux écarts au plan de marquage",
        "{n} new departures from the tracking plan",
    ),
    "today.off_plan.do": ("Voir lesquels", "See which"),
    "today.crowd": (
        "{kind} « {value} » sert à {links} autres identifiants : un appareil de la boutique ?",
        "{kind} “{value}” is used beside {links} other identifiers: a device of the shop?",
    ),
    "today.crowd.do": ("Voir à qui il est rattaché", "See whom it belongs to"),
    "today.unknown.one": ("{n} message au sort inconnu", "{n} message of unknown fate"),
    "today.unknown.many": ("{n} messages au sort inconnu", "{n} messages of unknown fate"),
    "today.unknown.do": ("Dire s’ils sont partis", "Say whether they went"),
    "today.lag": ("Les chiffres ont {time} de retard", "The figures are {time} behind"),
    "today.lag.do": ("Voir ce qui prend du temps", "See what takes the time"),
    "today.warning.do": ("Voir la santé de l’installation", "See the health of the installation"),
    "today.silent": (
        "La source « {source} » se tait depuis {time}, d’habitude {usual} au plus",
        "Source “{source}” has been silent for {time}, usually {usual} at most",
    ),
    "today.silent.do": ("Vérifier son extrait et ses clés", "Check its snippet and keys"),
    "today.no_rate": (
        "{paid} vendus cette semaine ({count}) sont comptés à part, faute de taux de change",
        "{paid} sold this week ({count}) are counted apart, for want of an exchange rate",
    ),
    "today.no_rate.do": ("Voir quel fichier de taux manque", "See which file of rates is missing"),
    "today.bounced": (
        "{share} des e-mails de {brand} reviennent",
        "{share} of the e-mails of {brand} come back",
    ),
    "today.bounced.do": ("Voir les adresses et le domaine d’envoi", "See the addresses and the sending domain"),
    "today.complained": (
        "{share} des lecteurs de {brand} signalent ses e-mails comme indésirables",
        "{share} of the readers of {brand} report its e-mails as unwanted",
    ),
    "today.complained.do": ("Écrire moins, ou mieux", "Write less, or better"),
    "today.stopped": (
        "Le modèle « {name} » s’est arrêté de lui-même. {alert}",
        "Template “{name}” has stopped by itself. {alert}",
    ),
    "today.stopped.do": ("Corriger le modèle", "Mend the template"),
    "today.paused": ("Le scénario « {name} » est en pause", "Scenario “{name}” is paused"),
    "today.paused.do": ("Le reprendre ou le ranger", "Resume it or put it away"),
    "today.draft": ("Le brouillon de « {name} » n’est pas publié", "The draft of “{name}” is not published"),
    "today.draft.do": ("Le relire et le publier", "Look it over and publish it"),
    "today.closed.one": (
        "Les résultats de {n} journée viennent d’être arrêtés",
        "The results of {n} day were just closed",
    ),
    "today.closed.many": (
        "Les résultats de {n} journées viennent d’être arrêtés",
        "The results of {n} days were just closed",
    ),
    "today.closed.do": ("Lire les résultats", "Read the results"),
    "today.steps": ("Les cinq premiers pas", "The first five steps"),
    "today.steps.says": (
        "Chaque pas se coche de lui-même dès qu’il est vrai.",
        "Each step ticks itself as soon as it is true.",
    ),
    "today.step.done": ("fait", "done"),
    "today.step.open": ("à faire", "to do"),
    "today.step.source": ("Créer une source pour votre site", "Make a source for your site"),
    "today.step.source.why": (
        "Elle donne la clé avec laquelle le site parle à Comptoir.",
        "It gives the key with which the site speaks to Comptoir.",
    ),
    "today.step.browser": ("Coller l’extrait dans les pages du site", "Put the snippet into the site’s pages"),
    "today.step.browser.why": (
        "Coché dès qu’un navigateur a parlé à Comptoir.",
        "Ticked as soon as a browser has spoken to Comptoir.",
    ),
    "today.step.event": ("Voir arriver un premier évènement", "See a first event come in"),
    "today.step.event.why": (
        "Ouvrez votre site : la page vue apparaît dans En direct en une seconde. Un import compte aussi.",
        "Open your site: the page view shows in Live within a second. An import counts too.",
    ),
    "today.step.sender": ("Dire par quel serveur partent les e-mails", "Say which server e-mails leave by"),
    "today.step.sender.why": ("Sans lui, rien ne part.", "Without it nothing leaves."),
    "today.step.scenario": ("Mettre en route un premier scénario", "Switch a first scenario on"),
    "today.step.scenario.why": (
        "Panier abandonné est prêt : essayez-le sur vos trente derniers jours avant de le lancer.",
        "Abandoned basket is ready: try it on your last thirty days before you start it.",
    ),
    "today.help.title": ("Comment lire cette page, et que faire", "How to read this page, and what to do"),
    "today.help.period": (
        (
            "Les flèches comparent à la période précédente, prise jusqu’à la même heure. "
            "La marque, le pays et la période restent dans l’adresse : copiez-la pour un collègue."
        ),
        (
            "The arrows compare with the period before, taken up to the same hour. "
            "Brand, country and period stay in the address: copy it for a colleague."
        ),
    ),
    "today.help.brought": (
        "« Apporté par Comptoir » est mesuré si le groupe témoin le permet, sinon c’est un dernier contact, et le dit.",
        "“Brought by Comptoir” is a measure where the control group allows it, else a last touch, and says which.",
    ),
    "today.help.needs": (
        "« À faire » ne montre que ce qui attend quelqu’un, le plus grave d’abord, avec la page qui le répare.",
        "“Needs you” shows only what really needs somebody, gravest first, with the page that mends it.",
    ),
}
