"""Write protocol/golden/frames.json: run by hand when the protocol gains a frame, reviewed byte by byte.

    python tests/delivery/golden.py

The file's samples are read by tests/delivery/test_frames.py and web/src/core/protocol/frames.test.ts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import msgspec

from hongyan.delivery import frames as f

GOLDEN_FILE = Path(__file__).parents[2] / "protocol/golden/frames.json"
TOP = 2**53 - 1
GROUP = bytes(range(16))

CLIENT: list[tuple[str, f.AnyClientFrame]] = [
    ("hello", f.Hello(1, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", 0)),
    ("hello with the greatest cursor", f.Hello(1, "t", TOP)),
    ("send", f.Send(1, GROUP, b"\x00\x01\x00\x02opaque")),
    ("send that wakes nobody", f.Send(2, GROUP, b"opaque", f.Urgency.QUIET)),
    ("send of 300 bytes under a large number", f.Send(2**32, GROUP, bytes(300))),
    ("send of 70,000 bytes", f.Send(65536, GROUP, b"\xab" * 70_000)),
    ("commit that adds", f.Commit(2, GROUP, b"commit", b"welcome", [5, TOP], [], b"info")),
    ("commit that removes", f.Commit(3, b"g", b"commit", None, [], [127, 128, 255, 256], b"info")),
    ("ack", f.Ack(65535)),
    ("ping", f.Ping()),
]

SERVER: list[tuple[str, f.AnyServerFrame]] = [
    ("ready", f.Ready(TOP, 4503599627370496, 1_795_312_800_000, 17, 3, 42)),
    ("ready of a new device", f.Ready(1, 2, 1_795_312_800_000, 0, 0, 0)),
    *((f"verdict {code.name.lower()}", f.Verdict(7, code, 9, 0)) for code in f.VerdictCode),
    ("verdict busy with a time", f.Verdict(7, f.VerdictCode.BUSY, 0, 250)),
    (
        "mail of every kind",
        f.Mail(
            [
                f.Envelope(1, f.EnvelopeKind.APPLICATION, GROUP, 11, 1, 1_795_312_800_000, b"ciphertext"),
                f.Envelope(2, f.EnvelopeKind.COMMIT, GROUP, 11, 2, 1_795_312_800_001, b"commit"),
                f.Envelope(4, f.EnvelopeKind.WELCOME, GROUP, 11, 2, 1_795_312_800_001, b"welcome"),
                f.Envelope(9, f.EnvelopeKind.UNDELIVERED, GROUP, 12, 0, 1_795_312_800_002, b"\x92\x01\xcd\x01\x00"),
                f.Envelope(TOP, f.EnvelopeKind.ROSTER, GROUP, 0, 0, 1_795_312_800_003, None),
            ]
        ),
    ),
    (
        "mail of sixteen",
        f.Mail([f.Envelope(n, f.EnvelopeKind.APPLICATION, b"g", n, n, n, b"x") for n in range(1, 17)]),
    ),
    ("mail of none", f.Mail([])),
    *((f"notice {topic}", f.Notice(topic)) for topic in f.NoticeTopic),
    *((f"refused {code}", f.Refused(code, 0)) for code in f.RefusedCode),
    ("pong", f.Pong()),
]

MALFORMED: list[tuple[str, str, object]] = [
    ("client", "nothing", b""),
    ("client", "truncated", bytes.fromhex("9404cd")),
    ("client", "not an array", bytes.fromhex("05")),
    ("client", "an empty array", []),
    ("client", "an unknown tag", [9]),
    ("client", "a tag of the wrong type", ["ping"]),
    ("client", "a missing field", [4]),
    ("client", "a surplus field", [5, 1]),
    ("client", "bytes behind the frame", bytes.fromhex("9105c0")),
    ("client", "a fraction", [4, 1.5]),
    ("client", "a negative seq", [4, -1]),
    ("client", "an integer above 2^53-1", [4, 2**53]),
    ("client", "a boolean for an integer", [4, True]),
    ("client", "number zero", [2, 0, GROUP, b"m"]),
    ("client", "an empty group id", [2, 1, b"", b"m"]),
    ("client", "a group id of 33 bytes", [2, 1, bytes(33), b"m"]),
    ("client", "a text for bytes", [2, 1, GROUP, "m"]),
    ("client", "nil for bytes", [2, 1, GROUP, None]),
    ("client", "bytes for a text", [1, 1, b"token", 0]),
    ("client", "an empty token", [1, 1, "", 0]),
    ("client", "a token of 129 characters", [1, 1, "t" * 129, 0]),
    ("client", "an unknown urgency", [2, 1, GROUP, b"m", 9]),
    ("client", "1,501 added devices", [3, 1, GROUP, b"", None, [1] * 1_501, [], b""]),
    ("client", "a device id of zero", [3, 1, GROUP, b"", None, [0], [], b""]),
    ("client", "arrays within arrays without end", b"\x91" * 2_000),
    ("client", "a server frame", [1, 1, 2, 3, 4, 5, 6]),
    ("server", "an unknown verdict", [2, 1, 99, 0, 0]),
    ("server", "an unknown kind of envelope", [3, [[1, 99, GROUP, 1, 1, 1, b""]]]),
    ("server", "an envelope that is a map", [3, [{"seq": 1}]]),
    ("server", "an envelope with a surplus field", [3, [[1, 1, GROUP, 1, 1, 1, b"", 1]]]),
    ("server", "257 envelopes", [3, [[1, 1, b"g", 1, 1, 1, b""]] * 257]),
    ("server", "an unknown topic", [4, "weather"]),
    ("server", "a topic that is not UTF-8", bytes.fromhex("9204a2ff80")),
    ("server", "an unknown reason", [5, "because", 0]),
    ("server", "a verdict on number zero", [2, 0, 0, 0, 0]),
]


def camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def as_json(value: object) -> object:
    """The object that the web's `frames.ts` decodes to, with bytes as "hex:…"."""
    if isinstance(value, msgspec.Struct):
        name = type(value).__name__
        tag = {} if isinstance(value, f.Envelope) else {"frame": name[0].lower() + name[1:]}
        return tag | {camel(k): as_json(v) for k, v in msgspec.structs.asdict(value).items()}
    if isinstance(value, bytes):
        return "hex:" + value.hex()
    if isinstance(value, list):
        return [as_json(one) for one in value]
    return value


def samples(side: str, named: Sequence[tuple[str, f.AnyClientFrame | f.AnyServerFrame]]) -> list[object]:
    return [
        {"side": side, "name": name, "object": as_json(frame), "hex": f.encode_frame(frame).hex()}
        for name, frame in named
    ]


def malformed() -> list[object]:
    return [
        {
            "side": side,
            "name": name,
            "hex": (wire if isinstance(wire, bytes) else msgspec.msgpack.encode(wire)).hex(),
        }
        for side, name, wire in MALFORMED
    ]


if __name__ == "__main__":
    golden = {"frames": samples("client", CLIENT) + samples("server", SERVER), "malformed": malformed()}
    GOLDEN_FILE.parent.mkdir(parents=True, exist_ok=True)
    GOLDEN_FILE.write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n", "utf-8")
