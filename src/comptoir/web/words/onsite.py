"""Words of messages on the site."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "messages.tab.site": ("Sur le site", "On site"),
    "done.placement.kept": (
        "C’est enregistré : le site le montre dès maintenant.",
        "Kept: the site shows it from now on.",
    ),
    "done.placement.removed": ("Le message a été retiré du site.", "The message was taken from the site."),
    "messages.site.says": (
        "Ce que montrent les pages de votre site : à tous entre deux dates, ou à une personne par un scénario.",
        "What the pages of your site show: to everybody between two dates, or to one person by a scenario.",
    ),
    "messages.site.new": ("Nouveau message", "New message"),
    "messages.site.all": ("Pour tout le monde", "For everybody"),
    "messages.site.none": (
        "Aucun message pour l’instant. Annoncez par exemple les soldes en haut de chaque page.",
        "No message yet. You could announce a sale at the top of every page.",
    ),
    "messages.site.one": ("Pour une seule personne", "For one person"),
    "messages.site.one.says": (
        (
            "Un scénario peut parler sur le site plutôt que par e-mail : choisissez le canal « onsite » dans l’étape"
            " d’envoi. Le scénario « Rappel de panier sur le site » est prêt."
        ),
        (
            "A scenario can speak on the site instead of by mail: choose the channel “onsite” in its sending step. The"
            " scenario “Basket reminder on the site” is ready."
        ),
    ),
    "messages.site.one.do": ("Voir les scénarios", "See the scenarios"),
    "messages.site.name": ("Nom", "Name"),
    "messages.site.name.hint": (
        "Pour vous seulement : lettres minuscules, chiffres et tirets.",
        "For you only: small letters, digits and hyphens.",
    ),
    "messages.site.pages": ("Pages", "Pages"),
    "messages.site.pages.every": ("toutes", "all of them"),
    "messages.site.pages.hint": (
        "Une par ligne ; * remplace n’importe quoi : /chaussures/*. Vide : toutes les pages.",
        "One a line; * stands for anything: /shoes/*. Empty: every page.",
    ),
    "messages.site.days": ("Dates", "Dates"),
    "messages.site.always": ("sans limite", "without limit"),
    "messages.site.shown": ("Montré", "Shown"),
    "messages.site.closed": ("Fermé", "Closed"),
    "messages.site.remove": ("Supprimer", "Delete"),
    "messages.site.remove.says": (
        "« {name} » disparaît du site dans la seconde. Ses chiffres restent.",
        "“{name}” disappears from the site within a second. Its figures stay.",
    ),
    "messages.site.remove.yes": ("Supprimer ce message", "Delete this message"),
    "messages.site.stands.on": ("en ligne", "on the site"),
    "messages.site.stands.off": ("éteint", "off"),
    "messages.site.stands.planned": ("prévu", "planned"),
    "messages.site.stands.over": ("terminé", "over"),
    "messages.site.edit.says": (
        "Écrivez dans chaque langue de votre site. La page choisit la sienne, ou la première.",
        "Write in each language of your site. A page chooses its own, or the first.",
    ),
    "messages.site.title": ("Titre", "Title"),
    "messages.site.text": ("Texte", "Text"),
    "messages.site.button": ("Bouton", "Button"),
    "messages.site.url": ("Où il mène", "Where it leads"),
    "messages.site.url.hint": (
        "Une adresse qui commence par https:// ou par / (une page de votre site).",
        "An address that begins with https:// or with / (a page of your site).",
    ),
    "messages.site.slot": ("Place", "Place"),
    "messages.site.slot.corner": ("dans le coin, en bas à droite", "in the corner, at the bottom right"),
    "messages.site.slot.top": ("tout en haut de la page", "at the very top of the page"),
    "messages.site.slot.own": ("à un endroit de ma page", "at a place of my page"),
    "messages.site.own": ("Quel endroit de ma page", "Which place of my page"),
    "messages.site.own.hint": (
        "Seulement pour « à un endroit de ma page » : le nom d’une place (data-comptoir-slot), ou un sélecteur CSS.",
        "Only for “at a place of my page”: the name of a slot (data-comptoir-slot), or a CSS selector.",
    ),
    "messages.site.starts": ("À partir du", "From"),
    "messages.site.ends": ("Jusqu’au", "Until"),
    "messages.site.times": ("Fois au plus", "Times at most"),
    "messages.site.times.hint": ("Par navigateur ; 0 : toujours.", "For each browser; 0: always."),
    "messages.site.on": ("Montrer sur le site", "Show it on the site"),
    "messages.site.look": ("Voir l’aperçu", "Look at it"),
    "messages.site.preview": ("Aperçu", "Preview"),
    "messages.site.preview.none": (
        "Écrivez un titre, puis « Voir l’aperçu ».",
        "Write a title, then “Look at it”.",
    ),
    "messages.site.wrong.name": (
        "Des lettres minuscules, des chiffres et des tirets, 60 au plus.",
        "Small letters, digits and hyphens, at most 60.",
    ),
    "messages.site.wrong.taken": ("Ce nom est déjà pris pour cette marque.", "This brand has a message of this name."),
    "messages.site.wrong.slot": ("Dites quel endroit de la page.", "Say which place of the page."),
    "messages.site.wrong.pages": (
        "Chaque ligne commence par / ou par *, comme /chaussures/*.",
        "Each line begins with / or with *, such as /shoes/*.",
    ),
    "messages.site.wrong.times": ("Un nombre entier ; 0 pour toujours.", "A whole number; 0 for always."),
    "messages.site.wrong.starts_at": ("Une date et une heure.", "A day and a time."),
    "messages.site.wrong.ends_at": ("Une date après le début.", "A day after the beginning."),
    "messages.site.wrong.words": (
        "Un titre dans au moins une langue, 2 000 signes au plus.",
        "A title in at least one language, 2,000 characters at most.",
    ),
    "messages.site.wrong.title": ("Il faut un titre.", "It needs a title."),
    "messages.site.wrong.url": (
        "Une adresse qui commence par https:// ou par /.",
        "An address that begins with https:// or with /.",
    ),
    "messages.site.wrong.button": ("Un bouton et son adresse vont ensemble.", "A button and its address go together."),
    "messages.help.site.place": (
        (
            "« Dans le coin » et « tout en haut » marchent partout où se trouve le script du site. Pour un"
            ' endroit précis, posez dans votre page un élément data-comptoir-slot="nom".'
        ),
        (
            "“In the corner” and “at the very top” work wherever the site’s script is. For a place of your own,"
            ' put an element data-comptoir-slot="name" into your page.'
        ),
    ),
    "messages.help.site.consent": (
        (
            "Un message pour tous ne demande aucun consentement : rien n’est su de qui le voit. Ce qu’un scénario"
            " montre à une personne demande qu’elle ait accepté d’être suivie."
        ),
        (
            "A message for everybody needs no consent: nothing is known of who sees it. What a scenario shows to one"
            " person needs that she has agreed to be tracked."
        ),
    ),
    "messages.help.site.figures": (
        "Montré, cliqué et fermé sont comptés chez ceux qui ont accepté d’être suivis : ce sont des minimums.",
        "Shown, clicked and closed are counted for those who agreed to be tracked: they are the least there were.",
    ),
    "delivery.shown": ("montré sur le site", "shown on the site"),
    "delivery.dismissed": ("fermé par la personne", "closed by the person"),
    "delivery.withdrawn": ("retiré du site", "taken from the site"),
    "pressure.channel.onsite": ("site", "site"),
}
