"""Who is who: persons with pinned keys, and their devices, checked by certificate [ID5]."""

from dataclasses import dataclass
from typing import Final

from hongyan.sdk.identity.keys import certificate_holds
from hongyan.sdk.net import wire
from hongyan.sdk.session import Session
from hongyan.sdk.store.store import Reader, Row, Tx

KEYS_PER_REQUEST: Final = 1_000


@dataclass(frozen=True, slots=True)
class Person:
    """`verified`: her key came with a link or code that named it. `key_changed`: it is another one since."""

    account: int
    name: str
    account_key: bytes
    box_key: bytes | None
    is_friend: bool
    verified: bool
    key_changed: bool

    @classmethod
    def of(cls, row: Row) -> "Person":
        flags = (bool(row.integer(name)) for name in ("friend", "verified", "key_changed"))
        key, box_key = row.blob("account_key"), row.blob_or_none("box_key")
        return cls(row.integer("account"), row.text("name"), key, box_key, *flags)


def find_person(reader: Reader, account: int) -> Person | None:
    row = reader.one("SELECT * FROM person WHERE account = ?", (account,))
    return None if row is None else Person.of(row)


def pin(tx: Tx, account: int, name: str, account_key: bytes) -> None:
    """The first key seen is pinned; a later one is taken in and told of, and verification ends."""
    known = find_person(tx, account)
    if known is None:
        tx.run("INSERT INTO person (account, name, account_key) VALUES (?, ?, ?)", (account, name, account_key))
    elif known.account_key != account_key:
        tx.run(
            "UPDATE person SET name = ?, account_key = ?, verified = 0, key_changed = 1 WHERE account = ?",
            (name, account_key, account),
        )
    elif known.name != name:
        tx.run("UPDATE person SET name = ? WHERE account = ?", (name, account))


@dataclass(frozen=True, slots=True)
class KnownDevice:
    signature_key: bytes
    device_id: int
    account: int
    removed: bool


class Directory:
    def __init__(self, session: Session) -> None:
        self._session = session

    def known(self, signature_key: bytes) -> KnownDevice | None:
        """What is known without asking the server."""
        row = self._session.store.one("SELECT * FROM device WHERE signature_key = ?", (signature_key,))
        if row is None:
            return None
        removed = bool(row.integer("removed"))
        return KnownDevice(signature_key, row.integer("device"), row.integer("account"), removed)

    def by_device_id(self, device_id: int) -> KnownDevice | None:
        row = self._session.store.one("SELECT signature_key FROM device WHERE device = ?", (device_id,))
        return None if row is None else self.known(row.blob("signature_key"))

    def account_of(self, signature_key: bytes) -> int | None:
        if signature_key == self._session.device.signature_key:
            return self._session.account_id
        known = self.known(signature_key)
        return None if known is None else known.account

    def account_key(self, account: int) -> bytes | None:
        """The pinned key, or None for an account never heard of."""
        if account == self._session.account_id:
            return self._session.account.account_key
        person = find_person(self._session.store, account)
        return None if person is None else person.account_key

    async def learn(self, signature_keys: list[bytes]) -> None:
        """Makes sure that every device the server can tell of is known. Raises Trouble server_unreachable."""
        own = self._session.device.signature_key
        await self.refresh([key for key in signature_keys if key and key != own and self.known(key) is None])

    async def refresh(self, signature_keys: list[bytes]) -> list[bytes]:
        """Asks again about these; returns those that the server says were removed."""
        removed = []
        for start in range(0, len(signature_keys), KEYS_PER_REQUEST):
            body = {"signature_keys": signature_keys[start : start + KEYS_PER_REQUEST]}
            answer = await self._session.http.ask("POST", "/directory", wire.Directory, body)
            valid = [entry for entry in answer.devices if self._is_certified(entry)]
            self._session.store.write(lambda tx, valid=valid: self._take_in(tx, valid))  # type: ignore[misc]
            removed += [entry.signature_key for entry in valid if entry.removed]
        return removed

    def _is_certified(self, entry: wire.Certified) -> bool:
        if entry.account_id == self._session.account_id and entry.account_key != self._session.account.account_key:
            return False
        return certificate_holds(entry.account_key, entry.signature_key, entry.created_at_ms, entry.certificate)

    def _take_in(self, tx: Tx, entries: list[wire.Certified]) -> None:
        for entry in entries:
            if entry.account_id != self._session.account_id:
                pin(tx, entry.account_id, entry.name, entry.account_key)
            known = self.known(entry.signature_key)
            row = (entry.signature_key, entry.device_id, entry.account_id, int(entry.removed))
            if known is None or (known.account, known.removed) != (entry.account_id, entry.removed):
                tx.run("INSERT OR REPLACE INTO device VALUES (?, ?, ?, ?)", row)
