"""Words of the guided tour."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "tour.offer": ("Découvrir en cinq étapes", "Discover in five steps"),
    "tour.offer.says": (
        "D’une visite à l’euro qu’elle rapporte, sur les vraies pages. On s’arrête quand on veut.",
        "From a visit to the euro it brings, on the real pages. Stop whenever you like.",
    ),
    "tour.start": ("Commencer la visite", "Begin the tour"),
    "tour.again": ("Reprendre à l’étape {number}", "Take it up at step {number}"),
    "tour.help": ("Faire la visite guidée en cinq étapes", "Take the guided tour of five steps"),
    "tour.place": ("Visite guidée, étape {number} sur {count}", "Guided tour, step {number} of {count}"),
    "tour.back": ("Revenir à la page de l’étape", "Back to this step’s page"),
    "tour.before": ("Étape précédente", "Step before"),
    "tour.after": ("Étape suivante", "Next step"),
    "tour.end": ("Terminer la visite", "End the tour"),
    "tour.leave": ("Quitter la visite", "Leave the tour"),
    "tour.visit": ("Une visite", "A visit"),
    "tour.visit.see": (
        "Ce que font les visiteurs arrive ici à l’instant : pages vues, paniers, commandes.",
        "What visitors do arrives here as it happens: pages viewed, baskets, orders.",
    ),
    "tour.visit.do": (
        "Cliquez sur une valeur pour ne voir que ce qui lui ressemble, puis passez à l’étape suivante.",
        "Click a value to see only what is like it, then go to the next step.",
    ),
    "tour.customer": ("Une cliente", "A customer"),
    "tour.customer.see": (
        "Ses visites, ses achats et ses messages tiennent sur une page, même depuis trois appareils.",
        "Her visits, her orders and her messages are on one page, even from three devices.",
    ),
    "tour.customer.do": (
        "Ouvrez une fiche : elle dit pourquoi ses identifiants sont une seule personne, et ce qu’elle a accepté.",
        "Open one: it says why her identifiers are one person, and what she agreed to.",
    ),
    "tour.scenario": ("Un scénario", "A scenario"),
    "tour.scenario.see": (
        "Un scénario dit quoi faire quand un panier reste là : attendre, vérifier, écrire une seule fois.",
        "A scenario says what to do when a basket is left: wait, look again, write once.",
    ),
    "tour.scenario.do": (
        "Ouvrez « Panier abandonné » et essayez-le sur vos jours passés : rien n’est envoyé.",
        "Open “Abandoned basket” and try it on your past days: nothing is sent.",
    ),
    "tour.message": ("Un message", "A message"),
    "tour.message.see": (
        "Voici les e-mails partis, comme leurs lecteurs les voient. Aucun ne quitte la démonstration.",
        "These are the mails that left, as their readers see them. None leaves the demonstration.",
    ),
    "tour.message.do": (
        "Ouvrez-en un et cliquez sur son bouton : la boutique s’ouvre avec le panier.",
        "Open one and click its button: the shop opens with the basket.",
    ),
    "tour.euro": ("Un euro", "A euro"),
    "tour.euro.see": (
        "Ce que chaque scénario a rapporté, comparé à un groupe témoin qui n’a rien reçu.",
        "What each scenario brought, beside a control group that got nothing.",
    ),
    "tour.euro.do": (
        "Ouvrez un scénario pour voir son intervalle : c’est ce que vous n’auriez pas vendu sans lui.",
        "Open a scenario to see its interval: that is what you would not have sold without it.",
    ),
}
