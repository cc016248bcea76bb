"""Words of Quality: fields, grades, what was wrong with a value, and who minds what."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "quality.title": ("Qualité", "Quality"),
    "quality.lead": (
        "Ce que valent les coordonnées que chaque source apporte, champ par champ.",
        "What the details that each source brings are worth, field by field.",
    ),
    "quality.none": ("Aucune coordonnée n’est encore arrivée.", "No detail of a person has come yet."),
    "quality.none.do": (
        "Importez un fichier de contacts, ou laissez votre site dire qui s’identifie.",
        "Import a file of contacts, or let your site say who signs in.",
    ),
    "quality.alarms.one": ("Un champ demande un regard.", "One field wants a look."),
    "quality.alarms.many": ("{n} champs demandent un regard.", "{n} fields want a look."),
    "quality.column.field": ("Champ", "Field"),
    "quality.column.brand": ("Marque", "Brand"),
    "quality.column.source": ("Source", "Source"),
    "quality.column.values": ("Valeurs", "Values"),
    "quality.column.good": ("Justes", "Good"),
    "quality.column.weeks": ("8 semaines", "8 weeks"),
    "quality.column.fill": ("Rempli", "Filled"),
    "quality.column.shared": ("Partagé", "Shared"),
    "quality.column.last": ("Dernière valeur", "Last value"),
    "quality.column.owner": ("Responsable", "Owner"),
    "quality.column.grade": ("Verdict", "Verdict"),
    "quality.column.original": ("Reçu", "As it came"),
    "quality.column.used": ("Gardé", "Kept as"),
    "quality.column.why": ("Verdict", "Verdict"),
    "quality.column.proposal": ("Proposition", "Proposal"),
    "quality.column.whose": ("Client", "Customer"),
    "quality.column.came": ("Arrivé", "Came"),
    "quality.column.ask": ("Demander", "Ask"),
    "quality.course": ("Part de valeurs justes par semaine, en % : {figures}", "Good values by week, in %: {figures}"),
    "quality.grade.all": ("À regarder", "To look at"),
    "quality.grade.valid": ("Réécrit", "Rewritten"),
    "quality.grade.corrected": ("Corrigé", "Corrected"),
    "quality.grade.doubtful": ("Douteux", "Doubtful"),
    "quality.grade.refused": ("Refusé", "Refused"),
    "quality.alarm.bad": ("trop de fautes", "too many mistakes"),
    "quality.alarm.falling": ("en baisse", "getting worse"),
    "quality.alarm.empty": ("trop peu rempli", "too rarely filled"),
    "quality.alarm.silent": ("silencieux", "silent"),
    "quality.values": ("Valeurs à regarder", "Values to look at"),
    "quality.values.lead": (
        "Ce qui a été corrigé, mis en doute ou refusé, du plus récent au plus ancien. Ce qui est arrivé reste gardé.",
        "What was corrected, doubted or refused, newest first. What came is always kept.",
    ),
    "quality.values.none": ("Rien à regarder ici.", "Nothing to look at here."),
    "quality.values.none.do": ("Toutes les valeurs sont justes.", "Every value is fine."),
    "quality.values.more": (
        "Les {most} plus récentes ; le fichier CSV les contient toutes.",
        "The {most} newest; the CSV file holds them all.",
    ),
    "quality.customer": ("voir", "see"),
    "quality.line": ("ligne {line}", "line {line}"),
    "quality.ask": ("Demander au client", "Ask the customer"),
    "quality.link": ("Voici le lien à envoyer à ce client.", "Here is the link to send to this customer."),
    "quality.link.says": (
        (
            "Il montre les deux valeurs en partie cachées, marche {days} jours, et seule la première "
            "réponse compte. Il n’est affiché qu’une fois."
        ),
        (
            "It shows both values partly hidden, works for {days} days, and only the first answer counts. "
            "It is shown once."
        ),
    ),
    "quality.watch": ("Surveiller ce champ", "Watch this field"),
    "quality.watch.says": (
        "Quand une limite est franchie, « Aujourd’hui » le dit.",
        "When a limit is passed, “Today” says so.",
    ),
    "quality.watch.owner": (
        "Qui s’en occupe. Si c’est une adresse e-mail, l’alerte y est envoyée, une fois, et sa fin aussi.",
        "Who sees to it. If it is an e-mail address, the alarm is mailed there, once, and so is its end.",
    ),
    "quality.watch.good": ("Part de valeurs justes, au moins (%)", "Share of good values, at least (%)"),
    "quality.watch.zero": ("0 : pas d’alerte.", "0: no alarm."),
    "quality.watch.fill": ("Part de fiches remplies, au moins (%)", "Share of records filled, at least (%)"),
    "quality.watch.days": ("Jours sans nouvelle valeur, au plus", "Days without a new value, at most"),
    "quality.watch.save": ("Enregistrer", "Save"),
    "done.quality.watched": ("La surveillance est enregistrée.", "The watch is saved."),
    "quality.help.grades": (
        (
            "Juste : rien à redire. Corrigé : une faute qui n’avait qu’un remède. Douteux : utilisable, mais à "
            "regarder ; la proposition n’est pas appliquée. Refusé : ne peut pas être ce que le champ demande, et "
            "n’identifie personne."
        ),
        (
            "Good: nothing to say. Corrected: a mistake with but one remedy. Doubtful: it can be used, but look; "
            "the proposal is not applied. Refused: it cannot be what the field is for, and identifies nobody."
        ),
    ),
    "quality.help.kept": (
        (
            "Ce qui est arrivé est gardé à la lettre à côté de ce qui est utilisé. Une adresse corrigée ne "
            "réunit jamais deux clients."
        ),
        "What came is kept to the letter beside what is used. A corrected address never joins two customers.",
    ),
    "quality.help.alarm": (
        (
            "Une alerte vient si moins de 90 % des valeurs sont justes, ou si cette part baisse de 10 "
            "points. Ouvrez un champ pour changer ses limites."
        ),
        (
            "An alarm is raised if less than 90% of the values are good, or if that share falls by 10 "
            "points. Open a field to change its limits."
        ),
    ),
    "quality.help.ask": (
        "« Demander au client » fait un lien signé : le client choisit la bonne valeur, et sa réponse fait foi.",
        "“Ask the customer” makes a signed link: the customer chooses the right value, and the answer is believed.",
    ),
    "quality.origin": ("D’où viennent ces coordonnées", "Where these details came from"),
    "quality.origin.first": ("Première fois :", "First:"),
    "quality.origin.last": ("Dernière fois :", "Latest:"),
    "origin.consent": ("consentement", "consent"),
    "detail.email": ("E-mail", "E-mail"),
    "detail.phone": ("Téléphone", "Phone"),
    "detail.title": ("Civilité", "Form of address"),
    "detail.first_name": ("Prénom", "First name"),
    "detail.last_name": ("Nom", "Last name"),
    "detail.name": ("Nom complet", "Whole name"),
    "detail.company": ("Société", "Company"),
    "detail.birth_on": ("Date de naissance", "Date of birth"),
    "detail.birthday": ("Date de naissance", "Date of birth"),
    "detail.birth_date": ("Date de naissance", "Date of birth"),
    "detail.date_of_birth": ("Date de naissance", "Date of birth"),
    "detail.gender": ("Genre", "Gender"),
    "detail.address": ("Adresse", "Address"),
    "detail.region": ("Région", "Region"),
    "detail.loyalty_tier": ("Palier de fidélité", "Loyalty tier"),
    "detail.street": ("Rue", "Street"),
    "detail.postal_code": ("Code postal", "Postal code"),
    "detail.city": ("Ville", "Town"),
    "detail.country": ("Pays", "Country"),
    "detail.language": ("Langue", "Language"),
    "detail.currency": ("Monnaie", "Currency"),
    "detail.loyalty_card": ("Carte de fidélité", "Loyalty card"),
    "detail.time_zone": ("Fuseau horaire", "Time zone"),
    "detail.siren": ("SIREN", "SIREN"),
    "detail.siret": ("SIRET", "SIRET"),
    "detail.vat_number": ("N° de TVA", "VAT number"),
    "flaw.empty": ("vide", "empty"),
    "flaw.too_long": ("trop long", "too long"),
    "flaw.not_readable": ("illisible pour ce champ", "not written as this field is"),
    "flaw.placeholder": ("rempli pour passer", "filled in to get on"),
    "flaw.punctuation": ("ponctuation", "punctuation"),
    "flaw.wrapped": ("texte autour", "text around it"),
    "flaw.typo_domain": ("faute dans le domaine", "mistyped domain"),
    "flaw.near_domain": ("domaine à une lettre près", "domain one letter away"),
    "flaw.disposable": ("adresse jetable", "throw-away address"),
    "flaw.role": ("adresse d’un service", "address of a function"),
    "flaw.accent": ("accent dans l’adresse", "accent in the address"),
    "flaw.lost_zero": ("zéro perdu", "lost zero"),
    "flaw.lost_plus": ("+ perdu", "lost +"),
    "flaw.letter_for_digit": ("lettre pour un chiffre", "letter for a digit"),
    "flaw.not_assigned": ("n’est attribué à personne", "given to nobody"),
    "flaw.no_person": ("numéro de service", "number of a service"),
    "flaw.letter_case": ("majuscules", "capitals"),
    "flaw.civility": ("civilité dans le nom", "form of address in the name"),
    "flaw.swapped": ("nom et prénom échangés", "first and last name swapped"),
    "flaw.company": ("nom de société", "name of a company"),
    "flaw.not_a_name": ("signes qu’un nom n’a pas", "signs no name holds"),
    "flaw.implausible": ("date impossible", "impossible date"),
    "flaw.ambiguous": ("jour ou mois ?", "day or month?"),
    "flaw.default_date": ("date par défaut", "default date"),
    "flaw.checksum": ("clé de contrôle fausse", "check digits are wrong"),
    "flaw.wrong_town": ("ville et code postal ne vont pas ensemble", "town and postal code do not match"),
    "flaw.wrong_country": ("pas écrit comme dans ce pays", "not written as in that country"),
    "flaw.two_people": ("deux personnes dans un champ", "two people in one field"),
    "flaw.several": ("plusieurs valeurs dans un champ", "several values in one field"),
    "flaw.too_wide": ("trop long pour une enveloppe", "too long for an envelope"),
    "reason.correction": (
        "adresse corrigée : peut-être la même personne",
        "corrected address: perhaps the same person",
    ),
    "deed.scores.run": ("a fait recalculer des scores", "counted scores again"),
    "deed.quality.towns": ("a apporté les codes postaux", "brought the postal codes"),
    "deed.quality.watched": ("a réglé la surveillance d’un champ", "set the watch of a field"),
    "deed.correction.offered": ("a préparé une question pour un client", "prepared a question for a customer"),
    "today.quality.one": ("{field}, source {source} : {why}.", "{field}, source {source}: {why}."),
    "today.quality.many": ("{n} champs de vos sources sont à revoir.", "{n} fields of your sources want a look."),
    "today.quality.do": ("Regarder les valeurs", "Look at the values"),
    "settings.table.quality": ("Qualité : de quoi vérifier", "Quality: what to check against"),
    "wrong.nothing_to_offer": (
        "Il n’y a rien à demander sur cette valeur.",
        "There is nothing to ask about this value.",
    ),
    "wrong.nothing_to_offer.do": (
        "Choisissez une valeur corrigée, ou douteuse avec une proposition.",
        "Choose a value that was corrected, or is doubtful with a proposal.",
    ),
    "wrong.no_such_score": ("Aucun score ne porte ce nom.", "No score has this name."),
    "wrong.no_such_score.do": ("La liste des scores les nomme.", "The list of scores names them."),
    "wrong.scores_are_running": ("Des scores sont déjà en cours de calcul.", "Scores are being counted already."),
    "wrong.scores_are_running.do": (
        "Attendez qu’ils soient finis, puis recommencez.",
        "Wait until they are done, and try again.",
    ),
    "wrong.score_broken": ("Ce score a rendu ce qui n’en est pas un.", "This score gave something that is no score."),
    "wrong.score_broken.do": ("Prévenez l’auteur de l’extension.", "Tell whoever wrote the plug-in."),
    "wrong.no_such_value": ("Cette valeur n’est plus à regarder.", "This value is no longer there to look at."),
    "wrong.no_such_value.do": ("La page Qualité liste les valeurs.", "The page Quality lists the values."),
    "wrong.bad_watch": ("Ce champ ne peut pas être surveillé ainsi.", "This field cannot be watched so."),
    "wrong.bad_watch.do": (
        "Des parts de 0 à 100 %, des jours de 0 à 3650.",
        "Shares from 0 to 100%, days from 0 to 3650.",
    ),
    "wrong.towns_unreadable": (
        "Le fichier des codes postaux et des communes ne se lit pas.",
        "The file of postal codes and towns cannot be read.",
    ),
    "wrong.towns_unreadable.do": (
        "C’est du texte en colonnes, dont la première ligne nomme code_postal et commune.",
        "It is text in columns whose first line names code_postal and commune.",
    ),
}
