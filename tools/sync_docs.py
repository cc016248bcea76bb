"""Write what is generated from the code: parts of docs, the API's client; `--check` says what of it is stale."""

from __future__ import annotations

import argparse
import ast
import importlib
import json
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from comptoir import config
from comptoir.collect.dialects import shopnames
from comptoir.server.api import catalogue

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "comptoir"
DOCS = ROOT / "docs" / "reference"
FULL_EXAMPLE = ROOT / "examples" / "comptoir.full.toml"

BEGIN = "<!-- generated: {name}: by `make docs`; edit the code instead -->"
END = "<!-- end: {name} -->"


# What the code says of itself


def parsed(path: Path) -> ast.Module:
    """Parse a module of ours without importing it."""
    return ast.parse(path.read_text(encoding="utf-8"))


def modules() -> Iterator[Path]:
    """Give every module. Order: by path."""
    yield from sorted(SOURCE.rglob("*.py"))


def class_in(path: Path, name: str) -> ast.ClassDef:
    """Find a class of a module."""
    return next(node for node in parsed(path).body if isinstance(node, ast.ClassDef) and node.name == name)


def said_by(body: list[ast.stmt]) -> Iterator[tuple[ast.stmt, str]]:
    """Give each statement of a body with the text that stands right below it, or none."""
    for here, below in zip(body, [*body[1:], ast.Pass()], strict=True):
        text = below.value.value if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) else ""
        yield here, " ".join(str(text).split())


def members(path: Path, name: str) -> list[tuple[str, str]]:
    """List an enumeration's values with what each means. Order: as declared."""
    return [
        (str(ast.literal_eval(node.value)), text)
        for node, text in said_by(class_in(path, name).body)
        if isinstance(node, ast.Assign)
    ]


def attributes(path: Path, name: str) -> list[tuple[str, str, str]]:
    """List a struct's fields: name, type, what it means. Order: as declared."""
    return [
        (node.target.id, ast.unparse(node.annotation), text)
        for node, text in said_by(class_in(path, name).body)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    ]


def doc_of(node: ast.ClassDef | ast.FunctionDef) -> str:
    """Give the first sentence of a docstring."""
    return " ".join((ast.get_docstring(node) or "").split("\n\n")[0].split())


def table(*heads: str, rows: Sequence[tuple[str, ...]]) -> str:
    """Write a Markdown table."""
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in lines
    )


def code(text: str) -> str:
    """Write a text as code, or nothing."""
    return f"`{text}`" if text else ""


# Settings


def takes(one: Field[Any], kind: Any) -> str:
    """Say which values a setting takes."""
    if get_origin(kind) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(kind))
    if get_origin(kind) is tuple:
        return "list of texts"
    names = {int: "whole number", float: "number", bool: "true or false", str: "text"}
    least, most = one.metadata["least"], one.metadata["most"]
    if kind in {int, float}:
        return f"{names[kind]}, {least:g}–{most:g}" if most else f"{names[kind]}, {least:g} or more"
    return names[kind]


def settings() -> str:
    """Write a table for each table of the configuration."""
    parts = []
    for name, kind in config.TABLES.items():
        hints = get_type_hints(kind)
        rows = [
            (
                f"`{one.name}`",
                code(toml(one.default)),
                takes(one, hints[one.name]),
                f"`{config.PREFIX}{name.upper()}__{one.name.upper()}`",
                str(one.metadata["says"]),
            )
            for one in fields(kind)
        ]
        parts += [f"## `[{name}]`", doc_of(class_in(SOURCE / "config.py", kind.__name__))]
        parts += [table("setting", "default", "takes", "environment", "what it is for", rows=rows)]
    return "\n\n".join(parts)


def toml(value: object) -> str:
    """Write a plain value as TOML."""
    if value is MISSING:
        return ""
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


def full_example() -> str:
    """Write the configuration that names every setting, at its default."""
    lines = [
        "# Every setting at its default, written by `make docs`. Copy what you change into your home's comptoir.toml."
    ]
    for name, kind in config.TABLES.items():
        lines += ["", f"[{name}]"]
        for one in fields(kind):
            lines += [f"# {one.metadata['says']}", f"{one.name} = {toml(one.default)}"]
    return "\n".join(lines) + "\n"


# Refusals, errors, events


def refusals() -> str:
    """Write the closed set of reasons."""
    rows = [(f"`{value}`", text) for value, text in members(SOURCE / "model" / "event.py", "RefusalReason")]
    return table("reason", "what was wrong", rows=rows)


def error_classes() -> list[tuple[ast.ClassDef, Path]]:
    """Find every class of ours that descends from ComptoirError, wherever it is written."""
    found = [(node, path) for path in modules() for node in parsed(path).body if isinstance(node, ast.ClassDef)]
    known = {"ComptoirError"}
    while grown := {
        node.name for node, _ in found if node.name not in known and known & {ast.unparse(base) for base in node.bases}
    }:
        known |= grown
    return [(node, path) for node, path in found if node.name in known - {"ComptoirError"}]


def error_facts(node: ast.ClassDef) -> dict[str, Any]:
    """Read an error's code, status and hint."""
    facts: dict[str, Any] = {"code": "", "status": 500, "hint": ""}
    for one in node.body:
        if isinstance(one, ast.Assign):
            target, value = one.targets[0], one.value
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            values = value.elts if isinstance(value, ast.Tuple) and isinstance(target, ast.Tuple) else [value]
            for name, given in zip(names, values, strict=True):
                if ast.unparse(name) in facts:
                    facts[ast.unparse(name)] = ast.literal_eval(given)
    return facts


def errors() -> str:
    """Write every error: its code, its status over HTTP, its message and its remedy. Order: by code."""
    described = [(error_facts(node), doc_of(node)) for node, _ in error_classes()]
    rows = sorted(
        (f"`{facts['code']}`", str(facts["status"]), says, str(facts["hint"]))
        for facts, says in described
        if facts["code"]
    )
    return table("code", "status", "message", "what to do", rows=rows)


def events() -> str:
    """Write what a canonical line is made of."""
    path = SOURCE / "model" / "event.py"
    parts = ["## Fields of a line", table("field", "type", "meaning", rows=[
        (f"`{name}`", f"`{kind}`", text) for name, kind, text in attributes(path, "Line")
    ])]  # fmt: skip
    for name in ("Type", "Trust", "Lane", "Record", "Control", "OnSite"):
        parts += [f"## {name}", doc_of(class_in(path, name))]
        parts += ["\n".join(f"- `{value}`{': ' + text if text else ''}" for value, text in members(path, name))]
    return "\n\n".join(parts)


def messages() -> str:
    """Write what may become of a message, why, and what a channel may answer."""
    path = SOURCE / "model" / "message.py"
    parts = []
    for name in ("Outcome", "Reason", "DeliveryKind"):
        parts += [f"## {name}", doc_of(class_in(path, name))]
        parts += ["\n".join(f"- `{value}`{': ' + text if text else ''}" for value, text in members(path, name))]
    return "\n\n".join(parts)


# Plug-ins


def plugin_kinds() -> str:
    """Write which kinds of plug-ins there are, and which ship with Comptoir."""
    points = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"].get("entry-points", {})
    rows = [
        (f"`{group}`", ", ".join(f"`{name}`" for name in points.get(group, {})) or "none yet")
        for group, _ in members(SOURCE / "plugins.py", "Kind")
    ]
    return table("entry-point group", "shipped with Comptoir", rows=rows)


def protocols() -> str:
    """Write every Protocol of ours with its methods: the promises that plug-ins and stores make."""
    parts = []
    for path in modules():
        for node in parsed(path).body:
            if isinstance(node, ast.ClassDef) and "Protocol" in {ast.unparse(base) for base in node.bases}:
                where = ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts)
                methods = [one for one in node.body if isinstance(one, ast.FunctionDef)]
                rows = [(f"`{one.name}{signature(one)}`", doc_of(one)) for one in methods]
                parts += [f"### `{where}.{node.name}`", doc_of(node)]
                parts += [table("method", "promise", rows=rows)] if rows else []
    return "\n\n".join(parts)


def signature(node: ast.FunctionDef) -> str:
    """Write a method's parameters, without self; a property has none."""
    if "property" in {ast.unparse(one) for one in node.decorator_list}:
        return ""
    return "(" + ast.unparse(node.args).removeprefix("self").removeprefix(", ") + ")"


# The command line


def command_line() -> Any:
    """Give the click command of `comptoir`, or None as long as it is not written."""
    if not (SOURCE / "cli" / "main.py").exists():
        return None
    try:
        return importlib.import_module("typer.main").get_command(importlib.import_module("comptoir.cli.main").build())
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("comptoir.cli."):
            raise
        print(f"the command line cannot be read: {error}", file=sys.stderr)
        return None


def walk(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Give every command that does something, with its full name. Order: by name."""
    inner = getattr(command, "commands", {})
    if not inner or getattr(command, "invoke_without_command", False):
        yield name, command
    for word in sorted(inner):
        if not inner[word].hidden:
            yield from walk(inner[word], f"{name} {word}")


def cli() -> str:
    """Write every command with its arguments and options."""
    root = command_line()
    if root is None:
        return "The command line is not written yet."
    parts = []
    for name, command in walk(root, "comptoir"):
        if command is root:
            continue
        arguments = [one for one in command.params if one.param_type_name == "argument"]
        words = "".join(f" {shown(one)}" if one.required else f" [{shown(one)}]" for one in arguments)
        parts += [f"## `{name}{words}`", " ".join((command.help or command.short_help or "").split("\f")[0].split())]
        rows = [option_row(one) for one in command.params if one.name != "help" and not getattr(one, "hidden", False)]
        parts += [table("option", "default", "what it does", rows=rows)] if rows else []
    return "\n\n".join(parts)


def shown(argument: Any) -> str:
    """Give the word that stands for an argument, with dots where it may be repeated."""
    return str(argument.metavar or argument.name.upper()) + ("…" if argument.nargs == -1 else "")


def option_row(one: Any) -> tuple[str, str, str]:
    """Describe one argument or option."""
    says = " ".join((getattr(one, "help", None) or "").split())
    choices = one.type_descriptor.choices or ()
    says += (
        f" One of {', '.join(code(str(getattr(choice, 'value', choice))) for choice in choices)}." if choices else ""
    )
    if one.param_type_name == "argument":
        return f"`{shown(one)}`", "", says
    names = ", ".join(f"`{name}`" for name in [*one.opts, *one.secondary_opts])
    default = one.default() if callable(one.default) else one.default
    is_none = default in (None, False, (), []) or "UNSET" in repr(default)
    value = "" if is_none else code(str(default).removeprefix(f"{ROOT}/"))
    return names, value, says


def api() -> str:
    """Write every address of the API, by subject: what it does, takes and answers."""
    by_tag: dict[str, list[Any]] = {}
    for one in catalogue.DESCRIBED:
        by_tag.setdefault(one.tag, []).append(one)
    parts = []
    for tag, found in by_tag.items():
        parts.append(f"### {tag}")
        parts.append(
            table(
                "address", "does", "takes", "right",
                rows=[
                    (code(f"{one.method} {one.path}"), one.summary, api_takes(one), code(one.right.value))
                    for one in found
                ],
            )
        )  # fmt: skip
    return "\n\n".join(parts)


def api_takes(one: Any) -> str:
    """Say which fields an address takes; those it needs are marked."""
    said = []
    for kind in (one.query, one.body):
        if kind is None:
            continue
        (schema,), components = msgspec.json.schema_components([kind])
        if "discriminator" in schema:
            does = ", ".join(code(name) for name in schema["discriminator"]["mapping"])
            said.append(f"{code(schema['discriminator']['propertyName'])}\\*: {does}, and what each of these takes")
            continue
        whole = components[schema["$ref"].rpartition("/")[2]]
        needed = set(whole.get("required", ()))
        said += [code(name) + ("\\*" if name in needed else "") for name in whole["properties"]]
    return ", ".join(said)


# Markers


def shop_names() -> str:
    """List the names under which carts and orders are known."""
    rows = [(code(ours), ", ".join(map(code, others))) for ours, others in shopnames.NAMES.items() if others]
    return table("name here", "also called", rows=rows)


def shop_fields() -> str:
    """List the names under which the properties of carts, orders and products are known."""
    listed = {"carts, orders": shopnames.FIELDS, "products": shopnames.PRODUCT_FIELDS}
    rows = [
        (code(ours), what, ", ".join(map(code, others)))
        for what, names in listed.items()
        for ours, others in names.items()
    ]
    return table("property here", "where", "also called", rows=rows)


GENERATED: dict[str, dict[str, Callable[[], str]]] = {
    "api.md": {"api": api},
    "cli.md": {"commands": cli},
    "configuration.md": {"settings": settings},
    "errors.md": {"errors": errors},
    "events.md": {"events": events},
    "messages.md": {"messages": messages},
    "posthog.md": {"shopnames": shop_names, "shopfields": shop_fields},
    "plugins.md": {"kinds": plugin_kinds, "protocols": protocols},
    "refusals.md": {"refusals": refusals},
}


class MarkerMissing(SystemExit):
    """A page lacks the markers of a generated part."""


def between(page: str, name: str, part: str) -> str:
    """Put a part between its markers."""
    begin, end = BEGIN.format(name=name), END.format(name=name)
    if begin not in page or end not in page:
        raise MarkerMissing(f"no markers for {name!r}: write {begin} and {end}")
    return page[: page.index(begin)] + f"{begin}\n\n{part}\n\n" + page[page.index(end) :]


def wanted() -> Iterator[tuple[Path, str]]:
    """Give every file with generated parts, and what it should say."""
    for file, parts in GENERATED.items():
        page = (DOCS / file).read_text(encoding="utf-8")
        for name, write in parts.items():
            page = between(page, name, write())
        yield DOCS / file, page
    yield FULL_EXAMPLE, full_example()
    yield from client_files()


def client_files() -> Iterator[tuple[Path, str]]:
    """Give every generated file of the client of the API."""
    if str(ROOT) not in sys.path:  # run as a file, not as a module
        sys.path.insert(0, str(ROOT))
    written: Iterator[tuple[Path, str]] = importlib.import_module("tools.client_calls").files()
    yield from written


def main() -> int:
    """Write what is stale, or with --check only name it."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--check", action="store_true", help="write nothing; exit 1 if something is stale")
    is_check = asked.parse_args().check
    stale = [(path, page) for path, page in wanted() if not path.exists() or path.read_text(encoding="utf-8") != page]
    for path, page in stale:
        print(f"{'stale' if is_check else 'wrote'} {path.relative_to(ROOT)}")
        if not is_check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(page, encoding="utf-8")
    return 1 if stale and is_check else 0


if __name__ == "__main__":
    sys.exit(main())
