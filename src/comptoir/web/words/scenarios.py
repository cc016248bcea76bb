"""Words of the scenarios: the gallery, the picture, versions and people."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "scenarios.nav": ("Scénarios", "Scenarios"),
    "scenarios.title": ("Scénarios", "Scenarios"),
    "scenarios.says": (
        "Les parcours qui écrivent au bon moment, et ce qu’ils ont apporté depuis {days} jours.",
        "The paths that write at the right moment, and what they brought in the last {days} days.",
    ),
    "scenarios.states": ("Filtrer par état", "Filter by state"),
    "scenarios.all": ("Tous", "All"),
    "scenarios.find": ("Chercher un scénario", "Find a scenario"),
    "scenarios.mine": ("Dans votre boutique", "In your shop"),
    "scenarios.none": ("Aucun scénario ne correspond.", "No scenario fits."),
    "scenarios.show_all": ("Tout montrer", "Show all"),
    "scenarios.empty": ("Aucun scénario pour l’instant.", "No scenario yet."),
    "scenarios.empty.do": (
        "Prenez-en un dans la bibliothèque : c’est un brouillon, rien ne part avant que vous le publiiez.",
        "Take one from the library: it is a draft, and nothing leaves before you publish it.",
    ),
    "scenarios.empty.go": ("Voir la bibliothèque", "See the library"),
    "scenarios.people": ("Personnes en cours", "People in it now"),
    "scenarios.sent": ("Messages", "Messages"),
    "scenarios.orders": ("Commandes", "Orders"),
    "scenarios.revenue": ("Chiffre d’affaires", "Revenue"),
    "scenarios.version": ("version {n}", "version {n}"),
    "scenarios.has_draft": ("brouillon en cours", "draft under way"),
    "scenarios.library": ("La bibliothèque", "The library"),
    "scenarios.library.says": (
        "Des scénarios prêts à relire, en français et en anglais, avec leur groupe témoin.",
        "Scenarios ready to be read over, in French and English, with their control group.",
    ),
    "scenarios.library.open": ("Ouvrir le vôtre", "Open yours"),
    "scenarios.library.used": ("déjà dans votre boutique", "in your shop already"),
    "scenarios.library.none": ("Rien dans la bibliothèque pour « {asked} ».", "Nothing in the library for “{asked}”."),
    "scenarios.use": ("L’utiliser", "Use it"),
    "scenarios.use.what": ("Utiliser {what}", "Use {what}"),
    "scenarios.new": ("Nouveau scénario", "New scenario"),
    "scenarios.new.title": ("Son nom", "Its name"),
    "scenarios.new.hint": (
        "Tel que vous l’appelez entre vous : « Relance des devis ».",
        "As you call it among yourselves: “Quote reminder”.",
    ),
    "scenarios.new.do": ("Commencer un brouillon", "Begin a draft"),
    "scenarios.new.missing": ("Donnez-lui un nom.", "Give it a name."),
    "scenarios.new.taken": (
        "« {name} » existe déjà : ouvrez-le, ou choisissez un autre nom.",
        "“{name}” exists already: open it, or choose another name.",
    ),
    "scenarios.help": ("Comment lire cette page, et que faire", "How to read this page, and what to do"),
    "scenarios.help.what": (
        (
            "Un scénario attend un moment (un panier laissé, un anniversaire), vérifie, puis propose un message. Rien "
            "ne part sans consentement, et la pression commerciale est respectée. Les commandes comptées suivent un "
            "clic dans les sept jours."
        ),
        (
            "A scenario waits for a moment (a basket left, a birthday), checks, then proposes a message. Nothing "
            "leaves without consent, and the contact policy is kept. Orders counted came within seven days of a click."
        ),
    ),
    "scenarios.help.do": (
        "Choisissez-en un dans la bibliothèque, relisez ses mots, essayez-le sur le mois passé, puis publiez-le.",
        "Choose one from the library, read its words over, try it on last month, then publish it.",
    ),
    "scenarios.library.abandoned-basket": (
        "Un seul rappel, dans la demi-heure qui suit le dernier geste sur le panier.",
        "One reminder, within half an hour of the last thing done in the basket.",
    ),
    "scenarios.library.abandoned-browse": (
        "Deux heures après une visite sans panier, un mot sur ce qui a été regardé.",
        "Two hours after a visit without a basket, a word about what was looked at.",
    ),
    "scenarios.library.back-in-stock": (
        "Prévient ceux qui s’étaient intéressés à un produit revenu en stock.",
        "Tells those who were interested that a product is back in stock.",
    ),
    "scenarios.library.basket-on-site": (
        "Quand une personne revient avec un panier plein, la page le lui rappelle, trois fois au plus.",
        "When somebody comes back with a full basket, the page says so, three times at most.",
    ),
    "scenarios.library.basket-why": (
        "Le lendemain, une question : pourquoi le panier est-il resté là ? On répond d’un clic.",
        "The day after, a question: why was the basket left? One click answers.",
    ),
    "scenarios.library.birthday": (
        "Un mot à neuf heures et demie, le jour même.",
        "A word at half past nine, on the day.",
    ),
    "scenarios.library.inactive-12-months": (
        "Après un an de silence, demande d’un clic s’il faut rester en contact.",
        "After a year of silence, asks by one click whether to stay in touch.",
    ),
    "scenarios.library.inactive-6-months": (
        "Après six mois sans visite, un mot ; s’arrête dès que la personne revient.",
        "After six months without a visit, a word; stops as soon as the person comes back.",
    ),
    "scenarios.library.lead-to-sales": (
        "Prévient vos vendeurs quand quelqu’un que vous connaissez lit les pages « Entreprise ».",
        "Tells your sales people when somebody you know reads the pages for companies.",
    ),
    "scenarios.library.price-drop": (
        "Prévient ceux qui s’étaient intéressés à un produit dont le prix a baissé.",
        "Tells those who were interested that a price went down.",
    ),
    "scenarios.library.thanks": (
        "Deux jours après une commande, un merci et ce que d’autres ont pris avec.",
        "Two days after an order, thanks, and what others bought with it.",
    ),
    "scenarios.library.welcome": (
        "À l’inscription, un premier mot, puis un second trois jours plus tard à qui n’a rien commandé.",
        "On signing up, a first word, then a second three days later to who has not ordered.",
    ),
    # one scenario
    "scenario.state.live": ("en marche", "running"),
    "scenario.state.paused": ("en pause", "paused"),
    "scenario.state.draft": ("brouillon", "draft"),
    "scenario.state.archived": ("rangé", "put away"),
    "scenario.publish": ("Publier", "Publish"),
    "scenario.dryrun": ("Essayer sur le passé", "Try on the past"),
    "scenario.pause": ("Mettre en pause", "Pause"),
    "scenario.resume": ("Remettre en marche", "Run again"),
    "scenario.more": ("Plus", "More"),
    "scenario.versions": ("Versions", "Versions"),
    "scenario.people": ("Personnes dans le scénario", "People in the scenario"),
    "scenario.text": ("Le texte", "The text"),
    "scenario.download": ("Télécharger (YAML)", "Download (YAML)"),
    "scenario.archive": ("Ranger", "Put away"),
    "scenario.archive.do": ("Ranger ce scénario", "Put this scenario away"),
    "scenario.archive.says.one": (
        "Plus rien ne part. {n} personne reste où elle est, sans recevoir la suite.",
        "Nothing leaves any more. {n} person stays where they are and gets no more of it.",
    ),
    "scenario.archive.says.many": (
        "Plus rien ne part. {n} personnes restent où elles sont, sans recevoir la suite.",
        "Nothing leaves any more. {n} people stay where they are and get no more of it.",
    ),
    "scenario.published_as": ("Version {n} publiée", "Version {n} is published"),
    "scenario.never_published": ("Jamais publié : rien ne part.", "Never published: nothing leaves."),
    "scenario.in_flight.one": ("{n} personne en cours", "{n} person in it now"),
    "scenario.in_flight.many": ("{n} personnes en cours", "{n} people in it now"),
    "scenario.older.one": ("dont {n} sur une version plus ancienne", "{n} of them on an older version"),
    "scenario.older.many": ("dont {n} sur des versions plus anciennes", "{n} of them on older versions"),
    "scenario.which": ("Ce que l’on regarde", "What is shown"),
    "scenario.draft": ("Brouillon", "Draft"),
    "scenario.published": ("Publiée (v{n})", "Published (v{n})"),
    "scenario.saved_by": ("Brouillon enregistré le {at} par {who}", "Draft saved on {at} by {who}"),
    "scenario.no_draft": (
        "Ce que vous changez devient un brouillon ; rien ne bouge avant de publier.",
        "What you change becomes a draft; nothing moves before you publish.",
    ),
    "scenario.somebody": ("quelqu’un de la boutique", "somebody of the shop"),
    "scenario.discard": ("Jeter le brouillon", "Discard the draft"),
    "scenario.discard.says": (
        "Le brouillon disparaît, la version {n} reste. « Rétablir » le ramène.",
        "The draft goes, version {n} stays. “Redo” brings it back.",
    ),
    "scenario.discard.do": ("Jeter", "Discard"),
    "scenario.not_yours": (
        "Ce scénario parle pour d’autres marques que les vôtres : vous pouvez le lire.",
        "This scenario speaks for other brands than yours: you may read it.",
    ),
    "scenario.picture": ("Le parcours de {title}", "The path of {title}"),
    "scenario.about": ("En bref", "In short"),
    "scenario.close": ("Fermer", "Close"),
    "scenario.add": ("Ajouter une étape ici", "Add a step here"),
    "scenario.add_at": ("Ajouter une étape : {where}", "Add a step: {where}"),
    "scenario.end": ("fin", "end"),
    "scenario.people_here": ("qui est ici", "who is here"),
    "scenario.place.after": ("après {step}", "after {step}"),
    "scenario.place.first": ("tout au début", "at the very beginning"),
    "scenario.place.way": ("{way}, sous {step}", "{way}, under {step}"),
    "scenario.count.waiting": ("en attente", "waiting"),
    "scenario.count.passed.one": ("passée", "passed"),
    "scenario.count.sent.one": ("envoyé", "sent"),
    "scenario.count.deferred.one": ("différé", "deferred"),
    "scenario.count.dropped.one": ("non parti", "not sent"),
    "scenario.count.converted.one": ("commande", "order"),
    "scenario.count.reached.one": ("atteint", "reached"),
    "scenario.count.came.one": ("arrivée", "came"),
    "scenario.count.passed": ("passées", "passed"),
    "scenario.count.sent": ("envoyés", "sent"),
    "scenario.count.deferred": ("différés", "deferred"),
    "scenario.count.dropped": ("non partis", "not sent"),
    "scenario.count.converted": ("commandes", "orders"),
    "scenario.count.reached": ("atteints", "reached"),
    "scenario.count.came": ("arrivées", "came"),
    "scenario.count.wished": ("messages voulus", "messages wished"),
    "scenario.count.held_out": ("groupe témoin", "control group"),
    "scenario.fact.brands": ("Marques", "Brands"),
    "scenario.fact.control": ("Groupe témoin", "Control group"),
    "scenario.fact.again": ("Peut revenir", "May come again"),
    "scenario.fact.priority": ("Priorité", "Priority"),
    "scenario.fact.class": ("Nature", "Nature"),
    "scenario.fact.discretion": ("Discrétion", "Discretion"),
    "scenario.fact.tags": ("Thèmes", "Themes"),
    "scenario.again.once": ("une seule fois", "once only"),
    "scenario.again.always": ("sans délai", "at any time"),
    "scenario.again.after": ("après {span}", "after {span}"),
    "scenario.stale": (
        (
            "{who} a changé ce brouillon entre-temps. Voici le brouillon tel qu’il est ; votre saisie est encore dans "
            "le formulaire : relisez, puis enregistrez à nouveau."
        ),
        (
            "{who} has changed this draft meanwhile. This is the draft as it is now; what you typed is still in the "
            "form: look it over, then save again."
        ),
    ),
    "scenario.help": ("Comment lire cette page, et que faire", "How to read this page, and what to do"),
    "scenario.help.what": (
        (
            "Le parcours se lit de haut en bas. Chaque carte est une étape ; cliquez dessus pour la changer. Le « + » "
            "ajoute une étape à cet endroit. Les chemins d’une question se rejoignent en dessous."
        ),
        (
            "The path reads from top to bottom. Each card is a step; click it to change it. The “+” adds a step in "
            "that place. The ways of a question meet again below."
        ),
    ),
    "scenario.help.counts": (
        (
            "Les chiffres sont ceux de la version publiée, toutes les cinq secondes. « En attente » : les personnes "
            "arrêtées là en ce moment. « Passées » : celles qui sont allées plus loin ; « ≥ » quand un chemin se "
            "rejoint sans laisser de trace. « Commandes » : dans les sept jours d’un clic."
        ),
        (
            "The figures are those of the published version, every five seconds. “Waiting”: people who stand there "
            "now. “Passed”: those who went further; “≥” where ways meet without leaving a trace. “Orders”: within "
            "seven days of a click."
        ),
    ),
    "scenario.help.do": (
        (
            "Changez ce que vous voulez : c’est un brouillon. Essayez-le sur le passé, puis publiez. Les personnes en "
            "cours finissent sur leur version."
        ),
        (
            "Change what you like: it is a draft. Try it on the past, then publish. People in it now finish on their "
            "version."
        ),
    ),
    "done.scenario.begun": (
        "C’est un brouillon : relisez-le, puis publiez-le.",
        "It is a draft: read it over, then publish it.",
    ),
    "done.scenario.published": ("Publié : il est en marche.", "Published."),
    "done.scenario.paused": ("En pause : plus rien ne part.", "Paused: nothing leaves."),
    "done.scenario.resumed": ("Il est de nouveau en marche.", "It runs again."),
    "done.scenario.archived": ("Rangé.", "Put away."),
    "done.scenario.saved": ("Brouillon enregistré.", "Draft saved."),
    "done.scenario.moved": ("Les personnes sont sur la version publiée.", "People are on the published version."),
    "done.scenario.dryrun_stopped": ("L’essai est effacé.", "The trial is gone."),
    # versions
    "scenario.versions.says": (
        "Ce qui a été publié, quand, par qui, et ce qui a changé.",
        "What was published, when, by whom, and what changed.",
    ),
    "scenario.versions.live": ("celle qui tourne", "the one that runs"),
    "scenario.versions.draft": ("Un brouillon attend d’être publié.", "A draft waits to be published."),
    "scenario.versions.by": ("Publiée le {at} par {who}", "Published on {at} by {who}"),
    "scenario.versions.lines": ("Voir les lignes du texte", "See the lines of the text"),
    "scenario.versions.help": (
        (
            "Une version publiée ne change plus. Les nouvelles personnes prennent la dernière ; celles en cours "
            "finissent sur la leur, ou sont déplacées étape par étape, comme vous le dites."
        ),
        (
            "A published version never changes. New people get the latest; those in it finish on theirs, or are moved "
            "step by step as you say."
        ),
    ),
    "scenario.change.added": ("Étape ajoutée : {what}", "Step added: {what}"),
    "scenario.change.removed": ("Étape retirée : {what}", "Step taken away: {what}"),
    "scenario.change.changed": ("Étape changée : {what}", "Step changed: {what}"),
    "scenario.change.moved": ("Étape déplacée : {what}", "Step moved: {what}"),
    "scenario.change.part": ("{what} : changé", "{what}: changed"),
    "scenario.change.words": ("Mots changés : {what}", "Words changed: {what}"),
    "scenario.top.title": ("Nom", "Name"),
    "scenario.top.trigger": ("Ce qui le démarre", "What starts it"),
    "scenario.top.exits": ("Ce qui l’arrête", "What ends it"),
    "scenario.top.message_class": ("Nature des messages", "Nature of its messages"),
    "scenario.top.brands": ("Marques", "Brands"),
    "scenario.top.priority": ("Priorité", "Priority"),
    "scenario.top.expected_value": ("Valeur attendue", "Expected value"),
    "scenario.top.control_share": ("Groupe témoin", "Control group"),
    "scenario.top.discretion": ("Discrétion", "Discretion"),
    "scenario.top.tags": ("Thèmes", "Themes"),
    "scenario.move": ("Passer de la version {from} à la version {to}", "Move from version {from} to version {to}"),
    "scenario.move.which": ("Quelle version quitter", "Which version to leave"),
    "scenario.move.says": (
        "Voici où irait chacun. Qui reste à la même étape garde le temps déjà attendu.",
        "This is where everybody would go. Who stays at the same step keeps the time already waited.",
    ),
    "scenario.move.stands": ("Arrêtées à", "They stand at"),
    "scenario.move.people": ("Personnes", "People"),
    "scenario.move.goes": ("Iront à", "They go to"),
    "scenario.move.goes_from": ("Où vont celles de : {step}", "Where go those of: {step}"),
    "scenario.move.choose": ("Choisissez…", "Choose…"),
    "scenario.move.leave": ("Elles sortent du scénario", "They leave the scenario"),
    "scenario.move.unmapped": (
        "Dites où va chaque étape : quelqu’un n’aurait pas de place.",
        "Say where each step goes: somebody would have no place.",
    ),
    "scenario.move.do.one": ("Déplacer {n} personne", "Move {n} person"),
    "scenario.move.do.many": ("Déplacer {n} personnes", "Move {n} people"),
    # publishing
    "scenario.publish.title": ("Publier {title}", "Publish {title}"),
    "scenario.publish.says": ("Ce sera la version {n}.", "It will be version {n}."),
    "scenario.publish.see": ("Voir et publier", "Look and publish"),
    "scenario.publish.happens": ("Ce qui va se passer", "What will happen"),
    "scenario.publish.new": (
        "Les nouvelles personnes suivent cette version dès maintenant.",
        "New people follow this version from now on.",
    ),
    "scenario.publish.new.paused": (
        "Le scénario reste en pause : rien ne part avant que vous le remettiez en marche.",
        "The scenario stays paused: nothing leaves before you let it run again.",
    ),
    "scenario.publish.in_flight.one": (
        "{n} personne en cours finit sur sa version ; vous pourrez la déplacer.",
        "{n} person in it finishes on their version; you can move them afterwards.",
    ),
    "scenario.publish.in_flight.many": (
        "{n} personnes en cours finissent sur leur version ; vous pourrez les déplacer.",
        "{n} people in it finish on their version; you can move them afterwards.",
    ),
    "scenario.publish.control": (
        "{share} des personnes ne reçoivent rien : c’est ainsi que l’on sait ce qu’il apporte.",
        "{share} of people get nothing: that is how you know what it brings.",
    ),
    "scenario.publish.no_control": (
        "Sans groupe témoin, on ne saura pas ce qu’il apporte vraiment.",
        "Without a control group, nobody will know what it really brings.",
    ),
    "scenario.publish.changes": ("Ce qui change", "What changes"),
    "scenario.publish.try": ("Pas sûr ?", "Not sure?"),
    "scenario.publish.do": ("Publier maintenant", "Publish now"),
    # people
    "scenario.people.at": ("Personnes à : {step}", "People at: {step}"),
    "scenario.people.says": (
        "Les {most} dernières arrivées. Un nom mène à la fiche de la personne.",
        "The latest {most}. A name leads to the person’s page.",
    ),
    "scenario.people.state": ("Où elles en sont", "How they stand"),
    "scenario.people.who": ("Qui", "Who"),
    "scenario.people.step": ("Étape", "Step"),
    "scenario.people.since": ("Entrée le", "Entered"),
    "scenario.people.due": ("Reprend le", "Goes on"),
    "scenario.people.why": ("Pourquoi", "Why"),
    "scenario.people.version": ("Version", "Version"),
    "scenario.people.none": ("Personne ici.", "Nobody here."),
    "scenario.people.help": (
        "Une personne n’est qu’une fois à la fois dans un scénario (pour un panier, une fois par panier).",
        "A person is in a scenario once at a time (for baskets: once a basket).",
    ),
    "scenario.status.live": ("en cours", "in it now"),
    "scenario.status.finished": ("arrivées au bout", "went through"),
    "scenario.status.exited": ("sorties avant", "left before"),
    "scenario.arm.control": ("groupe témoin", "control group"),
    "scenario.arm.treated": ("reçoit les messages", "gets the messages"),
    "scenario.enroll": ("Faire entrer des personnes", "Put people in"),
    "scenario.enroll.who": ("E-mails ou numéros de client, un par ligne", "E-mails or customer numbers, one a line"),
    "scenario.enroll.hint": (
        "Qui y est déjà, ou vient d’en sortir, n’y entre pas deux fois.",
        "Who is in it, or may not come again yet, is left out.",
    ),
    "scenario.enroll.do": ("Les faire entrer", "Put them in"),
    "scenario.enroll.cannot": (
        "Il faut un scénario en marche, dont chaque parcours est celui d’une personne (et non d’un panier).",
        "It takes a scenario that runs and is about a person (and not about a basket).",
    ),
    "scenario.enrolled": ("{began} entrées, {left_out} laissées de côté.", "{began} began, {left_out} were left out."),
    "scenario.enrolled.unknown": ("Inconnus : {who}", "Not known: {who}"),
    # the text
    "scenario.text.says": (
        "Tout le scénario en un texte, pour le relire, le copier ou le changer d’un coup. Mêmes contrôles qu’ailleurs.",
        "All of the scenario as one text, to read over, copy or change at once. The same checks as elsewhere.",
    ),
    "scenario.text.label": ("Texte (YAML)", "Text (YAML)"),
    "scenario.text.differs": ("Ce qui diffère du brouillon actuel", "How it differs from the draft as it is now"),
    "scenario.text.help": (
        "Les commentaires du texte disparaissent dès qu’une étape est changée par un formulaire.",
        "Comments in the text go as soon as a step is changed by a form.",
    ),
}
