"""What the audit keeps of commands: which ones do something, and what about. Written when one has done its work."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comptoir.cli.options import settings_of, whoami

if TYPE_CHECKING:
    import typer

    from comptoir.config import Settings


@dataclass(frozen=True, slots=True)
class Kept:
    """What a command is called in the audit (a value of `access.audit.Deed`, `{of}` being its `of`), and its thing."""

    deed: str
    about: str = "name"
    """The parameter that names it; nothing where the command has none of this name."""
    as_what: str = "name"
    """How it is written: a `name`; a `person`, by her number; a `contact`, as a hash; a `file`, by what it holds."""
    unless: str = ""
    """A parameter with which it is no deed, or is written down elsewhere."""
    needs: str = ""
    """A parameter without which it only reads."""


DEEDS: Mapping[str, Kept] = {
    "backups": Kept("backup.forgotten", "forget", needs="forget"),
    "brand save": Kept("brand.saved"),
    "carts csv": Kept("people.exported", ""),
    "draft publish": Kept("{of}.published"),
    "backup": Kept("backup.made", "target", "file"),
    "consent page": Kept("consent.page", "brand"),
    "consent text add": Kept("consent.text", "version"),
    "consent theme": Kept("consent.page", "tag"),
    "failed repair": Kept("events.mended", "reason"),
    "failed replay": Kept("events.replayed", "reason"),
    "failed unmend": Kept("events.mended", "reason"),
    "identity cut": Kept("person.cut", "person", "person"),
    "identity review accept": Kept("person.joined", "pair"),
    "identity review reject": Kept("person.cut", "pair"),
    "identity review undo": Kept("person.cut", "pair"),
    "identity suggest": Kept("people.compared", ""),
    "identity merge": Kept("person.joined", "person", "person"),
    "import": Kept("import.started", "paths", "file", unless="import_id"),
    "links rotate": Kept("links.rotated", ""),
    "mail pause": Kept("sending.switched", ""),
    "mail resume": Kept("sending.switched", ""),
    "mail server add": Kept("sender.saved"),
    "mail server remove": Kept("sender.removed"),
    "mail suppression add": Kept("person.stopped", "contact", "contact"),
    "mail suppression import": Kept("addresses.stopped", "file", "file"),
    "mail suppression remove": Kept("person.lifted", "contact", "contact"),
    "outbox settle": Kept("message.settled", "message_id"),
    "person erase": Kept("person.erased", "whom", "person", needs="confirm"),
    "person export": Kept("person.exported", "whom", "person"),
    "person pause": Kept("person.paused", "whom", "person"),
    "person resume": Kept("person.paused", "whom", "person"),
    "person start": Kept("person.lifted", "whom", "person"),
    "person stop": Kept("person.stopped", "whom", "person"),
    "placement put": Kept("placement.saved"),
    "placement remove": Kept("placement.removed"),
    "plan publish": Kept("plan.published", "brand"),
    "pressure back": Kept("policy.published", "brand"),
    "pressure publish": Kept("policy.published", "file", "file"),
    "pull add": Kept("pull.saved"),
    "pull cancel": Kept("pull.cancelled"),
    "pull change": Kept("pull.saved"),
    "pull pause": Kept("pull.switched"),
    "pull remove": Kept("pull.removed"),
    "pull resume": Kept("pull.switched"),
    "pull run": Kept("pull.started", unless="run_id"),
    "quality ask": Kept("correction.offered", "message_id"),
    "quality towns": Kept("quality.towns", "file", "file"),
    "quality watch": Kept("quality.watched", "source"),
    "rebuild": Kept("facts.rebuilt", ""),
    "restore": Kept("copy.restored", "source", "file"),
    "segment delete": Kept("segment.deleted", "key"),
    "segment draft": Kept("segment.drafted", "file", "file"),
    "segment export": Kept("segment.exported", "key"),
    "segment pause": Kept("segment.switched", "key"),
    "segment publish": Kept("segment.published", "file", "file"),
    "segment resume": Kept("segment.switched", "key"),
    "trait delete": Kept("trait.deleted", "key"),
    "trait draft": Kept("trait.drafted", "file", "file"),
    "trait publish": Kept("trait.published", "file", "file"),
    "scenario archive": Kept("scenario.switched"),
    "scenario draft": Kept("scenario.drafted", "file", "file"),
    "scenario enroll": Kept("scenario.enrolled"),
    "scenario move": Kept("scenario.moved", unless="is_dry"),
    "scenario pause": Kept("scenario.switched"),
    "scenario publish": Kept("scenario.published", "file", "file"),
    "scenario resume": Kept("scenario.switched"),
    "score run": Kept("scores.run", ""),
    "source add": Kept("source.added"),
    "source change": Kept("source.changed"),
    "source end-key": Kept("source.key"),
    "source key": Kept("source.key"),
    "source disable": Kept("source.switched"),
    "source enable": Kept("source.switched"),
    "template publish": Kept("template.published", "files", "file"),
    "template resume": Kept("template.resumed"),
    "unfence": Kept("copy.unfenced", ""),
    "user add": Kept("user.added"),
    "user disable": Kept("user.switched"),
    "user enable": Kept("user.switched"),
    "user key": Kept("user.key"),
    "user password": Kept("user.password"),
    "user role": Kept("user.changed"),
    "webhook add": Kept("webhook.added"),
    "webhook disable": Kept("webhook.switched"),
    "webhook enable": Kept("webhook.switched"),
    "webhook follow": Kept("webhook.switched"),
    "webhook unfollow": Kept("webhook.switched"),
    "webhook remove": Kept("webhook.removed"),
}
"""By the words of the command. A test holds that every other command only reads."""

_SAYS_WHICH = frozenset({"pause", "resume", "archive", "enable", "disable"})
"""Last words of commands that share a deed: they stand in the audit behind the name."""


def watch(group: typer.Typer, words: tuple[str, ...] = ()) -> None:
    """Let every command of a group, and of those in it, write down what it did."""
    for one in group.registered_commands:
        callback = one.callback
        assert callback is not None
        name = " ".join((*words, one.name or callback.__name__.strip("_").replace("_", "-")))
        if name in DEEDS:
            one.callback = _noting(callback, name, DEEDS[name])
    for part in group.registered_groups:
        assert part.typer_instance is not None
        own = part.name if isinstance(part.name, str) else part.typer_instance.info.name
        watch(part.typer_instance, (*words, str(own)))


def _noting(callback: Callable[..., Any], name: str, kept: Kept) -> Callable[..., Any]:
    @functools.wraps(callback)
    def noted(*args: Any, **said: Any) -> Any:
        settings = settings_of(said["home"])
        about = _about(settings.path("state.db"), kept, said)  # before: who is parted or erased has another number then
        result = callback(*args, **said)
        is_deed = not (kept.unless and said.get(kept.unless)) and (not kept.needs or bool(said.get(kept.needs)))
        if is_deed:
            last = name.rpartition(" ")[2]
            told = f"{about} {last}".strip() if last in _SAYS_WHICH else about
            _write(settings, kept.deed.format(of=said.get("of", "")), told, said.get("brand"))
        return result

    return noted


def _write(settings: Settings, deed: str, about: str, brand: object) -> None:
    from comptoir.access import audit  # start-up time
    from comptoir.access.roles import Principal, Role
    from comptoir.state.base import open_state

    state = open_state(settings.path("state.db"))
    try:
        with state.write() as connection:
            audit.write(
                connection,
                at=settings.make_clock().now(),
                who=Principal(name=whoami(), role=Role.ADMIN, kind="machine"),
                door=audit.Door.COMMAND,
                deed=audit.Deed(deed),
                about=about,
                brand=brand if isinstance(brand, str) and brand != "*" else "",
            )
    finally:
        state.close()


def _about(store: Path, kept: Kept, said: Mapping[str, Any]) -> str:
    value = said.get(kept.about) if kept.about else None
    if not value:
        return ""
    match kept.as_what:
        case "file":
            return " ".join(_held(Path(str(one))) for one in (value if isinstance(value, (list, tuple)) else [value]))
        case "contact":
            from comptoir.access import audit  # start-up time

            return audit.sealed(str(value))
        case "person":
            return _person(store, str(value))
    return str(value)


_DEFINES = re.compile(r"^(?:scenario|template|key|brand):\s*[\"']?([^\s\"'#]+)", re.MULTILINE)


def _held(file: Path) -> str:
    """Name what a file defines, or else the file."""
    is_definition = file.suffix in {".yaml", ".yml"} and file.is_file()
    found = _DEFINES.search(file.read_text("utf-8", "replace")) if is_definition else None
    return found[1] if found else file.name


def _person(store: Path, asked: str) -> str:
    """Give a person's number; nothing where nobody is found, so that no address gets into the audit."""
    from comptoir.identity import profile  # start-up time
    from comptoir.state.base import open_state

    if not store.exists():
        return ""
    state = open_state(store, read_only=True)
    try:
        with state.read() as connection:
            found = profile.read_node(connection, profile.find(connection, asked))
    except profile.PersonNotFound:
        return ""
    finally:
        state.close()
    return "" if found is None else found.profile_id
