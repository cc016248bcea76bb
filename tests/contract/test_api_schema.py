"""Whatever fits the description of the API is answered, and answered as described: no 500, and every field as typed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comptoir.messaging import servers, trial, webhooks
from comptoir.model.message import DeliveryKind, Receipt
from comptoir.scenarios import rehearsals
from comptoir.server.api import catalogue, openapi
from comptoir.server.api.endpoints import PREFIX
from tests.web.counter import Answer
from tests.web.test_api import Api

TOLD = openapi.document(catalogue.DESCRIBED, version="")
COMPONENTS: Mapping[str, Any] = TOLD["components"]["schemas"]
OPERATIONS = [(path, method.upper(), one) for path, methods in TOLD["paths"].items() for method, one in methods.items()]
EXAMPLES = int(os.environ.get("API_EXAMPLES", "6"))
"""Requests drawn for each endpoint; a night may ask for more."""

NAMES = {
    "name": ["abandoned-basket", "hello", "site", "main", "one.csv", "nobody"],
    "language": ["en", "fr"], "kind": ["email", "account"], "value": ["ann@example.org"], "brand": ["main", "*"],
    "words": ["reminder"],
}  # fmt: skip
"""Names that there are, by the name of the parameter: most requests are to reach something."""

TOO_MUCH = {"backups_add", "doctor", "import_upload", "imports_run", "pulls_run", "pulls_try", "dry_runs_start"}
"""What takes a second or more each time; tested elsewhere."""

_ODD = st.text(max_size=20) | st.sampled_from(["", "*", "\0", "é", "../x", "a" * 300, "{{ x }}", "=1+1", "0", "-1"])


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    patch = pytest.MonkeyPatch()
    taken = Receipt(kind=DeliveryKind.ACCEPTED, detail="250 fine")
    patch.setattr(servers, "try_out", lambda *_, **__: taken)
    patch.setattr(trial, "send", lambda *_, **__: taken)
    patch.setattr(webhooks, "try_out", lambda *_, **__: (True, "200"))
    patch.setattr(rehearsals, "start", lambda *_, **__: "none")
    api = Api(tmp_path_factory.mktemp("schema"))
    desk: Any = api.desk.pages
    desk.state.dns = lambda _name: []
    for method, path, body in (
        ("POST", "/query", {"sql": "SELECT 1"}),  # no engine runs here: the first question makes the warehouse
        ("POST", "/scenarios", {"library": "abandoned-basket"}),
        ("POST", "/scenarios/abandoned-basket/draft/publish", None),
        ("POST", "/templates", {"name": "hello"}),
        ("POST", "/sources", {"name": "site"}),
        ("POST", "/webhooks", {"name": "hello", "url": "https://crm.example/hooks"}),
        ("POST", "/mail-servers", {"name": "main", "host": "smtp.example", "sender": "a@shop.fr"}),
    ):
        assert api.ask(method, path, body, headers={"if-match": "*"}).status < 300
    yield api
    api.close()
    patch.undo()


def drawn(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Draw what fits a schema."""
    if "$ref" in schema:
        return drawn(COMPONENTS[schema["$ref"].rpartition("/")[2]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "const" in schema:
        return st.just(schema["const"])
    if "anyOf" in schema:
        return st.one_of(*map(drawn, schema["anyOf"]))
    kind = schema.get("type")
    return _any() if kind is None else _DRAWN[kind](schema)


def _object(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    fields, needed = schema.get("properties", {}), schema.get("required", ())
    if not fields:
        return st.dictionaries(st.sampled_from(["for", "text", "if", "title"]) | _ODD, _any(), max_size=3)
    return st.fixed_dictionaries(
        {name: drawn(fields[name]) for name in needed},
        optional={name: drawn(one) for name, one in fields.items() if name not in needed},
    )


_USUAL = ["ann@example.org", "main", "hello", "site", "2026-01-02T03:04:05Z", "pause", "worth-it", "otherwise"]
_DRAWN: Mapping[str, Callable[[Mapping[str, Any]], st.SearchStrategy[Any]]] = {
    "object": _object,
    "array": lambda schema: st.lists(drawn(schema.get("items") or {}), max_size=3),
    "integer": lambda schema: st.integers(schema.get("minimum", -3), schema.get("maximum", 2**40)),
    "number": lambda _schema: st.floats(-1, 1e9),
    "boolean": lambda _schema: st.booleans(),
    "null": lambda _schema: st.none(),
    "string": lambda _schema: _ODD | st.sampled_from(_USUAL),
}


def _any() -> st.SearchStrategy[Any]:
    return st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _ODD


def asked(one: Mapping[str, Any], path: str, data: st.DataObject) -> str:
    """Draw the address of a request."""
    said: dict[str, str] = {}
    for each in one["parameters"]:
        if each["in"] == "path":
            known = NAMES.get(each["name"])
            name = data.draw((st.sampled_from(known) if known else st.just("none")) | _ODD.filter(bool))
            path = path.replace("{" + each["name"] + "}", quote(name, safe=""))
        elif each["in"] == "query" and (each["required"] or data.draw(st.booleans())):
            value = data.draw(drawn(each["schema"]))
            if value is not None:
                said[each["name"]] = str(value).lower() if isinstance(value, bool) else str(value)
    return path.removeprefix(PREFIX) + (f"?{urlencode(said)}" if said else "")


def wrong_of(value: Any, schema: Mapping[str, Any], place: str = "$") -> Iterator[str]:
    """Say where an answer is not as it is described."""
    if "$ref" in schema:
        yield from wrong_of(value, COMPONENTS[schema["$ref"].rpartition("/")[2]], place)
    elif not _fits(value, schema, place):
        yield f"{place}: {value!r:.80} is no {schema.get('type', 'such thing')}"
    elif isinstance(value, dict):
        yield from (f"{place}.{name} is missing" for name in schema.get("required", ()) if name not in value)
        for name, each in schema.get("properties", {}).items():
            if name in value:
                yield from wrong_of(value[name], each, f"{place}.{name}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from wrong_of(each, schema.get("items") or {}, f"{place}[{number}]")


def _fits(value: Any, schema: Mapping[str, Any], place: str) -> bool:
    if "anyOf" in schema:
        return any(not list(wrong_of(value, one, place)) for one in schema["anyOf"])
    if "enum" in schema:
        return value in schema["enum"]
    return "type" not in schema or isinstance(value, _KINDS[schema["type"]])


_KINDS: dict[str, Any] = {
    "object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool,
    "null": type(None),
}  # fmt: skip


def check(answer: Answer, one: Mapping[str, Any]) -> None:
    assert answer.status < 500, answer.text
    if answer.status >= 400:
        told = json.loads(answer.body)
        assert told["code"]
        assert told["hint"], told
        return
    described = one["responses"][str(answer.status)]
    content = described.get("content")
    if content is None:
        assert answer.body == b""
    elif schema := content.get("application/json", {}).get("schema"):
        assert list(wrong_of(json.loads(answer.body), schema)) == []


def test_a_wrong_answer_would_be_noticed() -> None:
    schema = {"$ref": "#/components/schemas/Standing"}

    assert "$.name is missing" in list(wrong_of({"profile_id": "p"}, schema))
    assert list(wrong_of([], schema)) == ["$: [] is no object"]
    assert list(wrong_of({"kind": 1}, {"type": "object", "properties": {"kind": {"type": "string"}}})) == [
        "$.kind: 1 is no string"
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "method", "one"),
    [pytest.param(*each, id=each[2]["operationId"]) for each in OPERATIONS if each[2]["operationId"] not in TOO_MUCH],
)
@settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(data=st.data())
def test_what_fits_the_description_is_answered_as_described(
    path: str, method: str, one: Mapping[str, Any], shop: Api, data: st.DataObject
) -> None:
    body = None
    for said in one.get("requestBody", {}).get("content", {}).values():
        body = data.draw(drawn(said["schema"]))
        if data.draw(st.integers(0, 3)) == 0 and isinstance(said.get("example"), dict):
            body = said["example"]
    headers = {"if-match": "*"} if any(each["name"] == "If-Match" for each in one["parameters"]) else {}

    check(shop.ask(method, asked(one, path, data), body, headers=headers), one)
