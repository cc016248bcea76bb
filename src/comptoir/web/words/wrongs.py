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
    "wrong.no_such_source": ("Aucune source ne porte ce nom.", "No source has this name."),
    "wrong.no_such_source.do": ("La page Sources les liste toutes.", "The page Sources lists them all."),
    "wrong.no_such_key": ("Cette source n’a pas cette clé.", "This source has no such key."),
    "wrong.no_such_key.do": ("Sa page les montre toutes.", "Its page shows them all."),
    "wrong.no_such_planned_event": ("Le plan ne nomme pas cet évènement.", "The plan names no such event."),
    "wrong.no_such_planned_event.do": (
        "La page Plan de marquage liste ceux qu’il nomme.",
        "The page Tracking plan lists those it names.",
    ),
    "wrong.source_exists": ("Une source porte déjà ce nom.", "A source has this name already."),
    "wrong.source_exists.do": ("Ouvrez celle-là, ou prenez un autre nom.", "Open that one, or take another name."),
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
    "wrong.channel_needs": ("Il manque un réglage à ce canal.", "This channel lacks a setting."),
    "wrong.channel_needs.do": (
        "Ajoutez-le au fichier de réglages, sous [channels].",
        "Add it to the settings file, under [channels].",
    ),
    "wrong.bad_dkim_key": (
        "Ce n’est pas une clé privée qui puisse signer des e-mails.",
        "This is no private key that can sign mails.",
    ),
    "wrong.bad_dkim_key.do": (
        "Donnez un fichier PEM avec une clé RSA de 2048 bits ou Ed25519, sans mot de passe.",
        "Give a PEM file with an RSA key of 2048 bits or an Ed25519 key, without a pass phrase.",
    ),
    "wrong.mail_not_found": ("Cet e-mail n’est pas dans la boîte d’essai.", "The trial inbox has no such mail."),
    "wrong.mail_not_found.do": (
        "Revenez à la liste : les plus anciens finissent par partir.",
        "Go back to the list: the oldest are let go in time.",
    ),
    "wrong.fate_known": ("On sait déjà ce que ce message est devenu.", "What became of this message is known already."),
    "wrong.fate_known.do": (
        "Seul un message au sort inconnu se règle à la main.",
        "Only a message of unknown fate is settled by hand.",
    ),
    "wrong.message_not_found": ("Ce message n’est pas dans les envois.", "The outbox has no such message."),
    "wrong.message_not_found.do": (
        "Cherchez-le par l’adresse de la personne, sous Messages, Envois.",
        "Look for it by the person’s address, under Messages, Outbox.",
    ),
    "wrong.bad_address": ("On ne peut rien appeler à cette adresse.", "Nothing may be called at this address."),
    "wrong.bad_address.do": ("Donnez une adresse https d’un site public.", "Give an https address of a public host."),
    "wrong.mail_server_not_found": ("Aucun serveur de courrier ne porte ce nom.", "No mail server has this name."),
    "wrong.mail_server_not_found.do": (
        "Ils se trouvent sous Réglages, Expéditeurs.",
        "They are listed under Settings, Senders.",
    ),
    "wrong.bad_template": ("Ce modèle ne peut pas servir tel quel.", "This template cannot be used as it is."),
    "wrong.bad_template.do": (
        "Corrigez ce qui est dit, puis enregistrez à nouveau.",
        "Correct what is said, then save again.",
    ),
    "wrong.template_not_found": (
        "Ce modèle n’existe pas, ou pas dans cette version.",
        "There is no such template, or not in this version.",
    ),
    "wrong.template_not_found.do": ("Revenez à la liste sous Messages.", "Go back to the list under Messages."),
    "wrong.template_version_taken": (
        "Cette version est déjà publiée, avec d’autres mots.",
        "This version is published already, with other words.",
    ),
    "wrong.template_version_taken.do": (
        "Publiez à nouveau : elle prendra le numéro suivant.",
        "Publish again: it will take the next number.",
    ),
    "wrong.template_draft_not_found": ("Ce modèle n’a pas de brouillon.", "This template has no draft."),
    "wrong.template_draft_not_found.do": (
        "Ouvrez-le et changez quelque chose : un brouillon commence.",
        "Open it and change something: that begins one.",
    ),
    "wrong.template_name_taken": ("Un modèle porte déjà ce nom.", "A template has this name already."),
    "wrong.template_name_taken.do": (
        "Ouvrez celui-là, ou prenez un autre nom.",
        "Open that one, or take another name.",
    ),
    "wrong.no_address": ("Ce n’est pas une adresse e-mail.", "This is no e-mail address."),
    "wrong.no_address.do": ("Écrivez-la ainsi : nom@boutique.example", "Write it as name@shop.example."),
    "wrong.trial_failed": ("Le serveur de courrier n’a pas pris l’essai.", "The mail server did not take the trial."),
    "wrong.trial_failed.do": (
        "Sous Réglages, Expéditeurs, « Essayer » dit ce qu’il répond.",
        "Under Settings, Senders, “Try” says what it answers.",
    ),
    "wrong.trial_fenced": ("Cette copie vient d’une sauvegarde et n’envoie rien.", "This copy sends nothing."),
    "wrong.trial_fenced.do": (
        "Quand l’ancienne installation est sûrement arrêtée : comptoir unfence.",
        "When the old installation is surely gone: comptoir unfence.",
    ),
    "wrong.too_many_pressure_trials": ("Assez d’essais tournent déjà.", "Enough trials are under way already."),
    "wrong.too_many_pressure_trials.do": (
        "Attendez que l’un finisse : essayer un mois prend quelques secondes.",
        "Wait until one is over: trying a month takes seconds.",
    ),
    "wrong.trial_refused": ("On ne doit plus écrire à cette adresse.", "This address must not be written to."),
    "wrong.trial_refused.do": ("Prenez une autre de vos adresses.", "Use another address of yours."),
    "wrong.bad_webhook_secret": ("Ce secret n’a pas la bonne forme.", "This secret does not have the right form."),
    "wrong.bad_webhook_secret.do": (
        "Laissez le champ vide : un secret sera fait pour vous.",
        "Leave the field empty, and one is made for you.",
    ),
    "wrong.endpoint_not_found": ("Aucun outil de ce nom n’est relié.", "No tool of this name is connected."),
    "wrong.endpoint_not_found.do": (
        "Ils se trouvent sous Réglages, Autres outils.",
        "They are listed under Settings, Other tools.",
    ),
    "wrong.bad_policy": ("Ces règles ne peuvent pas servir telles quelles.", "These rules cannot be used as they are."),
    "wrong.bad_policy.do": ("Corrigez ce qui est dit à côté du champ.", "Correct what is said beside the field."),
    "wrong.policy_not_found": ("Cette marque n’a pas de règles à elle.", "This brand has no rules of its own."),
    "wrong.policy_not_found.do": (
        "Elle suit celles de toutes les marques, sous Pression.",
        "It follows those of every brand, under Pressure.",
    ),
    "wrong.no_such_failed": ("Cet évènement refusé n’existe pas.", "There is no such refused event."),
    "wrong.no_such_failed.do": (
        "En direct, sous « Refusés », les montre tous.",
        "Live shows them all, under “Refused”.",
    ),
    "wrong.nothing_chosen": ("Il n’a pas été dit quels évènements refusés.", "It was not said which refused events."),
    "wrong.nothing_chosen.do": ("Choisissez-en un, ou tous ceux d’une raison.", "Choose one, or all of one reason."),
    "wrong.scenario_never_published": (
        "Ce scénario est un brouillon : rien n’en a été publié.",
        "This scenario is a draft: nothing of it was published.",
    ),
    "wrong.scenario_never_published.do": ("Publiez-le d’abord.", "Publish it first."),
    "wrong.scenario_not_published": (
        "Cette version n’a jamais été publiée, ou il n’y a pas de brouillon.",
        "This version was never published, or there is no draft.",
    ),
    "wrong.scenario_not_published.do": (
        "La page Versions du scénario liste ce qu’il y a.",
        "The scenario’s page Versions lists what there is.",
    ),
    "wrong.scenario_not_found": ("Aucun scénario ne porte ce nom.", "No scenario has this name."),
    "wrong.scenario_not_found.do": ("Revenez à la liste des scénarios.", "Go back to the list of scenarios."),
    "wrong.scenario_version_taken": (
        "Cette version est déjà publiée, avec d’autres étapes ou d’autres mots.",
        "This version is published already, with other steps or words.",
    ),
    "wrong.scenario_version_taken.do": (
        "Publiez depuis la page du scénario : elle prendra le numéro suivant.",
        "Publish from the scenario’s page: it takes the next number.",
    ),
    "wrong.scenario_name_taken": ("Un scénario porte déjà ce nom.", "A scenario has this name already."),
    "wrong.scenario_name_taken.do": (
        "Ouvrez celui-là, ou prenez un autre nom.",
        "Open that one, or take another name.",
    ),
    "wrong.scenario_nothing_to_undo": ("Il n’y a rien à annuler ni à rétablir.", "There is nothing to undo or redo."),
    "wrong.scenario_nothing_to_undo.do": (
        "Le brouillon est tel qu’à son début, ou tel que gardé en dernier.",
        "The draft is as it began, or as it was saved last.",
    ),
    "wrong.scenario_draft_stale": (
        "Quelqu’un d’autre a changé ce brouillon depuis que vous l’avez ouvert.",
        "Somebody else has changed this draft since you opened it.",
    ),
    "wrong.scenario_draft_stale.do": (
        "Relisez-le tel qu’il est maintenant, puis refaites votre changement.",
        "Look at it as it is now, then make your change again.",
    ),
    "wrong.scenario_edit_refused": ("Ce changement casserait le scénario.", "This change would break the scenario."),
    "wrong.scenario_edit_refused.do": (
        "La raison dit quelle étape gêne ; changez celle-là d’abord.",
        "The reason says which step is in the way; change that one first.",
    ),
    "wrong.bad_scenario": (
        "Ce texte n’est pas un scénario qui puisse servir.",
        "This text is no scenario that could run.",
    ),
    "wrong.bad_scenario.do": (
        "Corrigez la ligne nommée, ou revenez au dessin.",
        "Mend the line that is named, or go back to the picture.",
    ),
    "wrong.not_rehearsed": (
        "Ce scénario demande ce que le passé ne peut pas dire.",
        "This scenario asks what the past cannot answer.",
    ),
    "wrong.not_rehearsed.do": (
        "Publiez-le avec un groupe témoin de 100 % : il tourne pour de vrai et n’écrit à personne.",
        "Publish it with a control group of 100 %: it runs for real and writes to nobody.",
    ),
    "wrong.scenario_not_for_people": (
        "Ce scénario suit un panier, un produit ou une commande, pas une personne.",
        "This scenario follows a cart, a product or an order, not a person.",
    ),
    "wrong.scenario_not_for_people.do": (
        "N’y faites entrer personne à la main : ses évènements s’en chargent.",
        "Let nobody in by hand: its events do that.",
    ),
    "wrong.scenario_step_not_mapped": (
        "Des personnes sont à une étape que l’autre version n’a pas.",
        "People stand at a step that the other version does not have.",
    ),
    "wrong.scenario_step_not_mapped.do": (
        "Dites où chacune de ces étapes mène, ou laissez ces personnes sortir.",
        "Say where each of these steps leads, or let these people leave.",
    ),
    "wrong.rehearsal_not_found": ("Cet essai n’est plus là.", "This dry run is no longer there."),
    "wrong.rehearsal_not_found.do": (
        "Les essais sont gardés un jour ; lancez-en un autre.",
        "Dry runs are kept for a day; start another one.",
    ),
    "wrong.too_many_rehearsals": ("Assez d’essais tournent déjà.", "Enough dry runs are under way already."),
    "wrong.too_many_rehearsals.do": (
        "Attendez que l’un finisse, ou arrêtez-en un.",
        "Wait until one is done, or stop one.",
    ),
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
    "wrong.pressure_trial_not_found": ("Cet essai n’est plus là.", "This trial is no longer there."),
    "wrong.pressure_trial_not_found.do": (
        "Essayez à nouveau les règles : un redémarrage efface les essais.",
        "Try the rules again: a restart forgets trials.",
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
    "wrong.scenario_of_other_brands": (
        "Ce scénario parle pour des marques qui ne sont pas les vôtres.",
        "This scenario speaks for brands that are not yours.",
    ),
    "wrong.scenario_of_other_brands.do": (
        "Demandez à quelqu’un qui les a toutes, ou n’y nommez que les vôtres.",
        "Ask somebody who has all of them, or name only yours in it.",
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
    "wrong.definition_not_found": ("Rien ne porte ce nom.", "Nothing has this name."),
    "wrong.definition_not_found.do": (
        "Ouvrez la liste : elle montre tout ce qu’il y a.",
        "Open the list: it shows all there is.",
    ),
    "wrong.definition_draft_stale": (
        "Quelqu’un d’autre a changé ce brouillon.",
        "Somebody else has changed this draft.",
    ),
    "wrong.definition_draft_stale.do": (
        "Regardez-le tel qu’il est, puis refaites votre changement.",
        "Look at it as it is, then make your change again.",
    ),
    "wrong.definition_nothing_to_undo": ("Il n’y a rien à annuler ni à refaire.", "There is nothing to undo or redo."),
    "wrong.definition_nothing_to_undo.do": ("Le brouillon est comme à son début.", "The draft is as it began."),
    "wrong.definition_name_taken": ("Ce nom est déjà pris.", "This name is taken."),
    "wrong.definition_name_taken.do": (
        "Ouvrez celui qui le porte, ou choisissez-en un autre.",
        "Open the one that has it, or choose another.",
    ),
    "wrong.definition_never_published": ("Cela n’a jamais été publié.", "It was never published."),
    "wrong.definition_never_published.do": ("Publiez-le d’abord.", "Publish it first."),
    "wrong.definition_of_another": (
        "Ce texte est celui d’un autre : sa clé n’est pas la même.",
        "This text is of another: its key is not the same.",
    ),
    "wrong.definition_of_another.do": ("Gardez la même ligne « key ».", "Keep the same line “key”."),
    "wrong.segment_of_other_brands": (
        "Ce segment vaut pour d’autres marques que les vôtres.",
        "This segment is for brands that are not yours.",
    ),
    "wrong.segment_of_other_brands.do": (
        "Demandez à quelqu’un qui a toutes les marques, ou faites-en un pour une des vôtres.",
        "Ask somebody who has all brands, or make one for one of yours.",
    ),
    "wrong.segment_circle": (
        "Des segments se demandent l’un l’autre en rond.",
        "Segments ask for each other in a circle.",
    ),
    "wrong.segment_circle.do": ("Retirez une des conditions nommées.", "Take one of the named conditions away."),
    "wrong.segment_missing": (
        "La règle demande un segment qui n’est pas publié.",
        "The rule asks for an unpublished segment.",
    ),
    "wrong.segment_missing.do": (
        "Publiez-le d’abord, ou choisissez-en un autre.",
        "Publish it first, or choose another.",
    ),
    "wrong.bad_segment_question": ("Cette question sur un segment n’a pas de réponse.", "This question has no answer."),
    "wrong.bad_segment_question.do": ("Revenez à la liste des segments.", "Go back to the list of segments."),
    "wrong.segment_in_use": ("Ce segment sert encore.", "This segment is in use."),
    "wrong.segment_in_use.do": (
        "Retirez-le de ce qui est nommé, ou mettez-le en pause.",
        "Take it out of what is named, or pause it instead.",
    ),
    "wrong.bad_computed_trait": ("Ce trait calculé ne peut pas être lu.", "This computed trait cannot be read."),
    "wrong.bad_computed_trait.do": ("Corrigez ce qui est nommé.", "Mend what is named."),
    "wrong.computed_trait_of_other_brands": (
        "Ce trait calculé concerne des marques qui ne sont pas les vôtres.",
        "This computed trait is for brands that are not yours.",
    ),
    "wrong.computed_trait_of_other_brands.do": (
        "Demandez à quelqu’un qui a toutes les marques, ou faites-en un pour l’une des vôtres.",
        "Ask somebody who has all brands, or make one for one of yours.",
    ),
    "wrong.bad_trait_question": (
        "Cette question sur les traits calculés ne peut pas être lue.",
        "This question about computed traits cannot be read.",
    ),
    "wrong.bad_trait_question.do": (
        "Demandez un aperçu, les nombres ou une personne.",
        "Ask for a preview, the numbers, or one person.",
    ),
    "wrong.bad_segment": ("La règle de ce segment ne peut pas être lue.", "This segment’s rule cannot be read."),
    "wrong.bad_segment.do": ("Corrigez ce qui est nommé.", "Mend what is named."),
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
    "wrong.no_such_import": ("Cet import n’existe pas.", "There is no such import."),
    "wrong.no_such_import.do": ("La page Sources liste les imports.", "The page Sources lists the imports."),
    "wrong.place_away": (
        "L’autre côté ne répond pas, ou s’interrompt.",
        "The other side does not answer, or breaks off.",
    ),
    "wrong.place_away.do": (
        "Un nouvel essai se fait tout seul. Si cela dure, vérifiez que l’autre côté marche et que l’adresse est juste.",
        "It is tried again by itself. If that goes on, see whether the other side runs and its address is right.",
    ),
    "wrong.place_forbids": ("L’autre côté ne nous laisse pas entrer.", "The other side does not let us in."),
    "wrong.place_forbids.do": (
        "Saisissez à nouveau le nom, le mot de passe ou la clé, et vérifiez là-bas ce qu’ils permettent de lire.",
        "Enter the user name, password or key again, and see on the other side what they may read.",
    ),
    "wrong.place_not_there": (
        "L’autre côté répond, mais ce qu’on demande n’y est pas.",
        "The other side answers, but what is asked for is not there.",
    ),
    "wrong.place_not_there.do": (
        "Vérifiez que l’adresse, le dossier ou la table est écrit comme là-bas.",
        "See whether the address, the folder or the table is written as on the other side.",
    ),
    "wrong.place_strange": (
        "L’autre côté répond quelque chose d’illisible.",
        "The other side answers something that cannot be read.",
    ),
    "wrong.place_strange.do": (
        "Vérifiez que l’adresse mène à l’interface de la boutique, et non à une de ses pages.",
        "See whether the address leads to the shop’s interface, and not to one of its pages.",
    ),
    "wrong.place_barred": ("Cet endroit ne peut pas être lu d’ici.", "This place may not be read from here."),
    "wrong.place_barred.do": (
        "Qui fait marcher l’installation nomme ce qu’on peut lire, dans les réglages « pulls ».",
        "Whoever runs the installation names what may be read, in the settings “pulls”.",
    ),
    "wrong.place_needs": (
        "Il manque quelque chose à cette source, ou un champ ne va pas.",
        "This source lacks something, or a field does not fit.",
    ),
    "wrong.place_needs.do": ("Complétez le champ nommé.", "Complete the field that is named."),
    "wrong.host_key_unknown": (
        "Le serveur montre une clé que personne n’a confirmée.",
        "The server shows a key that nobody has confirmed.",
    ),
    "wrong.host_key_unknown.do": (
        "Demandez son empreinte à qui tient le serveur ; si c’est celle-ci, saisissez-la comme clé du serveur.",
        "Ask whoever runs the server for its fingerprint; if it is this one, enter it as the host key.",
    ),
    "wrong.part_missing": (
        "Il manque une pièce à cette installation pour ce genre d’endroit.",
        "This installation lacks a part that this kind of place needs.",
    ),
    "wrong.part_missing.do": (
        "Faites installer la pièce nommée, puis relancez Comptoir.",
        "Have the part that is named installed, then start Comptoir again.",
    ),
    "wrong.run_cancelled": ("Ce passage a été annulé.", "This run was cancelled."),
    "wrong.run_cancelled.do": (
        "Ce qu’il avait apporté reste ; le prochain passage continue de là.",
        "What it had brought stays; the next run goes on from there.",
    ),
    "wrong.bad_schedule": ("Ce rythme ne se comprend pas.", "This rhythm cannot be understood."),
    "wrong.bad_schedule.do": (
        "Choisissez : à la main, toutes les tant de minutes, ou chaque jour à une heure.",
        "Choose: by hand, every so many minutes, or every day at a time.",
    ),
    "wrong.pull_not_found": (
        "Aucune source de ce nom n’est à aller chercher.",
        "No source of this name is fetched.",
    ),
    "wrong.pull_not_found.do": ("La page Sources les montre toutes.", "The page Sources lists them all."),
    "wrong.pull_exists": ("Une autre source porte ce nom.", "Another source has this name."),
    "wrong.pull_exists.do": ("Prenez un autre nom.", "Take another name."),
    "wrong.pull_runs": (
        "On est justement en train de chercher cette source.",
        "This source is being fetched at this moment.",
    ),
    "wrong.pull_runs.do": (
        "Attendez la fin du passage, ou annulez-le.",
        "Wait until the run has ended, or cancel it.",
    ),
    "wrong.run_not_found": ("Aucun passage n’a lieu ici.", "No run is under way here."),
    "wrong.run_not_found.do": (
        "Il a fini entre-temps : regardez l’historique.",
        "It has ended meanwhile: look at the history.",
    ),
    "wrong.import_runs": ("Cet import est en cours, ou fini.", "This import is under way, or over."),
    "wrong.import_runs.do": (
        "Attendez qu’il finisse ; importer à nouveau le même fichier n’ajoute que ce qui est nouveau.",
        "Wait until it ends; a new import of the same file adds only what is new.",
    ),
    "wrong.file_unreadable": ("Ce fichier ne se lit pas en lignes.", "This file cannot be read as rows."),
    "wrong.file_unreadable.do": (
        "Comptoir lit le CSV (UTF-8 ou Windows-1252), les lignes JSON et Parquet, aussi compressés.",
        "Comptoir reads CSV (UTF-8 or Windows-1252), JSON lines and Parquet, also compressed.",
    ),
    "wrong.intake_stopped": (
        "La lecture des fichiers s’est arrêtée avant leur fin.",
        "The reading of the files stopped before their end.",
    ),
    "wrong.intake_stopped.do": (
        "Relancez l’import : les lignes déjà connues ne changent rien.",
        "Import them again: rows that are known already change nothing.",
    ),
    "wrong.column_missing": ("Une colonne choisie n’est pas dans le fichier.", "A chosen column is not in the file."),
    "wrong.column_missing.do": ("Choisissez-en une autre dans la liste.", "Choose another from the list."),
    "wrong.mapping_broken": (
        "On ne peut pas comprendre quelle colonne dit quoi.",
        "It cannot be understood which column says what.",
    ),
    "wrong.mapping_broken.do": ("Reprenez le choix des colonnes.", "Choose the columns again."),
    "wrong.mapping_needed": (
        "Les colonnes ne disent pas d’elles-mêmes ce qu’elles sont.",
        "The columns do not say by themselves what they are.",
    ),
    "wrong.mapping_needed.do": (
        "Dites-le pour chacune, sur la page de l’import.",
        "Say it for each, on the page of the import.",
    ),
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
