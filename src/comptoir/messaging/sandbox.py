"""
The language of words: Liquid with limits. python-liquid reads it; we walk what it read, so that nothing escapes.

Each text becomes a chain of small functions once; a render then costs microseconds, and every loop, filter and output
is measured: at most a second, 256 kB of output, 10,000 rounds, 64 kB a value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
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
from liquid.tag import Tag
from liquid.token import TOKEN_TAG
from markupsafe import Markup, escape

from comptoir.clock import monotonic
from comptoir.messaging import liquid_values as values
from comptoir.messaging.liquid_values import (
    MOST_OUTPUT,
    MOST_ROUNDS,
    MOST_VALUE,
    Meter,
    Names,
    RenderFailed,
    Value,
    ValueMissing,
)

__all__ = [
    "FILTERS", "LINK", "MOST_OUTPUT", "MOST_ROUNDS", "MOST_SECONDS", "MOST_SOURCE", "MOST_VALUE", "TAGS", "NotLiquid",
    "Program", "RenderFailed", "ValueMissing", "environment", "program",
]  # fmt: skip

MOST_SOURCE = 400_000
MOST_SECONDS = 0.8
"""Checked at every round and filter; the rest of the second is for what stands in between."""
_MOST_DEPTH = 40
_MOST_TAG = 8_000
_OPENERS = ("if", "unless", "for", "link", "comment")
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


class NotLiquid(ValueError):
    """A text is no Liquid, or uses what words may not use."""


Put = Callable[[str], object]
Act = Callable[[Names, Put, Meter], None]
Node = Act | str
"""A text to put as it is, or something to do."""


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
        value, is_html, special = self.value(expression), self.is_html, values.SPECIAL.search

        def output(names: Names, put: Put, meter: Meter) -> None:
            said = value(names, meter)
            if type(said) is not str and type(said) is not Markup:
                said = values.as_text(said, is_html=is_html)
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
        read = [(self._question(asked), self.block(block.nodes)) for asked, block in ways]
        wanted = [first] + [True] * (len(read) - 1)
        tried = tuple((asked, want, block) for (asked, block), want in zip(read, wanted, strict=True))
        otherwise = self.block(default.nodes) if default is not None else ()
        if len(tried) == 1:
            return _fork(*tried[0], otherwise)

        def choose(names: Names, put: Put, meter: Meter) -> None:
            chosen = otherwise
            for asked, want, block in tried:
                if asked(names, meter) is want:
                    chosen = block
                    break
            _go(chosen, names, put, meter)

        return choose

    def _question(self, asked: Any) -> Value:
        """Give the function of a condition, which says true or false and nothing else."""
        value = self.value(asked, is_asked=True)
        said = asked.expression if isinstance(asked, logical.BooleanExpression) else asked
        return value if _is_truth(said) else values.truth_of(value)

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
        text = str(node.block)
        size, asks_round = len(text), "forloop" in text
        del self.own[-2:]
        otherwise = self.block(node.default.nodes) if node.default is not None else ()

        def loop(names: Names, put: Put, meter: Meter) -> None:
            start = offset and offset(names, meter)
            found = values.cut(items(names, meter), start, limit and limit(names, meter), meter)
            if not found:
                _go(otherwise, names, put, meter)
                return
            if is_reversed:
                found = found[::-1]
            before, outer = names.get(name, values.ABSENT), names.get("forloop", values.ABSENT)
            for place, item in enumerate(found):
                meter.tick()
                names[name] = item
                if asks_round:
                    names["forloop"] = values.round_of(place, len(found))
                meter.left -= size
                if meter.left < 0:
                    raise RenderFailed(f"more than {MOST_OUTPUT} characters")
                _go(block, names, put, meter)
            values.restore(names, name, before)
            values.restore(names, "forloop", outer)

        return loop

    def _items(self, iterable: Expression) -> Value:
        if isinstance(iterable, primitive.RangeLiteral):
            start, stop = self.value(iterable.start), self.value(iterable.stop)
            return lambda names, meter: values.whole_range(start(names, meter), stop(names, meter))
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
        block, is_html, special = inner.block(node.block.nodes), self.is_html, values.SPECIAL.search
        only = block[0] if len(block) == 1 and isinstance(block[0], str) else None

        def link(names: Names, put: Put, meter: Meter) -> None:
            address = only
            if address is None:
                parts: list[str] = []
                _go(block, names, parts.append, meter)
                address = "".join(parts)
            made = names[LINK](address)
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
            return values.always(None if isinstance(said, primitive.Nil) else said)
        if isinstance(said, primitive.Literal):
            is_markup = self.is_html and isinstance(said, primitive.StringLiteral)
            return values.always(Markup(said.value) if is_markup else said.value)  # noqa: S704 (the author's own words)
        return self._compared(said)

    def _truth(self, said: logical.BooleanExpression, *, is_asked: bool) -> Value:
        inner = self.value(said.expression, is_asked=is_asked)
        return inner if _is_truth(said.expression) else values.truth_of(inner)

    def _compared(self, said: Any) -> Value:
        compare, kind = values.COMPARISONS.get(type(said)), type(said)
        if compare is None and kind not in values.COMBINATIONS:
            raise NotLiquid(f"words may not use {kind.__name__}")
        left, right, token = self.value(said.left, is_asked=True), self.value(said.right, is_asked=True), said.token
        if compare is None:
            return values.combined(left, right, kind)
        if kind in _EQUALITIES and isinstance(said.right, primitive.StringLiteral):
            wants, text = kind is logical.EqExpression, said.right.value
            if isinstance(said.left, Path) and _is_member(said.left):
                root, key = (str(one) for one in said.left.path)
                return values.member_compared_with(root, key, text, wants=wants)
            return values.compared_with(left, text, wants=wants)
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
            return values.root(str(root))
        if _is_member(said):
            return values.member(str(root), str(rest[0]), whole, is_asked=is_asked)
        return values.deep(str(root), rest, whole, is_asked=is_asked)

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
        is_number, is_join, measured = said.name in _OF_NUMBERS, said.name == "join", values.measured

        def filtered(names: Names, meter: Meter) -> Any:
            value = measured(left(names, meter))
            arguments = [measured(one(names, meter)) for one in given]
            if is_number:
                for one in (value, *arguments):
                    values.check_number(one)
            if is_join:
                values.check_join(value, arguments)
            made = act(value, *arguments, **{key: measured(one(names, meter)) for key, one in named}, **fixed)
            meter.look()
            return measured(made)

        return filtered


# ---- what the functions do

_EQUALITIES = (logical.EqExpression, logical.NeExpression)


def _is_truth(said: Any) -> bool:
    """Say whether an expression gives true or false and nothing else."""
    return type(said) in values.COMPARISONS or type(said) in values.COMBINATIONS


def _is_member(said: Path) -> bool:
    """Say whether a path is one plain key of one name."""
    return len(said.path) == 2 and isinstance(said.path[1], str) and said.path[1] not in values.DERIVED


def _go(block: tuple[Node, ...], names: Names, put: Put, meter: Meter) -> None:
    for one in block:
        if type(one) is str:
            put(one)
        else:
            one(names, put, meter)  # type: ignore[operator]  # mypy does not narrow by `type() is`


def _fork(asked: Value, wanted: object, block: tuple[Node, ...], otherwise: tuple[Node, ...]) -> Node:
    def fork(names: Names, put: Put, meter: Meter) -> None:
        # as `_go`, written out: most of what a mail does is to go one of two ways
        for one in block if asked(names, meter) is wanted else otherwise:
            if type(one) is str:
                put(one)
            else:
                one(names, put, meter)  # type: ignore[operator]  # mypy does not narrow by `type() is`

    return fork


def _chain(block: tuple[Node, ...]) -> Node:
    def chain(names: Names, put: Put, meter: Meter) -> None:
        _go(block, names, put, meter)

    return chain


def _others(node: Any) -> list[tuple[Expression, Any]]:
    return [(one.expression, one.block) for one in node.alternatives]
