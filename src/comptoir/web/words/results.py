"""Words of Results."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "results.nav": ("Résultats", "Results"),
    "results.title": ("Résultats", "Results"),
    "results.says": (
        "Ce que les messages ont rapporté, face à ceux qui n’en ont pas reçu.",
        "What messages brought, beside people who got none.",
    ),
    "results.empty": (
        "Aucun scénario n’a encore écrit à personne sur ces jours.",
        "No scenario wrote to anybody in these days.",
    ),
    "results.empty.do": (
        "Mettez un scénario en marche, ou regardez une période plus longue.",
        "Switch a scenario on, or look at a longer period.",
    ),
    "results.scenarios": ("Ce que chaque scénario apporte", "What each scenario brings"),
    "results.column.scenario": ("Scénario", "Scenario"),
    "results.column.step": ("Étape et message", "Step and message"),
    "results.version": ("version {version}", "version {version}"),
    "results.attributed": ("Ventes créditées", "Credited sales"),
    "results.brought": ("Ce qu’il apporte vraiment", "What it really brings"),
    "results.between": ("entre {low} et {high}", "between {low} and {high}"),
    "results.legend": (
        (
            "Le trait va de la plus basse à la plus haute valeur plausible (95 % de confiance) ; la barre verticale "
            "est zéro. Un point plein est sûr, un point vide ne l’est pas encore. Les commandes comptent {days} "
            "jours après le message."
        ),
        (
            "The line goes from the lowest to the highest plausible value (95% confidence); the upright bar is "
            "zero. A filled dot is sure, an empty one is not yet. Orders count for {days} days after the message."
        ),
    ),
    "results.interval": ("{total}, plausible entre {low} et {high}", "{total}, plausible between {low} and {high}"),
    "results.clear": ("rapporte", "brings money"),
    "results.clear.less": ("fait perdre", "loses money"),
    "results.not_clear": ("pas encore sûr", "not sure yet"),
    "results.too_few": ("trop peu de monde", "too few people"),
    "results.clear.says": (
        "Il rapporte {total} de plus que si l’on n’avait rien envoyé (entre {low} et {high}).",
        "It brings {total} more than if nothing had been sent (between {low} and {high}).",
    ),
    "results.clear.less.says": (
        (
            "Il fait perdre {total} : ceux qui n’ont rien reçu ont plus acheté (entre {low} et {high}). Arrêtez-le "
            "et relisez-le."
        ),
        "It loses {total}: those who got nothing bought more (between {low} and {high}). Stop it and read it again.",
    ),
    "results.not_clear.says": (
        "Il semble apporter {total}, mais le hasard suffit à l’expliquer (entre {low} et {high}).",
        "It seems to bring {total}, but chance alone can explain it (between {low} and {high}).",
    ),
    "results.clear_on": (
        "Au rythme actuel, ce serait sûr vers le {day}, si l’écart reste le même.",
        "At the present pace it would be sure around {day}, if the difference stays the same.",
    ),
    "results.clear_never": (
        "Au rythme actuel, il faudrait plus de deux ans pour le savoir : agrandissez le groupe témoin.",
        "At the present pace it would take more than two years to know: make the control group larger.",
    ),
    "results.too_few.says": (
        "Pour comparer, il faut {fewest} personnes de chaque côté ; le groupe témoin en a {control}.",
        "To compare, each side needs {fewest} people; the control group has {control}.",
    ),
    "results.enough_on": (
        "Au rythme actuel, ce sera le cas vers le {day}.",
        "At the present pace that will be around {day}.",
    ),
    "results.no_orders": ("Personne n’a encore commandé.", "Nobody has ordered yet."),
    "results.ratio.alarm": (
        (
            "Le groupe témoin compte {control} personnes, il en faudrait environ {expected} : le tirage ou les "
            "données ont un défaut, ne vous fiez pas à cette comparaison."
        ),
        (
            "The control group has {control} people, about {expected} were due: the draw or the data is at fault, do "
            "not trust this comparison."
        ),
    ),
    "results.ratio.tag": ("groupe témoin faussé", "control group skewed"),
    "results.ratio.fine": (
        "Le groupe témoin a la taille voulue : {control} personnes pour environ {expected} attendues.",
        "The control group is as large as it should be: {control} people for about {expected} expected.",
    ),
    "results.ratio.unknown": (
        "Trop peu de monde encore pour vérifier la taille du groupe témoin.",
        "Too few people yet to check the size of the control group.",
    ),
    "results.arm": ("Groupe", "Group"),
    "results.arm.treated": ("ont pu recevoir le message", "could get the message"),
    "results.arm.control": ("groupe témoin, rien reçu", "control group, got nothing"),
    "results.arm.people": ("Personnes", "People"),
    "results.arm.buyers": ("Ont acheté", "Bought"),
    "results.arm.rate": ("Part qui achète", "Share that buys"),
    "results.arm.orders": ("Commandes", "Orders"),
    "results.arm.revenue": ("Ventes", "Sales"),
    "results.arm.a_person": ("Par personne", "A person"),
    "results.contaminated.one": (
        "{n} personne se trouvait dans les deux groupes : elle n’est pas comptée.",
        "{n} person stood in both groups and is left out.",
    ),
    "results.contaminated.many": (
        "{n} personnes se trouvaient dans les deux groupes : elles ne sont pas comptées.",
        "{n} people stood in both groups and are left out.",
    ),
    "results.window": (
        "Chacun est suivi {days} jours à partir du tirage, que le message soit parti ou non.",
        "Everybody is followed for {days} days from the draw, whether the message left or not.",
    ),
    "results.one.says": (
        "De ceux à qui il voulait écrire jusqu’aux commandes, et ce qui se serait passé sans lui.",
        "From those it wanted to write to up to the orders, and what would have happened without it.",
    ),
    "results.funnel": ("Du souhait à la commande", "From the wish to the order"),
    "results.beside": ("À côté", "Beside that"),
    "results.pressure": ("Pression dépensée", "Pressure spent"),
    "results.crowded_out.one": ("a pris la place de {n} autre", "took the place of {n} other"),
    "results.crowded_out.many": ("a pris la place de {n} autres", "took the place of {n} others"),
    "results.dropped": ("Pourquoi des messages ne sont pas partis", "Why messages did not leave"),
    "results.dropped.says": (
        "Chaque message qui n’est pas parti a une raison ; le plus souvent, c’est une bonne raison.",
        "Each message that did not leave has a reason; most often a good one.",
    ),
    "results.share": ("Part", "Share"),
    "results.credited": ("Ventes créditées aux messages", "Sales credited to messages"),
    "results.credited.says": (
        "Un message a eu sa part dans ces commandes. Cela ne dit pas qu’elles n’auraient pas eu lieu sans lui.",
        "A message had a hand in these orders. That does not say they would not have come without it.",
    ),
    "results.credited.none": ("Aucune commande après un clic.", "No order after a click."),
    "results.way": ("Comment", "How"),
    "results.way.last_touch": ("dernier contact avant la commande", "last touch before the order"),
    "results.way.first_touch": ("premier contact du panier", "first touch of the cart"),
    "results.way.clicked": ("clic dans les sept jours avant", "click in the seven days before"),
    "results.steps": ("Étape par étape", "Step by step"),
    "results.brands": ("Marque par marque", "Brand by brand"),
    "results.everything": ("Tous les messages ensemble", "All messages together"),
    "results.everything.says": (
        "Tous ceux à qui un scénario a pu écrire, face au groupe témoin universel qui ne reçoit jamais de marketing.",
        "Everybody any scenario could write to, beside the universal control group that never gets marketing.",
    ),
    "results.touches": ("Ventes par premier et dernier contact", "Sales by first and last touch"),
    "results.touches.says": (
        "D’où venait le panier quand il a été ouvert, et d’où il venait juste avant la commande.",
        "Where the cart came from when it was opened, and where just before the order.",
    ),
    "results.touches.in": ("En {currency}", "In {currency}"),
    "results.turned": (
        "Dont {paid} ({count}), comptés {amount} au taux du jour de chaque vente.",
        "Of this, {paid} ({count}) count as {amount}, by the rate of each sale’s day.",
    ),
    "results.not_turned": (
        "{paid} ({count}) sont à part : pas de taux de ces jours dans le fichier de taux (réglage shop.rates_file).",
        "{paid} ({count}) stand apart: no rate of those days is in the file of rates (setting shop.rates_file).",
    ),
    "results.touch.first": ("Premier contact", "First touch"),
    "results.touch.last": ("Dernier contact", "Last touch"),
    "results.total": ("Total", "Total"),
    "results.channel": ("Canal", "Channel"),
    "results.campaign": ("Campagne", "Campaign"),
    "results.claimed": ("Non confirmé", "Not confirmed"),
    "results.claimed.tells": (
        "Commandes annoncées par une page du site, sans confirmation d’un serveur : elles ne sont pas dans les ventes.",
        "Orders that a page of the site told and no server has confirmed: they are not in the sales.",
    ),
    "results.closed": ("Ce qui est dit reste dit", "What was said stays said"),
    "results.closed.says": (
        "Les jours avant le {day} sont clos : leurs chiffres restent ceux qui ont été écrits alors.",
        "Days before {day} are closed: their figures stay as they were written then.",
    ),
    "results.closed.none": (
        (
            "Aucun jour n’est encore clos : un jour se ferme {days} jours plus tard, quand plus aucune commande ne "
            "peut s’y ajouter."
        ),
        "No day is closed yet: a day closes {days} days later, when no order can be added to it.",
    ),
    "results.restated.one": ("{n} correction apportée depuis", "{n} correction since"),
    "results.restated.many": ("{n} corrections apportées depuis", "{n} corrections since"),
    "results.restated.list": ("Corrections", "Corrections"),
    "results.restated.day": ("Jour", "Day"),
    "results.restated.what": ("Chiffre", "Figure"),
    "results.restated.change": ("Différence", "Difference"),
    "results.how": ("Comment c’est compté", "How it is counted"),
    "results.how.says": (
        "Ce que dit chaque chiffre, et plus bas la question exacte posée aux données.",
        "What each figure says, and below the exact question put to the data.",
    ),
    "results.how.results_measures": (
        "Messages, commandes et groupes témoins, en SQL",
        "Messages, orders and control groups, in SQL",
    ),
    "results.visits": ("D’où viennent les visites", "Where visits come from"),
    "results.visits.says": (
        (
            "Quel réseau, quel moteur amène du monde, et du monde qui s’intéresse : une visite compte comme engagée "
            "dès deux pages vues, dix secondes passées ou un panier rempli."
        ),
        (
            "Which network or engine brings people, and people who take an interest: a visit counts as engaged from "
            "two pages seen, ten seconds spent or a cart filled."
        ),
    ),
    "results.visits.count": ("Visites", "Visits"),
    "results.visits.people": ("Personnes", "People"),
    "results.visits.engaged": ("Engagées", "Engaged"),
    "results.visits.pages": ("Pages par visite", "Pages a visit"),
    "results.visits.carts": ("Paniers", "Carts"),
    "results.how.visits_by_channel": ("Visites par canal, en SQL", "Visits by channel, in SQL"),
    "results.how.results_currencies": ("Ventes en d’autres monnaies, en SQL", "Sales in other currencies, in SQL"),
    "results.how.results_revenue": ("Ventes par contact, en SQL", "Sales by touch, in SQL"),
    "results.count.candidates": ("Souhaits d’écrire", "Wishes to write"),
    "results.count.eligible": ("Pouvaient recevoir", "Could receive"),
    "results.count.held_out": ("Groupe témoin", "Control group"),
    "results.count.sent": ("Envoyés", "Sent"),
    "results.count.delivered": ("Arrivés", "Delivered"),
    "results.count.clicked": ("Cliqués", "Clicked"),
    "results.count.ordered": ("Commandes après clic", "Orders after a click"),
    "results.count.deferred": ("Remis à plus tard", "Deferred"),
    "results.count.failed": ("Échoués", "Failed"),
    "results.count.unknown": ("Sort inconnu", "Of unknown fate"),
    "results.count.bounced": ("Revenus", "Bounced"),
    "results.count.unsubscribed": ("Désabonnements", "Unsubscribed"),
    "results.count.complained": ("Signalés indésirables", "Complaints"),
    "results.count.robot_clicked": ("Clics de robots", "Robots’ clicks"),
    "results.count.dropped": ("Pas envoyés", "Not sent"),
    "results.count.attributed": ("Ventes créditées", "Credited sales"),
    "results.count.brought": ("Ce qu’il apporte vraiment", "What it really brings"),
    "results.count.sample_ratio": ("Taille du groupe témoin", "Size of the control group"),
    "results.count.contaminated": ("Dans les deux groupes", "In both groups"),
    "results.count.pressure": ("Pression dépensée", "Pressure spent"),
    "results.count.restated": ("Corrections", "Corrections"),
    "results.tells.candidates": (
        "Chaque fois que le scénario a voulu écrire à quelqu’un.",
        "Each time the scenario wanted to write to somebody.",
    ),
    "results.tells.eligible": (
        "Souhaits pour une personne qui a une adresse et un consentement. Le groupe témoin est tiré parmi elles.",
        "Wishes for a person with an address and a consent. The control group is drawn among them.",
    ),
    "results.tells.held_out": (
        "Souhaits retenus exprès, pour savoir ce qui se passe sans message.",
        "Wishes held back on purpose, to know what happens without a message.",
    ),
    "results.tells.sent": ("Messages remis au serveur de courrier.", "Messages handed to the mail server."),
    "results.tells.delivered": ("Messages acceptés et jamais revenus.", "Messages accepted that never bounced."),
    "results.tells.clicked": (
        "Messages où une personne a cliqué, une fois chacun ; les robots sont à part.",
        "Messages in which a person clicked, once each; robots are apart.",
    ),
    "results.tells.ordered": (
        "Commandes passées dans les sept jours après un clic ; chacune revient au dernier clic de ce scénario.",
        "Orders within seven days of a click; each belongs to the latest click of this scenario.",
    ),
    "results.tells.deferred": (
        "Messages qui attendent en ce moment que la personne ait de la place.",
        "Messages that wait now until there is room for the person.",
    ),
    "results.tells.failed": ("Messages que le serveur a refusés pour de bon.", "Messages the server refused for good."),
    "results.tells.unknown": (
        "La ligne a coupé au mauvais moment : on ne sait pas, et l’on ne renvoie pas.",
        "The line broke at the wrong moment: nobody knows, and it is not sent again.",
    ),
    "results.tells.bounced": (
        "Messages revenus : l’adresse n’existe plus.",
        "Messages that came back: the address is gone.",
    ),
    "results.tells.unsubscribed": (
        "Désabonnements faits depuis un de ces messages.",
        "Unsubscriptions made from one of these messages.",
    ),
    "results.tells.complained": (
        "Personnes qui ont signalé le message comme indésirable.",
        "People who reported the message as unwanted.",
    ),
    "results.tells.robot_clicked": (
        "Liens ouverts par des filtres de courrier, pas par une personne.",
        "Links opened by mail filters, not by a person.",
    ),
    "results.tells.dropped": (
        "Souhaits qui n’ont donné aucun message, avec leur raison.",
        "Wishes that became no message, with their reason.",
    ),
    "results.tells.attributed": (
        "Ventes des commandes dont le dernier contact fut un clic dans un message. Ce qui est revenu est déduit.",
        "Sales of orders whose last touch was a click in a message. Returns are taken off.",
    ),
    "results.tells.brought": (
        (
            "Dépense moyenne de ceux qui ont pu recevoir, moins celle du groupe témoin, fois leur nombre ; "
            "intervalle de Welch à 95 %."
        ),
        (
            "Mean spending of those who could receive, less that of the control group, times their number; Welch’s "
            "interval, 95%."
        ),
    ),
    "results.tells.sample_ratio": (
        (
            "Chi carré entre la taille voulue et la taille réelle ; une alarme si le hasard l’explique moins d’une "
            "fois sur mille."
        ),
        (
            "Chi-square between the size asked for and the real one; an alarm if chance explains it less than once "
            "in a thousand."
        ),
    ),
    "results.tells.contaminated": (
        "Personnes trouvées dans les deux groupes, par exemple deux comptes qui n’en font qu’un : laissées de côté.",
        "People found in both groups, such as two accounts that turn out to be one: left out.",
    ),
    "results.tells.pressure": (
        (
            "Messages comptés dans le plafond de chaque personne, et messages d’autres scénarios dont ils ont pris "
            "la place."
        ),
        "Messages that count in each person’s cap, and messages of other scenarios whose place they took.",
    ),
    "results.tells.restated": (
        "Ce qu’on a appris d’un jour après sa clôture : une commande importée tard, un retour, deux personnes réunies.",
        "What was found out about a day after it closed: an order imported late, a return, two people joined.",
    ),
    "results.help.credited": (
        "Crédité : un message a eu sa part dans la commande. Beaucoup seraient revenus d’eux-mêmes.",
        "Credited: a message had a hand in the order. Many would have come back by themselves.",
    ),
    "results.help.brought": (
        (
            "Apporté vraiment : une part des personnes, tirée au sort, ne reçoit rien ; la différence d’achats est "
            "due au message."
        ),
        (
            "Really brought: a share of the people, drawn by lot, gets nothing; the difference in purchases is the "
            "message’s."
        ),
    ),
    "results.help.closed": (
        (
            "Un rapport qui change son passé n’en est pas un : les jours clos ne bougent plus, les corrections "
            "s’ajoutent à part."
        ),
        "A report that changes its past is no report: closed days stay, corrections are added beside them.",
    ),
    "channel.direct": ("accès direct", "direct"),
    "channel.search": ("moteur de recherche", "search"),
    "channel.social": ("réseau social", "social"),
    "channel.email": ("e-mail", "e-mail"),
    "channel.affiliate": ("affilié", "affiliate"),
    "channel.paid": ("publicité", "paid"),
    "channel.referral": ("autre site", "another site"),
    "channel.internal": ("la boutique elle-même", "the shop itself"),
    "channel.assistant": ("assistant IA", "AI assistant"),
    "channel.campaign": ("campagne", "campaign"),
    "channel.unknown": ("inconnu", "unknown"),
}
