"""Words of the segments: the list, the library, the rule and its count, one segment's page."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "segments.nav": ("Segments", "Segments"),
    "segments.title": ("Segments", "Segments"),
    "segments.says": (
        "Des groupes de clients tenus à jour tout seuls, d’après ce qu’ils regardent, achètent et demandent.",
        "Groups of customers that keep themselves up to date, by what they look at, buy and ask for.",
    ),
    "segments.mine": ("Les segments de la boutique", "The shop’s segments"),
    "segments.states": ("Filtrer par état", "Filter by state"),
    "segments.all": ("Tous", "All"),
    "segments.find": ("Chercher un segment", "Find a segment"),
    "segments.name": ("Segment", "Segment"),
    "segments.people": ("Clients", "Customers"),
    "segments.week": ("En 7 jours", "Over 7 days"),
    "segments.month": ("En 30 jours", "Over 30 days"),
    "segments.state": ("État", "State"),
    "segments.changed": ("Modifié", "Changed"),
    "segments.has_draft": ("brouillon en cours", "draft under way"),
    "segments.not_counted": ("pas encore suivi", "not followed yet"),
    "segments.no_days": ("trop récent", "too recent"),
    "segments.spark": ("De {first} à {last} clients", "From {first} to {last} customers"),
    "segments.none": ("Aucun segment ne correspond.", "No segment fits."),
    "segments.show_all": ("Tout montrer", "Show all"),
    "segments.away": (
        "Le moteur ne répond pas : les nombres manquent pour l’instant, tout le reste est là.",
        "The engine does not answer: figures are missing for now, everything else is here.",
    ),
    "segments.empty": ("Aucun segment pour l’instant.", "No segment yet."),
    "segments.empty.do": (
        "Prenez-en un dans la bibliothèque : vous voyez combien de clients il trouve avant de le garder.",
        "Take one from the library: you see how many customers it finds before you keep it.",
    ),
    "segments.empty.go": ("Voir la bibliothèque", "See the library"),
    "segments.library": ("La bibliothèque", "The library"),
    "segments.library.says": (
        "Des segments prêts à l’emploi. Ouvrez-en un pour voir sa règle et qui s’y trouve chez vous.",
        "Segments ready to use. Open one to see its rule and whom it finds in your shop.",
    ),
    "segments.library.open": ("Ouvrir le vôtre", "Open yours"),
    "segments.library.used": ("déjà dans votre boutique", "in your shop already"),
    "segments.library.none": ("Rien dans la bibliothèque pour « {asked} ».", "Nothing in the library for “{asked}”."),
    "segments.use": ("L’utiliser", "Use it"),
    "segments.new": ("Nouveau segment", "New segment"),
    "segments.new.title": ("Son nom", "Its name"),
    "segments.new.hint": (
        "Tel que vous l’appelez entre vous : « Clients de l’atelier couture ».",
        "As you call it among yourselves: “Sewing class customers”.",
    ),
    "segments.new.do": ("Commencer un brouillon", "Begin a draft"),
    "segments.new.missing": ("Donnez-lui un nom.", "Give it a name."),
    "segments.new.taken": (
        "« {name} » existe déjà : ouvrez-le, ou choisissez un autre nom.",
        "“{name}” exists already: open it, or choose another name.",
    ),
    "segments.import": ("Reprendre un segment écrit en YAML", "Take over a segment written in YAML"),
    "segments.import.text": ("Le texte du segment", "The segment’s text"),
    "segments.import.hint": (
        "Collez ici ce qu’un autre Comptoir a donné par « Télécharger ». Il devient un brouillon.",
        "Paste here what another Comptoir gave by “Download”. It becomes a draft.",
    ),
    "segments.import.do": ("En faire un brouillon", "Make it a draft"),
    "segments.help.what": (
        (
            "Un segment est une règle, pas une liste figée : un client y entre dès qu’il y répond, et en sort dès "
            "qu’il n’y répond plus. Un scénario peut partir d’une entrée ou d’une sortie."
        ),
        (
            "A segment is a rule, not a frozen list: a customer enters as soon as she fits it, and leaves as soon as "
            "she no longer does. A scenario can start from either."
        ),
    ),
    "segments.help.count": (
        "Les nombres sont ceux de maintenant. La courbe donne un point par jour, à minuit de la boutique.",
        "Counts are those of now. The curve has a point a day, at the shop’s midnight.",
    ),
    "segments.help.do": (
        "Choisissez un modèle, regardez qui il trouve, ajustez sa règle, puis publiez-le pour qu’il soit suivi.",
        "Choose a template, look at whom it finds, adjust its rule, then publish it so that it is followed.",
    ),
    "segment.needs.couponers": (
        "Il faut des commandes qui disent leur code de réduction : le champ « coupon » du site ou du fichier.",
        "It takes orders that say their coupon: the field “coupon” of the site or of the file.",
    ),
    "segment.needs.birthday-this-month": (
        "Il faut des dates de naissance : le trait « birthday », d’un formulaire ou d’un fichier de contacts.",
        "It takes dates of birth: the trait “birthday”, from a form or a file of contacts.",
    ),
    "segment.needs.points-expiring": (
        "Il faut des points de fidélité avec leur date de fin : un fichier de mouvements de points.",
        "It takes loyalty points with their last day: a file of movements of points.",
    ),
    "segment.needs.b2b-interest": (
        "Il faut une page du site dont l’adresse contient « entreprise » ou « business ».",
        "It takes a page of the site whose address contains “entreprise” or “business”.",
    ),
    "segment.needs.shop-only": (
        "Il faut les tickets de caisse des magasins, par fichier ou par une connexion.",
        "It takes the tickets of your shops’ tills, from a file or a connection.",
    ),
    "segment.needs.web-and-shop": (
        "Il faut les tickets de caisse des magasins, par fichier ou par une connexion.",
        "It takes the tickets of your shops’ tills, from a file or a connection.",
    ),
    "segment.needs.returns-often": (
        "Il faut des retours : l’évènement « Order Refunded », ou un fichier de retours.",
        "It takes returns: the event “Order Refunded”, or a file of returns.",
    ),
    "segment.needs.gold": (
        "Il faut que le score « Gold » ait été calculé : 50 acheteurs au moins, et une nuit.",
        "It takes the score “Gold”: 50 buyers at least, and a night.",
    ),
    "segments.help.library": (
        "Un modèle n’est pas modifié quand vous l’utilisez : votre boutique en garde sa propre copie.",
        "A template does not change when you use it: your shop keeps a copy of its own.",
    ),
    # what is counted and measured
    "scenario.option.times": ("combien de fois", "how many times"),
    "scenario.option.days": ("combien de jours différents", "on how many days"),
    "scenario.option.sum": ("la somme d’une propriété", "the sum of a property"),
    "scenario.option.average": ("la moyenne d’une propriété", "the average of a property"),
    "scenario.option.distinct": ("combien de valeurs différentes d’une propriété", "how many values of a property"),
    "scenario.option.orders": ("le nombre de commandes", "the number of orders"),
    "scenario.option.revenue": ("ce qu’elle a dépensé", "what she spent"),
    "scenario.option.margin": ("la marge laissée", "the margin left"),
    "scenario.option.average_basket": ("le panier moyen", "the average basket"),
    "scenario.option.items": ("le nombre d’articles", "the number of items"),
    "scenario.option.returns": ("les commandes renvoyées", "the orders sent back"),
    "scenario.option.open": ("ouvert", "open"),
    "scenario.option.checkout": ("en cours de commande", "in checkout"),
    "scenario.option.abandoned": ("laissé", "left"),
    "scenario.option.expired": ("expiré", "expired"),
    "scenario.option.ordered": ("commandé", "ordered"),
    "scenario.option.merged": ("réuni à un autre", "joined to another"),
    "scenario.option.granted": ("donné", "given"),
    "scenario.option.withdrawn": ("retiré", "withdrawn"),
    "scenario.option.clicked": ("cliqué", "clicked"),
    "scenario.option.failed": ("pas arrivé", "not delivered"),
    "scenario.option.opened": ("ouvert par le client", "opened by the customer"),
    "segment.kind.sequence": (
        "Une chose suivie, ou non, d’une autre dans un délai.",
        "One thing followed, or not, by another within a span.",
    ),
    "segment.kind.visit": ("D’où elle vient, avec quel appareil.", "Where she comes from, on which device."),
    "segment.kind.cart": ("Un panier ouvert ou laissé, d’un certain montant.", "A cart open or left, of some worth."),
    "segment.kind.score": (
        "Gold, RFM, valeur, risque de départ… voir la page Scores.",
        "Gold, RFM, value, risk of leaving… see the page Scores.",
    ),
    "segment.kind.stage": (
        "Prospect, habitué, en train de s’éloigner… et depuis quand.",
        "Prospect, regular, slipping away… and since when.",
    ),
    "segment.kind.affinity": (
        "Ce qui l’attire plus que les autres clients.",
        "What draws her more than other customers.",
    ),
    "segment.kind.loyalty": ("Points, niveau, points qui expirent.", "Points, tier, points that expire."),
    "segment.kind.place": ("Pays, ville, début du code postal.", "Country, city, beginning of the postal code."),
    "segment.kind.language": ("La langue dans laquelle elle lit.", "The language she reads."),
    "segment.kind.consent": ("Ce qu’elle a accepté ou retiré.", "What she agreed to or withdrew."),
    "segment.kind.reachable": (
        "Une adresse valable et le droit d’y écrire.",
        "An address that works and the right to write to it.",
    ),
    "segment.kind.message": (
        "Ce qui lui a été envoyé, ce qu’elle a cliqué.",
        "What was sent to her, what she clicked.",
    ),
    "segment.kind.segment": ("Reprendre un segment déjà suivi.", "Use a segment that is live already."),
    "segment.kind.bucket": ("Une part des clients, toujours la même.", "A share of customers, always the same."),
    "segment.kind.listed": ("Une liste d’identifiants chargée d’un fichier.", "A list of identifiers from a file."),
    "segment.kind.eligible": (
        "Ceux à qui une offre n’est pas interdite.",
        "Those whom an offer is not forbidden to.",
    ),
    "scenario.option.sent": ("envoyé", "sent"),
    "scenario.option.held_out": ("gardé comme témoin", "held out as control"),
    "segment.kind.did": (
        "Vu, mis au panier, inscrit… tout ce que le site a envoyé.",
        "Looked at, put into the cart, signed up… whatever the site has sent.",
    ),
    "segment.kind.ordered": (
        "Combien de commandes, pour combien, quand, de quoi, où.",
        "How many orders, worth how much, when, of what, where.",
    ),
    "segment.kind.trait": (
        "Ce que l’on sait de la personne : ville, langue, taille, une réponse.",
        "What is known of the person: city, language, size, an answer.",
    ),
    "segment.state.draft": ("brouillon", "draft"),
    "segment.state.live": ("suivi", "live"),
    "segment.state.paused": ("en pause", "paused"),
    "segment.shelf.value": ("Ceux qui comptent le plus", "Those who matter most"),
    "segment.shelf.begin": ("Les premiers pas", "First steps"),
    "segment.shelf.stay": ("Garder le lien", "Keeping in touch"),
    "segment.shelf.interest": ("Ce qui les intéresse", "What interests them"),
    "segment.shelf.habits": ("Leurs habitudes", "Their habits"),
    "segment.group.who": ("Qui sont-ils", "Who they are"),
    "segment.group.did": ("Ce qu’ils ont fait", "What they did"),
    "segment.group.orders": ("Leurs commandes", "Their orders"),
    "segment.group.cart": ("Leur panier", "Their cart"),
    "segment.group.worth": ("Leur valeur et leur fidélité", "Their worth and loyalty"),
    "segment.group.reach": ("Leur écrire", "Writing to them"),
    "segment.group.other": ("Autres", "Other"),
    "segment.group.group": ("Combiner", "Combine"),
    "segment.use.scenario": ("scénario", "scenario"),
    "segment.use.segment": ("segment", "segment"),
    "segment.use.trait": ("trait calculé", "computed trait"),
    "segment.use.template": ("modèle de message", "message template"),
    "segment.use.pressure": ("règle de pression", "contact policy"),
    "segment.change.entered": ("entré", "entered"),
    "segment.change.exited": ("sorti", "left"),
    "segment.rule": ("La règle", "The rule"),
    "segment.rule.do": ("Modifier la règle", "Change the rule"),
    "segment.rule.says": (
        "Cliquez sur une condition pour la changer. Le nombre se met à jour à chaque changement.",
        "Click a condition to change it. The count follows every change.",
    ),
    "segment.people": ("Ses clients", "Its customers"),
    "segment.text": ("Le texte (YAML)", "The text (YAML)"),
    "segment.delete": ("Supprimer", "Delete"),
    "segment.not_yours": (
        "Ce segment vaut pour des marques qui ne sont pas les vôtres : vous pouvez le lire.",
        "This segment is for brands that are not yours: you may read it.",
    ),
    "segment.add": ("Ajouter une condition", "Add a condition"),
    "segment.add.to": ("Que doit-on vérifier de plus ?", "What else should be checked?"),
    "segment.add.do": ("Ajouter", "Add"),
    "segment.group.all": ("Toutes ces conditions sont remplies", "All of these are true"),
    "segment.group.any": ("Au moins une de ces conditions est remplie", "At least one of these is true"),
    "segment.group.not.all": ("Ces conditions ne sont pas toutes remplies", "These are not all true"),
    "segment.group.not.any": ("Aucune de ces conditions n’est remplie", "None of these is true"),
    "segment.group.new": ("Un groupe de conditions", "A group of conditions"),
    "segment.group.new.says": (
        "Pour mêler « toutes » et « au moins une » dans une même règle.",
        "To mix “all” and “at least one” in one rule.",
    ),
    "segment.joint.all": ("et", "and"),
    "segment.joint.any": ("ou", "or"),
    "segment.negated": ("à l’inverse", "reversed"),
    "segment.negate": (
        "À l’inverse : ne garder que ceux pour qui c’est faux",
        "Reversed: keep those for whom it is false",
    ),
    "segment.negate.group": (
        "À l’inverse : ne garder que ceux pour qui ce groupe est faux",
        "Reversed: keep those for whom this group is false",
    ),
    "segment.mode": ("Il faut que…", "It takes…"),
    "segment.mode.all": ("toutes les conditions soient remplies", "all conditions to be true"),
    "segment.mode.any": ("au moins une condition soit remplie", "at least one condition to be true"),
    "segment.up": ("Monter", "Move up"),
    "segment.down": ("Descendre", "Move down"),
    "segment.wrap": ("Mettre dans un groupe", "Put into a group"),
    "segment.dissolve": ("Défaire le groupe", "Ungroup"),
    "segment.remove": ("Retirer", "Remove"),
    "segment.remove.do": ("Retirer le groupe", "Remove the group"),
    "segment.remove.says.one": ("Le groupe part avec sa condition.", "The group goes with its condition."),
    "segment.remove.says.many": ("Le groupe part avec ses {n} conditions.", "The group goes with its {n} conditions."),
    "segment.keeps_one": (
        "Une règle garde au moins une condition : changez plutôt celle-ci.",
        "A rule keeps at least one condition: change this one instead.",
    ),
    "segment.too_large": (
        "Cette règle devient trop profonde ou trop longue : faites-en un segment à part, et reprenez-le ici.",
        "This rule grows too deep or too long: make part of it a segment of its own, and use that here.",
    ),
    "segment.moved_on": (
        "La règle a changé entre-temps : voici où elle en est. Refaites votre modification.",
        "The rule has changed meanwhile: this is how it stands. Make your change again.",
    ),
    "segment.words": ("La règle, en mots", "The rule, in words"),
    "segment.sentence": ("Chaque personne qui {rule}.", "Everybody who {rule}."),
    "segments.file": ("segment", "segment"),
    "segment.now": ("En ce moment", "Right now"),
    "segment.count.do": ("Compter maintenant", "Count now"),
    "segment.people_of.one": ("client", "customer"),
    "segment.people_of.many": ("clients", "customers"),
    "segment.share": ("{share} de {total}", "{share} of {total}"),
    "segment.counted": ("Compté à {at} en {seconds} s.", "Counted at {at} in {seconds} s."),
    "segment.old": ("ancien nombre", "old count"),
    "segment.heavy": (
        "Cette règle relit environ {rows} lignes, soit {seconds} s de calcul.",
        "This rule reads about {rows} rows, which takes {seconds} s.",
    ),
    "segment.heavy.do": ("Compter quand même", "Count anyway"),
    "segment.late": (
        "Pas de réponse en {seconds} s : le comptage a été arrêté pour ne pas ralentir la boutique.",
        "No answer within {seconds} s: counting was stopped so as not to slow the shop down.",
    ),
    "segment.late.do": ("Laisser plus de temps", "Allow more time"),
    "segment.sample": ("Quelques-uns d’entre eux", "Some of them"),
    "segment.nobody": ("Personne pour l’instant.", "Nobody for now."),
    "segment.overlap": ("En commun avec d’autres segments", "In common with other segments"),
    "segment.overlap.says": (
        "Part des clients d’ici qui sont aussi dans l’autre segment.",
        "Share of the customers here who are in the other segment too.",
    ),
    "segment.overlap.none": (
        "Aucun autre segment suivi n’a de clients en commun.",
        "No other live segment shares customers with it.",
    ),
    "segment.about": ("À propos", "About"),
    "segment.head": ("Nom et marque", "Name and brand"),
    "segment.head.do": ("Changer le nom, la marque ou l’explication", "Change the name, the brand or the explanation"),
    "segment.head.name_fr": ("Nom en français", "Name in French"),
    "segment.head.name_en": ("Nom en anglais", "Name in English"),
    "segment.head.says_fr": ("Explication en français", "Explanation in French"),
    "segment.head.says_en": ("Explication en anglais", "Explanation in English"),
    "segment.head.brand": ("Marque", "Brand"),
    "segment.head.brand.hint": (
        "Les évènements et les commandes de cette marque seulement ; sans marque, de toutes.",
        "Events and orders of this brand only; without a brand, of all of them.",
    ),
    "segment.fact.key": ("Nom pour les programmes", "Name for programs"),
    "segment.fact.brand": ("Marque", "Brand"),
    "segment.fact.fresh": ("Mise à jour", "Kept up to date"),
    "segment.fresh.tick": ("à chaque évènement", "at every event"),
    "segment.fresh.schedule": ("à heures fixes", "on schedule"),
    "segment.fact.version": ("Version suivie", "Live version"),
    "segment.figures": ("Chiffres du segment", "The segment’s figures"),
    "segment.week.says": ("entrées moins sorties", "entered less left"),
    "segment.entered": ("Entrés", "Entered"),
    "segment.left": ("Sortis", "Left"),
    "segment.in_days": ("en {days} jours", "in {days} days"),
    "segment.trend": ("Nombre de clients, jour après jour", "Customers, day by day"),
    "segment.trend.table": ("Voir le tableau", "See the table"),
    "segment.trend.none": (
        "La courbe commence demain : elle garde un nombre par jour à partir de la publication.",
        "The curve begins tomorrow: it keeps a count a day from when the segment was published.",
    ),
    "segment.day": ("Jour", "Day"),
    "segment.moves": ("Derniers mouvements", "Latest moves"),
    "segment.move": ("Mouvement", "Move"),
    "segment.when": ("Quand", "When"),
    "segment.moves.none": (
        "Personne n’est entré ni sorti depuis que ce segment est suivi.",
        "Nobody has entered or left since this segment is live.",
    ),
    "segment.used": ("Utilisé par", "Used by"),
    "segment.used.none": ("Rien pour l’instant.", "Nothing yet."),
    "segment.export": ("Emporter la liste", "Take the list away"),
    "segment.export.says": (
        "Tous les clients du segment, avec leurs adresses. Le journal note qui l’a emportée.",
        "All customers of the segment, with their addresses. The audit notes who took it.",
    ),
    "segment.pause": ("Mettre en pause", "Pause"),
    "segment.resume": ("Reprendre", "Resume"),
    "segment.scenario": ("En faire un scénario", "Make a scenario of it"),
    "segment.never_published": ("Ce segment n’a jamais été publié.", "This segment was never published."),
    "segment.publish": ("Publier ce segment ?", "Publish this segment?"),
    "segment.publish.first": (
        "Dès qu’il est publié, ses clients sont suivis : la liste, les entrées et les sorties.",
        "Once published, its customers are followed: the list, who enters and who leaves.",
    ),
    "segment.publish.again": (
        "La nouvelle règle remplace l’ancienne ; la liste est recomptée aussitôt.",
        "The new rule replaces the old one; the list is counted anew at once.",
    ),
    "segment.publish.until_now": ("Jusqu’ici", "Until now"),
    "segment.publish.used": (
        "Ce qui s’appuie sur ce segment suivra la nouvelle règle :",
        "What stands on this segment will follow the new rule:",
    ),
    "segment.publish.do": ("Publier", "Publish"),
    "segment.versions.says": (
        "Chaque publication est gardée, avec ce qu’elle a changé.",
        "Every publication is kept, with what it changed.",
    ),
    "segment.versions.help": (
        "Pour revenir en arrière, téléchargez une version et collez-la dans « Le texte ».",
        "To go back, download a version and paste it into “The text”.",
    ),
    "segment.text.says": (
        "Le segment tel que les programmes le lisent. Ce que vous enregistrez ici devient le brouillon.",
        "The segment as programs read it. What you save here becomes the draft.",
    ),
    "segment.text.label": ("Texte du segment", "Text of the segment"),
    "segment.text.help": (
        "La bibliothèque montre des exemples de chaque question. Une faute est dite avec sa ligne.",
        "The library has examples of every question. A mistake is told with its line.",
    ),
    "segment.wrong.line": ("{what} ({where}). {mend}", "{what} ({where}). {mend}"),
    "segment.delete.title": ("Supprimer « {what} » ?", "Delete “{what}”?"),
    "segment.delete.says": (
        "La règle, ses versions et sa liste disparaissent. Les clients eux-mêmes n’en savent rien et restent.",
        "The rule, its versions and its list disappear. The customers themselves stay and notice nothing.",
    ),
    "segment.delete.used": (
        "Ce segment sert encore. Retirez-le d’abord de :",
        "This segment is still in use. Take it out first of:",
    ),
    "segment.delete.do": ("Supprimer le segment", "Delete the segment"),
    "segment.delete.help": (
        "Pour cesser de le suivre sans le perdre, mettez-le plutôt en pause.",
        "To stop following it without losing it, pause it instead.",
    ),
    "segment.help.rule": (
        (
            "Une règle se lit de haut en bas. Un groupe demande « toutes » ses conditions ou « au moins une » ; « à "
            "l’inverse » garde ceux pour qui c’est faux. Tout se fait au clavier : Monter et Descendre passent aussi "
            "d’un groupe à l’autre."
        ),
        (
            "A rule reads from top to bottom. A group asks for “all” of its conditions or “at least one”; “reversed” "
            "keeps those for whom it is false. Everything works from the keyboard: Move up and Move down also go from "
            "one group to another."
        ),
    ),
    "segment.help.days": (
        "« En 30 jours » veut dire aujourd’hui et les 29 jours d’avant, à l’heure de la marque.",
        "“Within 30 days” means today and the 29 days before, by the brand’s clock.",
    ),
    "segment.help.count": (
        (
            "Le nombre est compté sur tous les clients connus. S’il faut relire beaucoup de lignes, le coût est dit "
            "avant, et rien n’est compté sans votre accord."
        ),
        (
            "The count is over all customers known. Where many rows have to be read the cost is told first, and "
            "nothing is counted before you agree."
        ),
    ),
    "segment.help.page": (
        "La courbe garde un nombre par jour. Les mouvements disent qui est entré ou sorti, et quand.",
        "The curve keeps a count a day. The moves say who entered or left, and when.",
    ),
    "segment.help.moves": (
        "« En faire un scénario » ouvre un brouillon qui commence quand quelqu’un entre ici.",
        "“Make a scenario of it” opens a draft that begins when somebody enters here.",
    ),
    "segment.help.export": (
        "La liste emportée est une copie : elle ne suit plus les consentements. Préférez un scénario pour écrire.",
        "A list taken away is a copy: it no longer follows consents. Prefer a scenario for writing.",
    ),
    "segment.help.publish": (
        "Un segment publié peut être mis en pause ou modifié à tout moment ; chaque version est gardée.",
        "A published segment can be paused or changed at any time; every version is kept.",
    ),
    "done.segment.begun": ("Le brouillon est commencé.", "The draft is begun."),
    "done.segment.saved": ("Le texte est enregistré comme brouillon.", "The text is saved as the draft."),
    "done.segment.published": (
        "Le segment est publié : ses clients sont suivis.",
        "The segment is published: its customers are followed.",
    ),
    "done.segment.paused": ("Le segment est en pause.", "The segment is paused."),
    "done.segment.resumed": ("Le segment est suivi de nouveau.", "The segment is live again."),
    "done.segment.deleted": ("Le segment est supprimé.", "The segment is deleted."),
    "palette.segment": ("segment", "segment"),
}
