"""Words of the scores: what is counted every night, how people are spread, who moved."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "scores.nav": ("Scores", "Scores"),
    "scores.title": ("Scores", "Scores"),
    "scores.says": (
        "Ce que chaque client vaut, où il en est et ce qui l’attire, calculé chaque nuit et expliqué.",
        "What each customer is worth, where she stands and what draws her, counted every night and explained.",
    ),
    "scores.look": ("Voir", "Look"),
    "scores.open": ("Voir « {what} »", "Look at “{what}”"),
    "scores.going": (
        "Un calcul est en cours ; il continue si vous quittez la page.",
        "A run is under way; it goes on if you leave the page.",
    ),
    "scores.people.one": ("{n} client", "{n} customer"),
    "scores.people.many": ("{n} clients", "{n} customers"),
    "scores.changed.one": ("{n} a changé", "{n} changed"),
    "scores.changed.many": ("{n} ont changé", "{n} changed"),
    "scores.not_enough": ("pas assez d’historique", "not enough history"),
    "scores.needs": ("Il faut {needs} ; il y en a {found}.", "It takes {needs}; there are {found}."),
    "scores.failed": ("le dernier calcul a échoué", "the last run failed"),
    "scores.never": ("Pas encore calculé : il l’est chaque nuit.", "Not counted yet: it is every night."),
    "scores.how": ("Comment c’est calculé", "How it is computed"),
    "scores.source": ("Source : {source}", "Source: {source}"),
    "scores.run": ("Calculer maintenant", "Count now"),
    "scores.counted": ("Calculé le {at}.", "Counted on {at}."),
    "scores.help.what": (
        "Un score range vos clients d’après leurs commandes et leurs visites. Rien ne leur est demandé.",
        "A score sorts your customers by their orders and visits. They are asked nothing.",
    ),
    "scores.help.needs": (
        "Là où l’historique ne suffit pas, aucun chiffre n’est inventé : la page dit ce qu’il manque.",
        "Where there is not enough history no figure is made up: the page says what is missing.",
    ),
    "scores.help.use": (
        "Un score sert dans un segment (« Score »), et un scénario peut partir quand il change.",
        "A score serves in a segment (“Score”), and a scenario can start when it changes.",
    ),
    "score.spread": ("Comment vos clients se répartissent", "How your customers are spread"),
    "score.spread.none": ("Aucun client n’a encore ce score.", "No customer has this score yet."),
    "score.share": ("Part", "Share"),
    "score.bar": ("Part, en barre", "Share, as a bar"),
    "score.from": ("à partir de {value}", "from {value}"),
    "score.no_label": ("sans étiquette", "no label"),
    "score.people": ("Les premiers", "The first of them"),
    "score.people.of": ("Clients : {label}", "Customers: {label}"),
    "score.value": ("Valeur", "Value"),
    "score.moved": ("Qui a bougé", "Who moved"),
    "score.moved.none": ("Personne n’a bougé en {days} jours.", "Nobody moved within {days} days."),
    "score.matrix": ("D’une étape à l’autre", "From one stage to another"),
    "score.matrix.says": (
        (
            "Combien de clients sont allés, pendant le mois, de l’étape de la ligne à celle de la colonne. Sur la "
            "diagonale, ils y sont restés."
        ),
        (
            "How many customers went, during the month, from the stage of the row to that of the column. On the "
            "diagonal they stayed."
        ),
    ),
    "score.matrix.month": ("Mois", "Month"),
    "score.matrix.from": ("De", "From"),
    "score.figures": ("Chiffres du dernier calcul", "Figures of the last run"),
    "score.figure.gold_count": ("Clients gold", "Gold customers"),
    "score.figure.buyer_count": ("Acheteurs de l’année", "Buyers of the year"),
    "score.figure.gold_revenue_minor": ("Leur chiffre d’affaires", "Their revenue"),
    "score.figure.gold_revenue_share": ("Leur part du chiffre d’affaires", "Their share of revenue"),
    "score.figure.gold_worth_minor": ("Ce qu’ils rapportent", "What they bring"),
    "score.figure.gold_worth_share": ("Leur part de ce que tous rapportent", "Their share of what all bring"),
    "score.drift.steady": ("La répartition est stable depuis un mois.", "The spread is stable since a month ago."),
    "score.drift.shifted": ("La répartition a un peu bougé en un mois.", "The spread has moved a little in a month."),
    "score.drift.moved": (
        "La répartition a nettement bougé en un mois : regardez si votre clientèle change, ou ce que le site envoie.",
        "The spread has clearly moved in a month: see whether your customers change, or what the site sends.",
    ),
    "score.help.spread": (
        "Cliquez sur une ligne du tableau pour voir ses clients.",
        "Click a row of the table to see its customers.",
    ),
    "score.help.drift": (
        "La dérive compare la répartition d’aujourd’hui à celle d’il y a un mois (indice de stabilité, PSI).",
        "Drift compares today’s spread with that of a month ago (population stability index, PSI).",
    ),
    "worth.title": ("Segments et scores", "Segments and scores"),
    "worth.see": ("Voir ses segments et ses scores", "See her segments and scores"),
    "worth.since": ("· depuis le {at}", "· since {at}"),
    "worth.why": ("Pourquoi", "Why"),
    "worth.top": ("· parmi les {share} premiers", "· among the first {share}"),
    "worth.no_segment": ("Dans aucun segment suivi.", "In no segment that is live."),
    "worth.no_score": (
        "Pas encore de score : ils sont calculés chaque nuit.",
        "No score yet: they are counted every night.",
    ),
    "worth.level": ("Niveau de service :", "Service level:"),
    "worth.level.gold": ("gold", "gold"),
    "worth.level.standard": ("standard", "standard"),
    "worth.drawn": ("Ce qui l’attire", "What draws her"),
    "worth.drawn.says": (
        "Plus que les autres clients, d’après ses visites et ses commandes. Un clic montre les pages qui l’ont dit.",
        "More than other customers, by her visits and orders. A click shows the pages that told so.",
    ),
    "worth.lift": ("{lift} fois l’intérêt habituel", "{lift} times the usual interest"),
    "worth.interest": ("Ce qui l’attire : {what}", "What draws her: {what}"),
    "worth.interest.says": (
        "Ses pages, ses paniers et ses commandes de cette catégorie chez {brand}, les plus récents d’abord.",
        "Her pages, baskets and orders of this category at {brand}, the latest first.",
    ),
    "worth.interest.none": ("Rien de récent dans cette catégorie.", "Nothing recent in this category."),
    "worth.interest.when": ("Quand", "When"),
    "worth.interest.did": ("Elle ou il a", "Did"),
    "worth.interest.what": ("Sur", "On"),
    "worth.interest.page": ("Page", "Page"),
    "worth.interest.help": (
        "Chaque action compte un petit nombre de fois par jour : une longue visite ne fait pas tout.",
        "Each action counts a few times a day at most: one long visit is not everything.",
    ),
    "worth.help": (
        "Un segment se lit dans les deux sens : la règle dit pourquoi elle y est, et ce qui l’en ferait sortir.",
        "A segment reads both ways: the rule says why she belongs, and what would make her leave.",
    ),
    "done.scores.running": ("Le calcul a commencé.", "Counting has begun."),
}
