import { describe, expect, it } from "vitest";
import golden from "../../../../protocol/golden/frames.json";
import {
  type ClientFrame,
  decodeClientFrame,
  decodeServerFrame,
  encodeClientFrame,
  encodeServerFrame,
  MalformedFrame,
  type ServerFrame,
} from "./frames.ts";

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function unhex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Golden objects hold bytes as "hex:…". */
function printable(value: unknown): unknown {
  if (value instanceof Uint8Array) return `hex:${hex(value)}`;
  if (Array.isArray(value)) return value.map(printable);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, printable(field)]));
  return value;
}

const decoders: Record<string, (message: Uint8Array) => ClientFrame | ServerFrame> = {
  client: decodeClientFrame,
  server: decodeServerFrame,
};

function decodeOf(side: string): (message: Uint8Array) => ClientFrame | ServerFrame {
  const decode = decoders[side];
  if (decode === undefined) throw new Error(side);
  return decode;
}

function encodeAgain(side: string, message: Uint8Array): Uint8Array {
  return side === "client" ? encodeClientFrame(decodeClientFrame(message)) : encodeServerFrame(decodeServerFrame(message));
}

describe("frames", () => {
  it.each(golden.frames)("golden bytes both ways: $side, $name", (sample) => {
    const message = unhex(sample.hex);
    expect(printable(decodeOf(sample.side)(message))).toEqual(sample.object);
    expect(hex(encodeAgain(sample.side, message))).toBe(sample.hex);
  });

  it.each(golden.malformed)("[RT1] refuses $side, $name", (sample) => {
    expect(() => decodeOf(sample.side)(unhex(sample.hex))).toThrow(MalformedFrame);
  });
});
