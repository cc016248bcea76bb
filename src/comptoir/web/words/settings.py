"""Words of Settings."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "settings.nav": ("Réglages", "Settings"),
    "settings.title": ("Réglages", "Settings"),
    "settings.says": (
        "Marques, pays, expéditeurs, rôles et personnes.",
        "Brands, countries, senders, roles and people.",
    ),
    "settings.tabs": ("Réglages", "Settings"),
    "settings.tab.brands": ("Marques", "Brands"),
    "settings.tab.senders": ("Expéditeurs", "Senders"),
    "settings.tab.people": ("Personnes", "People"),
    "settings.tab.webhooks": ("Autres outils", "Other tools"),
    "settings.tab.audit": ("Journal", "Audit"),
    "settings.tab.file": ("Installation", "Installation"),
    "settings.brands.says": (
        (
            "Ce qui appartient à une marque et non à la personne : pays, langue, monnaie, heure, consentements, "
            "expéditeur."
        ),
        "What belongs to a brand and not to the person: country, language, currency, time, consents, sender.",
    ),
    "settings.brand.new": ("Nouvelle marque", "New brand"),
    "settings.brand.name": ("Nom de la marque", "Name of the brand"),
    "settings.currency": ("Monnaie", "Currency"),
    "settings.language": ("Langue", "Language"),
    "settings.zone": ("Fuseau horaire", "Time zone"),
    "settings.zone.hint": (
        "Les jours des résultats et les heures calmes le suivent. Par exemple Europe/Paris.",
        "The days of results and quiet hours follow it. For example Europe/Paris.",
    ),
    "settings.url": ("Adresse de la boutique", "Address of the shop"),
    "settings.url.hint": ("Les liens des messages y mènent.", "Links in messages lead there."),
    "settings.wrong.country": ("Deux lettres, comme FR.", "Two letters, such as FR."),
    "settings.wrong.language": ("Deux lettres, comme fr.", "Two letters, such as fr."),
    "settings.wrong.currency": ("Trois lettres, comme EUR.", "Three letters, such as EUR."),
    "settings.wrong.time_zone": ("Un fuseau comme Europe/Paris.", "A zone such as Europe/Paris."),
    "settings.wrong.url": (
        "Une adresse comme https://www.boutique.example",
        "An address such as https://www.shop.example",
    ),
    "done.brand.saved": ("La marque est enregistrée.", "The brand is saved."),
    "tongue.fr": ("français", "French"),
    "tongue.en": ("anglais", "English"),
    "country.FR": ("France", "France"),
    "country.BE": ("Belgique", "Belgium"),
    "country.CH": ("Suisse", "Switzerland"),
    "country.LU": ("Luxembourg", "Luxembourg"),
    "country.MC": ("Monaco", "Monaco"),
    "country.DE": ("Allemagne", "Germany"),
    "country.AT": ("Autriche", "Austria"),
    "country.ES": ("Espagne", "Spain"),
    "country.IT": ("Italie", "Italy"),
    "country.PT": ("Portugal", "Portugal"),
    "country.NL": ("Pays-Bas", "Netherlands"),
    "country.IE": ("Irlande", "Ireland"),
    "country.GB": ("Royaume-Uni", "United Kingdom"),
    "country.US": ("États-Unis", "United States"),
    "country.CA": ("Canada", "Canada"),
    "settings.help.brand": (
        "Une personne est la même pour toutes vos marques ; ses consentements et la pression restent à chacune.",
        "A person is the same for all your brands; consents and pressure belong to each.",
    ),
    "settings.help.change": (
        "Changer la monnaie ou le fuseau ne réécrit pas le passé : cela vaut pour ce qui vient.",
        "Changing currency or time zone does not rewrite the past: it holds for what comes.",
    ),
    "settings.file.says": (
        (
            "Ce que dit {file}, l’environnement ou le démarrage. Pour changer, modifiez le fichier et relancez "
            "comptoir serve."
        ),
        "What {file}, the environment or the start says. To change it, edit the file and start comptoir serve again.",
    ),
    "settings.setting": ("Réglage", "Setting"),
    "settings.value": ("Valeur", "Value"),
    "settings.origin": ("Vient de", "Comes from"),
    "settings.for": ("À quoi il sert", "What it is for"),
    "settings.nothing": ("vide", "empty"),
    "origin.default": ("d’origine", "default"),
    "origin.flag": ("option de démarrage", "start option"),
    "settings.table.door": ("Porte : ce qui reçoit le public", "Door: what receives the public"),
    "settings.table.desk": ("Comptoir : ces pages", "Desk: these pages"),
    "settings.table.engine": ("Moteur", "Engine"),
    "settings.table.clock": ("Horloge", "Clock"),
    "settings.table.collect": ("Ce qui arrive : lieux et robots", "What comes in: places and robots"),
    "settings.table.audience": ("Audience sans consentement", "Audience without consent"),
    "settings.table.shop": ("Visites et paniers", "Visits and carts"),
    "settings.table.identity": ("Qui est qui", "Who is who"),
    "settings.table.scores": ("Les scores des clients", "The scores of customers"),
    "settings.table.golden": ("La fiche de référence", "The reference record"),
    "settings.table.mail": ("Serveur de courrier d’essai", "Mail server for trials"),
    "settings.table.bounces": ("Courrier qui revient", "Mail that comes back"),
    "settings.table.channels": ("Autres canaux", "Other channels"),
    "settings.table.pulls": ("Sources que l’on va chercher", "Sources that are fetched"),
    "settings.table.webhooks": ("Appels d’autres outils", "Calls of other tools"),
    "settings.table.pressure": ("Pression, tant que la marque n’a rien dit", "Pressure, until the brand says"),
    "settings.table.consent": ("Consentement", "Consent"),
    "settings.help.file": (
        "Un mot de passe n’est jamais montré ici : … dit seulement qu’il y en a un.",
        "A password is never shown here: … only says that there is one.",
    ),
    # who writes to customers
    "senders.says": (
        "Les serveurs qui remettent les messages, marque par marque.",
        "The servers that messages are handed to, brand by brand.",
    ),
    "senders.new": ("Nouvel expéditeur", "New sender"),
    "senders.one.says": (
        "Votre fournisseur de courrier donne ces renseignements. Les secrets sont chiffrés avant d’être gardés.",
        "Your mail provider gives you these. Secrets are sealed before they are kept.",
    ),
    "senders.none": ("Aucun expéditeur pour vos marques.", "No sender for your brands."),
    "senders.fallback": (
        (
            "Aucun expéditeur enregistré : les messages partent par {host}:{port} au nom de {sender}, comme le dit "
            "le fichier."
        ),
        "No sender is stored: messages leave by {host}:{port} in the name of {sender}, as the file says.",
    ),
    "senders.server": ("Serveur", "Server"),
    "senders.name": ("Nom", "Name"),
    "senders.name.hint": ("Par exemple principal.", "For example main."),
    "senders.sender": ("Expéditeur", "Sender"),
    "senders.sender.hint": (
        "Ce que lit le destinataire : Maison <bonjour@maison.example>",
        "What the receiver reads: Maison <bonjour@maison.example>",
    ),
    "senders.host": ("Adresse du serveur", "Host"),
    "senders.port": ("Port", "Port"),
    "senders.security": ("Protection", "Protection"),
    "security.starttls": ("STARTTLS", "STARTTLS"),
    "security.tls": ("TLS", "TLS"),
    "security.none": ("aucune", "none"),
    "senders.user": ("Identifiant", "User name"),
    "senders.password.kept": ("Vide : celui qui est gardé reste.", "Empty: the one that is kept stays."),
    "senders.signed": ("Signature DKIM", "DKIM signature"),
    "senders.unsigned": ("sans signature", "unsigned"),
    "senders.off": ("arrêté", "off"),
    "senders.try": ("Essayer", "Try"),
    "senders.to": ("vous@exemple.fr", "you@example.org"),
    "senders.to.for": ("Adresse du courrier d’essai par {name}", "Address of the test mail by {name}"),
    "senders.test": ("Envoyer un essai", "Send a test"),
    "senders.tried.fine": ("{name} a accepté le message d’essai.", "{name} accepted the test mail."),
    "senders.tried.wrong": ("{name} n’a pas accepté le message d’essai.", "{name} did not accept the test mail."),
    "senders.wrong.to": ("Donnez une adresse e-mail.", "Give an e-mail address."),
    "senders.wrong.inside": (
        "Ce serveur n’est pas sur Internet. Seul qui a toutes les marques peut nommer un serveur de votre réseau.",
        "This server is not on the internet. Only who has every brand may name one of your own network.",
    ),
    "senders.wrong.host": (
        "Une adresse comme smtp.example.org, sans rien d’autre.",
        "A host such as smtp.example.org, nothing else.",
    ),
    "senders.wrong.sender": (
        "Une adresse e-mail, avec ou sans nom devant.",
        "An e-mail address, with or without a name before it.",
    ),
    "senders.wrong.count": ("Un nombre entier, de {least} à {most}.", "A whole number, {least} to {most}."),
    "senders.wrong.taken": ("Un expéditeur porte déjà ce nom.", "A sender has this name already."),
    "senders.dkim": ("Signature", "Signature"),
    "senders.dkim.says": (
        (
            "Une signature prouve que le message vient de vous. Sans elle, beaucoup de messageries le mettent aux "
            "indésirables."
        ),
        "A signature proves that the message comes from you. Without it many mailboxes put it into spam.",
    ),
    "senders.dkim.keep": ("Garder la clé de {domain}", "Keep the key of {domain}"),
    "senders.dkim.make": ("Faire une nouvelle clé pour moi", "Make a new key for me"),
    "senders.dkim.own": ("Utiliser ma propre clé", "Use a key of my own"),
    "senders.dkim.none": ("Ne pas signer", "Do not sign"),
    "senders.dkim.more": ("Clé, domaine et sélecteur", "Key, domain and selector"),
    "senders.dkim.pem": ("Votre clé privée (PEM)", "Your private key (PEM)"),
    "senders.dkim.domain": ("Domaine", "Domain"),
    "senders.dkim.selector": ("Sélecteur", "Selector"),
    "senders.dns": ("À publier chez votre hébergeur de nom", "To publish where your domain is hosted"),
    "senders.dns.says": (
        "Un enregistrement TXT nommé {name}, avec ce texte :",
        "A TXT record named {name}, with this text:",
    ),
    "senders.more": ("Retours, débit et priorité", "Bounces, rate and priority"),
    "senders.bounces": ("Domaine des retours", "Domain of bounces"),
    "senders.bounces.hint": (
        "Les adresses mortes y reviennent, par exemple retours.maison.example. Vide : aucun suivi.",
        "Dead addresses come back there, such as bounces.maison.example. Empty: not followed.",
    ),
    "senders.rate": ("Messages par minute", "Messages a minute"),
    "senders.rate.short": ("Par minute", "A minute"),
    "senders.rate.hint": ("0 : sans limite", "0: no limit"),
    "senders.connections": ("En même temps", "At once"),
    "senders.priority": ("Rang", "Rank"),
    "senders.priority.hint": ("1 d’abord ; les autres prennent le relais", "1 first; the others stand in"),
    "senders.enabled": ("Cet expéditeur est en service", "This sender is in use"),
    "senders.remove": ("Supprimer l’expéditeur…", "Remove the sender…"),
    "senders.remove.says": (
        (
            "{name} est oublié, ses secrets aussi. Les messages qui attendent partent par les autres expéditeurs de "
            "la marque."
        ),
        "{name} is forgotten, its secrets too. Messages that wait leave by the brand’s other senders.",
    ),
    "senders.remove.do": ("Supprimer l’expéditeur", "Remove the sender"),
    "senders.pause.title": ("Tout arrêter", "Stop everything"),
    "senders.pause": ("Mettre tous les envois en pause…", "Pause all sending…"),
    "senders.pause.says": (
        (
            "Dans la seconde, plus aucun message ne part, d’aucune marque. Ceux qui attendent attendent ; les trop "
            "vieux tombent."
        ),
        (
            "Within a second no message leaves any more, of any brand. What waits goes on waiting; what grows too "
            "old is dropped."
        ),
    ),
    "senders.pause.do": ("Tout mettre en pause", "Pause everything"),
    "senders.resume": ("Reprendre les envois", "Go on sending"),
    "done.sender.saved": (
        "L’expéditeur est enregistré ; il sert dans la seconde.",
        "The sender is saved; it is in use at once.",
    ),
    "done.sender.removed": ("L’expéditeur est supprimé.", "The sender is removed."),
    "done.sending.paused": ("Tous les envois sont en pause.", "All sending is paused."),
    "done.sending.resumed": ("Les envois reprennent.", "Sending goes on."),
    "senders.help.brand": (
        (
            "Une marque qui a ses propres expéditeurs n’utilise qu’eux ; les autres passent par ceux de toutes les "
            "marques."
        ),
        "A brand with senders of its own uses only those; the others use the senders of every brand.",
    ),
    "senders.help.dkim": (
        "Faites la clé ici, publiez l’enregistrement, attendez une heure, puis vérifiez.",
        "Make the key here, publish the record, wait an hour, then check.",
    ),
    "senders.help.check": ("Vérifier SPF, DKIM et DMARC", "Check SPF, DKIM and DMARC"),
    # who may open these pages
    "people.says": (
        "Qui peut ouvrir ces pages ou interroger l’API, pour quoi faire, et pour quelles marques.",
        "Who may open these pages or ask the API, to do what, and for which brands.",
    ),
    "people.none": (
        "Personne encore : la machine seule ouvre ces pages.",
        "Nobody yet: only the machine opens these pages.",
    ),
    "people.new": ("Ajouter quelqu’un", "Add somebody"),
    "people.add": ("Ajouter", "Add"),
    "people.name.hint": (
        "Par exemple claire, ou metabase pour un programme.",
        "For example claire, or metabase for a program.",
    ),
    "people.role": ("Rôle", "Role"),
    "role_tells.admin": ("voit et règle tout", "sees and sets everything"),
    "role_tells.marketing": ("scénarios, messages, clients, résultats", "scenarios, messages, customers, results"),
    "role_tells.finance": ("les ventes au centime, aucun client", "sales to the cent, no customer"),
    "role_tells.support": ("l’histoire d’un client, aucun chiffre", "one customer’s story, no figures"),
    "people.brands": ("Marques", "Brands"),
    "people.brands.hint": ("Aucune cochée : toutes les marques.", "None ticked: every brand."),
    "people.kind": ("Comment se fait-elle reconnaître ?", "How are they recognized?"),
    "people.kind.password": (
        "Une personne : un premier mot de passe, qu’elle remplacera",
        "A person: a first password that they replace",
    ),
    "people.kind.key": ("Un programme : une clé pour l’API", "A program: a key for the API"),
    "people.keys": ("Clés d’API", "API keys"),
    "people.you": ("vous", "you"),
    "people.closed": ("accès fermé", "closed"),
    "people.change": ("Modifier", "Change"),
    "people.password": ("Nouveau premier mot de passe", "New first password"),
    "people.key": ("Nouvelle clé", "New key"),
    "people.key.life": ("Durée de la clé", "Life of the key"),
    "people.key.overlap": (
        "Quand une nouvelle clé est faite, les anciennes marchent encore {days} jours.",
        "Once a new key is made, the old ones work for {days} more days.",
    ),
    "people.close": ("Fermer l’accès", "Close the access"),
    "people.open": ("Rouvrir l’accès", "Open the access again"),
    "people.once.password": (
        "Premier mot de passe de {name}, montré cette fois seulement. Il sert une fois, puis se remplace.",
        "First password of {name}, shown this once. It works once and is then replaced.",
    ),
    "people.once.key": (
        "Clé de {name}, montrée cette fois seulement. À envoyer comme Authorization: Bearer.",
        "Key of {name}, shown this once. To be sent as Authorization: Bearer.",
    ),
    "people.wrong.role": ("Choisissez un rôle.", "Choose a role."),
    "people.wrong.taken": ("Quelqu’un porte déjà ce nom.", "Somebody has this name already."),
    "people.wrong.self": (
        (
            "Vous ne pouvez ni changer votre propre rôle ni fermer votre propre accès : demandez à un autre "
            "administrateur."
        ),
        "You can neither change your own role nor close your own access: ask another admin.",
    ),
    "done.user.changed": ("C’est enregistré ; cela vaut dans deux secondes.", "Saved; it holds within two seconds."),
    "done.user.closed": ("L’accès est fermé.", "The access is closed."),
    "done.user.opened": ("L’accès est rouvert.", "The access is open again."),
    "people.help.roles": (
        (
            "Donnez le plus petit rôle qui suffit : la finance voit l’argent sans les clients, le service client "
            "l’inverse."
        ),
        "Give the smallest role that does: finance sees money without customers, support the reverse.",
    ),
    "people.help.lost": (
        "Un mot de passe perdu ? Donnez-en un premier à nouveau : ses navigateurs devront s’identifier.",
        "A password lost? Give a first one again: their browsers will have to sign in.",
    ),
    # other systems that are called
    "hooks.says": (
        "Les adresses d’autres outils, appelées par les scénarios ou quand un client change.",
        "Addresses of other tools, called by scenarios or when a customer changes.",
    ),
    "hooks.none": ("Aucune adresse pour l’instant.", "No address yet."),
    "hooks.new": ("Ajouter une adresse", "Add an address"),
    "hooks.add": ("Ajouter", "Add"),
    "hooks.url": ("Adresse appelée", "Address called"),
    "hooks.url.hint": ("En https, sur un serveur public.", "By https, on a public server."),
    "hooks.waiting": ("En attente", "Waiting"),
    "hooks.done": ("Réussis", "Done"),
    "hooks.failed": ("Échoués", "Failed"),
    "hooks.test": ("Essayer", "Try"),
    "hooks.close": ("Arrêter", "Stop"),
    "hooks.open": ("Reprendre", "Go on"),
    "hooks.remove": ("Supprimer…", "Remove…"),
    "hooks.remove.says": (
        "L’adresse est oubliée ; {waiting} appels qui attendent échouent.",
        "The address is forgotten; {waiting} calls that wait will fail.",
    ),
    "hooks.remove.do": ("Supprimer l’adresse", "Remove the address"),
    "hooks.calls": ("Derniers appels", "Latest calls"),
    "call.queued": ("en attente", "waiting"),
    "call.done": ("réussi", "done"),
    "call.failed": ("échoué", "failed"),
    "hooks.once": (
        "Le secret qui signe les appels, montré cette fois seulement : donnez-le à l’autre outil.",
        "The secret that signs the calls, shown this once: give it to the other tool.",
    ),
    "hooks.tried.fine": ("{name} a répondu comme il faut.", "{name} answered as it should."),
    "hooks.tried.wrong": ("{name} n’a pas répondu comme il faut.", "{name} did not answer as it should."),
    "hooks.wrong.url": (
        "Une adresse en https sur un serveur public, comme https://crm.example/appel",
        "An https address on a public server, such as https://crm.example/call",
    ),
    "hooks.wrong.taken": ("Une adresse porte déjà ce nom.", "An address has this name already."),
    "done.hook.opened": ("L’adresse est appelée à nouveau.", "The address is called again."),
    "done.hook.closed": (
        "L’adresse n’est plus appelée ; les appels attendent.",
        "The address is called no more; calls wait.",
    ),
    "done.hook.removed": ("L’adresse est supprimée.", "The address is removed."),
    "hooks.follow": ("Prévenir des changements de clients", "Tell it what changes about customers"),
    "hooks.follow.do": ("Prévenir", "Tell it"),
    "hooks.follow.source": ("Ce système parle en tant que", "This system speaks as"),
    "hooks.follow.nobody": ("aucune source", "no source"),
    "hooks.follow.hint": (
        "Ce que cette source a dit elle-même ne lui est pas redit.",
        "What this source said itself is not told back to it.",
    ),
    "hooks.follows": ("prévenu des changements de clients", "told what changes about customers"),
    "hooks.unfollow": ("Ne plus prévenir des clients", "Tell nothing about customers"),
    "done.hook.follows": (
        "Cette adresse est prévenue de ce qui change désormais chez les clients.",
        "This address is told what changes about customers from now on.",
    ),
    "done.hook.unfollowed": (
        "Cette adresse n’est plus prévenue de ce qui change chez les clients.",
        "This address is told nothing about customers any more.",
    ),
    "hooks.help": (
        "Chaque appel est signé et retenté pendant trois jours ; un appel qui échoue n’en retient pas d’autres.",
        "Each call is signed and tried again for three days; one that fails holds back no other address.",
    ),
}
