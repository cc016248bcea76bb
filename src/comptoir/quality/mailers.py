"""Domains of mail: the large providers, how they are mistyped, those thrown away after use, and functions' names."""

from __future__ import annotations

from comptoir.quality.graded import words_of

MAILERS: frozenset[str] = words_of(
    """
    aliceadsl.fr aol.com aol.fr bbox.fr bluewin.ch bouygtel.fr btinternet.com cegetel.net club-internet.fr
    comcast.net cox.net dbmail.com fastmail.com free.fr freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.fr
    gmx.net googlemail.com hey.com hotmail.be hotmail.ca hotmail.co.uk hotmail.com hotmail.de hotmail.es
    hotmail.fr hotmail.it icloud.com infonie.fr laposte.net libero.it libertysurf.fr live.be live.ca live.co.uk
    live.com live.fr live.it live.nl mac.com mail.com mail.ru me.com msn.com neuf.fr noos.fr numericable.fr
    orange.fr outlook.be outlook.com outlook.de outlook.es outlook.fr outlook.it pm.me proton.me protonmail.com
    rocketmail.com sbcglobal.net scarlet.be sfr.fr sky.com skynet.be sympatico.ca t-online.de talktalk.net
    telenet.be tele2.fr tiscali.fr tiscali.it tutanota.com verizon.net videotron.ca virgilio.it virginmedia.com
    voila.fr wanadoo.fr web.de yahoo.be yahoo.ca yahoo.co.uk yahoo.com yahoo.de yahoo.es yahoo.fr yahoo.it
    yandex.com yandex.ru ymail.com zoho.com
    """
)
"""Where most customers have their mailbox, French and international."""

NEAR_BUT_REAL: frozenset[str] = words_of(
    """
    email.com emailo.com fmail.com freemail.fr gmx.us gmail.fr hotmail.ch hotmail.se icloud.fr inbox.com
    laposte.fr live.cn live.com.au live.dk live.no live.se lycos.com mail.de mail.fr mailo.com my.com oal.com
    one.com orange.com orange.es orange.net outlook.at outlook.dk outlook.ie outlook.pt qmail.com sfr.com sky.fr
    smail.com tmail.com umail.com vmail.com yahoo.in yahoo.ie yahoo.pl yahoo.se zmail.com ono.com free.net
    """
)
"""Domains near a provider's that stand for themselves: nothing is proposed."""

_MISTYPED = {
    "gmail.com": """
        gmial.com gmai.com gamil.com gmali.com gmaill.com gmil.com gnail.com gmal.com gmaul.com gmqil.com
        gmail.co gmail.cm gmail.om gmailcom.com gmaiil.com ggmail.com gmmail.com gmeil.com gamail.com gmailk.com
    """,
    "hotmail.com": """
        hotmial.com hotmai.com hotmal.com hotmil.com homtail.com hotmaill.com hotamil.com hotmail.co hotmail.cm
        hotmali.com htomail.com hotrmail.com hormail.com hotnail.com
    """,
    "hotmail.fr": "hotmial.fr hotmai.fr hotmal.fr hotmil.fr homtail.fr hotmaill.fr hotamil.fr hotmali.fr hotmeil.fr",
    "yahoo.fr": "yaho.fr yahooo.fr yahou.fr tahoo.fr yhaoo.fr",
    "yahoo.com": "yaho.com yahooo.com yahou.com yhaoo.com yahoo.co yahoo.cm",
    "orange.fr": "oragne.fr ornage.fr orage.fr ornge.fr orangee.fr orenge.fr orang.fr",
    "wanadoo.fr": "wanado.fr wandoo.fr wanadooo.fr wanaddo.fr wannadoo.fr wanadou.fr vanadoo.fr",
    "laposte.net": "lapost.net laposte.ne lapose.net laposte.nt lapotse.net laposre.net",
    "outlook.fr": "outlok.fr outloook.fr outllook.fr oulook.fr outlouk.fr",
    "outlook.com": "outlok.com outloook.com outllook.com oulook.com outlouk.com outlook.co outlook.cm",
    "icloud.com": "iclou.com iclould.com icoud.com icloud.co iclud.com icload.com",
}
MISTYPED: dict[str, str] = {wrong: right for right, wrongs in _MISTYPED.items() for wrong in wrongs.split()}
"""Mistyped domains that nobody has a mailbox under: parked, or made to catch mail that goes astray."""

NO_ENDINGS: dict[str, str] = {
    **dict.fromkeys(words_of("con cmo ocm comm vom cim xom coom cpm cnm clm comn comd"), "com"),
    **dict.fromkeys(words_of("frr rf ft ffr"), "fr"),
    **dict.fromkeys(words_of("ney nett met ner"), "net"),
}
"""Endings that do not exist, with the one that is meant."""

DISPOSABLE: frozenset[str] = words_of(
    """
    10minutemail.com 20minutemail.com 33mail.com burnermail.io byom.de dispostable.com discard.email
    emailondeck.com fakeinbox.com filzmail.com getairmail.com getnada.com guerrillamail.biz guerrillamail.com
    guerrillamail.de guerrillamail.info guerrillamail.net guerrillamail.org harakirimail.com incognitomail.org
    inboxkitten.com jetable.com jetable.fr.nf jetable.org kasmail.com klzlk.com link2mail.net mail-temp.com
    mail-temporaire.com mail-temporaire.fr mailcatch.com maildrop.cc mailinator.com mailinator.net mailnesia.com
    mailnull.com mailsac.com meltmail.com mintemail.com moakt.com mohmal.com mytemp.email mytrashmail.com
    nada.email no-spam.ws nospam.ze.tm owlymail.com poubelle.fr.nf sharklasers.com sneakemail.com spam4.me
    spamavert.com spambog.com spamex.com spamfree24.org spamgourmet.com tempail.com temp-mail.io temp-mail.org
    tempinbox.com tempmail.com tempmail.net tempmailo.com tempr.email throwawaymail.com trash-mail.com
    trashmail.com trashmail.de trashmail.me trashmail.net trbvm.com wegwerfmail.de yopmail.com yopmail.fr
    yopmail.net yop.email
    """
)
"""Providers of mailboxes that are thrown away. Their subdomains count too."""

ROLES: frozenset[str] = words_of(
    """
    abuse achat achats accueil admin administrateur administration administrator assistance billing bonjour
    commande commandes commercial compta comptabilite contact courrier direction donotreply dpo enquiries
    facturation facture factures formation hello help hostmaster info information infos jobs juridique mail
    mailer-daemon mairie marketing ne-pas-repondre nepasrepondre no-reply noreply office orders partenaires
    postmaster presse privacy recrutement reservation reservations rgpd rh root sales sav secretariat security
    service service-client serviceclient standard support tech technique ventes webmaster
    """
)
"""What stands before the @ of an address that several people read."""

ENDINGS_OF_MAILERS: dict[str, str] = {one.partition(".")[0]: one for one in sorted(MAILERS, reverse=True)} | {
    "gmail": "gmail.com",
    "hotmail": "hotmail.com",
    "yahoo": "yahoo.com",
    "outlook": "outlook.com",
    "live": "live.com",
    "gmx": "gmx.com",
    "aol": "aol.com",
}
"""The first part of a provider's domain, and the whole it most likely is where the rest is missing."""
