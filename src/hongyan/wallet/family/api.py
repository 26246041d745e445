"""HTTP of family cards."""

from litestar import Router, delete, get, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody

from hongyan.foundation.http import Access, Answer, Body, Caller
from hongyan.foundation.ids import AccountId
from hongyan.wallet.family.model import CardSeen
from hongyan.wallet.family.service import FamilyCards
from hongyan.wallet.refusals import allowed
from hongyan.wallet.wire import ActId, Minor, Token, act_id, minor, shown

TheCards = NamedDependency[FamilyCards]
TheCaller = NamedDependency[Caller]

_DEVICE = {"access": Access.DEVICE}


class CardBody(Body, frozen=True):
    """`approval` is for action `family_card`, this id, the limit as the amount and the friend as the payee."""

    id: ActId
    limit_minor: Minor
    approval: Token


class CardAnswer(Answer, frozen=True):
    """The other's name; what was spent in this month, in UTC."""

    account_id: int
    name: str
    limit_minor: str
    spent_minor: str


class CardsAnswer(Answer, frozen=True):
    given: list[CardAnswer]
    got: list[CardAnswer]


@get("/wallet/family", opt=_DEVICE)
async def cards_of(caller: TheCaller, cards: TheCards) -> CardsAnswer:
    """The cards that the caller gave and got."""
    given, got = await cards.of(caller.account_id)
    return CardsAnswer(given=[_card(one) for one in given], got=[_card(one) for one in got])


@put("/wallet/family/{account_id:int}", opt=_DEVICE, status_code=204)
async def give(caller: TheCaller, account_id: FromPath[int], data: JSONBody[CardBody], cards: TheCards) -> None:
    """Let a friend pay from the caller's purse, or change up to how much."""
    outcome = await cards.give(
        caller.account_id,
        AccountId(account_id),
        id=act_id(data.id),
        limit=minor(data.limit_minor),
        approval=data.approval,
    )
    allowed(outcome)


@delete("/wallet/family/{account_id:int}", opt=_DEVICE)
async def end(caller: TheCaller, account_id: FromPath[int], cards: TheCards) -> None:
    """End the card that the caller gave."""
    await cards.end(caller.account_id, AccountId(account_id))


@delete("/wallet/family/{account_id:int}/got", opt=_DEVICE)
async def give_back(caller: TheCaller, account_id: FromPath[int], cards: TheCards) -> None:
    """End the card that the caller got."""
    await cards.end(AccountId(account_id), caller.account_id)


def routes(cards: FamilyCards) -> Router:
    """All of the family cards' HTTP."""
    return Router(
        "/",
        route_handlers=[cards_of, give, end, give_back],
        dependencies={"cards": Provide(lambda: cards, sync_to_thread=False)},
    )


def _card(card: CardSeen) -> CardAnswer:
    return CardAnswer(
        account_id=card.account_id,
        name=card.name,
        limit_minor=shown(card.limit),
        spent_minor=shown(card.spent),
    )
