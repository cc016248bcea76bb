"""What an erasure leaves of a line: by which erasure, what had become of the line, and the hashes it is known by."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Was(StrEnum):
    """What had become of a line before its person was erased; a rebuild counts it so again."""

    KEPT = "kept"
    """It still says something, without her: the money of an order, or what somebody else did."""
    STORED = "stored"
    """It was a fact, and is none any more."""
    REFUSED = "refused"
    DUPLICATE = "duplicate"


class Left(NamedTuple):
    """The mark of an erasure on a line."""

    erasure_id: str
    was: Was
    message_hash: int = 0
    """Of the line as it came: sent again, it is still known."""
    body_hash: int = 0
    robot_reason: str = ""
    """The verdict on its agent, which is gone."""

    def text(self) -> str:
        """Write it as `Line.erased` has it."""
        return f"{self.erasure_id} {self.was.value} {self.message_hash} {self.body_hash} {self.robot_reason}".rstrip()


def read(text: str) -> Left:
    """Read what `Left.text` wrote."""
    erasure_id, was, message_hash, body_hash, *rest = text.split(" ", 4)
    return Left(erasure_id, Was(was), int(message_hash), int(body_hash), rest[0] if rest else "")
