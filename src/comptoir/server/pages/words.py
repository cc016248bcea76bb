"""The words of the public pages, French and English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The texts of all public pages in one language; `{brand}` is the brand's name."""

    language: str
    yes: str
    no: str
    back: str
    gone_title: str
    gone_text: str
    stop_title: str
    stop_text: str
    stop_button: str
    stopped_title: str
    stopped_text: str
    choose_title: str
    choose_text: str
    choose_since: str
    choose_legend: str
    themes_legend: str
    save_button: str
    saved_title: str
    saved_text: str
    saved_nothing: str
    kept_yes: str
    kept_no: str
    pause_title: str
    pause_text: str
    pause_button: str
    paused_title: str
    paused_text: str
    resume_text: str
    resume_button: str
    resumed_title: str
    resumed_text: str
    all_title: str
    all_text: str
    confirm_title: str
    confirm_text: str
    confirm_button: str
    confirmed_title: str
    confirmed_text: str
    correct_title: str
    correct_text: str
    correct_legend: str
    corrected_text: str
    fields: Mapping[str, str]
    """Name of a field of a person."""
    thanks_title: str
    thanks_text: str
    your_answer: str
    change_legend: str
    more_label: str
    send_button: str
    thanks_again: str
    marketing: str
    open_tracking: str
    months: tuple[str, ...]

    def date(self, at: datetime) -> str:
        """Write a date as people of the language do."""
        return f"{at.day} {self.months[at.month - 1]} {at.year}"


FRENCH = Words(
    language="fr",
    yes="Oui",
    no="Non",
    back="Revenir à vos préférences",
    gone_title="Ce lien ne fonctionne plus.",
    gone_text="Il est incomplet ou trop ancien. Le lien d’un message plus récent fonctionnera.",
    stop_title="Ne plus recevoir nos messages ?",
    stop_text="Un clic suffit : {brand} ne vous écrira plus de messages commerciaux à cette adresse.",
    stop_button="Me désabonner",
    stopped_title="C’est fait.",
    stopped_text="{brand} ne vous écrira plus de messages commerciaux à cette adresse.",
    choose_title="Vos préférences",
    choose_text="Ce que {brand} peut envoyer à cette adresse.",
    choose_since="Voici ce qui valait le {date}, quand ce message est parti. Ce que vous choisissez ici le remplace.",
    choose_legend="Vos choix",
    themes_legend="Les sujets qui vous intéressent",
    save_button="Enregistrer mes choix",
    saved_title="C’est enregistré.",
    saved_text="Vos choix valent dès maintenant, même pour les messages déjà prêts à partir.",
    saved_nothing="Rien n’a changé.",
    kept_yes="oui",
    kept_no="non",
    pause_title="Faire une pause",
    pause_text="Aucun message commercial pendant 30 jours ; ensuite, tout reprend comme avant.",
    pause_button="Faire une pause de 30 jours",
    paused_title="Bonne pause.",
    paused_text="{brand} ne vous écrira pas de messages commerciaux avant le {date}.",
    resume_text="Vous êtes en pause jusqu’au {date}.",
    resume_button="Reprendre maintenant",
    resumed_title="La pause est finie.",
    resumed_text="{brand} peut de nouveau vous écrire, selon vos préférences.",
    all_title="Tout arrêter",
    all_text="Plus aucun message commercial, plus aucune mesure d’ouverture à cette adresse.",
    confirm_title="Confirmer votre inscription",
    confirm_text="Un dernier geste : ce bouton confirme que cette adresse est la vôtre et que vous êtes d’accord.",
    confirm_button="Oui, je confirme",
    confirmed_title="C’est confirmé. Merci !",
    confirmed_text="{brand} peut maintenant vous écrire. Chaque message permet d’y mettre fin en un clic.",
    correct_title="Est-ce toujours juste ?",
    correct_text=(
        "{brand} croit voir une faute de frappe dans vos coordonnées. Dites-nous ce qui est juste ; "
        "pour votre sécurité, nous n’en montrons qu’une partie."
    ),
    correct_legend="Ce qui est juste",
    corrected_text="{brand} garde ce que vous venez de confirmer. Vous pouvez fermer cette page.",
    fields={
        "email": "Votre e-mail",
        "phone": "Votre téléphone",
        "first_name": "Votre prénom",
        "last_name": "Votre nom",
        "city": "Votre ville",
        "postal_code": "Votre code postal",
        "street": "Votre adresse",
        "birth_on": "Votre date de naissance",
    },
    thanks_title="Merci, c’est noté.",
    thanks_text="Votre réponse aide {brand} à faire mieux.",
    your_answer="Votre réponse : ",
    change_legend="Changer de réponse",
    more_label="Voulez-vous ajouter un mot ? (facultatif)",
    send_button="Envoyer",
    thanks_again="Merci pour ce complément.",
    marketing="Messages commerciaux par e\u2011mail",
    open_tracking="Mesure de l’ouverture des e\u2011mails",
    months=(
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
        "décembre",
    ),
)  # fmt: skip

ENGLISH = Words(
    language="en",
    yes="Yes",
    no="No",
    back="Back to your preferences",
    gone_title="This link no longer works.",
    gone_text="It is incomplete or too old. The link of a newer message will work.",
    stop_title="No more messages from us?",
    stop_text="One click is enough: {brand} will send no more marketing messages to this address.",
    stop_button="Unsubscribe",
    stopped_title="Done.",
    stopped_text="{brand} will send no more marketing messages to this address.",
    choose_title="Your preferences",
    choose_text="What {brand} may send to this address.",
    choose_since="This is how it stood on {date}, when this message left. What you choose here replaces it.",
    choose_legend="Your choices",
    themes_legend="What you are interested in",
    save_button="Save my choices",
    saved_title="Saved.",
    saved_text="Your choices hold from now on, even for messages that are ready to leave.",
    saved_nothing="Nothing has changed.",
    kept_yes="yes",
    kept_no="no",
    pause_title="Take a break",
    pause_text="No marketing messages for 30 days; then everything goes on as before.",
    pause_button="Pause for 30 days",
    paused_title="Enjoy the break.",
    paused_text="{brand} will send you no marketing messages before {date}.",
    resume_text="You are taking a break until {date}.",
    resume_button="Go on now",
    resumed_title="The break is over.",
    resumed_text="{brand} may write to you again, as your preferences say.",
    all_title="Stop everything",
    all_text="No more marketing messages and no more noticing of opens at this address.",
    confirm_title="Confirm your subscription",
    confirm_text="One last step: this button confirms that the address is yours and that you agree.",
    confirm_button="Yes, I confirm",
    confirmed_title="Confirmed. Thank you!",
    confirmed_text="{brand} may write to you now. Every message lets you end it with one click.",
    correct_title="Is this still right?",
    correct_text=(
        "{brand} thinks there is a slip in what we know of you. Tell us which one is right; "
        "for your safety we show only a part of it."
    ),
    correct_legend="What is right",
    corrected_text="{brand} keeps what you have just confirmed. You can close this page.",
    fields={
        "email": "Your e-mail",
        "phone": "Your phone number",
        "first_name": "Your first name",
        "last_name": "Your last name",
        "city": "Your town",
        "postal_code": "Your postal code",
        "street": "Your address",
        "birth_on": "Your date of birth",
    },
    thanks_title="Thank you, we have noted it.",
    thanks_text="Your answer helps {brand} to do better.",
    your_answer="Your answer: ",
    change_legend="Change your answer",
    more_label="Would you like to add a word? (optional)",
    send_button="Send",
    thanks_again="Thank you for adding that.",
    marketing="Marketing messages by e-mail",
    open_tracking="Noticing that e-mails are opened",
    months=(
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ),
)  # fmt: skip


def words(language: str) -> Words:
    """Give the words of a language; any that is not English is answered in French."""
    return ENGLISH if language.strip().lower().startswith("en") else FRENCH
