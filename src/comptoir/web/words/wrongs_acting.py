"""Words of what can go wrong where messages are written and sent: what happened, and what to do about it."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
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
    "wrong.pressure_trial_not_found": ("Cet essai n’est plus là.", "This trial is no longer there."),
    "wrong.pressure_trial_not_found.do": (
        "Essayez à nouveau les règles : un redémarrage efface les essais.",
        "Try the rules again: a restart forgets trials.",
    ),
    "wrong.scenario_of_other_brands": (
        "Ce scénario parle pour des marques qui ne sont pas les vôtres.",
        "This scenario speaks for brands that are not yours.",
    ),
    "wrong.scenario_of_other_brands.do": (
        "Demandez à quelqu’un qui les a toutes, ou n’y nommez que les vôtres.",
        "Ask somebody who has all of them, or name only yours in it.",
    ),
    "wrong.template_nothing_to_redo": (
        "Aucune modification de ce modèle n’a été annulée.",
        "No step of this template was taken back.",
    ),
    "wrong.template_nothing_to_redo.do": (
        "On peut rétablir ce qu’on vient d’annuler, tant que rien d’autre n’a changé.",
        "What was taken back can be done again until something else is changed.",
    ),
}
