"""Words of erasing a customer."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "customer.erase": ("Effacer pour toujours…", "Erase for ever…"),
    "done.customer.erased": (
        "C’est demandé. Rien ne lui sera plus envoyé ; l’effacement se fait maintenant et prend quelques instants.",
        "It is asked for. Nothing will be sent to them any more; the erasure is being done and takes a moment.",
    ),
    "erase.title": ("Effacer ce client", "Erase this customer"),
    "erase.goes": ("Ce qui disparaît", "What goes"),
    "erase.identifiers.one": (
        "{n} identifiant (adresse, téléphone, compte…)",
        "{n} identifier (address, phone, account…)",
    ),
    "erase.identifiers.many": (
        "{n} identifiants (adresses, téléphones, comptes…)",
        "{n} identifiers (addresses, phones, accounts…)",
    ),
    "erase.traits.one": ("{n} information sur la personne", "{n} thing known of the person"),
    "erase.traits.many": ("{n} informations sur la personne", "{n} things known of the person"),
    "erase.events.one": ("{n} action sur le site", "{n} action on the site"),
    "erase.events.many": ("{n} actions sur le site", "{n} actions on the site"),
    "erase.carts.one": ("{n} panier", "{n} cart"),
    "erase.carts.many": ("{n} paniers", "{n} carts"),
    "erase.messages.one": ("Le contenu de {n} message", "The content of {n} message"),
    "erase.messages.many": ("Le contenu de {n} messages", "The content of {n} messages"),
    "erase.points.one": ("{n} mouvement de points", "{n} movement of points"),
    "erase.points.many": ("{n} mouvements de points", "{n} movements of points"),
    "erase.files": (
        "Les fichiers importés et les essais de scénarios qui parlent de cette personne",
        "Imported files and dry runs of scenarios that speak of this person",
    ),
    "erase.stays": ("Ce qui reste, et pourquoi", "What stays, and why"),
    "erase.orders.one": (
        "{n} commande : montant et produits, sans nom. La comptabilité doit la garder.",
        "{n} order: amount and products, without a name. The books must keep it.",
    ),
    "erase.orders.many": (
        "{n} commandes : montants et produits, sans nom. La comptabilité doit les garder.",
        "{n} orders: amounts and products, without a name. The books must keep them.",
    ),
    "erase.consents.one": (
        "{n} consentement, sous une empreinte illisible : c’est la preuve qu’on avait le droit d’écrire.",
        "{n} consent, under an unreadable hash: it proves that writing was allowed.",
    ),
    "erase.consents.many": (
        "{n} consentements, sous une empreinte illisible : c’est la preuve qu’on avait le droit d’écrire.",
        "{n} consents, under an unreadable hash: they prove that writing was allowed.",
    ),
    "erase.addresses.one": (
        "L’empreinte de {n} adresse, pour que plus rien n’y soit jamais envoyé.",
        "The hash of {n} address, so that nothing is ever sent there again.",
    ),
    "erase.addresses.many": (
        "Les empreintes de {n} adresses, pour que plus rien n’y soit jamais envoyé.",
        "The hashes of {n} addresses, so that nothing is ever sent there again.",
    ),
    "erase.audit": (
        "Dans le journal : qui a effacé, quand, et un numéro sans nom.",
        "In the audit: who erased, when, and a number without a name.",
    ),
    "erase.warn": (
        "Personne ne pourra revenir en arrière, pas même nous. Proposez-lui d’abord d’emporter ses données.",
        "Nobody can take this back, not even us. First offer this person to take their data along.",
    ),
    "erase.word": ("Pour confirmer, écrivez : {word}", "To confirm, type: {word}"),
    "erase.word.hint": ("Lettre pour lettre, sans espace autour.", "Letter by letter, without spaces around."),
    "erase.word.wrong": (
        "Ce n’est pas le mot demandé. Rien n’a été effacé.",
        "That is not the word. Nothing was erased.",
    ),
    "erase.do": ("Effacer pour toujours", "Erase for ever"),
    "erase.back": ("Ne rien faire", "Do nothing"),
    "erasures.title": ("Clients effacés", "Erased customers"),
    "erasures.says": (
        "Chaque effacement demandé, et ce qu’il est devenu. Rien ici ne dit de qui il s’agissait.",
        "Every erasure that was asked for, and what became of it. Nothing here says who it was.",
    ),
    "erasures.none": ("Personne n’a été effacé.", "Nobody was erased."),
    "erasures.none.do": (
        "Un client s’efface depuis sa page, après un aperçu de ce qui part et de ce qui reste.",
        "Somebody is erased from their own page, after a preview of what goes and what stays.",
    ),
    "erasures.asked": ("Demandé", "Asked"),
    "erasures.by": ("Par", "By"),
    "erasures.state": ("État", "State"),
    "erasures.lines": ("Lignes vidées", "Lines emptied"),
    "erasures.orders": ("Commandes gardées sans nom", "Orders kept without a name"),
    "erasures.left": (
        "Ce qu’une recherche dans tous les fichiers trouve encore",
        "What a search of every file still finds",
    ),
    "erasures.nothing": ("Rien", "Nothing"),
    "erasures.copies": ("Sauvegardes d’avant", "Backups from before"),
    "erasure.asked": ("demandé", "asked for"),
    "erasure.gathered": ("en cours", "under way"),
    "erasure.cleaning": ("fichiers en cours de nettoyage", "files being cleaned"),
    "erasure.done": ("fait", "done"),
    "help.erase": ("Comprendre l’effacement", "About erasing"),
    "help.erase.what": (
        "Effacer retire cette personne de tout ce que Comptoir garde ; puis on cherche partout son adresse et son nom.",
        "Erasing takes this person out of all that Comptoir keeps; then every file is searched for address and name.",
    ),
    "help.erase.orders": (
        "Les commandes gardent montants et produits, pour la comptabilité ; elles ne mènent plus à personne.",
        "Orders keep their amounts and products, because the books need them; they lead to nobody any more.",
    ),
    "help.erase.later": (
        "Si la personne revient plus tard, elle est quelqu’un de nouveau. Rien n’est envoyé à ses anciennes adresses.",
        "If the person comes back later, they are somebody new. Nothing is sent to their former addresses.",
    ),
    "help.erase.copies": (
        "Une sauvegarde d’avant contient encore la personne. Si on la restaure, l’effacement y est refait aussitôt.",
        "A backup from before still holds the person. If it is restored, the erasure is done again at once.",
    ),
}
