"""A community with an open wallet on a real database: lan owns the server, mei, bo and grandma are members."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from tests.accounts.world import Member, World

from hongyan.contacts import may_reach
from hongyan.foundation.db import open_database
from hongyan.foundation.outside import Answer, Outcome, Outside
from hongyan.wallet import Wallet, build, ledger
from hongyan.wallet.approvals import Act
from hongyan.wallet.assets import CODE, Asset
from hongyan.wallet.ledger import LedgerAccount, TransferId
from hongyan.wallet.purses import purse_id
from hongyan.wallet.refusals import Refused
from hongyan.wallet.treasury.model import ActKind, ActState

PIN = "246813"
YUAN = 100
AT_FIRST = 1_000 * YUAN
ASSET = Asset(CODE, "雁币", "雁", 2)


def new_act() -> TransferId:
    return TransferId(secrets.token_bytes(16))


class Program(Outside):
    """A shop's program as the server meets it: takes what it is told, or fails in the ways it was asked to."""

    def __init__(self) -> None:
        super().__init__(frozenset())
        self.failures: list[Outcome] = []
        self.told: list[tuple[str, dict[str, str], bytes]] = []

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> Answer:
        self.told.append((url, headers, body))
        return Answer(self.failures.pop(0) if self.failures else Outcome.TAKEN)


@dataclass
class Stage(World):
    folder: Path = Path()

    lan: Member = None  # type: ignore[assignment]  # people join in `open_stage`
    mei: Member = None  # type: ignore[assignment]
    bo: Member = None  # type: ignore[assignment]
    grandma: Member = None  # type: ignore[assignment]

    program: Program = field(default_factory=Program)
    wallet: Wallet = None  # type: ignore[assignment]  # built in `_build`

    def _build(self) -> None:
        super()._build()
        if self.wallet is not None:
            self.wallet.close()
        self.wallet = build(
            self.db,
            self.clock,
            self.accounts,
            may_reach,
            self._notify,
            self.program,
            folder=self.folder,
            public_url="https://yan.example",
        )

    async def close(self) -> None:
        self.wallet.close()
        await super().close()

    @property
    def people(self) -> tuple[Member, Member, Member, Member]:
        return self.lan, self.mei, self.bo, self.grandma

    async def approved(
        self, who: Member, action: str, id: bytes, amount: int, payee: Member | str, *, asset: str = CODE
    ) -> str:
        """The token of an approval that she gives by her PIN."""
        to = payee if isinstance(payee, str) else str(payee.id)
        token = await self.wallet.approvals.by_pin(who.id, Act(action, id, amount, asset, to), PIN)
        assert isinstance(token, str), token
        return token

    async def issue(self, to: Member, amount: int) -> None:
        """Give somebody money of the treasury."""
        id = new_act()
        done = await self.wallet.treasury.move(
            self.lan.id,
            ActKind.ISSUE,
            to.id,
            id=id,
            amount=amount,
            reason="欢迎",
            approval=await self.approved(self.lan, "issue", id, amount, to),
        )
        assert done is ActState.DONE, done

    async def purse(self, who: Member) -> LedgerAccount:
        found = await self.db.read(lambda tx: ledger.account(tx, purse_id(who.id, CODE)))
        assert found is not None
        return found

    async def balances(self) -> list[int]:
        """Of lan, mei, bo and grandma, in minor units."""
        return [(await self.purse(who)).balance for who in self.people]

    async def is_whole(self) -> bool:
        """Whether what is issued is what all accounts have [TR6]."""
        books = await self.wallet.treasury.books()
        assert not isinstance(books, Refused)
        return books.issued == books.held


async def open_stage(database_url: str, folder: Path) -> Stage:
    """Everybody has a payment PIN and AT_FIRST in her purse; all are friends of lan's."""
    stage = Stage(open_database(database_url), folder=folder)
    stage.lan = await stage.owner("lan")
    stage.mei, stage.bo, stage.grandma = [await stage.friend(stage.lan, name) for name in ("mei", "bo", "grandma")]
    assert await stage.wallet.treasury.open(ASSET) is None
    await stage.db.write(stage.wallet.pepper.agree)
    for who in stage.people:
        assert await stage.wallet.approvals.pins.set(who.id, PIN, old=None, act_id=None, approval=None) is None
    for who in stage.people:
        await stage.issue(who, AT_FIRST)
    stage.notices.clear()
    return stage
