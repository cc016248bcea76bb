"""Words of Messages."""

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
        "The mail is not sent to that person, and her page says why.",
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
    "messages.kept": ("Brouillon gardé à {when} UTC", "Draft kept at {when} UTC"),
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
    # the outbox
    "messages.outbox.says": (
        "Ce qui attend, ce qui est parti, ce qui a échoué, et ce dont personne ne connaît le sort.",
        "What waits, what left, what failed, and what nobody knows the fate of.",
    ),
    "messages.outbox.paused": (
        "Tous les envois sont en pause. Pour reprendre, sur la machine :",
        "All sending is paused. To go on, on the machine:",
    ),
    "messages.outbox.all": ("Tous", "All"),
    "messages.outbox.waiting": ("En attente", "Waiting"),
    "messages.outbox.deferred": ("À retenter", "To be retried"),
    "messages.outbox.sent": ("Partis", "Sent"),
    "messages.outbox.failed": ("Échoués", "Failed"),
    "messages.outbox.unknown": ("Sort inconnu", "Fate unknown"),
    "messages.outbox.stopped": ("Retenus", "Held back"),
    "messages.fate.waiting": ("en attente", "waiting"),
    "messages.fate.deferred": ("à retenter", "to be retried"),
    "messages.fate.sent": ("parti", "sent"),
    "messages.fate.failed": ("échoué", "failed"),
    "messages.fate.unknown": ("sort inconnu", "fate unknown"),
    "messages.fate.stopped": ("retenu", "held back"),
    "messages.outbox.find": ("Chercher une adresse ou un numéro de message", "Find an address or a message number"),
    "messages.outbox.none": ("Aucun message ici.", "No message here."),
    "messages.outbox.none.do": (
        "Les messages arrivent ici quand un scénario les décide.",
        "Messages come here once a scenario decides on them.",
    ),
    "messages.not_before": ("pas avant {when}", "not before {when}"),
    "messages.newest": ("Les plus récents", "Newest"),
    "messages.older": ("Plus anciens", "Older"),
    "messages.erased": ("personne effacée", "erased person"),
    "messages.unknown.says": (
        (
            "La liaison s’est coupée au moment de la remise : le serveur a pu les prendre ou non. Ils ne repartent pas"
            " d’eux-mêmes, pour que personne ne reçoive deux fois. Ouvrez-en un pour dire ce que vous savez."
        ),
        (
            "The line broke while they were handed over: the server may have taken them or not. They are not"
            " sent again by"
            " themselves, so that nobody gets them twice. Open one to say what you know."
        ),
    ),
    "messages.unknown": ("Nul ne sait si ce message est parti", "Nobody knows whether this message left"),
    "messages.unknown.do": (
        "Cherchez-le dans le journal de votre serveur de courrier (par son numéro), puis dites-le ici.",
        "Look for it in the log of your mail server (by its number), then say so here.",
    ),
    "messages.unknown.sent": ("Il est parti", "It left"),
    "messages.unknown.sent.says": (
        "Le message sera noté comme remis. Il compte déjà dans les plafonds de cette personne ; rien ne repart.",
        "The message will be noted as accepted. It counts in this person’s caps already; nothing is sent again.",
    ),
    "messages.unknown.sent.yes": ("Oui, noter qu’il est parti", "Yes, note that it left"),
    "messages.unknown.lost": ("Il n’est pas parti", "It did not leave"),
    "messages.unknown.lost.says": (
        "Le message sera noté comme échoué et ne comptera plus dans les plafonds de cette personne. Il ne repart pas.",
        "The message will be noted as failed and count in this person’s caps no more. It is not sent again.",
    ),
    "messages.unknown.lost.yes": ("Oui, noter qu’il n’est pas parti", "Yes, note that it did not leave"),
    "messages.story": ("Un message", "A message"),
    "messages.story.frame": (
        "Refait à partir de ce qui a été gardé ; ici, ses liens ne mènent nulle part.",
        "Made again from what was kept; its links lead nowhere here.",
    ),
    "messages.why": ("Pourquoi ce message", "Why this message"),
    "messages.why.none": (
        "Ce message n’avait pas besoin d’arbitrage (confirmation, alerte, essai).",
        "This message needed no arbitration (confirmation, alert, trial).",
    ),
    "messages.why.class": ("Nature", "Class"),
    "messages.why.way": ("Scénario", "Scenario"),
    "messages.why.then": ("Comptaient alors", "Counted then"),
    "messages.why.counted.one": ("{n} message", "{n} message"),
    "messages.why.counted.many": ("{n} messages", "{n} messages"),
    "messages.why.now": ("Plafonds aujourd’hui", "Caps today"),
    "messages.why.cap": ("{borne} sur {most} en {hours} h", "{borne} of {most} in {hours} h"),
    "messages.why.consent": ("Consentement", "Consent"),
    "messages.why.rivals": ("À côté, pour la même personne", "Beside it, for the same person"),
    "messages.class.service": ("service", "service"),
    "messages.class.transactional": ("transactionnel", "transactional"),
    "messages.class.scenario": ("scénario", "scenario"),
    "messages.class.campaign": ("campagne", "campaign"),
    "messages.heard": ("Ce qui s’est passé", "What happened"),
    "messages.heard.queued": ("mis en file", "queued"),
    "messages.heard.handed": ("remis au serveur (essai n° {times})", "handed over (try no. {times})"),
    "messages.heard.next": ("partira au plus tôt", "leaves at the earliest"),
    "messages.heard.inbox": ("L’ouvrir dans la boîte d’essai", "Open it in the trial inbox"),
    # the built-in inbox
    "messages.inbox.says": (
        "La boîte de cette démonstration : les e-mails tels que leurs lecteurs les ouvriraient.",
        "The inbox of this demonstration: the mails as their readers would open them.",
    ),
    "messages.inbox.count.one": ("{n} e-mail reçu", "{n} mail received"),
    "messages.inbox.count.many": ("{n} e-mails reçus", "{n} mails received"),
    "messages.inbox.none": ("Aucun e-mail pour l’instant.", "No mail yet."),
    "messages.inbox.none.do": (
        "Mettez un scénario en marche : le premier panier abandonné arrive ici en une demi-heure.",
        "Switch a scenario on: the first abandoned basket arrives here within half an hour.",
    ),
    "messages.inbox.off": ("La boîte d’essai est éteinte.", "The trial inbox is off."),
    "messages.inbox.off.do": (
        "Elle sert aux essais ; sans elle, les e-mails partent par un vrai serveur. Dans comptoir.toml :",
        "It is for trials; without it, mails leave by a real server. In comptoir.toml:",
    ),
    "messages.inbox.why": ("pourquoi ce message ?", "why this message?"),
    "messages.inbox.links": (
        "Les liens de cet e-mail marchent vraiment : un clic est compté comme celui de son lecteur.",
        "The links of this mail really work: a click counts as its reader’s.",
    ),
    "messages.inbox.headers": ("En-têtes", "Headers"),
    # senders
    "messages.senders.says": (
        "Si votre domaine est bien déclaré, vos e-mails arrivent ; sinon ils finissent dans les indésirables.",
        "Where your domain is well declared your mails arrive; else they end in the spam folder.",
    ),
    "messages.senders.domains": ("Vos domaines d’envoi", "Your sender domains"),
    "messages.senders.check": ("Vérifier maintenant", "Check now"),
    "messages.senders.again": ("Vérifier à nouveau", "Check again"),
    "messages.senders.by": ("serveur {server}, {host}", "server {server}, {host}"),
    "messages.senders.local": (
        "C’est un domaine d’essai : il n’existe pas dans l’annuaire public, il n’y a rien à vérifier.",
        "This is a domain for trials: it stands in no public directory, there is nothing to check.",
    ),
    "messages.senders.unasked": (
        "Pas encore vérifié : cela prend quelques secondes.",
        "Not checked yet: it takes some seconds.",
    ),
    "messages.check.found": ("Trouvé :", "Found:"),
    "messages.check.publish": (
        "À publier chez votre hébergeur de domaine, comme enregistrement TXT de {name} :",
        "To be published at your domain’s host, as the TXT record of {name}:",
    ),
    "messages.copy": ("Copier", "Copy"),
    "messages.copied": ("Copié", "Copied"),
    "messages.check.spf.fine": (
        "Votre domaine dit quels serveurs envoient pour lui.",
        "Your domain says which servers send for it.",
    ),
    "messages.check.spf.weak": (
        "Votre domaine n’écarte pas les autres serveurs : n’importe qui peut écrire en votre nom.",
        "Your domain does not turn other servers away: anybody may write in your name.",
    ),
    "messages.check.spf.missing": (
        "Votre domaine ne dit pas quels serveurs envoient pour lui.",
        "Your domain does not say which servers send for it.",
    ),
    "messages.check.spf.wrong": (
        "L’enregistrement ne nomme aucun serveur.",
        "The record names no server.",
    ),
    "messages.check.spf.twice": (
        "Il y a deux enregistrements : gardez-en un seul, sinon aucun ne vaut.",
        "There are two records: keep one, or neither counts.",
    ),
    "messages.check.spf.away": ("L’annuaire (DNS) n’a pas répondu.", "The directory (DNS) did not answer."),
    "messages.check.dkim.fine": (
        "Vos e-mails sont signés, et la clé publiée est la bonne.",
        "Your mails are signed, and the published key is the right one.",
    ),
    "messages.check.dkim.missing": ("La clé n’est pas publiée.", "The key is not published."),
    "messages.check.dkim.wrong": (
        "La clé publiée n’est pas celle qui signe.",
        "The published key is not the one that signs.",
    ),
    "messages.check.dkim.unsigned": (
        "Ce serveur ne signe pas vos e-mails. Sur la machine : comptoir mail server add … --dkim-key CLE.pem",
        "This server does not sign your mails. On the machine: comptoir mail server add … --dkim-key KEY.pem",
    ),
    "messages.check.dkim.away": ("L’annuaire (DNS) n’a pas répondu.", "The directory (DNS) did not answer."),
    "messages.check.dmarc.fine": (
        "Les messageries savent quoi faire des faux.",
        "Mailboxes know what to do with forgeries.",
    ),
    "messages.check.dmarc.weak": (
        "Vous observez seulement. C’est bien pour commencer ; demandez ensuite la quarantaine.",
        "You only watch. That is well to begin with; ask for quarantine next.",
    ),
    "messages.check.dmarc.missing": (
        "Rien ne dit aux messageries quoi faire des faux. Gmail et Yahoo l’exigent.",
        "Nothing tells mailboxes what to do with forgeries. Gmail and Yahoo demand it.",
    ),
    "messages.check.dmarc.wrong": ("L’enregistrement n’est pas lisible.", "The record cannot be read."),
    "messages.check.dmarc.twice": (
        "Il y a deux enregistrements : gardez-en un seul.",
        "There are two records: keep one.",
    ),
    "messages.check.dmarc.away": ("L’annuaire (DNS) n’a pas répondu.", "The directory (DNS) did not answer."),
    "messages.returns": (
        "Accueil de vos e-mails, {days} derniers jours",
        "How your mail was received, last {days} days",
    ),
    "messages.returns.none": ("Aucun e-mail n’est parti.", "No mail has left."),
    "messages.returns.bounced": ("Retours définitifs", "Bounced for good"),
    "messages.returns.soft": ("Retours passagers", "Bounced this time"),
    "messages.returns.complained": ("Signalés indésirables", "Reported as spam"),
    "messages.returns.unsubscribed": ("Désinscriptions", "Unsubscribed"),
    "messages.returns.says": (
        "Les messageries se méfient à partir de {bounces} de retours et de {complaints} de signalements.",
        "Mailboxes grow wary from {bounces} bounced and {complaints} reported.",
    ),
    # done
    "done.messages.begun": ("Le brouillon est commencé.", "The draft is begun."),
    "done.messages.saved": ("Le brouillon est enregistré.", "The draft is saved."),
    "done.messages.published": (
        "C’est publié. Les scénarios l’envoient dès qu’ils nomment cette version.",
        "It is published. Scenarios send it as soon as they name this version.",
    ),
    "done.messages.undo": ("La dernière modification est annulée.", "The last change is undone."),
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
        "Each card is the mail that a person would get now, with her own values and products.",
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
