"""Write protocol/golden/blob.json: run by hand when the blob format changes, which it must not.

    python tests/media/golden.py

The file's samples are read by tests/media/test_blob.py and by the app's own tests.
"""

import hashlib
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from hongyan.sdk.media.blob import CHUNK_BYTES, CONTENT_BYTES_MAX, TAG_BYTES, blob_bytes, padded_bytes, seal

GOLDEN_FILE = Path(__file__).parents[2] / "protocol/golden/blob.json"
KEY = bytes(range(32))
PREFIX = bytes(range(0x40, 0x47))
EDGE_BYTES = 32

SAMPLES: list[tuple[str, int]] = [
    ("nothing", 0),
    ("one byte", 1),
    ("the least that is not padded", 4_096),
    ("one more", 4_097),
    ("a voice message", 30_000),
    ("exactly one chunk", 65_536),
    ("two chunks", 65_537),
    ("a photo", 200_000),
    ("exactly sixteen chunks", 1_048_576),
]

SIZES = [0, 1, 4_095, 4_096, 4_097, 5_000, 65_535, 65_536, 65_537, 1_000_000, 5_242_880, 123_456_789, CONTENT_BYTES_MAX]


def content(size: int) -> bytes:
    """Byte i is (31 × i + ⌊i / 256⌋ + 7) mod 256."""
    return bytes((31 * i + (i >> 8) + 7) & 255 for i in range(size))


def golden() -> dict[str, object]:
    samples = []
    for name, size in SAMPLES:
        blob, opening = seal(content(size), KEY, PREFIX)
        samples.append(
            {
                "name": name,
                "size": size,
                "blob_bytes": len(blob),
                "chunks": -(-len(blob) // (CHUNK_BYTES + TAG_BYTES)),
                "head": blob[:EDGE_BYTES].hex(),
                "tail": blob[-EDGE_BYTES:].hex(),
                "blob_sha256": hashlib.sha256(blob).hexdigest(),
                "content_hash": opening.content_hash.hex(),
            }
        )
    return {
        "about": "content byte i is (31 * i + floor(i / 256) + 7) mod 256; SPEC.md ME1 to ME6",
        "key": KEY.hex(),
        "prefix": PREFIX.hex(),
        "samples": samples,
        "sizes": [{"size": size, "padded_bytes": padded_bytes(size), "blob_bytes": blob_bytes(size)} for size in SIZES],
    }


if __name__ == "__main__":
    GOLDEN_FILE.write_text(json.dumps(golden(), indent=1) + "\n", encoding="utf-8")
