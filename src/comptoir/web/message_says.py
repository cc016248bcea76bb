"""What is wrong with a template, said so that whoever writes it can mend it."""

from __future__ import annotations

import re

from comptoir.web.speech import Speech

_KNOWN = (
    (re.compile(r"it uses (?P<names>.+?); (?:templates|words) may use"), "names"),
    (re.compile(r"(?P<name>\S+) may be missing: give it"), "may_be_missing"),
    (re.compile(r"the subject is missing"), "subject"),
    (re.compile(r"(?P<name>[\w.]+) is missing\b"), "is_missing"),
    (re.compile(r"nobody can unsubscribe"), "unsubscribe"),
    (re.compile(r"block `\w+` needs `(?P<name>\w+)"), "field"),
    (re.compile(r"a link has no address"), "no_address"),
    (re.compile(r"`(?P<piece>[^`]*)`: an address begins with"), "address"),
    (re.compile(r"`(?P<piece>[^`]*)` is not closed with"), "not_closed"),
    (re.compile(r"expected '(?P<piece>[^']*)'"), "not_closed"),
    (re.compile(r"`(?P<piece>[^`]*)` (?:is not closed|closes nothing)"), "element"),
    (re.compile(r"unexpected tag '(?P<piece>\w+)'"), "tag"),
    (re.compile(r"expected tag (?P<piece>\w+)"), "ends"),
    (re.compile(r"`(?P<piece>[^`]*)` stands outside an element"), "outside"),
    (re.compile(r"a text given to a block is no Liquid"), "no_liquid"),
)
"""What the makers of mails say → the words under `messages.wrong.`; the order decides where two fit."""


def says(said: Speech, problem: str) -> str:
    """Say a problem in the reader's tongue; one that has no words of its own is quoted."""
    for pattern, key in _KNOWN:
        found = pattern.search(problem)
        if found is not None:
            return said(f"messages.wrong.{key}", **found.groupdict())
    return said("messages.wrong.other", what=problem)
