"""Generate what both sides share from `frames.py`; `--check` fails when the committed files have drifted.

    python -m hongyan.delivery.generate [--check]

Writes protocol/frames.schema.json, web/src/core/protocol/frames.ts and src/hongyan/sdk/net/frames.py in the checkout
it runs from.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct, inspect

from hongyan.delivery import frames

ROOT: Final = Path(__file__).parents[3]
SCHEMA_FILE: Final = "protocol/frames.schema.json"
TYPESCRIPT_FILE: Final = "web/src/core/protocol/frames.ts"
PYTHON_FILE: Final = "src/hongyan/sdk/net/frames.py"

CONSTANTS: Final = ("PROTOCOL_VERSION", "FRAME_BYTES_MAX", "GROUP_ID_BYTES_MAX", "MAIL_ENVELOPES_MAX")
ENUMS: Final[tuple[type[IntEnum] | type[StrEnum], ...]] = (
    frames.VerdictCode,
    frames.EnvelopeKind,
    frames.Urgency,
    frames.NoticeTopic,
    frames.RefusedCode,
)

HEADER: Final = """\
// Generated from src/hongyan/delivery/frames.py by `python -m hongyan.delivery.generate`: do not edit.
// Decoding is strict: a wrong type, a missing or surplus field, a number out of range: MalformedFrame.
// Byte strings of a decoded frame are views of the bytes it was decoded from.
import { decode, encode } from "@msgpack/msgpack";
"""

CHECKS: Final = """\
/** What came over the wire is not a frame of this protocol. */
export class MalformedFrame extends Error {}

function malformed(what: string): never {
  throw new MalformedFrame(what);
}

function arrayOf(bytes: Uint8Array): [unknown, unknown[]] {
  let value: unknown;
  try {
    value = decode(bytes);
  } catch (error) {
    throw new MalformedFrame("not MessagePack", { cause: error });
  }
  if (!Array.isArray(value) || value.length === 0) malformed("not a frame");
  return [value[0], value];
}

function fields(value: unknown, count: number): unknown[] {
  if (!Array.isArray(value) || value.length !== count) malformed("wrong number of fields");
  return value;
}

function integer(value: unknown, least: number): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) malformed("not an integer");
  if (value < least) malformed("an integer too small");
  return value;
}

function text(value: unknown, least: number, most: number): string {
  if (typeof value !== "string") malformed("not a text");
  const length = [...value].length;
  if (length < least || length > most) malformed("a text too short or too long");
  return value;
}

function bytes(value: unknown, least: number, most: number): Uint8Array {
  if (!(value instanceof Uint8Array)) malformed("not bytes");
  if (value.length < least || value.length > most) malformed("bytes too short or too long");
  return value;
}

function list<T>(value: unknown, most: number, item: (value: unknown) => T): T[] {
  if (!Array.isArray(value) || value.length > most) malformed("not a list, or too long");
  return value.map(item);
}

function oneOf<T extends string | number>(value: unknown, known: readonly T[]): T {
  return known.find((one) => one === value) ?? malformed("not one of the known values");
}
"""


def camel(name: str) -> str:
    head, *rest = name.lower().split("_")
    return head + "".join(word.capitalize() for word in rest)


def typescript_type(kind: inspect.Type) -> str:
    match kind:
        case inspect.IntType():
            return "number"
        case inspect.StrType():
            return "string"
        case inspect.BytesType():
            return "Uint8Array"
        case inspect.EnumType():
            return kind.cls.__name__
        case inspect.ListType():
            return f"{typescript_type(kind.item_type)}[]"
        case inspect.StructType():
            return kind.cls.__name__
        case inspect.UnionType():
            return " | ".join(typescript_type(one) for one in kind.types)
        case inspect.NoneType():
            return "null"
        case _:
            raise TypeError(f"frames have no {kind}")


def check_of(kind: inspect.Type, value: str) -> str:
    """A TypeScript expression that answers the checked `value` or throws."""
    match kind:
        case inspect.IntType():
            return f"integer({value}, {kind.ge or 0})"
        case inspect.StrType():
            return f"text({value}, {kind.min_length or 0}, {kind.max_length})"
        case inspect.BytesType():
            most = "FRAME_BYTES_MAX" if kind.max_length is None else kind.max_length
            return f"bytes({value}, {kind.min_length or 0}, {most})"
        case inspect.EnumType():
            return f"oneOf({value}, Object.values({kind.cls.__name__}))"
        case inspect.ListType():
            return f"list({value}, {kind.max_length}, (item) => {check_of(kind.item_type, 'item')})"
        case inspect.StructType():
            return f"read{kind.cls.__name__}({value})"
        case inspect.UnionType():
            (some,) = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
            return f"{value} === null ? null : {check_of(some, value)}"
        case _:
            raise TypeError(f"frames have no {kind}")


def wire_of(kind: inspect.Type, value: str) -> str:
    """A TypeScript expression for what MessagePack is given for `value`."""
    if isinstance(kind, inspect.ListType) and isinstance(kind.item_type, inspect.StructType):
        return f"{value}.map(write{kind.item_type.cls.__name__})"
    return value


def struct_of(kind: inspect.Type) -> inspect.StructType:
    assert isinstance(kind, inspect.StructType)
    return kind


def members_of(union: object) -> list[inspect.StructType]:
    kind = inspect.type_info(union)
    assert isinstance(kind, inspect.UnionType)
    return [struct_of(one) for one in kind.types]


def doc_of(cls: type) -> str:
    written = (cls.__doc__ or "").strip()
    return "" if not written else f"/** {' '.join(written.split())} */\n"


def interface(struct: inspect.StructType) -> str:
    name = struct.cls.__name__
    tag = [] if struct.tag is None else [f'  frame: "{camel_of_class(name)}";']
    lines = tag + [f"  {camel(field.name)}: {typescript_type(field.type)};" for field in struct.fields]
    return f"{doc_of(struct.cls)}export interface {name} {{\n" + "\n".join(lines) + "\n}\n"


def camel_of_class(name: str) -> str:
    return name[0].lower() + name[1:]


def reader(struct: inspect.StructType) -> str:
    """The function that turns the wire's array into the interface."""
    name, first = struct.cls.__name__, 0 if struct.tag is None else 1
    argument = "f" if struct.fields else ""
    lines = [] if struct.tag is None else [f'    frame: "{camel_of_class(name)}",']
    lines += [
        f"    {camel(field.name)}: {check_of(field.type, f'f[{place}]')},"
        for place, field in enumerate(struct.fields, first)
    ]
    count = len(struct.fields) + first
    opening = f"  const {argument} = fields(value, {count});" if argument else f"  fields(value, {count});"
    body = "\n".join(lines)
    return f"function read{name}(value: unknown): {name} {{\n{opening}\n  return {{\n{body}\n  }};\n}}\n"


def array_of(struct: inspect.StructType, value: str) -> str:
    tag = [] if struct.tag is None else [str(struct.tag)]
    return "[" + ", ".join(tag + [wire_of(field.type, f"{value}.{camel(field.name)}") for field in struct.fields]) + "]"


def codec(side: str, union: object) -> str:
    """`encode<side>` and `decode<side>` of a tagged union."""
    members = members_of(union)
    writes = "\n".join(
        f'    case "{camel_of_class(one.cls.__name__)}":\n      return encode({array_of(one, "frame")});'
        for one in members
    )
    reads = "\n".join(f"    case {one.tag}:\n      return read{one.cls.__name__}(value);" for one in members)
    return (
        f"export function encode{side}(frame: {side}): Uint8Array {{\n"
        f"  switch (frame.frame) {{\n{writes}\n  }}\n}}\n\n"
        f"/** Throws MalformedFrame. */\n"
        f"export function decode{side}(message: Uint8Array): {side} {{\n"
        f"  const [tag, value] = arrayOf(message);\n"
        f'  switch (tag) {{\n{reads}\n    default:\n      return malformed("unknown tag");\n  }}\n}}\n'
    )


def enumeration(cls: type[IntEnum] | type[StrEnum]) -> str:
    pairs = "\n".join(f"  {camel(one.name)}: {json.dumps(one.value)}," for one in cls)
    name = cls.__name__
    return (
        f"{doc_of(cls) if cls.__doc__ and not cls.__doc__.startswith('An enum') else ''}"
        f"export const {name} = {{\n{pairs}\n}} as const;\n"
        f"export type {name} = (typeof {name})[keyof typeof {name}];\n"
    )


def typescript_parts() -> Iterator[str]:
    client, server = members_of(frames.AnyClientFrame), members_of(frames.AnyServerFrame)
    envelope = struct_of(inspect.type_info(frames.Envelope))
    yield HEADER
    yield "".join(f"export const {name} = {getattr(frames, name)};\n" for name in CONSTANTS)
    yield from map(enumeration, ENUMS)
    yield from map(interface, [*client, envelope, *server])
    yield f"export type ClientFrame = {' | '.join(one.cls.__name__ for one in client)};\n"
    yield f"export type ServerFrame = {' | '.join(one.cls.__name__ for one in server)};\n"
    yield CHECKS
    written = array_of(envelope, "envelope")
    yield f"function writeEnvelope(envelope: Envelope): unknown[] {{\n  return {written};\n}}\n"
    yield from map(reader, [*client, envelope, *server])
    yield codec("ClientFrame", frames.AnyClientFrame)
    yield codec("ServerFrame", frames.AnyServerFrame)


def typescript() -> str:
    return "\n".join(typescript_parts())


def json_schema() -> str:
    """JSON Schema 2020-12 of the frames as arrays; `contentEncoding: base64` stands for raw bytes."""
    unions: list[type[Struct]] = [frames.AnyClientFrame, frames.AnyServerFrame]  # type: ignore[list-item]  # unions
    (client, server), components = msgspec.json.schema_components(unions)
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Hongyan realtime frames",
        "client": client,
        "server": server,
        "$defs": components,
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def python_copy() -> str:
    """The frames for the SDK, which imports nothing of the server."""
    source = Path(frames.__file__).read_text("utf-8")
    _, separator, rest = source.partition('"""\n\nfrom __future__')
    assert separator, "frames.py begins otherwise"
    head = '"""Generated from src/hongyan/delivery/frames.py by `python -m hongyan.delivery.generate`: do not edit.'
    return f"{head}{separator}{rest}"


def main(arguments: list[str]) -> int:
    """Write the files, or with `--check` answer 1 and name those that differ."""
    drifted = []
    for name, content in ((SCHEMA_FILE, json_schema()), (TYPESCRIPT_FILE, typescript()), (PYTHON_FILE, python_copy())):
        path = ROOT / name
        if path.exists() and path.read_text("utf-8") == content:
            continue
        drifted.append(name)
        if "--check" not in arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, "utf-8")
    verb = "differs from frames.py" if "--check" in arguments else "written"
    sys.stdout.writelines(f"{name}: {verb}\n" for name in drifted)
    return 1 if drifted and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
