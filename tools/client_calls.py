"""The client's methods, one for each endpoint of the API, written from the description of the API itself."""

from __future__ import annotations

import keyword
import re
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from comptoir.server.api import catalogue, openapi
from comptoir.server.api.endpoints import PREFIX

FOLDER = Path(__file__).resolve().parent.parent / "src" / "comptoir" / "client"
MARK = "Written by `make docs` from the description of the API; edit the endpoints instead."
HAND_WRITTEN = frozenset({"query"})
"""Endpoints whose method is written by hand, in `asking.py`."""

_SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
_HEAD = "from __future__ import annotations\n\n"


def files() -> Iterator[tuple[Path, str]]:
    """Give every generated file of the client, and what it should say."""
    told = openapi.document(catalogue.DESCRIBED, version="")
    operations = [
        (path.removeprefix(PREFIX), method.upper(), one)
        for path, methods in told["paths"].items()
        for method, one in methods.items()
    ]
    tags = [one["name"] for one in told["tags"]]
    components = told["components"]["schemas"]
    sent = set(_named([one.get("requestBody", {}) for _, _, one in operations], components))
    by_tag = {tag: [one for one in operations if one[2]["tags"] == [tag]] for tag in tags}
    places = _places(by_tag, components)
    modules = {"client.py": client(tags)}
    for place in sorted(set(places.values())):
        modules[f"{place}.py"] = shapes(place, places, components, sent)
    for tag, its_own in by_tag.items():
        modules[f"{module_of(tag)}.py"] = _placed(calls(tag, its_own, components), places)
    yield from ((FOLDER / name, text) for name, text in tidy(modules).items())


def module_of(tag: str) -> str:
    """Name the module of a subject."""
    return "calls_" + tag.lower().replace(" ", "_")


def class_of(tag: str) -> str:
    """Name the class of a subject."""
    return "".join(word.capitalize() for word in tag.split()) + "Calls"


# ── shapes ──

SHARED = "shapes_shared"


def _places(
    by_tag: Mapping[str, list[tuple[str, str, Mapping[str, Any]]]], components: Mapping[str, Any]
) -> dict[str, str]:
    """Give the module of each type: its subject's, or the shared one where more than one subject speaks of it."""
    used = {tag: set(_named([one for _, _, one in operations], components)) for tag, operations in by_tag.items()}
    places = {}
    for name in components:
        tags = [tag for tag, names in used.items() if name in names]
        if tags:  # what no address takes or answers itself is written out where it stands
            places[name] = f"shapes_{module_of(tags[0]).removeprefix('calls_')}" if len(tags) == 1 else SHARED
    return places


def _placed(text: str, places: Mapping[str, str]) -> str:
    """Name the module of each type that a module of calls speaks of, and import these."""
    modules = sorted({places[name] for name in _SHAPE.findall(text)})
    text = text.replace("from comptoir.client import shapes\n", f"from comptoir.client import {', '.join(modules)}\n")
    return _SHAPE.sub(lambda found: f"{places[found[1]]}.{found[1]}", text)


_SHAPE = re.compile(r"\bshapes\.(\w+)")


def _named(said: Any, components: Mapping[str, Any]) -> Iterator[str]:
    """Name the types that a description speaks of, and those that these speak of."""
    if isinstance(said, dict):
        if isinstance(said.get("$ref"), str):
            name = said["$ref"].rpartition("/")[2]
            yield name
            yield from _named(components[name], components)
        for key, value in said.items():
            if key != "discriminator":
                yield from _named(value, components)
    elif isinstance(said, list):
        for one in said:
            yield from _named(one, components)


def shapes(place: str, places: Mapping[str, str], components: Mapping[str, Any], sent: Collection[str]) -> str:
    """Write what is sent and answered about one subject as types."""
    own = {name: schema for name, schema in sorted(components.items()) if places.get(name) == place}
    parts = [
        f'{name} = {kind_of(schema)}\n"""{_sentence(schema, name)}"""\n'
        for name, schema in own.items()
        if "enum" in schema
    ]
    parts += [shape(name, schema, is_sent=name in sent) for name, schema in own.items() if "enum" not in schema]
    body = "\n\n".join(parts)
    typing = [name for name in ("Any", "Literal", "NotRequired", "TypedDict") if re.search(rf"\b{name}\b", body)]
    foreign = sorted(name for name in set(_direct(list(own.values()))) - own.keys())
    about = "more than one subject" if place == SHARED else place.removeprefix("shapes_").replace("_", " ")
    head = f'"""\nWhat the API takes and answers about {about}, as types.\n\n{MARK}\n"""\n\n{_HEAD}'
    uses = f"from comptoir.client.{SHARED} import {', '.join(foreign)}\n\n" if foreign else ""
    gap = "" if any("enum" in schema for schema in own.values()) else "\n"  # a class stands two lines below
    return f"{head}from typing import {', '.join(typing)}\n\n{uses}{gap}{body}"


def _direct(said: Any) -> Iterator[str]:
    """Name the types that a description itself speaks of."""
    if isinstance(said, dict):
        if isinstance(said.get("$ref"), str):
            yield said["$ref"].rpartition("/")[2]
        for key, value in said.items():
            if key != "discriminator":
                yield from _direct(value)
    elif isinstance(said, list):
        for one in said:
            yield from _direct(one)


def shape(name: str, schema: Mapping[str, Any], *, is_sent: bool) -> str:
    """Write one object as a TypedDict: what has a default is always answered, but need not be sent."""
    needed = set(schema.get("required", ()))
    lines = [f"class {name}(TypedDict):", f'    """{_sentence(schema, name)}"""\n']
    for field, said in schema["properties"].items():
        if not field.isidentifier() or keyword.iskeyword(field):
            raise SystemExit(f"{name}.{field} is no name that Python could have")
        kind = kind_of(said, within=True)
        lines.append(f"    {field}: {kind if field in needed or not is_sent else f'NotRequired[{kind}]'}")
    return "\n".join(lines) + "\n"


def kind_of(schema: Mapping[str, Any], *, within: bool = False) -> str:
    """Write a schema as a Python type; `within` the module of the shapes."""
    if "$ref" in schema:
        name = str(schema["$ref"].rpartition("/")[2])
        return name if within else f"shapes.{name}"
    if "enum" in schema:
        return f"Literal[{', '.join(map(repr, schema['enum']))}]"
    if "const" in schema:
        return f"Literal[{schema['const']!r}]"
    if "anyOf" in schema:
        kinds = [kind_of(one, within=within) for one in schema["anyOf"]]
        return " | ".join(dict.fromkeys(sorted(kinds, key=lambda kind: kind == "None")))
    match schema.get("type"):
        case "array":
            return f"list[{kind_of(schema.get('items') or {}, within=within)}]"
        case "object":
            inner = schema.get("additionalProperties")
            return f"dict[str, {kind_of(inner, within=within) if isinstance(inner, dict) else 'Any'}]"
        case str() as kind:
            return _SCALARS[kind]
    return "Any"


# ── calls ──


def calls(tag: str, operations: list[tuple[str, str, Mapping[str, Any]]], components: Mapping[str, Any]) -> str:
    """Write the methods of one subject."""
    methods = [
        method(path, verb, one, components) for path, verb, one in operations if one["operationId"] not in HAND_WRITTEN
    ]
    body = "\n\n".join(methods)
    uses = ["from collections.abc import Iterator\n"] if "Iterator[" in body else []
    typing = [name for name in ("Any", "Literal", "Unpack") if f"{name}[" in body or f" {name}" in body]
    uses += [f"from typing import {', '.join(typing)}\n"] if typing else []
    gap = "\n" if uses else ""
    own = f"from comptoir.client{' import shapes' if 'shapes.' in body else ''}\n" if "shapes." in body else ""
    asking = "Asking, at" if " at(" in body or "(at(" in body or ", at(" in body else "Asking"
    return (
        f'"""\n{tag}: a method for each address of the API.\n\n{MARK}\n"""\n\n{_HEAD}{"".join(uses)}{gap}{own}'
        f"from comptoir.client.asking import {asking}\n\n\n"
        f'class {class_of(tag)}(Asking):\n    """{tag}."""\n\n    __slots__ = ()\n\n{body}\n'
    )


def method(path: str, verb: str, one: Mapping[str, Any], components: Mapping[str, Any]) -> str:
    """Write one method."""
    said = {place: [each for each in one["parameters"] if each["in"] == place] for place in ("path", "query", "header")}
    names = [f"{each['name']}_" if each["name"] == "id" else each["name"] for each in said["path"]]
    takes = [f"{name}: str" for name in names] + (["/"] if names else [])
    options: list[str] = []
    passed: list[str] = []
    kind, schema = _body(one)
    answer, item = _answer(one, components)
    query = [each for each in said["query"] if not (item and each["name"] == "cursor")]
    unpacked = ""
    if kind == "application/octet-stream":
        takes.append("body: bytes")
        passed.append("body=body")
    elif "$ref" in schema:
        unpacked = f"**body: Unpack[{kind_of(schema)}]"
        passed.append("body=body")
    elif schema:
        takes.append(f"body: {kind_of(schema)}")
        passed.append("body=body")
    for each in query:
        wanted = kind_of(each["schema"])
        default = "" if each["required"] else " = None"
        optional = wanted if each["required"] or wanted.endswith("| None") else f"{wanted} | None"
        options.append(f"{each['name']}: {optional}{default}")
    options.sort(key=lambda option: option.endswith("= None"))
    headers = {each["name"] for each in said["header"]}
    if "If-Match" in headers:
        options.insert(0, "base: str")
        passed.append("base=base")
    if "Idempotency-Key" in headers:
        options.append("idempotency_key: str | None = None")
        passed.append("idempotency_key=idempotency_key")
    listed = ", ".join(["self", *takes, *(["*"] if options else []), *options, *([unpacked] if unpacked else [])])
    where = f'at("{_holes(path)}", {", ".join(names)})' if names else f'"{path}"'
    head = f'    def {one["operationId"]}({listed}) -> {answer}:\n        """{_docstring(one)}"""\n'
    asked = ", ".join(f"{each['name']}={each['name']}" for each in query)
    if item:
        return f"{head}        yield from self.each({where}{', ' + asked if asked else ''})\n"
    if query:
        pairs = ", ".join(f"{each['name']!r}: {each['name']}" for each in query)
        passed.insert(0, f"query={{{pairs}}}")
    ask = f"self.ask({', '.join([repr(verb), where, *passed])})"
    if answer == "None":
        return f"{head}        {ask}\n"
    return f"{head}        found: {answer} = {ask}\n        return found\n"


def _body(one: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    for kind, said in one.get("requestBody", {}).get("content", {}).items():
        return kind, said["schema"]
    return "", {}


def _answer(one: Mapping[str, Any], components: Mapping[str, Any]) -> tuple[str, str]:
    """Give the type that is answered, and for a list in parts that of its items."""
    good = next(said for status, said in one["responses"].items() if status < "300")
    content = good.get("content")
    if content is None:
        return "None", ""
    kind, said = next(iter(content.items()))
    if kind != "application/json":
        return "str", ""
    answer = kind_of(said["schema"])
    if not answer.startswith("shapes.PageOf"):
        return answer, ""
    listed = components[answer.removeprefix("shapes.")]["properties"]["items"]
    item = kind_of(listed["items"]) if "$ref" in listed.get("items", {}) else "dict[str, Any]"
    return f"Iterator[{item}]", item


def _holes(path: str) -> str:
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))


def _docstring(one: Mapping[str, Any]) -> str:
    return str(one["summary"]).replace('"', "'")


def _sentence(schema: Mapping[str, Any], name: str) -> str:
    text = " ".join(str(schema.get("description") or f"{name}.").split("\n\n")[0].split()).replace('"', "'")
    return text if text.endswith((".", "…", "?")) else f"{text}."


def client(tags: list[str]) -> str:
    """Write the client of all subjects."""
    imports = "\n".join(
        f"from comptoir.client.{module_of(tag)} import {class_of(tag)}" for tag in sorted(tags, key=module_of)
    )
    bases = ", ".join(map(class_of, tags))
    return _CLIENT.format(mark=MARK, head=_HEAD, imports=imports, bases=bases)


_CLIENT = '''"""
The client of the desk's API, for programs in Python: one method for each address, lists to their end.

    from comptoir import Client

    shop = Client("http://127.0.0.1:8141", "uk_…")
    for one in shop.sources():
        print(one["name"])
    shop.scenarios_pause("abandoned-basket")

What each takes and answers stands in docs/reference/api.md and in GET /api/v1/openapi.json.

{mark}
"""

{head}from comptoir.client.asking import ApiError
{imports}

__all__ = ["ApiError", "Client"]


class Client({bases}):
    """The API of one desk, asked with one key. Raises: ApiError; OSError where the desk cannot be reached."""

    __slots__ = ()
'''


def tidy(modules: Mapping[str, str]) -> dict[str, str]:
    """Format modules as all of ours are."""
    with TemporaryDirectory() as folder:
        for name, text in modules.items():
            Path(folder, name).write_text(text, encoding="utf-8")
        rules = ["--config", str(FOLDER.parents[2] / "pyproject.toml"), "--no-cache", "--quiet"]
        subprocess.run([sys.executable, "-m", "ruff", "format", *rules, folder], check=True)
        return {name: Path(folder, name).read_text(encoding="utf-8") for name in modules}
