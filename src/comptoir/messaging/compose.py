"""A mail as bytes: headers, text and HTML, the same to the byte whenever made, and signed where a key is there."""

from __future__ import annotations

import re
from base64 import b64encode
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from hashlib import sha256
from typing import Protocol

from comptoir.model.message import Mail

_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\\x00-\x1f\x7f]{1,64}@[^\s@<>,;:\"()\[\]\\\x00-\x1f\x7f]{1,253}")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_WORD_BYTES = 45
_LONGEST_LINE = 990
_LONGEST_PLAIN = 60
_WIDEST = 76
_PIECE = re.compile(r".{1,75}(?<!=)(?<!=.)")
"""As much of a quoted line as fits before a soft break, which never stands inside a quoted character."""
_PLAIN = frozenset(map(chr, range(ord(" "), ord("~") + 1)))
_LONGEST_KNOWN = 1_000
"""Characters of a line that is remembered."""


class Signer(Protocol):
    """Whoever signs mails."""

    def sign(self, headers: list[tuple[str, str]], body: bytes, *, is_relaxed: bool = False) -> tuple[str, str]:
        """Give the header that signs `headers` (in order, as written) and `body`, which may be in relaxed form."""
        ...


def written(mail: Mail, signer: Signer | None = None) -> bytes:
    """
    Write a mail: text and HTML, deterministic to the byte, with CRLF.

    Raises: ValueError where a header would carry a line break or an address is none.
    """
    boundary = "=_" + sha256(mail.message_id.encode()).hexdigest()[:32]
    headers = [
        ("From", mailbox(mail.sender)),
        ("To", address(mail.to)),
        ("Subject", text(mail.subject)),
        ("Date", format_datetime(mail.at)),
        ("Message-ID", f"<{_plain(mail.message_id)}@{address(mail.sender).rpartition('@')[2]}>"),
        ("Content-Language", _plain(mail.language)),
        ("Auto-Submitted", "auto-generated"),
        *((_plain(name), text(value)) for name, value in mail.headers),
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/alternative;\r\n boundary="{boundary}"'),
    ]
    body = _parts(mail, boundary)
    if signer is not None:
        headers.insert(0, signer.sign(headers, body, is_relaxed=True))
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return head.encode("utf-8") + b"\r\n" + body


def compose(mail: Mail) -> EmailMessage:
    """Read back what `written` writes, for whoever wants an object. Raises: ValueError."""
    return message_from_bytes(written(mail), policy=SMTP_POLICY)


def smtp_bytes(raw: bytes) -> bytes:
    """Write a mail for DATA: dots doubled at line starts, without the final dot."""
    stuffed = raw.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed


def address(said: str) -> str:
    """
    Give the bare address, its domain in ASCII.

    Raises: ValueError where it is none.
    """
    bare = parseaddr(said)[1] if said.endswith(">") else said
    if not _ADDRESS.fullmatch(bare):
        raise ValueError("no address")
    local, _, domain = bare.rpartition("@")
    return bare if domain.isascii() else f"{local}@{domain.encode('idna').decode('ascii')}"


def mailbox(said: str) -> str:
    """Write `Name <address>` for From. Raises: ValueError."""
    bare = address(said)
    name = parseaddr(said)[0] if said.endswith(">") else ""
    if not name:
        return bare
    shown = text(name) if not name.isascii() else '"' + _plain(name).replace("\\", "").replace('"', "") + '"'
    return f"{shown} <{bare}>"


def text(said: str) -> str:
    """
    Write a header's text: as it is, or as encoded words.

    Raises: ValueError where it holds a line break or another control character.
    Source: RFC 2047, encoding B; a character is never split between two words.
    """
    if _CONTROL.search(said):
        raise ValueError("a header cannot hold a line break")
    if said.isascii() and "=?" not in said:
        return _folded(said)
    words: list[str] = []
    chunk = b""
    for character in said:
        more = character.encode("utf-8")
        if len(chunk) + len(more) > _WORD_BYTES:
            words.append(_word(chunk))
            chunk = b""
        chunk += more
    words.append(_word(chunk))
    return "\r\n ".join(words)


def _folded(said: str) -> str:
    if len(said) <= _LONGEST_PLAIN or " " not in said:
        if len(said) > _LONGEST_LINE:
            raise ValueError("a header's line is too long")
        return said
    lines, line = [], ""
    for word in said.split(" "):
        if line and len(line) + 1 + len(word) > _LONGEST_PLAIN:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line or lines else word
    lines.append(line)
    return "\r\n ".join(lines)


def _word(chunk: bytes) -> str:
    return f"=?utf-8?b?{b64encode(chunk).decode('ascii')}?="


def _plain(said: str) -> str:
    if _CONTROL.search(said) or not said.isascii():
        raise ValueError("not plain text")
    return said


def _parts(mail: Mail, boundary: str) -> bytes:
    mark = boundary.encode()
    return b"".join(
        b"--" + mark + b"\r\nContent-Type: text/" + kind + b'; charset="utf-8"\r\n'
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + _quoted(said) + b"\r\n"
        for kind, said in ((b"plain", mail.text), (b"html", mail.html))
    ) + b"--" + mark + b"--\r\n"  # fmt: skip


def _quoted(said: str) -> bytes:
    """
    Write text as quoted-printable, a line at a time: most lines of a template are the same in every mail.

    Tabs and all but the first of several blanks are quoted too, so that nothing is left for DKIM to relax.
    Source: RFC 2045, 6.7.
    """
    if "\r" in said:
        said = said.replace("\r\n", "\n").replace("\r", "\n")
    lines = said.rstrip("\n").split("\n")
    return "\r\n".join([_known_line(one) if len(one) < _LONGEST_KNOWN else _line(one) for one in lines] + [""]).encode()


def _line(said: str) -> str:
    text = said.replace("=", "=3D").replace("  ", " =20")
    if not (text.isascii() and text.isprintable()):
        for odd in set(text) - _PLAIN:
            text = text.replace(odd, "".join([f"={one:02X}" for one in odd.encode("utf-8", "replace")]))
    if text.endswith(" "):
        text = text[:-1] + "=20"
    return text if len(text) <= _WIDEST else "=\r\n".join(_PIECE.findall(text))


_known_line = lru_cache(maxsize=2_048)(_line)
