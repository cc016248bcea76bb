"""Words of Pressure."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "pressure.nav": ("Pression", "Pressure"),
    "pressure.title": ("Pression commerciale", "Contact pressure"),
    "pressure.says": (
        "Combien de messages vos clients reçoivent, ce que cela rapporte, et les règles qui les protègent.",
        "How many messages your customers get, what that brings, and the rules that protect them.",
    ),
    "pressure.rules": ("Les règles", "The rules"),
    "pressure.every": ("Toutes les marques", "Every brand"),
    "pressure.version": ("version {version}", "version {version}"),
    "pressure.version.none": (
        "Réglage d’origine : rien n’a été publié.",
        "As it came: nothing was published.",
    ),
    "pressure.change": ("Changer et essayer", "Change and try"),
    "pressure.without": ("Sans règles à elles", "Without rules of their own"),
    "pressure.without.says": (
        "Ces marques suivent celles de toutes les marques.",
        "These brands follow those of every brand.",
    ),
    "pressure.without.make": ("Donner des règles à {brand}", "Give {brand} rules of its own"),
    # a policy in sentences
    "pressure.says.cap.one": ("au plus {n} message", "at most {n} message"),
    "pressure.says.cap.many": ("au plus {n} messages", "at most {n} messages"),
    "pressure.says.within": ("en {time}", "within {time}"),
    "pressure.says.on": ("par {channel}", "by {channel}"),
    "pressure.says.about": ("sur « {tag} »", "about “{tag}”"),
    "pressure.says.per_person": ("par personne", "a person"),
    "pressure.says.per_address": ("par adresse", "an address"),
    "pressure.says.across": ("(toutes marques réunies)", "(over all brands)"),
    "pressure.says.gap": ("au moins {time} entre deux messages", "at least {time} between two messages"),
    "pressure.says.channel_gap": (
        "au moins {time} entre deux messages par {channel}",
        "at least {time} between two messages by {channel}",
    ),
    "pressure.says.night": (
        "rien de {begins} à {ends}, à l’heure de la personne",
        "nothing from {begins} to {ends}, by the person’s clock",
    ),
    "pressure.says.days": ("rien {days}", "nothing {days}"),
    "pressure.says.sundays": ("le dimanche", "on Sundays"),
    "pressure.says.holidays": ("les jours fériés", "on public holidays"),
    "pressure.says.and": (" ni ", " nor "),
    "pressure.says.quiet_on": ("ce silence vaut pour : {channels}", "this quiet is kept by: {channels}"),
    "pressure.says.i_saw_you": (
        "« nous vous avons vu » : {count} fois au plus en {time}",
        "“we saw you”: {count} times at most within {time}",
    ),
    "pressure.says.look_ahead": (
        "un message laisse passer un meilleur attendu sous {time}",
        "a message makes way for a better one due within {time}",
    ),
    "pressure.says.control": (
        "{share} des personnes ne reçoivent rien, pour mesurer ce que tout rapporte",
        "{share} of people get nothing, so that one can tell what all of it brings",
    ),
    "pressure.channel.email": ("e-mail", "e-mail"),
    "pressure.channel.sms": ("SMS", "SMS"),
    "pressure.channel.push": ("notification", "push"),
    "pressure.channel.all": ("tous les canaux", "every channel"),
    # weeks
    "pressure.weeks": ("Messages reçus par semaine", "Messages a week"),
    "pressure.weeks.says": (
        (
            "Chaque personne, chaque semaine où elle a reçu quelque chose : combien de messages, ce qu’elle a"
            " acheté cette"
            " semaine-là, et si elle en a eu assez."
        ),
        (
            "Each person, each week in which they got something: how many messages, what they bought,"
            " and whether"
            " they had enough."
        ),
    ),
    "pressure.weeks.picture": (
        "Part des personnes par nombre de messages reçus dans la semaine ; le tableau dit les chiffres",
        "Share of people by the number of messages they got in a week; the table has the figures",
    ),
    "pressure.weeks.count": ("Dans la semaine", "In the week"),
    "pressure.weeks.messages.one": ("{n} message", "{n} message"),
    "pressure.weeks.messages.many": ("{n} messages", "{n} messages"),
    "pressure.weeks.more": ("{count} messages ou plus", "{count} messages or more"),
    "pressure.weeks.people": ("Personnes × semaines", "People × weeks"),
    "pressure.weeks.worth": ("Achats par personne", "Bought by each"),
    "pressure.weeks.tired": ("Désinscrites ou plaintes", "Unsubscribed or complained"),
    "pressure.weeks.csv": ("Télécharger ce tableau (CSV)", "Download this table (CSV)"),
    "pressure.weeks.file": ("messages-par-semaine", "messages-a-week"),
    "pressure.weeks.none": ("Aucun message dans cette période.", "No message in this period."),
    "pressure.weeks.none.do": (
        "Choisissez une période plus longue, ou mettez un scénario en marche.",
        "Choose a longer period, or switch a scenario on.",
    ),
    # near a cap
    "pressure.near": ("Près du plafond", "Near the cap"),
    "pressure.near.says": (
        "Celles et ceux qui ont reçu tout ce que la règle permet, ou un message de moins.",
        "Those who got all that the rule allows, or one message less.",
    ),
    "pressure.near.full.one": ("{n} personne au plafond", "{n} person at the cap"),
    "pressure.near.full.many": ("{n} personnes au plafond", "{n} people at the cap"),
    "pressure.near.almost.one": ("{n} à un message près", "{n} one message short of it"),
    "pressure.near.almost.many": ("{n} à un message près", "{n} one message short of it"),
    "pressure.near.cut": ("Les {most} plus proches sont montrées.", "The {most} nearest are shown."),
    "pressure.near.none": (
        "Aucune règle ne limite le nombre de messages.",
        "No rule limits the number of messages.",
    ),
    # conflicts
    "pressure.conflicts": ("Qui passe avant qui", "Who goes before whom"),
    "pressure.conflicts.says": (
        "Quand deux scénarios veulent la même personne, le plus important passe. Sur les {most} dernières demandes.",
        "Where two scenarios want the same person, the more important one goes. Among the last {most} wishes.",
    ),
    "pressure.conflicts.winner": ("Est passé", "Went"),
    "pressure.conflicts.loser": ("À la place de", "In place of"),
    "pressure.conflicts.replaced": ("Abandonnés", "Gone"),
    "pressure.conflicts.deferred": ("Remis à plus tard", "Put off"),
    "pressure.conflicts.none": ("Aucun scénario n’en gêne un autre.", "No scenario is in another’s way."),
    # the form
    "pressure.policy": ("Règles de contact", "Rules of contact"),
    "pressure.policy.says": (
        (
            "Changez, essayez sur le mois passé, puis publiez : cela vaut dès la prochaine décision, aussi pour"
            " ce qui attend."
        ),
        "Change, try on last month, then publish: it holds from the next decision on, for what waits too.",
    ),
    "pressure.read_only": (
        "Ces règles valent pour toutes les marques : vous pouvez les lire, pas les changer.",
        "These rules hold for every brand: you may read them, not change them.",
    ),
    "pressure.caps": ("Plafonds", "Caps"),
    "pressure.caps.hint": (
        "Dans n’importe quelle fenêtre de cette durée. 0 message interdit tout.",
        "In any window of that length. 0 messages forbids all.",
    ),
    "pressure.cap.at_most": ("Au plus (messages)", "At most (messages)"),
    "pressure.cap.within": ("En", "Within"),
    "pressure.cap.unit": ("Unité", "Unit"),
    "pressure.unit.hours": ("heures", "hours"),
    "pressure.unit.days": ("jours", "days"),
    "pressure.cap.channel": ("Canal", "Channel"),
    "pressure.cap.tag": ("Étiquette", "Tag"),
    "pressure.cap.tag.hint": ("toutes", "all"),
    "pressure.cap.per": ("Compté par", "Counted by"),
    "pressure.per.both": ("personne et adresse", "person and address"),
    "pressure.per.person": ("personne", "person"),
    "pressure.per.address": ("adresse", "address"),
    "pressure.cap.across": (
        "Compter aussi les messages des autres marques",
        "Count other brands’ messages too",
    ),
    "pressure.cap.add": ("Ajouter un plafond", "Add a cap"),
    "pressure.cap.remove": ("Retirer ce plafond", "Remove this cap"),
    "pressure.gaps": ("Répit entre deux messages", "Rest between two messages"),
    "pressure.gap": ("Tous canaux", "All channels"),
    "pressure.gap.on": ("Par {channel}", "By {channel}"),
    "pressure.quiet": ("Silence", "Quiet"),
    "pressure.quiet.hint": (
        "À l’heure et aux jours fériés du pays de chaque personne. Ce qui tombe là attend, ou n’est pas envoyé.",
        "By the clock and the holidays of each person’s country. What falls there waits, or is not sent.",
    ),
    "pressure.night": ("La nuit", "At night"),
    "pressure.begins": ("de", "from"),
    "pressure.ends": ("à", "until"),
    "pressure.sundays": ("Le dimanche", "On Sundays"),
    "pressure.holidays": ("Les jours fériés", "On public holidays"),
    "pressure.quiet.on": ("Seulement pour (aucun coché : tous) :", "Only for (none ticked: all):"),
    "pressure.zones": ("Fuseaux des pays qui en ont plusieurs", "Zones of countries that have several"),
    "pressure.zones.hint": ("Un pays par ligne : US: America/New_York", "One country a line: US: America/New_York"),
    "pressure.saw": ("« Nous vous avons vu »", "“We saw you”"),
    "pressure.saw.hint": (
        "Les messages qui montrent que vous avez suivi une visite (rayon ou produits). Vide : sans limite.",
        "Messages that show that you followed a visit (category or products). Empty: no limit.",
    ),
    "pressure.saw.days": ("En", "Within"),
    "pressure.ahead": ("Prévoyance", "Look-ahead"),
    "pressure.ahead.hint": (
        "Un message moins important laisse sa place à un meilleur attendu dans les jours qui viennent.",
        "A less important message leaves its room to a better one that is due in the coming days.",
    ),
    "pressure.ahead.days": ("Regarder à", "Look"),
    "pressure.control": ("Groupe témoin universel", "Universal control group"),
    "pressure.control.hint": (
        "Des personnes tirées au sort ne reçoivent aucun message commercial : on mesure ainsi ce que tout rapporte.",
        "People drawn by lot get no marketing at all: so one can measure what all of it brings.",
    ),
    "pressure.control.share": ("Part des personnes", "Share of people"),
    "pressure.try": ("Essayer sur le mois passé", "Try on last month"),
    "pressure.try.says": (
        "L’essai rejoue les demandes des trente derniers jours ; il n’écrit et n’envoie rien.",
        "The trial plays the wishes of the last thirty days again; it writes and sends nothing.",
    ),
    "pressure.publish": ("Publier ces règles", "Publish these rules"),
    "pressure.now": ("Aujourd’hui", "Today"),
    "pressure.former": ("Historique", "History"),
    "pressure.former.none": ("Rien n’a encore été publié.", "Nothing was published yet."),
    "pressure.former.show": ("Ce qu’elle disait", "What it said"),
    "pressure.go_back": ("Revenir à celle-ci", "Go back to this one"),
    "pressure.wrong.some": (
        "Ce n’est pas encore publiable : corrigez le champ signalé.",
        "This cannot be published yet: mend the marked field.",
    ),
    "pressure.wrong.top": (
        "Ces règles ne se lisent pas : vérifiez les champs.",
        "These rules cannot be read: look at the fields.",
    ),
    "pressure.wrong.cap": (
        "Un nombre entier de messages (0 ou plus) et une durée plus longue que rien.",
        "A whole number of messages (0 or more) and a time longer than nothing.",
    ),
    "pressure.wrong.number": ("Un nombre, 0 ou plus.", "A number, 0 or more."),
    "pressure.wrong.share": ("Un pourcentage de 0 à 100.", "A percentage from 0 to 100."),
    "pressure.wrong.time": ("Une heure, comme 21:00.", "A time of day, such as 21:00."),
    "pressure.wrong.zone": (
        "Un pays et un fuseau connus : US: America/New_York",
        "A country and a zone that exist: US: America/New_York",
    ),
    # the trial
    "pressure.trial": ("Essai de règles", "Trial of rules"),
    "pressure.trial.says": (
        "Ce que ces règles auraient fait des demandes des {days} derniers jours. Rien n’est écrit ni envoyé.",
        "What these rules would have done with the wishes of the last {days} days. Nothing is written or sent.",
    ),
    "pressure.tried": ("Les règles essayées", "The rules that are tried"),
    "pressure.trial.going": ("L’essai est en cours", "The trial is under way"),
    "pressure.trial.progress": (
        "{done} demandes jugées sur {count}. Vous pouvez quitter la page : cela continue.",
        "{done} of {count} wishes judged. You may leave the page: it goes on.",
    ),
    "pressure.trial.look": ("Voir où l’on en est", "See how far it is"),
    "pressure.trial.failed": (
        "L’essai n’a pas abouti ; le journal du comptoir dit pourquoi. Les règles peuvent être publiées quand même.",
        "The trial did not end well; the desk’s log says why. The rules can be published all the same.",
    ),
    "pressure.trial.empty": (
        "Aucune demande dans les trente derniers jours : il n’y a rien à rejouer.",
        "No wish in the last thirty days: there is nothing to play again.",
    ),
    "pressure.trial.wishes": ("Demandes", "Wishes"),
    "pressure.trial.really": ("Vraiment partis", "Really left"),
    "pressure.trial.sent": ("Partiraient", "Would leave"),
    "pressure.trial.late": ("dont plus tard", "of them later"),
    "pressure.trial.dropped": ("Ne partiraient pas", "Would not leave"),
    "pressure.trial.waiting": ("Attendraient encore", "Would still wait"),
    "pressure.trial.most": ("Le plus par adresse en 7 jours", "Most an address in 7 days"),
    "pressure.trial.was": ("{figure} avec les règles d’aujourd’hui", "{figure} by today’s rules"),
    "pressure.trial.more": (
        "{figure} messages de plus qu’avec les règles d’aujourd’hui.",
        "{figure} messages more than by today’s rules.",
    ),
    "pressure.trial.less": (
        "{figure} messages de moins qu’avec les règles d’aujourd’hui.",
        "{figure} messages fewer than by today’s rules.",
    ),
    "pressure.trial.same": (
        "Autant de messages qu’avec les règles d’aujourd’hui.",
        "As many messages as by today’s rules.",
    ),
    "pressure.trial.by": ("Par scénario", "By scenario"),
    "pressure.trial.scenario": ("Scénario", "Scenario"),
    "pressure.trial.all": ("Tous", "All"),
    "pressure.trial.reasons": (
        "Pourquoi des messages ne partiraient pas tout de suite",
        "Why messages would not leave at once",
    ),
    "pressure.trial.cut": (
        "Seules les 200 000 dernières demandes ont été rejouées.",
        "Only the last 200,000 wishes were played again.",
    ),
    "pressure.trial.means": (
        (
            "À gauche de la flèche, le mois rejoué avec les règles d’aujourd’hui ; à droite, avec les nouvelles."
            " « Vraiment"
            " partis » est ce qui s’est passé. Ne sont rejouées que les demandes que la pression pouvait arrêter."
        ),
        (
            "Left of the arrow the month played by today’s rules, right of it by the new ones. “Really left” is what"
            " happened. Only wishes that pressure could stop are played."
        ),
    ),
    "pressure.trial.on": ("Changer encore", "Change further"),
    "done.pressure.published": (
        "C’est publié : ces règles valent dès la prochaine décision.",
        "It is published: these rules hold from the next decision on.",
    ),
    "done.pressure.back": ("Les anciennes règles valent à nouveau.", "The former rules hold again."),
    # help
    "pressure.help.rules": (
        (
            "Une marque sans règles à elle suit celles de toutes les marques. Les messages de service (commande, mot de"
            " passe) n’y sont jamais soumis."
        ),
        (
            "A brand without rules of its own follows those of every brand. Service messages (orders, passwords)"
            " are never"
            " subject to them."
        ),
    ),
    "pressure.help.weeks": (
        (
            "Si les achats ne montent plus et que les désinscriptions montent, vous écrivez trop. Attention : ceux qui"
            " reçoivent plus sont aussi ceux qui visitent plus ; seul un groupe témoin dit ce que les messages causent."
        ),
        (
            "Where purchases rise no more and unsubscriptions do, you write too much. Mind: those who get more are also"
            " those who visit more; only a control group tells what messages cause."
        ),
    ),
    "pressure.help.near": (
        "Cliquez une personne pour voir ce qu’elle a reçu et ce qui attend.",
        "Click a person to see what they got and what waits.",
    ),
    "pressure.help.conflicts": (
        "Si un scénario perd trop souvent, donnez-lui une plus grande priorité, ou remontez le plafond.",
        "Where a scenario loses too often give it a higher priority, or raise the cap.",
    ),
    "pressure.help.caps": (
        "Plusieurs plafonds valent ensemble : le plus strict décide.",
        "Several caps hold together: the strictest decides.",
    ),
    "pressure.help.try": (
        "Essayez avant de publier : l’essai dit, par scénario, ce qui partirait, attendrait ou ne partirait pas.",
        "Try before you publish: the trial says, by scenario, what would leave, wait or not leave.",
    ),
    "pressure.help.undo": (
        "Chaque publication fait une version : revenez à une ancienne d’un clic, à droite.",
        "Each publication makes a version: go back to a former one by a click, on the right.",
    ),
}
