"""Words of what can go wrong where data comes in: what happened, and what to do about it."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
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
    "wrong.import_rests": ("Cet import n’est pas en cours.", "This import is not under way."),
    "wrong.import_rests.do": (
        "Il a pris fin entre-temps : sa page le dit.",
        "It has ended meanwhile: its page says so.",
    ),
    "wrong.import_halted": ("Quelqu’un a arrêté cet import.", "Somebody stopped this import."),
    "wrong.import_halted.do": (
        "Ce qui a été lu devient des faits ; relancé, il reprend là.",
        "What it had read becomes facts; run again, it goes on from there.",
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
}
