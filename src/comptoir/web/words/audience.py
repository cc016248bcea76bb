"""Words of the audience page: counts without consent, and what they do not know."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "audience.title": ("Audience", "Audience"),
    "audience.lead": (
        "Les visites sans consentement : comptées, jamais reliées à quelqu’un.",
        "Visits without consent: counted, and never joined to anybody.",
    ),
    "audience.off": ("La mesure d’audience est éteinte.", "Audience measurement is off."),
    "audience.off.do": (
        "Ajoutez [audience] is_measured = true au fichier de réglages, redémarrez, et data-audience au script du site.",
        "Add [audience] is_measured = true to the settings file, restart, and add data-audience to the site’s script.",
    ),
    "audience.none": ("Aucune page vue sur ces jours.", "No page view in these days."),
    "audience.none.do": (
        "Ajoutez data-audience au script du site, puis ouvrez une page sans répondre au bandeau.",
        "Add data-audience to the site’s script, then open a page without answering the banner.",
    ),
    "audience.days": ("{days} jours", "{days} days"),
    "audience.spans": ("Période", "Period"),
    "audience.visitors": ("Visiteurs", "Visitors"),
    "audience.visitors.says": (
        "additionnés jour après jour : personne n’est reconnu le lendemain",
        "added up day by day: nobody is known again the next day",
    ),
    "audience.views": ("Pages vues", "Page views"),
    "audience.bars": ("Visiteurs par jour : {figures}", "Visitors by day: {figures}"),
    "audience.path": ("Pages", "Pages"),
    "audience.referrer": ("Sites d’où l’on vient", "Sites people came from"),
    "audience.campaign": ("Campagnes", "Campaigns"),
    "audience.device": ("Appareils", "Devices"),
    "audience.country": ("Pays de la langue du navigateur", "Country of the browser’s language"),
    "audience.desktop": ("ordinateur", "computer"),
    "audience.phone": ("téléphone", "phone"),
    "audience.tablet": ("tablette", "tablet"),
    "audience.nothing": (
        "Rien que cinq visiteurs aient en commun : en dessous, rien n’est montré seul.",
        "Nothing that five visitors have in common: what fewer share is not shown by itself.",
    ),
    "audience.by_day": ("Jour par jour", "Day by day"),
    "audience.day": ("Jour", "Day"),
    "audience.help.what": (
        (
            "Cette page suit l’exemption de la CNIL : ni cookie, ni identifiant gardé, et rien qui rejoigne "
            "le fichier clients. Qui a consenti est dans « Résultats »."
        ),
        (
            "This page follows the CNIL’s exemption: no cookie, no identifier kept, and nothing that meets "
            "the customer file. Who gave consent is in “Results”."
        ),
    ),
    "audience.help.kept": (
        (
            "Le jour fini, plus rien ne dit quelles pages un même visiteur a vues. Chaque page vue est effacée après "
            "{months} mois ; seuls les comptes par jour restent, sans ceux de moins de cinq visiteurs."
        ),
        (
            "Once the day is over, nothing tells which pages one visitor saw. Each page view is deleted after "
            "{months} months; only counts by day remain, without those of fewer than five visitors."
        ),
    ),
    "audience.help.out": (
        "Qui ne veut pas être compté ne l’est pas : réglage du navigateur, ou lien d’opposition sur votre site.",
        "Who does not want to be counted is not: by the browser’s settings, or by the opt-out link on your site.",
    ),
}
