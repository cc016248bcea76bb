"""Words of mail servers and their people, French and English: what they say of an address, a delay, an absence."""

from __future__ import annotations

import re


def _any(*words: str, start: str = "") -> re.Pattern[str]:
    return re.compile(f"{start}({'|'.join(words)})", re.IGNORECASE)


GONE = _any(
    r"user unknown",
    r"unknown user",
    r"no such (user|recipient|address|mailbox|person)",
    r"does ?n.t exist",
    r"does not exist",
    r"not exist",
    r"unknown (recipient|address|local.?part|mailbox)",
    r"recipient (unknown|not found)",
    r"user not found",
    r"(address|mailbox) (not found|unknown|does not|unavailable or access)",
    r"address rejected: (user|undeliver|unknown)",
    r"invalid (recipient|mailbox|address|user)",
    r"no mailbox( here)? by that name",
    r"doesn't have an? \S+ account",
    r"account (has been |is |was )?(disabled|closed|deleted|terminated|deactivated|discontinued|inactive)",
    r"(mailbox|user|account|recipient) (is |has been )?(disabled|inactive|no longer|suspended|closed|deactivated)",
    r"not a valid (mailbox|recipient|user)",
    r"undeliverable address",
    r"relay(ing)? (access )?denied",
    r"not our customer",
    r"host (or domain name )?(not found|unknown)",
    r"domain (name )?(not found|does not exist)",
    r"nxdomain",
    r"unrouteable address",
    r"no longer (available|in use|active|valid|employed|works)",
    r"recipientnotfound",
    r"resolver\.adr",
    r"boite.{0,20}(inexistante|fermee|desactivee|cloturee|supprimee)",
    r"adresse.{0,25}(inexistante|inconnue|invalide|n.existe)",
    r"utilisateur.{0,20}(inconnu|inexistant)",
    r"destinataire.{0,20}(inconnu|inexistant|introuvable)",
    r"n.existe (pas|plus)",
    r"compte.{0,25}(inexistant|ferme|desactive|cloture|supprime|resilie)",
    r"abonne.{0,15}inconnu",
    r"ofr_?416",
    r"ofr_?102",
)
"""The address does not exist, or no longer."""

PASSING = _any(
    r"(mailbox|quota|inbox|account|storage|disk).{0,40}(full|exceed|over|limit)",
    r"over ?quota",
    r"(exceed|insufficient|out of).{0,25}(quota|storage|space)",
    r"boite.{0,30}pleine",
    r"quota.{0,20}(depasse|atteint|plein)",
    r"espace.{0,20}insuffisant",
    r"message.{0,20}(too (large|big)|size|trop (gros|volumineux))",
    r"spam",
    r"blocked",
    r"black.?list",
    r"blocklist",
    r"bloqu",
    r"reputation",
    r"policy",
    r"politique",
    r"spf",
    r"dkim",
    r"dmarc",
    r"content rejected",
    r"unsolicited",
    r"indesirable",
    r"try again later",
    r"temporar",
    r"timed? ?out",
    r"connection (refused|reset|lost)",
    r"unreachable",
    r"grey.?list",
    r"too many",
    r"rate.?limit",
    r"throttl",
    r"deferred",
    r"busy",
    r"service unavailable",
    r"service refuse",
    r"resources",
    r"retry time(out)? (not reached|exceeded)",
    r"loop",
    r"hop count",
    r"ofr_?50[0-9]",
    r"ofr_?99",
    r"lpn\d+",
    r"local problem",
    r"momentan",
    r"ulterieurement",
    r"reessay",
    r"delai.{0,20}(depasse|expire)",
    r"expired",
    r"delivery time",
)
"""It did not arrive this time: full, refused as unwanted, too busy."""

DELAY = _any(
    r"delayed",
    r"warning: (message|could not send)",
    r"will (be retried|keep trying|continue to (try|retry))",
    r"not yet been delivered",
    r"you do not need to resend",
    r"still being retried",
    r"retard[ée]",
    r"sera (encore )?(retent|r[ée]essay)",
    r"this is a warning message only",
    r"delivery incomplete",
    r"nouvelle tentative",
)
"""It is still being tried."""

AWAY = _any(
    r"\[?(auto(matic|matique)?|automatisch)[\s-]*(reply|r[ée]ponse|response|antwort|respond)",
    r"auto\s*:",
    r"out of (the )?office",
    r"r[ée]ponse automatique",
    r"absen[ct]",
    r"absence",
    r"en cong",
    r"cong[ée]s",
    r"vacation",
    r"on leave",
    r"je suis absent",
    r"hors (du )?bureau",
    r"away from",
    r"abwesend",
    r"fuera de",
    r"accus[ée] de r[ée]ception",
    r"thank you for (your )?(e-?mail|message|contacting)",
    start=r"^\s*((re|r|tr|fwd?|aw)\s*:\s*)*",
)
"""A subject that an autoreply begins with."""

BOUNCERS = _any(
    r"mailer-?daemon",
    r"postmaster",
    r"mail.?delivery",
    r"bounce",
    r"mdaemon",
    r"no-?reply.*mail",
    r"system administrator",
)
"""Who sends bounces."""

BOUNCE_SUBJECT = _any(
    r"undeliver",
    r"deliver(y|able).{0,30}(fail|status|problem|error|notif|incomplete)",
    r"fail(ure|ed).{0,25}(notice|deliver|notification)",
    r"returned mail",
    r"return(ed)? to sender",
    r"mail (system error|delivery|failed)",
    r"non.?(remis|distribu|d[ée]livr)",
    r"non-?delivery",
    r"could not be delivered",
    r"message (not delivered|blocked|rejected)",
    r"[ée]chec.{0,30}(remise|distribution|envoi|livraison)",
    r"rejected",
    r"nicht zugestellt",
    r"unzustellbar",
    r"warning: (message|could)",
    r"delayed",
    r"retard",
)
"""What subjects of bounces say."""
