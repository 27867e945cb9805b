"""The settings as support may see them: everything that could be a secret or a contact is blacked out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from agent.core.errors import CataBridgeError
from agent.paths import Home
from agent.redaction import redact

BLACK = "[hidden]"
UNKNOWN = "[not a setting]"
CONTACTS = frozenset({"phone", "street", "city", "postal_code", "email", "contact"})
"""Settings about people and places that support does not need."""
SECRETIVE = re.compile(
    r"pass|secret|token|credential|auth|bearer|(^|[_-])(pin|pwd|key)($|[_-])|apikey|header|cookie", re.IGNORECASE
)
USER_IN_URL = re.compile(r"(?<=://)[^\s/@]+@")
QUERY = re.compile(r"(?<=\?)[^\s\"']+")


def redacted_config(home: Home) -> object:
    """The file's own tree without secrets and contacts, or one sentence when it cannot be read."""
    from agent.settings import Settings, read_file

    try:
        return without_secrets(only_settings(read_file(home), Settings))
    except CataBridgeError as error:
        return error.message


def only_settings(tree: Mapping[str, Any], section: type[BaseModel]) -> dict[str, Any]:
    """The tree without what is no setting of ours: nobody can know what somebody wrote there, and under which name."""
    fields = {info.alias or name: info.annotation for name, info in section.model_fields.items()}
    known: dict[str, Any] = {UNKNOWN: BLACK} if tree.keys() - fields.keys() else {}
    for name in tree.keys() & fields.keys():
        kind, value = fields[name], tree[name]
        if isinstance(kind, type) and issubclass(kind, BaseModel) and isinstance(value, Mapping):
            known[name] = only_settings(value, kind)
        else:
            known[name] = value
    return known


def without_secrets(value: object, key: str = "") -> object:
    """The same tree with what stands under a telling name blacked out."""
    if key in CONTACTS or SECRETIVE.search(key):
        return BLACK if value else value
    if isinstance(value, Mapping):
        return {name: without_secrets(inner, str(name)) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [without_secrets(inner, key) for inner in value]
    return value


def without_personal_data(value: object) -> Any:
    """JSON values whose texts have no secret, phone or e-mail in them; numbers and words stay."""
    if isinstance(value, Mapping):
        return {str(name): without_personal_data(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [without_personal_data(inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return redact(QUERY.sub(BLACK, USER_IN_URL.sub("", str(value))))
