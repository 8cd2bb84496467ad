"""Strict JSON schemas from pydantic models, and the lint that keeps a provider from answering 400. Pure.

A strict schema has closed objects whose properties are all required, and no defaults. pydantic writes exactly that for models
with `extra="forbid"` and no default values, so nothing is converted here: what a model class says is what is sent.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator
from functools import cache
from typing import Any, Final

from pydantic import BaseModel

MAX_DEPTH: Final = 10
MAX_PROPERTIES: Final = 5000
_UNKNOWN: Final = frozenset(
    {
        "default",
        "minLength",
        "maxLength",
        "pattern",
        "format",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minItems",
        "maxItems",
        "uniqueItems",
        "minProperties",
        "maxProperties",
        "patternProperties",
        "propertyNames",
        "allOf",
        "not",
        "if",
        "then",
        "else",
        "oneOf",
    }
)
"""Keywords that strict mode of one provider or another refuses; limits are checked in code instead."""


def strict_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The schema that is sent for a model. Raises ValueError with everything that is wrong with it: a programmer's mistake."""
    return _strict(model)


def schema_text(model: type[BaseModel]) -> str:
    """The schema as canonical JSON, which is part of every question's key and size."""
    return _written(model)


@cache
def _written(model: Hashable) -> str:
    return json.dumps(_strict(model), sort_keys=True, ensure_ascii=True)


@cache
def _strict(model: Hashable) -> dict[str, Any]:
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise TypeError(f"{model!r} is no model class")
    schema = model.model_json_schema()
    wrong = faults(schema)
    if wrong:
        raise ValueError(f"{model.__name__} makes no strict schema: {'; '.join(wrong)}")
    bare = _untitled(schema)
    if not isinstance(bare, dict):
        raise TypeError("a schema is an object")
    return bare


def faults(schema: dict[str, Any]) -> list[str]:
    """What a strict provider would refuse, in words; empty for a good schema."""
    found: list[str] = []
    if schema.get("type") != "object" or "$ref" in schema:
        found.append("the root must be an object")
    properties = 0
    for path, node, depth in _nodes(schema, "", 0):
        found += [f"{path or 'root'} has {word!r}" for word in sorted(_UNKNOWN & set(node))]
        if node.get("type") == "object":
            names = set(node.get("properties", {}))
            properties += len(names)
            if node.get("additionalProperties") is not False:
                found.append(f"{path or 'root'} is open: give its model extra='forbid'")
            if names != set(node.get("required", [])):
                found.append(f"{path or 'root'} has optional properties: use X | None without a default")
            if not names:
                found.append(f"{path or 'root'} has no properties")
        if depth > MAX_DEPTH:
            found.append(f"{path} is nested deeper than {MAX_DEPTH}")
    if properties > MAX_PROPERTIES:
        found.append(f"{properties} properties are more than {MAX_PROPERTIES}")
    return found


def _nodes(schema: dict[str, Any], path: str, depth: int) -> Iterator[tuple[str, dict[str, Any], int]]:
    """Every subschema with its path; names of properties are not taken for keywords."""
    yield path, schema, depth
    for group in ("properties", "$defs"):
        for name, child in schema.get(group, {}).items():
            yield from _nodes(child, f"{path}.{name}", depth + (group == "properties"))
    if isinstance(schema.get("items"), dict):
        yield from _nodes(schema["items"], f"{path}[]", depth + 1)
    for child in schema.get("anyOf", []):
        yield from _nodes(child, path, depth)


def _untitled(node: Any, *, names: bool = False) -> Any:
    """Without pydantic's titles, which repeat the names and are paid for in every call; `names`: keys are properties."""
    if isinstance(node, list):
        return [_untitled(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: _untitled(value, names=key in ("properties", "$defs") and not names)
        for key, value in node.items()
        if names or key != "title"
    }
