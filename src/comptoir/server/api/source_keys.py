"""The keys of a source over the API: what each opens and until when, and one ended at once."""

from __future__ import annotations

from comptoir.access import keys
from comptoir.access.audit import Deed
from comptoir.access.keys import Key, NoSuchKey, NoSuchSource
from comptoir.access.roles import Right
from comptoir.server.api.endpoints import Call, Endpoint


def listed(call: Call) -> list[Key]:
    """List the keys of a source. Order: the newest first."""
    return keys.list_keys(call.desk.state, _own(call))


def end(call: Call) -> None:
    """End a key at once."""
    keys.end_key(call.desk.state, _own(call), call.path["key_id"], now=call.desk.clock.now())
    call.desk.app().publish()


def _own(call: Call) -> str:
    name = call.path["name"]
    found = next((one for one in keys.list_sources(call.desk.state) if one.name == name), None)
    if found is None or not call.may_see(found.brand):
        raise NoSuchSource(name=name)
    return name


ENDPOINTS = (
    Endpoint(
        method="GET", path="/sources/{name}/keys", tag="Sources", right=Right.RUN, answer=list[Key], act=listed,
        called="source_keys", summary="The keys of a source: what each opens, and until when.", errors=(NoSuchSource,),
    ),
    Endpoint(
        method="DELETE", path="/sources/{name}/keys/{key_id}", deed=Deed.SOURCE_KEY,
        tag="Sources", right=Right.RUN, answer=None, act=end,
        called="source_keys_end", status=204, summary="End a key of a source at once.",
        errors=(NoSuchSource, NoSuchKey),
    ),
)  # fmt: skip
"""What the API says of keys."""
