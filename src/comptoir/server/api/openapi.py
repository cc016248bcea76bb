"""
The API described for programs: OpenAPI 3.1, made from the endpoints themselves.

Source: OpenAPI Specification 3.1.1; JSON Schema 2020-12 by `msgspec.json.schema_components`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from comptoir.access.roles import NotAllowed
from comptoir.errors import ComptoirError
from comptoir.server.api.endpoints import PREFIX, BadRequest, BaseNeeded, Endpoint
from comptoir.server.api.idempotency import KeyUnderWay, KeyUsedOtherwise
from comptoir.server.api.keys import NotKnown

_REF = "#/components/schemas/{name}"


class Problem(msgspec.Struct, kw_only=True):
    """What went wrong, and how to mend it (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    hint: str


def document(endpoints: Sequence[Endpoint], *, version: str) -> dict[str, Any]:
    """Describe the endpoints."""
    types = [one for end in endpoints for one in (end.body, end.query, end.answer) if one is not None]
    schemas, components = msgspec.json.schema_components([*types, Problem], ref_template=_REF)
    shown = dict(zip(map(_key, [*types, Problem]), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for one in endpoints:
        path = PREFIX + one.path.replace(":path", "")
        paths.setdefault(path, {})[one.method.lower()] = _operation(one, shown, components)
    whole = {
        "openapi": "3.1.0",
        "info": {
            "title": "Comptoir",
            "version": version,
            "description": "Everything that the screens can do. A key comes from `comptoir user add` or from Settings.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "tags": [{"name": name} for name in dict.fromkeys(one.tag for one in endpoints)],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "bearerFormat": "uk_… or sk_…"}},
        },
    }
    renamed: dict[str, Any] = _renamed(whole, {name: _name_of(name) for name in components})
    return renamed


def _name_of(component: str) -> str:
    """Give a type a plain name: its own, after its module's where two modules have one of that name."""
    generic = re.fullmatch(r"Page_(.+)_", component)
    if generic is not None:
        inner = generic[1].rpartition(".")[2]
        return f"PageOf{inner if inner.isidentifier() and not inner.endswith('_') else 'Rows'}"
    module, _, name = component.rpartition(".")
    return "".join(word.capitalize() for word in module.rpartition(".")[2].split("_")) + name


def _renamed(said: Any, names: Mapping[str, str]) -> Any:
    """Give a description in which every type has its plain name."""
    if isinstance(said, dict):
        return {names.get(key, key): _renamed(value, names) for key, value in said.items()}
    if isinstance(said, list):
        return [_renamed(one, names) for one in said]
    prefix = _REF.format(name="")
    if isinstance(said, str) and said.startswith(prefix):
        return prefix + names[said.removeprefix(prefix)]
    return said


def _operation(one: Endpoint, shown: Mapping[str, Any], components: Mapping[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {
        "operationId": one.name,
        "tags": [one.tag],
        "summary": one.summary,
        "description": f"Wants the right `{one.right.value}`.",
        "parameters": [*_path_parameters(one), *_query_parameters(one, shown, components), *_headers(one)],
        "responses": {str(one.status if one.answer is not None else 204): _good(one, shown), **_bad(one, shown)},
    }
    if one.sends:
        said["requestBody"] = {"required": True, "content": {one.sends: {"schema": {"type": "string"}}}}
    if one.body is not None:
        content: dict[str, Any] = {"schema": shown[_key(one.body)]}
        if one.example:
            content["example"] = dict(one.example)
        said["requestBody"] = {"required": True, "content": {"application/json": content}}
    return said


def _good(one: Endpoint, shown: Mapping[str, Any]) -> dict[str, Any]:
    if one.answer is None:
        return {"description": "Done."}
    return {"description": "Done.", "content": {one.media_type: {"schema": shown[_key(one.answer)]}}}


def _bad(one: Endpoint, shown: Mapping[str, Any]) -> dict[str, Any]:
    always: list[type[ComptoirError]] = [NotKnown, NotAllowed]
    if one.body is not None or one.query is not None:
        always.append(BadRequest)
    if one.method != "GET":
        always += [KeyUsedOtherwise, KeyUnderWay]
    if one.is_guarded:
        always.append(BaseNeeded)
    found: dict[int, list[type[ComptoirError]]] = {}
    for error in dict.fromkeys([*always, *one.errors]):
        found.setdefault(error.status, []).append(error)
    return {
        str(status): {
            "description": " · ".join(f"`{error.code}`: {_sentence(error)}" for error in errors),
            "content": {"application/problem+json": {"schema": shown[_key(Problem)]}},
        }
        for status, errors in sorted(found.items())
    }


def _path_parameters(one: Endpoint) -> list[dict[str, Any]]:
    names = re.findall(r"\{(\w+)(?::path)?\}", one.path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameters(one: Endpoint, shown: Mapping[str, Any], components: Mapping[str, Any]) -> list[dict[str, Any]]:
    if one.query is None:
        return []
    whole = components[shown[_key(one.query)]["$ref"].rpartition("/")[2]]
    needed = set(whole.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in needed, "schema": what}
        for name, what in whole["properties"].items()
    ]


def _headers(one: Endpoint) -> list[dict[str, Any]]:
    if one.method == "GET":
        return []
    says = "Draw one for each new request; sent again with the same one, it is done once and answered alike for a day."
    key = {
        "name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "maxLength": 200}, "description": says,
    }  # fmt: skip
    if not one.is_guarded:
        return [key]
    says = (
        "The `base` of the draft that the change is made from, as its ETag gave it; `*` overwrites whatever is there."
    )
    return [
        key,
        {"name": "If-Match", "in": "header", "required": True, "schema": {"type": "string"}, "description": says},
    ]


def _sentence(error: type[ComptoirError]) -> str:
    return (error.__doc__ or error.__name__).strip().partition("\n")[0]


def _key(kind: Any) -> str:
    return repr(kind)
