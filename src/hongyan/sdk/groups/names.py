"""What members call themselves in a group [GP11]: signed by each, so that whoever adds somebody can hand them on."""

from typing import Final

from hongyan.sdk.content import cbor
from hongyan.sdk.content.kinds import Nickname, names_body, nickname_body
from hongyan.sdk.identity.keys import holds, sign
from hongyan.sdk.mail.outbox import Outbox
from hongyan.sdk.people import Directory
from hongyan.sdk.session import Session
from hongyan.sdk.store.store import Reader, Tx

NICKNAME_CHARACTERS_MAX: Final = 20
HANDED_MAX: Final = 500
_LABEL: Final = b"hongyan nickname v1\0"


def _signed(group_id: bytes, account: int, nickname: str, at_ms: int) -> bytes:
    return _LABEL + cbor.encode([group_id, account, nickname, at_ms])


def nickname_in(reader: Reader, group_id: bytes, account: int) -> str:
    """ "" when she has none there."""
    row = reader.one("SELECT nickname FROM nickname WHERE group_id = ? AND account = ?", (group_id, account))
    return "" if row is None else row.text("nickname")


class Nicknames:
    def __init__(self, session: Session, directory: Directory, outbox: Outbox) -> None:
        self._session = session
        self._directory = directory
        self._outbox = outbox

    def set(self, group_id: bytes, nickname: str) -> None:
        """ "" takes it away again."""
        short, now = nickname.strip()[:NICKNAME_CHARACTERS_MAX], self._session.clock.now_ms()
        account = self._session.account_id
        named = Nickname(short, now, sign(self._session.account.seed, _signed(group_id, account, short, now)))

        def store(tx: Tx) -> None:
            self.keep(tx, group_id, account, named)
            self._outbox.say(tx, group_id, nickname_body(named))

        self._session.store.write(store)

    def keep(self, tx: Tx, group_id: bytes, account: int, named: Nickname) -> None:
        """The newest of an account counts."""
        values = (group_id, account, named.nickname[:NICKNAME_CHARACTERS_MAX], named.at_ms, named.signature)
        tx.run(
            """INSERT INTO nickname VALUES (?, ?, ?, ?, ?) ON CONFLICT (group_id, account) DO UPDATE
               SET nickname = excluded.nickname, at_ms = excluded.at_ms, signature = excluded.signature
               WHERE excluded.at_ms > at_ms""",
            values,
        )

    def take_handed(self, tx: Tx, group_id: bytes, names: tuple[tuple[int, Nickname], ...]) -> None:
        """Names that somebody hands on are taken if they are signed by whom they are about."""
        for account, named in names[:HANDED_MAX]:
            key = self._directory.account_key(account)
            signed = _signed(group_id, account, named.nickname, named.at_ms)
            if key is not None and holds(key, signed, named.signature):
                self.keep(tx, group_id, account, named)

    def hand_on(self, tx: Tx, group_id: bytes) -> None:
        """Tells newcomers what everybody is called here."""
        rows = tx.all("SELECT * FROM nickname WHERE group_id = ? LIMIT ?", (group_id, HANDED_MAX))
        names = [
            (row.integer("account"), Nickname(row.text("nickname"), row.integer("at_ms"), row.blob("signature")))
            for row in rows
        ]
        if names:
            self._outbox.say(tx, group_id, names_body(names))
