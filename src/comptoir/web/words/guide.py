"""Words of the first steps."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "guide.title": ("Premiers pas", "First steps"),
    "guide.says": (
        "De rien du tout à un premier panier retrouvé, en un quart d’heure. Chaque étape dit ce qu’on voit ensuite.",
        "From nothing to a first basket won back, in a quarter of an hour. Each step says what you then see.",
    ),
    "guide.more": (
        "Le même chemin, avec les commandes, se lit dans la documentation : docs/tutorial/premiere-boutique.md.",
        "The same way, with its commands, is in the documentation: docs/tutorial/first-shop.md.",
    ),
    "guide.link": ("Le guide pas à pas", "The guide, step by step"),
    "guide.site": ("Relier le site", "Connect the site"),
    "guide.site.do": (
        "Créez une source, puis collez ses deux lignes dans les pages du site, avant la balise </head>.",
        "Make a source, then paste its two lines into the site’s pages, before </head>.",
    ),
    "guide.site.then": (
        "Rien de nominatif n’est suivi avant que la personne ait accepté.",
        "Nothing by name is followed before the person has agreed.",
    ),
    "guide.site.go": ("Créer une source", "Make a source"),
    "guide.live": ("Se voir passer", "See yourself pass"),
    "guide.live.do": (
        "Ouvrez votre site dans un autre onglet et regardez un produit.",
        "Open your site in another tab and look at a product.",
    ),
    "guide.live.then": (
        "Votre visite arrive ici en moins de deux secondes. Ce qui est refusé est en rouge, avec la raison.",
        "Your visit comes in here within two seconds. What is refused is red, with the reason.",
    ),
    "guide.live.go": ("Ouvrir En direct", "Open Live"),
    "guide.files": ("Apporter l’histoire", "Bring the history"),
    "guide.files.do": (
        "Importez vos commandes, vos produits, vos clients et leurs consentements : un fichier CSV suffit.",
        "Import your orders, products, customers and their consents: a CSV file will do.",
    ),
    "guide.files.then": (
        "Les premières lignes se montrent avant que rien ne change. Importer deux fois n’ajoute rien deux fois.",
        "The first lines are shown before anything changes. Importing twice adds nothing twice.",
    ),
    "guide.files.go": ("Importer un fichier", "Import a file"),
    "guide.sender": ("Dire qui envoie", "Say who sends"),
    "guide.sender.do": (
        "Ajoutez votre serveur de courrier et l’adresse de l’expéditeur, puis envoyez-vous un essai.",
        "Add your mail server and the sender’s address, then send yourself a trial.",
    ),
    "guide.sender.then": (
        "Messages, Réputation vérifie que votre domaine est bien déclaré.",
        "Messages, Reputation checks that your domain is declared well.",
    ),
    "guide.sender.go": ("Ajouter un expéditeur", "Add a sender"),
    "guide.mail": ("Relire les mots", "Read the words"),
    "guide.mail.do": (
        "Les scénarios de la bibliothèque ont leurs mots. Lisez-les, et changez ce qui n’est pas vous.",
        "The library’s scenarios have their words. Read them, and change what is not you.",
    ),
    "guide.mail.then": (
        "L’aperçu montre l’e-mail tel que chacun de vos clients le recevrait.",
        "The preview shows the mail as each of your customers would get it.",
    ),
    "guide.mail.go": ("Ouvrir Messages", "Open Messages"),
    "guide.segment": ("Savoir à qui l’on parle", "Know whom you speak to"),
    "guide.segment.do": (
        "Prenez un segment de la bibliothèque, par exemple « Nouveaux clients », et regardez combien il en trouve.",
        "Take a segment from the library, for instance “Newcomers”, and see how many it finds.",
    ),
    "guide.segment.then": (
        "Le nombre et dix de ses personnes suivent la règle pendant que vous la changez. Rien ne part encore.",
        "The count and ten of its people follow the rule while you change it. Nothing is sent yet.",
    ),
    "guide.segment.go": ("Ouvrir les segments", "Open the segments"),
    "guide.scenario": ("Essayer, puis mettre en marche", "Try, then switch on"),
    "guide.scenario.do": (
        "Prenez « Panier abandonné », essayez-le sur vos 30 derniers jours, puis publiez-le.",
        "Take “Abandoned basket”, try it on your last 30 days, then publish it.",
    ),
    "guide.scenario.then": (
        "L’essai n’écrit à personne. En marche, une personne sur dix ne reçoit rien : c’est ainsi qu’on saura.",
        "The trial writes to nobody. Switched on, one person in ten gets nothing: that is how you will know.",
    ),
    "guide.scenario.go": ("Ouvrir les scénarios", "Open the scenarios"),
    "guide.results": ("Compter", "Count"),
    "guide.results.do": (
        "Revenez dans quelques jours : ce que le scénario a vraiment apporté, avec sa marge d’erreur.",
        "Come back in a few days: what the scenario really brought, with its margin of error.",
    ),
    "guide.results.then": (
        "Tant que le groupe témoin est trop petit, la page le dit plutôt que d’inventer un chiffre.",
        "As long as the control group is too small, the page says so rather than invent a figure.",
    ),
    "guide.results.go": ("Ouvrir les résultats", "Open the results"),
}
