"""The OpenAPI document as the API really is: who may call what, and that every refusal is a problem [HT1, HT4]."""

import re
from collections.abc import Mapping
from typing import Any, TypeAlias

from hongyan.foundation.http.access import Access

# JSON Schema is a tree of anything.
Json: TypeAlias = dict[str, Any]

_TYPED_PARAMETER = re.compile(r"\{(\w+):\w+\}")
_PROBLEM = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "pattern": "^[a-z_]+$"},
        "detail": {"type": "string"},
        "retry_after_s": {"type": "integer", "minimum": 0},
    },
    "required": ["type", "title", "status", "code", "detail"],
    "additionalProperties": False,
}
_REFUSAL = {
    "description": "A refusal, in the language of Accept-Language (RFC 9457)",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def describe(document: Json, access: Mapping[str, Access]) -> Json:
    """`document` with the device token where a route needs one, and one answer for every refusal.

    `access`: each route's access by "METHOD path", as `require_access` gives it.
    """
    needed = {_TYPED_PARAMETER.sub(r"{\1}", route): one for route, one in access.items()}
    components = document.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = _PROBLEM
    components["securitySchemes"] = {"device": {"type": "http", "scheme": "bearer"}}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            responses = operation["responses"]
            responses.pop("400", None)
            for response in responses.values():
                response.pop("headers", None)
                if _says_nothing(response):
                    del response["content"]
            responses["default"] = _REFUSAL
            if needed[f"{method.upper()} {path}"] is not Access.ANYONE:
                operation["security"] = [{"device": []}]
    _loosen_unions(document)
    return document


def _says_nothing(response: Json) -> bool:
    """Litestar describes an answer without a body as JSON's null."""
    return response.get("content") == {"application/json": {"schema": {"type": "null"}}}


def _loosen_unions(node: object) -> None:
    """A union's members may overlap (an integer is a number): anyOf, where Litestar writes oneOf."""
    if isinstance(node, dict):
        if "oneOf" in node:
            node["anyOf"] = node.pop("oneOf")
        for inner in node.values():
            _loosen_unions(inner)
    elif isinstance(node, list):
        for inner in node:
            _loosen_unions(inner)
