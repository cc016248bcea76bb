"""Writing down a step's form in one line a field; the screens draw it, plug-ins included."""

from __future__ import annotations

from comptoir.model.scenario import FieldKind, FormField


def one(
    name: str,
    kind: FieldKind,
    *labels: str,
    default: object = None,
    is_required: bool = False,
    options: tuple[str, ...] = (),
) -> FormField:
    """Describe a field: its label in French and in English, then perhaps its help in French and in English."""
    fr, en, *rest = labels
    help_fr, help_en = rest if len(rest) == 2 else ("", "")
    return FormField(
        name=name,
        kind=kind,
        label={"fr": fr, "en": en},
        help={"fr": help_fr, "en": help_en} if help_fr else {},
        default=default,
        is_required=is_required,
        options=options,
    )
