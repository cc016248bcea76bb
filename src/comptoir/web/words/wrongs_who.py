"""Words of what can go wrong with segments and computed traits: what happened, and what to do about it."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "wrong.definition_not_found": ("Rien ne porte ce nom.", "Nothing has this name."),
    "wrong.definition_not_found.do": (
        "Ouvrez la liste : elle montre tout ce qu’il y a.",
        "Open the list: it shows all there is.",
    ),
    "wrong.definition_draft_stale": (
        "Quelqu’un d’autre a changé ce brouillon.",
        "Somebody else has changed this draft.",
    ),
    "wrong.definition_draft_stale.do": (
        "Regardez-le tel qu’il est, puis refaites votre changement.",
        "Look at it as it is, then make your change again.",
    ),
    "wrong.definition_nothing_to_undo": ("Il n’y a rien à annuler ni à refaire.", "There is nothing to undo or redo."),
    "wrong.definition_nothing_to_undo.do": ("Le brouillon est comme à son début.", "The draft is as it began."),
    "wrong.definition_name_taken": ("Ce nom est déjà pris.", "This name is taken."),
    "wrong.definition_name_taken.do": (
        "Ouvrez celui qui le porte, ou choisissez-en un autre.",
        "Open the one that has it, or choose another.",
    ),
    "wrong.definition_never_published": ("Cela n’a jamais été publié.", "It was never published."),
    "wrong.definition_never_published.do": ("Publiez-le d’abord.", "Publish it first."),
    "wrong.definition_of_another": (
        "Ce texte est celui d’un autre : sa clé n’est pas la même.",
        "This text is of another: its key is not the same.",
    ),
    "wrong.definition_of_another.do": ("Gardez la même ligne « key ».", "Keep the same line “key”."),
    "wrong.segment_of_other_brands": (
        "Ce segment vaut pour d’autres marques que les vôtres.",
        "This segment is for brands that are not yours.",
    ),
    "wrong.segment_of_other_brands.do": (
        "Demandez à quelqu’un qui a toutes les marques, ou faites-en un pour une des vôtres.",
        "Ask somebody who has all brands, or make one for one of yours.",
    ),
    "wrong.segment_circle": (
        "Des segments se demandent l’un l’autre en rond.",
        "Segments ask for each other in a circle.",
    ),
    "wrong.segment_circle.do": ("Retirez une des conditions nommées.", "Take one of the named conditions away."),
    "wrong.segment_missing": (
        "La règle demande un segment qui n’est pas publié.",
        "The rule asks for an unpublished segment.",
    ),
    "wrong.segment_missing.do": (
        "Publiez-le d’abord, ou choisissez-en un autre.",
        "Publish it first, or choose another.",
    ),
    "wrong.bad_segment_question": ("Cette question sur un segment n’a pas de réponse.", "This question has no answer."),
    "wrong.bad_segment_question.do": ("Revenez à la liste des segments.", "Go back to the list of segments."),
    "wrong.segment_in_use": ("Ce segment sert encore.", "This segment is in use."),
    "wrong.segment_in_use.do": (
        "Retirez-le de ce qui est nommé, ou mettez-le en pause.",
        "Take it out of what is named, or pause it instead.",
    ),
    "wrong.bad_computed_trait": ("Ce trait calculé ne peut pas être lu.", "This computed trait cannot be read."),
    "wrong.bad_computed_trait.do": ("Corrigez ce qui est nommé.", "Mend what is named."),
    "wrong.computed_trait_of_other_brands": (
        "Ce trait calculé concerne des marques qui ne sont pas les vôtres.",
        "This computed trait is for brands that are not yours.",
    ),
    "wrong.computed_trait_of_other_brands.do": (
        "Demandez à quelqu’un qui a toutes les marques, ou faites-en un pour l’une des vôtres.",
        "Ask somebody who has all brands, or make one for one of yours.",
    ),
    "wrong.bad_trait_question": (
        "Cette question sur les traits calculés ne peut pas être lue.",
        "This question about computed traits cannot be read.",
    ),
    "wrong.bad_trait_question.do": (
        "Demandez un aperçu, les nombres ou une personne.",
        "Ask for a preview, the numbers, or one person.",
    ),
    "wrong.bad_segment": ("La règle de ce segment ne peut pas être lue.", "This segment’s rule cannot be read."),
    "wrong.bad_segment.do": ("Corrigez ce qui est nommé.", "Mend what is named."),
}
