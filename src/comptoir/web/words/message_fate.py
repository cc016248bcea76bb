"""Words of what became of messages: the outbox, the trial inbox, and how senders are seen."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
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
}
