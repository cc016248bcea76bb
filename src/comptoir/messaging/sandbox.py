"""
The language of words: Liquid with limits. python-liquid reads it; we walk what it read, so that nothing escapes.

Each text becomes a chain of small functions once; a render then costs microseconds, and every loop, filter and output
is measured: at most a second, 256 kB of output, 10,000 rounds, 64 kB a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from io import StringIO
from typing import Any, TextIO

import liquid
from liquid import ast
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import logical, primitive
from liquid.builtin.expressions.arguments import KeywordArgument
from liquid.builtin.expressions.filtered import Filter, FilteredExpression
from liquid.builtin.expressions.path import Path
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.assign_tag import AssignNode
from liquid.builtin.tags.comment_tag import CommentNode
from liquid.builtin.tags.for_tag import ForNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.builtin.tags.unless_tag import UnlessNode
from liquid.exceptions import LiquidError
from liquid.expression import Expression
from liquid.parser import get_parser
from liquid.stringify import to_liquid_string
from liquid.tag import Tag
from liquid.token import TOKEN_TAG
from markupsafe import Markup, escape

from comptoir.clock import monotonic

MOST_SOURCE = 400_000
MOST_OUTPUT = 256_000
MOST_VALUE = 64_000
"""Characters of one value, and of what any filter gives."""
MOST_ROUNDS = 10_000
MOST_SECONDS = 0.8
"""Checked at every round and filter; the rest of the second is for what stands in between."""
_MOST_DEPTH = 40
_MOST_TAG = 8_000
_OPENERS = ("if", "unless", "for", "link", "comment")
_MOST_BITS = 256
_MOST_DIGITS = 40
LINK = "@link"
"""The name under which a render finds who makes links; no template can write it."""
FILTERS = frozenset({
    "append", "at_least", "at_most", "capitalize", "ceil", "default", "divided_by", "downcase", "escape", "first",
    "floor", "join", "last", "minus", "modulo", "plus", "prepend", "round", "size", "strip", "times", "truncate",
    "truncatewords", "upcase", "url_encode",
})  # fmt: skip
"""Filters that cannot make a large text out of a small one; `replace` in a chain made 64 MB in 108 ms."""
_OF_NUMBERS = frozenset(
    {"at_least", "at_most", "ceil", "divided_by", "floor", "minus", "modulo", "plus", "round", "times"}
)
TAGS = frozenset({"if", "unless", "for", "assign", "comment", "#", "raw", "link"})


class RenderFailed(ValueError):
    """The words could not be made: a name they use has no value, or a limit was reached."""


class ValueMissing(RenderFailed):
    """A name that the words use has no value for this person."""

    def __init__(self, name: str) -> None:
        """Name what is missing."""
        super().__init__(f"`{name}` has no value")
        self.name = name


class NotLiquid(ValueError):
    """A text is no Liquid, or uses what words may not use."""


@dataclass(slots=True)
class Meter:
    """What one render may still spend."""

    left: int = MOST_OUTPUT
    rounds: int = MOST_ROUNDS
    until: float = 0.0

    def tick(self) -> None:
        """Spend a round. Raises: RenderFailed."""
        self.rounds -= 1
        if self.rounds < 0:
            raise RenderFailed(f"more than {MOST_ROUNDS} rounds of loops")
        self.look()

    def look(self) -> None:
        """Look at the time. Raises: RenderFailed."""
        if monotonic() > self.until:
            raise RenderFailed("it took too long")


Names = dict[str, Any]
Put = Callable[[str], object]
Act = Callable[[Names, Put, Meter], None]
Node = Act | str
"""A text to put as it is, or something to do."""
Value = Callable[[Names, Meter], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A text that was read once, ready to be rendered for anybody."""

    run: tuple[Node, ...] = field(repr=False)
    """Its own text counts for nothing, as it is limited by its length; what is inside loops counts."""
    names: frozenset[str]
    """Every path it uses, such as `customer.first_name`, without those it makes itself."""
    needs: frozenset[str]
    """Those that must have a value: neither asked about in a condition only, nor given a default."""
    parsed: liquid.BoundTemplate = field(repr=False)
    fixed: str | None = None
    """The text itself, where nothing in it depends on anything."""

    def render(self, names: Mapping[str, Any], *, seconds: float = MOST_SECONDS) -> str:
        """Render with these names. Raises: RenderFailed."""
        if self.fixed is not None:
            return self.fixed
        out: list[str] = []
        meter = Meter(until=monotonic() + seconds)
        mine = dict(names)
        put = out.append
        try:
            _go(self.run, mine, put, meter)
        except RenderFailed:
            raise
        except (LiquidError, ValueError, TypeError, ArithmeticError, LookupError, RecursionError) as error:
            raise RenderFailed(str(error).partition("\n")[0] or type(error).__name__) from error
        return "".join(out)


@lru_cache(maxsize=2_048)
def program(text: str, *, is_html: bool) -> Program:
    """Read a text. Raises: NotLiquid."""
    if len(text) > MOST_SOURCE:
        raise NotLiquid(f"more than {MOST_SOURCE} characters")
    _check_shape(text)
    try:
        parsed = environment(is_html=is_html).from_string(text)
    except (LiquidError, RecursionError, ValueError) as error:
        raise NotLiquid(str(error).partition("\n")[0] or type(error).__name__) from error
    reader = _Reader(is_html=is_html)
    run = reader.block(parsed.nodes)
    texts = [one for one in run if isinstance(one, str)]
    return Program(
        run=run, names=frozenset(reader.names), needs=frozenset(reader.needs), parsed=parsed,
        fixed="".join(texts) if len(texts) == len(run) else None,
    )  # fmt: skip


def _check_shape(text: str) -> None:
    """Refuse, in one pass, what would make the reader slow or recurse too deep. Raises: NotLiquid."""
    depth = at = 0
    while (start := text.find("{", at)) >= 0:
        closer = {"{": "}}", "%": "%}"}.get(text[start + 1 : start + 2])
        if closer is None:
            at = start + 1
            continue
        end = text.find(closer, start + 2, start + _MOST_TAG)
        if end < 0:
            raise NotLiquid(f"expected '{closer}' after `{text[start : start + 20]}`, within {_MOST_TAG} characters")
        word = text[start + 2 : start + 40].lstrip("- \t\r\n")
        if closer == "%}":
            depth += word.startswith(_OPENERS) - word.startswith("end")
        if depth > _MOST_DEPTH:
            raise NotLiquid(f"blocks are nested deeper than {_MOST_DEPTH}")
        at = end + 2


# ---- the environment


class _LinkNode(ast.Node):
    """An address in the block that becomes a link of this message."""

    __slots__ = ("block", "inner")

    def __init__(self, token: Any, block: ast.BlockNode) -> None:
        super().__init__(token)
        self.block = block
        self.blank = False

    def render_to_output(self, context: Any, buffer: TextIO) -> int:
        """Render as python-liquid would; the tests hold our walk equal to it."""
        inner, was, context.autoescape = StringIO(), context.autoescape, False
        try:
            self.block.render(context, inner)
        finally:
            context.autoescape = was
        made = context.scope[LINK](inner.getvalue())
        return buffer.write(str(escape(made)) if was else made)

    def children(self, _static_context: Any, *, include_partials: bool = True) -> Sequence[ast.Node]:
        """Give the block."""
        del include_partials
        return (self.block,)


class _LinkTag(Tag):
    name, end, block = "link", "endlink", True

    def parse(self, stream: Any) -> _LinkNode:
        token = stream.eat(TOKEN_TAG)
        inner = get_parser(self.env).parse_block(stream, (self.end,))
        stream.expect(TOKEN_TAG, value=self.end)
        return _LinkNode(token, inner)


class _Liquid(liquid.Environment):
    loop_iteration_limit = MOST_ROUNDS
    output_stream_limit = MOST_OUTPUT
    local_namespace_limit = 10_000
    context_depth_limit = 60
    suppress_blank_control_flow_blocks = False


@lru_cache(maxsize=2)
def environment(*, is_html: bool) -> liquid.Environment:
    """Give the reader of texts: only what is listed above is known."""
    made = _Liquid(undefined=liquid.StrictUndefined, autoescape=is_html)
    made.add_tag(_LinkTag)
    made.filters = {name: one for name, one in made.filters.items() if name in FILTERS}
    internal = {"content", "output", "illegal", "TOKEN_CONTENT"}
    for tag in list(made.tags):
        if tag not in TAGS and tag.lower() not in internal:
            made.tags.pop(tag)
    return made


# ---- reading: python-liquid's tree becomes functions


@dataclass(slots=True)
class _Reader:
    is_html: bool
    own: list[str] = field(default_factory=list)
    made: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    needs: set[str] = field(default_factory=set)

    @property
    def _kinds(self) -> tuple[tuple[type, Callable[[Any], Node]], ...]:
        return (
            (IfNode, self._if),
            (UnlessNode, self._unless),
            (ForNode, self._for),
            (AssignNode, self._assign),
            (_LinkNode, self._link),
            (ast.BlockNode, self._inner),
        )

    def block(self, nodes: Sequence[Any]) -> tuple[Node, ...]:
        found = (self.node(one) for one in nodes)
        return tuple(one for one in found if one is not None and one != "")

    def node(self, node: Any) -> Node | None:
        if isinstance(node, ContentNode):
            return str(node.text)
        if isinstance(node, OutputNode):
            return self._output(node.expression)
        if isinstance(node, CommentNode):
            return None
        for kind, read in self._kinds:
            if isinstance(node, kind):
                made: Node = read(node)
                return made
        raise NotLiquid(f"words may not use {type(node).__name__.removesuffix('Node').lower()}")

    def _inner(self, node: ast.BlockNode) -> Node:
        return _chain(self.block(node.nodes))

    def _output(self, expression: Expression) -> Node:
        value, is_html, special = self.value(expression), self.is_html, _SPECIAL.search

        def output(names: Names, put: Put, meter: Meter) -> None:
            said = value(names, meter)
            if type(said) is not str and type(said) is not Markup:
                said = _text(said, is_html=is_html)
            if is_html and type(said) is str and special(said) is not None:
                said = str(escape(said))
            size = len(said)
            meter.left -= size
            if size > MOST_VALUE or meter.left < 0:
                raise RenderFailed(f"more than {MOST_VALUE} characters of a value, or {MOST_OUTPUT} in all")
            put(said)

        return output

    def _if(self, node: IfNode) -> Node:
        return self._ways([(node.condition, node.consequence), *_others(node)], node.default, first=True)

    def _unless(self, node: UnlessNode) -> Node:
        return self._ways([(node.condition, node.consequence), *_others(node)], node.default, first=False)

    def _ways(self, ways: Sequence[tuple[Expression, Any]], default: Any, *, first: bool) -> Node:
        read = [(self.value(asked, is_asked=True), self.block(block.nodes)) for asked, block in ways]
        wanted = [first] + [True] * (len(read) - 1)
        tried = tuple((asked, want, block) for (asked, block), want in zip(read, wanted, strict=True))
        otherwise = self.block(default.nodes) if default is not None else ()

        def choose(names: Names, put: Put, meter: Meter) -> None:
            chosen = otherwise
            for asked, want, block in tried:
                if _is_truthy(asked(names, meter)) is want:
                    chosen = block
                    break
            _go(chosen, names, put, meter)

        return choose

    def _for(self, node: ForNode) -> Node:
        said = node.expression
        if said.cols is not None or isinstance(said.offset, primitive.StringLiteral | primitive.Continue):
            raise NotLiquid("a loop may have `limit`, `offset` and `reversed`")
        items = self._items(said.iterable)
        limit = self.value(said.limit) if said.limit is not None else None
        offset = self.value(said.offset) if said.offset is not None else None
        name, is_reversed = str(said.identifier), bool(said.reversed)
        self.own += [name, "forloop"]
        block = self.block(node.block.nodes)
        size = len(str(node.block))
        del self.own[-2:]
        otherwise = self.block(node.default.nodes) if node.default is not None else ()

        def loop(names: Names, put: Put, meter: Meter) -> None:
            found = _cut(items(names, meter), offset and offset(names, meter), limit and limit(names, meter), meter)
            if not found:
                _go(otherwise, names, put, meter)
                return
            if is_reversed:
                found = found[::-1]
            before, outer = names.get(name, _ABSENT), names.get("forloop", _ABSENT)
            for place, item in enumerate(found):
                meter.tick()
                names[name] = item
                names["forloop"] = _round(place, len(found))
                meter.left -= size
                if meter.left < 0:
                    raise RenderFailed(f"more than {MOST_OUTPUT} characters")
                _go(block, names, put, meter)
            _restore(names, name, before)
            _restore(names, "forloop", outer)

        return loop

    def _items(self, iterable: Expression) -> Value:
        if isinstance(iterable, primitive.RangeLiteral):
            start, stop = self.value(iterable.start), self.value(iterable.stop)
            return lambda names, meter: _range(start(names, meter), stop(names, meter))
        return self.value(iterable)

    def _assign(self, node: AssignNode) -> Node:
        value, name = self.value(node.expression), str(node.name)
        if name in self.own or "." in name:
            raise NotLiquid(f"`{name}` is taken: assign another name")

        def assign(names: Names, _put: Put, meter: Meter) -> None:
            names[name] = value(names, meter)

        self.made.add(name)
        return assign

    def _link(self, node: _LinkNode) -> Node:
        inner = _Reader(is_html=False, own=self.own, made=self.made, names=self.names, needs=self.needs)
        block, is_html, special = inner.block(node.block.nodes), self.is_html, _SPECIAL.search

        def link(names: Names, put: Put, meter: Meter) -> None:
            parts: list[str] = []
            _go(block, names, parts.append, meter)
            made = names[LINK]("".join(parts))
            if is_html and special(made) is not None:
                made = str(escape(made))
            meter.left -= len(made)
            put(made)

        return link

    # ---- values

    def value(self, said: Any, *, is_asked: bool = False) -> Value:
        """Give the function of an expression; where it is only asked about, a missing value is nil."""
        if isinstance(said, FilteredExpression):
            return self._filtered(said, is_asked=is_asked)
        if isinstance(said, Path):
            return self._path(said, is_asked=is_asked)
        if isinstance(said, logical.BooleanExpression):
            return self._truth(said, is_asked=is_asked)
        if isinstance(said, primitive.Nil | primitive.Empty | primitive.Blank):
            return _always(None if isinstance(said, primitive.Nil) else said)
        if isinstance(said, primitive.Literal):
            is_markup = self.is_html and isinstance(said, primitive.StringLiteral)
            return _always(Markup(said.value) if is_markup else said.value)  # noqa: S704 (the author's own words)
        return self._compared(said)

    def _truth(self, said: logical.BooleanExpression, *, is_asked: bool) -> Value:
        inner = self.value(said.expression, is_asked=is_asked)
        if type(said.expression) in _COMPARISONS:
            return inner
        return lambda names, meter: _is_truthy(inner(names, meter))

    def _compared(self, said: Any) -> Value:
        compare = _COMPARISONS.get(type(said))
        if compare is None:
            raise NotLiquid(f"words may not use {type(said).__name__}")
        left, right, token = self.value(said.left, is_asked=True), self.value(said.right, is_asked=True), said.token
        if compare is _and:
            return lambda names, meter: _is_truthy(left(names, meter)) and _is_truthy(right(names, meter))
        if compare is _or:
            return lambda names, meter: _is_truthy(left(names, meter)) or _is_truthy(right(names, meter))
        if compare in {_eq, _ne} and isinstance(said.right, primitive.StringLiteral):
            return _compared_with(left, said.right.value, wants=compare is _eq)
        return lambda names, meter: compare(token, left(names, meter), right(names, meter))

    def _path(self, said: Path, *, is_asked: bool) -> Value:
        if any(isinstance(one, Path) for one in said.path):
            raise NotLiquid("a name inside brackets must be a word or a number")
        root, rest = said.path[0], tuple(one for one in said.path[1:] if not isinstance(one, Path))
        whole = ".".join(str(one) for one in said.path)
        if root not in self.own and root not in self.made:
            self.names.add(whole)
            if not is_asked:
                self.needs.add(whole)
        if not rest:
            return _root(str(root))
        if len(rest) == 1 and isinstance(rest[0], str) and rest[0] not in _DERIVED:
            return _member(str(root), rest[0], whole, is_asked=is_asked)
        return _deep(str(root), rest, whole, is_asked=is_asked)

    def _filtered(self, said: FilteredExpression, *, is_asked: bool) -> Value:
        filters = said.filters or []
        has_default = bool(filters) and filters[0].name == "default"
        value = self.value(said.left, is_asked=is_asked or has_default)
        for one in filters:
            value = self._filter(value, one)
        return value

    def _filter(self, left: Value, said: Filter) -> Value:
        known = environment(is_html=self.is_html)
        act = known.filters.get(said.name)
        if act is None:
            raise NotLiquid(f"words may not use the filter `{said.name}`")
        given = [self.value(one.value) for one in said.args if not isinstance(one, KeywordArgument)]
        named = [(one.name, self.value(one.value)) for one in said.args if isinstance(one, KeywordArgument)]
        fixed: dict[str, Any] = {"environment": known} if getattr(act, "with_environment", False) else {}
        if getattr(act, "with_context", False):
            raise NotLiquid(f"words may not use the filter `{said.name}`")
        is_number, is_join = said.name in _OF_NUMBERS, said.name == "join"

        def filtered(names: Names, meter: Meter) -> Any:
            value = _value(left(names, meter))
            arguments = [_value(one(names, meter)) for one in given]
            if is_number:
                for one in (value, *arguments):
                    _check_number(one)
            if is_join:
                _check_join(value, arguments)
            made = act(value, *arguments, **{key: _value(one(names, meter)) for key, one in named}, **fixed)
            meter.look()
            return _value(made)

        return filtered


# ---- what the functions do

_ABSENT: Any = object()
_SPECIAL = re.compile("[&<>\"']")
_DERIVED = frozenset({"size", "first", "last"})


def _go(block: tuple[Node, ...], names: Names, put: Put, meter: Meter) -> None:
    for one in block:
        if type(one) is str:
            put(one)
        else:
            one(names, put, meter)  # type: ignore[operator]  # mypy does not narrow by `type() is`


def _chain(block: tuple[Node, ...]) -> Node:
    def chain(names: Names, put: Put, meter: Meter) -> None:
        _go(block, names, put, meter)

    return chain


def _others(node: Any) -> list[tuple[Expression, Any]]:
    return [(one.expression, one.block) for one in node.alternatives]


def _always(value: Any) -> Value:
    return lambda _names, _meter: value


def _root(name: str) -> Value:
    def root(names: Names, _meter: Meter) -> Any:
        try:
            return names[name]
        except KeyError:
            raise ValueMissing(name) from None

    return root


def _member(name: str, key: str, whole: str, *, is_asked: bool) -> Value:
    def member(names: Names, _meter: Meter) -> Any:
        held = names.get(name)
        if type(held) is dict and key in held:
            return held[key]
        if is_asked and name in names:
            return None
        raise ValueMissing(whole)

    return member


def _deep(name: str, rest: tuple[str | int, ...], whole: str, *, is_asked: bool) -> Value:
    def deep(names: Names, _meter: Meter) -> Any:
        if name not in names:
            raise ValueMissing(whole)
        held = names[name]
        for key in rest:
            held = _item(held, key)
            if held is _ABSENT:
                if is_asked:
                    return None
                raise ValueMissing(whole)
        return held

    return deep


def _item(held: Any, key: str | int) -> Any:
    if type(held) is dict:
        if key in held:
            return held[key]
        return len(held) if key == "size" else _ABSENT
    if isinstance(held, list | tuple):
        if key == "size":
            return len(held)
        place = {"first": 0, "last": -1}.get(key) if isinstance(key, str) else key
        return held[place] if place is not None and -len(held) <= place < len(held) else _ABSENT
    return len(held) if isinstance(held, str) and key == "size" else _ABSENT


def _cut(found: Any, offset: Any, limit: Any, meter: Meter) -> Sequence[Any]:
    if isinstance(found, dict):
        found = list(found.items())
    elif isinstance(found, str):
        found = [found] if found else []
    items: Sequence[Any] = found if isinstance(found, list | tuple | range) else ()
    start = min(max(int(offset or 0), 0), len(items))
    stop = min(start + int(limit), len(items)) if limit else len(items)
    if stop - start > meter.rounds:
        raise RenderFailed(f"more than {MOST_ROUNDS} rounds of loops")
    return items[start : max(stop, start)]


def _range(start: Any, stop: Any) -> range:
    first, last = _whole(start), _whole(stop)
    if last - first >= MOST_ROUNDS:
        raise RenderFailed(f"more than {MOST_ROUNDS} rounds of loops")
    return range(first, last + 1)


def _whole(value: Any) -> int:
    _check_number(value)
    try:
        return int(value)
    except (ValueError, TypeError):
        return 0


def _round(place: int, length: int) -> dict[str, Any]:
    return {
        "index": place + 1, "index0": place, "rindex": length - place, "rindex0": length - place - 1,
        "first": place == 0, "last": place == length - 1, "length": length,
    }  # fmt: skip


def _restore(names: Names, name: str, before: Any) -> None:
    if before is _ABSENT:
        names.pop(name, None)
    else:
        names[name] = before


def _text(value: Any, *, is_html: bool) -> str:
    _value(value)
    if isinstance(value, list | tuple) and len(value) > MOST_ROUNDS:
        raise RenderFailed("a list is too long")
    return to_liquid_string(value, autoescape=is_html)


def _value(value: Any) -> Any:
    """Let a value pass that is small enough. Raises: RenderFailed."""
    if isinstance(value, str):
        if len(value) > MOST_VALUE:
            raise RenderFailed(f"a value has more than {MOST_VALUE} characters")
    elif (isinstance(value, int) and value.bit_length() > _MOST_BITS) or (
        isinstance(value, Decimal) and abs(value.adjusted() if value.is_finite() else 999) > _MOST_DIGITS
    ):
        raise RenderFailed("a number is too large")
    return value


def _check_number(value: Any) -> None:
    """Refuse texts that Python would read as numbers of a million digits."""
    if isinstance(value, str) and (len(value) > _MOST_DIGITS or "e" in value.lower()):
        raise RenderFailed("a text is no number")


def _check_join(value: Any, arguments: Sequence[Any]) -> None:
    """Refuse a long text between many, before it is made."""
    between = len(str(arguments[0])) if arguments else 1
    if isinstance(value, list | tuple | str) and len(value) * between > MOST_VALUE:
        raise RenderFailed(f"a value has more than {MOST_VALUE} characters")


def _is_truthy(value: Any) -> bool:
    return value is not None and value is not False


def _eq(_token: Any, left: Any, right: Any) -> bool:
    return bool(logical._eq(left, right))  # noqa: SLF001 (the language's own equality)


def _ne(token: Any, left: Any, right: Any) -> bool:
    return not _eq(token, left, right)


def _compared_with(left: Value, text: str, *, wants: bool) -> Value:
    """Compare with a fixed text, which needs none of the language's rules where the other side is text too."""

    def compared(names: Names, meter: Meter) -> bool:
        said = left(names, meter)
        return ((said == text) if isinstance(said, str) else _eq(None, said, text)) is wants

    return compared


def _and(_token: Any, left: Any, right: Any) -> bool:
    return _is_truthy(left) and _is_truthy(right)


def _or(_token: Any, left: Any, right: Any) -> bool:
    return _is_truthy(left) or _is_truthy(right)


def _le(left: Any, right: Any) -> bool:
    return bool(logical._le(left, right))  # noqa: SLF001


def _lt(token: Any, left: Any, right: Any) -> bool:
    return bool(logical._lt(token, left, right))  # noqa: SLF001


_COMPARISONS: dict[type, Callable[[Any, Any, Any], bool]] = {
    logical.EqExpression: _eq,
    logical.NeExpression: _ne,
    logical.LtExpression: _lt,
    logical.GtExpression: lambda token, left, right: _lt(token, right, left),
    logical.LeExpression: lambda _token, left, right: _le(left, right),
    logical.GeExpression: lambda _token, left, right: _le(right, left),
    logical.ContainsExpression: lambda token, left, right: bool(logical._contains(token, left, right)),  # noqa: SLF001
    logical.LogicalAndExpression: _and,
    logical.LogicalOrExpression: _or,
}
