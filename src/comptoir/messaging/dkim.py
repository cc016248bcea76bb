"""DKIM: a signature of headers and body by a key that is parsed once. Source: RFC 6376, RFC 8463."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from comptoir.errors import ComptoirError

SIGNED = (
    "from", "to", "subject", "date", "message-id", "content-language", "auto-submitted", "list-unsubscribe",
    "list-unsubscribe-post", "mime-version", "content-type",
)  # fmt: skip
"""Headers that are signed. RFC 8058 asks for the two of unsubscribing."""
_GUARDED = ("from", "to", "subject")
"""Named once more than they are there, so that nobody can add a second one."""
LEAST_BITS = 1_024
_SPACES = re.compile(rb"  +")
_HEADER_SPACES = re.compile(r"[ \t\r\n]+")
_WIDTH = 72


class BadDkimKey(ComptoirError, ValueError):
    """This is no private key that can sign mails."""

    code, status = "bad_dkim_key", 400
    hint = "Give a PEM file with an RSA key of 2048 bits or an Ed25519 key, without a pass phrase."


@dataclass(frozen=True, slots=True, kw_only=True)
class Dkim:
    """Signs for one domain and selector. It may be used by several threads."""

    domain: str
    selector: str
    key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

    def sign(self, headers: list[tuple[str, str]], body: bytes, *, is_relaxed: bool = False) -> tuple[str, str]:
        """
        Give the DKIM-Signature header (`messaging.compose.Signer`), relaxed/relaxed, without a time.

        `is_relaxed` says that the body is in the relaxed form already.
        """
        there = {name.lower(): _relaxed(name, value) for name, value in headers}
        names = [name for name in SIGNED if name in there]
        is_rsa = isinstance(self.key, rsa.RSAPrivateKey)
        algorithm = "rsa-sha256" if is_rsa else "ed25519-sha256"
        listed = ":".join([*names, *_GUARDED])
        digest = b64encode(sha256(body if is_relaxed else relaxed_body(body)).digest()).decode("ascii")
        said = (
            f"v=1; a={algorithm}; c=relaxed/relaxed; d={self.domain}; s={self.selector};\r\n"
            f" h={listed};\r\n bh={digest};\r\n b="
        )
        signed = "".join(there[name] + "\r\n" for name in names) + _relaxed("DKIM-Signature", said)
        text = b64encode(self._signature(signed.encode("utf-8"))).decode("ascii")
        return "DKIM-Signature", said + "\r\n ".join(text[at : at + _WIDTH] for at in range(0, len(text), _WIDTH))

    def _signature(self, signed: bytes) -> bytes:
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        return self.key.sign(sha256(signed).digest())


def read_key(pem: bytes) -> rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey:
    """Read a private key. Raises: BadDkimKey."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadDkimKey(problem=str(error)[:200]) from error
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= LEAST_BITS:
        return key
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key
    raise BadDkimKey(problem=type(key).__name__)


def new_key() -> str:
    """Make an RSA key of 2048 bits, which every receiver reads; give it as PEM."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode("ascii")


def record(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> str:
    """Give the text of the DNS record at `<selector>._domainkey.<domain>`."""
    public = key.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        said = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return f"v=DKIM1; k=rsa; p={b64encode(said).decode('ascii')}"
    said = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return f"v=DKIM1; k=ed25519; p={b64encode(said).decode('ascii')}"


def relaxed_body(body: bytes) -> bytes:
    """Write a body in the relaxed form: runs of blanks as one, none at line ends, no empty lines at the end."""
    if b"\t" in body:
        body = body.replace(b"\t", b" ")
    if b"  " in body:
        body = _SPACES.sub(b" ", body)
    if b" \r\n" in body:
        body = body.replace(b" \r\n", b"\r\n")
    stripped = body.rstrip(b"\r\n")
    return stripped + b"\r\n" if stripped else b""


def _relaxed(name: str, value: str) -> str:
    return f"{name.lower()}:{_HEADER_SPACES.sub(' ', value).strip()}"
