"""Words of Messages: templates, their editor, and the help."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "messages.nav": ("Messages", "Messages"),
    "messages.title": ("Messages", "Messages"),
    "messages.says": (
        "Les e-mails prêts à partir : ce qui les envoie, ce qui est parti, ce qu’on a cliqué.",
        "The mails that are ready: what sends them, what has left, what was clicked.",
    ),
    "messages.tab.templates": ("Modèles", "Templates"),
    "messages.tab.outbox": ("Envois", "Outbox"),
    "messages.tab.inbox": ("Boîte d’essai", "Trial inbox"),
    "messages.tab.senders": ("Réputation", "Reputation"),
    "messages.help": ("Comment lire cette page, et que faire", "How to read this page, and what to do"),
    "messages.language.fr": ("français", "French"),
    "messages.language.en": ("anglais", "English"),
    "messages.language.de": ("allemand", "German"),
    "messages.language.es": ("espagnol", "Spanish"),
    "messages.language.it": ("italien", "Italian"),
    "messages.language.nl": ("néerlandais", "Dutch"),
    "messages.language.pt": ("portugais", "Portuguese"),
    "messages.language.add": ("Ajouter une langue", "Add a language"),
    "messages.language.add.hint": (
        "Elle commence par une copie de celle-ci, à traduire.",
        "It begins as a copy of this one, to be translated.",
    ),
    # the list
    "messages.none": ("Aucun modèle pour l’instant.", "No template yet."),
    "messages.none.do": (
        "Écrivez le premier, bloc par bloc, en le voyant comme vos clients le verront.",
        "Write the first one, block by block, and see it as your customers will.",
    ),
    "messages.col.name": ("E-mail", "Mail"),
    "messages.col.state": ("État", "State"),
    "messages.col.brand": ("Marque", "Brand"),
    "messages.col.languages": ("Langues", "Languages"),
    "messages.col.scenarios": ("Envoyé par", "Sent by"),
    "messages.col.sent": ("Envoyés", "Sent"),
    "messages.col.clicked": ("Cliqués", "Clicked"),
    "messages.col.to": ("Destinataire", "To"),
    "messages.col.message": ("Message", "Message"),
    "messages.col.queued": ("Mis en file", "Queued"),
    "messages.col.next": ("Ensuite", "Then"),
    "messages.state.live": ("publié", "published"),
    "messages.state.paused": ("en pause", "paused"),
    "messages.state.draft": ("brouillon", "draft"),
    "messages.state.words": ("mots d’un scénario", "words of a scenario"),
    "messages.state.words_off": ("scénario arrêté", "scenario is off"),
    "messages.version": ("version {version}", "version {version}"),
    "messages.changed": ("modifié depuis", "changed since"),
    "messages.unused": ("aucun scénario", "no scenario"),
    "messages.paused": (
        "« {name} » est en pause : trop d’e-mails n’ont pas pu être composés.",
        "“{name}” is paused: too many of its mails could not be made.",
    ),
    "messages.paused.do": ("Voir pour qui et pourquoi", "See for whom and why"),
    "messages.paused.says": (
        (
            "Cette version est en pause : trop d’e-mails n’ont pas pu être composés. Corrigez et publiez une"
            " version, puis"
            " remettez celle-ci en marche si des messages l’attendent."
        ),
        (
            "This version is paused: too many of its mails could not be made. Mend it and publish a version,"
            " then set this"
            " one going again if messages wait for it."
        ),
    ),
    "messages.resume": ("Remettre la version {version} en marche", "Set version {version} going again"),
    # a new one
    "messages.new": ("Nouveau modèle", "New template"),
    "messages.new.says": (
        "Un modèle est un e-mail que vos scénarios envoient. Rien ne part tant qu’aucun scénario ne le nomme.",
        "A template is a mail that your scenarios send. Nothing leaves until a scenario names it.",
    ),
    "messages.new.name": ("Nom", "Name"),
    "messages.new.name.hint": (
        "Court, sans accents : bienvenue, panier-relance. Vos clients ne le voient pas.",
        "Short, plain letters: welcome, basket-reminder. Your customers do not see it.",
    ),
    "messages.new.name.wrong": (
        "Des lettres sans accents, des chiffres et des tirets, 60 au plus.",
        "Plain letters, digits and hyphens, 60 at most.",
    ),
    "messages.new.name.taken": (
        "Ce nom est déjà pris : choisissez-en un autre.",
        "This name is taken: choose another.",
    ),
    "messages.new.brand.hint": (
        "Pour toutes les marques, ou pour une seule.",
        "For every brand, or for one only.",
    ),
    "messages.new.languages.wrong": ("Choisissez au moins une langue.", "Choose one language at least."),
    "messages.new.begin": ("Commencer à écrire", "Begin to write"),
    # the editor
    "messages.changed.by": ("modifié par {who}, {when}", "changed by {who}, {when}"),
    "messages.read_only": (
        "Ce modèle sert à toutes les marques : vous pouvez le regarder et l’essayer, pas le changer.",
        "This template serves every brand: you may look at it and try it, not change it.",
    ),
    "messages.view": ("Écrire en", "Write in"),
    "messages.view.blocks": ("Blocs", "Blocks"),
    "messages.view.mjml": ("Texte (MJML)", "Text (MJML)"),
    "messages.subject": ("Objet", "Subject"),
    "messages.subject.hint": (
        "Un téléphone en montre {most} caractères.",
        "A phone shows {most} characters of it.",
    ),
    "messages.preheader": ("Aperçu après l’objet", "Preview after the subject"),
    "messages.preheader.hint": (
        "La ligne que la messagerie montre à la suite ; {most} caractères au plus.",
        "The line that mailboxes show next; {most} characters at most.",
    ),
    "messages.length": ("{length} caractères sur {most}", "{length} of {most} characters"),
    "messages.to": ("Pour", "To"),
    "messages.block.title": ("Titre", "Title"),
    "messages.block.text": ("Texte", "Text"),
    "messages.block.image": ("Image", "Picture"),
    "messages.block.button": ("Bouton", "Button"),
    "messages.block.products": ("Produits", "Products"),
    "messages.block.products.says": (
        "Photo, nom et prix des produits dont parle le message, tels que le catalogue les a ce jour-là.",
        "Picture, name and price of the products the message is about, as the catalogue has them that day.",
    ),
    "messages.block.cart": ("Panier", "Cart"),
    "messages.block.columns": ("Deux colonnes", "Two columns"),
    "messages.block.answers": ("Question à un clic", "One-click question"),
    "messages.block.divider": ("Filet", "Divider"),
    "messages.block.divider.says": ("Un trait fin entre deux parties.", "A thin line between two parts."),
    "messages.block.footer": ("Pied et désinscription", "Footer and unsubscription"),
    "messages.block.markup": ("MJML libre", "Your own MJML"),
    "messages.block.hidden": (
        "Rien ne s’affiche tant que l’e-mail ne montre pas « Les produits » : voyez plus bas, Discrétion.",
        "Nothing shows until the mail may show “The products”: see Discretion below.",
    ),
    "messages.block.up": ("Monter", "Move up"),
    "messages.block.down": ("Descendre", "Move down"),
    "messages.block.copy": ("Dupliquer", "Duplicate"),
    "messages.block.remove": ("Retirer", "Remove"),
    "messages.field.text": ("Mots", "Words"),
    "messages.field.src": ("Adresse de l’image (https)", "Address of the picture (https)"),
    "messages.field.alt": ("Ce que l’image montre", "What the picture shows"),
    "messages.field.href": ("Où mène un clic (facultatif)", "Where a click leads (optional)"),
    "messages.field.label": ("Mots du bouton", "Words of the button"),
    "messages.field.url": (
        "Où il mène (vide : le premier produit)",
        "Where it leads (empty: the first product)",
    ),
    "messages.field.total": ("Mot devant la somme", "Word before the sum"),
    "messages.field.left": ("À gauche", "Left"),
    "messages.field.right": ("À droite", "Right"),
    "messages.field.question": (
        "Nom de la question, sans espaces",
        "Name of the question, without spaces",
    ),
    "messages.field.choices": (
        "Réponses : prix=Trop cher | plus-tard=Plus tard",
        "Answers: price=Too dear | later=Later",
    ),
    "messages.field.why": ("Pourquoi on reçoit cet e-mail", "Why people get this mail"),
    "messages.field.mjml": ("MJML", "MJML"),
    "messages.mjml.hint": (
        "Le texte entier de l’e-mail. Les blocs que vous connaissez y restent : revenez aux blocs quand vous voulez.",
        "The whole text of the mail. The blocks you know stay in it: go back to blocks whenever you like.",
    ),
    "messages.add": ("Ajouter un bloc avant le pied :", "Add a block before the footer:"),
    "messages.line": ("(ligne {line})", "(line {line})"),
    "messages.more": ("Discrétion, valeurs manquantes, version texte", "Discretion, missing values, text version"),
    "messages.discretion": ("Ce que l’e-mail montre de ce que nous avons vu", "What the mail shows of what we saw"),
    "messages.discretion.generic": ("Rien", "Nothing"),
    "messages.discretion.generic.says": (
        "« Votre panier vous attend. » Ni produit, ni rayon.",
        "“Your basket is waiting.” No product, no category.",
    ),
    "messages.discretion.category": ("Le rayon", "The category"),
    "messages.discretion.category.says": (
        "« Vous regardiez des luminaires. »",
        "“You were looking at lamps.”",
    ),
    "messages.discretion.exact": ("Les produits", "The products"),
    "messages.discretion.exact.says": (
        "Photo, nom et prix. Comptez avec : « je vous ai vu » fatigue vite.",
        "Picture, name and price. Mind: “I saw you” tires people soon.",
    ),
    "messages.missing": ("Quand une valeur manque (un prénom, par exemple)", "Where a value is missing (a first name)"),
    "messages.missing.abort": (
        "L’e-mail n’est pas envoyé à cette personne, et sa page dit pourquoi.",
        "The mail is not sent to that person, and their page says why.",
    ),
    "messages.missing.fallback": (
        "On dit autre chose à la place :",
        "Something else is said instead:",
    ),
    "messages.fallbacks": ("À dire à la place", "To be said instead"),
    "messages.fallbacks.hint": (
        "Une valeur par ligne : customer.first_name: cher client",
        "One value a line: customer.first_name: dear customer",
    ),
    "messages.text": ("Version texte", "Text version"),
    "messages.text.own": (
        "J’écris moi-même la version texte (sinon elle est tirée de l’e-mail).",
        "I write the text version myself (else it is made from the mail).",
    ),
    "messages.text.words": ("Texte", "Text"),
    "messages.text.hint": (
        "Pour les lecteurs d’écran et les messageries sans images.",
        "For screen readers and mailboxes without pictures.",
    ),
    "messages.marketing": (
        "C’est un message commercial : il faut un consentement, et l’on doit pouvoir se désinscrire.",
        "This is marketing: it needs a consent, and people must be able to unsubscribe.",
    ),
    "messages.publish": ("Publier la version {version}", "Publish version {version}"),
    "messages.publish.says": (
        "Publier n’envoie rien, et ce qui attend de partir garde sa version.",
        "Publishing sends nothing, and what waits to leave keeps its version.",
    ),
    "messages.publish.wrong": (
        "Pas encore publié : corrigez ce qui est signalé, puis recommencez. Ce que vous avez écrit est gardé.",
        "Not published yet: mend what is marked, then try again. What you wrote is kept.",
    ),
    "messages.save": ("Enregistrer le brouillon", "Save the draft"),
    "messages.drop": ("Jeter le brouillon", "Throw the draft away"),
    "messages.kept": ("Brouillon gardé à {when}", "Draft kept at {when}"),
    "messages.as": ("Vu par", "As seen by"),
    "messages.as.hint": ("Un client : e-mail, compte, numéro…", "A customer: e-mail, account, number…"),
    "messages.as.show": ("Voir", "Show"),
    "messages.as.nobody": (
        "Personne ici n’a cet identifiant : voici l’e-mail pour une cliente inventée.",
        "Nobody here has this identifier: here is the mail for a made-up customer.",
    ),
    "messages.width.desktop": ("Ordinateur", "Computer"),
    "messages.width.phone": ("Téléphone", "Phone"),
    "messages.width.text": ("Texte seul", "Text only"),
    "messages.frame": ("L’e-mail « {subject} »", "The mail “{subject}”"),
    "messages.cannot": ("{who} ne recevrait pas cet e-mail :", "{who} would not get this mail:"),
    "messages.trial": ("Me l’envoyer pour essai", "Send me a trial"),
    "messages.trial.hint": (
        "Part tout de suite par le vrai serveur, marqué « Essai ». Ne compte dans aucun plafond ni résultat.",
        "Leaves at once by the real server, marked “Trial”. Counts in no cap and no result.",
    ),
    "messages.trial.send": ("Envoyer", "Send"),
    "messages.trial.address": ("Ce n’est pas une adresse e-mail.", "This is no e-mail address."),
    "messages.trial.refused": (
        "Cette adresse ne veut plus rien recevoir : prenez-en une autre.",
        "This address must not be written to: take another.",
    ),
    "messages.trial.fenced": (
        "Cette installation sort d’une sauvegarde et n’envoie rien. Sur la machine : comptoir unfence",
        "This installation was restored from a backup and sends nothing. On the machine: comptoir unfence",
    ),
    "messages.trial.failed": (
        "Le serveur de courrier n’en a pas voulu : {answer}",
        "The mail server did not take it: {answer}",
    ),
    "messages.versions": ("Versions publiées", "Published versions"),
    "messages.versions.none": ("Pas encore publié.", "Not published yet."),
    "messages.go_back": ("Reprendre celle-ci", "Go back to this one"),
    "messages.used": ("Qui l’envoie", "Who sends it"),
    "messages.used.none": (
        "Aucun scénario. Dans un scénario, choisissez ce modèle à l’étape « Envoyer ».",
        "No scenario. In a scenario, choose this template at the step that sends.",
    ),
    "messages.used.says": (
        "Chaque scénario nomme la version qu’il envoie : après avoir publié, passez-y à la nouvelle.",
        "Each scenario names the version it sends: after publishing, move it to the new one.",
    ),
    "messages.people": ("Vu par vingt personnes", "As seen by twenty people"),
    "messages.people.says": (
        (
            "Des personnes aussi différentes que possible, prises parmi celles à qui vous avez écrit ou que vous"
            " avez vues."
        ),
        "People as different as can be, among those you wrote to or saw lately.",
    ),
    "messages.people.fail.one": (
        "Pour {n} personne, l’e-mail ne peut pas être composé.",
        "For {n} person the mail cannot be made.",
    ),
    "messages.people.fail.many": (
        "Pour {n} personnes, l’e-mail ne peut pas être composé.",
        "For {n} people the mail cannot be made.",
    ),
    "messages.people.fine.one": ("Tout va bien pour {n} personne.", "All is well for {n} person."),
    "messages.people.fine.many": ("Tout va bien pour {n} personnes.", "All is well for {n} people."),
    "messages.people.open": ("Ouvrir", "Open"),
    "messages.people.none": ("Personne n’a encore d’adresse e-mail ici.", "Nobody here has an e-mail address yet."),
    "messages.people.none.do": (
        "Importez vos contacts, ou attendez les premières visites.",
        "Import your contacts, or wait for the first visits.",
    ),
    # what is wrong
    "messages.wrong.names": (
        "« {names} » n’existe pas : l’aide en bas de page liste ce qu’un e-mail peut dire.",
        "“{names}” does not exist: the help below lists what a mail may say.",
    ),
    "messages.wrong.may_be_missing": (
        "{name} peut manquer : dites quoi mettre à la place, sous « valeurs manquantes ».",
        "{name} may be missing: say what to put instead, under “missing values”.",
    ),
    "messages.wrong.is_missing": ("la valeur {name} manque.", "the value {name} is missing."),
    "messages.wrong.unsubscribe": (
        "Personne ne pourrait se désinscrire : ajoutez le bloc « Pied et désinscription ».",
        "Nobody could unsubscribe: add the block “Footer and unsubscription”.",
    ),
    "messages.wrong.subject": ("Il manque l’objet.", "The subject is missing."),
    "messages.wrong.field": ("Remplissez ce bloc : il manque « {name} ».", "Fill in this block: “{name}” is missing."),
    "messages.wrong.no_address": ("Un lien ou une image n’a pas d’adresse.", "A link or a picture has no address."),
    "messages.wrong.address": (
        "« {piece} » n’est pas une adresse : elle commence par https://",
        "“{piece}” is no address: it begins with https://",
    ),
    "messages.wrong.not_closed": ("« {piece} » n’est pas refermé.", "“{piece}” is not closed."),
    "messages.wrong.element": (
        "L’élément « {piece} » ne s’ouvre ou ne se ferme pas au bon endroit.",
        "The element “{piece}” does not open or close where it should.",
    ),
    "messages.wrong.tag": ("« {piece} » n’est pas connu ici.", "“{piece}” is not known here."),
    "messages.wrong.ends": ("Il manque « {piece} » à la fin.", "“{piece}” is missing at the end."),
    "messages.wrong.outside": (
        "« {piece} » est hors d’un élément de texte.",
        "“{piece}” stands outside an element of text.",
    ),
    "messages.wrong.no_liquid": (
        "Les mots d’un bouton ou d’un pied sont les mêmes pour tous : sans {{ … }}.",
        "The words of a button or footer are the same for all: without {{ … }}.",
    ),
    "messages.wrong.other": ("À corriger : {what}", "To mend: {what}"),
    # words of a scenario
    "messages.words.says": (
        "Ces mots appartiennent au scénario ; ils sont mis en page par le modèle fourni.",
        "These words belong to the scenario; the layout that ships with Comptoir sets them.",
    ),
    "messages.words.open": ("Les changer dans le scénario", "Change them in the scenario"),
    "messages.words.subject": ("Objet", "Subject"),
    "messages.words.preheader": ("Aperçu", "Preview"),
    "messages.words.title": ("Titre", "Title"),
    "messages.words.lead": ("Texte", "Text"),
    "messages.words.button": ("Bouton", "Button"),
    "messages.words.closing": ("Fin", "Closing"),
    "messages.words.why": ("Pourquoi", "Why"),
    "messages.words.unsubscribe": ("Désinscription", "Unsubscription"),
    "messages.words.question": ("Question", "Question"),
    "messages.words.answers": ("Réponses", "Answers"),
    # done
    "done.messages.begun": ("Le brouillon est commencé.", "The draft is begun."),
    "done.messages.saved": ("Le brouillon est enregistré.", "The draft is saved."),
    "done.messages.published": (
        "C’est publié. Les scénarios l’envoient dès qu’ils nomment cette version.",
        "It is published. Scenarios send it as soon as they name this version.",
    ),
    "done.messages.undo": ("La dernière modification est annulée.", "The last change is undone."),
    "done.messages.redo": ("La modification annulée est rétablie.", "The change is done again."),
    "done.messages.drop": (
        "Le brouillon est jeté ; la version publiée reste.",
        "The draft is gone; the published version stays.",
    ),
    "done.messages.back": (
        "Le brouillon reprend cette version. Publiez-le pour qu’il serve.",
        "The draft is that version again. Publish it to put it to use.",
    ),
    "done.messages.resumed": ("La version est remise en marche.", "The version is going again."),
    "done.messages.trial": ("L’essai est parti : regardez votre boîte.", "The trial has left: look into your mailbox."),
    "done.messages.settled": ("C’est noté.", "It is noted."),
    # help
    "messages.help.list.what": (
        "Une ligne par e-mail : un modèle écrit ici, ou les mots d’un scénario. Cliquez pour le voir et le changer.",
        "One line a mail: a template written here, or the words of a scenario. Click to see and change it.",
    ),
    "messages.help.list.words": (
        "« Modifié depuis » : un brouillon existe ; ce qui part est toujours la version publiée.",
        "“Changed since”: there is a draft; what leaves is always the published version.",
    ),
    "messages.help.list.clicks": (
        "« Cliqués » compte les e-mails envoyés dans la période où quelqu’un a cliqué ; les robots n’y sont pas.",
        "“Clicked” counts the mails sent in the period in which somebody clicked; robots are left out.",
    ),
    "messages.help.editor.blocks": (
        (
            "Un e-mail est une suite de blocs. Dans un texte : **gras**, [mots](https://adresse), une ligne vide"
            " fait un"
            " paragraphe."
        ),
        "A mail is a row of blocks. In a text: **bold**, [words](https://address), an empty line makes a paragraph.",
    ),
    "messages.help.editor.names": (
        (
            "Ce qui change d’une personne à l’autre s’écrit entre accolades : {{ customer.first_name }},"
            " {{ product_count }}, {{ categories }}, {{ cart.total }}, {{ brand }}."
        ),
        (
            "What differs from person to person stands between braces: {{ customer.first_name }},"
            " {{ product_count }}, {{ categories }}, {{ cart.total }}, {{ brand }}."
        ),
    ),
    "messages.help.editor.publish": (
        (
            "Le brouillon se garde tout seul pendant que vous écrivez. « Publier » en fait une version, qui ne"
            " change plus ;"
            " reprendre une ancienne en fait un nouveau brouillon."
        ),
        (
            "The draft keeps itself while you write. “Publish” makes a version of it, which changes no more;"
            " going back to"
            " an old one makes a new draft."
        ),
    ),
    "messages.help.editor.trial": (
        "L’essai vous montre l’e-mail dans votre vraie messagerie : c’est la seule preuve qui vaille.",
        "The trial shows the mail in your real mailbox: no other proof is worth as much.",
    ),
    "messages.help.people.who": (
        "Chaque carte est l’e-mail qu’une personne recevrait maintenant, avec ses valeurs et ses produits à elle.",
        "Each card is the mail that a person would get now, with their own values and products.",
    ),
    "messages.help.people.fail": (
        "Une carte rouge dit quelle valeur manque : ajoutez-la sous « valeurs manquantes ».",
        "A red card says which value is missing: add it under “missing values”.",
    ),
    "messages.help.words.what": (
        "À gauche les mots du scénario, à droite l’e-mail qu’ils font.",
        "On the left the words of the scenario, on the right the mail they make.",
    ),
    "messages.help.words.change": (
        "Pour une mise en page à vous, faites un modèle et nommez-le dans le scénario.",
        "For a layout of your own make a template and name it in the scenario.",
    ),
    "messages.help.outbox.states": (
        (
            "« En attente » part dans la minute, ou à l’heure dite ; « retenus » ont été revérifiés au dernier"
            " moment et"
            " n’avaient plus lieu d’être."
        ),
        (
            "“Waiting” leaves within a minute, or at the hour said; “held back” were looked at again at the last second"
            " and had no more reason to go."
        ),
    ),
    "messages.help.outbox.unknown": (
        "« Sort inconnu » est rare : ouvrez le message et dites ce que vous avez trouvé.",
        "“Fate unknown” is rare: open the message and say what you found out.",
    ),
    "messages.help.outbox.again": (
        "« À retenter » : le serveur a demandé de revenir plus tard ; cela se fait tout seul, trois jours au plus.",
        "“To be retried”: the server asked to come back later; that happens by itself, for three days at most.",
    ),
    "messages.help.story.why": (
        "La phrase dit ce qui a été décidé et pourquoi ; dessous, ce qui comptait à ce moment-là.",
        "The sentence says what was decided and why; below it, what counted at that moment.",
    ),
    "messages.help.story.mail": (
        "L’e-mail est refait avec les mots et les produits gardés à la décision : c’est celui qui est parti.",
        "The mail is made again with the words and products kept at the decision: it is the one that left.",
    ),
    "messages.help.inbox.what": (
        "Rien de ce qui est ici n’est sorti de cette machine.",
        "Nothing that is here has left this machine.",
    ),
    "messages.help.inbox.links": (
        "Ouvrez un e-mail et cliquez : la boutique de démonstration s’ouvre, et la commande sera attribuée à ce clic.",
        "Open a mail and click: the demonstration’s shop opens, and the order will be credited to that click.",
    ),
    "messages.help.senders.records": (
        (
            "SPF dit qui envoie pour vous, DKIM signe, DMARC dit quoi faire des faux. Copiez l’enregistrement"
            " proposé chez"
            " votre hébergeur de domaine, attendez une heure, vérifiez à nouveau."
        ),
        (
            "SPF says who sends for you, DKIM signs, DMARC says what to do with forgeries. Copy the record to"
            " your domain’s"
            " host, wait an hour, check again."
        ),
    ),
    "messages.help.senders.rates": (
        "Trop de retours : nettoyez vos adresses. Trop de signalements : écrivez moins, ou plus juste.",
        "Too many bounces: tidy your addresses. Too many reports: write less, or more to the point.",
    ),
}
