"""The shapes of the API as TypeScript, from our own description: `make docs` writes them, a test tells when stale."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

HEAD = "/** The shapes of PingPilot's API. Generated from its OpenAPI description by `make docs`; do not edit. */\n"
INDENT = "    "
"""As the compiler writes it: declarations look like their source."""
PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
_NAME = re.compile(r"[A-Za-z_$][\w$]*")

Schema = Mapping[str, Any]


def api_types(schemas: Mapping[str, Schema]) -> str:
    """Return the text of the module."""
    return "\n".join([HEAD, *(line for name in sorted(schemas) for line in declared(name, schemas[name]))])


def declared(name: str, schema: Schema) -> Iterator[str]:
    """Yield the lines that declare one shape."""
    yield from comment(schema.get("description"), "")
    title = re.sub(r"\W", "_", name)
    if schema.get("type") == "object" and schema.get("properties"):
        yield f"export interface {title} {body(schema, '')}"
    else:
        yield f"export type {title} = {type_of(schema, '')};"
    yield ""


def type_of(schema: Schema, indent: str) -> str:
    """Return the type of one schema."""
    if "$ref" in schema:
        return re.sub(r"\W", "_", schema["$ref"].rpartition("/")[2])
    if "const" in schema or "enum" in schema:
        return either(json.dumps(value, ensure_ascii=False) for value in schema.get("enum", [schema.get("const")]))
    if "allOf" in schema:
        return " & ".join(type_of(one, indent) for one in schema["allOf"])
    several = schema.get("anyOf") or schema.get("oneOf") or _kinds(schema)
    return either(type_of(one, indent) for one in several) if several else simple(schema, indent)


def simple(schema: Schema, indent: str) -> str:
    """Return the type of a schema that is of one kind."""
    kind = schema.get("type")
    if kind == "array":
        return f"Array<{type_of(schema.get('items', {}), indent)}>"
    if kind == "object":
        return body(schema, indent) if schema.get("properties") else f"Record<string, {rest_of(schema, indent)}>"
    return PLAIN.get(str(kind), "unknown")


def _kinds(schema: Schema) -> list[Schema]:
    kinds = schema.get("type")
    return [{**schema, "type": one} for one in kinds] if isinstance(kinds, list) else []


def body(schema: Schema, indent: str) -> str:
    """Return the members of an object between braces."""
    inner = indent + INDENT
    lines = ["{"]
    for name, one in schema["properties"].items():
        lines += comment(one.get("description"), inner)
        sign = "" if name in schema.get("required", ()) else "?"
        shown = name if _NAME.fullmatch(name) else json.dumps(name)
        lines.append(f"{inner}{shown}{sign}: {type_of(one, inner)};")
    if schema.get("additionalProperties") is True:
        lines.append(f"{inner}[member: string]: unknown;")
    return "\n".join([*lines, f"{indent}}}"])


def rest_of(schema: Schema, indent: str) -> str:
    more = schema.get("additionalProperties")
    return type_of(more, indent) if isinstance(more, dict) else "unknown"


def either(types: Iterable[str]) -> str:
    return " | ".join(dict.fromkeys(types))


def comment(text: str | None, indent: str) -> Iterator[str]:
    if text:
        yield f"{indent}/** {' '.join(text.replace('*/', '* /').split())} */"
