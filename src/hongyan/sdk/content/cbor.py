"""CBOR as both sides write it: the core deterministic encoding, keys sorted; reading that trusts nothing."""

from __future__ import annotations

from collections.abc import Mapping

import cbor2

NUMBER_MAX = 2**53 - 1


def encode(value: object) -> bytes:
    """Of None, truth values, numbers, text, bytes, and sequences and maps of them."""
    return cbor2.dumps(_whole(value), canonical=True)


def _whole(value: object) -> object:
    """A number without a fraction is an integer, as in the app."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: _whole(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_whole(one) for one in value]
    return value


def decode(content: bytes) -> object:
    """Raises ValueError for what is not exactly one item."""
    try:
        value: object = cbor2.loads(content)
    except (cbor2.CBORDecodeError, UnicodeDecodeError, RecursionError, OverflowError, TypeError) as error:
        raise ValueError("not CBOR") from error
    return value


def is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= NUMBER_MAX


class Fields:
    """A map with text keys; what is not there, or is of another kind, is None."""

    __slots__ = ("_map",)

    def __init__(self, values: Mapping[object, object]) -> None:
        self._map = values

    @classmethod
    def of(cls, value: object) -> Fields:
        """Raises ValueError when it is no map."""
        if not isinstance(value, Mapping):
            raise ValueError("not a map")
        return cls(value)

    def get(self, name: str) -> object:
        return self._map.get(name)

    def text(self, name: str) -> str | None:
        value = self._map.get(name)
        return value if isinstance(value, str) else None

    def octets(self, name: str, length: int | None = None) -> bytes | None:
        value = self._map.get(name)
        return value if isinstance(value, bytes) and length in (None, len(value)) else None

    def integer(self, name: str) -> int | None:
        value = self._map.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= NUMBER_MAX else None

    def count(self, name: str) -> int | None:
        value = self.integer(name)
        return value if value is not None and value >= 0 else None

    def items(self, name: str) -> list[object] | None:
        value = self._map.get(name)
        return list(value) if isinstance(value, list | tuple) else None


def parts(value: object, count: int) -> list[object] | None:
    """The first `count` items of an array that has as many; None for anything else."""
    if not isinstance(value, list | tuple) or len(value) < count:
        return None
    return list(value[:count])
