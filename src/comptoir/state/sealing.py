"""Secrets in state, sealed under a master key that lies beside it and in no backup."""

from __future__ import annotations

import os
import secrets
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from comptoir.errors import ComptoirError

FILE_NAME = "master.key"
VARIABLE = "COMPTOIR_MASTER_KEY"
KEY_BYTES = 32
_VERSION = b"\x01"
_NONCE_BYTES = 12


class BadMasterKey(ComptoirError, ValueError):
    """The master key is not 32 bytes in base64."""

    code, status = "bad_master_key", 400
    hint = "Make one with `openssl rand -base64 32`; it stands in the home's file master.key or in COMPTOIR_MASTER_KEY."


class SecretUnreadable(ComptoirError):
    """A secret was sealed under another master key."""

    code, status = "secret_unreadable", 500
    hint = "Put the master key back that sealed it, or enter the secret again."


@dataclass(frozen=True, slots=True)
class MasterKey:
    """Seals and opens secrets: AES-256-GCM, bound to the place each one is kept at."""

    key: bytes = field(repr=False)

    def seal(self, secret: bytes, place: str) -> bytes:
        """Seal a secret for a place, such as `mail_servers/main/password`."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _VERSION + nonce + AESGCM(self.key).encrypt(nonce, secret, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """Open what was sealed for this place. Raises: SecretUnreadable."""
        nonce, text = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            if sealed[:1] != _VERSION:
                raise SecretUnreadable(place=place)
            return AESGCM(self.key).decrypt(nonce, text, place.encode())
        except (InvalidTag, ValueError) as error:
            raise SecretUnreadable(place=place) from error


def master_key(home: Path, environ: Mapping[str, str] | None = None) -> MasterKey:
    """
    Give the master key of a home: of the environment, else of its file, which is made for its owner alone.

    Raises: BadMasterKey.
    """
    said = (os.environ if environ is None else environ).get(VARIABLE)
    if said:
        return MasterKey(_read(said, VARIABLE))
    path = home / FILE_NAME
    if not path.exists():
        _make(path)
    return MasterKey(_read(path.read_text(encoding="ascii"), str(path)))


def is_safe(path: Path) -> bool:
    """Say whether only its owner may read a key's file."""
    return not path.exists() or path.stat().st_mode & 0o077 == 0


def _make(path: Path) -> None:
    unfinished = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(unfinished, path)  # another process may have made it meanwhile: the first one stands
    except FileExistsError:
        pass
    finally:
        unfinished.unlink()


def _read(said: str, where: str) -> bytes:
    try:
        key = b64decode(said.strip(), validate=True)
    except (BadBase64, ValueError) as error:
        raise BadMasterKey(where=where) from error
    if len(key) != KEY_BYTES:
        raise BadMasterKey(where=where)
    return key
