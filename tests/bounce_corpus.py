"""A corpus of mails that come back: shapes of servers and providers, their words, and what each truly means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

HARD, SOFT, NOTHING, COMPLAINT = "hard", "soft", "nothing", "complaint"


@dataclass(frozen=True, slots=True)
class Case:
    """One mail and its truth."""

    name: str
    truth: str
    raw: bytes


_ORIGINAL = """Return-Path: <{to}>
Received: from shop.example (shop.example [203.0.113.9]) by mx.example; Tue, 3 Mar 2026 12:00:00 +0000
From: boutique@shop.example
To: {who}
Subject: Votre panier vous attend
Message-ID: <m000001@shop.example>
List-Unsubscribe: <https://c.shop.example/u/x>

Bonjour, la boite est pleine de surprises. Le compte est bon.
"""

_DSN = """Return-Path: <>
From: {sender}
To: {to}
Subject: {subject}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"

--=_b
Content-Type: text/plain; charset=utf-8

{intro}

--=_b
Content-Type: message/delivery-status

Reporting-MTA: dns; {mta}
Arrival-Date: Tue, 3 Mar 2026 12:00:00 +0000

Final-Recipient: rfc822; {who}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}

--=_b
Content-Type: message/rfc822

{original}
--=_b--
"""

# (code, status, words, truth): answers as the providers give them
_ORANGE = [
    ("550 5.1.1", "5.1.1", "Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416 [416]", HARD),
    ("550 5.5.0", "5.5.0", "Destinataire inconnu. OFR_102", HARD),
    ("552 5.1.1", "5.2.2", "Boite du destinataire pleine. Recipient overquota. OFR_417 [417]", SOFT),
    ("550 5.2.0", "5.2.0", "Mail rejete. Mail rejected. OFR_506 [506] spam detected", SOFT),
    (
        "550 5.7.1",
        "5.7.1",
        "Service refuse. Veuillez essayer plus tard. Please try later. OFR_999",
        SOFT,
    ),
    ("421", "4.0.0", "Service refuse. Service refused, please try later. OFR006_104 too many connections", SOFT),
    ("550 5.1.1", "5.1.1", "Compte inexistant", HARD),
    ("550 5.2.1", "5.2.1", "Compte resilie, boite desactivee", HARD),
]
_FREE = [
    ("550", "5.0.0", "user unknown", HARD),
    ("550 5.2.1", "5.2.1", "This mailbox has been blocked due to inactivity", HARD),
    ("550 5.1.1", "5.1.1", "Recipient address rejected: User unknown in relay recipient table", HARD),
    ("452 4.2.2", "4.2.2", "Over quota", SOFT),
    ("550 5.7.1", "5.7.1", "spam detected by content filter", SOFT),
    ("421", "4.7.1", "Too many spams from your IP, please visit our postmaster page", SOFT),
]
_SFR = [
    ("550 5.1.1", "5.1.1", "<x>: Recipient address rejected: User unknown", HARD),
    ("550 5.1.1", "5.1.1", "Adresse inconnue", HARD),
    ("550 5.7.1", "5.7.1", "LPN007_510 message bloque pour reputation", SOFT),
    ("552 5.2.2", "5.2.2", "Boite pleine, quota depasse", SOFT),
    ("421 4.7.0", "4.7.0", "too many messages, slow down", SOFT),
]
_LAPOSTE = [
    ("550 5.1.1", "5.1.1", "No such user here: LPNAAA_510 adresse inexistante", HARD),
    ("550 5.5.0", "5.5.0", "Adresse inconnue ou invalide", HARD),
    ("552 5.2.2", "5.2.2", "boite aux lettres pleine", SOFT),
    ("550 5.7.1", "5.7.1", "Service refuse, politique de securite LPN105_4", SOFT),
]
_GMAIL = [
    ("550-5.1.1", "5.1.1", "The email account that you tried to reach does not exist. NoSuchUser gsmtp", HARD),
    ("550-5.2.1", "5.2.1", "The email account that you tried to reach is disabled. DisabledUser gsmtp", HARD),
    ("550-5.2.1", "5.2.1", "The email account that you tried to reach is inactive. gsmtp", HARD),
    ("452-4.2.2", "4.2.2", "The recipient's inbox is out of storage space. OverQuotaTemp gsmtp", SOFT),
    ("552-5.2.2", "5.2.2", "The recipient's inbox is out of storage space. OverQuotaPerm gsmtp", SOFT),
    (
        "550-5.7.1",
        "5.7.1",
        "This message is likely unsolicited mail. UnsolicitedMessageError",
        SOFT,
    ),
    (
        "550-5.7.26",
        "5.7.26",
        "This mail has been blocked, sender unauthenticated. DKIM did not pass",
        SOFT,
    ),
    ("421-4.7.28", "4.7.28", "Gmail has detected an unusual rate of unsolicited mail", SOFT),
]
_EXCHANGE = [
    ("550 5.1.10", "5.1.10", "RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", HARD),
    ("550 5.1.1", "5.1.1", "RESOLVER.ADR.RecipNotFound; not found", HARD),
    ("550 5.4.1", "5.4.1", "Recipient address rejected: Access denied. AS(201806281)", SOFT),
    ("554 5.2.2", "5.2.2", "mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException", SOFT),
    ("550 5.7.1", "5.7.1", "TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy", SOFT),
    ("552 5.3.4", "5.3.4", "ROUTING.SizeLimit; message size exceeds fixed maximum size for route", SOFT),
    ("550 5.7.606", "5.7.606", "Access denied, banned sending IP; blocklist", SOFT),
    ("451 4.7.500", "4.7.500", "Server busy. Please try again later", SOFT),
]
_YAHOO = [
    ("554", "5.0.0", "delivery error: dd This user doesn't have a yahoo.fr account (x) [0]", HARD),
    ("554", "5.0.0", "delivery error: dd Requested mail action aborted, mailbox not found", HARD),
    ("554 30", "5.0.0", "Sorry, your message to x cannot be delivered. This mailbox is disabled (554.30).", HARD),
    ("552 1", "5.2.2", "Requested mail action aborted, mailbox is over quota", SOFT),
    ("421 4.7.0", "4.7.0", "[TSS04] Messages from 203.0.113.9 temporarily deferred due to user complaints", SOFT),
    ("554 5.7.9", "5.7.9", "Message not accepted for policy reasons", SOFT),
]
_POSTFIX = [
    ("550 5.1.1", "5.1.1", "<x>: Recipient address rejected: User unknown in virtual mailbox table", HARD),
    ("550 5.1.1", "5.1.1", "<x>: Recipient address rejected: User unknown in local recipient table", HARD),
    ("550", "5.1.2", "Host or domain name not found. Name service error for name=gone.example type=MX", HARD),
    (
        "",
        "5.4.4",
        "Host or domain name not found. Name service error for name=gone.example type=A: Host not found",
        HARD,
    ),
    ("554 5.7.1", "5.7.1", "<x>: Relay access denied", HARD),
    ("", "4.4.1", "connect to mx.example[198.51.100.7]:25: Connection timed out", SOFT),
    ("552 5.2.2", "5.2.2", "<x>: user is over quota", SOFT),
    ("552 5.3.4", "5.3.4", "Message size exceeds fixed limit", SOFT),
    ("554 5.7.1", "5.7.1", "Service unavailable; Client host [203.0.113.9] blocked using zen.spamhaus.org", SOFT),
    ("", "5.4.6", "mail for shop.example loops back to myself", SOFT),
]
_PROVIDERS = {
    "orange": (_ORANGE, "orange.fr", "MAILER-DAEMON@orange.fr", "smtp.orange.fr"),
    "free": (_FREE, "free.fr", "MAILER-DAEMON@free.fr (Mail Delivery System)", "mx1-g20.free.fr"),
    "sfr": (_SFR, "sfr.fr", "MAILER-DAEMON@sfr.fr", "msfrf.sfr.fr"),
    "laposte": (_LAPOSTE, "laposte.net", "MAILER-DAEMON@laposte.net", "smtp.laposte.net"),
    "gmail": (_GMAIL, "gmail.com", "Mail Delivery Subsystem <mailer-daemon@googlemail.com>", "googlemail.com"),
    "exchange": (_EXCHANGE, "bureau.example", "Microsoft Outlook <postmaster@bureau.example>", "EXCH01.bureau.example"),
    "yahoo": (_YAHOO, "yahoo.fr", "MAILER-DAEMON@yahoo.com", "mta.mail.yahoo.com"),
    "postfix": (_POSTFIX, "pme.example", "Mail Delivery System <MAILER-DAEMON@pme.example>", "mx.pme.example"),
}
_SUBJECTS = {
    "orange": "Echec de la remise du message / Undeliverable message",
    "free": "failure notice",
    "sfr": "Undelivered Mail Returned to Sender",
    "laposte": "Non remis : Votre panier vous attend",
    "gmail": "Delivery Status Notification (Failure)",
    "exchange": "Non remis : Votre panier vous attend",
    "yahoo": "Failure Notice",
    "postfix": "Undelivered Mail Returned to Sender",
}
_INTROS = (
    "This is the mail system. I'm sorry to have to inform you that your message could not be delivered.",
    "Bonjour, votre message n'a pas pu être remis au destinataire indiqué ci-dessous.",
    "Your message wasn't delivered to the address below.",
)

_EXIM = """Return-Path: <>
From: Mail Delivery System <Mailer-Daemon@mx.{domain}>
To: {to}
Subject: Mail delivery failed: returning message to sender
X-Failed-Recipients: {who}
Auto-Submitted: auto-replied

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {who}
    host mx.{domain} [198.51.100.7]
    SMTP error from remote mail server after RCPT TO:<{who}>:
    {code} {said}

------ This is a copy of the message, including all the headers. ------

{original}
"""
_QMAIL = """Return-Path: <>
From: MAILER-DAEMON@{domain}
To: {to}
Subject: failure notice

Hi. This is the qmail-send program at {domain}.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{who}>:
198.51.100.7 does not like recipient.
Remote host said: {code} {said}
Giving up on 198.51.100.7.

--- Below this line is a copy of the message.

{original}
"""
_PLAIN = """Return-Path: <>
From: Postmaster <postmaster@{domain}>
To: {to}
Subject: Echec de distribution de votre message
Content-Type: text/plain; charset=utf-8

Le message que vous avez envoye n'a pas pu etre distribue a {who} :

   {code} {said}

----- Message d'origine -----
{original}
"""
_AUTOREPLIES = [
    ("Absence du bureau : Votre panier vous attend", "Je suis absent jusqu'au 9 mars. Ma boite est pleine."),
    ("Réponse automatique : Votre panier vous attend", "En congés, je vous répondrai à mon retour."),
    ("Automatic reply: Votre panier vous attend", "I am out of the office. For urgent matters call 550-5111."),
    ("Out of Office: back on Monday", "User unknown to you perhaps, but I will answer."),
    ("Re: Votre panier vous attend", "Merci, j'ai bien recu votre message. Cette adresse n'existe plus apres juin."),
    ("Accusé de réception de votre courriel", "Nous traiterons votre demande."),
    ("Auto: message recu", "Message automatique."),
    ("Abwesenheitsnotiz", "Ich bin nicht im Büro."),
    ("Thank you for contacting us", "Ticket 4.2.1 was opened."),
    ("Re: panier", "Votre mail est un spam, ne m'ecrivez plus"),
    ("Changement d'adresse", "Mon adresse a change, ecrivez-moi a nouveau@ailleurs.example"),
    ("Lu : Votre panier vous attend", "Votre message a ete lu le 3 mars."),
]


def corpus(to: str) -> Iterator[Case]:
    """Give every case, sent back to the envelope sender `to`."""
    yield from _reports(to)
    yield from _texts(to)
    yield from _nothings(to)
    for number, kind in enumerate(["abuse", "abuse", "fraud", "other", "opt-out"]):
        yield Case(f"arf-{number}", COMPLAINT, complaint(to, kind))


def _reports(to: str) -> Iterator[Case]:
    for provider, (answers, domain, sender, mta) in _PROVIDERS.items():
        for number, (code, status, said, truth) in enumerate(answers):
            who = f"p{number}@{domain}"
            for shape, intro in enumerate(_INTROS[:2]):
                yield Case(f"{provider}-dsn-{number}-{shape}", truth, dsn(
                    to, who, f"{code} {status if '.' not in code else ''} {said}", status=status,
                    subject=_SUBJECTS[provider], sender=sender, mta=mta, intro=intro,
                ))  # fmt: skip


def _texts(to: str) -> Iterator[Case]:
    for provider, (answers, domain, _, _) in _PROVIDERS.items():
        for number, (code, _, said, truth) in enumerate(answers):
            if not code:
                continue
            who = f"p{number}@{domain}"
            fields = {"to": to, "who": who, "domain": domain, "code": code, "said": said}
            original = _ORIGINAL.format(to=to, who=who)
            for name, shape in (("exim", _EXIM), ("qmail", _QMAIL), ("plain", _PLAIN))[number % 2 : number % 2 + 2]:
                yield Case(f"{provider}-{name}-{number}", truth, shape.format(original=original, **fields).encode())


def _nothings(to: str) -> Iterator[Case]:
    for number, (subject, text) in enumerate(_AUTOREPLIES):
        for shape, header in enumerate(["Auto-Submitted: auto-replied\n", "X-Autoreply: yes\n", ""]):
            raw = f"From: Ann <ann@example.org>\nTo: {to}\nSubject: {subject}\n{header}"
            raw += f"Content-Type: text/plain; charset=utf-8\n\n{text}\n"
            yield Case(f"autoreply-{number}-{shape}", NOTHING, raw.encode())
    for number, words in enumerate(["Delayed", "still being retried", "Votre message est retardé, nouvelle tentative"]):
        sent_back = dsn(to, "p@orange.fr", f"451 4.4.1 {words}", status="4.4.1",
                  subject="Delayed Mail (still being retried)", sender="MAILER-DAEMON@orange.fr",
                  mta="m", intro=words, action="delayed")  # fmt: skip
        yield Case(f"delay-{number}", NOTHING, sent_back)
    sent_back = dsn(to, "p@orange.fr", "250 2.1.5 ok", status="2.1.5", subject="Successful Mail Delivery Report",
              sender="MAILER-DAEMON@orange.fr", mta="m", intro="delivered", action="delivered")  # fmt: skip
    yield Case("delivered", NOTHING, sent_back)


def dsn(
    to: str, who: str, said: str, *, status: str, subject: str = "failure notice",
    sender: str = "MAILER-DAEMON@mx.example", mta: str = "mx.example", intro: str = "", action: str = "failed",
) -> bytes:  # fmt: skip
    """Write a report. Source: RFC 3464."""
    return _DSN.format(
        to=to, who=who, said=" ".join(said.split()), status=status, subject=subject, sender=sender, mta=mta,
        intro=intro, action=action, original=_ORIGINAL.format(to=to, who=who),
    ).encode()  # fmt: skip


def complaint(to: str, kind: str = "abuse") -> bytes:
    """Write a feedback report. Source: RFC 5965."""
    return f"""From: fbl@signal-spam.example
To: fbl@shop.example
Subject: Fwd: Votre panier vous attend
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="=_f"

--=_f
Content-Type: text/plain

This is an email abuse report.

--=_f
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <{to}>

--=_f
Content-Type: message/rfc822

{_ORIGINAL.format(to=to, who="ann@example.org")}
--=_f--
""".encode()
