"""Files on an SFTP server whose host key somebody has confirmed."""

from __future__ import annotations

import stat
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import msgspec

from comptoir.sources.pulls.base import (
    Batch,
    Form,
    HostKeyUnknown,
    Look,
    Making,
    Option,
    PartMissing,
    PlaceAway,
    PlaceForbids,
    PlaceNotThere,
    PlaceStrange,
    Stream,
    count,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from paramiko import PKey, SFTPAttributes, SFTPClient, Transport

SHOWN = 10
SECONDS = 30.0
MOST_BYTES = 20 << 30
_PART_BYTES = 1 << 16
_MOST_PORT = 65_535


class Seen(msgspec.Struct, array_like=True, frozen=True):
    """How a file was when it was fetched."""

    size: int
    modified_at: int


@dataclass(slots=True, kw_only=True)
class Sftp:
    """A folder on an SFTP server."""

    options: ClassVar[tuple[Option, ...]] = (
        Option(name="host", says="Name of the server.", is_needed=True),
        Option(name="port", says="Its port.", default="22"),
        Option(name="user", says="User name.", is_needed=True),
        Option(name="password", says="Password, if it takes one.", form=Form.SECRET),
        Option(name="key", says="Private key, if it takes one.", form=Form.LONG_SECRET),
        Option(name="host_key", says="Fingerprint of the server's key (SHA256:…), as whoever runs it says."),
        Option(name="folder", says="Folder there.", default="."),
        Option(name="pattern", says="Names of the files, such as `orders*.csv`.", default="*"),
    )
    streams: ClassVar[tuple[Stream, ...]] = (Stream(name="files"),)
    is_inside: ClassVar[bool] = False

    making: Making
    host: str
    port: int

    @classmethod
    def made(cls, making: Making) -> Self:
        """Make one. Raises: PlaceNeeds; PartMissing."""
        try:
            import paramiko  # noqa: F401, PLC0415 (an extra)
        except ImportError as error:
            raise PartMissing(part="comptoir[sftp]") from error
        text(making, "user")
        return cls(making=making, host=text(making, "host"), port=count(making, "port", least=1, most=_MOST_PORT))

    def look(self) -> Look:
        """Say which files are there."""
        with self._opened() as files:
            found = self._files(files)
        return Look(says=f"{len(found)} files are there", items=tuple(name for name, _ in found[:SHOWN]))

    def fetch(self, stream: str, since: str) -> Iterator[Batch]:
        """Fetch the files that are new or have changed, and do not change while they are fetched. Order: by name."""
        del stream
        seen = msgspec.json.decode(since, type=dict[str, Seen]) if since else {}
        with self._opened() as files:
            listed = self._files(files)
            kept = {name: seen[name] for name, _ in listed if name in seen}
            for number, (name, found) in enumerate(listed, 1):
                if kept.get(name) == found:
                    continue
                path = self._fetched(files, name, found)
                if path is None:
                    continue
                kept[name] = found
                cursor = msgspec.json.encode(kept).decode()
                yield Batch(path=path, name=name, cursor=cursor, done=number, whole=len(listed))

    @contextmanager
    def _opened(self) -> Iterator[SFTPClient]:
        import paramiko  # noqa: PLC0415 (an extra)

        try:
            sock = self.making.http.reached(self.host, self.port)
        except OSError as error:
            raise PlaceAway(host=self.host, why=str(error)[:200]) from error
        transport = paramiko.Transport(sock)
        try:
            transport.banner_timeout = transport.auth_timeout = SECONDS
            transport.start_client(timeout=SECONDS)
            self._confirm(transport.get_remote_server_key())
            self._enter(transport)
            client = paramiko.SFTPClient.from_transport(transport)
            if client is None:
                raise PlaceStrange(host=self.host, why="it opens no SFTP")
            client.get_channel().settimeout(SECONDS)
            yield client
        except paramiko.AuthenticationException as error:
            raise PlaceForbids(host=self.host) from error
        except (paramiko.SSHException, EOFError) as error:
            raise PlaceAway(host=self.host, why=f"{type(error).__name__}: {error}"[:200]) from error
        finally:
            transport.close()

    def _confirm(self, key: PKey) -> None:
        """See that the server is the one that somebody has confirmed. Raises: HostKeyUnknown."""
        shown = fingerprint(key)
        if self.making.options.get("host_key", "").strip().rstrip("=") != shown:
            raise HostKeyUnknown(host=self.host, fingerprint=shown)

    def _enter(self, transport: Transport) -> None:
        user, key = text(self.making, "user"), self.making.options.get("key", "").strip()
        if key:
            transport.auth_publickey(user, _key(key))
        else:
            transport.auth_password(user, self.making.options.get("password", ""))

    def _files(self, files: SFTPClient) -> list[tuple[str, Seen]]:
        folder = self.making.options.get("folder", "").strip() or "."
        pattern = self.making.options.get("pattern", "").strip() or "*"
        try:
            files.chdir(folder)
            listed: Iterable[SFTPAttributes] = files.listdir_attr(".")
        except PermissionError as error:
            raise PlaceForbids(host=self.host, folder=folder) from error
        except FileNotFoundError as error:
            raise PlaceNotThere(host=self.host, folder=folder) from error
        except OSError as error:
            raise PlaceAway(host=self.host, why=str(error)[:200]) from error
        found = [(one.filename, one) for one in listed if stat.S_ISREG(one.st_mode or 0)]
        return sorted((name, _seen(one)) for name, one in found if fnmatch(name, pattern) and not name.startswith("."))

    def _fetched(self, files: SFTPClient, name: str, found: Seen) -> Path | None:
        """Fetch a file; nothing where it changed meanwhile: the next run sees it again."""
        path = self.making.work / f"{sha256(name.encode()).hexdigest()[:8]}-{name.replace('/', '_')}"
        try:
            read = 0
            with files.open(name, "rb") as remote, path.open("wb") as file:
                remote.prefetch(found.size)
                while part := remote.read(_PART_BYTES):
                    read += len(part)
                    file.write(part)
                    if read > MOST_BYTES:
                        raise PlaceStrange(host=self.host, file=name, why="it is too large")
            return path if _seen(files.stat(name)) == found and read == found.size else None
        except FileNotFoundError:
            return None
        except PermissionError as error:
            raise PlaceForbids(host=self.host, file=name) from error
        except PlaceStrange:
            raise
        except OSError as error:
            raise PlaceAway(host=self.host, why=str(error)[:200]) from error


def fingerprint(key: Any) -> str:
    """Give the fingerprint of a key, as `ssh-keygen -l` writes it."""
    return f"SHA256:{b64encode(sha256(key.asbytes()).digest()).decode().rstrip('=')}"


def _key(said: str) -> PKey:
    import paramiko  # noqa: PLC0415 (an extra)

    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(StringIO(said + "\n"))
        except (paramiko.SSHException, ValueError):
            continue
    raise PlaceForbids(why="the private key cannot be read")


def _seen(one: SFTPAttributes) -> Seen:
    return Seen(one.st_size or 0, int(one.st_mtime or 0))
