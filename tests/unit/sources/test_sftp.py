"""Files on an SFTP server: only of one whose key was confirmed, whole, and once until they change."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import paramiko
import pytest

from comptoir.sources.pulls.base import HostKeyUnknown, PlaceAway, PlaceForbids, PlaceNotThere
from comptoir.sources.pulls.sftp import Sftp, fingerprint
from tests.place import HOST, making


class Door(paramiko.ServerInterface):  # type: ignore[misc]  # paramiko ships no types
    """Lets one user in."""

    def check_auth_password(self, username: str, password: str) -> int:
        is_known = (username, password) == ("ann", "secret")
        return int(paramiko.AUTH_SUCCESSFUL if is_known else paramiko.AUTH_FAILED)

    def check_channel_request(self, kind: str, chanid: int) -> int:
        del kind, chanid
        return int(paramiko.OPEN_SUCCEEDED)

    def get_allowed_auths(self, username: str) -> str:
        del username
        return "password"


class Files(paramiko.SFTPServerInterface):  # type: ignore[misc]  # paramiko ships no types
    """Shows one folder."""

    root = Path()

    def _path(self, said: str) -> Path:
        return self.root / str(self.canonicalize(said)).lstrip("/")

    def list_folder(self, path: str) -> Any:
        try:
            return [paramiko.SFTPAttributes.from_stat(one.stat(), one.name) for one in self._path(path).iterdir()]
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    def stat(self, path: str) -> Any:
        try:
            return paramiko.SFTPAttributes.from_stat(self._path(path).stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    lstat = stat

    def open(self, path: str, flags: int, attr: Any) -> Any:
        del flags, attr
        try:
            file = self._path(path).open("rb")
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        handle = paramiko.SFTPHandle()
        handle.readfile = file  # paramiko reads it from there
        return handle


class Server:
    """An SFTP server on this machine."""

    def __init__(self, root: Path) -> None:
        self.key = paramiko.ECDSAKey.generate()
        self.files = type("OurFiles", (Files,), {"root": root})
        self.listener = socket.create_server((HOST, 0))
        self.port = self.listener.getsockname()[1]
        self.transports: list[paramiko.Transport] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            transport = paramiko.Transport(connection)
            transport.add_server_key(self.key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, self.files)
            self.transports.append(transport)
            try:
                transport.start_server(server=Door())
            except (paramiko.SSHException, EOFError, OSError):  # the client left, as it does after a wrong key
                continue

    def close(self) -> None:
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)  # or accept, which waits in its thread, would keep it open
        self.listener.close()
        for one in self.transports:
            one.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    root = tmp_path / "there"
    (root / "out").mkdir(parents=True)
    made = Server(root)
    yield made
    made.close()


def sftp(tmp_path: Path, server: Server, **options: str) -> Sftp:
    said = {
        "host": HOST, "port": str(server.port), "user": "ann", "password": "secret",
        "host_key": fingerprint(server.key), "folder": "out", "pattern": "*.csv",
    }  # fmt: skip
    return Sftp.made(making(tmp_path, said | options))


def put(tmp_path: Path, name: str, text: str, at: int = 1_700_000_000) -> None:
    path = tmp_path / "there" / "out" / name
    path.write_text(text, encoding="utf-8")
    os.utime(path, (at, at))


def test_new_and_changed_files_are_fetched_once(tmp_path: Path, server: Server) -> None:
    put(tmp_path, "a.csv", "id\n1\n")
    put(tmp_path, "b.csv", "id\n2\n")
    put(tmp_path, "c.txt", "no")
    place = sftp(tmp_path, server)

    assert place.look().items == ("a.csv", "b.csv")
    first = list(place.fetch("files", ""))
    cursor = first[-1].cursor or ""
    put(tmp_path, "b.csv", "id\n3\n", at=1_700_000_100)
    again = list(place.fetch("files", cursor))

    assert [(one.name, one.path.read_text()) for one in first[:1]] == [("a.csv", "id\n1\n")]
    assert [(one.name, one.path.read_text()) for one in again] == [("b.csv", "id\n3\n")]
    assert list(place.fetch("files", again[-1].cursor or "")) == []


@pytest.mark.parametrize("host_key", ["", "SHA256:wrong"])
def test_a_server_that_nobody_confirmed_gets_no_password_and_its_fingerprint_is_told(
    tmp_path: Path, server: Server, host_key: str
) -> None:
    with pytest.raises(HostKeyUnknown) as caught:
        sftp(tmp_path, server, host_key=host_key).look()
    assert caught.value.facts["fingerprint"] == fingerprint(server.key)


def test_a_wrong_password_and_a_folder_that_is_not_there_are_told_apart(tmp_path: Path, server: Server) -> None:
    with pytest.raises(PlaceForbids):
        sftp(tmp_path, server, password="wrong").look()
    with pytest.raises(PlaceNotThere):
        sftp(tmp_path, server, folder="nowhere").look()


def test_a_server_that_is_away_is_said_to_be(tmp_path: Path, server: Server) -> None:
    server.close()
    with pytest.raises(PlaceAway):
        sftp(tmp_path, server).look()
