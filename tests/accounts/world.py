"""Accounts and contacts on a real database with a clock that stands still, and people to join them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.accounts.people import KeyRing

from hongyan import accounts, contacts
from hongyan.accounts import Accounts, Refused
from hongyan.accounts.model import Admitted, InvitationKind
from hongyan.app import migrations
from hongyan.contacts import ContactBook
from hongyan.foundation.clock import ManualClock
from hongyan.foundation.db import OpenedDatabase, open_database
from hongyan.foundation.ids import AccountId, DeviceId

PUBLIC_URL = "https://hongyan.example"
HOUR_S = 3_600
DAY_S = 86_400


@dataclass(frozen=True)
class Member:
    """Somebody who joined, with her keys and her first device's token."""

    keys: KeyRing
    id: AccountId
    device: DeviceId
    token: str
    name: str


@dataclass
class World:
    db: OpenedDatabase
    clock: ManualClock = field(default_factory=ManualClock)
    notices: list[tuple[tuple[AccountId, ...], str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.db.migrate(migrations(), self.clock)
        self._build()

    def build(self) -> None:
        """The features, anew on the same database: a restart."""
        self.accounts.close()
        self._build()

    def _build(self) -> None:
        self.accounts = Accounts(self.db, self.clock, public_url=PUBLIC_URL)
        self.contacts = ContactBook(self.db, self.clock, self.accounts, self._notify)

    async def close(self) -> None:
        self.accounts.close()
        await self.db.close()

    def _notify(self, account_ids: Sequence[AccountId], topic: str) -> None:
        self.notices.append((tuple(account_ids), topic))

    async def owner(self, name: str = "lan") -> Member:
        token = await self.accounts.invitations.ensure_owner()
        assert token is not None
        return await self.join(token, name)

    async def join(self, invitation: str, name: str, greeting: bytes | None = None) -> Member:
        keys = KeyRing()
        admitted = await self.accounts.join(keys.joining(invitation, name, greeting=greeting))
        assert isinstance(admitted, Admitted), admitted
        return Member(keys, admitted.account_id, admitted.device_id, admitted.token, admitted.name)

    async def invitation(
        self,
        inviter: Member,
        kind: InvitationKind = InvitationKind.FRIEND,
        *,
        uses_max: int = 1,
        lifetime_s: int = DAY_S,
    ) -> str:
        made = await self.accounts.invitations.make(
            inviter.id, kind, by_owner=True, uses_max=uses_max, lifetime_s=lifetime_s, care_mode=False, language=None
        )
        assert not isinstance(made, Refused)
        return made.token

    async def friend(self, inviter: Member, name: str, greeting: bytes = b"sealed") -> Member:
        return await self.join(await self.invitation(inviter), name, greeting)

    async def member(self, inviter: Member, name: str) -> Member:
        return await self.join(await self.invitation(inviter, InvitationKind.MEMBER), name)

    async def rows(self, table: str) -> int:
        rows = await self.db.read(lambda tx: tx.all(f"SELECT 1 FROM {table}"))
        return len(rows)


def new_world(database_url: str) -> World:
    return World(open_database(database_url))


TABLES = tuple(table.name for table in (*accounts.INVENTORY, *contacts.INVENTORY))
