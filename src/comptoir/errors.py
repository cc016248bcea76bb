"""The one tree of errors: a class a case, whose docstring is its message and whose hint is the remedy."""

from __future__ import annotations

import inspect


class ComptoirError(Exception):
    """Something went wrong."""

    code: str = "error"
    status: int = 500
    hint: str = ""

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """Say what happened, with the facts of this case."""
        said = (inspect.getdoc(type(self)) or "").split("\n")[0].rstrip(".")
        told = ", ".join(f"{name}={value!r}" for name, value in self.facts.items())
        return f"{said}: {told}" if told else said

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[object, ...]:
        """Go from one process to another, with the facts."""
        return _again, (type(self), self.facts)


def _again(kind: type[ComptoirError], facts: dict[str, object]) -> ComptoirError:
    return kind(**facts)


class NoSuchHome(ComptoirError, LookupError):
    """No installation of Comptoir lives in this folder."""

    code, status = "no_such_home", 404
    hint = "Make one with `comptoir init --home DIR`, or name another with --home."


class HomeIsTaken(ComptoirError):
    """Another engine already works in this home."""

    code, status = "home_is_taken", 409
    hint = "Stop the other `comptoir serve`, or let it do the work; two engines would send twice."


class UnknownSetting(ComptoirError, ValueError):
    """The configuration names a setting that does not exist."""

    code, status = "unknown_setting", 400
    hint = "See docs/reference/configuration.md for every setting."


class BadSetting(ComptoirError, ValueError):
    """A setting has a value it cannot take."""

    code, status = "bad_setting", 400
    hint = "See docs/reference/configuration.md for the values it takes."


class PluginNotFound(ComptoirError, LookupError):
    """No plug-in of this kind has this name."""

    code, status = "plugin_not_found", 404
    hint = "`comptoir doctor` lists what is installed."


class PluginBroken(ComptoirError):
    """A plug-in could not be loaded."""

    code, status = "plugin_broken", 500
    hint = "Reinstall or remove the distribution that offers it."


class SpoolDamaged(ComptoirError):
    """A parcel of the spool does not match its checksum."""

    code, status = "spool_damaged", 500
    hint = "The disk changed bytes at rest. Restore the spool from a backup; nothing damaged is ever used."


class StoreUnavailable(ComptoirError):
    """A store cannot take what it was given just now."""

    code, status = "store_unavailable", 503
    hint = "Look at disk space and permissions; the client may try again."
