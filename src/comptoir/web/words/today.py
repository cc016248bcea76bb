"""Words of Today."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "today.nav": ("Aujourd’hui", "Today"),
    "today.title": ("Aujourd’hui", "Today"),
    "today.says": (
        "Ce que la boutique a fait depuis minuit, les sept derniers jours à côté, et ce qui demande un coup d’œil.",
        "What the shop did since midnight, the last seven days beside it, and what needs a look.",
    ),
    "today.visitors": ("Visiteurs", "Visitors"),
    "today.visitors.tells": (
        "Profils différents dont une visite a commencé dans la période, robots exclus.",
        "Different profiles with a visit that began in the period, robots left out.",
    ),
    "today.events": ("Évènements", "Events"),
    "today.events.tells": (
        "Évènements acceptés dans la période, robots exclus.",
        "Events accepted in the period, robots left out.",
    ),
    "today.carts_open": ("Paniers ouverts", "Open carts"),
    "today.carts_open.tells": (
        "Paniers actifs dans la période, encore ouverts ou au paiement.",
        "Carts with an action in the period that are open or at checkout.",
    ),
    "today.carts_abandoned": ("Paniers abandonnés", "Abandoned carts"),
    "today.carts_abandoned.tells": (
        "Paniers actifs dans la période, laissés sans suite au-delà du délai d’abandon.",
        "Carts with an action in the period, left alone for longer than the abandonment time.",
    ),
    "today.orders": ("Commandes", "Orders"),
    "today.orders.tells": (
        "Commandes vendues dans la période, toutes devises.",
        "Orders sold in the period, all currencies.",
    ),
    "today.week": ("{figure} sur 7 jours", "{figure} in 7 days"),
    "today.days": ("Chaque jour de la semaine passée : {figures}", "Each day of the past week: {figures}"),
    "today.money": ("Chiffre d’affaires", "Revenue"),
    "today.money.says": (
        "Ventes moins retours. Apporté par Comptoir : commandes dont le dernier contact fut un clic dans un message.",
        "Sales less returns. Brought by Comptoir: orders whose last touch was a click in one of our messages.",
    ),
    "today.money.currency": ("Devise", "Currency"),
    "today.money.orders": ("Commandes", "Orders"),
    "today.money.today": ("Aujourd’hui", "Today"),
    "today.money.week": ("7 jours", "7 days"),
    "today.money.brought": ("Apporté par Comptoir, 7 jours", "Brought by Comptoir, 7 days"),
    "today.money.none": (
        "Aucune commande ces sept derniers jours. Elles arrivent par le site (« Order Completed ») ou par un import.",
        "No order in the last seven days. They come from the site (“Order Completed”) or from an import.",
    ),
    "today.attention": ("À regarder", "Needs a look"),
    "today.attention.none": ("Rien à signaler.", "All is well."),
    "today.refused.one": ("{n} évènement refusé depuis 7 jours", "{n} event refused in 7 days"),
    "today.refused.many": ("{n} évènements refusés depuis 7 jours", "{n} events refused in 7 days"),
    "today.refused.do": ("Voir lesquels, et pourquoi", "See which, and why"),
    "today.unknown.one": ("{n} message au sort inconnu depuis 7 jours", "{n} message of unknown fate in 7 days"),
    "today.unknown.many": ("{n} messages au sort inconnu depuis 7 jours", "{n} messages of unknown fate in 7 days"),
    "today.unknown.do": (
        "Ils ne seront jamais renvoyés d’eux-mêmes. La liste : comptoir results",
        "They are never sent again by themselves. The list: comptoir results",
    ),
    "today.lag": (
        "Le moteur a {seconds} s de retard sur les arrivées.",
        "The engine is {seconds} s behind what comes in.",
    ),
    "today.lag.do": (
        "Il rattrape de lui-même ; la mesure est sur /metrics.",
        "It catches up by itself; /metrics has the measure.",
    ),
    "today.warning.do": ("Le journal du moteur en dit plus.", "The engine’s log says more."),
    "today.nothing": ("Rien n’est encore arrivé.", "Nothing has come in yet."),
    "today.nothing.do": (
        "Créez une source, puis collez son extrait dans les pages du site ou importez un fichier :",
        "Make a source, then put its snippet into the site’s pages or import a file:",
    ),
}
