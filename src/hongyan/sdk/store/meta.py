"""Single values of a state: who this device is, the mailbox cursor, the next number."""

from hongyan.sdk.store.store import Reader, Tx, Value


def _value(reader: Reader, key: str) -> Value:
    row = reader.one("SELECT number, words, bytes FROM meta WHERE key = ?", (key,))
    if row is None:
        return None
    for found in (row.integer_or_none("number"), row.text_or_none("words"), row.blob_or_none("bytes")):
        if found is not None:
            return found
    return None


def number(reader: Reader, key: str) -> int:
    """0 when it was never put."""
    value = _value(reader, key)
    return value if isinstance(value, int) else 0


def words(reader: Reader, key: str) -> str | None:
    value = _value(reader, key)
    return value if isinstance(value, str) else None


def blob(reader: Reader, key: str) -> bytes | None:
    value = _value(reader, key)
    return value if isinstance(value, bytes) else None


def put(tx: Tx, key: str, value: int | str | bytes) -> None:
    tx.run(
        "INSERT OR REPLACE INTO meta (key, number, words, bytes) VALUES (?, ?, ?, ?)",
        (
            key,
            value if isinstance(value, int) else None,
            value if isinstance(value, str) else None,
            value if isinstance(value, bytes) else None,
        ),
    )


def take_number(tx: Tx) -> int:
    """The next number of a send or commit [DS4]."""
    no = max(1, number(tx, "next_no"))
    put(tx, "next_no", no + 1)
    return no
