"""Words for what went wrong, by the code of the error: what happened, and what to do about it on these pages."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "wrong.bad_brand": ("Une marque ne peut pas être décrite ainsi.", "A brand cannot be described like that."),
    "wrong.bad_brand.do": (
        "Pays FR, monnaie EUR, langue fr, fuseau Europe/Paris, et l’adresse de la boutique en https://…",
        "Country FR, currency EUR, language fr, time zone Europe/Paris, and the shop’s address as https://…",
    ),
    "wrong.feed_forgotten": (
        "Des changements aussi anciens sont oubliés.",
        "Changes as old as this cursor are forgotten.",
    ),
    "wrong.feed_forgotten.do": (
        "Que l’autre système recommence sans curseur : il reçoit d’abord chaque profil, puis ce qui change.",
        "Let the other system begin again without a cursor: it gets every profile first, then what changes.",
    ),
    "wrong.bad_day": ("Ce n’est pas un jour.", "This is no day."),
    "wrong.bad_day.do": ("Écrivez-le comme 2026-11-22.", "Write it as 2026-11-22."),
    "wrong.signing_in_busy": (
        "Trop de monde entre en ce moment.",
        "Too many people sign in at this moment.",
    ),
    "wrong.signing_in_busy.do": ("Réessayez dans quelques secondes.", "Try again in a few seconds."),
    "wrong.bad_name": (
        "Ce nom ne peut pas servir : vide, trop long ou avec des signes invisibles.",
        "This name cannot be used: empty, too long or with signs that cannot be shown.",
    ),
    "wrong.bad_name.do": (
        "Prenez des lettres, des chiffres et des espaces, 100 au plus.",
        "Use letters, digits and blanks, 100 at most.",
    ),
    "wrong.bad_origin": ("Ce n’est pas l’adresse d’un site.", "This is not the address of a site."),
    "wrong.bad_origin.do": (
        "Écrivez le début de la barre d’adresse, sans chemin : https://www.boutique.example",
        "Write it as the address bar begins, without a path: https://www.shop.example",
    ),
    "wrong.no_such_suggestion": ("Cette paire n’attend pas de réponse.", "This pair waits for no answer."),
    "wrong.no_such_suggestion.do": (
        "Quelqu’un y a peut-être déjà répondu : voyez celles qui attendent.",
        "Somebody may have answered already: see those that wait.",
    ),
    "wrong.nothing_to_undo": ("Personne n’a répondu pour cette paire.", "Nobody has answered for this pair."),
    "wrong.nothing_to_undo.do": ("Il n’y a rien à reprendre.", "There is nothing to take back."),
    "wrong.no_answer": ("Ce n’est pas une réponse.", "This is no answer."),
    "wrong.no_answer.do": ("Choisissez un des boutons de la page.", "Choose one of the buttons of the page."),
    "wrong.too_many_tries": ("Trop de mots de passe faux pour ce nom.", "Too many wrong passwords for this name."),
    "wrong.too_many_tries.do": (
        "Attendez un quart d’heure, ou demandez un nouveau mot de passe à l’administration.",
        "Wait a quarter of an hour, or ask an admin for a new password.",
    ),
    "wrong.weak_password": ("Ce mot de passe est trop facile à deviner.", "This password is too easy to guess."),
    "wrong.weak_password.do": (
        "Au moins 12 caractères ; trois mots qui ne vont pas ensemble conviennent bien.",
        "At least 12 characters; three words that do not go together do well.",
    ),
    "wrong.wrong_password": (
        "Ce nom et ce mot de passe ne vont pas ensemble.",
        "This name and this password do not go together.",
    ),
    "wrong.wrong_password.do": (
        "Essayez encore, ou demandez un nouveau mot de passe à l’administration.",
        "Try again, or ask an admin for a new password.",
    ),
    "wrong.not_allowed": ("Votre rôle ne permet pas cela.", "Your role does not allow this."),
    "wrong.not_allowed.do": (
        "Demandez à l’administration : elle change les rôles sous Réglages, Personnes.",
        "Ask an admin, who changes roles under Settings, People.",
    ),
    "wrong.no_such_brand": ("Aucune marque ne porte ce nom.", "No brand has this name."),
    "wrong.no_such_brand.do": ("Les marques se trouvent sous Réglages.", "The brands are under Settings."),
    "wrong.no_such_user": ("Personne ici ne porte ce nom.", "Nobody here has this name."),
    "wrong.no_such_user.do": (
        "Les personnes se trouvent sous Réglages, Personnes.",
        "People are listed under Settings, People.",
    ),
    "wrong.user_exists": ("Quelqu’un porte déjà ce nom.", "Somebody has this name already."),
    "wrong.user_exists.do": (
        "Prenez un autre nom, ou modifiez cette personne.",
        "Take another name, or change that person.",
    ),
    "wrong.folder_in_use": ("Ce dossier contient déjà quelque chose.", "Something lies in this folder already."),
    "wrong.folder_in_use.do": (
        "Choisissez un dossier qui n’existe pas encore.",
        "Choose a folder that does not exist yet.",
    ),
    "wrong.not_a_backup": ("Ce n’est pas une sauvegarde de Comptoir.", "This is no backup of Comptoir."),
    "wrong.not_a_backup.do": (
        "La liste sous Santé montre celles qu’il y a.",
        "The list under Health shows those there are.",
    ),
    "wrong.not_mendable": ("Cet évènement ne peut toujours pas être accepté.", "This event still cannot be taken."),
    "wrong.not_mendable.do": (
        "Corrigez ce qui est dit en rouge, puis renvoyez-le.",
        "Correct what is marked, then send it in again.",
    ),
    "wrong.no_such_failed": ("Cet évènement refusé n’existe pas.", "There is no such refused event."),
    "wrong.no_such_failed.do": (
        "En direct, sous « Refusés », les montre tous.",
        "Live shows them all, under “Refused”.",
    ),
    "wrong.nothing_chosen": ("Il n’a pas été dit quels évènements refusés.", "It was not said which refused events."),
    "wrong.nothing_chosen.do": ("Choisissez-en un, ou tous ceux d’une raison.", "Choose one, or all of one reason."),
    "wrong.cross_site_request": (
        "La page d’un autre site ne peut rien changer ici.",
        "Another site’s page may change nothing here.",
    ),
    "wrong.cross_site_request.do": (
        "Ouvrez Comptoir par son adresse, puis recommencez.",
        "Open Comptoir by its own address, then try again.",
    ),
    "wrong.link_led_nowhere": (
        "Le lien de ce message ne mène à aucune page.",
        "The link of this message led to no page.",
    ),
    "wrong.link_led_nowhere.do": (
        "Regardez sous Santé si la porte répond.",
        "See under Health whether the door answers.",
    ),
    "wrong.no_such_customer": ("Personne n’a ce numéro de client.", "Nobody has this customer number."),
    "wrong.no_such_customer.do": (
        "Cherchez la personne par son e-mail, son téléphone ou une commande.",
        "Find the person by an e-mail, a phone or an order.",
    ),
    "wrong.no_such_reason": (
        "Aucun évènement n’est refusé pour cette raison.",
        "Events are refused for no such reason.",
    ),
    "wrong.no_such_reason.do": ("En direct liste les raisons qu’il y a.", "Live lists the reasons there are."),
    "wrong.no_such_replay": (
        "Rien n’est en train d’être renvoyé sous ce numéro.",
        "Nothing is being sent in again under this number.",
    ),
    "wrong.no_such_replay.do": (
        "Comptoir a redémarré ; ce qui n’est pas parti attend encore sous En direct.",
        "Comptoir has been started again; what was not sent in still waits under Live.",
    ),
    "wrong.no_such_result": (
        "Ce scénario n’a pas de résultats dans cette période.",
        "This scenario has no results in this period.",
    ),
    "wrong.no_such_result.do": (
        "Regardez une période plus longue, ou toutes les marques.",
        "Look at a longer period, or at every brand.",
    ),
    "wrong.form_too_large": (
        "Ce formulaire ou ce fichier est trop gros pour passer par cette page.",
        "This form or file is too large for this page.",
    ),
    "wrong.form_too_large.do": (
        "Déposez le fichier sur le serveur : la page d’import dit où.",
        "Put the file on the server: the page of imports says where.",
    ),
    "wrong.stale_form": (
        "Cette page était ouverte avant que vous vous identifiiez.",
        "This page was opened before you signed in.",
    ),
    "wrong.stale_form.do": (
        "Rouvrez-la et refaites le dernier geste ; rien n’a changé.",
        "Open it again and repeat the last step; nothing was changed.",
    ),
    "wrong.not_one_person": (
        "Ces deux identifiants ne sont pas à la même personne : il n’y a rien à séparer.",
        "These two identifiers are not one person’s, so there is nothing to part.",
    ),
    "wrong.not_one_person.do": (
        "Rouvrez la page de la personne : elle a pu changer entre-temps.",
        "Open the person’s page again: it may have changed meanwhile.",
    ),
    "wrong.person_not_found": ("Personne ici n’a cet identifiant.", "Nobody here has this identifier."),
    "wrong.person_not_found.do": (
        "Essayez un e-mail, un téléphone, un numéro de compte ou de commande.",
        "Try an e-mail, a phone, an account or an order number.",
    ),
    "wrong.engine_unreachable": ("Le moteur ne répond pas.", "The engine does not answer."),
    "wrong.engine_unreachable.do": (
        "Demandez à qui s’occupe du serveur de relancer Comptoir.",
        "Ask whoever looks after the server to start Comptoir again.",
    ),
    "wrong.engine_silent": ("Le moteur n’a pas répondu à temps.", "The engine did not answer in time."),
    "wrong.engine_silent.do": (
        "Il est peut-être pris par un gros import : réessayez dans une minute.",
        "It may be busy with a large import: try again in a minute.",
    ),
    "wrong.too_many_questions": (
        "Le moteur répond déjà à beaucoup de questions.",
        "The engine is answering many questions already.",
    ),
    "wrong.too_many_questions.do": ("Réessayez dans quelques secondes.", "Try again in a few seconds."),
    "wrong.query_failed": ("Ces chiffres n’ont pas pu être comptés.", "These figures could not be counted."),
    "wrong.query_failed.do": (
        "Ce n’est pas votre faute : le détail ci-dessous dit à qui s’occupe du serveur ce qui manque.",
        "It is not your fault: the detail below tells whoever looks after the server what is missing.",
    ),
    "wrong.query_timed_out": ("Ces chiffres étaient trop longs à compter.", "These figures took too long to count."),
    "wrong.query_timed_out.do": ("Choisissez une période plus courte.", "Choose a shorter period."),
    "wrong.query_too_large": ("La réponse est trop grosse pour une page.", "The answer is too large for a page."),
    "wrong.query_too_large.do": ("Choisissez une période plus courte.", "Choose a shorter period."),
    "wrong.secret_unreadable": (
        "Un secret a été scellé sous une autre clé maîtresse.",
        "A secret was sealed under another master key.",
    ),
    "wrong.secret_unreadable.do": (
        "Remettez la clé qui l’a scellé, ou saisissez le secret à nouveau.",
        "Put the key back that sealed it, or enter the secret again.",
    ),
    "wrong.store_unavailable": ("Rien ne peut être écrit pour l’instant.", "Nothing can be written just now."),
    "wrong.store_unavailable.do": (
        "Le disque est peut-être plein : la page Santé le dit.",
        "The disk may be full: the page Health tells.",
    ),
    "wrong.erasure_not_found": ("Cet effacement n’existe pas.", "There is no such erasure."),
    "wrong.erasure_not_found.do": ("La page Clients effacés les liste.", "The page Erased customers lists them."),
    "wrong.too_much_half_sent": (
        "Trop de requêtes sont à moitié envoyées en ce moment.",
        "Too many requests are half sent at this moment.",
    ),
    "wrong.too_much_half_sent.do": ("Envoyez à nouveau dans quelques secondes.", "Send it again in a few seconds."),
    "wrong.not_confirmed": (
        "Ce n’est pas le mot qui confirme l’effacement ; rien n’a été effacé.",
        "This is not the word that confirms the erasure; nothing was erased.",
    ),
    "wrong.not_confirmed.do": (
        "Écrivez l’identifiant montré, lettre pour lettre.",
        "Type the identifier that is shown, letter by letter.",
    ),
}
