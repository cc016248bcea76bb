"""What each setting of the file is for, in French; English is what the configuration itself says."""

from __future__ import annotations

FRENCH: dict[str, str] = {
    "door.host": "Adresse où la porte écoute ; mettez un serveur TLS devant elle.",
    "door.port": "Port où la porte écoute.",
    "door.event_bytes": "Taille du plus gros évènement, en octets de JSON.",
    "door.batch_bytes": "Taille du plus gros envoi, en octets, avant et après décompression.",
    "door.batch_events": "Nombre d’évènements au plus dans un envoi.",
    "door.cookie_name": "Nom du cookie de votre domaine qui garde le numéro du visiteur anonyme.",
    "door.cookie_domain": "Domaine de ce cookie ; vide : l’adresse qui a répondu.",
    "door.cookie_days": "Jours de vie de ce numéro, 395 au plus (13 mois) ; jamais prolongés.",
    "door.trusted_proxies": "Réseaux dont on croit l’en-tête X-Forwarded-For, en notation CIDR.",
    "door.network_share": (
        "Part de la limite d’une clé publique qu’un réseau de visiteurs peut prendre, de 0 à 1 ; 1 : toute la limite."
    ),
    "door.network_per_second": (
        "Évènements par seconde qu’un réseau de visiteurs peut envoyer avec une clé publique, vingt secondes d’avance "
        "comprises ; 0 : sans limite."
    ),
    "door.public_url": "Adresse de la porte vue du public, comme https://c.boutique.fr ; vide : son hôte et son port.",
    "desk.host": "Adresse où ces pages répondent ; privée si rien n’est dit.",
    "desk.port": "Port de ces pages.",
    "desk.api_per_second": (
        "Demandes par seconde qu’une clé peut faire, vingt secondes d’avance comprises ; 0 : sans limite. Lire un "
        "profil par un identifiant compte pour un centième."
    ),
    "desk.login": "Demander un mot de passe. Sans lui, qui est devant cette machine entre, et personne d’autre.",
    "engine.tick_pause_ms": "Temps minimum entre deux lots, en millisecondes.",
    "engine.tick_events": "Nombre d’évènements au plus dans un lot.",
    "engine.checkpoint_mb": "Taille du journal de l’entrepôt qui déclenche une mise en ordre, en Mio.",
    "engine.memory_mb": "Mémoire que l’entrepôt peut prendre au plus, en Mio.",
    "engine.threads": "Nombre de fils d’exécution de l’entrepôt.",
    "engine.spool_hours": "Heures pendant lesquelles un évènement traité et archivé reste dans la file.",
    "engine.archive_seconds": "Secondes entre deux écritures de l’archive.",
    "clock.start": "Instant (ISO 8601, UTC) où commence une horloge accélérée ; vide : la vraie heure.",
    "clock.since": "Instant de la vraie horloge auquel l’horloge accélérée a commencé.",
    "clock.speed": "Combien de fois plus vite que la vraie l’horloge avance.",
    "quality.towns_file": (
        "Fichier des codes postaux et communes de France (texte en colonnes, comme celui de La Poste) ; vide :"
        " celui que « comptoir quality towns » a apporté."
    ),
    "quality.alarm_mails": "Si les alertes de qualité sont envoyées par e-mail à qui veille sur un champ.",
    "quality.alarms_to": (
        "Adresses à qui vont les alertes des champs sur lesquels aucune adresse ne veille, séparées par des virgules ;"
        " vide : personne."
    ),
    "quality.alarms_language": "Langue de ces e-mails, fr ou en ; vide : celle de la marque.",
    "collect.geo_file": "Fichier (.mmdb : DB-IP City Lite, GeoLite2 City) qui dit où sont les réseaux ; vide : aucun.",
    "collect.datacenter_file": "Fichier de réseaux (CIDR puis nom, un par ligne) de machines ; vide : aucun.",
    "collect.search_parameters": (
        "Paramètres des adresses de vos pages qui contiennent ce qui a été cherché sur votre site."
    ),
    "collect.pages_per_minute": "Pages par minute qui font d’un navigateur un robot ; 0 : sans limite.",
    "audience.is_measured": "Compter les pages vues sans consentement (docs/how-to/audience.md).",
    "audience.months": "Mois pendant lesquels les pages vues une à une sont gardées, 25 au plus ; les comptes restent.",
    "shop.session_gap_minutes": "Minutes sans rien faire qui finissent une visite.",
    "shop.cart_abandoned_minutes": "Minutes sans geste après lesquelles un panier est dit abandonné.",
    "shop.cart_expired_days": "Jours sans geste après lesquels un panier a expiré.",
    "shop.order_cart_days": "Jours où une commande sans numéro de panier rejoint le panier de la personne.",
    "shop.dedupe_days": "Jours pendant lesquels un doublon en direct est reconnu ; ceux d’un import le sont toujours.",
    "shop.trigger_minutes": "Âge en minutes au-delà duquel un évènement en retard ne démarre aucun scénario.",
    "shop.rates_file": (
        "Fichier des taux de change (date,currency,rate pour un euro, ou le CSV de la BCE) ; vide : aucun."
    ),
    "identity.own_contacts": "E-mails et téléphones de la boutique elle-même : ils ne désignent aucun client.",
    "golden.ranks": "Sources crues d’abord : crm,caisse pour toutes les marques, ou nordis=erp,crm pour une seule.",
    "golden.feed_days": "Jours pendant lesquels un changement reste dans le fil que suivent d’autres systèmes.",
    "scores.gold_share": "Part des acheteurs d’une marque qui devient gold.",
    "scores.gold_leave_share": "Part jusqu’à laquelle un client gold le reste, pour que personne n’aille et vienne.",
    "scores.affinity_half_days": "Jours après lesquels l’intérêt pour une catégorie compte moitié moins.",
    "mail.host": "Serveur SMTP.",
    "mail.port": "Port du serveur SMTP.",
    "mail.security": "Protection de la connexion : none, starttls ou tls.",
    "mail.user": "Nom d’utilisateur, si le serveur en veut un.",
    "mail.password": "Mot de passe ; donnez-le par COMPTOIR_MAIL__PASSWORD.",
    "mail.sender": "Adresse de l’expéditeur.",
    "mail.timeout_seconds": "Secondes d’attente de la réponse du serveur.",
    "mail.inbox": "Ouvrir la boîte d’essai (un serveur SMTP pour voir) à cette adresse et ce port.",
    "mail.connections": "E-mails remis en même temps.",
    "bounces.folder": "Dossier (Maildir ou fichiers .eml) où arrivent les retours ; vide : aucun.",
    "bounces.mbox": "Fichier mbox où ils s’ajoutent ; vide : aucun.",
    "bounces.imap_host": "Serveur IMAP (TLS) de la boîte où ils arrivent ; vide : aucun.",
    "bounces.imap_port": "Port de ce serveur.",
    "bounces.imap_user": "Nom d’utilisateur.",
    "bounces.imap_password": "Mot de passe ; donnez-le par COMPTOIR_BOUNCES__IMAP_PASSWORD.",
    "bounces.imap_folder": "Dossier de cette boîte.",
    "bounces.seconds": "Secondes entre deux coups d’œil.",
    "channels.use": "Canaux ouverts en plus de l’e-mail, comme file ou webhook.",
    "channels.options": "Ce qu’il leur faut, sous la forme canal.nom=valeur, comme file.path=lettres.jsonl.",
    "webhooks.private_hosts": "Machines de votre réseau (nom ou nom:port) que l’on peut appeler, en http aussi.",
    "pulls.private_hosts": "Machines de votre réseau (nom ou nom:port) où l’on peut chercher, en http aussi.",
    "pulls.database_hosts": "Machines de bases de données (nom ou nom:port) que l’on peut interroger.",
    "pulls.folders": "Dossiers, de l’installation ou par chemin complet, dont on peut lire fichiers et bases SQLite.",
    "pulls.at_once": "Passages qui peuvent avoir lieu à la fois.",
    "webhooks.seconds": "Secondes que peut durer un appel.",
    "pressure.cap_count": "Messages de marketing au plus par personne dans la fenêtre du plafond.",
    "pressure.cap_hours": "La fenêtre du plafond, en heures ; elle glisse.",
    "pressure.gap_hours": "Heures au moins entre deux messages de marketing à une personne.",
    "consent.confirm_days": "Jours pendant lesquels marche le lien d’un e-mail de confirmation.",
    "consent.mails_per_address": "E-mails de confirmation au plus à une adresse en 24 heures.",
    "consent.mails_per_network": "E-mails de confirmation au plus demandés depuis un réseau en une heure.",
    "consent.prospect_years": "Années de silence après lesquelles on laisse un prospect en paix.",
    "consent.customer_years": "De même pour un client, depuis la fin de la relation.",
}
"""By the setting's name."""
