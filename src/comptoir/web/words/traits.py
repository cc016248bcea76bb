"""Words of computed traits: the list, the form, one trait's page."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "traits.title": ("Traits calculés", "Computed traits"),
    "traits.says": (
        (
            "Ce que personne n’a besoin de dire : le rayon préféré, le panier moyen, les jours depuis la dernière "
            "visite. Calculé d’après ce que chacun fait, et tenu à jour."
        ),
        (
            "What nobody has to state: the favorite category, the average basket, the days since the last visit. "
            "Computed from what each person does, and kept up to date."
        ),
    ),
    "traits.parts": ("Segments et traits calculés", "Segments and computed traits"),
    "traits.name": ("Trait", "Trait"),
    "traits.unit": ("Unité", "Unit"),
    "traits.spread": ("Répartition", "Spread"),
    "traits.as_of": ("Calculé", "Computed"),
    "traits.sketch": ("Du plus petit au plus grand : {figures} clients", "From least to most: {figures} customers"),
    "traits.top": ("surtout {what}", "mostly {what}"),
    "traits.not_computed": ("pas encore calculé", "not computed yet"),
    "traits.empty": ("Aucun trait calculé pour l’instant.", "No computed trait yet."),
    "traits.empty.do": (
        "Commencez par « Rayon préféré » ou « Nombre de visites » : vous voyez ce que cela donne avant de publier.",
        "Begin with “Favorite category” or “Number of visits”: you see what it comes to before you publish.",
    ),
    "traits.new": ("Nouveau trait calculé", "New computed trait"),
    "traits.new.hint": ("Par exemple « Rayon préféré ».", "For example “Favorite category”."),
    "traits.import": ("Reprendre un trait écrit en YAML", "Take over a trait written in YAML"),
    "traits.help.what": (
        (
            "Un trait calculé se lit comme une information que la personne aurait donnée : dans un segment (condition "
            "« Trait »), dans un scénario, dans les mots d’un message, dans les listes que vous emportez."
        ),
        (
            "A computed trait reads like something the person has told: in a segment (condition “Trait”), in a "
            "scenario, in the words of a message, in the lists you take away."
        ),
    ),
    "traits.help.none": (
        "Une personne dont rien ne compte n’a pas de valeur : « n’a rien regardé » n’est pas zéro.",
        "Somebody of whom nothing counts has no value: “looked at nothing” is no zero.",
    ),
    "traits.help.fresh": (
        "La plupart suivent les évènements à la minute près ; ceux qui relisent chaque évènement sont refaits la nuit.",
        "Most follow events within a minute; those that read single events again are computed every night.",
    ),
    "trait.unit.times": ("fois", "times"),
    "trait.unit.days": ("jours", "days"),
    "trait.unit.share": ("part, en %", "share, in %"),
    "trait.unit.number": ("nombre", "number"),
    "trait.unit.date": ("date", "date"),
    "trait.unit.text": ("texte", "text"),
    "trait.between": ("de {low} à moins de {high}", "from {low} to below {high}"),
    "trait.rule": ("Ce qui est calculé", "What is computed"),
    "trait.rule.do": ("Modifier", "Change"),
    "trait.rule.says": (
        "Choisissez ce que l’on calcule et ce qui compte, enregistrez, regardez ce que cela donne, puis publiez.",
        "Choose what is computed and what counts, save, look at what it comes to, then publish.",
    ),
    "trait.form.make": ("On calcule", "Compute"),
    "trait.form.value": ("De quoi", "Of what"),
    "trait.form.value.hint": (
        "Montant et quantité pour un total ou une moyenne ; le reste pour un texte ou une date.",
        "Amount and quantity for a total or an average; the others for a text or a date.",
    ),
    "trait.form.property": ("Nom de la propriété", "Name of the property"),
    "trait.form.property.hint": (
        "Telle que le site l’envoie avec l’évènement, par exemple « color ».",
        "As the site sends it with the event, for example “color”.",
    ),
    "trait.form.most": ("Longueur de la liste", "Length of the list"),
    "trait.form.most.hint": ("10 si rien n’est dit ; au plus 100.", "10 unless you say so; at most 100."),
    "trait.form.from": ("Ce qui compte", "What counts"),
    "trait.form.over": ("Parmi", "Among"),
    "trait.source": ("Se calcule d’après", "Computed from"),
    "trait.source.did": ("ce que la personne a fait", "what the person did"),
    "trait.source.ordered": ("ses commandes", "her orders"),
    "trait.make.count": ("combien de fois", "how often"),
    "trait.make.sum": ("un total", "a total"),
    "trait.make.average": ("une moyenne", "an average"),
    "trait.make.most_frequent": ("ce qui revient le plus souvent", "what comes most often"),
    "trait.make.first": ("la première fois", "the first time"),
    "trait.make.last": ("la dernière fois", "the last time"),
    "trait.make.list": ("la liste", "the list"),
    "trait.make.days_since": ("les jours depuis la dernière fois", "the days since the last time"),
    "trait.make.ratio": ("la part de fois, parmi d’autres", "the share of times, among others"),
    "trait.value.day": ("la date", "the date"),
    "trait.value.amount": ("le montant", "the amount"),
    "trait.value.quantity": ("la quantité", "the quantity"),
    "trait.value.category": ("la catégorie", "the category"),
    "trait.value.product": ("le produit", "the product"),
    "trait.value.event": ("l’évènement", "the event"),
    "trait.value.channel": ("le canal de vente", "the sales channel"),
    "trait.value.coupon": ("le code de réduction", "the coupon"),
    "trait.value.country": ("le pays", "the country"),
    "trait.value.property": ("une propriété de l’évènement", "a property of the event"),
    "trait.preview": ("Ce que cela donne", "What it comes to"),
    "trait.preview.do": ("Essayer sur dix clients", "Try it on ten customers"),
    "trait.preview.none": (
        "Personne n’a de valeur : rien ne compte encore.",
        "Nobody has a value: nothing counts yet.",
    ),
    "trait.preview.says": (
        "Le brouillon enregistré, calculé à l’instant pour quelques clients. Rien n’est gardé.",
        "The draft as it is saved, computed just now for some customers. Nothing is kept.",
    ),
    "trait.not_yours": (
        "Ce trait vaut pour des marques qui ne sont pas les vôtres : vous pouvez le lire.",
        "This trait is for brands that are not yours: you may read it.",
    ),
    "trait.in_words": ("En mots", "In words"),
    "trait.people": ("Clients qui en ont un", "Customers who have it"),
    "trait.fresh": ("Mise à jour", "Kept up to date"),
    "trait.fresh.quick": ("à la minute", "within a minute"),
    "trait.fresh.nightly": ("chaque nuit", "every night"),
    "trait.spread": ("Comment vos clients se répartissent", "How your customers are spread"),
    "trait.spread.of": ("Valeur", "Value"),
    "trait.none": ("Personne n’en a encore.", "Nobody has it yet."),
    "trait.sample": ("Quelques clients", "Some customers"),
    "trait.use": ("S’en servir", "Use it"),
    "trait.use.says": (
        "Dans les mots d’un message, écrivez « {word} ». Dans un segment, prenez la condition « Trait » et « {what} ».",
        "In the words of a message, write “{word}”. In a segment, choose the condition “Trait” and “{what}”.",
    ),
    "trait.publish": ("Publier ce trait ?", "Publish this trait?"),
    "trait.publish.first": (
        "Dès qu’il est publié, il est calculé pour tous vos clients, puis tenu à jour.",
        "Once published it is computed for all your customers, and then kept up to date.",
    ),
    "trait.publish.again": (
        "La nouvelle définition remplace l’ancienne ; tout est recalculé aussitôt.",
        "The new definition replaces the old one; everything is computed anew at once.",
    ),
    "trait.publish.used": ("Ce qui s’en sert verra les nouvelles valeurs :", "What uses it will see the new values:"),
    "trait.delete.says": (
        "Sa définition et ses valeurs disparaissent. Ce que les clients ont fait reste.",
        "Its definition and its values disappear. What customers did stays.",
    ),
    "trait.delete.used": (
        (
            "Ce trait sert encore. Une fois supprimé, ces segments ne trouveront plus personne par lui, et ces "
            "messages laisseront sa place vide :"
        ),
        (
            "This trait is still in use. Once it is deleted these segments find nobody by it, and these messages leave "
            "its place empty:"
        ),
    ),
    "trait.delete.do": ("Supprimer le trait", "Delete the trait"),
    "trait.delete.help": (
        "Téléchargez d’abord son texte si vous pensez y revenir.",
        "Download its text first if you may come back to it.",
    ),
    "trait.text.says": (
        "Le trait tel que les programmes le lisent. Ce que vous enregistrez ici devient le brouillon.",
        "The trait as programs read it. What you save here becomes the draft.",
    ),
    "trait.text.label": ("Texte du trait", "Text of the trait"),
    "trait.text.help": (
        "Une faute est dite avec sa ligne. La documentation montre un exemple de chaque calcul.",
        "A mistake is told with its line. The documentation has an example of everything that can be computed.",
    ),
    "done.trait.begun": ("Le brouillon est commencé.", "The draft is begun."),
    "done.trait.saved": ("Le brouillon est enregistré.", "The draft is saved."),
    "done.trait.published": (
        "Le trait est publié : il est calculé pour tous en ce moment.",
        "The trait is published: it is being computed for everybody.",
    ),
    "done.trait.deleted": ("Le trait est supprimé.", "The trait is deleted."),
    "palette.trait": ("trait calculé", "computed trait"),
}
